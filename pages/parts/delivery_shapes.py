"""What the parts of the collection page expect of its views: the shapes they draw, whoever made them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from pipeline.domain import Text


class Counted(Protocol):
    """Delivered rows and what became of them."""

    @property
    def delivered(self) -> int:
        """All of them."""

    @property
    def accepted(self) -> int:
        """In force."""

    @property
    def superseded(self) -> int:
        """Replaced by a newer version."""

    @property
    def duplicate(self) -> int:
        """Equal to one already held."""

    @property
    def excluded(self) -> int:
        """Kept out on purpose."""

    @property
    def quarantined(self) -> int:
        """Refused."""


class Delivered(Protocol):
    """One delivered table."""

    @property
    def number(self) -> int:
        """Its number in this build."""

    @property
    def received_on(self) -> date:
        """Day of receipt."""

    @property
    def supplier(self) -> Text:
        """Who delivered it."""

    @property
    def supplier_code(self) -> str:
        """Code of the supplier."""

    @property
    def feed(self) -> Text:
        """The feed it was read as."""

    @property
    def file_name(self) -> str:
        """Its original name."""

    @property
    def outcome(self) -> Counted:
        """What became of its rows."""

    @property
    def state(self) -> Text:
        """Taken or set aside."""

    @property
    def is_aside(self) -> bool:
        """Whether it was set aside."""

    @property
    def sha256(self) -> str:
        """Fingerprint of the file."""

    @property
    def reason(self) -> Text:
        """Why it was set aside."""

    @property
    def unknown(self) -> str:
        """Columns that lead nowhere."""

    @property
    def can_be_accepted(self) -> bool:
        """Whether only too many bad rows keep it out."""


class Fault(Protocol):
    """Rows refused for the same reason."""

    @property
    def words(self) -> Text:
        """The reason."""

    @property
    def outcome(self) -> Text:
        """Quarantined or excluded."""

    @property
    def records(self) -> int:
        """How many."""


class Refused(Protocol):
    """One refused row as delivered."""

    @property
    def row_no(self) -> int:
        """Row of the file."""

    @property
    def reason(self) -> Text:
        """What is wrong."""

    @property
    def column(self) -> Text:
        """The column at fault."""

    @property
    def expected(self) -> str:
        """What the contract asks for."""

    @property
    def received(self) -> str:
        """What came."""

    @property
    def cells(self) -> Sequence[tuple[Text, str, bool]]:
        """Column, content, whether it is at fault."""
