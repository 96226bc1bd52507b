"""What parts expect of a view model: the shapes they draw, whoever made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from pipeline.domain import Text


class Graded(Protocol):
    """A group of enterprises by grade."""

    @property
    def label(self) -> Text:
        """Name of the group."""

    @property
    def counts(self) -> tuple[int, ...]:
        """Enterprises in grades A to E."""

    @property
    def size(self) -> int:
        """Graded enterprises."""

    @property
    def risky_share(self) -> float | None:
        """Share of D and E, None for an empty group."""


class Place(Protocol):
    """A cell of the sector × unit table."""

    @property
    def size(self) -> int:
        """Graded enterprises."""

    @property
    def risky(self) -> int:
        """Of these, in grades D and E."""

    @property
    def level(self) -> int | None:
        """−2…2 beyond the funnel limits, None for a small group."""


class Figure(Protocol):
    """One figure of a strip."""

    @property
    def label(self) -> Text:
        """Its name."""

    @property
    def value(self) -> str:
        """The value as written."""

    @property
    def remark(self) -> Text:
        """A short remark below."""

    @property
    def definition(self) -> Text:
        """What it counts."""

    @property
    def is_bad(self) -> bool:
        """Whether a set target is missed."""


class Words(Protocol):
    """Words of a card."""

    @property
    def title(self) -> Text:
        """Its subject."""

    @property
    def remark(self) -> Text:
        """Unit and how to read it."""

    @property
    def finding(self) -> Text:
        """What to conclude."""


class Column(Protocol):
    """A column of a list."""

    @property
    def label(self) -> Text:
        """Its title."""

    @property
    def help(self) -> Text:
        """What it counts."""

    @property
    def kind(self) -> str:
        """One of text, count, percent, day."""

    @property
    def width(self) -> int | None:
        """Pixels, automatic if None."""


@runtime_checkable
class Coded(Column, Protocol):
    """A column whose codes are written in words; further kinds: grade, tag, change, codes, cases, score."""

    @property
    def key(self) -> str:
        """Code of the column."""

    @property
    def chars(self) -> int:
        """Characters in a workbook."""

    @property
    def labels(self) -> Mapping[str, Text]:
        """Code -> words."""


class Listing(Protocol):
    """Columns and rows; a cell is a Text, a string, a number, a date or None."""

    @property
    def columns(self) -> Sequence[Column]:
        """The columns, in order."""

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """The rows, each as long as the columns."""
