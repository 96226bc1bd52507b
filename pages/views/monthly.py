"""Named rate and timeliness, month by month, by the unit that reports and by source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from models.summaries import own_units
from pages.views.fields import shown
from pages.views.listings import Column, Listing
from pipeline.domain import Text
from pipeline.feeds.catalogue import FEEDS
from pipeline.identity.ledger import UNATTACHED
from pipeline.settings import OWN_SUPPLIER, City
from pipeline.stores.reader import ScopedReader

WINDOW = 12
"""Months that a headline share looks back over, the current one included."""
SHOWN = 7
"""Months of a trend."""
WHOLE = ""
"""The key of the whole city beside the codes of its units."""
NAMED_TARGET = 0.80
"""Named rate to be reached by the end of 2020 (SEED 四(一)2)."""


DELIVERED_IN_TIME = f"SELECT * FROM timeliness WHERE supplier <> '{OWN_SUPPLIER}'"
"""Whether records came in time, without those entered in this system: nobody delivers them, so they are never late."""


@dataclass(frozen=True)
class Part:
    """A part of a whole."""

    part: int = field(metadata=shown("其中", "Part", "符合条件的记录", "Records that satisfy the condition"))
    whole: int = field(metadata=shown("记录", "Whole", "全部记录", "All records"))

    @property
    def share(self) -> float | None:
        """Part of whole, None of nothing."""
        return self.part / self.whole if self.whole else None

    def __add__(self, other: Part) -> Part:
        return Part(self.part + other.part, self.whole + other.whole)


NOTHING = Part(0, 0)


@dataclass(frozen=True)
class Monthly:
    """A share month by month."""

    months: tuple[tuple[date, Part], ...] = field(
        metadata=shown("各月", "Months", "当月收到的记录", "Records received in each month")
    )

    def until(self, month: date) -> Part:
        """The twelve months up to and with `month`."""
        first = months_before(month, WINDOW - 1)
        return sum((p for m, p in self.months if first <= m <= month), NOTHING)

    def recent(self, month: date) -> tuple[tuple[date, Part], ...]:
        """The last months up to `month`, each alone, those without records left out."""
        first = months_before(month, SHOWN - 1)
        return tuple((m, p) for m, p in self.months if first <= m <= month and p.whole)


@dataclass(frozen=True)
class Source:
    """What one supplier reports of one feed in the last twelve months."""

    supplier: Text = field(metadata=shown("来源单位", "Supplier", "送达单位", "Who delivers"))
    feed: Text = field(metadata=shown("信息类别", "Feed", "数据契约的名称", "Title of the contract"))
    unit: str = field(
        metadata=shown("单位", "Unit", "来源即本单位时的单位代码", "Its unit where the supplier is a unit's own bureau")
    )
    named: Part = field(metadata=shown("记名", "Named", "归于唯一企业的记录", "Records attached to one enterprise"))
    timely: Part = field(metadata=shown("按时", "In time", "7 个工作日内归集的记录", "Received within 7 working days"))


@dataclass(frozen=True)
class Gathered:
    """Named rate and timeliness by unit ("" for the whole city) and by source."""

    named: dict[str, Monthly] = field(
        metadata=shown("记名率", "Named rate", "应记名记录中归于唯一企业的占比", "Records attached to one enterprise")
    )
    timely: dict[str, Monthly] = field(
        metadata=shown(
            "7 日内归集",
            "In time",
            "产生后 7 个工作日内归集的记录占比，历史补录与本系统录入除外",
            "Received within 7 working days of being produced; history loads and own entries left out",
        )
    )
    sources: tuple[Source, ...] = field(metadata=shown("来源", "Sources", "按来源和类别", "By supplier and feed"))


def gathered(read: ScopedReader, as_of: date, city: City) -> Gathered:
    """Shares of the two years up to `as_of`; a unit's own are those of the supplier that is its bureau."""
    month = month_of(as_of)
    since = months_before(month, 2 * WINDOW)
    named = read.rows(
        f"SELECT feed, supplier, month, coalesce(sum(records) FILTER (method NOT IN {UNATTACHED}), 0)::BIGINT, sum(records)::BIGINT"
        " FROM match WHERE month BETWEEN ? AND ? GROUP BY ALL",
        [since, month],
    )
    timely = read.rows(
        f"SELECT feed, supplier, month, sum(in_time)::BIGINT, sum(records)::BIGINT FROM ({DELIVERED_IN_TIME})"
        " WHERE month BETWEEN ? AND ? GROUP BY ALL",
        [since, month],
    )
    units = own_units(city)
    return Gathered(_by_unit(named, units), _by_unit(timely, units), _sources(named, timely, month, city, units))


def month_of(as_of: date) -> date:
    """First day of the month in which the last known day lies."""
    return (as_of - timedelta(days=1)).replace(day=1)


def months_before(month: date, count: int) -> date:
    """The first day of the month `count` months before."""
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)


def _by_unit(rows: Sequence[Any], units: dict[str, str]) -> dict[str, Monthly]:
    sums: dict[str, dict[date, Part]] = defaultdict(lambda: defaultdict(lambda: NOTHING))
    for _, supplier, month, part, whole in rows:
        for unit in {WHOLE, units.get(supplier, WHOLE)}:
            sums[unit][month] += Part(part, whole)
    return {unit: Monthly(tuple(sorted(of.items()))) for unit, of in sums.items()}


def _sources(
    named: Sequence[Any], timely: Sequence[Any], month: date, city: City, units: dict[str, str]
) -> tuple[Source, ...]:
    first = months_before(month, WINDOW - 1)
    sums: list[dict[tuple[str, str], Part]] = []
    for rows in (named, timely):
        of: dict[tuple[str, str], Part] = defaultdict(lambda: NOTHING)
        for feed, supplier, received, part, whole in rows:
            if received >= first:
                of[supplier, feed] += Part(part, whole)
        sums.append(of)
    titles = {f.code: f.title for f in FEEDS}
    return tuple(
        Source(
            city.supplier_name(supplier),
            titles.get(feed, Text(feed, feed)),
            units.get(supplier, WHOLE),
            sums[0].get((supplier, feed), NOTHING),
            sums[1].get((supplier, feed), NOTHING),
        )
        for supplier, feed in sorted(sums[0].keys() | sums[1].keys())
    )


def source_list(found: Gathered, measure: str, unit: str) -> Listing:
    """The sources of `unit` ("": of the city) with their share of `measure` ("named" or "timely"), most misses first."""
    get: Callable[[Source], Part] = (lambda s: s.named) if measure == "named" else (lambda s: s.timely)
    known = Source.__dataclass_fields__
    missing = Text("未记名", "Unnamed") if measure == "named" else Text("迟报", "Late")
    columns = (
        Column(known["supplier"].metadata["label"], known["supplier"].metadata["help"], "text", 128),
        Column(known["feed"].metadata["label"], known["feed"].metadata["help"], "text", 170),
        Column(missing, Text("近 12 个月", "Last 12 months"), "count", 64),
        Column(Text("记录", "Records"), Text("近 12 个月的记录", "Records of the last 12 months"), "count", 64),
        Column(Text("占比 %", "Share %"), known[measure].metadata["help"], "percent", 64),
    )
    rated = sorted(
        (s for s in found.sources if get(s).whole and unit in (WHOLE, s.unit)), key=lambda s: get(s).part - get(s).whole
    )
    return Listing(
        columns,
        tuple(
            (s.supplier, s.feed, get(s).whole - get(s).part, get(s).whole, 100 * get(s).part / get(s).whole)
            for s in rated
        ),
    )
