"""The policy page's views: addresses, versions side by side, key-field numbers, files read again, proposals re-opened."""

from __future__ import annotations

import os
import shutil
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.whatif.impact import Impact, Move
from models.whatif.proposal import OFF
from pages.views import (
    policy,
    policy_fields,
    policy_files,
    policy_grades,
    policy_proposals,
    policy_results,
    policy_sheets,
    policy_trial,
    policy_versions,
)
from pages.views.policy_files import Papers, papers
from pages.views.policy_trial import Asked, asked_for, next_month, outcome, query_of, trial
from pipeline.settings import DEFAULT_DATA
from pipeline.stores.operations.proposals import Draft, Proposal
from tests.deployment import REFERENCE
from tests.small_city import SmallCity

MODULES = (
    policy, policy_fields, policy_files, policy_grades, policy_proposals, policy_results, policy_sheets, policy_trial,
    policy_versions,
)  # fmt: skip
DAY = date(2020, 11, 1)
KIND = "learned"
NOTHING = Asked({}, {}, {}, False)
STILL = Impact(tuple(Move(u, g, g, None, None, "", n) for u in ("TH-DC", "TH-ED") for g, n in zip("ABCDE", (400, 300, 90, 40, 9), strict=True)))  # fmt: skip


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> SmallCity:
    """A city with policy files of its own."""
    city = SmallCity(tmp_path_factory.mktemp("policy") / "city")
    shutil.copytree(DEFAULT_DATA / "policy", city.folder / "policy")
    return city


@pytest.fixture
def written(own: SmallCity) -> Papers:
    return papers(own.settings, REFERENCE)


def proposal(draft: Draft, number: int = 1, state: str = "open") -> Proposal:
    at = datetime(2020, 10, 15, 9)
    return Proposal(
        f"TA20201015-{number:02d}", draft.policy, draft.base_id, draft.content, "题", "由", draft.impact, "b" * 16, "u", at, state,
        at if state != "open" else None, "u" if state != "open" else None, "因" if state != "open" else None,
    )  # fmt: skip


def drafts(written: Papers, asked: Asked) -> tuple[Draft, ...]:
    tried = trial(asked, written, KIND, DAY)
    assert not tried.faults
    return outcome(tried, written, STILL, DAY).drafts


@pytest.mark.parametrize("module", MODULES)
def test_every_field_of_a_view_has_a_label_and_a_help_in_both_languages(module: object) -> None:
    for view in (v for v in vars(module).values() if is_dataclass(v) and v.__module__ == module.__name__):  # type: ignore[attr-defined]
        for field in fields(view):
            for kind in ("label", "help"):
                assert field.metadata[kind].zh and field.metadata[kind].en, f"{view}.{field.name}"


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ("bands", "simulate")), ({"part": "fields"}, ("fields", "simulate")), ({"part": "compare"}, ("bands", "compare")),
        ({"part": "rules", "show": "proposals"}, ("rules", "proposals")), ({"part": "x", "show": "y"}, ("bands", "simulate")),
    ],
)  # fmt: skip
def test_the_address_names_either_side(asked: dict[str, str], expected: tuple[str, str]) -> None:
    assert policy.sides(asked) == expected


@given(
    cuts=st.dictionaries(st.sampled_from(list("ABCD")), st.integers(300, 800).map(float)),
    rules=st.dictionaries(st.sampled_from(["RL-01", "RL-07a", "RL-11a"]), st.sampled_from([*"ABCDE", OFF])),
    ratios=st.dictionaries(st.sampled_from(list("ABCDE")), st.integers(1, 10000).map(lambda n: Decimal(n) / 10000)),
    equal=st.booleans(),
)
def test_what_an_address_says_is_read_back(
    own: SmallCity, cuts: dict[str, float], rules: dict[str, str], ratios: dict[str, Decimal], equal: bool
) -> None:
    written = papers(own.settings, REFERENCE)
    once = asked_for(Asked(cuts, rules, ratios, equal).query(), written, KIND)
    again = asked_for(once.query(), written, KIND)
    assert (again.cuts, again.rules, again.ratios, again.equal) == (once.cuts, once.rules, once.ratios, equal)
    assert once.cuts.items() <= cuts.items() and once.rules.items() <= rules.items()


def test_what_means_nothing_is_dropped(written: Papers) -> None:
    junk = {
        "cut_A": "x",
        "cut_B": "1e9",
        "cut_E": "3",
        "ratio_A": "0",
        "ratio_B": "NaN",
        "rules": "RL-13:A,RL-01:Q,';--:A,RL-01:E",
    }
    assert asked_for(junk, written, KIND) == NOTHING
    now = {f"ratio_{g}": f"{100 * written.draw.nominal(g)}" for g in "ABCDE"}
    assert asked_for(now, written, KIND) == NOTHING, "what is in force already is no change"


def test_one_version_says_so_and_offers_a_proposal(written: Papers) -> None:
    alone = policy_versions.comparison({"policy": "grade"}, written, (), REFERENCE)
    assert alone.table is None and alone.may_propose and "只有一个版本" in alone.said.zh
    assert not policy_versions.comparison({"policy": "measures"}, written, (), REFERENCE).may_propose


def test_a_proposal_is_compared_with_what_is_in_force(written: Papers) -> None:
    changed = Asked({"A": 640.0}, {"RL-09": OFF, "RL-07a": "D"}, {"E": Decimal("0.4")}, False)
    grade, ratios = (proposal(d, n) for n, d in enumerate(drafts(written, changed), 1))
    found = policy_versions.comparison({}, written, (grade, ratios), REFERENCE)
    assert (found.one, found.other) == ("2020-07", grade.proposal_id) and found.table
    rows = {row[0].zh: tuple(c.zh for c in row[1:]) for row in found.table.rows}
    now = next(b["at_least"] for b in written.block("grade")["bands"][KIND] if b["grade"] == "A")
    assert rows["模型得分 · A"] == (f"{now:g}", "640", "改动")
    assert rows["规则 · RL-07a · 等级"] == ("C", "D", "改动")
    assert rows["规则 · RL-09"][1:] == ("—", "− 删除")
    other = policy_versions.comparison({"policy": "draw"}, written, (grade, ratios), REFERENCE)
    assert other.table and ("年比例 · E", "25.00%", "40.00%") in {tuple(c.zh for c in r[:3]) for r in other.table.rows}
    back = policy_versions.comparison({"a": grade.proposal_id, "b": "2020-07"}, written, (grade,), REFERENCE)
    assert back.table and len(back.table.rows) == len(found.table.rows)


def test_a_proposal_opens_in_the_simulator_as_it_was_made(written: Papers) -> None:
    changed = Asked(
        {"A": 640.0, "D": 430.0}, {"RL-09": OFF, "RL-07a": "D"}, {"B": Decimal("0.04"), "E": Decimal("0.4")}, False
    )
    grade, ratios = (proposal(d) for d in drafts(written, changed))
    read = policy_proposals._block
    query = query_of(grade, written, KIND, read) | query_of(ratios, written, KIND, read)
    assert asked_for(query, written, KIND) == changed
    opened = policy_proposals.opened(grade, written, REFERENCE, KIND)
    assert opened.behind is None and len(opened.table.rows) == 4


def test_each_draft_says_what_it_would_do_alone(written: Papers) -> None:
    moved = Impact((*STILL.moves, Move("TH-DC", "A", "B", None, None, "bands", 50)))
    tried = trial(Asked({"A": 640.0}, {}, {"E": Decimal("0.5")}, False), written, KIND, DAY)
    grade, ratios = outcome(tried, written, moved, DAY).drafts
    assert (grade.impact["moved"], ratios.impact["moved"]) == (50, 0)
    assert grade.impact["checks_before"] == ratios.impact["checks_before"] < ratios.impact["checks_after"]


def test_equal_budget_is_said_and_refused_where_it_cannot_be(written: Papers) -> None:
    tried = trial(Asked({}, {}, {}, True), written, KIND, DAY)
    found = outcome(tried, written, STILL, DAY)
    assert abs(sum(found.after.values()) - found.budget) <= 11 and found.then.regular > found.now.regular
    few = Impact((Move("TH-DC", "A", "A", None, None, "", 1000),))
    tried = trial(Asked({}, {}, {"E": Decimal("0.5")}, True), written, KIND, DAY)
    assert outcome(tried, written, few, DAY).faults, "E would be drawn more than once a year"


def test_a_withdrawn_proposal_is_still_there_but_not_first(written: Papers) -> None:
    one, other = (
        proposal(drafts(written, Asked({"A": c}, {}, {}, False))[0], n, s)
        for c, n, s in ((640.0, 1, "open"), (650.0, 2, "withdrawn"))
    )
    found = policy_versions.comparison({}, written, (other, one), REFERENCE)
    assert found.other == one.proposal_id and "已撤回" in found.versions[other.proposal_id].zh
    assert [row[-1].zh for row in policy_proposals.listed((other, one)).rows] == ["已撤回", "待批准"]
    assert "因" in policy_proposals.opened(other, written, REFERENCE, KIND).facts[-1][1].zh  # type: ignore[union-attr]


def test_another_version_in_force_than_the_build_s_is_said(written: Papers) -> None:
    assert policy_results.drift("2020-07", written, STILL) is None
    other = policy_results.drift("2020-01", written, STILL)
    assert other and "2020-01" in other.zh and "2020-07" in other.zh
    edited = policy_results.drift("2020-07", written, Impact((Move("", "A", "B", None, None, "bands", 7),)))
    assert edited and "7 户" in edited.zh


def test_a_changed_file_is_read_again_without_a_restart(own: SmallCity) -> None:
    path = own.folder / "policy" / "draw.toml"
    before = path.read_text(encoding="utf-8")
    assert papers(own.settings, REFERENCE).draw.random_share == Decimal("0.10")
    path.write_text(before.replace("random_share = 0.10", "random_share = 0.20"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert papers(own.settings, REFERENCE).draw.random_share == Decimal("0.20")
    path.write_text(before, encoding="utf-8")


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2020, 10, 15), DAY), (date(2020, 12, 31), date(2021, 1, 1)), (date(2021, 1, 1), date(2021, 2, 1))],
)
def test_a_proposal_takes_effect_on_the_first_of_the_next_month(day: date, expected: date) -> None:
    assert next_month(day) == expected


def reader(*statements: str) -> Any:
    """Tables of a build with what the key fields need."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE enterprise (uscc VARCHAR, status VARCHAR, fields VARCHAR[])")
    connection.execute("CREATE TABLE food_operator (uscc VARCHAR, field VARCHAR, field_grade VARCHAR)")
    connection.execute("CREATE TABLE spot_check_result (uscc VARCHAR, field VARCHAR, event_on DATE, result VARCHAR)")
    for statement in statements:
        connection.execute(statement)
    return SimpleNamespace(
        stamp=SimpleNamespace(as_of=date(2020, 10, 16)),
        rows=lambda sql, values=None: connection.execute(sql, values).fetchall(),
    )


def test_operators_checked_and_still_due(written: Papers) -> None:
    read = reader(
        "INSERT INTO enterprise VALUES ('a', '1', ['catering']), ('b', '1', ['catering', 'food_sales']), ('c', '1', ['catering']),"
        " ('d', '1', ['catering']), ('gone', '3', ['catering']), ('e', '1', ['drug_retail'])",
        "INSERT INTO food_operator VALUES ('a', 'catering', 'A'), ('b', 'catering', 'C'), ('c', 'catering', 'A')",
        "INSERT INTO spot_check_result VALUES ('a', 'catering', '2020-09-01', '01'), ('b', 'catering', '2020-09-01', '01'),"
        " ('b', 'catering', '2020-09-01', '03'), ('c', 'catering', '2019-01-01', '01'), ('c', NULL, '2020-09-01', '01'),"
        " ('d', 'catering', '2020-09-01', '10'), ('e', 'drug_retail', '2020-09-01', '01')",
    )
    found = policy_fields.progress(read)
    rules = {r.code: r for r in written.fields.rules}
    catering, drugs = found["catering"], found["drug_retail"]
    assert (catering.operators, catering.checked) == (4, 2), "two items on one day, an old check and one in vain"
    assert (catering.graded("A"), catering.graded("C"), catering.graded("")) == (2, 1, 1)
    assert catering.due(rules["catering"]) == 2, "b of grade C needs two; d has no grade"
    assert (drugs.checked, drugs.due(rules["drug_retail"])) == (1, None)
    sheet = policy_fields.sheet(written, REFERENCE, found)
    cells = {e.code: e.cells for e in sheet.blocks[0].content.rows}  # type: ignore[union-attr]
    assert cells["catering"] == ("4", "2", "2") and cells["drug_retail"] == ("1", "1", "—")
    assert cells["food_production"] == ("0", "0", "0")
