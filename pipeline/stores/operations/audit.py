"""Who did and saw what: one row an act, append-only, each sealed over the one before it.

digest = HMAC-SHA256(deployment's key, previous digest + the row's content as JSON). Triggers refuse UPDATE and DELETE;
who gets around them without the key breaks the chain, and who cuts its end off can't seal the shorter length (the head).
A row that is written after that leaves a gap in the numbers: later acts never heal what was broken.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, DateTime, delete, insert, select, text

from pipeline.stores.access import Actor
from pipeline.stores.operations.schema import AUDIT, AUDIT_HEAD
from pipeline.stores.operations.store import Operations, secret_key

FIRST = "0" * 64
"""What stands in `previous` of the first row."""
SKEW = timedelta(minutes=1)
"""A clock that is set back by more is noted in the row that finds it so."""
_CHUNK = 2_000
_COUNTER = text("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")
_END = text(
    "SELECT a.seq, a.digest, a.wall_at, h.rows, h.seal, (SELECT seq FROM sqlite_sequence WHERE name = 'audit') AS begun"
    " FROM (SELECT 1) LEFT JOIN (SELECT seq, digest, wall_at FROM audit ORDER BY seq DESC LIMIT 1) a LEFT JOIN audit_head h LIMIT 1"
).columns(wall_at=DateTime)
"""The last row, the sealed length, and the highest number that was ever given: one row, with nulls for what is not there."""
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
    end = transaction.execute(_END).one()
    if end.wall_at and wall < end.wall_at - SKEW:  # the order of the rows stays true, their times don't: it is said
        detail["clock_back"] = f"{end.wall_at:%Y-%m-%d %H:%M:%S} → {wall:%Y-%m-%d %H:%M:%S}"
    key = secret_key(operations.settings, "audit.key")
    number = _next(key, end)
    row = {
        "seq": number,
        "wall_at": wall,
        "business_at": business,
        "user": who.user if isinstance(who, Actor) else who[:40],
        "role": who.role.name if isinstance(who, Actor) else "",
        "action": action,
        "subject": subject[:120],
        "detail": json.dumps(detail, ensure_ascii=False, default=str, sort_keys=True),
        "previous": end.digest or FIRST,
    }
    digest = _seal(key, row)
    transaction.execute(insert(AUDIT).values(**row, digest=digest))
    transaction.execute(delete(AUDIT_HEAD))
    head = _head(key, number, digest)
    transaction.execute(insert(AUDIT_HEAD).values(one=1, rows=number, seal=head))


def note(operations: Operations, who: Actor | str, action: str, subject: str = "", **detail: Any) -> None:
    """An audit row of its own: a view, an export, a refusal."""
    with operations.transaction() as transaction:
        record(operations, transaction, who, action, subject, **detail)


def verify(operations: Operations) -> Chain:
    """Recompute the whole chain; finds every row that was edited, moved, removed or slipped in."""
    key = secret_key(operations.settings, "audit.key")
    with operations.engine.connect() as connection:
        rows = connection.execute(select(AUDIT).order_by(AUDIT.c.seq)).yield_per(_CHUNK).mappings()
        previous, count, until = FIRST, 0, None
        for row in rows:
            count += 1
            if row["seq"] != count:
                return Chain(count, until, f"第 {count} 条缺失（row {count} is missing）")
            if row["previous"] != previous or row["digest"] != _seal(key, row):
                return Chain(count, until, f"第 {count} 条被改动（row {count} was changed）")
            previous, until = row["digest"], row["wall_at"]
        head = connection.execute(select(AUDIT_HEAD)).mappings().first()
        begun = connection.execute(_COUNTER).scalar() or 0
    if head is None and count == begun == 0:
        return Chain(0, None, None)
    if head is None or head["rows"] != count or head["seal"] != _head(key, count, previous):
        return Chain(count, until, f"第 {count} 条之后有缺失（rows after {count} are missing）")
    return Chain(count, until, None)


def is_sealed(operations: Operations, row: Mapping[Any, Any]) -> bool:
    """Whether one row is as it was written; says nothing of its neighbours."""
    return bool(row["digest"] == _seal(secret_key(operations.settings, "audit.key"), row))


def _next(key: bytes, end: Any) -> int:
    """The number of the next row: after the last one, but beyond every number that was ever given.

    Where the sealed length does not fit the last row, a number is left out, so that the gap tells of it for good.
    """
    number, begun = int(end.seq or 0), int(end.begun or 0)
    if end.rows is None and number == begun == 0:
        return 1
    if end.rows == number == begun and end.seal == _head(key, number, str(end.digest)):
        return number + 1
    return max(number, begun) + 2


def _head(key: bytes, rows: int, digest: str) -> str:
    """The seal of the log's length."""
    return hmac.new(key, f"head {rows} {digest}".encode(), hashlib.sha256).hexdigest()


def _seal(key: bytes, row: Mapping[Any, Any]) -> str:
    content = json.dumps([str(row[name]) for name in _SEALED], ensure_ascii=False)
    return hmac.new(key, (row["previous"] + content).encode(), hashlib.sha256).hexdigest()
