"""How many tasks of the draws are done, and whether that may have changed: what an overview asks again and again."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd
from sqlalchemy import Date, func, select

from pipeline.stores.access import Actor
from pipeline.stores.operations.check_results import newest_results
from pipeline.stores.operations.draws import in_scope
from pipeline.stores.operations.schema import CHECK_RESULT, CHECK_TASK, DRAW
from pipeline.stores.operations.store import Operations


def done_by_day(operations: Operations, actor: Actor, *, firms: Collection[str] | None = None) -> pd.DataFrame:
    """Tasks made by draws that stand, within the actor's scope: unit, entered_on (empty without a result), tasks, done."""
    t, newest = CHECK_TASK.c, newest_results()
    entered_on = func.date(newest.c.business_at, type_=Date).label("entered_on")
    query = (
        select(t.unit, entered_on, func.count().label("tasks"), func.count(newest.c.result_id).label("done"))
        .join(DRAW, DRAW.c.draw_id == t.draw_id)
        .outerjoin(newest, newest.c.task_id == t.task_id)
        .where(DRAW.c.voided_at.is_(None), t.not_made.is_(None), in_scope(actor, t.unit, t.uscc, firms))
        .group_by(t.unit, entered_on)
        .order_by(t.unit, entered_on)
    )
    return operations.frame(query)


def draws_revision(operations: Operations) -> str:
    """Differs after every draw held or voided, every result recorded, and every new business day."""
    draws, voided = operations.rows(select(func.count(), func.count(DRAW.c.voided_at)).select_from(DRAW))[0]
    newest = operations.rows(select(func.max(CHECK_RESULT.c.result_id)))[0][0]
    return f"{draws}-{voided}-{newest or 0}-{operations.settings.today()}"
