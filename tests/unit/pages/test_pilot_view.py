"""The pilot page's view model: what it counts, what it concludes, and what it does not conclude."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import insert

from models.policy.estimate import wilson
from pages.views import check_rates, composition, counties, county_table, kpis, monthly, phases, pilot_words, ways
from pages.views import pilot as views
from pages.views.check_rates import CheckRates, GradeRate
from pages.views.counties import Tally
from pages.views.grades import Mix
from pages.views.monthly import Monthly, Part
from pages.views.pilot import Cases, Draws, Facts, Pilot
from pipeline.domain import Text
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.pilot import Light
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations.draw_counts import draws_revision
from pipeline.stores.operations.schema import CHECK_RESULT, CHECK_TASK, DRAW, DRAW_FIRM, WARNING_CASE
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import TaskState, set_task
from pipeline.stores.reader import open_library
from tests.accounts import actor
from tests.small_city import TODAY, SmallCity

MODULES = (check_rates, composition, counties, kpis, monthly, phases, pilot_words, views, ways)
AS_OF = date(2020, 10, 16)


@pytest.fixture
def operations(small: SmallCity) -> Iterator[Operations]:
    """A store in which nobody has done anything: the cases that the build opened are gone."""
    for file in small.settings.operations.parent.glob(small.settings.operations.name + "*"):
        file.unlink()
    opened = Operations.open(small.settings)
    yield opened
    opened.close()


def facts_of(settings: Settings) -> Facts:
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library is not None
    found = views.facts(library.reader(actor(Role.LEADER, settings.city)), settings)
    library.close()
    return found


@pytest.fixture(scope="module")
def found(tiny: Settings) -> Facts:
    return facts_of(tiny)


def page(found: Facts, operations: Operations) -> Pilot:
    who = actor(Role.LEADER, operations.settings.city)
    return views.pilot(found, views.draws(operations, who), views.cases(operations, who), operations, who)


def rate(grade: str, problems: int, checks: int) -> GradeRate:
    low, high = wilson(problems, checks)
    return GradeRate(grade, checks, problems / checks, low, high)


def rates(*rows: GradeRate) -> CheckRates:
    return CheckRates(rows, check_rates.PAST, check_rates.HISTORIC, date(2020, 1, 1))


def test_every_field_says_what_it_is() -> None:
    for module in MODULES:
        for view in (v for v in vars(module).values() if is_dataclass(v) and v.__module__ == module.__name__):
            for f in fields(view):
                assert {"label", "help"} <= f.metadata.keys(), f"{view}.{f.name}"


def test_a_small_city_before_any_draw_or_warning(found: Facts, operations: Operations) -> None:
    view = page(found, operations)
    by_key = {k.key: k for k in view.kpis}
    assert [k.key for k in view.kpis] == ["graded", "named", "timely", "checks", "risky", "cases"]
    assert by_key["graded"].value == "100.0%" and by_key["graded"].delta == "0"
    assert by_key["checks"].value == "—" and by_key["checks"].remark == Text("尚未举行抽取", "no draw held yet")
    assert by_key["cases"].value == "0" and not by_key["cases"].is_bad
    assert [c.code for c in view.counties] == [*(u.code for u in operations.settings.city.units), ""]
    city = view.counties[-1]
    assert city.enterprises == sum(c.enterprises for c in view.counties[:-1]) > 0
    assert all(c.shape for c in view.counties[:7]) and view.counties[7].shape is None
    assert len(view.rates) == 1
    assert all(c.level is None for c in view.counties[:-1] if c.graded < 20)


def test_the_small_city_shows_no_share_of_a_small_group(found: Facts, operations: Operations) -> None:
    table = county_table.listing(page(found, operations).counties)
    keys = list(county_table.COLUMNS)
    assert all(row[keys.index("risky")] is None for row in table.rows[:-1])
    assert all(len(row) == len(table.columns) for row in table.rows)


def test_the_lower_row_of_city_and_unit(found: Facts) -> None:
    for unit in ("", "TH-DC", "TH-ZS"):
        for by in pilot_words.ways_to_break_down(unit):
            for what in pilot_words.TRENDS:
                row = views.comparison(found, unit, by, what)
                assert len(row.groups) == len(row.levels)
                assert row.composition.finding.zh and row.migration.finding.en and row.trend.words.finding.zh
    assert "unit" not in pilot_words.ways_to_break_down("TH-DC")
    moved = views.comparison(found, "", "unit", "risky").moved
    assert moved is not None and moved.size == moved.better + moved.worse + sum(moved.counts[i][i] for i in range(5))


def test_an_empty_build_says_so_everywhere(found: Facts, operations: Operations) -> None:
    nothing = replace(
        found,
        register={},
        grades=composition.Composition({}, (), {}, {}, {}, None),
        found=monthly.Gathered({}, {}, ()),
        rates=rates(),
        agreement=(0, 0),
        coverage=None,
        outlines={},
    )
    view = page(nothing, operations)
    assert [k.value for k in view.kpis] == ["—", "—", "—", "—", "—", "0"]
    assert view.on_counties.finding == Text("没有单位落后。", "No unit lags.")
    assert view.on_rates[0].finding == check_rates.NONE_YET
    row = views.comparison(nothing, "", "unit", "named")
    assert row.moved is None and not row.trend.points
    assert "没有 20 户以上" in row.composition.finding.zh and "没有同类得分" in row.migration.finding.zh
    assert {c.light for c in view.line.chips} == {Light.EARLY, Light.ON_TIME}


def test_draws_and_warnings_count_where_they_belong(found: Facts, operations: Operations) -> None:
    before = draws_revision(operations)
    hold_a_draw(operations)
    assert draws_revision(operations) != before
    open_cases(operations)
    view = page(found, operations)
    by_unit = {c.code: c for c in view.counties}
    assert (by_unit["TH-LH"].tally.planned, by_unit["TH-LH"].tally.done) == (60, 12)
    assert (by_unit["TH-MH"].tally.planned, by_unit["TH-MH"].tally.done) == (60, 48)
    assert by_unit["TH-LH"].is_behind and not by_unit["TH-MH"].is_behind
    assert by_unit["TH-DC"].tally == Tally(cases=2, critical=1, overdue=1)
    assert "overdue" in by_unit["TH-DC"].lagging and Text("逾期 1", "Late 1") in by_unit["TH-DC"].tags
    by_key = {k.key: k for k in view.kpis}
    assert by_key["checks"].value == "50.0%" and by_key["checks"].note == Text("60 / 120", "60 / 120")
    assert by_key["cases"].value == "2" and by_key["cases"].is_bad
    assert by_key["cases"].series[-2:] == (3.0, 2.0)
    assert len(view.rates) == 2 and view.rates[0].method == check_rates.DRAWN
    assert "落后" in view.on_counties.finding.zh


def test_a_task_that_the_office_settled_is_done(found: Facts, operations: Operations) -> None:
    office = actor(Role.SUPERVISOR, operations.settings.city)
    set_task(operations, office, "T10", TaskState.FILED, evidence="补报", done_on=date(2020, 6, 29))
    line = page(found, operations).line
    chip = line.chip("T10")
    assert chip is not None and chip.light is Light.DONE and chip.when == Text("2020-06-29 完成", "done on 2020-06-29")
    assert "T10" not in {c.id for c in line.urgent} and line.chip("T99") is None
    assert sum(n for _, n in line.lights) == 16


@pytest.mark.parametrize(
    ("day", "now"),
    [
        (date(2020, 4, 30), "方案制定、制度完善交接之日"),
        (date(2020, 7, 1), "当前阶段，已过 0 天，余 152 天"),
        (date(2020, 11, 30), "当前阶段，已过 152 天，余 0 天"),
        (date(2020, 12, 1), "当前阶段，已过 0 天，余 30 天"),
        (date(2020, 3, 1), "试点尚未开始"),
        (date(2021, 2, 1), "试点已结束"),
    ],
)
def test_the_time_line_on_the_days_that_matter(found: Facts, operations: Operations, day: date, now: str) -> None:
    (operations.settings.var / "today").write_text(f"{day}\n")
    line = page(found, operations).line
    assert line.today == day and line.now.zh == now
    assert line.remark is not None and "11月31日" in line.remark.zh
    late = {c.id for c in line.chips if c.light is Light.LATE}
    assert ("T11" in late) == (day > date(2020, 11, 30))
    assert line.chip("T07").light is Light.DONE  # type: ignore[union-attr]


def test_findings_say_no_more_than_the_intervals_do() -> None:
    apart = rates(rate("A", 20, 1000), rate("C", 100, 1000), rate("E", 400, 1000))
    assert apart.finding.zh.endswith("分类有效。") and "20.0 倍" in apart.finding.zh and apart.rising == 1
    overlap = rates(rate("A", 20, 200), rate("B", 25, 200), rate("E", 100, 200))
    assert "A–B 区间重叠" in overlap.finding.zh
    chance = rates(rate("A", 10, 40), rate("E", 12, 40))
    assert "尚不能说分级有效" in chance.finding.zh
    wobble = rates(rate("A", 20, 200), rate("B", 19, 200), rate("E", 100, 200))
    assert "抽样误差之内" in wobble.finding.zh and wobble.rising == 0.5
    broken = rates(rate("A", 20, 1000), rate("B", 300, 1000), rate("C", 100, 1000))
    assert "C 低于 B" in broken.finding.zh and "指标需检视" in broken.finding.zh
    clean = rates(rate("A", 0, 500), rate("E", 100, 200))
    assert "A 级没有发现问题" in clean.finding.zh
    assert rates(rate("A", 1, 10)).finding == check_rates.NONE_YET and rates(rate("A", 1, 10)).rising is None
    assert "不足两个" in rates(rate("A", 1, 30)).finding.zh


def test_the_order_of_ratios_is_that_of_each_draw() -> None:
    strata = pd.DataFrame(
        [("1", "A", 100, 2), ("1", "B", 100, 5), ("1", "E", 10, 10), ("2", "A", 100, 9), ("2", "B", 100, 5)],
        columns=["draw_id", "grade", "size", "drawn"],
    )
    assert check_rates.ratio_order(strata) == 0.5
    assert check_rates.ratio_order(strata[strata["draw_id"] == "1"]) == 1.0
    assert check_rates.ratio_order(strata.iloc[:0]) is None


def test_trailing_months_and_their_change() -> None:
    series = Monthly(tuple((monthly.months_before(date(2020, 10, 1), n), Part(n, 10)) for n in range(20, -1, -1)))
    assert series.until(date(2020, 10, 1)) == Part(sum(range(12)), 120)
    assert series.recent(date(2020, 10, 1))[0][0] == date(2020, 4, 1)
    assert monthly.months_before(date(2020, 1, 1), 1) == date(2019, 12, 1)
    assert monthly.month_of(date(2020, 10, 1)) == date(2020, 9, 1)


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [(0.5, 0.45, "+5.0"), (0.45, 0.5, "-5.0"), (0.5, 0.5, "0"), (None, 0.5, None), (0.5, None, None)],
)
def test_changes_are_points_with_an_ascii_sign(now: Any, before: Any, said: str | None) -> None:
    assert kpis.change(now, before) == said


def test_the_month_end_before_is_what_a_change_is_against() -> None:
    dates = [date(2020, 8, 1), date(2020, 9, 1), date(2020, 10, 1), date(2020, 10, 10)]
    assert composition.month_end(AS_OF, dates) == date(2020, 10, 1)
    assert composition.month_end(date(2020, 10, 1), dates[:2]) == date(2020, 9, 1)
    assert composition.month_end(AS_OF, []) is None


def test_each_number_of_the_table_leads_to_its_rows(found: Facts, operations: Operations) -> None:
    view = page(found, operations)
    ways_of = [county_table.way(view.counties[4], n) for n in range(len(county_table.COLUMNS))]
    assert [w and (w.page or w.drawer) for w in ways_of] == [
        None, None, "enterprises", "enterprises", "named", "timely", "enterprises", "warnings", "warnings",
    ]  # fmt: skip
    assert all(w is None or w.query["unit"] == "TH-LH" for w in ways_of)
    for way in ways_of[4:6]:
        assert way is not None
        title, table = views.sources(found, way)
        assert "柳河" in title.zh and all(len(r) == len(table.columns) for r in table.rows)


def test_shares_of_one_unit_and_groups_of_the_rest() -> None:
    groups = {letter: (10 - n, 0, 0, n, 0) for n, letter in enumerate("ABCDEFGHIJ")} | {"": (5, 0, 0, 0, 0)}
    mixes = composition._groups(groups, {})
    assert len(mixes) == composition.SHOWN_GROUPS + 1 and mixes[-1].label == composition.OTHERS
    assert sum(m.size for m in mixes) == 105
    assert isinstance(mixes[0], Mix) and mixes[0].risky_share == max(m.risky_share or 0 for m in mixes)


def test_a_deployment_without_shapes_has_a_map_of_tiles(tmp_path: Any) -> None:
    assert counties.shapes(tmp_path) == {}
    assert set(counties.shapes(DEFAULT_DATA / "reference")) >= {"220502", "220581"}


def hold_a_draw(operations: Operations) -> None:
    """A draw with 60 tasks in each of two units, a fifth of them done in one and four fifths in the other."""
    at = datetime(2020, 9, 3, 10)
    common = {
        "title": "抽查",
        "plan": "{}",
        "policy_id": "x",
        "build_id": "b",
        "frame_hash": "h",
        "seed": "s",
        "inspectors": "{}",
    }
    with operations.transaction() as transaction:
        transaction.execute(
            insert(DRAW).values(
                draw_id="D1", as_of=AS_OF, due_on=date(2020, 10, 31), user="u", business_at=at, wall_at=at, **common
            )
        )
        for unit, every in (("TH-LH", 5), ("TH-MH", 0)):
            for n in range(60):
                task = f"D1-{unit}-{n}"
                grade = "A" if n % 2 else "E"
                transaction.execute(
                    insert(DRAW_FIRM).values(
                        draw_id="D1", uscc=task, unit=unit, grade=grade, part="", probability=1.0, is_drawn=True
                    )
                )
                transaction.execute(
                    insert(CHECK_TASK).values(
                        task_id=task,
                        draw_id="D1",
                        uscc=task,
                        entity_name="某企业",
                        unit=unit,
                        grade=grade,
                        item_code="i",
                        items="i",
                        required_mode="1",
                        modes="1",
                        due_on=date(2020, 10, 31),
                    )
                )
                if (n % 5 == 0) if every else (n % 5 != 0):
                    transaction.execute(
                        insert(CHECK_RESULT).values(
                            task_id=task,
                            version=1,
                            checked_on=at.date(),
                            check_mode="1",
                            user="u",
                            note="",
                            result="06" if grade == "E" else "01",
                            business_at=at,
                            wall_at=at,
                        )
                    )


def open_cases(operations: Operations) -> None:
    """Two open cases of one unit, one of them critical and late, and one that was closed this month."""
    for n, (level, state, closed) in enumerate(((3, "WAITING", None), (1, "REPORTED", None), (1, "CLOSED", TODAY))):
        with operations.transaction() as transaction:
            transaction.execute(
                insert(WARNING_CASE).values(
                    case_id=f"c{n}",
                    rule="W02",
                    level=level,
                    subject="x",
                    unit="TH-DC",
                    detail="{}",
                    state=state,
                    opened_on=date(2020, 9, 1),
                    opened_in="b",
                    accept_due=date(2020, 9, 2),
                    verify_due=date(2020, 9, 9),
                    dispose_due=date(2020, 9, 20),
                    is_extended=False,
                    escalates_at_once=False,
                    closed_on=closed,
                    version=1,
                )
            )


def test_what_nobody_did_is_nothing() -> None:
    assert Draws({}, (), None, None).rates is None and Cases({}, ()).open == ()
