"""What the parts of a firm's archive expect of its view: the shapes they draw, whoever made them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from pipeline.domain import Text


class Band(Protocol):
    """A grade on the scale of scores."""

    @property
    def grade(self) -> str:
        """The letter."""

    @property
    def low(self) -> float:
        """Its least score."""

    @property
    def high(self) -> float:
        """The least score of the next better grade."""


class Clause(Protocol):
    """A rule that fired."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def title(self) -> Text:
        """Its condition."""

    @property
    def effect(self) -> Text:
        """What it does."""

    @property
    def basis(self) -> Sequence[Text]:
        """The clauses it rests on."""

    @property
    def confirmed(self) -> bool:
        """Else it is marked 待确认."""

    @property
    def decided(self) -> bool:
        """Whether the final grade is its doing."""

    @property
    def note(self) -> Text | None:
        """What it can't see."""


class Identity(Protocol):
    """The head of the archive."""

    @property
    def name(self) -> str:
        """Present name."""

    @property
    def status(self) -> Text:
        """Status on the register."""

    @property
    def is_active(self) -> bool:
        """Whether it is in business."""

    @property
    def flags(self) -> Sequence[Text]:
        """Marks."""

    @property
    def facts(self) -> Sequence[tuple[Text, Text]]:
        """Label and value."""

    @property
    def grade(self) -> str | None:
        """The grade."""

    @property
    def model_grade(self) -> str | None:
        """The grade that the score alone earns."""

    @property
    def score(self) -> float | None:
        """The score."""

    @property
    def previous_grade(self) -> str | None:
        """The grade of the run before."""

    @property
    def national_grade(self) -> str | None:
        """The grade of the national system."""

    @property
    def why_none(self) -> Text | None:
        """Why there is no grade."""

    @property
    def scale(self) -> Sequence[Band]:
        """E to A."""

    @property
    def next_better(self) -> tuple[str, float] | None:
        """The next better grade and the points to it."""

    @property
    def clauses(self) -> Sequence[Clause]:
        """Rules that fired."""

    @property
    def data_share(self) -> float | None:
        """Indicators whose feeds were delivered."""


class Step(Protocol):
    """One bar of the waterfall."""

    @property
    def code(self) -> str | None:
        """The indicator, None for the rest."""

    @property
    def label(self) -> Text:
        """Name and value."""

    @property
    def before(self) -> float:
        """Score before it."""

    @property
    def after(self) -> float:
        """Score after it."""

    @property
    def written(self) -> int:
        """Whole points."""


class Run(Protocol):
    """One run of a firm."""

    @property
    def last_known(self) -> date:
        """The last day that counts."""

    @property
    def score(self) -> float | None:
        """The score."""

    @property
    def grade(self) -> str:
        """The grade."""

    @property
    def kind(self) -> str:
        """Expert or learned."""

    @property
    def is_backcast(self) -> bool:
        """Computed back, not issued."""


class Spoke(Protocol):
    """One dimension."""

    @property
    def label(self) -> Text:
        """Its name."""

    @property
    def points(self) -> float:
        """Points of the firm."""

    @property
    def median(self) -> float:
        """Median of the trade."""

    @property
    def rank(self) -> float:
        """Where the points stand in the city, 0–100."""

    @property
    def median_rank(self) -> float:
        """Where the median stands."""


class Record(Protocol):
    """One record of the time line."""

    @property
    def key(self) -> str:
        """Names it within the build."""

    @property
    def kind(self) -> Text:
        """Title of its feed."""

    @property
    def lane(self) -> Any:
        """An enum whose value is the lane's Text."""

    @property
    def day(self) -> date:
        """Its date."""

    @property
    def until(self) -> date | None:
        """When its state ends."""

    @property
    def weight(self) -> int:
        """0 ordinary, 1 noted, 2 adverse."""

    @property
    def words(self) -> Text:
        """What it says."""

    @property
    def number(self) -> str:
        """The source's number."""

    @property
    def feed(self) -> str:
        """Code of its feed."""

    @property
    def is_repaired(self) -> bool:
        """Whether credit repair was granted."""


class Cited(Protocol):
    """A record with the file that delivered it."""

    @property
    def record(self) -> Any:
        """A Record with row_no."""

    @property
    def file_name(self) -> str:
        """The delivered file."""

    @property
    def supplier(self) -> Text:
        """Who delivered it."""


class Delivered(Protocol):
    """A row as delivered."""

    @property
    def title(self) -> Text:
        """Title of the feed."""

    @property
    def cells(self) -> Sequence[tuple[Text, Text]]:
        """Title and value of each filled column."""

    @property
    def file_name(self) -> str:
        """The delivered file."""

    @property
    def supplier(self) -> Text:
        """Who delivered it."""

    @property
    def received_on(self) -> date | None:
        """Day of the delivery."""

    @property
    def known_from(self) -> date:
        """From when it counts."""

    @property
    def row_no(self) -> int:
        """Row of the file."""
