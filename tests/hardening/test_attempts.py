"""Guessing, reusing, fixing and forging: passwords, sessions, posts from elsewhere, headers, large bodies — tried and counted."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import event, select
from websockets.exceptions import InvalidStatus

from pages.parts.gate import PASSWORD as PASSWORD_PAGE
from pages.parts.gate import SIGN_IN, SIGN_OUT, _inside
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import accounts, audit, sessions
from pipeline.stores.operations.accounts import operator
from pipeline.stores.operations.passwords import FREE_FAILURES, LONGEST_WAIT
from pipeline.stores.operations.schema import ACCOUNT, AUDIT
from pipeline.stores.operations.store import Operations
from tests.accounts import PASSWORD, add, cheap_hashes, served
from tests.public_tables import city_file
from tests.wire import Answer, ask, open_line

POSTS = (SIGN_IN, SIGN_OUT, PASSWORD_PAGE, "/_stcore/upload_file/x/y", "/overview", "/")
ORIGINS = (
    "", "null", "https://evil.example", "http://evil.example", "http://127.0.0.1", "http://localhost", "file://", "chrome-extension://abc",
    "{site}.evil.example", "{site}@evil.example", "http://evil.example/{site}", "{site}:1", "data:text/html,x", "{site}\x00", " ",
)  # fmt: skip


@pytest.fixture(scope="module")
def live(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Operations]]:
    folder = tmp_path_factory.mktemp("attempts") / "city"
    shutil.copytree(tiny.data, folder)
    opened = Operations.open(Settings.load(folder))
    with cheap_hashes(), served(opened.settings) as address:
        yield address, opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Operations]:
    opened = Operations.open(Settings.load(city_file(tmp_path / "city")))
    with cheap_hashes():
        yield opened
    opened.close()


def form(user: str, password: str) -> dict[str, str]:
    return {"user": user, "password": password}


# ---- passwords ----


@pytest.mark.slow
def test_a_thousand_guesses_get_a_handful_of_looks(store: Operations, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight at a time over a whole day: how many passwords were compared, and did one of them open anything?"""
    add(store, "li", Role.LEADER)
    clock = [datetime(2020, 10, 15, 0, 0)]
    monkeypatch.setattr(Settings, "now", lambda _: clock[0])
    for _ in range(96):  # every quarter of an hour
        with ThreadPoolExecutor(8) as pool:
            assert not any(pool.map(lambda n: sessions.sign_in(store, "li", f"guess-{n}"), range(11)))
        clock[0] += timedelta(minutes=15)
    rows = [r.detail for r in store.rows(select(AUDIT.c.detail).where(AUDIT.c.action == "sign_in_refused"))]
    looked = sum('"password"' in r for r in rows)
    assert len(rows) == 96 * 11 and looked <= FREE_FAILURES + 8 + timedelta(days=1) / LONGEST_WAIT
    assert sessions.sign_in(store, "li", PASSWORD) is None, "the right one gets in while the account waits"
    clock[0] += LONGEST_WAIT
    assert sessions.sign_in(store, "li", PASSWORD) and audit.verify(store).fault is None


def test_a_refusal_writes_as_much_whoever_is_asked_for(store: Operations) -> None:
    """A commit costs time that a stranger can measure: known, unknown, locked and disabled write the same rows."""
    add(store, "li", Role.LEADER)
    add(store, "gone", Role.LEADER)
    accounts.disable_account(store, operator(), "gone")
    add(store, "shut", Role.LEADER)
    for n in range(FREE_FAILURES):
        sessions.sign_in(store, "shut", f"wrong-{n}")
    written: list[str] = []

    @event.listens_for(store.engine, "before_cursor_execute")
    def heard(_c: object, _k: object, statement: str, *_: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            written.append(" ".join(statement.split()[:3]))

    patterns = {}
    for user in ("li", "nobody", "gone", "shut"):
        written.clear()
        assert sessions.sign_in(store, user, "wrong") is None
        patterns[user] = tuple(written)
    event.remove(store.engine, "before_cursor_execute", heard)
    assert len(set(patterns.values())) == 1 and len(patterns["li"]) >= 4, patterns


# ---- sessions ----


def test_a_session_that_ended_is_no_key_any_more(live: tuple[str, Operations]) -> None:
    """By sign-out here, everywhere, by disabling, by a new password: neither a page nor a websocket."""
    site, store = live
    ends = {
        "out": lambda token, user: ask(site, SIGN_OUT, token=token, form={}),
        "everywhere": lambda token, user: ask(site, SIGN_OUT, token=token, form={"where": "everywhere"}),
        "disabled": lambda token, user: accounts.disable_account(store, operator(), user),
        "reset": lambda token, user: accounts.reset_password(store, operator(), user),
    }
    for name, end in ends.items():
        token = add(store, f"ends.{name}", Role.LEADER)
        assert ask(site, "/", token=token).status == 200
        end(token, f"ends.{name}")
        assert ask(site, "/", token=token).status == 303, name
        with pytest.raises(InvalidStatus):
            open_line(site, token)


def test_a_token_that_somebody_brings_along_is_never_taken_over(live: tuple[str, Operations]) -> None:
    site, store = live
    add(store, "fixed", Role.LEADER)
    for brought in ("x", "a" * 43, "../..", '"; Secure', "%00", "a" * 4_000):
        answer = ask(site, SIGN_IN, token=brought, form=form("fixed", PASSWORD))
        assert answer.status == 303 and answer.token not in ("", brought) and len(answer.token) == 43
        assert ask(site, "/", token=brought).status == 303
    mine, other = (ask(site, SIGN_IN, form=form("fixed", PASSWORD)).token for _ in range(2))
    assert mine != other


def test_guessed_tokens_open_nothing(live: tuple[str, Operations]) -> None:
    site, store = live
    real = add(store, "guessed", Role.LEADER)
    rng = Random(1)
    near = [real[:-1] + "A", real.swapcase(), real[::-1], real + "A", real[1:], f" {real}x", real.upper()]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for guess in (*near, *("".join(rng.choices(letters, k=43)) for _ in range(50))):
        if guess.strip() != real:
            assert ask(site, "/", token=guess.strip()).status == 303


# ---- posts from elsewhere, headers, bodies ----


def test_no_post_from_elsewhere(live: tuple[str, Operations]) -> None:
    site, store = live
    token = add(store, "posts", Role.LEADER)
    tried = 0
    for path in POSTS:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            for origin in ORIGINS:
                answer = raw(
                    site, path, method, {"Origin": origin.format(site=site), "Cookie": f"credit_session={token}"}
                )
                assert answer.status in (400, 403) and not answer.cookie, (path, method, origin)
                tried += 1
    assert tried == len(POSTS) * 4 * len(ORIGINS) and sessions.actor_of_session(store, token)


def raw(site: str, path: str, method: str, headers: dict[str, str], body: bytes = b"user=x&password=y") -> Answer:
    """A request written by hand: what a client library would not send."""
    host = urlsplit(site).netloc
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{k}: {v}" for k, v in headers.items() if v]
    if body and not any(k.lower() in ("content-length", "transfer-encoding") for k in headers):
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    with socket.create_connection((urlsplit(site).hostname or "", urlsplit(site).port or 0), timeout=30) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        found = b""
        while piece := line.recv(65_536):
            found += piece
    head, _, rest = found.partition(b"\r\n\r\n")
    status = int(head.split()[1]) if head else 0
    return Answer(status, _Headers(head.decode("latin-1")), rest.decode(errors="replace"))  # type: ignore[arg-type]


class _Headers(dict[str, str]):
    """The headers of a raw answer, by lower-case name."""

    def __init__(self, head: str) -> None:
        pairs = [line.partition(":") for line in head.splitlines()[1:]]
        super().__init__({k.lower(): v.strip() for k, _, v in pairs})

    def get_all(self, name: str) -> list[str]:
        return [self[name]] if name in self else []


@pytest.mark.parametrize("name", ["next", *(pytest.param(n, marks=pytest.mark.slow) for n in ("lang", "out", "user"))])
def test_nothing_gets_into_a_header_or_out_of_the_app(live: tuple[str, Operations], name: str) -> None:
    site, store = live
    add(store, f"head.{name}", Role.LEADER)
    attacks = (
        "x\r\nSet-Cookie: a=b", "x\nLocation: https://evil.example", "%0d%0aSet-Cookie:a=b", "//evil.example", "/\\evil.example", "//[x", "/[",
        "https://evil.example", "///evil", "/%2f%2fevil.example", "javascript:alert(1)", "/x\x00y", "/\u2028", "/overview?x=\r\ny", "/;@evil.example",
        "/.evil.example", "\tevil", "/overview#@evil.example", "http:evil.example", "/" + "x" * 9_000, "中文/路径", "/概览?名=值",
    )  # fmt: skip
    for attack in attacks:
        for body in (None, form(f"head.{name}", PASSWORD), form(attack[:100], "x")):
            answer = ask(site, f"{SIGN_IN}?{name}={quote(attack)}", form=body)
            assert answer.status in (200, 303, 403, 414, 400, 431), (attack, answer.status)
            assert "a=b" not in str(answer.headers) and not answer.headers.get("x-evil")
            target = urlsplit(answer.location)
            assert not target.netloc and not target.scheme, attack
            assert not answer.location.startswith(("//", "/\\")), attack
            assert "<script" not in answer.body and 'href="javascript' not in answer.body
        store_refused(store)


def store_refused(store: Operations) -> None:
    """Let the account of the attempts go on: the wait after failures is another test's."""
    with store.transaction() as transaction:
        transaction.execute(ACCOUNT.update().values(failures=0, locked_until=None))


def test_ways_back_by_chance_stay_within(monkeypatch: pytest.MonkeyPatch) -> None:
    rng, signs = Random(3), "/\\:?#[]@!$&'()*+,;=%.-_~ab中\r\n\t\0 "
    for _ in range(20_000):
        target = "".join(rng.choices(signs, k=rng.randint(0, 14)))
        kept = _inside(target)
        assert kept in ("", target)
        if kept:
            assert kept.startswith("/") and kept[1:2] not in ("/", "\\") and kept.isprintable() and "\\" not in kept


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"user=" + b"x" * 9_000 + b"&password=y"),
        ({"Content-Length": "99999999999"}, b"user=x"),
        ({"Content-Length": "-1"}, b"user=x"),
        ({"Content-Length": "\xb2"}, b"user=x"),
        ({"Content-Length": "1", "content-length": "9"}, b"user=x&pa"),
        ({"Transfer-Encoding": "chunked"}, b"6\r\nuser=x\r\n0\r\n\r\n"),
        ({"Content-Length": "6", "Transfer-Encoding": "chunked"}, b"0\r\n\r\n"),
        ({}, b"&" * 8_000),
        ({}, b"user[]=x&user=y&user=z&password=" + b"%" * 900),
        ({}, b"\xff\xfe\x00" * 900),
    ],
    ids=["large", "endless", "negative", "no-digit", "twice", "chunked", "smuggled", "many", "odd", "bytes"],
)
def test_a_body_that_is_no_small_form_is_refused_and_costs_nothing(
    live: tuple[str, Operations], headers: dict[str, str], body: bytes
) -> None:
    site, _ = live
    status = 0
    try:
        answer = raw(
            site,
            SIGN_IN,
            "POST",
            {"Origin": site, "Content-Type": "application/x-www-form-urlencoded", **headers},
            body,
        )
        status = answer.status
        assert not answer.cookie
    except TimeoutError:
        assert "99999999999" in headers.values(), "the server waits for what was announced, and for nothing else"
    assert status in (0, 400, 403, 411, 413)
    assert ask(site, "/_stcore/health").status == 200


def test_the_cookie_s_flags_on_every_way_it_is_given(live: tuple[str, Operations]) -> None:
    site, store = live
    token = add(store, "flags", Role.LEADER)
    changes = {"old": PASSWORD, "new": "another-good-one", "again": "another-good-one"}
    given = [
        ask(site, SIGN_IN, form=form("flags", PASSWORD)),
        ask(site, SIGN_IN, form=form("flags", PASSWORD), x_forwarded_proto="https"),
        ask(site, PASSWORD_PAGE, token=token, form=changes, x_forwarded_proto="https"),
    ]
    for answer in given:
        flags = {f.strip().lower() for f in answer.cookie.split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/"} <= flags and not any(f.startswith("domain") for f in flags)
    assert ["secure" in a.cookie.lower() for a in given] == [False, True, True]
