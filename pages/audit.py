"""审计与用户: the log and its chain; accounts and builds for administrators."""

from __future__ import annotations

from functools import partial

import streamlit as st

from pages.parts import account_card, account_drawer, address, audit_builds, audit_drawer, build_card, cards, frame
from pages.parts import audit_card as blocks
from pages.parts.desk import Desk, reference
from pages.parts.text import language
from pages.views import accounts, audit_export, audit_status, numbers
from pages.views import audit_log as views
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations.audit_check import check_chain, last_check
from pipeline.stores.operations.audit_log import last_row
from pipeline.stores.operations.published import published

PAGE = frame.Page(
    title=Text("审计与用户", "Audit and users"),
    question=Text("谁看了什么、做了什么？", "Who saw and did what?"),
    roles=frozenset({Role.SUPERVISOR, Role.ADMIN}),
    needs_build=False,
)
VISIBLE_ROWS = {Role.SUPERVISOR: 16, Role.ADMIN: 12}


def render(actor: Actor) -> None:
    """Accounts and builds for an administrator, then the state of the log and its rows."""
    here = frame.open_page(PAGE, actor)
    source = views.Source(here.operations, actor, here.build, reference())
    asked = address.asked()
    account_drawer.tell()
    with st.container(key="audit", gap="xsmall"):
        opened = actor.role is Role.ADMIN and _accounts(here, asked)
        line = audit_status.chain_line(source, last_check(here.operations, actor))
        blocks.chain(line, partial(check_chain, here.operations, actor))
        with cards.card("log"):
            _log(here, source, asked)
    if not opened and (number := numbers.number_of(asked.get("entry", ""))) is not None:
        audit_drawer.open_entry(partial(views.entry, source, number), blocks.leave)
    frame.close_page(here)


def _accounts(here: Desk, asked: dict[str, str]) -> bool:
    """Accounts at the left, builds at the right; whether one of their drawers is open."""
    rows = accounts.account_rows(here.operations, here.actor)
    left, right = st.columns((9.2, 4.3), gap="xsmall")
    with left, cards.card("accounts"):
        account_card.show(here, rows, accounts.remark(rows), accounts.columns())
    with right:
        build_card.show(here)
        with cards.card("published"):
            audit_builds.show(published(here.operations, here.actor))
    fields = accounts.fields_offered(reference().codes("field"))
    user = asked.get("account", "")
    chosen = next((r for r in rows if r.account.user == user), None)
    if user == account_card.NEW:
        account_drawer.open_add(here, fields, account_card.leave)
    elif chosen:
        account_drawer.open_account(here, chosen, fields, account_card.leave)
    elif asked.get("rollback"):
        audit_builds.open_rollback(here)
    return bool(user == account_card.NEW or chosen or asked.get("rollback"))


def _log(here: Desk, source: views.Source, asked: dict[str, str]) -> None:
    view = views.log(source, asked)
    blocks.head()
    blocks.bar(view.asked, view.choices, with_firms=source.names_firms)
    columns = views.columns(with_business_day=here.settings.city.synthetic)
    cells = views.cells(view, columns, language())
    blocks.rows(columns, cells, [r.seq for r in view.rows], VISIBLE_ROWS[here.actor.role])
    rows = partial(audit_export.batches, source, view, last_row(here.operations, here.actor), language())
    order = partial(blocks.order, here, audit_export.columns(), view.total, views.sentence(view), rows)
    blocks.foot(here, (view.page, view.pages, views.PAGE_SIZE, view.total), order)
