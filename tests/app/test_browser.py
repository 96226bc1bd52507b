"""Signing in and out in a real browser: at three widths, in both languages, with nothing asked of the outside."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import accounts, sessions
from pipeline.stores.operations.accounts import Account, operator
from pipeline.stores.operations.store import Operations
from tests.accounts import PASSWORD, add, cheap_hashes, chromium, pass_sign_in, served, signed_in

pytestmark = pytest.mark.browser
WIDTHS = (1440, 1280, 420)
HOME = "登记窗口查询"


@pytest.fixture(scope="module")
def store(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operations]:
    folder = tmp_path_factory.mktemp("browser") / "city"
    shutil.copytree(tiny.data, folder)
    opened = Operations.open(Settings.load(folder))
    with cheap_hashes():
        yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(store: Operations) -> Iterator[str]:
    with served(store.settings) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def clerk(store: Operations, request: pytest.FixtureRequest) -> tuple[str, str]:
    """The name of a new registration window, and the token of a live session."""
    name = f"clerk{abs(hash(request.node.name)) % 10**9}"
    return name, add(store, name, Role.WINDOW)


def heading(page: Page, words: str = HOME) -> None:
    page.locator(".hd h1", has_text=words).wait_for(timeout=60_000)


def watched(page: Page) -> list[str]:
    """Every address that the page asks for, and every complaint of its console.

    Streamlit looks for its server below the page's own path first, which is its 404.
    """
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.on(
        "console", lambda m: seen.append(f"console: {m.text}") if m.type == "error" and "404" not in m.text else None
    )
    return seen


def outside(seen: list[str], site: str) -> list[str]:
    ours = (site, site.replace("http", "ws"), "data:", "blob:")
    return [url for url in seen if not url.startswith(ours)]


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_sign_in_page_to_the_role_s_home(
    browser: Browser, site: str, clerk: tuple[str, str], width: int
) -> None:
    page = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    seen = watched(page)
    page.goto(f"{site}/window?x=1")
    assert page.url.startswith(f"{site}/sign-in?next=")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"
    assert page.evaluate("document.activeElement.name") == "user"
    page.keyboard.type(clerk[0])
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    heading(page)
    assert page.url.startswith(f"{site}/window?x=1")
    page.wait_for_timeout(1000)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"
    assert outside(seen, site) == []


def test_a_reload_a_new_tab_and_the_print_view_keep_the_session(
    browser: Browser, site: str, clerk: tuple[str, str]
) -> None:
    context = browser.new_context()
    page = context.new_page()
    pass_sign_in(page, f"{site}/?lang=en", clerk[0])
    heading(page, "Window look-up")
    page.reload()
    heading(page, "Window look-up")
    tab = context.new_page()
    tab.goto(f"{site}/window")
    heading(tab)
    tab.emulate_media(media="print")
    assert not tab.locator(".st-key-userbar").is_visible()
    assert page.evaluate("document.cookie.includes('credit_session')") is False


def test_signing_out_ends_every_open_tab_within_a_click(browser: Browser, site: str, clerk: tuple[str, str]) -> None:
    context = signed_in(browser, site, clerk[1])
    page, tab = context.new_page(), context.new_page()
    for one in (page, tab):
        one.goto(site)
        heading(one)
    page.locator(".st-key-userbar [data-testid=stPopover] button").click()
    page.get_by_role("button", name="退出登录").click()
    page.get_by_text("您已退出登录").wait_for()
    tab.get_by_role("radio", name="EN").click()
    tab.get_by_role("alert").wait_for()
    assert tab.locator(".hd").count() == 0 and "clerk" not in tab.locator(".stApp").inner_text()
    tab.locator(".way-in").click()
    tab.locator("[name=password]").wait_for()
    page.go_back()
    page.wait_for_timeout(1500)
    assert page.locator(".hd").count() == 0, "the way back shows the page again"


def test_disabling_an_account_ends_its_open_tab_within_a_click(
    browser: Browser, site: str, store: Operations, clerk: tuple[str, str]
) -> None:
    page = signed_in(browser, site, clerk[1]).new_page()
    page.goto(site)
    heading(page)
    accounts.disable_account(store, operator(), clerk[0])
    page.get_by_role("radio", name="EN").click()
    page.get_by_text("登录已结束").or_(page.get_by_text("Your session has ended")).wait_for()
    page.reload()
    page.locator("[name=user]").wait_for()


def test_the_first_sign_in_asks_for_a_new_password(browser: Browser, site: str, store: Operations) -> None:
    one = accounts.add_account(store, operator(), Account("newcomer", "新人", Role.WINDOW))
    page = browser.new_page()
    pass_sign_in(page, f"{site}/sign-in?lang=en", "newcomer", one.password)
    page.get_by_text("choose a password of your own").wait_for()
    for name, typed in (("old", one.password), ("new", PASSWORD), ("again", "different")):
        page.fill(f"[name={name}]", typed)
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_text("The two new passwords differ").wait_for()
    for name, typed in (("old", one.password), ("new", PASSWORD), ("again", PASSWORD)):
        page.fill(f"[name={name}]", typed)
    page.get_by_role("button", name="Save and go on").click()
    heading(page, "Window look-up")
    page.close()


def test_a_stranger_sees_no_enterprise_on_any_route(browser: Browser, site: str) -> None:
    page = browser.new_page()
    for route in ("", "/lookup", "/window", "/pages/lookup", "/directory", "/archive?uscc=912205020018040435"):
        page.goto(site + route)
        page.wait_for_timeout(500)
        assert "/sign-in" in page.url and "有限公司" not in page.content() and "<script" not in page.content()
    page.close()


def test_an_expired_session_s_page_can_be_left_by_a_reload(
    browser: Browser, site: str, store: Operations, clerk: tuple[str, str]
) -> None:
    page = signed_in(browser, site, clerk[1]).new_page()
    page.goto(f"{site}/window")
    heading(page)
    sessions.sign_out(store, clerk[1])
    page.reload()
    assert page.url == f"{site}/sign-in?next=/window"
