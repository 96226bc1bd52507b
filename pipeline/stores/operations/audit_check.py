"""Verifying the log from a page: an act that leaves its own row, so that the last result outlives the process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from pipeline.stores.access import Actor
from pipeline.stores.operations import audit
from pipeline.stores.operations.audit_log import READERS
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations

ACTION = "log.verify"
FORGED = "上次核验的记录本身被改动（the row of the last verification was changed itself）"
_A = AUDIT.c


@dataclass(frozen=True)
class Checked:
    """What the last verification found: of how many rows, up to when, and what is wrong (None: nothing).

    `at`, `user`: when, and who asked for it. `since`: rows written after it, which nobody has verified yet.
    """

    at: datetime
    user: str
    rows: int
    until: datetime | None
    fault: str | None
    since: int


def check_chain(operations: Operations, actor: Actor) -> Checked:
    """Verify every row from the first on (a second for some ten thousand), and note what was found."""
    actor.must_be(*READERS)
    chain = audit.verify(operations)
    until = chain.until.isoformat(" ", "seconds") if chain.until else None
    audit.note(operations, actor, ACTION, rows=chain.rows, until=until, fault=chain.fault)
    _, wall = operations.clock()
    return Checked(wall, actor.user, chain.rows, chain.until, chain.fault, 0)


def last_check(operations: Operations, actor: Actor) -> Checked | None:
    """The last verification that was noted, None if there was none; its own row is verified here."""
    actor.must_be(*READERS)
    found = operations.rows(select(AUDIT).where(_A.action == ACTION).order_by(_A.seq.desc()).limit(1))
    if not found:
        return None
    row = found[0]
    detail = json.loads(row.detail)
    since = int(operations.rows(select(func.count()).where(_A.seq > row.seq))[0][0])
    until = datetime.fromisoformat(detail["until"]) if detail.get("until") else None
    fault = detail.get("fault") if audit.is_sealed(operations, row._mapping) else FORGED
    return Checked(row.wall_at, row.user, int(detail.get("rows", 0)), until, fault, since)
