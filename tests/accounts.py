"""Signed-in people for tests: actors, a live server, browsers that have passed the sign-in page."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argon2 import PasswordHasher
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from pipeline.settings import REPOSITORY, City, Settings
from pipeline.stores.access import Actor, Role, scope_of
from pipeline.stores.operations import accounts, passwords, sessions
from pipeline.stores.operations.accounts import Account
from pipeline.stores.operations.store import Operations

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COOKIE = "credit_session"
PASSWORD = "correct-horse-9"


def actor(role: Role, city: City, units: tuple[str, ...] = (), fields: tuple[str, ...] = ()) -> Actor:
    """An actor of the role as the store would make it; a county's and a section's default to the first there is."""
    units = units or ((city.units[0].code,) if role is Role.COUNTY else ())
    fields = fields or (("catering",) if role is Role.SECTION else ())
    return Actor(role.name.lower(), f"{role.title.zh}测试", role, scope_of(role, units, fields, city))


def everybody(city: City) -> dict[Role, Actor]:
    """One actor a role."""
    return {role: actor(role, city) for role in Role}


def add(
    operations: Operations, user: str, role: Role, units: tuple[str, ...] = (), fields: tuple[str, ...] = ()
) -> str:
    """Add an account and choose its password PASSWORD, as at a first sign-in; gives the token of a live session."""
    city = operations.settings.city
    units = units or ((city.units[0].code,) if role is Role.COUNTY else ())
    fields = fields or (("catering",) if role is Role.SECTION else ())
    account = Account(user, f"{role.title.zh}测试", role, units, fields)
    with cheap_hashes():
        one = accounts.add_account(operations, accounts.operator(), account)
        token = sessions.sign_in(operations, user, one.password)
        assert token
        return sessions.change_password(operations, token, one.password, PASSWORD)


@contextmanager
def cheap_hashes() -> Iterator[None]:
    """Hashes that cost nothing, for tests of something else; a hash says itself what it cost."""
    dear = passwords._HASHER
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords.decoy.cache_clear()
    try:
        yield
    finally:
        passwords._HASHER = dear
        passwords.decoy.cache_clear()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(settings: Settings, *options: str) -> Iterator[str]:
    """The address of a fresh server on a deployment."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), *options]
    environment = {**os.environ, "CREDIT_RISK_DATA": str(settings.data)}
    log = Path(settings.data) / f"server-{port}.log"
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=out, stderr=out)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                assert server.poll() is None, log.read_text()
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


def signed_in(browser: Browser, address: str, token: str, *, width: int = 1440, height: int = 900) -> BrowserContext:
    """A browser context that holds a live session; every page of it is signed in."""
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_cookies([{"name": COOKIE, "value": token, "url": address, "httpOnly": True, "sameSite": "Strict"}])
    return context


def pass_sign_in(page: Page, address: str, user: str, password: str = PASSWORD) -> None:
    """Sign in by hand, through the form."""
    page.goto(address)
    page.fill("[name=user]", user)
    page.fill("[name=password]", password)
    page.click("main button")
