"""A model put in office: one act in both logs, by those who may, with a reason, never beside a running build."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from models.promotion import ACTION, promote_model
from models.risk import registry
from models.risk.registry import Champion
from pipeline.errors import Busy, ChecksFailed, NotPermitted, PipelineError, Refused
from pipeline.stores.access import Role
from pipeline.stores.lock import build_lock
from pipeline.stores.operations import audit
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from tests.accounts import actor
from tests.learning import FEW, Learned


@pytest.fixture
def own(learned: Learned) -> Learned:
    return learned.copy()


@pytest.fixture
def operations(own: Learned) -> Iterator[Operations]:
    store = Operations.open(own.settings)
    yield store
    store.close()


def logged(operations: Operations) -> list[Any]:
    return operations.rows(select(AUDIT).where(AUDIT.c.action == ACTION))


def promote(operations: Operations, own: Learned, role: Role = Role.SUPERVISOR, **more: Any) -> registry.Promotion:
    given = {"candidate": "scorecard", "why": "便于逐项说明", "indicators": FEW, **more}
    return promote_model(
        operations, actor(role, own.settings.city), str(own.summary.model_id), given.pop("candidate"), **given
    )


def test_both_logs_say_the_same_and_the_next_look_finds_the_champion(operations: Operations, own: Learned) -> None:
    done = promote(operations, own)
    after = Champion(str(own.summary.model_id), "scorecard")
    assert registry.champion(own.settings) == done.after == after and done.before == Champion(after.model_id, "booster")
    (row,) = logged(operations)
    assert (row.user, row.role, row.subject) == ("supervisor", "SUPERVISOR", after.model_id)
    assert json.loads(row.detail) == {"candidate": "scorecard", "why": "便于逐项说明"}
    line = registry.promotions(own.settings)[-1]
    assert (line.by, line.why) == ("信用监管科测试（supervisor）", "便于逐项说明") and audit.verify(
        operations
    ).fault is None
    promote(operations, own, candidate=None, why="回到规则")
    assert registry.champion(own.settings) == done.before and registry.faults(own.settings, FEW)[1] == []


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.SUPERVISOR])
def test_nobody_else_may(operations: Operations, own: Learned, role: Role) -> None:
    with pytest.raises(NotPermitted):
        promote(operations, own, role)
    assert len(registry.promotions(own.settings)) == 1 and not logged(operations)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"why": "  "}, Refused),
        ({"why": "长" * 501}, Refused),
        ({"candidate": "oracle"}, Refused),
        ({"indicators": FEW[1:]}, Refused),
    ],
)
def test_what_is_refused_leaves_both_logs_alone(
    operations: Operations, own: Learned, given: dict[str, Any], error: type[PipelineError]
) -> None:
    with pytest.raises(error):
        promote(operations, own, **given)
    assert len(registry.promotions(own.settings)) == 1 and not logged(operations)


def test_an_operator_names_who_decides(operations: Operations, own: Learned) -> None:
    model_id = str(own.summary.model_id)
    with pytest.raises(Refused):
        promote_model(operations, " ", model_id, why="试", indicators=FEW)
    with pytest.raises(ChecksFailed, match="no such model"):
        promote_model(operations, "甲", "learned-0", why="试", indicators=FEW)
    promote_model(operations, "甲", model_id, "count", why="试", indicators=FEW)
    assert registry.promotions(own.settings)[-1].by == "甲" and logged(operations)[0].user == "甲"


def test_not_while_a_build_runs(operations: Operations, own: Learned) -> None:
    with build_lock(own.settings), pytest.raises(Busy):
        promote(operations, own)
    assert len(registry.promotions(own.settings)) == 1 and not logged(operations)


def test_a_promotion_that_fails_is_in_no_log(
    operations: Operations, own: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(registry, "promote", broken)
    with pytest.raises(OSError, match="disk full"):
        promote(operations, own)
    assert not logged(operations)
