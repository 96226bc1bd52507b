"""What the list and the drawer of warnings expect of a view: the shapes they draw, whoever made them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pipeline.domain import Severity, Text
from pipeline.stores.operations.case_rules import Case, State, Transition


class Line(Protocol):
    """One warning of a list."""

    @property
    def case_id(self) -> str:
        """Its number."""

    @property
    def version(self) -> int:
        """The version seen."""

    @property
    def level(self) -> Severity:
        """Its level."""

    @property
    def days_left(self) -> int | None:
        """Working days until it is due."""

    @property
    def subject(self) -> Text:
        """Whom it is about."""

    @property
    def grade(self) -> str | None:
        """The firm's grade."""

    @property
    def said(self) -> Text:
        """What triggered it."""

    @property
    def unit(self) -> Text:
        """The firm's unit."""

    @property
    def brief(self) -> Text:
        """The same without what stands in brackets."""

    @property
    def state(self) -> State:
        """Where it stands."""

    @property
    def handler(self) -> Text:
        """Whom it was given to."""

    @property
    def is_mine(self) -> bool:
        """Whether it was given to the user."""

    @property
    def is_escalated(self) -> bool:
        """Whether it is before the superior."""

    @property
    def has_ended(self) -> bool:
        """Whether its condition no longer holds."""


class StepTaken(Protocol):
    """One step that was taken."""

    @property
    def title(self) -> Text:
        """What was done."""

    @property
    def user(self) -> str:
        """By whom."""

    @property
    def at(self) -> str:
        """When."""

    @property
    def note(self) -> str:
        """What was written."""

    @property
    def attachment(self) -> str:
        """Name of the evidence."""


class Shown(Protocol):
    """A warning as its drawer takes it."""

    @property
    def case(self) -> Case:
        """How it stands."""

    @property
    def level_words(self) -> Text:
        """Sign and word of its level."""

    @property
    def title(self) -> Text:
        """The rule."""

    @property
    def subject(self) -> Text:
        """Whom it is about."""

    @property
    def grade(self) -> str | None:
        """The firm's grade."""

    @property
    def said(self) -> Text:
        """What triggered it."""

    @property
    def unit(self) -> Text:
        """The firm's unit."""

    @property
    def facts(self) -> Sequence[tuple[Text, Text]]:
        """What to know."""

    @property
    def course(self) -> Sequence[tuple[Text, str]]:
        """The usual way: state, and done, now or nothing."""

    @property
    def history(self) -> Sequence[StepTaken]:
        """What was done."""

    @property
    def allowed(self) -> Sequence[Transition]:
        """What the user may do now."""

    @property
    def people(self) -> Sequence[tuple[str, str]]:
        """To whom it can be given: account and name."""

    @property
    def escalation(self) -> Text | None:
        """Who hears of it."""

    @property
    def has_ended(self) -> bool:
        """Whether its condition no longer holds."""
