"""The page in a real browser: readable at three widths, in both languages, and nothing asked of the outside."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, sync_playwright

from pipeline.settings import REPOSITORY, Settings

pytestmark = pytest.mark.browser
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (1440, 1280, 420)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def address(tiny: Settings) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    environment = {**os.environ, "CREDIT_RISK_DATA": str(tiny.data)}
    server = subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser.new_page()
        browser.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_first_screen_answers_in_chinese(page: Page, address: str, width: int) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    page.get_by_text("数据与分级概况").first.wait_for(timeout=60_000)
    page.get_by_text("演示数据").first.wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"
    outside = [url for url in asked if not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))]
    assert outside == []


def test_the_language_switch_is_kept_by_a_reload(page: Page, address: str) -> None:
    page.goto(f"{address}/?lang=en")
    page.get_by_text("Are the data complete").first.wait_for(timeout=60_000)
    page.reload()
    page.get_by_text("Demo data").first.wait_for(timeout=60_000)


def test_a_stranger_sees_no_enterprise_on_any_route(page: Page, address: str) -> None:
    for route in ("", "/status", "/home", "/pages/status"):
        page.goto(address + route)
        page.wait_for_timeout(1500)
        assert "有限公司" not in page.content() and "91220" not in page.content()
