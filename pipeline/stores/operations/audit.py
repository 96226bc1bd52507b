"""Who did and saw what: one row an act, append-only, each sealed over the one before it.

digest = HMAC-SHA256(deployment's key, previous digest + the row's content as JSON). Triggers refuse UPDATE and DELETE;
who gets around them without the key breaks the chain, and who cuts its end off can't seal the shorter length (the head).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text

from pipeline.settings import Settings
from pipeline.stores.access import Actor
from pipeline.stores.operations.schema import AUDIT, AUDIT_HEAD
from pipeline.stores.operations.store import Operations, secret_key

FIRST = "0" * 64
"""What stands in `previous` of the first row."""
_SEALED = ("seq", "wall_at", "business_at", "user", "role", "action", "subject", "detail")


@dataclass(frozen=True)
class Chain:
    """What a look at the whole log found: how many rows, up to when, and what is wrong (None: nothing)."""

    rows: int
    until: datetime | None
    fault: str | None


def record(
    operations: Operations, transaction: Connection, who: Actor | str, action: str, subject: str = "", **detail: Any
) -> None:
    """Write the audit row of an act into the act's own transaction. `who`: an actor, or the name somebody gave."""
    business, wall = operations.clock()
    last = transaction.execute(select(AUDIT.c.seq, AUDIT.c.digest).order_by(AUDIT.c.seq.desc()).limit(1)).first()
    number = (last.seq if last else 0) + 1
    row = {
        "seq": number,
        "wall_at": wall,
        "business_at": business,
        "user": who.user if isinstance(who, Actor) else who[:40],
        "role": who.role.name if isinstance(who, Actor) else "",
        "action": action,
        "subject": subject[:120],
        "detail": json.dumps(detail, ensure_ascii=False, default=str, sort_keys=True),
        "previous": last.digest if last else FIRST,
    }
    digest = _seal(operations.settings, row)
    transaction.execute(insert(AUDIT).values(**row, digest=digest))
    transaction.execute(delete(AUDIT_HEAD))
    head = _head(operations.settings, number, digest)
    transaction.execute(insert(AUDIT_HEAD).values(one=1, rows=number, seal=head))


def note(operations: Operations, who: Actor | str, action: str, subject: str = "", **detail: Any) -> None:
    """An audit row of its own: a view, an export, a refusal."""
    with operations.transaction() as transaction:
        record(operations, transaction, who, action, subject, **detail)


def verify(operations: Operations) -> Chain:
    """Recompute the whole chain; finds every row that was edited, moved, removed or slipped in."""
    with operations.engine.connect() as connection:
        rows = connection.execute(select(AUDIT).order_by(AUDIT.c.seq)).mappings()
        previous, count, until = FIRST, 0, None
        for row in rows:
            count += 1
            if row["seq"] != count:
                return Chain(count, until, f"第 {count} 条缺失（row {count} is missing）")
            if row["previous"] != previous or row["digest"] != _seal(operations.settings, dict(row)):
                return Chain(count, until, f"第 {count} 条被改动（row {count} was changed）")
            previous, until = row["digest"], row["wall_at"]
        head = connection.execute(select(AUDIT_HEAD)).mappings().first()
        begun = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")).scalar() or 0
    if head is None and count == begun == 0:
        return Chain(0, None, None)
    if head is None or head["rows"] != count or head["seal"] != _head(operations.settings, count, previous):
        return Chain(count, until, f"第 {count} 条之后有缺失（rows after {count} are missing）")
    return Chain(count, until, None)


def _head(settings: Settings, rows: int, digest: str) -> str:
    """The seal of the log's length."""
    return hmac.new(secret_key(settings, "audit.key"), f"head {rows} {digest}".encode(), hashlib.sha256).hexdigest()


def _seal(settings: Settings, row: dict[str, Any]) -> str:
    content = json.dumps([str(row[name]) for name in _SEALED], ensure_ascii=False)
    return hmac.new(secret_key(settings, "audit.key"), (row["previous"] + content).encode(), hashlib.sha256).hexdigest()
