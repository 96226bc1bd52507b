"""The blocks of the inspections page: step, draw, plan, facts and proof, tasks, outcome, workbook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any, Protocol

import streamlit as st

from pages.parts import address, cards, check_book, plot, tables
from pages.parts.chart_rates import problem_rates
from pages.parts.desk import Desk
from pages.parts.exports import MIME, heading
from pages.parts.shapes import Coded, Figure, Listing
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.errors import NotPermitted, Refused
from pipeline.reference import Reference
from pipeline.stores.operations import audit

STEP = Text("步骤", "Step")
DRAW = Text("抽查任务", "Draw")
VOIDED = Text("已作废", "void")
BEFORE = Text(
    "填好左侧后点“生成计划”：先看各级的范围、比例与抽取数，再决定是否举行抽取。",
    "Fill the form and make the plan: see frame, ratio and number of each grade before anything is drawn.",
)
NONE_HELD = Text("还没有举行过抽取。", "No draw has been held yet.")
GO_PLAN = Text("去做计划", "Make a plan")
GRADES = Text("各级抽取", "By grade")
UNITS = Text("各单位", "By unit")
LEFT_OUT = Text("未纳入抽取", "Left out")
UNCONFIRMED = Text("比例待确认", "ratios to be confirmed")
FIRMS = Text("户", "firms")
VERIFY = Text("重演核验", "Replay")
VOID = Text("作废", "Void")
WHY = Text("作废原因", "Why it is voided")
DO_VOID = Text("确认作废", "Void it")
TASKS = Text("任务", "Tasks")
OPEN_FIRM = Text("点击任一单元格打开该企业的信用风险档案", "Click a cell to open the archive of the enterprise")
OPEN_TASK = Text("点击任一单元格录入结果", "Click a cell to enter the result")
BOOK = Text("导出检查工作簿（{n} 户）", "Export the workbook ({n} firms)")
BY_UNIT = Text("完成与问题", "Completion and problems")
RATES = Text("问题发现率随等级", "Problem rate by grade")
ON_RATES = Text("按入样概率加权，95% 区间", "weighted by the draw's probabilities, 95 % interval")
EMPTY = Text("这个抽查任务在您的范围内没有任务。", "This draw has no task within your scope.")
_HIGH = 208


class HeldDraw(Protocol):
    """A draw that was held."""

    @property
    def draw_id(self) -> str:
        """Its number."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def drawn(self) -> int:
        """Firms drawn."""

    @property
    def is_void(self) -> bool:
        """Whether it was voided."""

    @property
    def facts(self) -> tuple[tuple[Text, str], ...]:
        """Seed, hashes, versions."""


class Plan(Protocol):
    """A plan as tables and words."""

    @property
    def plan(self) -> Any:
        """The plan itself."""

    @property
    def grades(self) -> Listing:
        """By grade."""

    @property
    def units(self) -> Listing:
        """By unit."""

    @property
    def exclusions(self) -> Listing:
        """Who is left out."""

    @property
    def said(self) -> Text:
        """What it amounts to."""


class Tasks(Protocol):
    """One page of tasks as rows, and as they are."""

    @property
    def columns(self) -> Sequence[Coded]:
        """The columns."""

    @property
    def rows(self) -> Sequence[Sequence[Any]]:
        """The rows."""

    @property
    def tasks(self) -> Sequence[Mapping[str, Any]]:
        """The tasks."""

    @property
    def total(self) -> int:
        """Tasks on all pages."""

    @property
    def page(self) -> int:
        """Which page."""

    @property
    def pages(self) -> int:
        """How many pages."""


class Outcome(Protocol):
    """What a draw's checks have found."""

    @property
    def units(self) -> Listing:
        """By unit."""

    @property
    def steps(self) -> Sequence[Figure]:
        """From drawn to published."""

    @property
    def rates(self) -> Sequence[Any]:
        """By grade."""

    @property
    def on_rates(self) -> Text:
        """What to conclude."""


def step(steps: Mapping[str, Text], usual: str) -> str:
    """The step that the address asks for, chosen by a switch."""
    asked = address.asked().get("step", "")
    chosen = asked if asked in steps else usual
    st.segmented_control(
        say(STEP), list(steps), format_func=lambda c: say(steps[c]), key=address.fill("step", chosen), required=True,
        on_change=address.changed, args=("step",), label_visibility="collapsed",
    )  # fmt: skip
    return chosen


def choose(held: Sequence[Any], may_act: bool) -> Any | None:
    """The draw that the address asks for, else the newest; None and a word where there is none."""
    if not held:
        with cards.card("none"):
            cards.answer(say(NONE_HELD))
            if may_act:
                st.button(say(GO_PLAN), on_click=address.replace, args=({"step": "plan"},))
        return None
    by_id = {h.draw_id: h for h in held}
    asked = address.asked().get("draw", "")
    chosen = asked if asked in by_id else held[0].draw_id
    st.selectbox(
        say(DRAW), list(by_id), format_func=lambda d: _name(by_id[d]), key=address.fill("draw", chosen),
        on_change=address.changed, args=("draw",), label_visibility="collapsed",
    )  # fmt: skip
    return by_id[chosen]


def before_planning() -> None:
    """What the plan's card says before a plan is asked for."""
    cards.heading(say(GRADES), "")
    cards.finding(say(BEFORE))


def plan(view: Plan) -> None:
    """Frame, ratio and number by grade; faults in full; by unit, and who is left out."""
    cards.heading(say(GRADES), "" if view.plan.policy.head.confirmed else say(UNCONFIRMED))
    tables.ruled(view.grades)
    for fault in view.plan.faults:
        cards.alert(say(fault))
    cards.finding(say(view.said))
    left, right = st.columns(2, gap="small")
    with left:
        cards.heading(say(UNITS), say(FIRMS))
        tables.ruled(view.units)
    with right:
        cards.heading(say(LEFT_OUT), say(FIRMS))
        tables.ruled(view.exclusions)


def facts(held: HeldDraw, proof: Callable[[], Text], void: Callable[[str], object] | None) -> None:
    """Seed, hash and versions; the replay; and how to void it."""
    rows = "".join(f"<dt>{escape(say(k))}</dt><dd>{escape(v)}</dd>" for k, v in held.facts)
    st.html(f'<dl class="defs hash">{rows}</dl>')
    with st.container(horizontal=True, vertical_alignment="center", key="proof"):
        if st.button(say(VERIFY), key="verify", icon=":material/fact_check:"):
            st.session_state[f"proof_{held.draw_id}"] = proof()
        if said := st.session_state.get(f"proof_{held.draw_id}"):
            st.html(f'<div class="say" role="status">{escape(say(said))}</div>')
        if void and not held.is_void:
            with st.popover(say(VOID), type="tertiary"):
                why = st.text_input(say(WHY), key=f"void_{held.draw_id}", max_chars=200)
                if st.button(say(DO_VOID), key="void_now"):
                    _void(void, why)


def rows(view: Tasks, key: str, *, can_enter: bool | None = None) -> Mapping[str, Any] | None:
    """One page of the tasks; gives the task whose cell was clicked."""
    if not view.rows:
        cards.finding(say(EMPTY))
        return None
    cards.heading(f"{say(TASKS)} {view.total:,}", say(OPEN_TASK if can_enter else OPEN_FIRM))
    mark = sum(int(t["version"]) for t in view.tasks)
    clicked = tables.paged(view.columns, view.rows, f"{key}_{view.page}_{mark}", say(TASKS))
    if view.pages > 1:
        st.pagination(view.pages, key=address.fill("page", view.page), on_change=address.changed, args=("page",))
    return None if clicked is None else view.tasks[clicked]


def outcome(found: Outcome) -> None:
    """How far the tasks came, completion by unit, and the problem rate by grade with its interval."""
    with cards.card("funnel"):
        cards.strip(found.steps)
    left, right = st.columns((7.2, 4.8), gap="xsmall")
    with left, cards.card("units"):
        cards.heading(say(BY_UNIT), say(FIRMS))
        tables.ruled(found.units)
    with right, cards.card("rates"):
        cards.heading(say(RATES), say(ON_RATES))
        known = [r for r in found.rates if r.rate is not None]
        if known:
            plot.show(problem_rates(known, _HIGH), f"{say(RATES)}: {say(found.on_rates)}", "draw_rates")
        cards.finding(say(found.on_rates))


def workbook(here: Desk, held: HeldDraw, total: int, everything: Callable[[], Tasks], reference: Reference) -> None:
    """The workbook of the draw, read and made when it is asked for; each one is noted in the log."""

    def made() -> bytes:
        view = everything()
        audit.note(here.operations, here.actor, "export", f"draw:{held.draw_id}", rows=len(view.tasks))
        lines = ((DRAW, f"{held.draw_id} {held.title}"), *held.facts)
        counts: dict[tuple[str, str], int] = {}
        for task in view.tasks:
            counts[task["unit"], task["grade"]] = counts.get((task["unit"], task["grade"]), 0) + 1
        units = {u.code: say(u.name) for u in here.settings.city.units}
        summary = [(units.get(u, u), g, n) for (u, g), n in sorted(counts.items())]
        titles = (say(UNITS), say(Text("等级", "Grade")), say(TASKS))
        return check_book.book(
            heading(here, held.title, lines), [(say(GRADES), titles, summary)], view.columns, view.tasks,
            reference.codes("check_result"), reference.codes("check_mode"),
        )  # fmt: skip

    st.download_button(
        say(BOOK).format(n=f"{total:,}"), data=made, file_name=f"{held.draw_id}.xlsx", mime=MIME,
        icon=":material/download:", key="check_workbook",
    )  # fmt: skip


def _void(void: Callable[[str], object], why: str) -> None:
    try:
        void(why)
    except Refused as refusal:
        cards.alert(say(Text(refusal.zh, refusal.en)))
    except NotPermitted as refusal:
        cards.alert(str(refusal))
    else:
        st.rerun()


def _name(held: HeldDraw) -> str:
    state = f"（{say(VOIDED)}）" if held.is_void else ""
    return f"{held.draw_id}　{held.title}　{held.drawn:,} {say(FIRMS)}{state}"
