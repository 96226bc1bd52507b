"""The front door for people: the gate around the app, the menu of the actor's role, the page that was asked for.

`streamlit run app.py` serves `app`; Streamlit then runs this file as a script, once for each click of each person.
The deployment's folder is named by the environment variable CREDIT_RISK_DATA, by default `data`.
"""

from __future__ import annotations

import logging
from functools import partial
from types import ModuleType

import streamlit as st

from pages import (
    audit,
    collection,
    enterprise,
    enterprises,
    indicators,
    inspections,
    lookup,
    model,
    pilot,
    policy,
    warnings,
)
from pages.parts import cards, desk, faults, frame, gate, nav, text, userbar
from pages.parts.text import say
from pipeline.errors import PipelineError
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations.sessions import actor_of_session

LOG = logging.getLogger("credit_risk.app")
# Where pages are found; an address must not be the name of a file in pages/.
PAGES: tuple[tuple[ModuleType, str], ...] = (
    (pilot, "overview"),
    (warnings, "risk-warnings"),
    (enterprises, "directory"),
    (enterprise, "archive"),
    (inspections, "double-random"),
    (collection, "gathering"),
    (indicators, "indicator-set"),
    (policy, "rules"),
    (model, "risk-model"),
    (audit, "log"),
    (lookup, "window"),
)
HIDDEN = ("enterprise",)
# The pages in a role's menu, its home first. A page that is not in it is refused by the page itself.
MENUS = {
    Role.LEADER: ("pilot", "warnings", "enterprises", "inspections", "policy", "model"),
    Role.SUPERVISOR: (
        "warnings",
        "enterprises",
        "inspections",
        "collection",
        "indicators",
        "policy",
        "model",
        "pilot",
        "audit",
    ),
    Role.COUNTY: ("enterprises", "inspections", "warnings", "indicators"),
    Role.SECTION: ("enterprises", "inspections", "warnings", "indicators"),
    Role.WINDOW: ("lookup",),
    Role.ADMIN: ("collection", "audit"),
}


def main() -> None:
    """One run of the script: one person's view of one page."""
    st.set_page_config(page_title=frame.PRODUCT.zh, page_icon=frame.ICON, layout="wide")
    try:
        city, operations = desk.settings().city, desk.operations()
    except PipelineError:
        LOG.exception("the deployment %s can't be opened", desk.data_folder())
        frame.fault("python cli.py check" + text.option(desk.data_folder()))
        return
    actor = actor_of_session(operations, gate.token())
    if actor is None:
        frame.ended(city.bureau)
        return
    frame.dress(city.bureau)
    userbar.user_bar(actor, city)
    _menu(actor).run()


def _menu(actor: Actor) -> st.Page:
    keys = [module.__name__.rpartition(".")[2] for module, _ in PAGES]
    menu = [key for key in MENUS[actor.role] if key in keys]
    found = {
        key: st.Page(
            partial(_draw, module, actor),
            title=say(module.PAGE.title),
            url_path=url_path,
            visibility="visible" if key in menu else "hidden",
        )
        for key, (module, url_path) in zip(keys, PAGES, strict=True)
    }
    nav.register({key: page for key, page in found.items() if key in menu or key in HIDDEN})
    home = st.Page(partial(_go_home, found, menu), title=say(frame.PRODUCT), default=True, visibility="hidden")
    rest = [page for key, page in found.items() if key not in menu]
    return st.navigation([home, *(found[key] for key in menu), *rest], position="top")


def _go_home(found: dict[str, st.Page], menu: list[str]) -> None:
    """The address without a page: the role's home (the default page can't be one, it ignores its url_path)."""
    if menu:
        st.switch_page(found[menu[0]], query_params=dict(st.query_params))
    cards.notice(say(frame.PRODUCT), say(frame.NOT_YOURS))


def _draw(module: ModuleType, actor: Actor) -> None:
    try:
        module.render(actor)
    except Exception as error:
        faults.tell(error)


if st.runtime.exists():
    main()
else:
    gate.refuse_strangers_network()
    gate.forget_pages_folder()
    app = st.App(__file__, routes=gate.routes(), middleware=gate.middleware(), on_script_error=faults.tell)
