"""What the page of a firm's archive hands to its cards: the shapes of the view, whoever made it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pages.parts.firm_lists import Change, Measure, Task, Warned
from pages.parts.firm_shapes import Identity, Run, Spoke, Step
from pages.parts.shapes import Words
from pipeline.domain import Text


class Sentence(Protocol):
    """A reason in words."""

    @property
    def code(self) -> str:
        """The indicator."""

    @property
    def sentence(self) -> Text:
        """The reason as a sentence."""

    @property
    def dimension(self) -> Text:
        """Its dimension."""

    @property
    def written(self) -> int:
        """Whole points."""


class Why(Protocol):
    """The score taken apart."""

    @property
    def base(self) -> float:
        """Where it starts."""

    @property
    def score(self) -> float:
        """Where it ends."""

    @property
    def steps(self) -> Sequence[Step]:
        """The bars between."""

    @property
    def sentences(self) -> Sequence[Sentence]:
        """The reasons one by one."""


class Moved(Protocol):
    """The difference of two runs."""

    @property
    def movers(self) -> Sequence[Change]:
        """The largest differences."""

    @property
    def others(self) -> float:
        """All others together."""


class Profile(Protocol):
    """The dimensions."""

    @property
    def spokes(self) -> Sequence[Spoke]:
        """One a dimension."""


class Named(Identity, Protocol):
    """The head of the archive, by its key."""

    @property
    def uscc(self) -> str:
        """Credit code."""


class Viewed(Protocol):
    """One firm's archive."""

    @property
    def identity(self) -> Named:
        """Its head."""

    @property
    def reasons(self) -> Why | None:
        """The score taken apart."""

    @property
    def changes(self) -> Moved | None:
        """What moved it."""

    @property
    def runs(self) -> Sequence[Run]:
        """Run by run."""

    @property
    def profile(self) -> Profile | None:
        """The dimensions."""


class Acts(Protocol):
    """What people do about the firm, and what its grade brings."""

    @property
    def warned(self) -> Sequence[Warned]:
        """Warnings."""

    @property
    def tasks(self) -> Sequence[Task]:
        """Tasks of draws."""

    @property
    def measures(self) -> Sequence[Measure]:
        """Measures."""


class Card(Words, Protocol):
    """Words of a card."""

    @property
    def empty(self) -> Text:
        """Why there is nothing in it."""


class Question(Protocol):
    """A choice in the list of questions."""

    @property
    def key(self) -> str:
        """What it is called."""

    @property
    def label(self) -> Text:
        """As people read it."""
