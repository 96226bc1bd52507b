"""Putting a trained model in office, or an earlier one back: one act, in the operations log and in promotions.jsonl.

The row of the log is written first and goes back if the promotion fails. What scores changes with the next build; grades
that were issued stay.
"""

from __future__ import annotations

from models.risk import registry
from models.risk.registry import CANDIDATES, Promotion
from pipeline.errors import Busy, Refused
from pipeline.indicators.catalogue import INDICATORS
from pipeline.indicators.indicator import Indicator, set_version
from pipeline.stores.access import Actor, Role
from pipeline.stores.lock import build_lock, lock_holder
from pipeline.stores.operations import audit
from pipeline.stores.operations.store import Operations

LONGEST_REASON = 500
ACTION = "model.promote"


def promote_model(
    operations: Operations,
    who: Actor | str,
    model_id: str,
    candidate: str | None = None,
    *,
    why: str,
    indicators: tuple[Indicator, ...] = INDICATORS,
) -> Promotion:
    """Make `model_id` (its own champion unless `candidate` is named) the one that scores from the next build on.

    `who`: a supervisor, or the name that an operator gives on the command line. Raises NotPermitted for another role,
    Refused without a reason, for a candidate that does not exist and for a model of another set of indicators,
    ChecksFailed if there is no such model, Busy while a build runs.
    """
    if isinstance(who, Actor):
        who.must_be(Role.SUPERVISOR)
    _refuse(operations, who, model_id, candidate, why, indicators)
    by = f"{who.name}（{who.user}）" if isinstance(who, Actor) else who.strip()
    with build_lock(operations.settings), operations.transaction() as transaction:
        candidate = candidate or str(registry.card(operations.settings, model_id)["champion"])
        audit.record(operations, transaction, who, ACTION, model_id, candidate=candidate, why=why.strip())
        return registry.promote(operations.settings, model_id, candidate, by=by, why=why)


def _refuse(
    operations: Operations,
    who: Actor | str,
    model_id: str,
    candidate: str | None,
    why: str,
    indicators: tuple[Indicator, ...],
) -> None:
    if not why.strip():
        raise Refused("请写明理由", "say why")
    if isinstance(who, str) and not who.strip():
        raise Refused("请写明由谁决定", "say who decides")
    if len(why) > LONGEST_REASON:
        raise Refused(f"理由最多{LONGEST_REASON}字", f"a reason has at most {LONGEST_REASON} characters")
    if candidate is not None and candidate not in CANDIDATES:
        raise Refused(f"没有候选 {candidate}", f"no candidate {candidate!r}, expected one of {list(CANDIDATES)}")
    if registry.card(operations.settings, model_id)["indicator_set"] != set_version(indicators):
        raise Refused(
            f"模型 {model_id} 是按另一套指标训练的，不能启用，请重新训练",
            f"{model_id} was trained on another set of indicators: train anew",
        )
    if (holder := lock_holder(operations.settings)) is not None:
        raise Busy(
            f"构建正在运行（进程 {holder.pid}，始于 {holder.since:%H:%M}），完成后再启用（a build is running: promote when it is done）"
        )
