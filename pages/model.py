"""模型治理: champion and candidates, calibration, drift, parity; roll-back by promotion."""

from __future__ import annotations

from functools import partial

import streamlit as st

from models.promotion import promote_model
from pages.parts import cache, cards, frame, model_drawer
from pages.parts import model_blocks as blocks
from pages.parts.clicks import ask, asked
from pages.parts.desk import Desk
from pages.parts.text import say
from pages.views import model as views
from pages.views import model_card, model_drift, model_grades, model_validation
from pages.views.model_words import CANDIDATES
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role

PAGE = frame.Page(
    title=Text("模型治理", "Model"),
    question=Text("模型还准吗，谁换的？", "Is the model still right, and who put it in office?"),
    roles=frozenset({Role.LEADER, Role.SUPERVISOR}),
)


def render(actor: Actor) -> None:
    """Draw the page from the published build, the cards of the trained models and the promotions."""
    here = frame.open_page(PAGE, actor)
    model_drawer.tell()
    found = cache.kept(lambda: views.facts(here.read, here.settings), "model", *here.key)
    office = views.office(here.settings)
    with st.container(key="model", gap="xsmall"):
        cards.answer(say(views.answer(found, office)))
        if office:
            blocks.figures(views.figures(found, office))
            _validation(found, office)
        _state(here, found)
        if office:
            units = {u.code: u.name for u in here.settings.city.units}
            groups, words = model_validation.parity(office.card, units)
            blocks.card(groups, words, office.facts, model_card.promotions(here.settings))
        _models(here, office)
    frame.close_page(here)


def _validation(found: views.Facts, office: views.Office) -> None:
    left, middle, right = blocks.columns()
    with left:
        blocks.contest(office.judged, office.on_contest)
    with middle:
        names = (views.PERIOD, views.CANDIDATE)
        blocks.calibration(office.periods, office.candidates, names, partial(views.calibration, office))
    with right:
        blocks.drift(model_drift.bars(found.drift), model_drift.limits(), model_drift.on_drift(found.drift))


def _state(here: Desk, found: views.Facts) -> None:
    stamp, of = here.read.stamp, found.drift
    grades = model_grades.grades(found.grades, here.settings, stamp.build_id, stamp.as_of)
    left, middle, right = blocks.columns()
    with left:
        blocks.outcomes(of.outcomes, model_drift.on_outcomes(of), model_drift.reasons(of))
    with middle:
        blocks.grades(grades.rows, grades.shares)
    with right:
        blocks.migration(grades.moved, grades.migration)


def _models(here: Desk, office: views.Office | None) -> None:
    trained, may_act = model_card.trained_models(here.settings), here.actor.role is Role.SUPERVISOR
    blocks.models(trained, CANDIDATES, partial(ask, "model") if may_act else None)
    if may_act and (one := views.to_open(trained, asked("model"))):
        promote = partial(promote_model, here.operations, here.actor)
        model_drawer.open_model(one, CANDIDATES, views.in_office(office), promote)
