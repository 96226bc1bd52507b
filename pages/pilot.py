"""试点总览: where the pilot stands and where it lags; home of the leading group."""

from __future__ import annotations

import streamlit as st

from pages.parts import address, cache, choice, drawers, frame, nav, report_button, task_drawer
from pages.parts import pilot_blocks as blocks
from pages.parts.clicks import ask, asked
from pages.views import county_table, pilot_words, reports
from pages.views import pilot as views
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations.draw_counts import draws_revision

PAGE = frame.Page(
    title=Text("试点总览", "Pilot overview"),
    question=Text("试点走到哪一步，哪里落后？", "How far is the pilot, and where does it lag?"),
    roles=frozenset({Role.LEADER, Role.SUPERVISOR}),
)


def render(actor: Actor) -> None:
    """Draw the page from the published build and what people did."""
    here = frame.open_page(PAGE, actor)
    found = cache.kept(lambda: views.facts(here.read, here.settings), "pilot", *here.key)
    revision = draws_revision(here.operations)
    drawn = cache.kept(lambda: views.draws(here.operations, actor), "pilot draws", *here.key, revision)
    view = views.pilot(found, drawn, views.cases(here.operations, actor), here.operations, actor)
    task_drawer.tell()
    with st.container(key="pilot", gap="xsmall"):
        blocks.tasks(here, view.line)
        blocks.figures(view.kpis)
        _follow(found)
        st.fragment(_comparison)(view, found)
        report_button.buttons(here, reports.offers(here.read, here.operations, actor, found, view))
    frame.close_page(here)


def _comparison(view: views.Pilot, found: views.Facts) -> None:
    """Everything below the figures: its own fragment, so that a click on a county redraws nothing else."""
    left, middle, right = st.columns((3.4, 6.3, 3.7), gap="xsmall")
    with left:
        blocks.areas(view.counties[:-1], view.on_map, address.asked().get("unit", ""), _choose)
    with middle:
        table = county_table.listing(view.counties)
        blocks.units(table, view.on_counties, lambda row, column: _clicked(view, row, column))
    with right:
        blocks.rates(view.rates, view.on_rates)
    with st.container(horizontal=True, vertical_alignment="center", key="scope"):
        unit = choice.among("unit", views.SCOPE, found.units)
        by = choice.one("by", views.GRADES_BY, pilot_words.ways_to_break_down(unit))
        what = choice.one("follow", views.TREND_OF, pilot_words.TRENDS)
    blocks.lower(views.comparison(found, unit, by, what))
    _follow(found)


def _choose(unit: str) -> None:
    address.put(unit="" if address.asked().get("unit") == unit else unit)


def _clicked(view: views.Pilot, row: int, column: int) -> None:
    way = county_table.way(view.counties[row], column)
    if way:
        ask("way", way)
    else:
        _choose(view.counties[row].code)


def _follow(found: views.Facts) -> None:
    """Go where a click asked to go: another page, or a drawer of this one."""
    way = asked("way")
    if way and way.page:
        nav.go(way.page, **way.query)
    elif way:
        drawers.open_list(*views.sources(found, way), "collection", views.TO_COLLECTION)
