"""Casework: what officials do about warnings. Every act checks role, scope and step itself, in one transaction.

A warning is a condition of a build, a case is an act of people: whether the condition still holds is joined by
the page, from the build's `warning` and case_reads.triggers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from pipeline.errors import NotPermitted, Outdated, Refused
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.case_reads import NO_SUCH_CASE, case_of, people_of
from pipeline.stores.operations.case_rules import FINAL, TRANSITIONS, Case, State, Step, Transition, allowed_steps
from pipeline.stores.operations.schema import CASE_STEP, WARNING_CASE
from pipeline.stores.operations.store import Operations

LONGEST_NOTE, LONGEST_NAME = 1_000, 160
_C = WARNING_CASE.c
_MISSING = {
    "note": ("请填写说明", "a note is needed"),
    "attachment": ("请注明证据材料名称", "name the evidence"),
    "until": ("请填写延期后的期限", "give the new date"),
}
_ASSIGN = next(t for t in TRANSITIONS if t.step is Step.ASSIGN)


def take_step(
    operations: Operations,
    actor: Actor,
    case_id: str,
    step: Step,
    *,
    version: int,
    note: str = "",
    attachment: str = "",
    until: date | None = None,
    firms: Collection[str] | None = None,
) -> Case:
    """Take one permitted step and give the case as it stands then.

    `version`: that of the case as the person saw it. `attachment`: the name of the evidence. `until`: the new last
    day of disposal, for an extension. Raises NotPermitted for a case out of scope, Refused for a step that is not
    permitted or lacks something, Outdated if somebody was faster.
    """
    _refuse_too_long(note, attachment)
    with operations.transaction() as transaction:
        case = case_of(operations, actor, case_id, firms=firms)
        _refuse_outdated(case, version)
        transition = next((t for t in allowed_steps(actor, case) if t.step is step), None)
        if transition is None or step is Step.ASSIGN:
            raise Refused(
                f"“{case.state.title.zh}”状态下，{actor.role.title.zh}不能“{step.title.zh}”",
                f"{actor.role.title.en} can't take “{step.title.en}” in state “{case.state.title.en}”",
            )
        given = {"note": note.strip(), "attachment": attachment.strip(), "until": until}
        _refuse_missing(transition, given)
        changes = _changes(operations, transition)
        if until is not None and step is Step.EXTEND:
            changes |= _extension(case, until)
        _write(operations, transaction, actor, case, transition, changes, note.strip(), attachment.strip())
    return case_of(operations, actor, case_id, firms=firms)


def assign(
    operations: Operations,
    actor: Actor,
    chosen: Mapping[str, int],
    *,
    unit: str | None = None,
    to: str | None = None,
    note: str = "",
    own_unit: bool = False,
) -> int:
    """Give cases (case_id -> version seen) to a person, or cases of no unit to a unit: all of them or none.

    `own_unit`: each to the unit of its own firm, no person named. A case of a firm stays with the unit of the firm: elsewhere it goes by 移送. Gives the number of cases.
    """
    actor.must_be(Role.SUPERVISOR)
    _refuse_too_long(note)
    if unit is None and to is None and not own_unit:
        raise Refused("请选择单位或人员", "choose a unit or a person")
    if unit is not None and unit not in {u.code for u in operations.settings.city.units}:
        raise Refused(f"没有管辖单位 {unit}", f"no unit {unit}")
    with operations.transaction() as transaction:
        for case_id, version in chosen.items():
            case = case_of(operations, actor, case_id)
            _refuse_outdated(case, version)
            if case.state not in _ASSIGN.before:
                raise Refused(
                    f"{case_id} 已是“{case.state.title.zh}”，不能再分派",
                    f"{case_id} is “{case.state.title.en}” and can't be assigned any more",
                )
            changes = _hands(operations, actor, case, unit, to)
            _write(operations, transaction, actor, case, _ASSIGN, changes, note.strip(), "")
    return len(chosen)


def _hands(operations: Operations, actor: Actor, case: Case, unit: str | None, to: str | None) -> dict[str, Any]:
    """The unit and person that a case is given to; raises Refused where that can't be."""
    if unit is not None and case.unit not in (None, unit):
        raise Refused(
            f"{case.case_id} 属于 {case.unit}，跨单位请用“移送”",
            f"{case.case_id} belongs to {case.unit}: use “transfer” to hand it elsewhere",
        )
    handling = case.unit or unit or case.assigned_unit
    if handling is None and to is None:
        raise Refused(
            f"{case.case_id} 没有管辖单位，请选择单位或人员", f"{case.case_id} has no unit: choose one, or a person"
        )
    if to is not None and to not in {user for user, _ in people_of(operations, actor, handling)}:
        raise Refused(f"{to} 不是该单位的在用账户", f"{to} is no account of that unit")
    return {"assigned_unit": handling, "assigned_to": to}


def _refuse_outdated(case: Case, version: int) -> None:
    if case.version != version:
        raise Outdated(
            f"{case.case_id} 已被他人更新，请刷新后再试", f"{case.case_id} was changed by somebody else: look again"
        )


def _refuse_too_long(note: str, attachment: str = "") -> None:
    """A field of a page has a limit, but a message to the server need not come from that field."""
    if len(note) > LONGEST_NOTE or len(attachment) > LONGEST_NAME:
        raise Refused(
            f"说明不超过 {LONGEST_NOTE:,} 字，材料名称不超过 {LONGEST_NAME} 字",
            f"a note has at most {LONGEST_NOTE:,} characters, the name of the evidence {LONGEST_NAME}",
        )


def _refuse_missing(transition: Transition, given: Mapping[str, Any]) -> None:
    missing = [_MISSING[need] for need in transition.needs if not given[need]]
    if missing:
        raise Refused("；".join(zh for zh, _ in missing), "; ".join(en for _, en in missing))


def _changes(operations: Operations, transition: Transition) -> dict[str, Any]:
    if transition.after is None:
        return {}
    changes: dict[str, Any] = {"state": transition.after.name}
    if transition.after in FINAL:
        changes["closed_on"] = operations.settings.today()
    return changes


def _extension(case: Case, until: date) -> dict[str, Any]:
    """Later than now, and no longer than the time that was given at first (待确认)."""
    latest = case.dispose_due + (case.dispose_due - case.opened_on)
    if not case.dispose_due < until <= latest:
        raise Refused(
            f"延期后的期限应在 {case.dispose_due} 之后、不晚于 {latest}",
            f"the new date must lie after {case.dispose_due} and not after {latest}",
        )
    verify_due = until if case.state in (State.ACCEPTED, State.VERIFYING) else case.verify_due
    return {"dispose_due": until, "verify_due": verify_due, "is_extended": True}


def _write(
    operations: Operations,
    transaction: Connection,
    actor: Actor,
    case: Case,
    transition: Transition,
    changes: dict[str, Any],
    note: str,
    attachment: str,
) -> None:
    """The case, its step and the audit row, in the transaction given."""
    business, wall = operations.clock()
    known = transaction.execute(select(_C.version).where(_C.case_id == case.case_id)).scalar()
    if known is None:
        raise NotPermitted(NO_SUCH_CASE)
    if known != case.version:
        _refuse_outdated(case, known)
    transaction.execute(
        update(WARNING_CASE).where(_C.case_id == case.case_id).values(**changes, version=case.version + 1)
    )
    transaction.execute(
        insert(CASE_STEP).values(
            case_id=case.case_id,
            step=transition.step.name,
            state_before=case.state.name,
            state_after=(transition.after or case.state).name,
            user=actor.user,
            business_at=business,
            wall_at=wall,
            note=note,
            attachment=attachment,
        )
    )
    audit.record(
        operations,
        transaction,
        actor,
        f"case.{transition.step.name.lower()}",
        case.case_id,
        before=case.state.name,
        note=note,
        attachment=attachment,
        **changes,
    )
