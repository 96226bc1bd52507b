"""What the blocks of the policy page expect of its view models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from pages.parts.shapes import Column, Graded, Listing
from pipeline.domain import Text


class Head(Protocol):
    """Which version stands."""

    @property
    def file(self) -> str:
        """The policy file."""

    @property
    def version(self) -> str:
        """Id of the version."""

    @property
    def effective_from(self) -> date:
        """Effective date."""

    @property
    def approved_by(self) -> str:
        """Who approved it."""

    @property
    def basis(self) -> Text:
        """On which clauses it rests."""

    @property
    def confirmed(self) -> bool:
        """Else 待确认."""

    @property
    def versions(self) -> int:
        """Versions in the file."""


class Entry(Protocol):
    """One rule, measure or field."""

    @property
    def code(self) -> str:
        """Its id."""

    @property
    def title(self) -> Text:
        """What it is."""

    @property
    def tag(self) -> Text | None:
        """What it does, or for whom."""

    @property
    def sub(self) -> Sequence[Text]:
        """Clause and remarks."""

    @property
    def cells(self) -> Sequence[str]:
        """Its numbers."""

    @property
    def confirmed(self) -> bool:
        """Else 待确认."""


class Entries(Protocol):
    """Entries under the heads of their numbers."""

    @property
    def columns(self) -> Sequence[Column]:
        """The heads."""

    @property
    def rows(self) -> Sequence[Entry]:
        """The entries."""


class Block(Protocol):
    """A titled table or list of entries."""

    @property
    def title(self) -> Text:
        """Its subject."""

    @property
    def remark(self) -> Text:
        """How to read it."""

    @property
    def content(self) -> Any:
        """Entries or a Listing."""

    @property
    def finding(self) -> Text | None:
        """What to conclude."""


class Sheet(Protocol):
    """One part of what is in force."""

    @property
    def head(self) -> Head:
        """The version."""

    @property
    def blocks(self) -> Sequence[Block]:
        """Its tables."""


class Scores(Protocol):
    """How the scores lie."""

    @property
    def bars(self) -> Sequence[tuple[float, str, int]]:
        """From, grade, firms."""

    @property
    def cuts(self) -> Mapping[str, float]:
        """The cuts in force."""


class Choice(Protocol):
    """A number that may be changed."""

    @property
    def grade(self) -> str:
        """Its grade."""

    @property
    def now(self) -> float:
        """What is in force."""

    @property
    def tried(self) -> float:
        """What is tried."""


class RuleChoice(Protocol):
    """A rule that may be changed."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def title(self) -> Text:
        """What it is."""

    @property
    def now(self) -> str:
        """Its grade."""

    @property
    def tried(self) -> str:
        """The grade tried, or off."""

    @property
    def options(self) -> Mapping[str, Text]:
        """What may be chosen."""


class Trial(Protocol):
    """What is tried out."""

    @property
    def cuts(self) -> Sequence[Choice]:
        """Cuts of A to D."""

    @property
    def rules(self) -> Sequence[RuleChoice]:
        """The rules."""

    @property
    def ratios(self) -> Sequence[Choice]:
        """Ratios in percent."""

    @property
    def asked(self) -> Any:
        """What differs; `equal`: equal budget."""


class Results(Protocol):
    """What it would do."""

    @property
    def said(self) -> Text:
        """In one sentence."""

    @property
    def bars(self) -> Sequence[Graded]:
        """Grades before and after."""

    @property
    def matrix(self) -> Sequence[Sequence[int]]:
        """Grade before by grade after."""

    @property
    def outside(self) -> Text | None:
        """Who counts only once."""

    @property
    def causes(self) -> Listing:
        """By change."""

    @property
    def units(self) -> Listing:
        """By unit."""

    @property
    def checks(self) -> Listing:
        """Checks by grade."""

    @property
    def on_checks(self) -> Text:
        """The number of checks."""


class Comparison(Protocol):
    """Two versions side by side."""

    @property
    def policies(self) -> Mapping[str, Text]:
        """Policy files."""

    @property
    def policy(self) -> str:
        """The one chosen."""

    @property
    def versions(self) -> Mapping[str, Text]:
        """Versions and proposals."""

    @property
    def one(self) -> str:
        """Before."""

    @property
    def other(self) -> str:
        """After."""

    @property
    def table(self) -> Listing | None:
        """The differences."""

    @property
    def said(self) -> Text:
        """In one sentence."""

    @property
    def may_propose(self) -> bool:
        """Whether the simulator can propose a version."""


class Opened(Protocol):
    """One proposal in full."""

    @property
    def proposal(self) -> Any:
        """The proposal."""

    @property
    def facts(self) -> Sequence[tuple[Text, str | Text]]:
        """Facts."""

    @property
    def table(self) -> Listing:
        """Its differences."""

    @property
    def behind(self) -> Text | None:
        """Whether another version is in force now."""

    @property
    def query(self) -> Mapping[str, str]:
        """For the simulator."""
