"""风险预警: which sector of which county stands out, and what has to be done today; home of the credit division."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.parts import address, cache, cards, case_bar, case_drawer, case_list, exports, frame, text
from pages.parts.desk import Desk, reference
from pages.parts.text import say
from pages.views import warning_case, warning_export
from pages.views import warnings as views
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations.case_reads import people_of
from pipeline.stores.operations.casework import assign, take_step

PAGE = frame.Page(
    title=Text("风险预警", "Risk warnings"),
    question=Text(
        "哪个行业、哪个县的风险偏高，哪些预警今天要办？", "Which sector and county stand out, what is due today?"
    ),
    roles=frozenset({Role.SUPERVISOR, Role.LEADER, Role.COUNTY, Role.SECTION}),
)


def render(actor: Actor) -> None:
    """The bar, the heat map and the list; a drawer for one warning or for many."""
    here = frame.open_page(PAGE, actor)
    source = views.Source(here.read, here.operations, reference(), cache.keeper(*here.key))
    asked = address.asked()
    view = views.warning_list(source, asked)
    case_drawer.tell()
    with st.container(key="warnings", gap="xsmall"):
        case_bar.bar(view.asked.query(), view.choices)
        left, right = st.columns((5.1, 8.4) if len(source.heat.units) > 1 else (3.4, 10.1), gap="xsmall")
        with left:
            former = (view.asked.sector, view.asked.unit)
            case_bar.heat(source.heat, *former, lambda sector, unit: case_bar.turn_to(sector, unit, former))
        with right, cards.card("warnings"):
            ticked = _list(here, source, view)
    if ticked:
        people = people_of(here.operations, actor, views.one_unit(ticked)) if views.one_unit(ticked) else []
        give = partial(assign, here.operations, actor)
        case_drawer.open_many(views.versions(ticked), views.lines(ticked), people, give, case_bar.leave)
    elif asked.get("case"):
        _open(here, source, asked["case"])
    frame.close_page(here)


def _list(here: Desk, source: views.Source, view: views.WarningList) -> list[views.WarningRow]:
    """The list; gives the rows that are to be assigned now."""
    rows = partial(warning_export.batches, source, view, text.language())
    said = warning_export.sentence(source, view)
    order = partial(exports.order, here, "warnings", say(PAGE.title), warning_export.columns(), view.total, said, rows)
    place = (view.page, view.pages, views.PAGE_SIZE, view.total)
    shown = (view.rows, views.heads(), views.words(view), views.content(view))
    chosen = case_list.show(here, *shown, place, view.words, order, with_unit=len(view.choices["unit"]) > 1)
    return [view.rows[n] for n in chosen]


def _open(here: Desk, source: views.Source, case_id: str) -> None:
    firms = source.firms
    take = partial(take_step, here.operations, here.actor, case_id, firms=firms)
    give = partial(assign, here.operations, here.actor)
    case_drawer.open_case(lambda: warning_case.case_view(source, case_id), take, give, source.units, case_bar.leave)
