"""How long warnings stand in each stage: the days that every step took, within the actor's scope."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pandas as pd
from sqlalchemy import select

from pipeline.reference import Reference
from pipeline.stores.access import Actor
from pipeline.stores.operations.case_reads import in_scope
from pipeline.stores.operations.schema import CASE_STEP, WARNING_CASE
from pipeline.stores.operations.store import Operations


def step_days(operations: Operations, actor: Actor, *, firms: Collection[str] | None = None) -> pd.DataFrame:
    """A row a step that moved a case on: case_id, rule, level, step (name of Step), working_days since the step before.

    The first is counted from the day on which the case was opened; steps that leave the state as it is (assigning,
    extending) move nothing and are left out. Business days of the acts, working days of the deployment's calendar.
    """
    c, s = WARNING_CASE.c, CASE_STEP.c
    query = (
        select(c.case_id, c.rule, c.level, c.opened_on, s.step, s.business_at)
        .join(CASE_STEP, s.case_id == c.case_id)
        .where(s.state_before != s.state_after, in_scope(actor, firms))
        .order_by(c.case_id, s.step_id)
    )
    calendar = Reference.load(operations.settings.reference)
    rows: list[tuple[str, str, int, str, int]] = []
    case, since = "", date.min
    for r in operations.rows(query):
        if r.case_id != case:
            case, since = r.case_id, r.opened_on
        day = r.business_at.date()
        rows.append((r.case_id, r.rule, int(r.level), r.step, calendar.working_days_between(since, day)))
        since = day
    return pd.DataFrame(rows, columns=["case_id", "rule", "level", "step", "working_days"])
