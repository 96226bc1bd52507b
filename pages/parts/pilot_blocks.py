"""The blocks of the pilot page: tasks, units side by side, problem rates, the lower row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Protocol

import streamlit as st

from pages.parts import (
    cards,
    chart_map,
    chart_phases,
    chart_rates,
    charts,
    choice,
    county_table,
    kpi_card,
    legends,
    plot,
    task_drawer,
)
from pages.parts.clicks import ask, asked, clickable
from pages.parts.desk import Desk
from pages.parts.shapes import Graded, Listing, Words
from pages.parts.text import say
from pipeline.domain import Text
from pipeline.pilot import Light

PHASES = Text("阶段与 {n} 项任务", "Phases and {n} tasks")
TASK_LIST = Text("任务清单", "All tasks")
URGENT = Text("逾期、临期与待佐证的任务", "Tasks late, due soon, or waiting for evidence")
NONE_URGENT = Text("没有逾期或临期的任务。", "No task is late or due soon.")
SOURCE = Text("来源", "Source")
MAP_HEIGHT, RATES_HEIGHT, LOWER_HEIGHT = 346, 284, 270


class Line(chart_phases.Line, Protocol):
    """The time line with its legend."""

    @property
    def chips(self) -> Sequence[task_drawer.Chip]:
        """The tasks in order."""

    @property
    def lights(self) -> Sequence[tuple[Light, int]]:
        """Each light with its number of tasks."""

    @property
    def urgent(self) -> Sequence[task_drawer.Chip]:
        """The tasks that need somebody."""

    @property
    def remark(self) -> Text | None:
        """Where dates differ from the plan."""


class Trend(Protocol):
    """A share over time."""

    @property
    def points(self) -> Sequence[tuple[date, float, int]]:
        """Date, share, records."""

    @property
    def target(self) -> float | None:
        """The set target."""

    @property
    def words(self) -> Words:
        """Title and finding."""


class Movement(Protocol):
    """Enterprises by grade then and now."""

    @property
    def counts(self) -> Sequence[Sequence[int]]:
        """Rows: then; columns: now."""


class Rates(Protocol):
    """Problem rates of one source."""

    @property
    def name(self) -> Text:
        """Which checks."""

    @property
    def rows(self) -> Sequence[chart_rates.Rated]:
        """One a grade."""


class Row(Protocol):
    """The lower row."""

    @property
    def groups(self) -> Sequence[Graded]:
        """Groups, the whole last."""

    @property
    def levels(self) -> Sequence[int | None]:
        """Beyond the limits, −2…2."""

    @property
    def moved(self) -> Movement | None:
        """The migration, None where nothing can be compared."""

    @property
    def trend(self) -> Trend:
        """The trend."""

    @property
    def composition(self) -> Words:
        """Words of the bars."""

    @property
    def migration(self) -> Words:
        """Words of the migration."""


def tasks(here: Desk, line: Line) -> None:
    """The time line with its legend; for a phone the urgent tasks as a list; the drawer of a task that was clicked."""
    n = str(len(line.chips))
    with cards.card("phases"):
        legends.lights(Text(PHASES.zh.format(n=n), PHASES.en.format(n=n)), line.remark, line.lights)
        figure = chart_phases.time_line(line)
        clickable(figure, legends.spoken(line.lights), "phases", lambda task: ask("task", task))
        for chip in (*line.urgent, *line.chips)[:1]:
            st.button(say(TASK_LIST), key="task_list", type="tertiary", on_click=ask, args=("task", chip.id))
    with cards.card("urgent"):
        legends.urgent(URGENT, line.urgent, NONE_URGENT)
    if task := asked("task"):
        task_drawer.open_task(here, line.chips, task)


def figures(kpis: Sequence[kpi_card.Figure]) -> None:
    """The figures beside each other; a drawer that is asked for is remembered as `way`."""
    with st.container(key="kpis"):
        for column, figure in zip(st.columns(len(kpis), gap="xsmall"), kpis, strict=True):
            with column:
                kpi_card.kpi(figure, lambda way: ask("way", way))


def areas(units: Sequence[chart_map.Area], words: Words, chosen: str, on_click: Callable[[str], None]) -> None:
    """The map; a click gives the code of the unit."""
    with cards.card("map"):
        legends.shades(words.title, words.remark, chart_map.limits(units))
        clickable(chart_map.county_map(units, chosen, MAP_HEIGHT), say(words.title), "map", on_click)


def units(table: Listing, words: Words, on_click: Callable[[int, int], None]) -> None:
    """The table of units; a click gives the numbers of row and column."""
    with cards.told("counties", words):
        county_table.county_table(table, say(words.title), on_click)


def rates(found: Sequence[Rates], words: Sequence[Words]) -> None:
    """The problem rate by grade; a switch where there is more than one source."""
    with cards.card("rates"):
        place = st.empty()
        chosen = 0
        if len(found) > 1:
            chosen = int(choice.one("checks", SOURCE, {str(n): r.name for n, r in enumerate(found)}))
        with place:
            cards.heading(say(words[chosen].title), say(words[chosen].remark))
        height = RATES_HEIGHT - (36 if len(found) > 1 else 0)
        plot.show(chart_rates.problem_rates(found[chosen].rows, height), say(words[chosen].finding), "rates")
        cards.finding(say(words[chosen].finding))


def lower(row: Row) -> None:
    """Grades by group, migration, trend; a chart only where there is something to draw."""
    first, second, third = st.columns((4.6, 4.6, 4.2), gap="xsmall")
    with first, cards.told("grades", row.composition):
        if row.groups[:-1]:
            plot.show(charts.grade_bars(row.groups, row.levels, LOWER_HEIGHT), say(row.composition.finding), "grades")
    with second, cards.told("migration", row.migration):
        if row.moved:
            plot.show(chart_rates.migration(row.moved.counts, LOWER_HEIGHT), say(row.migration.finding), "migration")
    with third, cards.told("trend", row.trend.words):
        if row.trend.points:
            figure = chart_rates.trend(row.trend.points, row.trend.target, LOWER_HEIGHT)
            plot.show(figure, say(row.trend.words.finding), "trend")
