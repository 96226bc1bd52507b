"""The card with the accounts: the list, and the button that adds one."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Protocol

import streamlit as st

from pages.parts import tables
from pages.parts.desk import Desk
from pages.parts.scope_words import scope_words
from pages.parts.shapes import Coded
from pages.parts.text import language, say
from pipeline.domain import Text
from pipeline.stores.operations.accounts import Account

TITLE = Text("账号", "Accounts")
ADD = Text("新增账号", "Add an account")
OWN = Text("（本人）", " (you)")
NEW = "+"
"""Stands in the address for an account that is to be added: no user has this name."""
MOST_ROWS = 8
"""Accounts that stand on the screen at once; the rest of the list scrolls."""


class Row(Protocol):
    """One account."""

    @property
    def account(self) -> Account:
        """The account."""

    @property
    def state(self) -> Text:
        """How it stands."""

    @property
    def used(self) -> Text:
        """When it was last used."""

    @property
    def created(self) -> str:
        """When it was added."""

    @property
    def is_locked(self) -> bool:
        """Whether it is locked now."""

    @property
    def is_own(self) -> bool:
        """Whether it is the actor's own."""


def show(here: Desk, rows: Sequence[Row], remark: Text, columns: Sequence[Coded]) -> None:
    """Draw the card; a click writes the user into the address, the button NEW."""
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="accounts_head"
    ):
        st.html(f'<div class="tt"><b>{escape(say(TITLE))}</b><span>{escape(say(remark))}</span></div>', width="content")
        st.button(say(ADD), icon=":material/person_add:", key="add_account", on_click=_point, args=(NEW,))
    cells = [_cells(here, row) for row in rows]
    content = "_".join(("accounts", language(), str(abs(hash(tuple(map(tuple, cells)))))))
    tables.opening(
        columns, cells, content, f"{say(TITLE)}: {say(remark)}", lambda n: _point(rows[n].account.user), MOST_ROWS
    )


def _point(user: str) -> None:
    """Write the account whose drawer is open into the address."""
    st.query_params["account"] = user


def leave() -> None:
    """The drawer is left."""
    st.query_params.pop("account", None)
    tables.let_go()


def _cells(here: Desk, row: Row) -> list[str]:
    one = row.account
    scope = scope_words(one.role, one.units, one.fields, here.settings.city)
    name = f"{one.name}{say(OWN) if row.is_own else ''}"
    return [one.user, name, say(one.role.title), scope, say(row.state), say(row.used)]
