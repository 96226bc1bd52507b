"""On-time share and named rate, month by month: by who delivers, by feed, by the unit that delivers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from models.summaries import own_units
from pages.views.fields import shown
from pages.views.monthly import DELIVERED_IN_TIME, NAMED_TARGET, NOTHING, WINDOW, Part, month_of, months_before
from pages.views.refusals import feed_title
from pipeline.domain import Text
from pipeline.identity.ledger import UNATTACHED
from pipeline.settings import City
from pipeline.stores.reader import ScopedReader

TIMELY_TARGET = 0.80
"""Below this the on-time share is marked (待确认: the plan sets the 7 working days, and a share for naming only)."""
MEASURES: dict[str, Text] = {"timely": Text("按时率", "On time"), "named": Text("记名率", "Named rate")}
BY: dict[str, Text] = {
    "supplier": Text("来源", "Source"),
    "feed": Text("类别", "Feed"),
    "unit": Text("县区", "Unit"),
}
TARGETS = {"timely": TIMELY_TARGET, "named": NAMED_TARGET}
FEW = 10
"""Below this many records a month a share is not marked."""
_SQL = {
    "timely": f"SELECT feed, supplier, month, sum(in_time)::BIGINT, sum(records)::BIGINT FROM ({DELIVERED_IN_TIME})",
    "named": "SELECT feed, supplier, month,"
    f" coalesce(sum(records) FILTER (method NOT IN {UNATTACHED}), 0)::BIGINT, sum(records)::BIGINT FROM match",
}


def asked_for(query: Mapping[str, str]) -> tuple[str, str]:
    """Measure and grouping that an address asks for, the usual ones where it asks for none that there is."""
    measure, by = query.get("measure", ""), query.get("by", "")
    return measure if measure in MEASURES else "timely", by if by in BY else "supplier"


@dataclass(frozen=True)
class MonthRow:
    """One row of the matrix."""

    key: str = field(metadata=shown("代码", "Key", "来源、类别或单位的代码", "Code of supplier, feed or unit"))
    label: Text = field(metadata=shown("名称", "Label", "来源、类别或单位", "Supplier, feed or unit"))
    cells: tuple[Part, ...] = field(metadata=shown("各月", "Months", "各月的记录", "The months"))
    whole: Part = field(metadata=shown("近 12 个月", "12 months", "合计", "All of them together"))


@dataclass(frozen=True)
class Months:
    """The matrix: rows × months, the worst first."""

    measure: str = field(metadata=shown("指标", "Measure", "按时率或记名率", "On-time share or named rate"))
    by: str = field(metadata=shown("分组", "By", "来源、类别或县区", "Source, feed or unit"))
    months: tuple[date, ...] = field(metadata=shown("月份", "Months", "各列的月份", "The columns"))
    rows: tuple[MonthRow, ...] = field(metadata=shown("行", "Rows", "占比低的在前", "The lowest share first"))
    target: float = field(metadata=shown("目标", "Target", "低于它才着色", "Coloured only below it"))
    whole: Part = field(metadata=shown("全市", "City", "近 12 个月合计", "The whole city, 12 months"))

    @property
    def finding(self) -> Text:
        """Who misses the target, or that nobody does."""
        name = MEASURES[self.measure]
        low = [r for r in self.rows if r.whole.whole >= FEW and (r.whole.share or 0) < self.target]
        if not self.rows:
            return Text("近 12 个月没有可比的记录。", "No records to compare in the last 12 months.")
        if not low:
            return Text(
                f"{name.zh}近 12 个月都在 {self.target:.0%} 以上。",
                f"{name.en}: all above {self.target:.0%} in the last 12 months.",
            )
        worst = low[0]
        return Text(
            f"{len(low)} 个{BY[self.by].zh}近 12 个月{name.zh}低于 {self.target:.0%}，最低为{worst.label.zh} {worst.whole.share:.1%}。",
            f"Below {self.target:.0%} in the last 12 months: {len(low)}; lowest {worst.label.en}, {worst.whole.share:.1%}.",
        )


def source_months(read: ScopedReader, city: City, measure: str, by: str) -> Months:
    """The last twelve months up to the last known day."""
    last = month_of(read.stamp.as_of)
    months = tuple(months_before(last, n) for n in reversed(range(WINDOW)))
    found = read.rows(f"{_SQL[measure]} WHERE month BETWEEN ? AND ? GROUP BY ALL", [months[0], last])
    sums: dict[str, dict[date, Part]] = defaultdict(lambda: defaultdict(lambda: NOTHING))
    units = own_units(city)
    for feed, supplier, month, part, whole in found:
        key = {"supplier": supplier, "feed": feed, "unit": units.get(supplier)}[by]
        if key:
            sums[key][month] += Part(part, whole)
    rows = [_row(key, _label(city, by, key), [of[m] for m in months]) for key, of in sums.items()]
    rows.sort(key=lambda r: (r.whole.whole < FEW, r.whole.share or 0, r.key))
    everything = sum((Part(part, whole) for *_, part, whole in found), NOTHING)
    return Months(measure, by, months, tuple(rows), TARGETS[measure], everything)


def _row(key: str, label: Text, cells: Sequence[Part]) -> MonthRow:
    return MonthRow(key, label, tuple(cells), sum(cells, NOTHING))


def _label(city: City, by: str, key: str) -> Text:
    if by == "feed":
        return feed_title(key)
    if by == "supplier":
        return city.supplier_name(key)
    return next((u.name for u in city.units if u.code == key), Text(key, key))
