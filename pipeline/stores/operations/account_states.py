"""How the accounts stand: in use, waiting for a new password, locked or disabled, and when each was last used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from pipeline.stores.access import Actor
from pipeline.stores.operations.accounts import Account, all_accounts
from pipeline.stores.operations.schema import ACCOUNT, AUDIT, SESSION
from pipeline.stores.operations.store import Operations


@dataclass(frozen=True)
class AccountState:
    """An account and how it stands. `locked_until`: None unless it is locked now; `used_at`: None if never used."""

    account: Account
    created_at: datetime
    locked_until: datetime | None
    used_at: datetime | None


def account_states(operations: Operations, actor: Actor) -> list[AccountState]:
    """Every account by name, for an administrator. Last use: the last sign-in, or the last click of a live session."""
    accounts = all_accounts(operations, actor)
    a, s = AUDIT.c, SESSION.c
    rows = {
        row.user: row for row in operations.rows(select(ACCOUNT.c.user, ACCOUNT.c.created_at, ACCOUNT.c.locked_until))
    }
    signed = select(a.user, func.max(a.wall_at)).where(a.action == "sign_in").group_by(a.user)
    live = select(s.user, func.max(s.last_used_at)).group_by(s.user)
    used: dict[str, datetime] = {}
    for user, at in [*operations.rows(signed), *operations.rows(live)]:
        used[user] = max(at, used.get(user, at))
    now = operations.settings.now()
    return [
        AccountState(
            one,
            rows[one.user].created_at,
            until if (until := rows[one.user].locked_until) and until > now else None,
            used.get(one.user),
        )
        for one in accounts
        if one.user in rows
    ]
