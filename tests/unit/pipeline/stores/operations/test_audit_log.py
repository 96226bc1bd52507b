"""Reading the log: what each role sees of it, filters that stay filters, pages, and words for every action."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from pipeline.errors import NotPermitted
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import audit, audit_log
from pipeline.stores.operations.audit_actions import ACTIONS, FAMILIES_OF, WITHOUT_FIRMS, Family, action_of, codes_of
from pipeline.stores.operations.audit_check import FORGED, check_chain, last_check
from pipeline.stores.operations.audit_log import LogFilter
from pipeline.stores.operations.case_rules import Step
from pipeline.stores.operations.schema import AUDIT, CHECK_TASK, DRAW, WARNING_CASE
from pipeline.stores.operations.store import Operations
from tests.accounts import actor
from tests.public_tables import city_file
from tests.unit.pipeline.stores.operations.test_audit import tamper

FIRM = "912200000000000001"
INERT = ("' OR 1=1 --", "%", "_", "100%", "\\", "'; DROP TABLE audit; --", '"', "*", "a_b", "😀" * 30)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Operations]:
    opened = Operations.open(Settings.load(city_file(tmp_path / "city")))
    yield opened
    opened.close()


def write(store: Operations, *rows: tuple[str, str, str]) -> None:
    for user, action, subject in rows:
        audit.note(store, user, action, subject, note=f"{action} of {user}")


def everything(store: Operations) -> None:
    """A row of every action there is, and one that nobody declared."""
    write(store, *((f"u{n % 3}", code, f"{FIRM[:-2]}{n:02}") for n, code in enumerate((*ACTIONS, "unheard.of"))))


# ---- every action has words ----


def recorded(path: Path) -> Iterator[str]:
    """The actions that a module records: the constants of the argument, names looked up in the module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names[node.targets[0].id] = node.value
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "audit.note"):
            yield from constants(node.args[3 if ast.unparse(node.func) == "audit.record" else 2], names)


def constants(node: ast.expr, names: dict[str, ast.expr]) -> Iterator[str]:
    if isinstance(node, ast.Name):
        assert node.id in names, f"an action that is no constant: {node.id}"
        yield from constants(names[node.id], names)
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body, names)
        yield from constants(node.orelse, names)
    elif isinstance(node, ast.JoinedStr):
        assert ast.unparse(node) == "f'case.{transition.step.name.lower()}'", ast.unparse(node)
        yield from (f"case.{step.name.lower()}" for step in Step)
    else:
        assert isinstance(node, ast.Constant), ast.unparse(node)
        yield str(node.value)


def test_every_action_that_is_recorded_has_words() -> None:
    modules = [p for room in ("pipeline", "models", "pages", "commands") for p in (REPOSITORY / room).rglob("*.py")]
    found = {code: path.name for path in modules for code in recorded(path)}
    assert len(found) > 25
    assert {c: name for c, name in found.items() if c not in ACTIONS} == {}
    assert set(ACTIONS) - set(found) == set(), "words for an action that nothing records"


def test_words_are_in_both_languages_and_differ() -> None:
    titles = [a.title for a in ACTIONS.values()] + [f.title for f in Family]
    assert all(t.zh and t.en and t.zh != t.en for t in titles)
    assert len({a.title.zh for a in ACTIONS.values()}) >= len(ACTIONS) - 1
    assert action_of("unheard.of").family is Family.OTHER and action_of("unheard.of").title.zh == "unheard.of"


# ---- who sees what ----


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_rows_are_cut_by_role_in_the_store(store: Operations, role: Role) -> None:
    everything(store)
    who = actor(role, store.settings.city)
    if role not in FAMILIES_OF:
        for read in (
            lambda: audit_log.entries(store, who, limit=9),
            lambda: audit_log.entry_of(store, who, 1),
            lambda: audit_log.counts(store, who),
            lambda: audit_log.users(store, who),
            lambda: audit_log.names(store, who),
            lambda: audit_log.last_row(store, who),
            lambda: list(audit_log.stream(store, who, LogFilter())),
            lambda: check_chain(store, who),
            lambda: last_check(store, who),
        ):
            with pytest.raises(NotPermitted):
                read()
        return
    seen = {e.action for e in audit_log.entries(store, who, limit=999)}
    families = {action_of(code).family for code in seen}
    assert families == set(FAMILIES_OF[role]) and (role is Role.SUPERVISOR) == ("case_view" in seen)
    assert set(audit_log.counts(store, who)) == seen
    assert {e.action for chunk in audit_log.stream(store, who, LogFilter(), 7) for e in chunk} == seen


def test_an_administrator_sees_no_firm_and_no_case_by_no_way(store: Operations) -> None:
    everything(store)
    admin, office = actor(Role.ADMIN, store.settings.city), actor(Role.SUPERVISOR, store.settings.city)
    allowed = {code for family in WITHOUT_FIRMS for code in codes_of(family)}
    assert not {"case_view", "case_print", "window_lookup", "export", "refused", "set_task", "unheard.of"} & allowed
    for family in Family:
        for text in ("", FIRM[:10], "note"):
            wanted = LogFilter(family=family, text=text, firms=frozenset({FIRM}))
            assert {e.action for e in audit_log.entries(store, admin, wanted, limit=99)} <= allowed
    for row in audit_log.entries(store, office, limit=999):
        if row.action in allowed:
            assert audit_log.entry_of(store, admin, row.seq) == row
        else:
            with pytest.raises(NotPermitted, match="没有这条记录"):
                audit_log.entry_of(store, admin, row.seq)
    with pytest.raises(NotPermitted, match="没有这条记录"):
        audit_log.entry_of(store, admin, 10**6)


# ---- filters ----


def test_filters_agree_with_plain_python(store: Operations, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, begun = random.Random(7), datetime(2020, 10, 1, 9, 0)
    users, codes = ("li", "wu", "cli:root"), ("sign_in", "case_view", "export", "case.close", "build.start")
    for n in range(120):
        monkeypatch.setattr(Settings, "now", lambda _, n=n: begun + timedelta(hours=7 * n))
        audit.note(store, chance.choice(users), chance.choice(codes), f"x{n % 10}_%", note=chance.choice(INERT))
    who = actor(Role.SUPERVISOR, store.settings.city)
    rows = audit_log.entries(store, who, limit=999)
    assert [r.seq for r in rows] == list(range(120, 0, -1))
    for _ in range(150):
        wanted = LogFilter(
            user=chance.choice(("", *users)),
            family=chance.choice((None, *Family)),
            text=chance.choice(("", "x3", "_%", "note", *INERT)),
            since=chance.choice((None, date(2020, 10, chance.randint(1, 31)))),
            until=chance.choice((None, date(2020, 10, chance.randint(1, 31)))),
            last=chance.choice((None, chance.randint(0, 130))),
        )
        fit = [r.seq for r in rows if fits(r, wanted)]
        assert [r.seq for r in audit_log.entries(store, who, wanted, limit=999)] == fit, wanted
        assert [r.seq for chunk in audit_log.stream(store, who, wanted, 11) for r in chunk] == fit
        counted = audit_log.counts(store, who, wanted)
        of_family = sum(n for code, n in counted.items() if wanted.family in (None, action_of(code).family))
        assert of_family == len(fit)
        page = [r.seq for r in audit_log.entries(store, who, wanted, limit=5, offset=5)]
        assert page == fit[5:10]


def fits(row: audit_log.Entry, wanted: LogFilter) -> bool:
    day = row.wall_at.date()
    said = (row.subject, *map(str, row.detail.values()))
    return (
        wanted.user in ("", row.user)
        and wanted.family in (None, action_of(row.action).family)
        and any(wanted.text.lower() in s.lower() for s in said)
        and (wanted.since is None or day >= wanted.since)
        and (wanted.until is None or day <= wanted.until)
        and (wanted.last is None or row.seq <= wanted.last)
    )


@pytest.mark.parametrize("text", INERT)
def test_metacharacters_are_letters(store: Operations, text: str) -> None:
    for action in ("sign_in", "case_view"):
        audit.note(store, "li", action, FIRM, note="nothing of it")
    audit.note(store, "li", "export", text, what="the one")
    who = actor(Role.SUPERVISOR, store.settings.city)
    found = audit_log.entries(store, who, LogFilter(text=text), limit=9)
    assert [r.detail.get("what") for r in found] == ["the one"]
    assert audit_log.entries(store, who, LogFilter(user=text), limit=9) == []
    assert len(store.rows(select(AUDIT))) == 3 and audit.verify(store).fault is None


def test_the_values_of_a_detail_are_searched_and_not_its_keys(store: Operations) -> None:
    audit.note(store, "li", "case.close", "x", note='已"核"实\\', before=["甲"], after={"name": "乙"})
    who = actor(Role.SUPERVISOR, store.settings.city)

    def found(text: str) -> int:
        return len(audit_log.entries(store, who, LogFilter(text=text), limit=9))

    assert [found(t) for t in ('"核"', "实\\", "甲", "乙", "X")] == [1, 1, 1, 1, 1]
    assert [found(t) for t in ("note", "before", '", "', "{", "\x00", "甲乙")] == [0, 0, 0, 0, 0, 0]


def test_a_firm_is_found_in_its_archive_its_warnings_and_its_tasks(store: Operations) -> None:
    day = date(2020, 10, 15)
    with store.transaction() as transaction:
        case = {"rule": "W02", "level": 1, "subject": FIRM, "uscc": FIRM, "detail": "{}", "state": "WAITING"}
        days = dict.fromkeys(("opened_on", "accept_due", "verify_due", "dispose_due"), day)
        flags = {"opened_in": "b", "is_extended": False, "escalates_at_once": False, "version": 0}
        transaction.execute(insert(WARNING_CASE).values(case_id="W02-1", **case, **days, **flags))
        draw: dict[str, Any] = dict.fromkeys(
            ("title", "plan", "policy_id", "build_id", "frame_hash", "seed", "inspectors", "user"), "x"
        )
        times = {"business_at": datetime(2020, 10, 15), "wall_at": datetime(2020, 10, 15)}
        transaction.execute(insert(DRAW).values(draw_id="D1", as_of=day, due_on=day, **draw, **times))
        task = {"uscc": FIRM, "entity_name": "x", "unit": "U1", "grade": "A", "item_code": "i", "items": "i"}
        more = {"required_mode": "1", "modes": "1", "due_on": day}
        transaction.execute(insert(CHECK_TASK).values(task_id="D1-7", draw_id="D1", **task, **more))
    write(store, ("li", "case_view", FIRM), ("li", "case.accept", "W02-1"), ("li", "result.record", "D1-7"))
    write(store, ("li", "case_view", "912200000000000002"), ("li", "case.accept", "W02-2"))
    who = actor(Role.SUPERVISOR, store.settings.city)
    found = audit_log.entries(store, who, LogFilter(text="某公司", firms=frozenset({FIRM})), limit=9)
    assert [r.subject for r in found] == ["D1-7", "W02-1", FIRM]


def test_impossible_and_endless_periods(store: Operations) -> None:
    write(store, ("li", "sign_in", ""))
    who = actor(Role.SUPERVISOR, store.settings.city)
    assert audit_log.entries(store, who, LogFilter(since=date.max, until=date.min), limit=9) == []
    assert len(audit_log.entries(store, who, LogFilter(since=date.min, until=date.max), limit=9)) == 1


# ---- the verification ----


def test_a_verification_leaves_its_row_and_is_found_again(store: Operations) -> None:
    who = actor(Role.ADMIN, store.settings.city)
    assert last_check(store, who) is None
    write(store, ("li", "sign_in", ""), ("li", "sign_out", ""))
    found = check_chain(store, who)
    assert (found.rows, found.fault, found.since) == (2, None, 0)
    again = last_check(store, who)
    assert again and (again.rows, again.until, again.fault, again.user) == (
        2,
        found.until and found.until.replace(microsecond=0),
        None,
        "admin",
    )
    write(store, ("li", "sign_in", ""))
    assert (later := last_check(store, who)) and later.since == 1
    assert check_chain(store, who).rows == 4


def test_an_edited_row_is_found_and_stays_found(store: Operations) -> None:
    who = actor(Role.SUPERVISOR, store.settings.city)
    write(store, *(("li", "case_view", f"firm {n}") for n in range(6)))
    tamper(store, "UPDATE audit SET subject = 'other' WHERE seq = 3")
    assert "第 3 条被改动" in str(check_chain(store, who).fault)
    found = last_check(store, who)
    assert found and "row 3 was changed" in str(found.fault)
    assert "第 3 条" in str(check_chain(store, who).fault)


def test_a_forged_result_is_not_believed(store: Operations) -> None:
    who = actor(Role.SUPERVISOR, store.settings.city)
    write(store, ("li", "case_view", "firm"), ("li", "case_view", "firm"))
    tamper(store, "UPDATE audit SET subject = 'other' WHERE seq = 1")
    check_chain(store, who)
    tamper_again(store, """UPDATE audit SET detail = '{"fault": null, "rows": 2, "until": null}' WHERE seq = 3""")
    assert (found := last_check(store, who)) and found.fault == FORGED


def tamper_again(store: Operations, script: str) -> None:
    with store.engine.connect() as connection:
        connection.exec_driver_sql(script)
        connection.commit()
