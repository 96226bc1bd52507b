"""All records of a firm on one time line, and as a list that is filtered by feed and date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from pages.views.fields import shown
from pages.views.rows import named
from pages.views.said import money, words_of
from pipeline.domain import Text
from pipeline.indicators.lines import LINE_OF, Lane
from pipeline.reference import Reference
from pipeline.stores.reader import ScopedReader

TABLE = "record"
YEARS = 8
"""Older records stand in the list only: they would squeeze the time line."""
COLUMNS = "feed, event_on, until_on, known_from, weight, words, number, amount_wan, is_repaired, delivery_no, row_no"
ENDS_SHOWN = ("abnormal_list", "serious_violation_list", "dishonest_executee", "gov_dishonesty")
"""Feeds whose records last: drawn as a bar from entry to removal."""
REPAIRED = Text("已修复", "repaired")
UNTIL = Text("至 {}", "until {}")


@dataclass(frozen=True)
class Record:
    """One record as the time line says it."""

    feed: str = field(metadata=shown("信息类别代码", "Feed", "信息类别代码", "Code of the feed"))
    kind: Text = field(metadata=shown("信息类别", "Kind", "信息类别", "Title of the feed"))
    lane: Lane = field(metadata=shown("泳道", "Lane", "时间轴的泳道", "Lane of the time line"))
    day: date = field(metadata=shown("日期", "Date", "事件日期，缺者为归集日", "Event date, else the day of receipt"))
    until: date | None = field(metadata=shown("止", "Until", "状态结束的日期", "When the state ends"))
    known_from: date = field(metadata=shown("归集日", "Received", "归集的日期", "Day of receipt"))
    weight: int = field(metadata=shown("轻重", "Weight", "0 常规、1 提示、2 不良", "0 ordinary, 1 noted, 2 adverse"))
    words: Text = field(metadata=shown("内容", "What", "记录的要点", "What the record says, in short"))
    number: str = field(metadata=shown("文号", "Number", "来源的编号", "The number that the source gives it"))
    is_repaired: bool = field(metadata=shown("已修复", "Repaired", "已准予信用修复", "Credit repair was granted"))
    delivery_no: int = field(metadata=shown("批次号", "Delivery", "送达批次", "Number of the delivery"))
    row_no: int = field(metadata=shown("行号", "Row", "文件中的行号", "Row of the delivered file"))

    @property
    def key(self) -> str:
        """Names the record within the build."""
        return f"{self.feed}.{self.delivery_no}.{self.row_no}"


def record_of(row: object, reference: Reference) -> Record:
    """A row of the time line's table, or one with its columns, as a record."""
    r = vars(row)
    line = LINE_OF[r["feed"]]
    said = words_of(r["feed"], r["words"] or "", reference)
    parts = [said] if said.zh else []
    parts += [line.because] if line.because and r["weight"] else []
    parts += [m for m in (money(r["amount_wan"]),) if m]
    parts += [REPAIRED] if r["is_repaired"] else []
    return Record(
        feed=r["feed"],
        kind=line.contract.title,
        lane=line.lane,
        day=r["event_on"],
        until=r["until_on"],
        known_from=r["known_from"],
        weight=int(r["weight"]),
        words=Text("，".join(p.zh for p in parts), ", ".join(p.en for p in parts)),
        number=r["number"] or "",
        is_repaired=bool(r["is_repaired"]),
        delivery_no=int(r["delivery_no"]),
        row_no=int(r["row_no"]),
    )


def records(read: ScopedReader, uscc: str, reference: Reference) -> tuple[Record, ...]:
    """Every record of the firm that was known at the build's date, newest first."""
    found = named(
        read,
        f"SELECT {COLUMNS} FROM {TABLE} WHERE uscc = ? ORDER BY event_on DESC, known_from DESC, feed, delivery_no, row_no",
        [uscc],
    )
    return tuple(record_of(r, reference) for r in found)


def kinds(found: Sequence[Record]) -> tuple[tuple[str, Text, int], ...]:
    """The kinds of records that the firm has: feed, title, how many; in the order of the lines."""
    counts = Counter(r.feed for r in found)
    return tuple((feed, line.contract.title, counts[feed]) for feed, line in LINE_OF.items() if counts[feed])


def filtered(found: Sequence[Record], feed: str, years: int, as_of: date) -> tuple[Record, ...]:
    """The records of one feed ('': of all) within the last `years` (0: ever)."""
    since = as_of - timedelta(days=365 * years) if years else date.min
    return tuple(r for r in found if r.day >= since and feed in ("", r.feed))


def since(found: Sequence[Record], as_of: date) -> date:
    """From when the time line is drawn: the first record, but no more than YEARS before the newest day."""
    return max(min((r.day for r in found), default=as_of), date(as_of.year - YEARS, 1, 1))
