"""What the heat map says where no cell lies beyond the limit: which is highest, and of how few."""

from __future__ import annotations

from pages.views import funnel
from pages.views.grades import Mix
from pages.views.sector_heat import Cell, Sector, _finding
from pipeline.domain import Text

UNITS = (Text("辉南县局", "Huinan County bureau"), Text("柳河县局", "Liuhe County bureau"))
WHOLE = Mix(Text("住宿餐饮", "Hotels, catering"), (300, 200, 94, 100, 62))


def cell(risky: int, size: int) -> Cell:
    return Cell(size, risky, funnel.level(risky, size, WHOLE.risky_share or 0))


def test_a_high_share_of_few_is_named_with_its_number() -> None:
    said = _finding((Sector("H", WHOLE, (cell(9, 23), cell(3, 18))),), UNITS)
    assert said.zh == "没有一格高于全市同业的 3σ 界限。最高的是辉南县局·住宿餐饮 39.1%，仅 9/23 户（全市同业 21.4%）。"
    assert said.en.endswith("Hotels, catering 39.1%, 9 of 23 (city 21.4%).")


def test_nothing_to_compare_says_only_that() -> None:
    assert _finding((Sector("H", WHOLE, (cell(3, 18), cell(0, 0))),), UNITS).zh == "没有一格高于全市同业的 3σ 界限。"


def test_the_same_share_of_many_is_beyond_the_limit() -> None:
    assert _finding((Sector("H", WHOLE, (cell(90, 230), cell(3, 18))),), UNITS).zh.startswith("▲ 1 格")
