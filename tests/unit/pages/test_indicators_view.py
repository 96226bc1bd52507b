"""The indicators page's views: numbers against plain pandas, scopes that add up, findings that follow from the numbers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.policy.grade import grade_policies
from pages.views import (
    indicator_catalogue,
    indicator_detail,
    indicator_findings,
    indicator_list,
    indicator_scale,
    indicator_spread,
    indicator_versions,
    indicator_weights,
)
from pages.views.indicator_catalogue import Asked, Entry
from pages.views.indicator_findings import by_grade, by_unit
from pages.views.indicator_list import Row
from pages.views.indicator_spread import Group, Spread
from pages.views.indicator_spread import spread as spread_of
from pages.views.indicator_weights import Shift, Weight, Weights
from pages.views.indicator_words import GROUPS, UNITS, level_words, range_words, value_words
from pages.views.said import BY_CODE
from pipeline.domain import Text
from pipeline.indicators.catalogue import ALL, INDICATORS
from pipeline.indicators.indicator import Direction, set_version
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, City, Settings
from pipeline.stores.access import Actor, Role, scope_of
from pipeline.stores.reader import Library
from tests import accounts

MODULES = (
    indicator_catalogue, indicator_detail, indicator_findings, indicator_list, indicator_scale, indicator_spread, indicator_versions,
    indicator_weights,
)  # fmt: skip
AS_OF = date(2020, 10, 16)
CITY = City.load(DEFAULT_DATA / "city.toml")
REFERENCE = Reference.load(DEFAULT_DATA / "reference")
UNITS_OF_CITY = tuple(u.code for u in CITY.units)
SUPERVISOR = accounts.actor(Role.SUPERVISOR, CITY)
FIRMS = 600
LACKING = "C8_negative_share_90d"
"""An indicator that the hand-made build does not have, as one of an older program."""
CODES = [i.code for i in ALL if i.code != LACKING]
World = dict[str, pd.DataFrame]


def world(seed: int = 7, firms: int = FIRMS) -> World:
    """Enterprises with grades, units, values (many missing, some not finite, some all the same) and points."""
    dice = np.random.default_rng(seed)
    uscc = [f"F{n:04d}" for n in range(firms)]
    enterprise = pd.DataFrame(
        {
            "uscc": uscc,
            "unit": dice.choice(
                [*UNITS_OF_CITY, None], firms, p=[*[0.98 / len(UNITS_OF_CITY)] * len(UNITS_OF_CITY), 0.02]
            ),
            "grade": dice.choice(["A", "B", "C", "D", "E", None], firms, p=[0.35, 0.3, 0.15, 0.1, 0.05, 0.05]),
            "is_counted": dice.random(firms) < 0.95,
            "fields": [["catering"] if x < 0.3 else [] for x in dice.random(firms)],
            "rules": [["RL-01"] if x < 0.1 else [] for x in dice.random(firms)],
        }
    )
    values: dict[str, Any] = {"as_of": AS_OF, "uscc": uscc, "data_share": 1.0}
    for n, i in enumerate(i for i in ALL if i.code != LACKING):
        values[i.code] = _levels(dice, i.levels, firms) if i.levels else _numbers(dice, n, firms)
    points = dice.normal(0, dice.exponential(2, len(INDICATORS)), (firms, len(INDICATORS))).astype(np.float32)
    contribution = pd.DataFrame(points, columns=[i.code for i in INDICATORS]).drop(columns=LACKING)
    contribution.insert(0, "uscc", uscc)
    contribution.insert(0, "as_of", AS_OF)
    contribution = contribution[enterprise["grade"].notna()]
    reason = pd.DataFrame(
        [
            (AS_OF, u, r + 1, INDICATORS[j].code)
            for u in uscc
            for r, j in enumerate(dice.permutation(len(INDICATORS))[:5])
        ],
        columns=["as_of", "uscc", "rank", "code"],
    )
    return {"enterprise": enterprise, "indicator": pd.DataFrame(values), "contribution": contribution, "reason": reason}


def _levels(dice: np.random.Generator, levels: tuple[str, ...], firms: int) -> Any:
    found = dice.choice(np.array(levels, dtype=object), firms)
    found[dice.random(firms) < 0.1] = None
    return found


def _numbers(dice: np.random.Generator, n: int, firms: int) -> Any:
    kinds = (
        lambda: (dice.random(firms) < 0.2).astype(float),
        lambda: dice.gamma(2, 2, firms),
        lambda: dice.poisson(0.3, firms) * dice.gamma(2, 1, firms),
        lambda: dice.integers(0, 12, firms).astype(float),
        lambda: np.where(dice.random(firms) < 0.7, 1826.0, dice.integers(0, 1826, firms)),
        lambda: np.zeros(firms),
    )
    found = kinds[n % len(kinds)]()
    found[dice.random(firms) < (0.0, 0.2, 0.9)[n % 3]] = np.nan
    if n == 1:
        found[:3] = (np.inf, -np.inf, np.nan)
    return found


def opened(folder: Path, of: World, more: Mapping[str, str] | None = None) -> Library:
    """A build of these tables and, for each of `more`, a table from a select."""
    path = folder / "warehouse-b.duckdb"
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA mart")
        for name, frame in of.items():
            columns = "CAST(as_of AS DATE) AS as_of" if "as_of" in frame.columns else ""
            connection.register("frame", frame)
            connection.execute(
                f"CREATE TABLE mart.{name} AS SELECT * {f'REPLACE ({columns})' if columns else ''} FROM frame"
            )
            connection.unregister("frame")
        connection.execute(
            "CREATE TABLE mart.build AS SELECT 'b' AS build_id, DATE '2020-10-16' AS as_of, DATE '2020-10-15' AS today,"
            " true AS is_synthetic, 'now' AS indicator_set, TIMESTAMP '2020-10-16 03:00:00' AS built_at"
        )
        connection.execute(
            "CREATE TABLE mart.risk_score AS SELECT DATE '2020-10-16' AS as_of, uscc, 'learned' AS score_kind FROM mart.enterprise"
        )
        for name, select in (more or {}).items():
            connection.execute(f"CREATE TABLE mart.{name} AS {select}")
    return Library(path, "b", lambda *_: {})


@pytest.fixture(scope="module")
def tables() -> World:
    return world()


@pytest.fixture(scope="module")
def built(tables: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    library = opened(tmp_path_factory.mktemp("indicators"), tables)
    yield library
    library.close()


@pytest.fixture(scope="module")
def catalogue() -> tuple[Entry, ...]:
    deployment = Settings.load(DEFAULT_DATA)
    return indicator_catalogue.entries(CITY, REFERENCE, grade_policies(deployment).of(AS_OF))


def counted(tables: World, units: tuple[str, ...] | None = None) -> pd.DataFrame:
    """The enterprises that the page is about, with their values: a plain reference."""
    firms = tables["enterprise"]
    firms = firms[firms["is_counted"] & firms["grade"].notna()]
    if units is not None:
        firms = firms[firms["unit"].isin(units)]
    return firms.merge(tables["indicator"].drop(columns="as_of"), on="uscc").replace([np.inf, -np.inf], np.nan)


def county(units: tuple[str, ...]) -> Actor:
    return Actor("x", "x", Role.COUNTY, scope_of(Role.COUNTY, units, (), CITY))


# ---- numbers against plain pandas


@pytest.mark.parametrize("units", [None, UNITS_OF_CITY[:1], UNITS_OF_CITY[2:5]])
def test_missing_shares_and_effects_equal_a_plain_count(
    built: Library, tables: World, units: tuple[str, ...] | None
) -> None:
    read = built.reader(SUPERVISOR if units is None else county(units))
    found, plain = indicator_weights.weights(read), counted(tables, units)
    points = tables["contribution"][tables["contribution"]["uscc"].isin(plain["uscc"])]
    reasons = tables["reason"][tables["reason"]["uscc"].isin(points["uscc"])]
    assert (found.firms, found.scored) == (len(plain), len(points))
    means = points[[i.code for i in INDICATORS if i.code != LACKING]].astype(float).abs().mean()
    for code in CODES:
        weight = found.by_code[code]
        assert weight.missing == pytest.approx(plain[code].isna().mean(), abs=1e-12)
        if code in means:
            assert weight.points == pytest.approx(means[code], rel=1e-6)
            assert weight.portion == pytest.approx(means[code] / means.sum(), rel=1e-6)
            assert weight.rank == 1 + (means > means[code]).sum()
            assert weight.reason == pytest.approx((reasons["code"] == code).sum() / len(points))
        else:
            assert (weight.points, weight.rank, weight.reason) == (None, None, None)
    assert found.rules["RL-01"] == _fired(tables, units)


def _fired(tables: World, units: tuple[str, ...] | None) -> int:
    firms = tables["enterprise"]
    inside = firms if units is None else firms[firms["unit"].isin(units)]
    return int(inside["rules"].map(lambda rules: "RL-01" in rules).sum())


@settings(max_examples=20, deadline=None)
@given(code=st.sampled_from(CODES))
def test_a_distribution_equals_a_plain_one(built: Library, tables: World, code: str) -> None:
    found = spread_of(built.reader(SUPERVISOR), CITY, BY_CODE[code])
    assert found
    plain = counted(tables)
    groups = {g.key: plain[plain["grade"] == g.key] for g in found.grades}
    groups |= {g.key: plain[plain["unit"].fillna("") == g.key] for g in found.units}
    for group in (*found.grades, *found.units):
        values = groups[group.key][code].dropna()
        assert (group.size, group.held) == (len(groups[group.key]), len(values))
        assert sum(group.counts) == (group.held if found.classes else 0)
        if not BY_CODE[code].levels and len(values):
            assert group.quantiles == pytest.approx(np.quantile(values.to_numpy(float), indicator_spread.QUANTILES))
            assert group.mean == pytest.approx(values.mean())
        if BY_CODE[code].levels:
            shares = values.map(lambda v: level_words(BY_CODE[code], v)).value_counts()
            assert dict(zip(found.classes, group.counts, strict=True)) == {c: shares.get(c, 0) for c in found.classes}
    assert sum(g.size for g in found.grades) == sum(g.size for g in found.units) == found.whole.size == len(plain)
    assert sum(g.held for g in found.grades) == sum(g.held for g in found.units) == found.whole.held
    for one in (found.grades, found.units):
        assert tuple(map(sum, zip(*(g.counts for g in one), strict=True))) == found.whole.counts


@settings(max_examples=12, deadline=None)
@given(code=st.sampled_from([c for c in CODES if not BY_CODE[c].levels]))
def test_classes_hold_the_values_that_they_name(built: Library, tables: World, code: str) -> None:
    found = spread_of(built.reader(SUPERVISOR), CITY, BY_CODE[code])
    assert found
    values = np.sort(counted(tables)[code].dropna().to_numpy(float))
    start = 0
    for words, count in zip(found.classes, found.whole.counts, strict=True):
        inside = values[start : start + count]
        assert count and words == range_words(BY_CODE[code], inside[0], inside[-1])
        start += count
    assert start == (len(values) if found.classes else 0)
    assert len(found.classes) <= 5


parted = st.lists(st.sampled_from((0, 1, 2)), min_size=len(UNITS_OF_CITY), max_size=len(UNITS_OF_CITY)).filter(
    lambda p: {1, 2} <= set(p)
)


@settings(max_examples=8, deadline=None)
@given(parts=parted, code=st.sampled_from(CODES))
def test_disjoint_scopes_add_up(built: Library, parts: list[int], code: str) -> None:
    one, two = (tuple(u for u, p in zip(UNITS_OF_CITY, parts, strict=True) if p == n) for n in (1, 2))
    spreads = [spread_of(built.reader(county(units)), CITY, BY_CODE[code]) for units in (one, two, one + two)]
    mine, yours, ours = (s for s in spreads if s)
    assert {g.key for g in mine.units} == set(one) and not {g.key for g in mine.units} & {g.key for g in yours.units}
    assert (mine.whole.size + yours.whole.size, mine.whole.held + yours.whole.held) == (
        ours.whole.size,
        ours.whole.held,
    )
    by_key = {g.key: (g.size, g.held, g.quantiles) for g in ours.units}
    assert {g.key: (g.size, g.held, g.quantiles) for g in (*mine.units, *yours.units)} == by_key
    for a, b, both in zip(mine.grades, yours.grades, ours.grades, strict=True):
        assert (a.size + b.size, a.held + b.held) == (both.size, both.held)


def test_a_section_sees_its_field_only_and_is_told_so(built: Library, tables: World) -> None:
    read = built.reader(accounts.actor(Role.SECTION, CITY))
    plain = counted(tables, UNITS_OF_CITY)
    weights = indicator_weights.weights(read)
    assert weights.firms == int(plain["fields"].map(lambda f: "catering" in f).sum())
    said = indicator_spread.scope_words(read, CITY, REFERENCE.codes("field"), weights.firms)
    assert said.zh.startswith("仅餐饮") and f"{weights.firms:,} 户" in said.zh and "only the field" in said.en
    own = indicator_spread.scope_words(built.reader(county(UNITS_OF_CITY[:1])), CITY, {}, 7)
    assert own.zh == f"仅{CITY.units[0].name.zh}辖区参与分级的企业 7 户"


def test_an_indicator_that_the_build_lacks_says_so(built: Library, catalogue: tuple[Entry, ...]) -> None:
    read = built.reader(SUPERVISOR)
    weights = indicator_weights.weights(read)
    assert weights.by_code[LACKING] == Weight(LACKING, None, None, None, None, None, None)
    row = Row(next(e for e in catalogue if e.code == LACKING), weights.by_code[LACKING])
    view = indicator_detail.detail(
        row, weights, indicator_versions.change_log(read), lambda: spread_of(read, CITY, BY_CODE[LACKING])
    )
    assert view.grades.finding == indicator_detail.NOT_BUILT and view.scale is None and not view.grades.groups
    assert view.figures[0].value == "—"


def test_every_indicator_can_be_shown(built: Library, catalogue: tuple[Entry, ...]) -> None:
    read = built.reader(SUPERVISOR)
    weights, log = indicator_weights.weights(read), indicator_versions.change_log(read)
    for entry in catalogue:
        indicator = BY_CODE[entry.code]
        view = indicator_detail.detail(
            Row(entry, weights.by_code[entry.code]), weights, log, lambda i=indicator: spread_of(read, CITY, i)
        )
        assert view.grades.finding.zh and view.units.finding.en
        assert view.scale is None or not view.classes
        assert view.scale is None or bool(view.scale.ticks) == any(
            b.quantiles for b in (*view.grades.groups, *view.units.groups)
        )
        assert [b.group.key for b in view.grades.groups] in ([], [*"ABCDE", ""])
        for box in (*view.grades.groups, *view.units.groups):
            assert box.group.is_small == (box.group.held < 20) and (not box.group.is_small or not box.quantiles)


# ---- findings


def grade_spread(code: str, medians: Mapping[str, float], held: int = 200, width: float = 0.2) -> Spread:
    """Boxes with these medians, each `width` wide in the middle."""
    groups = [
        Group(g, Text(g, g), held, held, (m - width, m - width / 2, m, m + width / 2, m + width), m, width, ())
        for g, m in medians.items()
    ]
    whole = Group("", Text("全市", "City"), held * len(groups), held * len(groups), (0, 1, 2, 3, 4), 2, 1, ())
    return Spread(code, whole, tuple(groups), tuple(groups), ())


def share_spread(code: str, hits: Mapping[str, int], held: int = 200) -> Spread:
    """A flag with so many yes in each group."""
    groups = [Group(g, Text(g, g), held, held, (0,) * 5, 0, 0, (held - n, n)) for g, n in hits.items()]
    total = held * len(groups)
    whole = Group(
        "", Text("全市", "City"), total, total, (0,) * 5, 0, 0, (total - sum(hits.values()), sum(hits.values()))
    )
    return Spread(code, whole, tuple(groups), tuple(groups), (Text("否", "no"), Text("是", "yes")))


def test_a_rise_in_the_declared_direction_agrees() -> None:
    risky = BY_CODE["C7_debt_ratio"]
    rising = by_grade(risky, grade_spread(risky.code, {"A": 0.3, "B": 0.4, "C": 0.5, "D": 0.6, "E": 0.7}))
    assert rising == Text(
        "中位数由 A 级 30%升至 E 级 70%，与“越高风险越大”一致。",
        "The median rises from 30% in A to 70% in E, as “higher is riskier” says.",
    )
    turning = by_grade(risky, grade_spread(risky.code, {"A": 0.3, "B": 0.6, "C": 0.4, "D": 0.6, "E": 0.7}))
    assert "但 B→C 反向" in turning.zh and "though B→C turns back" in turning.en


def test_a_fall_against_the_declared_direction_is_told() -> None:
    risky = BY_CODE["C7_debt_ratio"]
    assert "不符，宜检视" in by_grade(risky, grade_spread(risky.code, {"A": 0.7, "C": 0.5, "E": 0.3})).zh
    safe = BY_CODE["C2_paid_ratio"]
    assert "与“越低风险越大”一致" in by_grade(safe, grade_spread(safe.code, {"A": 0.7, "C": 0.5, "E": 0.3})).zh


def test_what_chance_may_give_is_no_finding() -> None:
    risky = BY_CODE["C7_debt_ratio"]
    assert "抽样误差之内" in by_grade(risky, grade_spread(risky.code, {"A": 0.50, "E": 0.51}, held=25)).zh
    flag = BY_CODE["C4_abnormal_active"]
    assert "within sampling error" in by_grade(flag, share_spread(flag.code, {"A": 5, "E": 8})).en
    assert "与“越高风险越大”一致" in by_grade(flag, share_spread(flag.code, {"A": 5, "E": 60})).zh


def test_small_grades_are_not_compared() -> None:
    flag = BY_CODE["C4_abnormal_active"]
    found = share_spread(flag.code, {"A": 1, "B": 2, "C": 9, "D": 9, "E": 9}, held=19)
    assert by_grade(flag, found) == indicator_findings.TOO_FEW and by_unit(flag, found) == indicator_findings.NO_UNITS


def test_neutral_and_constant_variants() -> None:
    neutral = next(i for i in INDICATORS if i.direction is Direction.NEUTRAL and i.unit == "次")
    assert "A 级 1 次最低，E 级 3 次最高" in by_grade(neutral, grade_spread(neutral.code, {"A": 1, "C": 2, "E": 3})).zh
    assert "相差不大" in by_grade(neutral, grade_spread(neutral.code, {"A": 1, "E": 1.001}, width=2)).zh
    same = share_spread("C4_abnormal_active", {"A": 0, "E": 0})
    same = Spread(same.code, same.whole, same.grades, same.units, same.classes[:1])
    assert "数值相同（否）" in by_grade(BY_CODE[same.code], same).zh


def test_units_stand_apart_at_three_standard_errors() -> None:
    flag = BY_CODE["C4_abnormal_active"]
    hits = dict.fromkeys(UNITS_OF_CITY, 20)
    assert "差别在抽样误差之内" in by_unit(flag, share_spread(flag.code, hits | {UNITS_OF_CITY[0]: 26})).zh
    apart = by_unit(flag, share_spread(flag.code, hits | {UNITS_OF_CITY[0]: 80}))
    assert f"的：{UNITS_OF_CITY[0]} 40.0%；各单位均无缺失。" in apart.zh
    alone = share_spread(flag.code, {UNITS_OF_CITY[0]: 4})
    assert "没有可比的其他单位" in by_unit(flag, alone).zh


# ---- the list and what an address asks for


def test_an_address_asks_only_for_what_there_is() -> None:
    assert Asked.parse({"code": "DROP TABLE", "dimension": "x", "q": "a\0b" + "长" * 99}) == Asked(
        q=("a b" + "长" * 99)[:60]
    )
    assert Asked.parse({"code": "C7_debt_ratio", "dimension": "growth"}) == Asked("C7_debt_ratio", "", "growth")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("资产负债率", "C7_debt_ratio"), ("debt RATIO", "C7_debt_ratio"), ("c7_debt", "C7_debt_ratio"), ("四(三)2(7)", "C7_debt_ratio"),
        ("annual_report", "C7_debt_ratio"), ("年报 资产", "C7_debt_ratio"), ("654号", "C7_report_missing_3y"), ("RL-02", "F_licence_revoked_by_penalty_3y"),
        ("ｄｅｂｔ", "C7_debt_ratio"),
    ],
)  # fmt: skip
def test_search_looks_at_title_code_clause_and_feed(catalogue: tuple[Entry, ...], text: str, code: str) -> None:
    assert code in {e.code for e in indicator_catalogue.found(catalogue, Asked(q=text))}


def test_the_list_is_ordered_counted_and_opens_one(built: Library, catalogue: tuple[Entry, ...]) -> None:
    weights = indicator_weights.weights(built.reader(SUPERVISOR))
    view = indicator_list.indicator_list(catalogue, weights, {})
    assert len(view.rows) == len(ALL) == sum(c.count or 0 for c in view.choices) and view.place == 0
    for _, group in itertools.groupby(view.rows, key=lambda r: r.entry.group):
        points = [r.weight.points or 0.0 for r in group]
        assert points == sorted(points, reverse=True)
    assert [g for g, _ in itertools.groupby(r.entry.group for r in view.rows)] == list(GROUPS)
    growth = indicator_list.indicator_list(catalogue, weights, {"dimension": "growth", "code": "C4_penalty_count_3y"})
    assert {r.entry.group for r in growth.rows} == {"growth"} and growth.choices == view.choices
    assert growth.opened.entry.code == "C4_penalty_count_3y" and growth.place is None
    nothing = indicator_list.indicator_list(catalogue, weights, {"q": "没有这样的指标"})
    assert not nothing.rows and nothing.opened.entry == catalogue[0] and "没有这样的指标" in nothing.sentence.zh


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_holds_the_whole_catalogue(built: Library, catalogue: tuple[Entry, ...], language: str) -> None:
    view = indicator_list.indicator_list(catalogue, indicator_weights.weights(built.reader(SUPERVISOR)), {})
    made = indicator_list.batches(view, language).read_all().to_pandas()
    assert list(made.columns) == [c.key for c in indicator_list.columns()] and list(made["code"]) == [
        r.entry.code for r in view.rows
    ]
    assert made["definition"].str.len().min() > 0 and made.loc[made["code"] == LACKING, "missing"].isna().all()
    assert made["points"].notna().sum() == len(INDICATORS) - 1


def test_the_catalogue_has_words_for_everything(catalogue: tuple[Entry, ...]) -> None:
    assert [e.code for e in catalogue] == [i.code for i in ALL]
    for entry, indicator in zip(catalogue, ALL, strict=True):
        texts = [v for f in fields(entry) if isinstance(v := getattr(entry, f.name), Text)]
        assert all(t.zh and t.en for t in texts), entry.code
        assert indicator.unit in UNITS and entry.bases and entry.sources and entry.version == set_version((indicator,))
        assert all(b.clause and b.paper.zh for b in entry.bases)
        assert all(level_words(indicator, level).en != level for level in indicator.levels)
        assert "{" not in entry.reason.zh + entry.reason.en
    assert all(
        e.rules
        for e in catalogue
        if not e.is_scored and e.code not in ("F_business_licence_revoked", "F_left_register")
    )


def test_values_are_written_as_people_read_them() -> None:
    capital, growth, fines = (
        BY_CODE[c] for c in ("C2_reg_capital_log", "C7_revenue_growth", "C4_penalty_amount_3y_log")
    )
    assert value_words(capital, math.log1p(72.9932)) == Text("73 万元", "CNY 730,000")
    assert value_words(growth, -0.06) == Text("−6%", "−6%") and value_words(growth, None).zh == "—"
    assert value_words(BY_CODE["C7_insured_growth_1y"], 0.0).zh == "0%"
    assert range_words(fines, math.log1p(1.2), math.log1p(3.4)) == Text("1.2 – 3.4 万元", "CNY 12,000 – 34,000")
    assert value_words(BY_CODE["C7_lawsuit_amount_3y"], 0.0004).zh == "0.0004 倍"


@settings(max_examples=200, deadline=None)
@given(
    unit=st.sampled_from(sorted(UNITS)),
    low=st.floats(0, 20, allow_subnormal=False),
    span=st.floats(1e-3, 1e6, allow_subnormal=False),
)
def test_ticks_lie_on_the_scale_in_order(unit: str, low: float, span: float) -> None:
    if unit.startswith("ln"):
        low, span = low / 2, min(span, 12.0)
    found = indicator_scale.ticks(unit, low, low + span)
    slack = 1e-6 * (1 + low + span)
    assert found == sorted(found) and all(low - slack <= t <= low + span + slack for t in found)
    assert 1 <= len(found) <= 7


# ---- review, versions


@pytest.mark.parametrize(
    ("points", "psi", "expected"), [(0.1, 0.3, True), (0.1, 0.2, False), (5.0, 0.9, False), (0.1, None, False)]
)
def test_hardly_any_effect_and_moved_values_ask_for_a_review(points: float, psi: float | None, expected: bool) -> None:
    weight = Weight("x", 0.0, points, 0.1, 1, 0.1, None if psi is None else Shift(psi, 0.01, True))
    assert weight.needs_review is expected


def test_drift_is_read_where_the_build_has_it(tables: World, tmp_path: Path, catalogue: tuple[Entry, ...]) -> None:
    drift = (
        "SELECT 'C7_debt_ratio' AS name, 0.4 AS psi, 0.02 AS critical, 10 AS bins, 5 AS then_rows, 5 AS now_rows, true AS is_alarm"
        " UNION ALL SELECT 'C2_age_years', NULL, NULL, 0, 0, 0, false"
    )
    library = opened(tmp_path, tables, {"drift": drift})
    weights = indicator_weights.weights(library.reader(SUPERVISOR))
    library.close()
    assert (
        weights.by_code["C7_debt_ratio"].shift == Shift(0.4, 0.02, True)
        and weights.by_code["C2_age_years"].shift is None
    )
    row = next(Row(e, weights.by_code[e.code]) for e in catalogue if e.code == "C7_debt_ratio")
    psi = next(f for f in indicator_detail.figures(row, weights) if f.label.zh == "PSI")
    assert psi.value == "0.400" and psi.is_bad and weights.has_drift


CHANGELOG = """# Changelog
## [Unreleased]
### Added
- Indicator of nothing: not here.
### 指标与政策 / Indicators and policies
- `C7_debt_ratio`: bounded at 3,
  as the annual report allows.
- Grade policy: not about indicators.
## [0.1.0] - 2026-01-02
### 指标与政策 / Indicators and policies
- Indicator set: the first one, see [indicators](docs/x.md).
"""


def test_versions_come_from_issued_grades_and_the_change_log(tables: World, tmp_path: Path) -> None:
    history = """SELECT * FROM (VALUES
        (DATE '2020-08-01', 'F0001', 'old', false, 'b0', TIMESTAMP '2020-08-01 02:00:00'),
        (DATE '2020-09-01', 'F0001', 'old', false, 'b1', TIMESTAMP '2020-09-01 02:00:00'),
        (DATE '2019-09-01', 'F0001', 'old', true, 'b1', TIMESTAMP '2020-09-01 02:00:00'),
        (DATE '2020-10-01', 'F0002', 'now', false, 'b2', TIMESTAMP '2020-10-01 02:00:00')
        ) t(as_of, uscc, indicator_set, is_backcast, build_id, issued_at)"""
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    library = opened(tmp_path, tables, {"grade_history": history})
    log = indicator_versions.change_log(library.reader(SUPERVISOR), tmp_path / "CHANGELOG.md")
    library.close()
    now, old = log.versions
    assert (now.id, now.first, now.builds, now.is_current) == ("now", date(2020, 9, 30), 2, True)
    assert (old.id, old.first, old.builds, old.is_current) == ("old", date(2020, 7, 31), 2, False)
    assert log.current is now and log.is_ahead and log.declared == set_version(INDICATORS)
    assert [c.words for c in log.of("C7_debt_ratio")] == [
        "C7_debt_ratio: bounded at 3, as the annual report allows.", "Indicator set: the first one, see indicators.",
    ]  # fmt: skip
    assert [c.release for c in log.of("C2_age_years")] == ["0.1.0"]


def test_every_field_says_what_it_is() -> None:
    for module in MODULES:
        for view in (v for v in vars(module).values() if is_dataclass(v) and v.__module__ == module.__name__):
            for f in fields(view):
                assert {"label", "help"} <= f.metadata.keys(), f"{view}.{f.name}"


def test_nobody_in_scope_is_told(tables: World, tmp_path: Path) -> None:
    nobody = {**tables, "enterprise": tables["enterprise"].assign(is_counted=False)}
    library = opened(tmp_path, nobody)
    read = library.reader(SUPERVISOR)
    weights = indicator_weights.weights(read)
    found = spread_of(read, CITY, BY_CODE["C7_debt_ratio"])
    library.close()
    assert isinstance(weights, Weights) and weights.firms == 0 and weights.by_code["C7_debt_ratio"].missing is None
    assert found and found.is_empty and by_grade(BY_CODE["C7_debt_ratio"], found) == indicator_findings.NOBODY
