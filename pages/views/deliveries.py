"""Deliveries one by one: what became of their rows, which rows were refused and why, which files were set aside."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from models.summaries import own_units
from pages.views.fields import explanations, shown
from pages.views.gathering import OUTCOMES, Outcome
from pages.views.monthly import months_before
from pages.views.numbers import number_of
from pages.views.refusals import OUTCOMES as OUTCOME_WORDS
from pages.views.refusals import column_title, feed_title, reason_words, rule_words
from pages.views.rows import rows
from pages.views.search import Search
from pipeline.domain import Text
from pipeline.feeds.catalogue import BY_CODE
from pipeline.settings import City
from pipeline.stores.reader import ScopedReader

PAGE_SIZE = 15
MOST_ROWS = 2_000
"""Refused rows of one file that the browser shows and the workbook for the supplier holds."""
STATES: dict[str, Text] = {
    "": Text("全部批次", "All files"),
    "refused": Text("有隔离", "With refused rows"),
    "set_aside": Text("已搁置", "Set aside"),
}
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_STATE_SQL = {"refused": "quarantined > 0", "set_aside": "state = 'set_aside'"}
TAKEN, ASIDE = Text("✓ 已接收", "✓ Taken"), Text("▲ 已搁置", "▲ Set aside")


@dataclass(frozen=True)
class Choice:
    """One choice of a condition."""

    value: str = field(metadata=shown("代码", "Value", "写入地址的代码", "As the address says it"))
    label: Text = field(metadata=shown("名称", "Label", "选项名称", "Its name"))
    count: int | None = field(default=None, metadata=shown("件数", "Number", "不计数", "Not counted"))


@dataclass(frozen=True)
class DeliveryFilter:
    """Which deliveries; the names are those of an address."""

    state: str = field(
        default="", metadata=shown("状态", "State", "全部、有隔离或已搁置", "All, with refused rows, set aside")
    )
    supplier: str = field(default="", metadata=shown("来源", "Supplier", "送达单位", "Who delivered"))
    feed: str = field(default="", metadata=shown("类别", "Feed", "信息类别", "The feed"))
    unit: str = field(
        default="", metadata=shown("县区", "Unit", "送达单位即该县区局", "The bureau of this unit delivered")
    )
    month: str = field(default="", metadata=shown("月份", "Month", "收到的月份 YYYY-MM", "Month of receipt YYYY-MM"))
    q: str = field(default="", metadata=shown("文件名", "File", "文件名的一部分", "A part of the file name"))

    @staticmethod
    def parse(query: Mapping[str, str], city: City) -> DeliveryFilter:
        """What the address asks for; whatever is no value is dropped."""
        month = query.get("month", "")
        unit = query.get("unit", "")
        state, supplier, feed = (query.get(n, "") for n in ("state", "supplier", "feed"))
        return DeliveryFilter(
            state=state if state in STATES else "",
            supplier=supplier if supplier in city.suppliers else "",
            feed=feed if feed in BY_CODE else "",
            unit=unit if unit in {u.code for u in city.units} else "",
            month=month if _MONTH.fullmatch(month) else "",
            q=Search.tidy(query.get("q", "")),
        )

    def query(self) -> dict[str, str]:
        """The filter as an address says it."""
        return {n: v for n, v in vars(self).items() if v}

    def where(self, city: City) -> tuple[str, list[Any]]:
        """The condition and its parameters."""
        tests = [_STATE_SQL[self.state]] if self.state else []
        values: list[Any] = []
        for column, value in (("supplier", self.supplier), ("feed", self.feed)):
            if value:
                tests.append(f"{column} = ?")
                values.append(value)
        if self.unit:
            tests.append("list_contains(?::VARCHAR[], supplier)")
            values.append([supplier for supplier, unit in own_units(city).items() if unit == self.unit])
        if self.month:
            first = date(int(self.month[:4]), int(self.month[5:]), 1)
            tests.append("received_on >= ? AND received_on < ?")
            values += [first, months_before(first, -1)]
        if self.q:
            tests.append("contains(file_name, ?)")
            values.append(self.q)
        return " AND ".join(tests) or "true", values


@dataclass(frozen=True)
class DeliveryRow:
    """One delivered table and what became of its rows."""

    number: int = field(metadata=shown("批次号", "No.", "本构建中的序号", "Number in this build"))
    received_on: date = field(metadata=shown("送达", "Received", "送达日", "Day of receipt"))
    supplier: Text = field(metadata=shown("来源", "Supplier", "送达单位", "Who delivered it"))
    feed: Text = field(metadata=shown("类别", "Feed", "识别出的信息类别", "The feed it was read as"))
    file_name: str = field(metadata=shown("文件", "File", "原文件名", "Original name"))
    outcome: Outcome = field(metadata=shown("去向", "Outcome", "数据行的去向", "What became of the rows"))
    state: Text = field(metadata=shown("状态", "State", "已接收或已搁置", "Taken or set aside"))
    is_aside: bool = field(metadata=shown("搁置", "Set aside", "整件未接收", "Not taken"))
    feed_code: str = field(metadata=shown("类别代码", "Feed code", "目录代码", "Code of the feed"))
    supplier_code: str = field(metadata=shown("来源代码", "Supplier code", "来源代码", "Code of the supplier"))
    sha256: str = field(metadata=shown("指纹", "Fingerprint", "内容的 SHA-256", "SHA-256 of its content"))
    reason: Text = field(metadata=shown("原因", "Reason", "搁置原因", "Why it was set aside"))
    unknown: str = field(metadata=shown("未用列", "Unused columns", "目录之外的列", "Columns that lead nowhere"))
    can_be_accepted: bool = field(
        metadata=shown("可接收", "Acceptable", "只因不合格行过多而搁置", "Set aside only for too many bad rows")
    )


@dataclass(frozen=True)
class Deliveries:
    """One page of deliveries."""

    asked: DeliveryFilter = field(metadata=shown("筛选", "Filter", "当前条件", "What is asked for"))
    rows: tuple[DeliveryRow, ...] = field(metadata=shown("行", "Rows", "本页", "This page"))
    total: int = field(metadata=shown("件数", "Number", "符合条件的件数", "Files that fit"))
    page: int = field(metadata=shown("页码", "Page", "从 1 开始", "From 1"))
    pages: int = field(metadata=shown("页数", "Pages", "至少 1 页", "At least one"))
    sums: Outcome = field(metadata=shown("合计", "Sum", "全部符合条件的批次", "All files that fit"))


@dataclass(frozen=True)
class Fault:
    """Rows of a delivery that were refused for the same reason."""

    words: Text = field(metadata=shown("原因", "Reason", "不符合什么", "What is wrong"))
    outcome: Text = field(metadata=shown("去向", "Outcome", "隔离或排除", "Quarantined or excluded"))
    records: int = field(metadata=shown("行数", "Rows", "同一原因的行数", "Rows with this reason"))


@dataclass(frozen=True)
class RefusedRow:
    """One refused row as it was delivered."""

    row_no: int = field(metadata=shown("行号", "Row", "文件中的行号", "Row of the file"))
    reason: Text = field(metadata=shown("原因", "Reason", "不符合什么", "What is wrong"))
    column: Text = field(metadata=shown("列", "Column", "出错的列", "The column at fault"))
    expected: str = field(metadata=shown("应为", "Expected", "目录的要求", "What the contract asks for"))
    received: str = field(metadata=shown("收到", "Received", "实际内容", "What came"))
    cells: tuple[tuple[Text, str, bool], ...] = field(
        metadata=shown("各列", "Cells", "列、内容、是否出错", "Column, content, whether it is at fault")
    )


def deliveries(read: ScopedReader, city: City, query: Mapping[str, str]) -> Deliveries:
    """The page of deliveries that `query` asks for, newest first; set-aside files before the others of a day."""
    asked = DeliveryFilter.parse(query, city)
    where, values = asked.where(city)
    sums = ", ".join(f"coalesce(sum({c}), 0)::BIGINT AS {c}" for c in ("delivered", *OUTCOMES))
    total = rows(read, f"SELECT count(*) AS files, {sums} FROM delivery WHERE {where}", values)[0]
    pages = max(1, -(-total.files // PAGE_SIZE))
    page = min(max(number_of(query.get("page", "")) or 1, 1), pages)
    found = rows(
        read,
        f"SELECT * FROM delivery WHERE {where} ORDER BY received_on DESC, state, supplier, delivery_no DESC LIMIT ? OFFSET ?",
        [*values, PAGE_SIZE, (page - 1) * PAGE_SIZE],
    )
    return Deliveries(asked, tuple(_delivery(r, city) for r in found), total.files, page, pages, _outcome(total))


def choices(city: City) -> dict[str, tuple[Choice, ...]]:
    """What the conditions offer."""
    return {
        "supplier": tuple(Choice(code, name) for code, name in city.suppliers.items()),
        "feed": tuple(Choice(code, contract.title) for code, contract in BY_CODE.items()),
    }


def content(view: Deliveries) -> str:
    """Names what a page of the table shows: another content, another name."""
    return "_".join(str(r.number) for r in view.rows)


def delivery(read: ScopedReader, city: City, number: int) -> DeliveryRow | None:
    """One delivery of this build."""
    found = rows(read, "SELECT * FROM delivery WHERE delivery_no = ?", [number])
    return _delivery(found[0], city) if found else None


def set_aside(read: ScopedReader, city: City) -> tuple[DeliveryRow, ...]:
    """Every file that was not taken, newest first."""
    found = rows(read, "SELECT * FROM delivery WHERE state = 'set_aside' ORDER BY received_on DESC, delivery_no DESC")
    return tuple(_delivery(r, city) for r in found)


def faults(read: ScopedReader, number: int) -> tuple[Fault, ...]:
    """Why rows of a delivery were refused or left out, the most frequent first; counts only."""
    found = rows(
        read,
        "SELECT feed, outcome, rule, field, sum(records)::BIGINT AS records FROM delivery_fault WHERE delivery_no = ?"
        " GROUP BY ALL ORDER BY records DESC, rule, field",
        [number],
    )
    return tuple(
        Fault(
            rule_words(r.feed, r.rule, r.field or ""),
            OUTCOME_WORDS.get(r.outcome, Text(r.outcome, r.outcome)),
            int(r.records),
        )
        for r in found
    )


def refused_rows(read: ScopedReader, one: DeliveryRow) -> tuple[RefusedRow, ...] | None:
    """The quarantined rows of a delivery as delivered, those at fault themselves first; None for who may not see them."""
    room = f"quarantine_{one.feed_code or 'unrecognised'}"
    if not read.has(room):
        return None
    found = read.rows(
        f"SELECT row_no, rule, field, expected, received, faults, delivered FROM {room}"
        " WHERE delivery_no = ? AND outcome = 'quarantined' ORDER BY field = '', row_no LIMIT ?",
        [one.number, MOST_ROWS],
    )
    return tuple(_refused(one.feed_code, r) for r in found)


def columns() -> dict[str, tuple[Text, Text]]:
    """Title and help of the columns of a delivery and of its outcome."""
    return explanations(DeliveryRow) | explanations(Outcome) | explanations(RefusedRow)


def _refused(feed: str, r: Sequence[Any]) -> RefusedRow:
    row_no, rule, column, expected, received, every, delivered = r
    wrong = {str(f).split(":")[0] for f in every or ()}
    content = json.loads(delivered) if delivered else {}
    cells = content.items() if isinstance(content, dict) else [("line", content)]
    return RefusedRow(
        row_no=int(row_no),
        reason=rule_words(feed, rule, column or ""),
        column=column_title(feed, column or ""),
        expected=expected or "",
        received=received or "",
        cells=tuple(
            (column_title(feed, k), "" if v is None else str(v), k in wrong)
            for k, v in cells
            if v is not None or k in wrong
        ),
    )


def _delivery(r: Any, city: City) -> DeliveryRow:
    is_aside = r.state == "set_aside"
    supplier = r.supplier or ""
    return DeliveryRow(
        number=int(r.delivery_no),
        received_on=r.received_on,
        supplier=city.supplier_name(supplier),
        feed=feed_title(r.feed),
        file_name=r.file_name,
        outcome=_outcome(r),
        state=ASIDE if is_aside else TAKEN,
        is_aside=is_aside,
        feed_code=r.feed or "",
        supplier_code=supplier,
        sha256=r.sha256,
        reason=reason_words(r.reason or ""),
        unknown=r.unknown_columns or "",
        can_be_accepted=is_aside and bool(r.feed),
    )


def _outcome(row: Any) -> Outcome:
    return Outcome(int(row.delivered), *(int(getattr(row, c)) for c in OUTCOMES))
