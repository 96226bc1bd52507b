"""Who acts in a rehearsal: the demo accounts, and an account for each unit that has none of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pipeline.stores.access import Actor, Role, scope_of
from pipeline.stores.operations import accounts
from pipeline.stores.operations.accounts import Account
from pipeline.stores.operations.store import Operations

Act = tuple[datetime, Callable[[Operations], None]]
"""What is done, and when."""
DIVISION = None
"""In place of a unit: the credit supervision division."""


@dataclass(frozen=True)
class People:
    """The actors of a rehearsal: of the division (None), and of each unit by its code."""

    actors: Mapping[str | None, Actor]

    def of(self, unit: str | None) -> Actor:
        """Who acts for a unit; the division where no unit is in charge."""
        return self.actors.get(unit) or self.actors[DIVISION]


def people_of_city(operations: Operations) -> People:
    """The demo accounts as actors; a unit without one gets an account whose password nobody is told."""
    accounts.demo_accounts(operations)
    operator, city = accounts.operator(), operations.settings.city
    there = accounts.all_accounts(operations, operator)
    served = {u for a in there if a.role is Role.COUNTY for u in a.units}
    for unit in city.units:
        if unit.code not in served:
            new = Account(unit.code.lower(), f"演示·{unit.name.zh}", Role.COUNTY, units=(unit.code,))
            accounts.add_account(operations, operator, new)
    actors: dict[str | None, Actor] = {}
    for account in accounts.all_accounts(operations, operator):
        actor = Actor(
            account.user, account.name, account.role, scope_of(account.role, account.units, account.fields, city)
        )
        if account.role is Role.SUPERVISOR:
            actors.setdefault(DIVISION, actor)
        if account.role is Role.COUNTY:
            actors.update({unit: actors.get(unit, actor) for unit in account.units})
    return People(actors)


def share(*names: str) -> float:
    """A number from 0 up to 1 that belongs to these names: the same at every rehearsal."""
    return int.from_bytes(hashlib.sha256("|".join(names).encode()).digest()[:6], "big") / 2**48
