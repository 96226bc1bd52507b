"""The status page's view model: what it counts, what it concludes, and that each field says what it is."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path

import pytest

from pages.views import conclusions, gathering, grades, listings, strip
from pages.views import status as views
from pages.views.status import Status, status
from pipeline.domain import Text
from pipeline.settings import City
from tests.public_tables import Reader, city_file

MODULES = (gathering, grades, listings, strip, views)


def city(folder: Path, *, expected: bool = True) -> City:
    return City.load(city_file(folder, expected=expected) / "city.toml")


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Status:
    return status(Reader(), city(tmp_path_factory.mktemp("city")))  # type: ignore[arg-type]


@pytest.fixture
def bare(tmp_path: Path) -> Status:
    return status(Reader(filled=False), city(tmp_path, expected=False))  # type: ignore[arg-type]


def test_the_day_printed_is_the_last_one_that_is_known(view: Status) -> None:
    assert view.build.as_of == date(2020, 10, 16)
    assert view.build.last_known == date(2020, 10, 15)
    assert view.build.seconds == 22.0
    assert view.build.model_id == "—"


def test_enterprises_without_a_grade_count_as_due(view: Status) -> None:
    assert view.figures.enterprises == 224
    assert view.grades.city.counts == (128, 30, 10, 50, 2)
    assert view.figures.graded_share == pytest.approx(220 / 224)
    assert view.figures.risky_share == pytest.approx(52 / 220)


def test_units_stand_from_the_highest_share_down(view: Status) -> None:
    assert [m.label.zh for m in view.grades.units] == ["西县局", "东县局"]
    assert [m.size for m in view.grades.units] == [108, 112]
    assert view.grades.unit_levels == (2, -2)
    assert view.about_units.zh == "D、E 占比全市 23.6%；偏高：西县局 37.0%；偏低：东县局 10.7%。"


def test_sectors_compare_with_the_same_sector_of_the_city(view: Status) -> None:
    trade = next(s for s in view.grades.sectors if s.whole.label.zh == "批发零售")
    hotels = next(s for s in view.grades.sectors if s.whole.label.zh == "住宿餐饮")
    assert [c.label.zh if isinstance(c, grades.Mix) else c.zh for c in view.grades.columns] == ["东县局", "西县局"]
    assert [(c.size, c.risky) for c in trade.cells] == [(100, 10), (100, 40)]
    assert trade.cells[1].level == 2
    assert hotels.cells[0].level is None, "twelve enterprises are not compared"
    assert hotels.cells[1].size == 0
    assert "西县局·批发零售 40.0%" in view.about_sectors.zh


def test_enterprises_without_a_sector_are_among_the_others(view: Status) -> None:
    assert view.grades.sectors[-1].whole.label == grades.OTHERS
    assert view.grades.sectors[-1].whole.size == 8


def test_earlier_dates_are_backcast_and_changes_in_points(view: Status) -> None:
    assert [(p.mix.label.zh, p.is_backcast) for p in view.grades.periods] == [
        ("2020-08-31", True),
        ("2020-10-15", False),
    ]
    assert view.grades.changes[0] == pytest.approx(100 * (128 / 220 - 0.70))
    assert view.about_periods.zh == "D、E 占比自 2020-08-31 的 30.0% 降至 23.6%（−6.4 点）。"


def test_the_named_rate_covers_twelve_months_and_all_unmatched_records(view: Status) -> None:
    penalty = next(f for f in view.gathering.feeds if f.label.en == "Administrative penalties")
    assert penalty.named is not None
    assert (penalty.named.records, penalty.named.by_code, penalty.named.named) == (100, 50, 70)
    assert view.figures.named_rate == pytest.approx(170 / 200)
    assert view.about_named.zh.startswith("2 类中 1 类达到 80%")


def test_delivered_rows_are_the_sum_of_their_outcomes(view: Status) -> None:
    outcome = view.gathering.outcome
    assert (outcome.delivered, outcome.accepted, outcome.quarantined, outcome.gap) == (255, 190, 51, 0)
    assert [n for _, n in strip.terms(view)] == [255, 190, 7, 3, 4, 51]
    assert strip.verdict(view).zh == "✓ 相等"


def test_rows_that_no_outcome_explains_are_called_out(tmp_path: Path) -> None:
    reader = Reader()
    reader.execute("UPDATE delivery SET accepted = 80 WHERE delivery_no = 1")
    view = status(reader, city(tmp_path))  # type: ignore[arg-type]
    assert strip.verdict(view).zh == "▲ 差 10 行"


def test_a_feed_is_complete_if_every_unit_due_is_in_time(view: Status) -> None:
    state = {f.label.en: (f.units, f.units_expected) for f in view.gathering.feeds}
    assert state == {"Administrative penalties": (1, 2), "Complaints and reports": (2, 2)}
    assert (view.gathering.complete, view.gathering.expected) == (1, 2)
    assert view.gathering.feeds[0].is_missing, "the incomplete feed stands first"
    assert view.answer.zh.startswith("应报 2 类信息到齐 1 类，未到齐：行政处罚信息；224 户")


def test_files_set_aside_are_named_with_their_reason(view: Status) -> None:
    assert [(f.file_name, f.reason) for f in view.gathering.set_aside] == [
        ("list.xlsx", "没有匹配的数据契约"),
        ("p2.csv", "缺少必需列"),
    ]
    assert view.gathering.set_aside[0].feed == gathering.UNRECOGNISED
    assert view.about_set_aside.zh == "2 个文件共 45 行整件搁置，计入隔离。"


def test_rules_that_moved_a_grade_and_agreement(view: Status) -> None:
    assert view.grades.moved == (("RL-07", 12), ("RL-01", 3))
    assert view.grades.agreement == (30, 40)
    assert "RL-07（12 户）" in view.about_grades.zh and "75.0%" in view.about_grades.zh


def test_the_strip_marks_only_missed_targets(view: Status) -> None:
    figures = strip.strip(view)
    assert [f.label.zh for f in figures if f.is_bad] == ["信息到齐"]
    assert [f.value for f in figures] == ["224", "98.2%", "23.6%", "1 / 2", "85.0%", "2", "255", "20.0%"]


def test_every_list_row_has_a_cell_for_each_column(view: Status) -> None:
    for listing in (listings.feeds(view.gathering), listings.set_aside(view.gathering)):
        assert listing.rows and all(len(row) == len(listing.columns) for row in listing.rows)


def test_an_empty_build_is_told_in_words(bare: Status) -> None:
    assert bare.answer.zh == "本部署未设应报清单，无从判断是否到齐；尚无企业参与分级。"
    assert bare.about_units == bare.about_sectors == bare.about_periods == bare.about_grades == conclusions.NO_GRADES
    assert bare.about_feeds.zh == "尚未接收任何文件。"
    assert bare.about_set_aside.zh == "没有被搁置的文件。"
    assert [f.value for f in strip.strip(bare)] == ["0", "—", "—", "—", "—", "0", "0", "—"]
    assert not any(f.is_bad for f in strip.strip(bare))


def test_without_quarantine_the_sentence_is_neutral(tmp_path: Path) -> None:
    reader = Reader()
    reader.execute("UPDATE delivery SET accepted = accepted + quarantined, quarantined = 0")
    reader.execute("UPDATE coverage SET covered_to = '2020-12-01'")
    view = status(reader, city(tmp_path))  # type: ignore[arg-type]
    assert view.about_feeds == Text("没有一行被隔离。", "No row was quarantined.")
    assert view.answer.zh.startswith("应报 2 类信息全部到齐")


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [(0, 0, "—"), (0, 9, "0.0%"), (1, 9000, "<0.1%"), (8999, 9000, ">99.9%"), (9, 9, "100.0%"), (1, 3, "33.3%")],
)
def test_a_share_says_none_or_all_only_of_none_and_all(part: int, whole: int, written: str) -> None:
    assert conclusions.portion(part, whole) == written


@pytest.mark.parametrize("module", MODULES)
def test_every_field_of_a_view_has_a_label_and_a_help_in_both_languages(module: object) -> None:
    views_here = [
        v for v in vars(module).values() if isinstance(v, type) and is_dataclass(v) and v.__module__ == module.__name__
    ]  # type: ignore[attr-defined]
    assert views_here
    for view in views_here:
        for field in fields(view):
            for kind in ("label", "help"):
                text = field.metadata[kind]
                assert text.zh and text.en, f"{view.__name__}.{field.name}"
