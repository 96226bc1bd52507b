"""Whatever people try, a case moves along the listed steps only, and each step leaves its two rows."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select

from pipeline.errors import NotPermitted, Refused
from pipeline.stores.access import Actor, Role, Scope
from pipeline.stores.operations import audit
from pipeline.stores.operations.case_opening import Terms, open_cases
from pipeline.stores.operations.case_reads import case_of
from pipeline.stores.operations.case_rules import FINAL, Case, Step
from pipeline.stores.operations.casework import take_step
from pipeline.stores.operations.schema import AUDIT, CASE_STEP
from pipeline.stores.operations.store import Operations
from tests.small_city import SmallCity

TERMS = {n: Terms(1, 5, 15, n == 3) for n in (1, 2, 3)}
DIVISION = Actor("credit", "信用科", Role.SUPERVISOR, Scope(is_whole=True))
ACTORS = (
    DIVISION,
    Actor("leader", "领导", Role.LEADER, Scope(is_whole=True)),
    Actor("dc", "东昌", Role.COUNTY, Scope(("TH-DC",))),
    Actor("ed", "二道江", Role.COUNTY, Scope(("TH-ED",))),
    Actor("window", "窗口", Role.WINDOW, Scope()),
)
STRAIGHT = {
    "WAITING": "ACCEPTED",
    "ACCEPTED": "VERIFYING",
    "VERIFYING": "DISPOSING",
    "DISPOSING": "REPORTED",
    "REPORTED": "CLOSED",
}
SIDE = {"VERIFYING", "DISPOSING", "REPORTED"}
ASIDE = {"FALSE_ALARM", "TRANSFERRED"}


class Office(RuleBasedStateMachine):
    """People who try every step in any order on one case."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Operations.open(SmallCity(Path(self.folder.name) / "city").settings)
        self.case_id = ""
        self.level = 0

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    @precondition(lambda self: not self.case_id)
    @rule(level=st.sampled_from((1, 2, 3)))
    def open(self, level: int) -> None:
        found = pd.DataFrame(
            [
                {
                    "warning_id": "w", "rule": "W06", "level": level, "subject": "F", "uscc": "F", "entity_name": "某",
                    "unit": "TH-DC", "happened_on": date(2020, 10, 1), "detail": "{}",
                }
            ]
        )  # fmt: skip
        open_cases(self.store, found, TERMS, build_id="b", merge_days=30, homes={})
        self.case_id, self.level = "YJ20201015-00001", level

    @precondition(lambda self: self.case_id)
    @rule(
        actor=st.sampled_from(ACTORS),
        step=st.sampled_from(Step),
        note=st.sampled_from(("", " ", "属实")),
        attachment=st.sampled_from(("", "笔录")),
        until=st.sampled_from((None, date(2020, 11, 10), date(2022, 1, 1))),
        behind=st.booleans(),
    )
    def try_step(self, actor: Actor, step: Step, note: str, attachment: str, until: date | None, behind: bool) -> None:
        before = self.case()
        version = before.version - behind
        try:
            after = take_step(
                self.store, actor, self.case_id, step, version=version, note=note, attachment=attachment, until=until
            )
        except (Refused, NotPermitted):
            assert self.case() == before, "what is refused changes nothing"
            return
        assert not behind and before.state not in FINAL and after.version == before.version + 1
        one, other = before.state.name, after.state.name
        assert one == other or STRAIGHT.get(one) == other or (one in SIDE and other in ASIDE)
        assert actor.role in (Role.SUPERVISOR, Role.COUNTY) and actor.user != "ed"
        if other == "CLOSED":
            assert actor is DIVISION and note.strip()
        if other in ASIDE:
            assert note.strip() and (actor is DIVISION or self.level < 3)
        if other == "FALSE_ALARM":
            assert attachment
        if after.dispose_due != before.dispose_due:
            assert step is Step.EXTEND and actor is DIVISION and not before.is_extended and after.is_extended

    def case(self) -> Case:
        return case_of(self.store, DIVISION, self.case_id)

    @invariant()
    def every_step_has_its_row_in_the_log(self) -> None:
        if self.case_id:
            steps = self.store.rows(select(CASE_STEP.c.step))
            logged = self.store.rows(select(AUDIT.c.action).where(AUDIT.c.subject == self.case_id))
            assert len(steps) - 1 == len(logged) == self.case().version - 1
            assert audit.verify(self.store).fault is None


TestOffice = Office.TestCase
TestOffice.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
