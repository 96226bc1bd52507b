"""The right drawer of a task: its facts, its evidence, and the form of the office."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

import streamlit as st

from pages.parts import cards, chart_phases, text
from pages.parts.desk import Desk
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.errors import NotPermitted, Refused
from pipeline.stores.access import Role
from pipeline.stores.operations.tasks import SETTLED, Step, TaskState, set_task, steps_of

TITLE = Text("试点任务", "Task of the pilot")
TASK, STATE, LIGHT = Text("任务", "Task"), Text("状态", "State"), Text("指示灯", "Light")
CLAUSE, WHO, UNTIL = Text("条款", "Clause"), Text("责任单位", "Responsible"), Text("时限", "Deadline")
SIGN_OF_DONE, NOTE = Text("完成标志", "Evidence needed"), Text("说明", "Note")
JUDGED = Text("由指标判定", "Judged by its query")
NOW, GOAL = Text("当前", "now"), Text("目标", "target")
NO_VALUE = Text("尚无数据", "no data yet")
TO_BE_CONFIRMED = Text("待确认", "to be confirmed")
HISTORY, NO_STEPS = Text("办公室标注", "Steps of the office"), Text("尚无标注。", "No step yet.")
FORM = Text("标注完成情况", "Set the state")
DAY, WORDS, FILE = Text("完成日期", "Done on"), Text("佐证说明", "Evidence"), Text("佐证文件名", "Name of the file")
OWN_DEADLINE = Text("由办公室确定时限", "Deadline set by the office")
OWN_HELP = Text(
    "方案未定时限的任务，由办公室确定；不填则不变", "For tasks without a deadline in the plan; empty: unchanged"
)
SUBMIT = Text("确认提交", "Submit")
SAVED = Text("已记录", "Recorded")
KEPT = Text("每次标注都留痕，不可删改；更正请再次标注。", "Every step stays; to correct one, add another.")


class Chip(chart_phases.Chip, Protocol):
    """A task with all that the drawer says of it."""

    @property
    def clause(self) -> str:
        """The clause of the plan."""

    @property
    def responsible(self) -> Text:
        """Who is responsible."""

    @property
    def is_deadline_confirmed(self) -> bool:
        """Whether the plan sets the deadline."""

    @property
    def evidence(self) -> Text:
        """What counts as done."""

    @property
    def note(self) -> Text | None:
        """Where this differs from the plan."""

    @property
    def kpi(self) -> str | None:
        """The query that judges it."""

    @property
    def value(self) -> float | None:
        """What the query gives."""

    @property
    def target(self) -> float | None:
        """What it has to reach."""


def open_task(here: Desk, chips: Sequence[Chip], task_id: str) -> None:
    """Open the drawer at `task_id`; another task can be chosen in it."""
    st.session_state.pop(_SEEN + task_id, None)
    st.dialog(say(TITLE), position="right", width="medium")(content)(here, chips, task_id)


def content(here: Desk, chips: Sequence[Chip], task_id: str) -> None:
    """What stands in the drawer: the choice of a task, its facts, and for the office the form."""
    by_id = {c.id: c for c in chips}
    ids = list(by_id)
    chosen = st.selectbox(
        say(TASK),
        ids,
        index=ids.index(task_id) if task_id in by_id else 0,
        format_func=lambda i: f"{i}　{say(by_id[i].title)}",
    )
    chip = by_id[chosen]
    _facts(chip)
    if chip.kpi is None:
        steps = steps_of(here.operations, here.actor, chip.id)
        _history(steps)
        if here.actor.role is Role.SUPERVISOR:
            is_open_ended = not chip.is_deadline_confirmed or any(s.deadline for s in steps)
            st.session_state.setdefault(_SEEN + chip.id, len(steps))
            _form(here, chip.id, len(steps), is_open_ended=is_open_ended)


def _facts(chip: Chip) -> None:
    until = chip.deadline.isoformat()
    if not chip.is_deadline_confirmed:
        until += f"（{say(TO_BE_CONFIRMED)}）" if text.language() == "zh" else f" ({say(TO_BE_CONFIRMED)})"
    entries = [
        (say(LIGHT), f"{chip.sign} {say(chip.light.title)} · {say(chip.when)}"),
        (say(UNTIL), until),
        (say(CLAUSE), chip.clause),
        (say(WHO), say(chip.responsible)),
        (say(SIGN_OF_DONE), say(chip.evidence)),
    ]
    if chip.kpi and chip.target is not None:
        value = say(NO_VALUE) if chip.value is None else text.share(chip.value)
        entries.append((say(JUDGED), f"{say(NOW)} {value}，{say(GOAL)} {chip.target:.0%}"))
    if chip.note:
        entries.append((say(NOTE), say(chip.note)))
    cards.definitions(entries)


def _history(steps: Sequence[Step]) -> None:
    cards.heading(say(HISTORY), "")
    if not steps:
        st.caption(say(NO_STEPS))
        return
    cards.definitions(
        [
            (
                f"{s.business_at:%Y-%m-%d %H:%M}",
                " · ".join(
                    p
                    for p in (
                        say(s.state.title),
                        text.day(s.done_on) if s.done_on else "",
                        f"{say(UNTIL)} {text.day(s.deadline)}" if s.deadline else "",
                        s.evidence,
                        s.file_name,
                        s.user,
                    )
                    if p
                ),
            )
            for s in steps
        ]
    )


def _form(here: Desk, task_id: str, steps: int, *, is_open_ended: bool) -> None:
    """The office's form; `is_open_ended`: the plan as issued sets no deadline, so the office may."""
    today = here.settings.today()
    with st.form(f"task_{task_id}", border=False):
        cards.heading(say(FORM), say(KEPT))
        state = st.segmented_control(
            say(STATE), list(TaskState), default=TaskState.DONE, required=True, format_func=lambda s: say(s.title)
        )
        done_on = st.date_input(say(DAY), value=today, min_value=date(2020, 1, 1), max_value=today)
        evidence = st.text_area(say(WORDS), max_chars=500, height=90)
        file_name = st.text_input(say(FILE), max_chars=160)
        until = st.date_input(say(OWN_DEADLINE), None, min_value=today, help=say(OWN_HELP)) if is_open_ended else None
        if not st.form_submit_button(say(SUBMIT), type="primary"):
            return
    try:
        set_task(
            here.operations,
            here.actor,
            task_id,
            state or TaskState.OPEN,
            evidence=evidence,
            file_name=file_name,
            done_on=done_on if state in SETTLED else None,
            deadline=until,
            seen=st.session_state[_SEEN + task_id],
        )
    except Refused as refusal:
        st.session_state[_SEEN + task_id] = steps  # what somebody else has added stands above by now
        st.error(say(Text(refusal.zh, refusal.en)))
        return
    except NotPermitted as refusal:
        st.error(str(refusal))
        return
    st.session_state.pop(_SEEN + task_id, None)
    st.session_state[SAID] = f"{task_id} {say(SAVED)}"
    st.rerun()


_SEEN = "task_seen_"
"""How many steps of a task stood in the drawer when its form was filled in."""
SAID = "task_said"
"""What the page tells after the drawer has closed."""


def tell() -> None:
    """The word that an act has been recorded, once."""
    if said := st.session_state.pop(SAID, None):
        st.toast(said)
