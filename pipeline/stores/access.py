"""Who asks and which rows they may see: actors, roles and scopes. Rows are cut by scope in the store."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum

from pipeline.domain import Text
from pipeline.errors import BadDeclaration, NotPermitted
from pipeline.settings import City

KEY_FIELDS = (
    "food_production",
    "food_sales",
    "catering",
    "special_food",
    "drug_retail",
    "medical_device",
    "special_equipment",
)
"""Key fields (SEED 三(三), 四(二)2), the codes of the reference list `field` by which a section is scoped."""


class Role(Enum):
    """What kind of user (HOUSE: who sees what)."""

    LEADER = Text("领导小组", "Leading group")
    SUPERVISOR = Text("信用监管科", "Credit supervision division")
    COUNTY = Text("县（市）局、分局", "County bureau")
    SECTION = Text("业务科室", "Section")
    WINDOW = Text("登记窗口", "Registration window")
    ADMIN = Text("系统管理员", "Administrator")

    @property
    def title(self) -> Text:
        """The name of the role as people read it."""
        return self.value

    def __str__(self) -> str:
        return self.name


WHOLE_CITY = frozenset({Role.LEADER, Role.SUPERVISOR})
"""Roles that see every row, those of no unit included."""
WITHOUT_ROWS = frozenset({Role.WINDOW, Role.ADMIN})
"""Roles that see no case data: WINDOW has one flag by credit code, ADMIN has counts."""


@dataclass(frozen=True)
class Scope:
    """Which rows: units from city.toml's closed list and, for a section, key fields. `is_whole`: no cut at all."""

    units: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    is_whole: bool = False

    @property
    def key(self) -> str:
        """Names this scope: equal scopes have equal keys, in caches and as the name of a schema."""
        if self.is_whole:
            return "whole"
        return "cut_" + hashlib.sha256(repr((self.units, self.fields)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Actor:
    """A signed-in user: made by the store of accounts (or for a command line), never by a page."""

    user: str
    name: str
    role: Role
    scope: Scope

    @property
    def key(self) -> str:
        """What a result that this actor may see depends on: the role and the scope, not the person."""
        return f"{self.role.name}-{self.scope.key}"

    def must_be(self, *roles: Role) -> None:
        """Raise NotPermitted unless the actor has one of `roles`."""
        if self.role not in roles:
            raise NotPermitted(f"{self.role.title.zh}无权进行此操作（{self.role.title.en} may not do this）")

    def covers(self, unit: str | None) -> bool:
        """Whether the actor's scope holds the rows of `unit` (None: of no unit)."""
        return self.scope.is_whole or (unit is not None and unit in self.scope.units)


def scope_of(role: Role, units: tuple[str, ...], fields: tuple[str, ...], city: City) -> Scope:
    """The scope of an account; raises BadDeclaration with every unit or field that does not exist, or is missing.

    Deny beats allow: a county without units sees nothing and is refused here already.
    """
    known = {u.code for u in city.units}
    faults = [f"units: expected one of {sorted(known)}, received {u!r}" for u in units if u not in known]
    faults += [f"fields: expected one of {list(KEY_FIELDS)}, received {f!r}" for f in fields if f not in KEY_FIELDS]
    if role is Role.COUNTY and not units:
        faults.append("units: a county account needs at least one unit")
    if role is Role.SECTION and not fields:
        faults.append("fields: a section's account needs at least one key field")
    if faults:
        raise BadDeclaration("account", faults)
    if role in WHOLE_CITY:
        return Scope(is_whole=True)
    if role in WITHOUT_ROWS:
        return Scope()
    if role is Role.SECTION:
        return Scope(tuple(sorted(units or known)), tuple(sorted(fields)))
    return Scope(tuple(sorted(units)))
