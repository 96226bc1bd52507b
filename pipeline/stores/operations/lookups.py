"""Look-ups of a registration window: each is an act with an audit row, and only so many a minute."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from pipeline.errors import Refused
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations

ACTION = "window_lookup"
MOST = 20
"""Look-ups in a minute: more than a counter serves, far fewer than a walk through the register needs."""
_MINUTE = timedelta(minutes=1)


def look_up(operations: Operations, actor: Actor, uscc: str) -> None:
    """Note that a window asks for this enterprise; raises Refused where it asks too often, NotPermitted for others."""
    actor.must_be(Role.WINDOW)
    recent = (AUDIT.c.user == actor.user) & (AUDIT.c.action == ACTION)
    with operations.transaction() as transaction:
        since = operations.settings.now() - _MINUTE
        asked = select(func.count()).select_from(AUDIT).where(recent & (AUDIT.c.wall_at > since))
        too_many = transaction.execute(asked).scalar_one() >= MOST
        audit.record(operations, transaction, actor, "refused" if too_many else ACTION, uscc)
    if too_many:
        raise Refused(f"每分钟最多查询 {MOST} 次，请稍后再试", f"At most {MOST} look-ups a minute: wait a moment")
