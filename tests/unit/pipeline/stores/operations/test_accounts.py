"""Accounts and sessions: who gets in, for how long, what is kept, and what is written down."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text, update

from pipeline.errors import BadDeclaration, ChecksFailed, NotPermitted, Refused
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import accounts, passwords, sessions
from pipeline.stores.operations.accounts import Account, operator
from pipeline.stores.operations.check import check_operations
from pipeline.stores.operations.passwords import FIRST_WAIT, FREE_FAILURES, LONGEST_WAIT, wait_after
from pipeline.stores.operations.schema import ACCOUNT, AUDIT, SESSION
from pipeline.stores.operations.sessions import IDLE, LONGEST, TOUCH
from pipeline.stores.operations.store import Operations
from tests.accounts import PASSWORD, actor, add, cheap_hashes
from tests.public_tables import city_file


class Clock:
    """The wall clock of a deployment, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = datetime(2020, 10, 15, 9, 0)
        monkeypatch.setattr(Settings, "now", lambda _: self.time)

    def pass_by(self, span: timedelta) -> None:
        self.time += span


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Operations]:
    opened = Operations.open(Settings.load(city_file(tmp_path / "city")))
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def cheap() -> Iterator[None]:
    with cheap_hashes():
        yield


def log(store: Operations) -> list[tuple[str, str, str, dict[str, Any]]]:
    rows = store.rows(select(AUDIT.c.user, AUDIT.c.action, AUDIT.c.subject, AUDIT.c.detail).order_by(AUDIT.c.seq))
    return [(r.user, r.action, r.subject, json.loads(r.detail)) for r in rows]


def actions(store: Operations) -> list[str]:
    return [action for _, action, _, _ in log(store)]


def test_a_one_time_password_lets_in_to_change_it_and_nothing_else(store: Operations) -> None:
    one = accounts.add_account(store, operator(), Account("li", "李测试", Role.COUNTY, ("U1",)))
    token = sessions.sign_in(store, "li", one.password)
    assert token and sessions.actor_of_session(store, token) is None
    session = sessions.find_session(store, token)
    assert session and session.must_change
    fresh = sessions.change_password(store, token, one.password, PASSWORD)
    assert sessions.find_session(store, token) is None
    assert (who := sessions.actor_of_session(store, fresh)) and who.scope.units == ("U1",) and who.name == "李测试"
    assert sessions.sign_in(store, "li", one.password) is None
    assert sessions.sign_in(store, " LI ", PASSWORD)
    assert actions(store) == ["account_added", "sign_in", "password_changed", "sign_in_refused", "sign_in"]


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ("short", passwords.TOO_SHORT),
        ("x" * 201, passwords.TOO_LONG),
        ("Long.User.Name", passwords.IS_THE_NAME),
        ("这是一个很长的测试姓名", passwords.IS_THE_NAME),
        (PASSWORD, passwords.IS_THE_OLD),
        ("ｃｏｒｒｅｃｔ-horse-9", passwords.IS_THE_OLD),
    ],
)
def test_a_new_password_has_to_be_one(store: Operations, new: str, fault: Any) -> None:
    one = accounts.add_account(store, operator(), Account("long.user.name", "这是一个很长的测试姓名", Role.LEADER))
    token = sessions.sign_in(store, "long.user.name", one.password)
    token = sessions.change_password(store, str(token), one.password, PASSWORD)
    with pytest.raises(Refused) as refusal:
        sessions.change_password(store, token, PASSWORD, new)
    assert refusal.value.zh == fault.zh
    assert sessions.actor_of_session(store, token)


def test_a_wrong_old_password_changes_nothing_and_counts(store: Operations) -> None:
    token = add(store, "li", Role.LEADER)
    for _ in range(FREE_FAILURES):
        with pytest.raises(Refused):
            sessions.change_password(store, token, "wrong-old-one", "another-good-one")
    assert sessions.sign_in(store, "li", PASSWORD) is None
    assert "password_refused" in actions(store)


def test_waits_grow_and_end_in_a_lock(store: Operations, clock: Clock) -> None:
    add(store, "li", Role.LEADER)
    waits = []
    for n in range(1, 12):
        assert sessions.sign_in(store, "li", "wrong") is None
        row = store.rows(select(ACCOUNT))[0]
        assert row.failures == n
        waits.append(row.locked_until - clock.time)
        if waits[-1]:
            assert sessions.sign_in(store, "li", PASSWORD) is None, "the right password gets in during the wait"
            clock.pass_by(waits[-1] - timedelta(seconds=1))
            assert sessions.sign_in(store, "li", PASSWORD) is None
            assert store.rows(select(ACCOUNT.c.failures))[0].failures == n, "an attempt during the wait counts"
            clock.pass_by(timedelta(seconds=1))
    assert waits == [wait_after(n) for n in range(1, 12)] == sorted(waits)
    assert waits[FREE_FAILURES - 1] == FIRST_WAIT and waits[-1] == LONGEST_WAIT
    assert sessions.sign_in(store, "li", PASSWORD)
    assert store.rows(select(ACCOUNT.c.failures))[0].failures == 0
    reasons = {d["reason"] for _, action, _, d in log(store) if action == "sign_in_refused"}
    assert reasons == {"password", "locked"}


def test_attempts_side_by_side_do_not_escape_the_wait(store: Operations) -> None:
    add(store, "li", Role.LEADER)
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(lambda n: sessions.sign_in(store, "li", f"guess-{n}"), range(30)))
    reasons = [d["reason"] for _, action, _, d in log(store) if action == "sign_in_refused"]
    assert reasons.count("password") == FREE_FAILURES and reasons.count("locked") == 30 - FREE_FAILURES


def test_unknown_and_disabled_are_refused_alike_and_what_was_typed_is_not_kept(store: Operations) -> None:
    add(store, "li", Role.LEADER)
    accounts.disable_account(store, operator(), "li")
    assert sessions.sign_in(store, "li", PASSWORD) is None
    assert sessions.sign_in(store, "my-secret-password", "li") is None
    assert sessions.sign_in(store, "li' OR 1=1 --", "x") is None
    refused = [(user, d["reason"]) for user, action, _, d in log(store) if action == "sign_in_refused"]
    assert refused == [("li", "disabled"), ("?", "unknown"), ("?", "unknown")]
    assert "my-secret-password" not in str(log(store))


def test_a_refusal_takes_as_long_for_an_unknown_user(store: Operations, request: pytest.FixtureRequest) -> None:
    """The work is one hash whoever is asked for: counted, since a clock on a busy machine proves nothing."""
    add(store, "li", Role.LEADER)
    work: list[str] = []
    real = passwords.matches

    def counted(kept: str, password: str) -> bool:
        work.append(kept.split("$")[3])
        return real(kept, password)

    request.getfixturevalue("monkeypatch").setattr(sessions, "matches", counted)
    for user in ("li", "nobody"):
        assert sessions.sign_in(store, user, "wrong") is None
    accounts.disable_account(store, operator(), "li")
    assert sessions.sign_in(store, "li", PASSWORD) is None
    assert len(work) == 3 and len(set(work)) == 1


def test_only_the_hash_of_a_token_is_kept(store: Operations) -> None:
    token = add(store, "li", Role.LEADER)
    assert len(token) == 43
    content = b"".join(p.read_bytes() for p in store.settings.var.glob("operations.sqlite*"))
    assert token.encode() not in content and PASSWORD.encode() not in content
    row = store.rows(select(SESSION))[0]
    assert sessions.find_session(store, row.token_sha256) is None
    assert store.rows(select(ACCOUNT.c.password_hash))[0].password_hash.startswith("$argon2id$")
    assert stat.S_IMODE(store.settings.operations.stat().st_mode) == 0o600


@pytest.mark.parametrize("token", ["", "x", "' OR 1=1 --", "a" * 43, "令牌" * 20])
def test_no_token_is_nobody(store: Operations, token: str) -> None:
    add(store, "li", Role.LEADER)
    assert sessions.find_session(store, token) is None


def test_a_session_ends_after_an_idle_hour_and_after_the_longest_day(store: Operations, clock: Clock) -> None:
    token = add(store, "li", Role.LEADER)
    clock.pass_by(IDLE - timedelta(seconds=1))
    assert sessions.actor_of_session(store, token)
    clock.pass_by(IDLE)
    assert sessions.actor_of_session(store, token) is None
    token = str(sessions.sign_in(store, "li", PASSWORD))
    started = clock.time
    while clock.time - started < LONGEST - IDLE:
        clock.pass_by(IDLE / 2)
        assert sessions.actor_of_session(store, token)
    clock.pass_by(IDLE / 2)
    assert sessions.actor_of_session(store, token)
    clock.pass_by(IDLE / 2)
    assert sessions.actor_of_session(store, token) is None
    sessions.sign_in(store, "li", PASSWORD)
    assert len(store.rows(select(SESSION))) == 1, "ended sessions are swept away"


def test_the_last_use_is_written_once_a_minute_at_most(store: Operations, clock: Clock) -> None:
    token = add(store, "li", Role.LEADER)
    first = clock.time
    for second in range(0, 130, 10):
        clock.time = first + timedelta(seconds=second)
        assert sessions.actor_of_session(store, token)
        used = store.rows(select(SESSION.c.last_used_at))[0].last_used_at
        assert used == first + TOUCH * (second // 60)


def test_a_click_costs_a_millisecond_and_waits_for_no_writer(store: Operations) -> None:
    token = add(store, "li", Role.LEADER)
    spent = []
    with store.transaction():
        for _ in range(100):
            begun = time.perf_counter()
            assert sessions.actor_of_session(store, token)
            spent.append(time.perf_counter() - begun)
    assert median(spent) < 0.005
    plan = store.rows(text("EXPLAIN QUERY PLAN SELECT * FROM session WHERE token_sha256 = 'x'"))
    assert "USING INDEX" in str(plan)


def test_signing_out_ends_this_session_or_all(store: Operations) -> None:
    tokens = [add(store, "li", Role.LEADER), *(str(sessions.sign_in(store, "li", PASSWORD)) for _ in range(2))]
    other = add(store, "wu", Role.LEADER)
    sessions.sign_out(store, tokens[0])
    assert [bool(sessions.find_session(store, t)) for t in tokens] == [False, True, True]
    sessions.sign_out(store, tokens[1], everywhere=True)
    assert not any(sessions.find_session(store, t) for t in tokens) and sessions.find_session(store, other)
    before = len(log(store))
    sessions.sign_out(store, tokens[1])
    assert len(log(store)) == before and {"sign_out", "sign_out_everywhere"} <= set(actions(store))


def test_disabling_and_a_new_password_end_every_session_at_once(store: Operations) -> None:
    token = add(store, "li", Role.LEADER)
    accounts.disable_account(store, operator(), "li")
    assert sessions.find_session(store, token) is None
    one = accounts.reset_password(store, operator(), "li")
    token = str(sessions.sign_in(store, "li", one.password))
    with store.transaction() as transaction:
        transaction.execute(update(ACCOUNT).values(is_disabled=True))
    assert sessions.find_session(store, token) is None, "a session outlives its account"


def test_a_change_of_scope_counts_at_the_next_click(store: Operations) -> None:
    token = add(store, "li", Role.COUNTY, ("U1",))
    with store.transaction() as transaction:
        transaction.execute(update(ACCOUNT).values(units='["U2"]'))
    assert (who := sessions.actor_of_session(store, token)) and who.scope.units == ("U2",)
    for wrong in ('["XX"]', "[]"):
        with store.transaction() as transaction:
            transaction.execute(update(ACCOUNT).values(units=wrong))
        assert sessions.actor_of_session(store, token) is None and sessions.sign_in(store, "li", PASSWORD) is None
    with pytest.raises(ChecksFailed, match="li"):
        check_operations(store.settings)
    with store.transaction() as transaction:
        transaction.execute(update(ACCOUNT).values(units='["U1"]', role="KING"))
    assert sessions.actor_of_session(store, token) is None


@pytest.mark.parametrize(
    "account",
    [
        Account("Li", "李", Role.LEADER),
        Account("l", "李", Role.LEADER),
        Account("li' --", "李", Role.LEADER),
        Account("li", " ", Role.LEADER),
        Account("li", "李", Role.COUNTY),
        Account("li", "李", Role.COUNTY, ("XX",)),
        Account("li", "李", Role.SECTION, (), ("cinema",)),
        Account("taken", "李", Role.LEADER),
    ],
)
def test_an_account_with_a_fault_is_not_added(store: Operations, account: Account) -> None:
    accounts.add_account(store, operator(), Account("taken", "李", Role.LEADER))
    with pytest.raises(BadDeclaration):
        accounts.add_account(store, operator(), account)
    assert len(store.rows(select(ACCOUNT))) == 1 and len(log(store)) == 1


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.ADMIN], ids=str)
def test_only_an_administrator_keeps_accounts(store: Operations, role: Role) -> None:
    add(store, "li", Role.LEADER)
    someone, before = actor(role, store.settings.city), len(log(store))
    for act in (
        lambda: accounts.add_account(store, someone, Account("wu", "吴", Role.ADMIN)),
        lambda: accounts.disable_account(store, someone, "li"),
        lambda: accounts.reset_password(store, someone, "li"),
        lambda: accounts.all_accounts(store, someone),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert len(log(store)) == before and len(store.rows(select(ACCOUNT))) == 1


def test_nobody_unknown_is_disabled_or_reset(store: Operations) -> None:
    for act in (accounts.disable_account, accounts.reset_password):
        with pytest.raises(BadDeclaration, match="does not exist"):
            act(store, operator(), "nobody")
    assert log(store) == []


def test_demo_accounts_are_one_a_role_and_lie_in_a_private_file(store: Operations) -> None:
    summary = accounts.demo_accounts(store)
    path = Path(summary.file)
    assert path == store.settings.data / "accounts.txt" and stat.S_IMODE(path.stat().st_mode) == 0o600
    words = [line.split()[:2] for line in path.read_text(encoding="utf-8").splitlines()]
    found = [sessions.actor_of_session(store, str(sessions.sign_in(store, *pair))) for pair in words]
    assert [a.role for a in found if a] == list(Role)
    assert accounts.demo_accounts(store) == summary
    path.unlink()
    again = accounts.demo_accounts(store)
    assert again.text != summary.text
    assert sessions.sign_in(store, *words[0]) is None
    assert sessions.sign_in(store, *again.text.split()[:2])


def test_a_real_deployment_has_no_demo_accounts(tmp_path: Path) -> None:
    folder = city_file(tmp_path / "real")
    toml = folder / "city.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("synthetic = true", "synthetic = false"), encoding="utf-8")
    opened = Operations.open(Settings.load(folder))
    with pytest.raises(NotPermitted):
        accounts.demo_accounts(opened)
    assert opened.rows(select(ACCOUNT)) == [] and not (folder / "accounts.txt").exists()
    opened.close()


def test_the_first_administrator_comes_from_the_command_line(store: Operations) -> None:
    one = accounts.add_account(store, operator(), Account("admin", "管理员", Role.ADMIN))
    assert len(one.password) == 19 and one.password not in str(log(store))
    who, action, subject, detail = log(store)[0]
    assert who.startswith("cli:") and (action, subject) == ("account_added", "admin") and detail["role"] == "ADMIN"
    assert check_operations(store.settings).audit_rows == 1


def test_a_hash_costs_as_much_as_the_standard_asks() -> None:
    """RFC 9106's second profile: argon2id, 64 MiB, three passes, four lanes."""
    costs = PasswordHasher()
    assert (costs.type.name, costs.memory_cost, costs.time_cost, costs.parallelism) == ("ID", 65536, 3, 4)


def test_waits_are_threefold_each_time() -> None:
    assert [wait_after(n).total_seconds() for n in range(9)] == [0, 0, 0, 10, 30, 90, 270, 810, 1800]
    assert wait_after(10**6) == LONGEST_WAIT
