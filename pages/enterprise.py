"""信用风险档案: one firm — its grade, why it has it, what is known of it, and what the grade brings."""

from __future__ import annotations

import streamlit as st

from pages.parts import archive_cards as archive
from pages.parts import cards, desk, identity_card, printing, record_tables
from pages.parts.cache import kept
from pages.parts.desk import Desk
from pages.parts.frame import NOT_YOURS, Page, close_page, open_page
from pages.parts.text import say
from pages.views import archive_words as words
from pages.views import dealings, questions
from pages.views import enterprise as views
from pages.views.records import cited
from pages.views.timeline import ENDS_SHOWN, filtered
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import audit

PAGE = Page(
    title=Text("信用风险档案", "Credit risk archive"),
    question=Text("为什么是这个等级，依据是什么？", "Why this grade, and on what grounds?"),
    roles=frozenset({Role.LEADER, Role.SUPERVISOR, Role.COUNTY, Role.SECTION}),
)


def render(actor: Actor) -> None:
    """The archive of the firm that the address names, or the one sentence for all that is not the actor's."""
    here = open_page(PAGE, actor)
    uscc = st.query_params.get("uscc", "")[: views.LONGEST_CODE]
    reference = desk.reference()
    view = kept(lambda: views.archive(here.read, here.settings, reference, uscc), "archive", *here.key, uscc)
    if view is None:
        audit.note(here.operations, actor, "refused", uscc, page=PAGE.title.zh)
        cards.notice(say(PAGE.title), say(NOT_YOURS))
    else:
        if archive.is_new(uscc):
            audit.note(here.operations, actor, "case_view", uscc, build=here.read.stamp.build_id)
        if printing.is_asked():
            audit.note(here.operations, actor, "case_print", uscc, build=here.read.stamp.build_id)
            printing.stamp(actor, here.operations.clock()[0])
        _draw(here, view, reference)
        archive.mark(uscc)
    close_page(here)


def _draw(here: Desk, view: views.Archive, reference: Reference) -> None:
    acts = dealings.dealings(here.operations, here.actor, here.settings, reference, view.identity, view.as_of)
    said = words.cards(view, acts)
    with cards.card("identity"):
        identity_card.head(view.identity, acts.aside)
        printing.button()
    archive.grade(view, acts, said, questions.CODE)
    _records(here, view, said, reference)
    archive.told(view, acts, words.last_checks(view, acts), said, questions.CODE)
    _list(here, view, said, reference)
    printing.carry_out()


def _records(here: Desk, view: views.Archive, said: dict[str, words.Words], reference: Reference) -> None:
    """The time line, and the records behind what was pointed at."""
    uscc = view.identity.uscc
    left, right = st.columns((8.2, 5.2), gap="xsmall")
    with left, cards.told("timeline", said["timeline"]):
        alt = say(said["timeline"].remark)
        archive.timeline(uscc, questions.ROW, view.records, ENDS_SHOWN, views.LANES, view.span, alt)
    with right, cards.told("cited", said["cited"]):
        asked = archive.ask(uscc, questions.questions(view, archive.chosen(uscc)), words.ASK)
        found = questions.answer(here.read, view, asked, here.settings.city, reference)
        archive.cited(found.entries, found.empty, uscc)


def _list(here: Desk, view: views.Archive, said: dict[str, words.Words], reference: Reference) -> None:
    """The list of all records, and the drawer of the row that was clicked in any table."""
    uscc, city = view.identity.uscc, here.settings.city
    with cards.told("records", said["records"]):
        kind, years = archive.narrow(uscc, questions.kinds_of(view), words.PERIODS, (words.KIND, words.PERIOD))
        left = filtered(view.records, kind, years, view.as_of)
        archive.listed(cited(here.read, left, city), said["records"].empty, uscc)
    if key := record_tables.opened():
        record_tables.drawer(questions.row_of(here.read, view, key, city, reference))
