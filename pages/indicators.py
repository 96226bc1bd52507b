"""指标体系: what each indicator means, on which clause it rests, how it is distributed and what it weighs."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.parts import address, cache, cards, frame, text
from pages.parts import indicator_cards as blocks
from pages.parts.desk import Desk, reference
from pages.parts.text import say
from pages.views import indicator_catalogue, indicator_detail, indicator_list, indicator_spread, indicator_versions
from pages.views import indicator_weights as weighing
from pages.views.indicator_words import SHORT
from pages.views.policies import policy_at
from pages.views.said import BY_CODE
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role

PAGE = frame.Page(
    title=Text("指标体系", "Indicators"),
    question=Text(
        "每个指标是什么、凭什么、起多大作用？", "What is each indicator, on what basis, and what does it weigh?"
    ),
    roles=frozenset({Role.SUPERVISOR, Role.COUNTY, Role.SECTION}),
)


def render(actor: Actor) -> None:
    """The list by dimension at the left, the indicator that is open at the right."""
    here = frame.open_page(PAGE, actor)
    keep = cache.keeper(*here.key)
    weights = keep(lambda: weighing.weights(here.read), "indicator weights")
    log = keep(lambda: indicator_versions.change_log(here.read), "indicator sets")
    catalogue = keep(lambda: _catalogue(here), "indicator catalogue")
    view = indicator_list.indicator_list(catalogue, weights, address.asked())
    code, city = view.opened.entry.code, here.settings.city
    spread = partial(indicator_spread.spread, here.read, city, BY_CODE[code])
    detail = indicator_detail.detail(view.opened, weights, log, lambda: keep(spread, "indicator spread", code))
    with st.container(key="indicators", gap="xsmall"):
        left, right = st.columns((5.1, 8.4), gap="xsmall")
        with left, cards.card("indicator_list"):
            _list(here, view, weights.firms)
        with right:
            blocks.declared(detail)
            _spreads(detail)
            blocks.versions(detail, log)
    frame.close_page(here)


def _catalogue(here: Desk) -> tuple[indicator_catalogue.Entry, ...]:
    stamp = here.read.stamp
    policy = policy_at(here.settings, stamp.build_id, stamp.as_of)
    return indicator_catalogue.entries(here.settings.city, reference(), policy)


def _list(here: Desk, view: indicator_list.IndicatorList, firms: int) -> None:
    asked = view.asked
    blocks.bar(asked.q, asked.dimension, view.choices)
    blocks.listing(view.rows, view.place, SHORT, bool(asked.dimension))
    scope = indicator_spread.scope_words(here.read, here.settings.city, reference().codes("field"), firms)
    rows = partial(indicator_list.batches, view, text.language())
    blocks.foot(here, len(view.rows), scope, indicator_list.columns(), view.sentence, rows, say(PAGE.title))


def _spreads(detail: indicator_detail.Detail) -> None:
    """By grade and by unit: beside each other, below each other where there are many values."""
    many = len(detail.classes) > blocks.BESIDE
    left, right = (st.container(), st.container()) if many else st.columns(2, gap="xsmall")
    with left:
        blocks.spread(detail, detail.grades, "grades", blocks.BY_GRADE)
    with right:
        blocks.spread(detail, detail.units, "units", blocks.BY_UNIT)
