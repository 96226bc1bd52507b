"""What may happen to a case: its states, the steps between them, who may take which, and what a step needs.

待签收 → 已签收 → 核查中 → 处置中 → 已反馈 → 已销号, with the side exits 误报 and 移送, and one 延期 (rules, section 4).
Nothing else is possible: what is not listed here is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from pipeline.domain import Severity, Text
from pipeline.stores.access import Actor, Role


class State(Enum):
    """Where a case stands; the name is what the store holds."""

    WAITING = Text("待签收", "To accept")
    ACCEPTED = Text("已签收", "Accepted")
    VERIFYING = Text("核查中", "Verifying")
    DISPOSING = Text("处置中", "Acting")
    REPORTED = Text("已反馈", "Reported")
    CLOSED = Text("已销号", "Closed")
    FALSE_ALARM = Text("误报", "False alarm")
    TRANSFERRED = Text("移送", "Transferred")

    @property
    def title(self) -> Text:
        """The name of the state as people read it."""
        return self.value


FINAL = (State.CLOSED, State.FALSE_ALARM, State.TRANSFERRED)
"""States that a case never leaves."""
OPEN = tuple(s for s in State if s not in FINAL)


class Step(Enum):
    """What a person can do about a case."""

    ASSIGN = Text("分派", "Assign")
    ACCEPT = Text("签收", "Accept")
    VERIFY = Text("开始核查", "Start verifying")
    DISPOSE = Text("转入处置", "Start acting")
    REPORT = Text("反馈结果", "Report")
    CLOSE = Text("销号", "Close")
    FALSE_ALARM = Text("判为误报", "Call it a false alarm")
    TRANSFER = Text("移送", "Transfer")
    EXTEND = Text("批准延期", "Approve an extension")

    @property
    def title(self) -> Text:
        """The name of the step as people read it."""
        return self.value


class Hand(Enum):
    """Who takes a step."""

    UNIT = "unit"  # the county unit that handles the case; the division itself where no unit does
    DIVISION = "division"  # 信用监管科
    EITHER = "either"  # both, but the unit not where the case is 重大


@dataclass(frozen=True)
class Transition:
    """One permitted step: from which states, to which (None: it stays), by whom, and what must be given.

    `needs`: any of note, attachment, until.
    """

    step: Step
    before: tuple[State, ...]
    after: State | None
    by: Hand
    needs: tuple[str, ...] = ()


_AT_WORK = (State.VERIFYING, State.DISPOSING)
TRANSITIONS = (
    Transition(Step.ASSIGN, (State.WAITING, State.ACCEPTED, *_AT_WORK), None, Hand.DIVISION),
    Transition(Step.ACCEPT, (State.WAITING,), State.ACCEPTED, Hand.UNIT),
    Transition(Step.VERIFY, (State.ACCEPTED,), State.VERIFYING, Hand.UNIT),
    Transition(Step.DISPOSE, (State.VERIFYING,), State.DISPOSING, Hand.UNIT, ("note",)),
    Transition(Step.REPORT, (State.DISPOSING,), State.REPORTED, Hand.UNIT, ("note",)),
    Transition(Step.CLOSE, (State.REPORTED,), State.CLOSED, Hand.DIVISION, ("note",)),
    Transition(Step.FALSE_ALARM, (*_AT_WORK, State.REPORTED), State.FALSE_ALARM, Hand.EITHER, ("note", "attachment")),
    Transition(Step.TRANSFER, (*_AT_WORK, State.REPORTED), State.TRANSFERRED, Hand.EITHER, ("note",)),
    Transition(Step.EXTEND, (State.ACCEPTED, *_AT_WORK), None, Hand.DIVISION, ("note", "until")),
)


@dataclass(frozen=True)
class Case:
    """One case as it stands. `version` is what an act names, so that two people don't overwrite each other.

    `due_on`: until when the present stage has to be done, None where the unit has done its part.
    `is_escalated`: it is before the superior: at once for 重大, else when overdue. Both are computed, not stored.
    """

    case_id: str
    rule: str
    level: Severity
    subject: str
    uscc: str | None
    entity_name: str | None
    unit: str | None
    detail: str
    state: State
    happened_on: date | None
    opened_on: date
    accept_due: date
    verify_due: date
    dispose_due: date
    due_on: date | None
    is_overdue: bool
    is_escalated: bool
    is_extended: bool
    assigned_unit: str | None
    assigned_to: str | None
    closed_on: date | None
    version: int

    @property
    def handling_unit(self) -> str | None:
        """The unit that has to act: the one assigned, else the subject's own."""
        return self.assigned_unit or self.unit


def allowed_steps(actor: Actor, case: Case) -> tuple[Transition, ...]:
    """The steps that `actor` may take in this case now, in order; none for those who only look on."""
    return tuple(t for t in TRANSITIONS if case.state in t.before and _may(actor, case, t))


def _may(actor: Actor, case: Case, transition: Transition) -> bool:
    if transition.step is Step.EXTEND and case.is_extended:
        return False
    is_division = actor.role is Role.SUPERVISOR
    is_unit = actor.role is Role.COUNTY and actor.covers(case.handling_unit)
    if transition.by is Hand.DIVISION:
        return is_division
    if transition.by is Hand.EITHER:
        at_work = is_unit and case.state in _AT_WORK and case.level is not Severity.CRITICAL
        return is_division or at_work
    return is_unit or (is_division and case.handling_unit is None)
