"""数据与分级概况: whether the data are complete, and which grade enterprises are in; no enterprise row."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.parts import cache, cards, charts, frame, plot, tables, text
from pages.parts.text import say
from pages.views import listings, strip
from pages.views import status as views
from pages.views.gathering import NAMED_TARGET
from pipeline.domain import Text
from pipeline.settings import Settings
from pipeline.stores.warehouse import PublicReader

PAGE = frame.Page(
    title=Text("数据与分级概况", "Data and grades at a glance"),
    question=Text("数据是否到齐，企业分在哪一级？", "Are the data complete, and how are enterprises graded?"),
)


def render(read: PublicReader | None, settings: Settings) -> None:
    """Draw the page from the published build, or say how to make one."""
    if read is None:
        frame.no_build(PAGE, settings.city, "python cli.py build" + text.option(settings.data))
        return
    key = (str(settings.data), read.build_id)
    view = cache.kept(lambda: views.status(read, settings.city), "status", *key)
    figures = cache.kept(lambda: _figures(view), "status figures", *key, text.language())
    frame.title_row(PAGE, view.build)
    with cards.card("figures"):
        cards.answer(say(view.answer))
        cards.strip(strip.strip(view))
        cards.equation(strip.terms(view), strip.verdict(view), not view.gathering.outcome.gap)
    for widths, names in (((3.7, 5, 4.3), ("grades", "units", "periods")), ((7.8, 5.2), ("sectors", "named"))):
        for column, name in zip(st.columns(widths, gap="xsmall"), names, strict=True):
            words = views.card(view, name)
            with column, cards.told(name, words):
                if name == "grades":
                    tables.grades(view.grades.city, view.grades.changes)
                elif name in figures:
                    plot.show(figures[name], f"{say(words.title)}: {say(words.finding)}", name)
    words = views.card(view, "feeds")
    with cards.told("feeds", words):
        tables.listing(listings.feeds(view.gathering), 25, say(words.title))
    with cards.told("set_aside", views.card(view, "set_aside")):
        tables.ruled(listings.set_aside(view.gathering))
    with st.expander(say(text.DEFINITIONS)):
        cards.definitions([(say(f.label), say(f.definition)) for f in strip.strip(view)])
    frame.footer(view.build)


def _figures(view: views.Status) -> dict[str, Any]:
    graded, named = view.grades, listings.lowest_named(view.gathering)
    found: dict[str, Any] = {}
    if graded.city.size:
        groups, levels = (*graded.units, graded.city), (*graded.unit_levels, 0)
        recent = graded.periods[-views.PERIODS :]
        found["units"] = charts.grade_bars(groups, levels, 240)
        found["periods"] = charts.grade_columns([p.mix for p in recent], [p.is_backcast for p in recent], 240)
        rows = [(s.whole, s.cells) for s in graded.sectors]
        found["sectors"] = charts.sector_heat([say(c) for c in graded.columns], rows)
    if named:
        found["named"] = charts.named_dots(named, NAMED_TARGET)
    return found
