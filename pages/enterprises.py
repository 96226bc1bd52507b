"""企业名录: the county bureau's home. Filter the own enterprises, open one, export the list; the own inspection tasks."""

from __future__ import annotations

from functools import partial

from pages.parts import address, cache, cards, exports, filter_bar, list_card, nav
from pages.parts.desk import Desk, reference
from pages.parts.frame import Page, close_page, open_page
from pages.parts.text import say
from pages.views import enterprises as views
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import filters

PAGE = Page(
    title=Text("企业名录", "Enterprises"),
    question=Text(
        "我辖区哪些企业要先管，本周查哪几家？", "Which enterprises come first, and which are due for a check?"
    ),
    roles=frozenset({Role.LEADER, Role.SUPERVISOR, Role.COUNTY, Role.SECTION}),
)
KEY = "enterprises"


def render(actor: Actor) -> None:
    """The strip of figures, then one of the two lists."""
    here = open_page(PAGE, actor)
    source = views.Source.of(here.read, here.operations, reference(), cache.keeper(*here.key))
    asked = address.asked()
    with cards.card("strip"):
        list_card.strip(views.figures(source))
    with cards.card("list"):
        clicked = _tasks(source, asked) if asked.get("view") == "tasks" else _enterprises(here, source, asked)
    close_page(here)
    if clicked:
        nav.go("enterprise", uscc=clicked)


def _enterprises(here: Desk, source: views.Source, asked: dict[str, str]) -> str | None:
    view = views.enterprise_list(source, asked)
    own, total = (here.operations, here.actor, KEY), view.facets.total
    with list_card.row("bar"):
        list_card.which("", source.acts.tasks())
        list_card.enterprise_bar(view.asked.query(), view.choices, view.asked.more)
    with list_card.row("told"):
        filter_bar.chosen(list_card.number(total), view.words, list_card.near(view.facets.near))
        filter_bar.sorting(view.choices["sort"], view.order.by, view.order.is_reversed)
        keep = partial(filters.save, *own, query=view.query)
        filter_bar.saved(filters.saved(*own), keep, partial(filters.rename, *own), partial(filters.forget, *own))
    clicked = list_card.rows(view.page.columns, view.page.rows, view.page.codes, say(PAGE.title))
    with list_card.row("foot"):
        list_card.position(view.page.page, len(view.page.rows), total)
        list_card.pages(view.page.page, view.page.pages)
        list_card.columns(source.columns, [c.key for c in view.page.columns])
        rows = partial(views.batches, source, view)
        order = partial(exports.order, here, KEY, say(PAGE.title), view.page.columns, total, view.sentence, rows)
        exports.button(here, KEY, list_card.export_label(total), order, disabled=not total)
    return clicked


def _tasks(source: views.Source, asked: dict[str, str]) -> str | None:
    view = views.task_list(source, asked)
    with list_card.row("bar"):
        list_card.which("tasks", source.acts.tasks())
        list_card.task_bar(asked, view.counts, view.states)
    clicked = list_card.rows(view.columns, view.rows, view.codes, say(PAGE.title), are_tasks=True)
    with list_card.row("foot"):
        list_card.position(view.page, len(view.rows), view.total, "项")
        list_card.pages(view.page, view.pages)
    return clicked
