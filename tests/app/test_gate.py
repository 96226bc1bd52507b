"""The gate on a live server: no sign-in, no Streamlit; and a signed-in user sees only what is theirs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update
from websockets.exceptions import InvalidStatus

from pages.parts.gate import _inside
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import accounts, sessions
from pipeline.stores.operations.accounts import Account, operator
from pipeline.stores.operations.schema import ACCOUNT, AUDIT
from pipeline.stores.operations.store import Operations
from tests.accounts import PASSWORD, add, cheap_hashes, served
from tests.public_tables import city_file
from tests.wire import ask, line, open_line, rerun, words

ENDED, NOT_YOURS = "登录已结束", "没有可以显示的内容"
FILES = tuple(sorted(p.stem for p in (REPOSITORY / "pages").glob("*.py")))
URLS = (
    "overview",
    "risk-warnings",
    "directory",
    "archive",
    "double-random",
    "gathering",
    "indicator-set",
    "rules",
    "risk-model",
    "log",
    "window",
)
ROUTES = (
    "/",
    *(f"/{name}" for name in (*FILES, *URLS)),
    "/pages/lookup",
    "/pages/lookup.py",
    "/app.py",
    "/_stcore/host-config",
    "/_stcore/metrics",
    "/_stcore/script-health-check",
    "/_stcore/stream",
    "/_stcore/health/",
    "//_stcore/health",
    "/_stcore/upload_file/x/y",
    "/media/0123456789abcdef.csv",
    "/component/x/index.html",
    "/app/static/x",
    "/static/index.html",
    "/favicon.png",
    "/sign-in/",
    "/sign-in/x",
    "/SIGN-IN",
    "/sign-in%2F..%2Foverview",
    "/password",
    "/oauth2callback",
)


@pytest.fixture(scope="module")
def store(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operations]:
    """The small city with people in it."""
    folder = tmp_path_factory.mktemp("gate") / "city"
    shutil.copytree(tiny.data, folder)
    opened = Operations.open(Settings.load(folder))
    with cheap_hashes():
        yield opened
    opened.close()


@pytest.fixture(scope="module")
def site(store: Operations) -> Iterator[str]:
    with served(store.settings) as address:
        yield address


@pytest.fixture
def li(store: Operations, request: pytest.FixtureRequest) -> str:
    """The name of a new leader."""
    name = f"li{abs(hash(request.node.name)) % 10**9}"
    add(store, name, Role.LEADER)
    return name


def token_of(store: Operations, user: str) -> str:
    return str(sessions.sign_in(store, user, PASSWORD))


def form(user: str, password: str = PASSWORD) -> dict[str, str]:
    return {"user": user, "password": password}


@pytest.mark.parametrize("path", ROUTES)
def test_a_stranger_is_sent_to_the_sign_in_page_from_everywhere(site: str, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        answer = ask(site, path, method=method)
        assert answer.status == 303 and answer.location.startswith("/sign-in"), method
        assert answer.body == "" and not answer.cookie
        assert answer.headers["cache-control"] == "no-store" and answer.headers["x-frame-options"] == "DENY"
    for method in ("POST", "PUT", "DELETE"):
        assert ask(site, path, method=method).status == 403
        assert ask(site, path, method=method, origin=site).status == 303


def test_a_stranger_gets_no_websocket(site: str) -> None:
    for token in ("", "x", "a" * 43):
        with pytest.raises(InvalidStatus) as refusal:
            open_line(site, token)
        assert refusal.value.response.status_code == 403


def test_the_health_check_is_open_to_read(site: str) -> None:
    answer = ask(site, "/_stcore/health")
    assert (answer.status, answer.body) == (200, "ok")
    assert ask(site, "/_stcore/health", method="POST", origin=site).status == 303


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_the_sign_in_page_knows_reading_and_posting_only(site: str, method: str) -> None:
    assert ask(site, "/sign-in", method=method, origin=site).status in (303, 405)


def test_the_sign_in_page_tells_nothing_and_trusts_nobody(site: str, store: Operations) -> None:
    page = ask(site, "/sign-in")
    assert page.status == 200
    for word in (
        "用户名",
        "密码",
        "登录",
        "通化市市场监督管理局",
        "企业信用风险分类监管",
        "演示环境",
        "仅供内部监管参考",
        "English",
    ):
        assert word in page.body, word
    assert (
        "<script" not in page.body
        and store.settings.var.name not in page.body
        and "http" not in page.body.replace("http://www.w3.org/2000/svg", "")
    )
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store" and page.headers["x-content-type-options"] == "nosniff"
    assert "User name" in ask(site, "/sign-in?lang=en").body and "密码" in ask(site, "/sign-in?lang=xx").body


def test_signing_in_gives_a_cookie_that_scripts_and_other_sites_never_see(site: str, li: str) -> None:
    answer = ask(site, "/sign-in", form=form(li))
    assert (answer.status, answer.location) == (303, "/")
    flags = {f.strip().lower() for f in answer.cookie.split(";")[1:]}
    assert flags == {"httponly", "samesite=strict", "path=/"} and len(answer.token) == 43
    behind_tls = ask(site, "/sign-in", form=form(li), x_forwarded_proto="https")
    assert "secure" in behind_tls.cookie.lower()
    assert ask(site, "/", token=answer.token).status == 200
    assert ask(site, "/sign-in?lang=en", form=form(li)).location == "/?lang=en"


def test_every_refusal_reads_the_same(site: str, store: Operations, li: str) -> None:
    gone = f"{li}x"
    add(store, gone, Role.LEADER)
    accounts.disable_account(store, operator(), gone)
    pages = [ask(site, "/sign-in", form=form(u, p)) for u, p in ((li, "wrong"), ("nobody", "wrong"), (gone, PASSWORD))]
    assert {p.status for p in pages} == {403} and not any(p.cookie for p in pages)
    plain = [p.body.replace(u, "?") for p, u in zip(pages, (li, "nobody", gone), strict=True)]
    assert plain[0] == plain[1] == plain[2] and "用户名或密码不正确" in plain[0]


def test_what_was_typed_is_escaped(site: str) -> None:
    body = ask(site, "/sign-in", form=form('"><script>alert(1)</script>', "x")).body
    assert "<script" not in body and "&lt;script&gt;" in body
    body = ask(site, '/sign-in?next=/a"><script>&lang="><script>').body
    assert "<script" not in body


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": ""},
        {"origin": "null"},
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1"},
        {"host": "evil.example"},
    ],
    ids=str,
)
def test_a_post_from_another_site_is_refused(site: str, store: Operations, li: str, headers: dict[str, str]) -> None:
    token = token_of(store, li)
    for path in ("/sign-in", "/sign-out", "/password", "/_stcore/upload_file/x/y"):
        answer = ask(site, path, form=form(li), token=token, **headers)
        assert answer.status == 403 and not answer.cookie
    assert sessions.actor_of_session(store, token)


def test_a_websocket_from_another_site_is_refused(site: str, store: Operations, li: str) -> None:
    with pytest.raises(InvalidStatus):
        open_line(site, token_of(store, li), origin="https://evil.example")


@pytest.mark.parametrize(
    "words_of_the_form",
    [{}, {"user": "li"}, {"user": "x" * 9000, "password": "x"}, {"user": "\x00", "password": "\x00"}],
    ids=["empty", "half", "large", "nul"],
)
def test_an_odd_form_is_a_refusal_and_not_an_error(site: str, words_of_the_form: dict[str, str]) -> None:
    assert ask(site, "/sign-in", form=words_of_the_form).status == 403
    assert ask(site, "/sign-in", form=words_of_the_form, content_type="multipart/form-data; boundary=x").status == 403


def test_the_way_back_stays_within_the_app(site: str, li: str) -> None:
    asked = ask(site, "/archive?uscc=91220&lang=en")
    assert asked.location == "/sign-in?next=/archive%3Fuscc%3D91220%26lang%3Den&lang=en"
    assert ask(site, asked.location, form=form(li)).location == "/archive?uscc=91220&lang=en"
    for target in (
        "https://evil.example/x",
        "//evil.example",
        "/\\evil.example",
        "/%5Cevil",
        "javascript:alert(1)",
        "/sign-out",
    ):
        location = ask(site, f"/sign-in?next={target}", form=form(li)).location
        assert location in ("/", "/%5Cevil") or location.startswith("/%"), target


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/overview", True),
        ("/archive?uscc=1&x=a/b", True),
        ("", False),
        ("/", False),
        ("overview", False),
        ("//evil.example", False),
        ("///evil.example", False),
        ("/\\evil.example", False),
        ("\\\\evil.example", False),
        ("/a\r\nset-cookie: x", False),
        ("https:///overview", False),
        ("https:/overview", False),
        ("/_stcore/stream", False),
        ("/static/x.js", False),
        ("/favicon.png", False),
        ("/sign-out", False),
        ("/password", False),
    ],
)
def test_only_pages_of_this_app_are_ways_back(target: str, kept: bool) -> None:
    assert _inside(target) == (target if kept else "")


def test_the_first_sign_in_leads_to_a_new_password_and_nowhere_else(site: str, store: Operations) -> None:
    one = accounts.add_account(store, operator(), Account("first", "首次", Role.LEADER))
    token = ask(site, "/sign-in", form=form("first", one.password)).token
    for path in ("/", "/overview", "/_stcore/host-config", "/static/index.html"):
        answer = ask(site, path, token=token)
        assert (answer.status, answer.location) == (303, "/password")
    with pytest.raises(InvalidStatus):
        open_line(site, token)
    page = ask(site, "/password", token=token)
    assert page.status == 200 and "首次登录" in page.body and page.headers["cache-control"] == "no-store"
    changes = {"old": one.password, "new": PASSWORD, "again": PASSWORD}
    for wrong in ({"again": "other"}, {"new": "short", "again": "short"}, {"old": "wrong"}):
        answer = ask(site, "/password", token=token, form=changes | wrong)
        assert answer.status == 400 and 'role="alert"' in answer.body and PASSWORD not in answer.body
    done = ask(site, "/password", token=token, form=changes)
    assert done.status == 303 and done.token not in ("", token)
    assert ask(site, "/", token=token).status == 303 and ask(site, "/", token=done.token).status == 200


def test_signing_out_is_a_post_and_ends_the_session(site: str, store: Operations, li: str) -> None:
    token, other = token_of(store, li), token_of(store, li)
    ask(site, "/sign-out", token=token)
    assert sessions.find_session(store, token), "a link signs out"
    answer = ask(site, "/sign-out", token=token, form={"language": "en"})
    assert (answer.status, answer.location) == (303, "/sign-in?out=1&lang=en") and "Max-Age=0" in answer.cookie
    assert ask(site, "/", token=token).status == 303 and ask(site, "/", token=other).status == 200
    third = token_of(store, li)
    ask(site, "/sign-out", token=third, form={"where": "everywhere"})
    assert {ask(site, "/", token=t).status for t in (other, third)} == {303}


def test_signing_in_again_ends_the_browser_s_former_session(site: str, store: Operations, li: str) -> None:
    former = token_of(store, li)
    answer = ask(site, "/sign-in", token=former, form=form(li))
    assert sessions.find_session(store, former) is None and sessions.find_session(store, answer.token)


def test_an_open_page_ends_at_its_next_message(site: str, store: Operations, li: str) -> None:
    """Whatever the message: a whole run, or a callback or fragment that app.py would never have seen."""
    ends = (
        lambda token: sessions.sign_out(store, token),
        lambda token: sessions.sign_out(store, token_of(store, li), everywhere=True),
        lambda token: sessions.change_password(store, token_of(store, li), PASSWORD, "another-good-one"),
        lambda token: accounts.disable_account(store, operator(), li),
    )
    for number, end in enumerate(ends):
        password = PASSWORD if number < 3 else "another-good-one"
        token = str(sessions.sign_in(store, li, password))
        with line(site, token) as opened:
            assert ENDED not in words(rerun(opened))
            end(token)
            drawn = words(rerun(opened, fragment="some-fragment" if number % 2 else ""))
            assert ENDED in drawn and "/sign-in" in drawn and 'class="hd"' not in drawn
            assert ENDED in words(rerun(opened, page="directory"))


def test_a_demand_for_a_new_password_ends_open_pages_too(site: str, store: Operations, li: str) -> None:
    token = token_of(store, li)
    with line(site, token) as opened:
        rerun(opened)
        with store.transaction() as transaction:
            transaction.execute(update(ACCOUNT).where(ACCOUNT.c.user == li).values(must_change=True))
        assert ENDED in words(rerun(opened, fragment="x"))


def test_a_run_is_taken_up_again_by_its_own_session_only(site: str, store: Operations, li: str) -> None:
    one, other = token_of(store, li), token_of(store, li)

    def run_of(token: str, again: str = "") -> str:
        opened = open_line(site, token, run=again)
        try:
            found = [
                m.new_session.initialize.session_id for m in rerun(opened) if m.WhichOneof("type") == "new_session"
            ]
            return found[0]
        finally:
            opened.close()

    first = run_of(one)
    assert run_of(one, again=first) == first
    assert run_of(other, again=first) != first
    assert run_of(one, again="unknown") != "unknown"


def test_a_page_of_another_role_is_refused_and_noted(site: str, store: Operations) -> None:
    token = add(store, "clerk", Role.WINDOW)
    with line(site, token) as opened:
        drawn = words(rerun(opened, page="directory", query="uscc=912205020018040435"))
    assert NOT_YOURS in drawn and "91220" not in drawn and 'class="hd"' not in drawn
    last = store.rows(select(AUDIT).where(AUDIT.c.user == "clerk").order_by(AUDIT.c.seq.desc()).limit(1))[0]
    assert (last.action, last.role) == ("refused", "WINDOW")


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_a_fresh_server_asked_first_for_a_file_of_pages_shows_nothing_of_it(store: Operations, name: str) -> None:
    """By itself Streamlit would run pages/<name>.py at the first request to /<name>; here everybody gets home."""
    token = add(store, f"first-{name}", Role.WINDOW)
    with served(store.settings) as address:
        assert ask(address, f"/{name}").status == 303
        with pytest.raises(InvalidStatus):
            open_line(address)
        with line(address, token) as opened:
            drawn = words(rerun(opened, page=name))
        assert re.findall("<h1>(.*?)</h1>", drawn) == ["登记窗口查询"], "not the role's own home"
        with line(address, token) as opened:
            assert NOT_YOURS in words(rerun(opened, page="directory"))


def test_a_synthetic_deployment_listens_to_its_own_machine_only(store: Operations) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0", "--server.address", "0.0.0.0"]
    done = subprocess.run(
        command, cwd=REPOSITORY, env={"CREDIT_RISK_DATA": str(store.settings.data), "PATH": ""},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0 and "127.0.0.1" in done.stdout + done.stderr


def test_a_deployment_at_fault_says_what_to_run_and_lets_nobody_in(tmp_path: Path) -> None:
    folder = city_file(tmp_path / "broken")
    settings = Settings.load(folder)
    (folder / "city.toml").write_text("nonsense =", encoding="utf-8")
    with served(settings) as address:
        page = ask(address, "/sign-in")
        assert page.status == 503 and "cli.py check" in page.body and "nonsense" not in page.body
        assert ask(address, "/", token="a" * 43).status == 303
