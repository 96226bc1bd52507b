"""The table of counties: its columns, its rows, and where each cell leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pages.views import funnel
from pages.views.counties import County
from pages.views.listings import Column, Listing
from pages.views.ways import Way
from pipeline.domain import Text

COLUMNS = {
    "label": Column(
        Text("单位", "Unit"),
        Text("管辖单位；点名称，下方只看该单位", "Jurisdiction unit; a click shows it alone below"),
        "text",
        None,
    ),
    "lagging": Column(
        Text("落后项", "Lagging"),
        Text(
            "▲ D、E 占比超出全市 2σ 界限；▼ 抽查低于全市 10 个百分点以上（待确认）、记名率低于 80%、迟报超出全市 2σ 界限；另列逾期预警件数",
            "▲ D and E beyond the city's 2σ limit; ▼ checks more than 10 points below the city (to be confirmed), named rate"
            " below 80%, late reports beyond the city's 2σ limit; and the number of late warnings",
        ),
        "tags",
        118,
    ),
    "enterprises": Column(
        Text("在营", "Active"), Text("应分级的在营企业，户", "Active enterprises due for a grade"), "count", 54
    ),
    "risky": Column(Text("D、E %", "D+E %"), Text("D、E 级 ÷ 已分级企业", "D and E ÷ graded"), "percent", 56),
    "named": Column(
        Text("记名 %", "Named"),
        Text(
            "记名率 %，本单位报送、近 12 个月；全市为全部来源",
            "%; the unit's own reports, 12 months; city: all sources",
        ),
        "percent",
        58,
    ),
    "timely": Column(
        Text("7日 %", "7 days"),
        Text(
            "7 个工作日内归集 %，本单位报送、近 12 个月；全市为全部来源",
            "% received within 7 working days; the unit's own reports, 12 months; city: all sources",
        ),
        "percent",
        56,
    ),
    "checks": Column(
        Text("抽查完成", "Checks"), Text("已录入结果 ÷ 已抽取任务，%", "Tasks with a result ÷ drawn, %"), "progress", 72
    ),
    "cases": Column(Text("预警", "Cases"), Text("未结预警，件", "Open warnings"), "count", 42),
    "critical": Column(Text("重大", "Crit"), Text("未结的重大预警，件", "Open critical warnings"), "count", 42),
}
"""The columns of the table, by their keys."""


def listing(rows: Sequence[County]) -> Listing:
    """The table: small groups have no share, a unit without own reports no rate."""
    return Listing(tuple(COLUMNS.values()), tuple(_row(c) for c in rows))


def _row(county: County) -> tuple[Any, ...]:
    risky = county.risky_share if county.graded >= funnel.SMALL_GROUP else None
    done = county.tally.done_share
    shares = (risky, *(p.share if p.whole >= funnel.SMALL_GROUP else None for p in (county.named, county.timely)), done)
    percents = tuple(None if s is None else round(100 * s, 1) for s in shares)
    tags = county.tags if county.code else ()
    return (county.label, tags, county.enterprises, *percents, county.tally.cases, county.tally.critical)


def way(county: County, place: int) -> Way | None:
    """Where the cell in the column `place` leads: the list behind it; None for the unit's name and lagging points."""
    column = list(COLUMNS)[place]
    unit = {"unit": county.code} if county.code else {}
    pages = {
        "enterprises": ("enterprises", unit),
        "risky": ("enterprises", unit | {"grade": "D,E"}),
        "checks": ("enterprises", unit | {"task": "open"}),
        "cases": ("warnings", unit),
        "critical": ("warnings", unit | {"level": "3"}),
    }
    if column in pages:
        page, query = pages[column]
        return Way(county.label, page, query)
    return Way(county.label, query=unit, drawer=column) if column in ("named", "timely") else None
