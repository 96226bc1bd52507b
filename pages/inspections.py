"""双随机抽查: plan a draw, hold it, take the list, enter what the checks found."""

from __future__ import annotations

from functools import partial

import streamlit as st

from models.policy import draw
from pages.parts import address, cache, cards, draw_blocks, draw_form, frame, nav, result_form
from pages.parts.desk import Desk, reference
from pages.views import check_sheet, draw_plans
from pages.views import inspections as views
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import check_entry, draws

PAGE = frame.Page(
    title=Text("双随机抽查", "Random inspections"),
    question=Text("抽谁、为什么这么多、查得怎样？", "Who is drawn, why so many, and what was found?"),
    roles=frozenset({Role.LEADER, Role.SUPERVISOR, Role.COUNTY, Role.SECTION}),
)
STEPS = {"plan": Text("计划", "Plan"), "list": Text("名单", "List"), "results": Text("结果", "Results")}


def render(actor: Actor) -> None:
    """One of the three steps; the address says which."""
    here = frame.open_page(PAGE, actor)
    result_form.tell()
    may_act = actor.role is not Role.LEADER
    steps = STEPS if may_act else {k: v for k, v in STEPS.items() if k != "plan"}
    source = views.Source.of(here.operations, here.read, reference(), cache.keeper(*here.key))
    held = views.held(source)
    step = draw_blocks.step(steps, "list" if held else next(iter(steps)))
    if step == "plan":
        _plan(here)
    elif chosen := draw_blocks.choose(held, may_act):
        _list(here, source, chosen) if step == "list" else _results(source, chosen, may_act and not chosen.is_void)
    frame.close_page(here)


def _plan(here: Desk) -> None:
    city, asked = here.settings.city, address.asked()
    offered = draw_plans.offer(here.read, reference(), city, here.actor)
    request = draw_plans.request_of(asked, offered, here.settings.today())
    left, right = st.columns((3.6, 8.4), gap="xsmall")
    with left, cards.card("form"):
        draw_form.form(offered, request, draw_plans.CHOICES, here.settings.today())
    with right, cards.card("plan"):
        if asked.get("plan") != "1":
            draw_blocks.before_planning()
            return
        view = draw_plans.planned(here.operations, here.read, here.actor, request, city)
        draw_blocks.plan(view)
        hold = partial(draw.hold, here.operations, here.read, here.actor, view.plan)
        draw_form.hold_button(view, lambda seed: hold(seed).draw_id)


def _list(here: Desk, source: views.Source, chosen: views.Held) -> None:
    void = partial(draws.void, here.operations, here.actor, chosen.draw_id)
    with cards.card("facts"):
        proof = partial(views.proof, source, chosen.draw_id)
        draw_blocks.facts(chosen, proof, void if here.actor.role is not Role.LEADER else None)
    view = views.task_list(source, chosen.draw_id, address.asked().get("page"))
    with cards.card("tasks"):
        clicked = draw_blocks.rows(view, f"list_{chosen.draw_id}")
        everything = partial(views.every_task, source, chosen.draw_id)
        draw_blocks.workbook(here, chosen, view.total, everything, reference())
    if clicked:
        nav.go("enterprise", uscc=str(clicked["uscc"]))


def _results(source: views.Source, chosen: views.Held, can_enter: bool) -> None:
    own = (source.operations, source.actor)
    draw_blocks.outcome(views.results(source, chosen.draw_id))
    view = views.task_list(source, chosen.draw_id, address.asked().get("page"))
    with cards.card("entry"):
        clicked = draw_blocks.rows(view, f"results_{chosen.draw_id}", can_enter=can_enter)
        if can_enter:
            result_form.upload(check_sheet.rows_of, partial(check_entry.import_results, *own, firms=source.firms))
    if clicked and can_enter and not clicked["not_made"]:
        seen = (str(clicked["task_id"]), clicked["version"])
        record = partial(check_entry.record_result, *own, seen[0], version=seen[1], firms=source.firms)
        result_form.open_task(clicked, reference(), source.operations.settings.today(), record)
