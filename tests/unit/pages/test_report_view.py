"""The report of the pilot says what the page says: every figure of it is one of the page's view; what can't be said is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.policy.estimate import wilson
from pages.views import (
    county_table,
    report,
    report_effect,
    report_evaluation,
    report_grades,
    report_model,
    report_pilot,
    report_tasks,
    report_warnings,
    report_work,
    reports,
)
from pages.views import pilot as page
from pages.views.check_rates import GradeRate
from pages.views.report import Block, Figure, Paragraph, Report, Table
from pages.views.report_model import Said
from pipeline.domain import Text
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.pilot import Light
from pipeline.settings import Settings
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations.case_rules import State
from pipeline.stores.operations.case_times import step_days
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import Library, ScopedReader, open_library
from tests.accounts import actor
from tests.small_city import SmallCity
from tests.unit.pages.test_pilot_view import hold_a_draw, open_cases

MODULES = (report, report_model, report_pilot, report_warnings, report_work, reports)


def opened(settings: Settings) -> Library:
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    assert library is not None
    return library


@pytest.fixture
def city(small: SmallCity) -> Iterator[tuple[Settings, ScopedReader, Operations, Actor]]:
    """The small city with a draw and a few cases, and a leader who looks at it."""
    library = opened(small.settings)
    operations = Operations.open(small.settings)
    hold_a_draw(operations)
    open_cases(operations)
    who = actor(Role.LEADER, small.settings.city)
    yield small.settings, library.reader(who), operations, who
    operations.close()
    library.close()


def blocks_of(made: Report) -> list[Block]:
    return [*made.blocks, *(b for appendix in made.appendices for b in appendix.blocks)]


def tables(made: Report) -> dict[str, Table]:
    return {b.caption.zh: b for b in blocks_of(made) if isinstance(b, Table)}


def cells(table: Table) -> list[tuple[str, ...]]:
    return [tuple(c.zh for c in row) for row in table.rows]


def words(made: Report) -> str:
    return "\n".join(b.text.zh for b in blocks_of(made) if isinstance(b, Paragraph))


def test_every_field_says_what_it_is() -> None:
    for module in MODULES:
        for view in (v for v in vars(module).values() if is_dataclass(v) and v.__module__ == module.__name__):
            for f in fields(view):
                assert {"label", "help"} <= f.metadata.keys(), f"{view}.{f.name}"


def test_the_figures_are_the_pages(city: tuple[Settings, ScopedReader, Operations, Actor]) -> None:
    settings, read, operations, who = city
    found = page.facts(read, settings)
    view = page.pilot(found, page.draws(operations, who), page.cases(operations, who), operations, who)
    made = report_pilot.report(read, operations, who, found, view)
    of = tables(made)
    figures = cells(of["主要指标"])
    assert [r[0] for r in figures] == [k.label.zh for k in view.kpis]
    assert [r[1] for r in figures] == [k.value for k in view.kpis]
    assert [r[4] for r in figures] == [k.help.zh for k in view.kpis]
    for k in view.kpis:
        assert k.value in words(made)
        assert k.note is None or k.note.zh in " ".join(r[2] for r in figures)
    listing = county_table.listing(view.counties)
    for row, shown in zip(listing.rows, cells(of["各单位对比"]), strict=True):
        assert shown[0] == row[0].zh
        numbers = [("—" if v is None else f"{v:.1f}" if isinstance(v, float) else f"{v:,}") for v in row[2:]]
        assert list(shown[2:]) == numbers
    row = page.comparison(found, "", "unit", "named")
    for mix, shown in zip(row.groups, cells(of["各单位等级构成"]), strict=True):
        assert shown[:-1] == (mix.label.zh, *(f"{n:,}" for n in mix.counts), f"{mix.size:,}")
    assert row.moved is not None
    moves = cells(of["等级迁移"])
    assert [[int(c.replace("·", "0")) for c in r[1:-1]] for r in moves[:-1]] == [list(r) for r in row.moved.counts]
    assert view.on_rates[0].finding.zh in words(made)
    for rates in view.rates:
        assert rates.finding.zh in words(made)
        if not rates.rows:
            continue
        shown = cells(of[f"各等级问题发现率（{rates.name.zh}）"])
        assert [(r[0], r[1]) for r in shown] == [(r.grade, f"{r.checked:,}") for r in rates.rows]
        assert [r[2] for r in shown] == ["—" if r.is_small else f"{r.rate:.1%}" for r in rates.rows]


def test_every_task_stands_in_the_table_those_that_need_somebody_first(
    city: tuple[Settings, ScopedReader, Operations, Actor],
) -> None:
    settings, read, operations, who = city
    made = report_pilot.gather(settings, read, operations, who)
    rows = cells(tables(made)["16 项任务进展"])
    assert sorted(r[0] for r in rows) == [f"T{n:02d}" for n in range(1, 17)]
    order = [light.title.zh for light in report_tasks.ORDER]
    places = [order.index(re.sub(r"^[✓!▲◇] ", "", r[4])) for r in rows]
    assert places == sorted(places)
    said = words(made)
    assert "原文为11月31日" in said and "早于方案印发日（2020年7月27日）" in said
    late = [r for r in rows if Light.LATE.title.zh in r[4]]
    for row in late:
        assert f"{row[0]} " in said and row[2] in said
    assert not late or "逾期任务" in said


def test_warnings_add_up_to_the_pages_figure(city: tuple[Settings, ScopedReader, Operations, Actor]) -> None:
    settings, read, operations, who = city
    rows = report_warnings.by_level(operations, who)
    found = page.facts(read, settings)
    view = page.pilot(found, page.draws(operations, who), page.cases(operations, who), operations, who)
    whole = view.counties[-1].tally
    assert (rows[-1].open, rows[-1].late) == (whole.cases, whole.overdue)
    assert all(rows[-1].states[s] == sum(r.states.get(s, 0) for r in rows[:-1]) for s in State)
    made = report_pilot.report(read, operations, who, found, view)
    assert f"未结 {whole.cases:,} 件" in words(made)


def test_marks_and_provenance(city: tuple[Settings, ScopedReader, Operations, Actor]) -> None:
    settings, read, operations, who = city
    made = report_pilot.gather(settings, read, operations, who)
    assert [m.zh for m in made.marks] == ["仅供内部监管参考", "演示数据"]
    assert read.stamp.build_id[:8] in made.provenance.zh and who.name in made.provenance.zh
    assert "2020-10-15" in made.provenance.zh and made.remark.zh == "（数据截至2020年10月15日）"
    assert made.issuer == settings.city.bureau and made.dated.zh == "2020年10月15日"
    stamp = cells(tables(made)["数据与版本"])
    assert (stamp[0][0], stamp[1][1]) == ("数据性质", read.stamp.build_id)
    for text in all_words(made):
        assert bool(text.zh) == bool(text.en), text


def all_words(made: Report) -> Iterator[Text]:
    for b in blocks_of(made):
        if isinstance(b, Table):
            yield b.caption
            yield from (c.label for c in b.columns)
            yield from (c for row in b.rows for c in row)
        elif isinstance(b, Figure):
            yield from (b.caption, b.alt)
        else:
            yield b.text


def test_tables_are_whole(city: tuple[Settings, ScopedReader, Operations, Actor]) -> None:
    for made in (report_pilot.gather(*city), later(city)):
        for table in tables(made).values():
            assert all(len(row) == len(table.columns) for row in table.rows), table.caption.zh
            assert 0.97 < sum(c.share for c in table.columns) < 1.03, table.caption.zh


def later(city: tuple[Settings, ScopedReader, Operations, Actor], day: str = "2020-12-01") -> Report:
    settings, read, operations, who = city
    (settings.var / "today").write_text(f"{day}\n", encoding="utf-8")
    return report_evaluation.gather(settings, read, operations, who)


def test_the_evaluation_waits_for_the_last_phase(city: tuple[Settings, ScopedReader, Operations, Actor]) -> None:
    settings, read, operations, who = city
    found = page.facts(read, settings)
    view = page.pilot(found, page.draws(operations, who), page.cases(operations, who), operations, who)
    refused = report_evaluation.refusal(operations)
    assert refused is not None and "2020年12月1日" in refused.zh and "2020-10-15" in refused.en
    assert [o.kind for o in reports.offers(read, operations, who, found, view)] == ["pilot"]
    (settings.var / "today").write_text("2020-12-01\n", encoding="utf-8")
    assert report_evaluation.refusal(operations) is None
    assert [o.kind for o in reports.offers(read, operations, who, found, view)] == ["pilot", "evaluation"]


def test_the_evaluation_says_what_it_can_and_names_what_it_cannot(
    city: tuple[Settings, ScopedReader, Operations, Actor],
) -> None:
    made = later(city)
    said = words(made)
    assert "尚不能说明的" in [b.text.zh for b in made.blocks if isinstance(b, report.Heading)]
    assert "尚无学习模型" in said and "没有对照" not in said
    assert "预警准确率：已办结的预警不足 20 件" in said
    of = tables(made)
    assert "各等级问题发现率（双随机）" in of and "D、E 级提升" in of and "各月主要比率" in of
    by_measure = {r[0].split()[0]: r[2:] for r in cells(of["抽查方式的运用"])}
    assert set(by_measure) == {"INC-4", "DIS-4"} and by_measure["DIS-4"][0] == by_measure["DIS-4"][1]


def test_lift_and_misses_against_a_count_by_hand() -> None:
    checks = pd.DataFrame(
        [
            ("A", date(2020, 1, 1), 50, 5),
            ("A", date(2020, 7, 1), 30, 3),
            ("D", date(2020, 7, 1), 20, 10),
            ("E", date(2020, 7, 1), 10, 8),
        ],
        columns=["grade", "graded_on", "checks", "problems"],
    )
    strata = pd.DataFrame(
        [("A", 100, 10, 10, 1), ("D", 20, 20, 20, 10)], columns=["grade", "size", "drawn", "completed", "problems"]
    )
    drawn, past = report_effect.lift(checks, strata)
    assert past[2].rate == pytest.approx(18 / 30) and past[3].rate == pytest.approx(26 / 110)
    assert drawn[2].rate == pytest.approx(0.5) and drawn[3].rate == pytest.approx((100 * 0.1 + 20 * 0.5) / 120)
    *dates, whole = report_effect.misses(checks)
    assert [(d, r.problems, r.checked) for d, r in dates] == [("2020-01-01", 5, 50), ("2020-07-01", 3, 30)]
    assert (whole[1].problems, whole[1].checked) == (8, 80)
    assert report_effect.lift(checks.iloc[:0], strata.iloc[:0]) == [] and report_effect.misses(checks.iloc[2:]) == []


def test_the_days_of_a_step_are_working_days_since_the_step_before(
    city: tuple[Settings, ScopedReader, Operations, Actor],
) -> None:
    _, _, operations, who = city
    found = step_days(operations, who)
    assert list(found.columns) == ["case_id", "rule", "level", "step", "working_days"]
    assert (found["working_days"] >= 0).all()
    assert len(step_days(operations, actor(Role.ADMIN, operations.settings.city))) == 0


@st.composite
def graded(draw: st.DrawFn) -> tuple[GradeRate, ...]:
    rows = []
    for grade in draw(st.sets(st.sampled_from("ABCDE"))):
        checked = draw(st.integers(1, 400))
        problems = draw(st.integers(0, checked))
        low, high = wilson(problems, checked)
        rows.append(GradeRate(grade, checked, problems / checked, low, high))
    return tuple(sorted(rows, key=lambda r: r.grade))


@given(graded())
def test_neighbours_are_alike_or_apart_and_small_ones_are_not_named(rows: tuple[GradeRate, ...]) -> None:
    said = report_grades.apart(rows)
    fit = [r for r in rows if not r.is_small]
    pairs = list(pairwise(fit))
    for a, b in pairs:
        overlap = b.low <= a.high and a.low <= b.high
        assert (f"{a.grade} 与 {b.grade}" in said.zh) == overlap
    assert bool(said.zh) == (len(fit) > 1)
    named = "、".join(f"{a.grade}–{b.grade}" for a, b in pairs)
    assert not said.zh.startswith("相邻等级中") or report_grades.apart(rows, Text(named, named)).zh == ""


class Shelf:
    """A reader of two tables, as `drift` and `outcome_drift` of a build are."""

    def __init__(self, **tables: list[tuple[object, ...]]) -> None:
        self.tables = tables

    def has(self, table: str) -> bool:
        return table in self.tables

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return self.tables[sql.split(" FROM ")[1].split()[0]]


def test_drift_is_said_and_alarms_come_first() -> None:
    quiet = [(f"x{n}", 0.01 * n, 0.02, 100, 90, False) for n in range(30)]
    loud = ("credit_score", 0.3, 0.02, 100, 90, True)
    said = report_model.drift(Shelf(drift=[*quiet, loud]))  # type: ignore[arg-type]
    table = said.blocks[-1]
    assert isinstance(table, Table) and table.rows[0][0].zh == "信用得分" and "▲" in table.rows[0][-1].zh
    assert len(table.rows) == report_model.MOST_DRIFT_ROWS and "信用得分" in said.blocks[1].text.zh  # type: ignore[union-attr]
    assert report_model.drift(Shelf()) == Said((), (report_model.NO_DRIFT,))  # type: ignore[arg-type]
    assert report_model.drift(Shelf(drift=[])) == Said((), (report_model.NO_DRIFT,))  # type: ignore[arg-type]


def test_outcomes_that_nothing_was_expected_of_are_named_with_the_reason() -> None:
    rows: list[tuple[object, ...]] = [
        ("2020Q3", "random", 50, 20, 10.0, 4, 17, True, None, None),
        ("2020Q3", "special", 5, 1, None, None, None, False, "太少", "too few"),
    ]
    said = report_model.outcome(Shelf(outcome_drift=rows))  # type: ignore[arg-type]
    table = said.blocks[-1]
    assert isinstance(table, Table) and cells(table)[0][4] == "10.0（4–17）" and len(table.rows) == 1
    assert len(said.unsaid) == 1 and "太少" in said.unsaid[0].zh
    assert report_model.outcome(Shelf()) == Said((), (report_model.NO_OUTCOME,))  # type: ignore[arg-type]
    assert not report_model.outcome(Shelf(outcome_drift=rows[1:])).blocks  # type: ignore[arg-type]


def test_nothing_learned_and_no_drift_are_said(tiny: Settings) -> None:
    assert report_model.ranking(tiny) == Said((), (report_model.NOT_LEARNED,))
