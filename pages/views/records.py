"""The records behind a number, down to the delivered file and the row: derived from what the indicator declares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pages.views.fields import shown
from pages.views.rows import named
from pages.views.said import BY_CODE, cell, masked
from pages.views.timeline import COLUMNS, TABLE, Record, record_of
from pipeline.domain import Text
from pipeline.feeds.catalogue import BY_CODE as FEED
from pipeline.feeds.contract import FeedContract, Subject
from pipeline.indicators.indicator import Count, Indicator, Query, State
from pipeline.indicators.lines import LINE_OF
from pipeline.reference import Reference
from pipeline.settings import City
from pipeline.stores.reader import ScopedReader

MOST = 200
PERSONS = ("legal_rep", "person_name")
"""Columns with a person's name: shown masked."""
HIDDEN = ("legal_rep_pid", "person_pid")
"""Columns that only link persons: not shown."""


@dataclass(frozen=True)
class Source:
    """One condition under which rows of a feed stand behind a number. `newest`: only the newest one by this order."""

    contract: FeedContract = field(metadata=shown("信息类别", "Feed", "信息类别", "The feed"))
    condition: str = field(metadata=shown("条件", "Condition", "计入的条件", "Which rows count"))
    newest: str = field(metadata=shown("最新", "Newest", "只取最新一条的排序", "Order by which only the newest counts"))


@dataclass(frozen=True)
class Cited:
    """A record behind a number, with the file that delivered it."""

    record: Record = field(metadata=shown("记录", "Record", "记录要点", "What the record says"))
    file_name: str = field(metadata=shown("来源文件", "File", "送达的文件", "The delivered file"))
    supplier: Text = field(metadata=shown("来源单位", "Supplier", "送达单位", "Who delivered it"))
    received_on: date | None = field(metadata=shown("收到", "Received", "送达日期", "Day of the delivery"))


@dataclass(frozen=True)
class Delivered:
    """A row as delivered: each column with its title, and the file."""

    title: Text = field(metadata=shown("信息类别", "Feed", "信息类别", "Title of the feed"))
    cells: tuple[tuple[Text, Text], ...] = field(metadata=shown("各列", "Columns", "列名与值", "Title and value"))
    file_name: str = field(metadata=shown("来源文件", "File", "送达的文件", "The delivered file"))
    supplier: Text = field(metadata=shown("来源单位", "Supplier", "送达单位", "Who delivered it"))
    received_on: date | None = field(metadata=shown("收到", "Received", "送达日期", "Day of the delivery"))
    known_from: date = field(metadata=shown("归集日", "Known from", "计入的起始日", "From when it counts"))
    row_no: int = field(metadata=shown("行号", "Row", "文件中的行号", "Row of the delivered file"))


def sources(indicator: Indicator, as_of: date) -> tuple[Source, ...]:
    """Which rows of which feeds stand behind the indicator's value of one firm, as its declaration says."""
    form = indicator.form
    if isinstance(form, Count):
        parts = [f"({form.where})"] if form.where else []
        if form.window is not None:
            parts.append(f"event_on >= {_day(as_of - timedelta(days=form.window.count))}")
        return (Source(form.source, _at(" AND ".join(parts), as_of), ""),)
    if isinstance(form, State):
        return (Source(form.source, _at(form.where, as_of), _at(form.newest_by, as_of)),)
    return tuple(Source(contract, _at(condition, as_of), "") for contract, condition in _declared(form))


def behind(read: ScopedReader, uscc: str, codes: Sequence[str], city: City, reference: Reference) -> tuple[Cited, ...]:
    """The records behind the values of the indicators `codes`, newest first, each once."""
    found: dict[str, Cited] = {}
    for code in codes:
        for source in sources(BY_CODE[code], read.stamp.as_of):
            for cited in _cited(read, uscc, source, city, reference):
                found.setdefault(cited.record.key, cited)
    return tuple(sorted(found.values(), key=lambda c: (c.record.day, c.record.key), reverse=True))


def cited(read: ScopedReader, chosen: Sequence[Record], city: City) -> tuple[Cited, ...]:
    """Records of the time line with the files that delivered them."""
    files = {
        r.delivery_no: r
        for r in named(
            read,
            "SELECT delivery_no, file_name, supplier, received_on FROM delivery WHERE list_contains(?::INTEGER[], delivery_no)",
            [sorted({r.delivery_no for r in chosen})],
        )
    }
    return tuple(Cited(r, *_file(files.get(r.delivery_no), city)) for r in chosen)


def delivered(
    read: ScopedReader, uscc: str, feed: str, delivery_no: int, row_no: int, city: City, reference: Reference
) -> Delivered | None:
    """The row as it was delivered; None unless it is one of the firm's known rows."""
    if feed not in LINE_OF:
        return None
    found = named(
        read,
        f"SELECT f.*, CAST(f.known_from AS DATE) AS known_day, d.file_name, d.supplier, d.received_on"
        f" FROM {feed} f LEFT JOIN delivery d USING (delivery_no) WHERE f.uscc = ? AND f.delivery_no = ? AND f.row_no = ?",
        [uscc, delivery_no, row_no],
    )
    if not found:
        return None
    row = found[0]
    return Delivered(
        title=FEED[feed].title,
        cells=tuple(_cells(FEED[feed], vars(row), reference)),
        file_name=row.file_name or "",
        supplier=city.supplier_name(row.supplier or ""),
        received_on=row.received_on,
        known_from=row.known_day,
        row_no=row_no,
    )


def _declared(form: Query) -> Iterator[tuple[FeedContract, str]]:
    """What a query says of its rows; where it says nothing, all of the firm's rows of its feeds."""
    if form.rows:
        yield from form.rows
        return
    for contract in form.reads:
        if contract.subject not in (Subject.NONE, Subject.STAFF):
            yield contract, ""


def _cited(read: ScopedReader, uscc: str, source: Source, city: City, reference: Reference) -> Iterator[Cited]:
    """The known, unrepaired rows of one source, in the words of the time line."""
    feed = source.contract.code
    condition = f" AND ({source.condition})" if source.condition else ""
    newest = (
        f" ORDER BY {source.newest} DESC, known_from DESC, delivery_no DESC, row_no DESC LIMIT 1"
        if source.newest
        else ""
    )
    columns = ", ".join(f"r.{c.strip()}" for c in COLUMNS.split(",") if c.strip() not in ("delivery_no", "row_no"))
    found = named(
        read,
        f"""SELECT {columns}, c.delivery_no, c.row_no, c.known_day, d.file_name, d.supplier, d.received_on
        FROM (SELECT delivery_no, row_no, CAST(known_from AS DATE) AS known_day FROM {feed}
              WHERE uscc = $uscc AND NOT is_repaired{condition}{newest}) c
        LEFT JOIN (SELECT * FROM {TABLE} WHERE uscc = $uscc AND feed = $feed) r USING (delivery_no, row_no)
        LEFT JOIN delivery d ON d.delivery_no = c.delivery_no LIMIT {MOST}""",
        {"uscc": uscc, "feed": feed},
    )
    for row in found:
        if row.feed is None:  # a row of the register that came later than the date and was taken for it nevertheless
            row.feed, row.words, row.number, row.amount_wan, row.until_on = feed, "", "", None, None
            row.event_on = row.known_from = row.known_day
            row.weight, row.is_repaired = 0, False
        yield Cited(record_of(row, reference), *_file(row, city))


def _file(row: Any, city: City) -> tuple[str, Text, date | None]:
    if row is None:
        return "", Text("", ""), None
    name = row.supplier or ""
    received = row.received_on
    return row.file_name or "", city.supplier_name(name), received


def _cells(contract: FeedContract, row: dict[str, Any], reference: Reference) -> Iterator[tuple[Text, Text]]:
    for column in contract.all_fields:
        value = row.get(column.name)
        if column.name in HIDDEN or value is None or value == "":
            continue
        if column.name in PERSONS:
            said = masked(str(value))
            yield column.title, Text(said, said)
        elif isinstance(value, bool):
            yield column.title, Text("是" if value else "否", "yes" if value else "no")
        elif isinstance(value, str):
            yield column.title, cell(column, value, reference)
        else:
            said = f"{value:,.6g}" if isinstance(value, float) else str(value)
            yield column.title, Text(said, said)


def _at(sql: str, as_of: date) -> str:
    return re.sub(r"\bas_of\b", _day(as_of), sql)


def _day(as_of: date) -> str:
    return f"DATE '{as_of.isoformat()}'"
