"""The types of a feed's contract: what a delivery of records promises."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from pipeline.domain import Applicability, Month, RegionCode, Text, Uscc
from pipeline.errors import BadDeclaration

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class CodeOf:
    """A value from a code list of data/reference/code_lists.toml, delivered as code or as label."""

    list_name: str


@dataclass(frozen=True)
class OneOf:
    """A value from a short list that belongs to this column alone: code -> label."""

    labels: dict[str, Text] = field(hash=False)


Kind = type | CodeOf | OneOf
SCALARS: dict[type, str] = {
    str: "VARCHAR",
    Uscc: "VARCHAR",
    RegionCode: "VARCHAR",
    Month: "VARCHAR",
    Applicability: "VARCHAR",
    int: "BIGINT",
    Decimal: "DECIMAL(18,6)",
    bool: "BOOLEAN",
    date: "DATE",
    datetime: "TIMESTAMP",
}
"""Scalar kinds of a field and their DuckDB types; a coded field is VARCHAR."""


@dataclass(frozen=True)
class Between:
    """A closed range that a number must lie in."""

    low: float
    high: float


Check = Between
"""What a value must satisfy beyond its type."""


@dataclass(frozen=True)
class WorkingDays:
    """A time limit in working days, from produced_at to received_at (SEED 四(一)2)."""

    count: int


class Subject(StrEnum):
    """Whom a record is about, which decides whether an entity is expected for it (记名率)."""

    ROOT = "root"  # the register itself
    ENTERPRISE = "enterprise"
    ENTITY = "entity"  # individual businesses and other users included
    NONE = "none"  # reference data
    STAFF = "staff"


class Unknown(StrEnum):
    """What happens to a delivered column that the contract doesn't name."""

    REPORT = "report"


class Bad(StrEnum):
    """What happens to a row that breaks the contract."""

    QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Field:
    """One column of a feed.

    `required`: a record can't live without it. `many`: several codes, joined by this separator.
    `learned_on`: the date column whose passing makes the value known (it may be the column itself).
    """

    name: str
    kind: Kind
    title: Text
    required: bool = False
    aliases: tuple[str, ...] = ()
    many: str | None = None
    check: Check | None = None
    max_length: int | None = None
    learned_on: str | None = None
    note: str = ""

    @property
    def sql_type(self) -> str:
        """The DuckDB type of the column."""
        return SCALARS[self.kind] if isinstance(self.kind, type) else "VARCHAR"

    @property
    def titles(self) -> tuple[str, ...]:
        """Every header under which the column is recognised: code, Chinese title, aliases."""
        return (self.name, self.title.zh, *self.aliases)


@dataclass(frozen=True)
class Exclusion:
    """A rule that keeps a delivered row out on purpose: `column` matches the regular expression.

    `unless`: the rule says nothing of a row in which one of these columns is filled.
    """

    rule: str
    title: Text
    column: str
    pattern: str
    basis: str
    unless: tuple[str, ...] = ()


PROVENANCE: tuple[Field, ...] = (
    Field("source_record_id", str, Text("来源记录号", "Record no. at the source"), max_length=64),
    Field("produced_at", date, Text("产生日期", "Produced on")),
    Field("received_at", datetime, Text("归集时间", "Received at")),
    Field("supplier_org", str, Text("数据来源单位", "Supplying unit"), max_length=200),
    Field(
        "supplier_org_uscc",
        Uscc,
        Text("数据来源单位统一社会信用代码", "Credit code of the supplying unit"),
    ),
)
"""Part of every contract; filled from mapping or delivery where a file lacks them."""

RESERVED = frozenset(
    (
        *("delivery_no", "row_no", "is_history", "delivered_at", "receipt", "refused", "event_on", "as_of"),
        *("known_from", "known_to", "known_assumed", "version_no", "row_outcome", "backfilled"),
        *("repaired_from", "is_repaired", "match_method", "delivered_uscc"),
    )
)
"""Columns that the stages add to every feed: no contract may use them."""

IDENTITY: tuple[Field, ...] = (
    Field("uscc", Uscc, Text("统一社会信用代码", "Unified social credit code"), max_length=40),
    Field("entity_name", str, Text("主体名称", "Name of the entity"), max_length=200),
    Field("reg_no", str, Text("注册号(15位)", "Registration no. (15 digits)"), max_length=40),
)
"""How a record names the entity that it is about; none of them is ever a reason to refuse it."""


@dataclass(frozen=True, eq=False)
class FeedContract:
    """What a supplier promises: columns, natural key, event date and time limit. Each is one object, equal to itself.

    `fields` leaves out PROVENANCE, which `all_fields` adds. `happened_on` names the event date and is
    None for a directory. `withdrawn_on` names the date from which a record counts no more.
    """

    code: str
    title: Text
    supplier: str
    channels: tuple[str, ...]
    category: int
    time_limit: WorkingDays
    subject: Subject
    key: tuple[str, ...]
    happened_on: str | None
    fields: tuple[Field, ...]
    withdrawn_on: str | None = None
    exclusions: tuple[Exclusion, ...] = ()
    personal_data: bool = False
    basis: tuple[str, ...] = ()
    on_unknown_field: Unknown = Unknown.REPORT
    on_bad_row: Bad = Bad.QUARANTINE
    refuse_if_bad_over_pct: float = 5.0

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise BadDeclaration(f"feed {self.code!r}", faults)

    @cached_property
    def all_fields(self) -> tuple[Field, ...]:
        """The contract's own columns and the provenance columns."""
        return (*self.fields, *PROVENANCE)

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Column name -> field."""
        return {f.name: f for f in self.all_fields}

    @cached_property
    def by_title(self) -> dict[str, Field]:
        """Every recognised header -> field."""
        return {title: f for f in self.all_fields for title in f.titles}

    @cached_property
    def learned_dates(self) -> tuple[str, ...]:
        """The date columns whose passing makes other columns known, `withdrawn_on` included."""
        dates = [f.learned_on for f in self.fields if f.learned_on]
        if self.withdrawn_on:
            dates.append(self.withdrawn_on)
        return tuple(dict.fromkeys(dates))

    def _faults(self) -> list[str]:
        names = [f.name for f in self.all_fields]
        faults = [f"column {n!r} is declared twice" for n in set(names) if names.count(n) > 1]
        faults += [f"column name {n!r} is reserved" for n in names if n in RESERVED]
        faults += [f"column name {n!r}: expected lower_snake_case" for n in names if not _NAME.fullmatch(n)]
        dates = {f.name for f in self.all_fields if f.kind in (date, datetime, Month)}
        for what, column in (("happened_on", self.happened_on), ("withdrawn_on", self.withdrawn_on)):
            if column is not None and column not in dates:
                faults.append(f"{what}={column!r}: expected one of the date columns {sorted(dates)}")
        faults += [f"key column {k!r} is not declared" for k in self.key if k not in names]
        tested = [c for x in self.exclusions for c in (x.column, *x.unless)]
        faults += [f"exclusion on unknown column {c!r}" for c in tested if c not in names]
        for f in self.all_fields:
            if f.learned_on and f.learned_on not in dates:
                faults.append(f"{f.name}.learned_on={f.learned_on!r}: expected a date column")
            if isinstance(f.kind, type) and f.kind not in SCALARS:
                faults.append(f"{f.name}: kind {f.kind.__name__} is not one of {[k.__name__ for k in SCALARS]}")
            if f.many and not isinstance(f.kind, CodeOf | OneOf) and f.kind is not str:
                faults.append(f"{f.name}: many= needs a coded column or text")
        titles = [t for f in self.all_fields for t in dict.fromkeys(f.titles)]
        faults += [f"header {t!r} leads to two columns" for t in set(titles) if titles.count(t) > 1]
        return faults
