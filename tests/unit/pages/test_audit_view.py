"""The log in words: every key and code has them, filters come back from an address, names only for who may see firms."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from app import PAGES
from pages.views import accounts as account_views
from pages.views import audit_export, audit_log, audit_status, audit_words
from pages.views.audit_log import Asked, Source
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import accounts, audit
from pipeline.stores.operations import audit_log as store_log
from pipeline.stores.operations.accounts import Account, operator
from pipeline.stores.operations.audit_actions import ACTIONS, Family
from pipeline.stores.operations.audit_check import Checked
from pipeline.stores.operations.audit_log import Entry
from pipeline.stores.operations.published import published
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import open_library
from pipeline.stores.warehouse import current_build
from tests.accounts import actor, cheap_hashes

USERS = {"li": 3, "' OR 1=1": 1}


@pytest.fixture(scope="module")
def store(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operations]:
    folder = tmp_path_factory.mktemp("audit") / "city"
    shutil.copytree(tiny.data, folder)
    opened = Operations.open(Settings.load(folder))
    with cheap_hashes():
        accounts.add_account(opened, operator(), Account("li", "李某", Role.LEADER))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sources(store: Operations) -> Iterator[dict[Role, Source]]:
    library = open_library(store.settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library
    reference = Reference.load(store.settings.reference)
    roles = {r: actor(r, store.settings.city) for r in (Role.SUPERVISOR, Role.ADMIN)}
    yield {r: Source(store, who, library.reader(who), reference) for r, who in roles.items()}
    library.close()


def firm(sources: dict[Role, Source]) -> tuple[str, str]:
    read = sources[Role.SUPERVISOR].read
    assert read
    found: tuple[str, str] = read.rows("SELECT uscc, entity_name FROM enterprise ORDER BY uscc LIMIT 1")[0]
    return found


def entry(action: str, subject: str = "", **detail: Any) -> Entry:
    return Entry(1, datetime(2020, 10, 15, 9), datetime(2020, 10, 15, 9), "li", "LEADER", action, subject, "d", detail)


# ---- words ----


def test_every_page_that_can_be_refused_has_both_its_names() -> None:
    titles = [module.PAGE.title for module, _ in PAGES]
    assert [t for t in titles if audit_words.PAGES.get(t.zh) != t] == []


def test_every_key_has_words_and_no_two_of_them_are_long_and_missing() -> None:
    assert all(t.zh and t.en for t in audit_words.KEYS.values())
    assert set(audit_words.LONG) <= set(audit_words.KEYS)


@pytest.mark.parametrize(
    ("one", "zh", "en"),
    [
        (entry("sign_in_refused", reason="locked", address="10.0.0.9"), "原因 账号暂时锁定；来自 10.0.0.9", "Reason: the account is locked for a while; From: 10.0.0.9"),
        (entry("case.verify", "C", before="ACCEPTED", state="VERIFYING", note=""), "状态 已签收 → 核查中", "State: Accepted → Verifying"),
        (entry("account_changed", "li", before={"units": []}, after={"units": ["TH-MH"]}), "原为 管辖单位 无；改后 管辖单位 梅河口市局", "Before: Units none; After: Units Meihekou City bureau"),
        (entry("result.record", "T", version=2, result="01;06"), None, None),
        (entry("filter.save", "enterprises", name="重点", query={"grade": "E"}), "名称 重点；条件 grade E", "Name: 重点; Conditions: grade E"),
        (entry("result.import", "D", tasks=[f"t{n}" for n in range(9)]), "任务 t0、t1、t2、t3、t4、t5 等 9 项", "Tasks: t0, t1, t2, t3, t4, t5 and 3 more"),
        (entry("sign_in"), "", ""),
    ],
)  # fmt: skip
def test_details_in_words(sources: dict[Role, Source], one: Entry, zh: str | None, en: str | None) -> None:
    said = audit_words.summary(one, audit_log.terms_of(sources[Role.SUPERVISOR]))
    if zh is None:
        assert said.zh.startswith("检查结果 ") and "01" not in said.zh and "、" in said.zh and "、" not in said.en
        return
    assert (said.zh, said.en) == (zh, en)


def test_subjects_in_words(sources: dict[Role, Source]) -> None:
    terms = audit_log.terms_of(sources[Role.SUPERVISOR])
    uscc, name = firm(sources)

    def said(one: Entry) -> str:
        return audit_words.subject_words(one, terms, {uscc: (uscc, name)}).en

    assert said(entry("account_disabled", "li")) == "李某 li"
    assert said(entry("refused", "风险预警")) == "Risk warnings"
    assert said(entry("export", "enterprises")) == "Enterprises"
    assert said(entry("export", "draw:CC-1")) == "Draw CC-1"
    assert said(entry("case_view", uscc)) == f"{name} {uscc}"
    assert said(entry("unheard.of", "<b>")) == "<b>"


@pytest.mark.parametrize(
    ("user", "zh"), [("li", "李某 li"), ("cli:root", "命令行 root"), ("?", "未知用户"), ("gone", "gone")]
)
def test_people_in_words(sources: dict[Role, Source], user: str, zh: str) -> None:
    assert audit_words.person(user, audit_log.terms_of(sources[Role.ADMIN])).zh == zh


# ---- filters in an address ----


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN], ids=str)
def test_a_filter_comes_back_from_its_address(role: Role) -> None:
    for family in ("", *(f.name.lower() for f in Family)):
        for user in ("", *USERS):
            query = {"family": family, "user": user, "q": "甲 乙", "from": "2020-10-01", "to": "2020-10-15"}
            asked = Asked.parse(query, role, USERS)
            assert Asked.parse(asked.query(), role, USERS) == asked
            assert asked.since == date(2020, 10, 1) and asked.q == "甲 乙"
    assert Asked.parse({"family": "case"}, Role.ADMIN, USERS).family == ""


@pytest.mark.parametrize("odd", ["x", "2020-13-01", "20201001", "0000-00-00", "' OR 1=1 --", "２０２０-10-01", ""])
def test_odd_values_are_dropped(odd: str) -> None:
    query = {"family": odd, "user": odd + "?", "from": odd, "to": odd, "page": odd}
    assert Asked.parse(query, Role.SUPERVISOR, USERS) == Asked()


@pytest.mark.parametrize("odd", ["-1", "0", "99999999999", "１", "1e3", "x"])
def test_odd_pages_are_pages(sources: dict[Role, Source], odd: str) -> None:
    view = audit_log.log(sources[Role.SUPERVISOR], {"page": odd})
    assert 1 <= view.page <= view.pages and view.rows


# ---- the list ----


def test_choices_count_what_they_would_show(sources: dict[Role, Source], store: Operations) -> None:
    uscc, _ = firm(sources)
    for action in ("case_view", "case_print", "export", "sign_in"):
        audit.note(store, "li", action, uscc if action.startswith("case") else "warnings")
    for role, source in sources.items():
        everything = audit_log.log(source, {})
        assert everything.total == sum(c.count or 0 for c in everything.choices["family"])
        for choice in everything.choices["family"]:
            assert audit_log.log(source, {"family": choice.value}).total == choice.count, (role, choice)
        for choice in everything.choices["user"]:
            assert audit_log.log(source, {"user": choice.value}).total == choice.count, (role, choice)


def test_names_of_firms_are_for_who_may_see_firms(sources: dict[Role, Source], store: Operations) -> None:
    uscc, name = firm(sources)
    audit.note(store, "li", "case_view", uscc)
    office = audit_log.log(sources[Role.SUPERVISOR], {"q": name})
    assert any(name in row.subject.zh for row in office.rows)
    one = audit_log.entry(sources[Role.SUPERVISOR], office.rows[0].seq)
    assert one.uscc == uscc
    admin = audit_log.log(sources[Role.ADMIN], {})
    assert (
        name not in str(admin) and uscc not in str(admin) and audit_log.log(sources[Role.ADMIN], {"q": uscc}).total == 0
    )


def test_the_export_holds_every_row_of_the_list_and_none_that_came_later(
    sources: dict[Role, Source], store: Operations
) -> None:
    source = sources[Role.SUPERVISOR]
    view, last = audit_log.log(source, {"family": "view"}), store_log.last_row(store, source.actor)
    rows = audit_export.batches(source, view, last, "zh")
    audit.note(store, "li", "case_view", "later")
    table = pa.Table.from_batches(rows, rows.schema)
    assert table.num_rows == view.total and table.column_names == [c.key for c in audit_export.columns()]
    assert table["seq"].to_pylist() == sorted(table["seq"].to_pylist(), reverse=True)
    assert all(isinstance(json.loads(d), dict) for d in table["detail"].to_pylist())
    empty = audit_export.batches(source, replace(view, asked=Asked(q="nothing at all")), last, "en")
    assert pa.Table.from_batches(empty, empty.schema).num_rows == 0


# ---- the chain, accounts, builds ----


def test_the_line_of_the_chain(sources: dict[Role, Source]) -> None:
    source, at = sources[Role.SUPERVISOR], datetime(2020, 10, 15, 9, 30)
    assert audit_status.chain_line(source, None).kind == "none"
    whole = audit_status.chain_line(source, Checked(at, "li", 1234, at, None, 0))
    assert whole.kind == "ok" and whole.said.zh == "✓ 完整至第 1,234 条（2020-10-15 09:30:00）" and whole.advice is None
    later = audit_status.chain_line(source, Checked(at, "li", 1234, at, None, 7))
    assert "其后新增 7 条尚未核验" in later.remark.zh and "7 rows" in later.remark.en
    broken = audit_status.chain_line(source, Checked(at, "li", 3, at, "第 3 条被改动（row 3 was changed）", 0))
    assert (broken.kind, broken.said.zh, broken.said.en) == ("bad", "▲ 第 3 条被改动", "▲ Row 3 was changed")
    assert broken.advice and "备份" in broken.advice.zh


def test_accounts_stand_in_order_and_say_how_they_stand(store: Operations) -> None:
    admin = replace(actor(Role.ADMIN, store.settings.city), user="boss")
    with cheap_hashes():
        accounts.add_account(store, operator(), Account("boss", "管", Role.ADMIN))
        accounts.add_account(store, operator(), Account("off", "停", Role.ADMIN))
        accounts.disable_account(store, operator(), "off")
    rows = account_views.account_rows(store, admin)
    assert [r.account.user for r in rows] == ["boss", "li", "off"]
    assert [r.state for r in rows] == [account_views.MUST_CHANGE, account_views.MUST_CHANGE, account_views.DISABLED]
    assert [r.is_own for r in rows] == [True, False, False] and rows[0].used == account_views.NEVER
    assert "在用 2 个，其中管理员 1 个" in account_views.remark(rows).zh


def test_published_builds_name_their_day(store: Operations) -> None:
    builds = published(store, actor(Role.ADMIN, store.settings.city))
    assert [b.build_id for b in builds if b.is_current] == [current_build(store.settings)]
    one = next(b for b in builds if b.is_current)
    assert one.as_of and one.issued_at and one.is_kept and not one.is_withdrawn


def test_published_survives_a_damaged_file(store: Operations, tmp_path: Path) -> None:
    folder = tmp_path / "city"
    shutil.copytree(store.settings.data, folder)
    settings = Settings.load(folder)
    for path in settings.grades.glob("*.parquet"):
        path.write_bytes(b"nothing of the kind")
    found = published(replace(store, settings=settings), actor(Role.SUPERVISOR, settings.city))
    assert [b.as_of for b in found] == [None] * len(found)


def test_every_action_has_a_family_that_somebody_can_choose() -> None:
    assert {a.family for a in ACTIONS.values()} == set(Family) - {Family.OTHER}
