"""An account is added in a real browser: the password stands alone in the drawer, and is gone once that is closed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import sessions
from pipeline.stores.operations.store import Operations
from tests.accounts import add, chromium, served, signed_in

pytestmark = pytest.mark.browser
SLOW = 60_000


def test_a_password_is_shown_once_in_the_drawer(tiny: Settings, tmp_path: Path) -> None:
    shutil.copytree(tiny.data, tmp_path / "city")
    store = Operations.open(Settings.load(tmp_path / "city"))
    token = add(store, "boss", Role.ADMIN)
    with served(store.settings) as address, chromium() as browser:
        page = signed_in(browser, address, token).new_page()
        page.goto(f"{address}/log?account=%2B")
        drawer = page.get_by_role("dialog")
        expect(drawer.get_by_label("用户名")).to_be_visible(timeout=SLOW)
        drawer.get_by_label("用户名").fill("wang")
        drawer.get_by_label("姓名").fill("王某")
        page.locator(".st-key-new_submit button").click()
        expect(drawer.get_by_text("至少需要一个管辖单位")).to_be_visible(timeout=SLOW)
        drawer.locator(".st-key-units_new input").fill("梅河口")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.locator(".st-key-new_submit button").click()
        code = drawer.locator("[data-testid=stCode]")
        expect(code).to_be_visible(timeout=SLOW)
        password = re.sub(r"\s", "", code.inner_text())
        expect(page.locator(".st-key-new_submit")).to_have_count(0)
        assert sessions.sign_in(store, "wang", password) and password not in page.url
        page.locator(".st-key-handed_over button").click()
        expect(drawer).to_have_count(0, timeout=SLOW)
        assert password not in page.content() and "account" not in page.url
        page.reload()
        expect(page.locator(".hd h1")).to_be_visible(timeout=SLOW)
        assert password not in page.content()
    store.close()
