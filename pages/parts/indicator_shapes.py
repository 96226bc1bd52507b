"""What the parts of the indicators page expect of its view model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from pages.parts.shapes import Figure
from pipeline.domain import Text


class Basis(Protocol):
    """A clause."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def paper(self) -> Text:
        """The paper that it stands in."""

    @property
    def clause(self) -> str:
        """The clause, in the paper's own words."""

    @property
    def confirmed(self) -> bool:
        """Whether it was checked."""


class Source(Protocol):
    """A feed that is read."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def title(self) -> Text:
        """Its title."""

    @property
    def suppliers(self) -> Text:
        """Who delivers it, empty if nobody is expected to."""


class RuleUse(Protocol):
    """A rule of the grade policy."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def title(self) -> Text:
        """Its title."""

    @property
    def confirmed(self) -> bool:
        """Whether it is confirmed."""


class Entry(Protocol):
    """An indicator in words."""

    @property
    def code(self) -> str:
        """Its code."""

    @property
    def title(self) -> Text:
        """Its title."""

    @property
    def group(self) -> str:
        """Dimension, or rule facts."""

    @property
    def dimension(self) -> Text:
        """Its dimension."""

    @property
    def is_scored(self) -> bool:
        """Whether it feeds the score."""

    @property
    def category(self) -> Text:
        """Which of the plan's eight kinds."""

    @property
    def definition(self) -> Text:
        """What is measured."""

    @property
    def form(self) -> Text:
        """How the value is made."""

    @property
    def window(self) -> Text:
        """Which days count."""

    @property
    def arrow(self) -> str:
        """The sign of its direction."""

    @property
    def direction(self) -> Text:
        """What a higher value means."""

    @property
    def unit(self) -> Text:
        """The unit of the stored value."""

    @property
    def without(self) -> Text:
        """The value without records."""

    @property
    def reason(self) -> Text:
        """How a reason says it."""

    @property
    def bases(self) -> Sequence[Basis]:
        """The clauses."""

    @property
    def sources(self) -> Sequence[Source]:
        """The feeds."""

    @property
    def rules(self) -> Sequence[RuleUse]:
        """Rules that read it."""

    @property
    def version(self) -> str:
        """Hash of the declaration."""


class Weight(Protocol):
    """The numbers beside an indicator."""

    @property
    def missing(self) -> float | None:
        """Share without a value."""

    @property
    def points(self) -> float | None:
        """Mean |points|."""

    @property
    def rank(self) -> int | None:
        """Place by them."""

    @property
    def needs_review(self) -> bool:
        """Hardly any effect, and values that moved."""


class Row(Protocol):
    """A row of the list."""

    @property
    def entry(self) -> Entry:
        """The indicator."""

    @property
    def weight(self) -> Weight:
        """Its numbers."""


class Group(Protocol):
    """A grade, a unit, or all of them."""

    @property
    def key(self) -> str:
        """Grade, code of the unit, or nothing."""

    @property
    def label(self) -> Text:
        """Its name."""

    @property
    def size(self) -> int:
        """Enterprises."""

    @property
    def held(self) -> int:
        """Of these, with a value."""

    @property
    def missing(self) -> float | None:
        """Share without one."""

    @property
    def is_small(self) -> bool:
        """Too few to compare."""

    @property
    def shares(self) -> Sequence[float | None]:
        """Share of each class."""


class Box(Protocol):
    """A group as it is drawn."""

    @property
    def group(self) -> Group:
        """The group."""

    @property
    def quantiles(self) -> Sequence[float]:
        """At 5, 25, 50, 75 and 95 %, none for a small group."""

    @property
    def told(self) -> Text:
        """Its numbers in words."""


class Scale(Protocol):
    """The scale of the boxes."""

    @property
    def low(self) -> float:
        """Its left end."""

    @property
    def high(self) -> float:
        """Its right end."""

    @property
    def ticks(self) -> Sequence[tuple[float, Text]]:
        """Places and words."""


class Pane(Protocol):
    """A distribution."""

    @property
    def groups(self) -> Sequence[Box]:
        """Its groups, all of them last."""

    @property
    def finding(self) -> Text:
        """What to conclude."""


class SetVersion(Protocol):
    """A set of indicators."""

    @property
    def id(self) -> str:
        """Its hash."""

    @property
    def first(self) -> date:
        """The earliest date of grades under it."""

    @property
    def issued(self) -> datetime:
        """When first issued."""

    @property
    def latest(self) -> datetime:
        """When last issued."""

    @property
    def builds(self) -> int:
        """Builds that issued grades under it."""

    @property
    def is_current(self) -> bool:
        """Used by this build."""


class Change(Protocol):
    """A line of the change log."""

    @property
    def release(self) -> str:
        """Release of the product."""

    @property
    def day(self) -> str:
        """Its day."""

    @property
    def words(self) -> str:
        """What was written."""


class ChangeLog(Protocol):
    """The sets so far."""

    @property
    def versions(self) -> Sequence[SetVersion]:
        """Newest first."""

    @property
    def is_ahead(self) -> bool:
        """The next build will use another one."""

    @property
    def declared(self) -> str:
        """The one that the program declares."""


class Detail(Protocol):
    """An indicator in full."""

    @property
    def row(self) -> Row:
        """Declaration and numbers."""

    @property
    def figures(self) -> Sequence[Figure]:
        """Its figures."""

    @property
    def classes(self) -> Sequence[Text]:
        """Values or ranges of them, none where boxes are drawn."""

    @property
    def scale(self) -> Scale | None:
        """The scale of the boxes."""

    @property
    def grades(self) -> Pane:
        """By grade."""

    @property
    def units(self) -> Pane:
        """By unit."""

    @property
    def changes(self) -> Sequence[Change]:
        """Recorded changes."""
