"""The types of an indicator: what is measured, over which window, and what it means for risk."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import Enum

from pipeline.domain import CATEGORIES, Dimension, Text
from pipeline.errors import BadDeclaration
from pipeline.feeds.contract import FeedContract

_CODE = re.compile(r"[A-Z][A-Za-z0-9_]*")
_PLACEHOLDER = re.compile(r"\{(\w*)[^}]*\}")


@dataclass(frozen=True)
class Days:
    """A window [as_of − count, as_of) in calendar days."""

    count: int


Window = Days | None
"""None: everything that was known and had happened before as_of."""


class Direction(Enum):
    """What a higher value means; the number is the sign of P(adverse)."""

    HIGHER_IS_RISKIER = 1
    LOWER_IS_RISKIER = -1
    NEUTRAL = 0


class Role(Enum):
    """Whether an indicator feeds the score or only a red line of the grade policy."""

    FEATURE = "feature"
    RULE_FACT = "rule_fact"


@dataclass(frozen=True)
class Count:
    """An aggregate over the known rows of one feed that lie in a window.

    `aggregate`: a DuckDB expression with one or more aggregate calls over the feed's columns; `{when}`
    behind a call marks where the filter goes (behind the whole expression if it is not there).
    `where`: a further condition on the rows. The word as_of stands for the date. Repaired rows are out.
    """

    source: FeedContract
    window: Window
    aggregate: str
    where: str = ""

    @property
    def reads(self) -> tuple[FeedContract, ...]:
        """The feeds that the value depends on."""
        return (self.source,)


@dataclass(frozen=True)
class State:
    """A value of the newest known row of one feed: the row with the greatest `newest_by`.

    `value` and `newest_by` are DuckDB expressions over the feed's columns; `where` limits the rows.
    """

    source: FeedContract
    value: str
    newest_by: str = "event_on"
    where: str = ""

    @property
    def reads(self) -> tuple[FeedContract, ...]:
        """The feeds that the value depends on."""
        return (self.source,)


@dataclass(frozen=True)
class Query:
    """A DuckDB select over known relations that gives (uscc, value), at most one row a firm.

    `{penalty}` stands for the known, unrepaired rows of that feed at as_of, and only declared feeds can
    be named; `{report_deadline}` for the table (report_year, deadline) and `{applicable_item}` for the
    supervision items that apply to a firm at as_of (uscc, item_code, is_key_item, is_cross_dept, list_kind).
    The word as_of stands for the date.
    `rests_on_absence`: what was not delivered would make the value wrong (a duty not met, a licence not
    renewed), so there is none unless every feed was delivered.
    `rows`: which of the firm's own rows to show behind the value, as feed and condition; where it is empty,
    all of the firm's rows of the feeds read. It says nothing of how the value is computed.
    """

    sql: str
    reads: tuple[FeedContract, ...]
    rests_on_absence: bool = False
    rows: tuple[tuple[FeedContract, str], ...] = ()


Form = Count | State | Query
INPUT_TABLES: dict[str, frozenset[str]] = {
    "report_deadline": frozenset(),
    "applicable_item": frozenset({"supervision_item", "ent_registration", "licence"}),
}
"""Tables that a Query may read beside the feeds, each with the feeds that stand behind it."""


@dataclass(frozen=True)
class Indicator:
    """One number (or level) that describes an enterprise at a date.

    `when_none`: the value where the feed was delivered and says nothing of the firm; None keeps it missing.
    `levels`: the levels of a categorical indicator. `reason`: the sentence with {value}.
    `expert_weight`: points of the expert card; None takes the weight of the dimension.
    """

    code: str
    title: Text
    dimension: Dimension
    category: int
    legal_basis: tuple[str, ...]
    form: Form
    when_none: float | str | None
    unit: str
    direction: Direction
    reason: Text
    definition: Text
    levels: tuple[str, ...] = ()
    role: Role = Role.FEATURE
    expert_weight: float | None = None

    def __post_init__(self) -> None:
        faults = list(self._faults())
        if faults:
            raise BadDeclaration(f"indicator {self.code!r}", faults)

    @property
    def sql_type(self) -> str:
        """The DuckDB type of its column."""
        return "VARCHAR" if self.levels else "DOUBLE"

    @property
    def reads(self) -> tuple[FeedContract, ...]:
        """The feeds that the value depends on."""
        return self.form.reads

    def _faults(self) -> list[str]:
        faults = []
        if not _CODE.fullmatch(self.code):
            faults.append(f"code: expected letters, digits and _, received {self.code!r}")
        if self.category not in CATEGORIES:
            faults.append(f"category: expected 1-8, received {self.category}")
        for language in ("zh", "en"):
            used = set(_PLACEHOLDER.findall(self.reason.of(language)))
            if used - {"value"}:
                faults.append(f"reason.{language}: only {{value}} may be used, received {sorted(used)}")
        if self.levels and self.direction is not Direction.NEUTRAL:
            faults.append("levels: a categorical indicator has no direction")
        if isinstance(self.form, Query):
            faults += self._query_faults(self.form)
        if not self.legal_basis:
            faults.append("legal_basis: empty")
        return faults

    @staticmethod
    def _query_faults(form: Query) -> list[str]:
        placeholders = set(re.findall(r"\{(\w+)\}", form.sql))
        named = placeholders - set(INPUT_TABLES)
        behind = {feed for name in placeholders & set(INPUT_TABLES) for feed in INPUT_TABLES[name]}
        declared = {f.code for f in form.reads}
        faults = [f"sql names {{{n}}}, which is not in reads={sorted(declared)}" for n in sorted(named - declared)]
        faults += [f"reads {n!r}, which the sql never names" for n in sorted(declared - named - behind)]
        faults += [f"rows of {f.code!r}, which is not in reads" for f, _ in form.rows if f.code not in declared]
        if re.search(r"\b(core|raw|mart|quarantine|known)\s*\.", form.sql):
            faults.append("sql: only {feed} placeholders may be read, never a schema")
        return faults


def set_version(indicators: tuple[Indicator, ...]) -> str:
    """Version of an indicator set: a hash over every declaration in it (12 hex digits)."""
    text = "\n".join(_fingerprint(i) for i in indicators)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _fingerprint(indicator: Indicator) -> str:
    form = indicator.form
    parts: list[object] = [type(form).__name__, [f.code for f in form.reads]]
    if isinstance(form, Count):
        parts += [form.window, form.aggregate, form.where]
    elif isinstance(form, State):
        parts += [form.value, form.newest_by, form.where]
    else:
        parts += [form.sql, form.rests_on_absence]
    meta = (
        indicator.code,
        indicator.title,
        indicator.dimension.name,
        indicator.category,
        indicator.legal_basis,
        indicator.when_none,
        indicator.unit,
        indicator.direction.name,
        indicator.reason,
        indicator.definition,
        indicator.levels,
        indicator.role.name,
        indicator.expert_weight,
    )
    return repr((meta, parts))
