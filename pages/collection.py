"""信息归集: who did not deliver in time, and what is wrong; deliveries, quarantine, uploads, builds."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.parts import address, build_card, cache, cards, delivery_drawer, frame, upload_drawer
from pages.parts import collection_cards as blocks
from pages.parts.desk import Desk
from pages.views import collection as views
from pages.views import deliveries, numbers, source_months, trial_report
from pipeline.domain import Text
from pipeline.feeds.acceptance import accept_set_aside, is_accepted
from pipeline.stores.access import Actor, Role

PAGE = frame.Page(
    title=Text("信息归集", "Data collection"),
    question=Text("谁没按时报，错在哪？", "Who did not deliver in time, and what is wrong?"),
    roles=frozenset({Role.SUPERVISOR, Role.ADMIN}),
    needs_build=False,
)


def render(actor: Actor) -> None:
    """Figures and builds on top, the matrix of months and the deliveries below."""
    here = frame.open_page(PAGE, actor)
    blocks.tell()
    asked = address.asked()
    with st.container(key="collection", gap="xsmall"):
        left, right = st.columns((9.8, 3.7), gap="xsmall")
        with left:
            wants_upload = _figures(here)
        with right:
            build_card.show(here)
        if here.build is not None:
            left, right = st.columns((5.3, 8.2), gap="xsmall")
            with left:
                _months(here, asked)
            with right, cards.card("deliveries"):
                _deliveries(here, asked)
    if wants_upload:
        upload_drawer.open_upload(here, trial_report.trial_view)
    elif (number := numbers.number_of(asked.get("delivery", ""))) is not None and here.build is not None:
        _open(here, number)
    frame.close_page(here)


def _figures(here: Desk) -> bool:
    if here.build is None:
        return blocks.before_build()
    view = cache.kept(lambda: views.collection(here.read, here.settings.city), "collection", *here.key)
    return blocks.figures(view.figures, view.terms, view.verdict, balanced=not view.gap)


def _months(here: Desk, asked: dict[str, str]) -> None:
    measure, by = source_months.asked_for(asked)
    make = partial(source_months.source_months, here.read, here.settings.city, measure, by)
    found = cache.kept(make, "months", measure, by, *here.key)
    blocks.matrix(found, (asked.get(by, ""), asked.get("month", "")), source_months.MEASURES, source_months.BY)


def _deliveries(here: Desk, asked: dict[str, str]) -> None:
    view = deliveries.deliveries(here.read, here.settings.city, asked)
    blocks.bar(view.asked.query(), deliveries.STATES, deliveries.choices(here.settings.city))
    blocks.table(view.rows, deliveries.columns(), deliveries.content(view), blocks.point)
    blocks.foot(view.page, deliveries.PAGE_SIZE, len(view.rows), view.total, view.pages)


def _open(here: Desk, number: int) -> None:
    one = deliveries.delivery(here.read, here.settings.city, number)
    if one is None:
        return
    act = partial(accept_set_aside, here.operations, here.actor, one.sha256, one.supplier_code)
    accept = act if one.can_be_accepted and here.actor.role is Role.SUPERVISOR else None
    known = one.is_aside and is_accepted(here.operations, one.sha256, one.supplier_code)
    found = (deliveries.columns(), deliveries.faults(here.read, number), deliveries.refused_rows(here.read, one))
    delivery_drawer.open_delivery(here, one, *found, accept, is_accepted=known, on_close=blocks.leave)
