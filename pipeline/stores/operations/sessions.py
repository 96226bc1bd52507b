"""Sessions: signing in and out, and who it is that asks. Only the SHA-256 of a session's token is kept."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from pipeline.domain import Text
from pipeline.errors import BadDeclaration, Refused
from pipeline.stores.access import Actor
from pipeline.stores.operations import audit
from pipeline.stores.operations.accounts import actor_of, end_sessions
from pipeline.stores.operations.passwords import decoy, fault_of, hashed, matches, wait_after
from pipeline.stores.operations.schema import ACCOUNT, SESSION
from pipeline.stores.operations.store import Operations

LONGEST = timedelta(hours=12)
"""A session ends after a working day, whatever happens."""
IDLE = timedelta(hours=1)
"""A session ends when nothing was asked for so long."""
TOUCH = timedelta(minutes=1)
"""Its last use is written at most so often: a click must not cost a write."""
SKEW = timedelta(minutes=5)
"""So far a clock may be corrected backwards without ending sessions."""
UNKNOWN = "?"
"""Stands in the log for a user name that is no account: people type passwords into that field."""
LOG = logging.getLogger("credit_risk.sessions")
_BY_TOKEN = (
    select(*ACCOUNT.c, SESSION.c.expires_at, SESSION.c.last_used_at)
    .select_from(SESSION.join(ACCOUNT, ACCOUNT.c.user == SESSION.c.user))
    .where(SESSION.c.token_sha256 == bindparam("token"))
)

WRONG_PASSWORD = Text(
    "原密码不正确，或多次失败后须稍候再试", "The old password is wrong, or too many attempts failed: wait and try again"
)


@dataclass(frozen=True)
class Session:
    """A live session: whose it is, and whether the password has to be changed before anything else."""

    actor: Actor
    must_change: bool


def sign_in(operations: Operations, user: str, password: str, address: str = "") -> str | None:
    """The token of a new session; None if refused, which costs the same time whatever the reason.

    The attempt is counted as failed before the password is looked at, so that attempts side by side don't escape
    the wait.
    """
    decoy()
    kept, known, reason = _begin_attempt(operations, user.strip().lower())
    right = matches(kept or decoy(), password)
    with operations.transaction() as transaction:
        if kept is None or not right:
            why = reason or "password"
            audit.record(operations, transaction, known or UNKNOWN, "sign_in_refused", reason=why, address=address)
            return None
        row = _succeed(transaction, known, kept)
        actor = _actor(operations, row) if row else None
        if actor is None:
            audit.record(operations, transaction, known, "sign_in_refused", reason="account", address=address)
            return None
        audit.record(operations, transaction, actor, "sign_in", address=address)
        return _open(operations, transaction, known)


def find_session(operations: Operations, token: str) -> Session | None:
    """The live session of a token: one indexed read. None if it ended, or its account is disabled or without a scope."""
    if not token:
        return None
    now, key = operations.settings.now(), _sha256(token)
    row = next(iter(operations.rows(_BY_TOKEN.params(token=key))), None)
    if row is None or row.is_disabled or now >= row.expires_at or now >= row.last_used_at + IDLE:
        return None
    if now < row.last_used_at - SKEW:  # the clock was set back: no session lasts longer for it
        return None
    actor = _actor(operations, row)
    if actor and now >= row.last_used_at + TOUCH:
        _touch(operations, key)
    return Session(actor, row.must_change) if actor else None


def actor_of_session(operations: Operations, token: str) -> Actor | None:
    """Who works in this session; None if it ended or the password has to be changed first."""
    session = find_session(operations, token)
    return session.actor if session and not session.must_change else None


def change_password(operations: Operations, token: str, old: str, new: str) -> str:
    """Change the password of the session's own user; ends all other sessions and gives this one a new token.

    Raises Refused: the old password is wrong (which counts as a failed sign-in), or the new one will not do.
    """
    session = find_session(operations, token)
    if session is None:
        raise Refused(WRONG_PASSWORD.zh, WRONG_PASSWORD.en)
    actor = session.actor
    fault = fault_of(new, old, actor.user, actor.name)
    if fault:
        raise Refused(fault.zh, fault.en)
    kept, known, _ = _begin_attempt(operations, actor.user)
    right = matches(kept or decoy(), old)
    if kept is None or not right:
        audit.note(operations, actor, "password_refused")
        raise Refused(WRONG_PASSWORD.zh, WRONG_PASSWORD.en)
    fresh = hashed(new)
    with operations.transaction() as transaction:
        if _succeed(transaction, known, kept) is None:
            raise Refused(WRONG_PASSWORD.zh, WRONG_PASSWORD.en)
        changed = update(ACCOUNT).where(ACCOUNT.c.user == known).values(password_hash=fresh, must_change=False)
        transaction.execute(changed)
        end_sessions(transaction, known)
        audit.record(operations, transaction, actor, "password_changed")
        return _open(operations, transaction, known)


def sign_out(operations: Operations, token: str, *, everywhere: bool = False) -> None:
    """End the session of a token, or all sessions of its user; nothing happens if it has ended already."""
    session = find_session(operations, token)
    if session is None:
        return
    with operations.transaction() as transaction:
        if everywhere:
            end_sessions(transaction, session.actor.user)
        transaction.execute(delete(SESSION).where(SESSION.c.token_sha256 == _sha256(token)))
        action = "sign_out_everywhere" if everywhere else "sign_out"
        audit.record(operations, transaction, session.actor, action)


def _begin_attempt(operations: Operations, user: str) -> tuple[str | None, str, str]:
    """(kept hash or None, the user's name or nothing, why not): counts the attempt as failed for now."""
    with operations.transaction() as transaction:
        row = transaction.execute(select(ACCOUNT).where(ACCOUNT.c.user == user)).first()
        now = operations.settings.now()
        if row is None or row.is_disabled or (row.locked_until and now < row.locked_until):
            _write_as_much(transaction)
            return None, row.user if row else "", _why_not(row)
        failures = row.failures + 1
        counted = {"failures": failures, "locked_until": now + wait_after(failures)}
        transaction.execute(update(ACCOUNT).where(ACCOUNT.c.user == user).values(**counted))
        return row.password_hash, user, ""


def _why_not(row: Any) -> str:
    return "unknown" if row is None else "disabled" if row.is_disabled else "locked"


def _write_as_much(transaction: Connection) -> None:
    """Write a row as it is, where nothing is counted: else the time of a commit would tell that an account is there."""
    some = select(ACCOUNT.c.user).limit(1).scalar_subquery()
    transaction.execute(update(ACCOUNT).where(ACCOUNT.c.user == some).values(failures=ACCOUNT.c.failures))


def _succeed(transaction: Connection, user: str, kept: str) -> Any:
    """Take the counted failures back and give the account's row; None if it was changed or disabled meanwhile."""
    same = (ACCOUNT.c.user == user) & (ACCOUNT.c.password_hash == kept) & ~ACCOUNT.c.is_disabled
    if transaction.execute(update(ACCOUNT).where(same).values(failures=0, locked_until=None)).rowcount != 1:
        return None
    return transaction.execute(select(ACCOUNT).where(ACCOUNT.c.user == user)).first()


def _open(operations: Operations, transaction: Connection, user: str) -> str:
    """A new session's token; sessions that have ended are swept away."""
    now, token = operations.settings.now(), secrets.token_urlsafe(32)
    transaction.execute(delete(SESSION).where((SESSION.c.expires_at <= now) | (SESSION.c.last_used_at <= now - IDLE)))
    transaction.execute(
        insert(SESSION).values(
            token_sha256=_sha256(token), user=user, created_at=now, expires_at=now + LONGEST, last_used_at=now
        )
    )
    return token


def _touch(operations: Operations, key: str) -> None:
    try:
        with operations.transaction() as transaction:
            now = operations.settings.now()
            transaction.execute(update(SESSION).where(SESSION.c.token_sha256 == key).values(last_used_at=now))
    except Refused:  # another writer is at work: the next click writes it
        LOG.warning("the last use of a session could not be written")


def _actor(operations: Operations, row: Any) -> Actor | None:
    """The actor of an account; none where its role, units or fields exist no more (`cli.py check` tells)."""
    try:
        return actor_of(row, operations.settings.city)
    except (BadDeclaration, KeyError, ValueError):
        LOG.exception("the account %s has no scope", row.user)
        return None


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
