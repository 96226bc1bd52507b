"""分类政策: the rules in force, two versions side by side, and what a proposal would move."""

from __future__ import annotations

from datetime import date
from functools import partial

import streamlit as st

from pages.parts import address, cache, cards, frame, policy_controls, policy_proposals, policy_results, policy_sheet
from pages.parts.desk import Desk, reference
from pages.views import policy as views
from pipeline.domain import Text
from pipeline.errors import BadDeclaration
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import proposals

PAGE = frame.Page(
    title=Text("分类政策", "Policy"),
    question=Text("规则怎么定，改了会怎样？", "What are the rules, and what would a change do?"),
    roles=frozenset({Role.LEADER, Role.SUPERVISOR}),
)


def render(actor: Actor) -> None:
    """What is in force at the left, the simulator, two versions or the proposals at the right."""
    here = frame.open_page(PAGE, actor)
    policy_sheet.dress()
    policy_proposals.tell()
    try:
        at = views.source(here.settings, here.read, reference(), lambda make, *key: cache.kept(make, *key, *here.key))
    except BadDeclaration as fault:
        policy_sheet.at_fault(fault)
    query = address.asked()
    part, show = views.sides(query)
    left, right = st.columns((5.6, 7.8), gap="xsmall")
    with left, cards.card("law"):
        policy_sheet.part(part, views.drift(at))
        policy_sheet.sheet(views.sheet(at, part))
        if part == "bands":
            policy_sheet.scores(*views.scores(at, query))
    with right, cards.card("trial"):
        SIDES[show](here, at, query)
    frame.close_page(here)


def _simulate(here: Desk, at: views.Source, query: Query) -> None:
    def act(title: str, reason: str, since: date) -> tuple[str, ...]:
        made = views.drafts(at, query, since)
        return proposals.propose(here.operations, here.actor, made, title, reason, here.read.stamp.build_id)

    view = views.simulated(at, query)
    with st.container(horizontal=True, horizontal_alignment="distribute", key="policy_top"):
        policy_proposals.side("simulate")
        if here.actor.role is Role.SUPERVISOR and view.results:
            policy_proposals.save(view.files, view.results.said, view.day, act if view.may_save else None)
    policy_controls.controls(view.trial, view.faults)
    if view.results:
        policy_results.results(view.results)


def _compare(here: Desk, at: views.Source, query: Query) -> None:
    policy_proposals.side("compare")
    policy_proposals.compared(views.compared(at, query, proposals.proposals(here.operations, here.actor)))


def _proposals(here: Desk, at: views.Source, query: Query) -> None:
    policy_proposals.side("proposals")
    found = proposals.proposals(here.operations, here.actor)
    one = views.opened(at, query, found)
    policy_proposals.proposals(views.listed(found), one, views.NONE_YET)
    if one:
        act = partial(proposals.withdraw, here.operations, here.actor, one.proposal.proposal_id)
        may = here.actor.role is Role.SUPERVISOR and one.proposal.is_open
        policy_proposals.opened(here, one, act if may else None)


Query = dict[str, str]
SIDES = {"simulate": _simulate, "compare": _compare, "proposals": _proposals}
