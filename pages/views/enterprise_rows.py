"""Rows of the list of enterprises: one page of them, how many there are, and how many each choice would show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pages.views.enterprise_columns import Column
from pages.views.enterprise_filter import EnterpriseFilter, conditions, kind_of
from pages.views.fields import shown
from pages.views.firm_acts import FirmActs
from pages.views.search import Search
from pipeline.domain import Text
from pipeline.stores.access import KEY_FIELDS
from pipeline.stores.reader import ScopedReader

PAGE_SIZE = 25
LONGEST_NUMBER = 6
MOST_NEAR = 200
"""How many enterprises that nearly fit a search are offered."""
RISK = "risk"
SORTS: dict[str, tuple[Text, str, bool]] = {
    RISK: (Text("风险从高到低", "Risk"), "grade", True),
    "score": (Text("评分", "Score"), "credit_score", False),
    "change": (Text("较上期", "Change"), "ascii(grade) - ascii(previous_grade)", True),
    "warnings": (Text("未结预警", "Warnings"), "open_cases", True),
    "task": (Text("任务期限", "Inspection due"), "task_due_on", False),
    "last_check": (Text("最近检查", "Last check"), "last_check_on", False),
    "name": (Text("名称", "Name"), "entity_name", False),
    "street": (Text("街道（乡镇）", "Street"), "street", False),
    "industry": (Text("行业", "Industry"), "industry_code", False),
    "established": (Text("成立日期", "Established"), "established_on", True),
}
"""What a list is sorted by: title, SQL, and whether the natural direction is downwards."""
BY_ACTS = ("warnings", "task")
"""Those that need what people did."""
_ACTS = "LEFT JOIN firm_case USING (uscc) LEFT JOIN firm_task USING (uscc)"
_FACETED = ("grade", "industry", "field", "unit", "street", "kind")
_SETS = ("grade", "section", "division", "industry_code", "unit", "street", "kind")
_OF_SET = {"section": "industry", "division": "industry", "industry_code": "industry"}


@dataclass(frozen=True)
class Order:
    """What a list is sorted by and whether against the natural direction."""

    by: str = field(default=RISK, metadata=shown("排序", "Sorted by", "排序依据", "What it is sorted by"))
    is_reversed: bool = field(
        default=False, metadata=shown("倒序", "Reversed", "与常用方向相反", "Against the usual direction")
    )

    @staticmethod
    def parse(query: Mapping[str, Any]) -> Order:
        """The order that an address asks for, the usual one where it asks for none that there is."""
        by = str(query.get("sort", ""))
        return Order(by if by in SORTS else RISK, query.get("desc") == "1")


@dataclass(frozen=True)
class Facets:
    """How many enterprises the filter finds, and how many each choice would, all other conditions kept."""

    total: int = field(metadata=shown("户数", "Number", "符合全部条件的户数", "Enterprises that fit all conditions"))
    counts: Mapping[str, Mapping[str, int]] = field(
        hash=False,
        metadata=shown("分项户数", "By choice", "条件 → 选项 → 户数", "Condition → choice → number"),
    )
    near: tuple[str, ...] | None = field(
        metadata=shown("相近企业", "Near", "无完全匹配时的相近企业", "Codes that nearly fit a search that nothing fits")
    )

    def of(self, name: str) -> Mapping[str, int]:
        """Choice -> number for one condition."""
        return self.counts.get(name, {})


@dataclass(frozen=True)
class EnterprisePage:
    """One page of the list: the rows' cells in the order of the columns, and the credit codes behind them."""

    columns: tuple[Column, ...] = field(metadata=shown("列", "Columns", "显示的列", "The columns shown"))
    rows: tuple[tuple[Any, ...], ...] = field(metadata=shown("行", "Rows", "本页各行", "Rows of this page"))
    codes: tuple[str, ...] = field(
        metadata=shown("信用代码", "Credit codes", "本页各行的信用代码", "Codes of the rows")
    )
    page: int = field(metadata=shown("页码", "Page", "从 1 开始", "From 1"))
    pages: int = field(metadata=shown("页数", "Pages", "至少 1 页", "At least one"))


def facets(read: ScopedReader, asked: EnterpriseFilter, acts: FirmActs) -> Facets:
    """Counts for every choice, in one query; where a search fits nobody in scope, of those that nearly fit."""
    near = _near(read, asked)
    found, values = conditions(asked, read.stamp.as_of, near)
    base = " AND ".join(found[n] for n in found if n not in _FACETED) or "true"
    flags = {n: f"coalesce({found[n]}, false)" for n in _FACETED if n in found}
    sql = f"""
        WITH flagged AS (
            SELECT grade, industry_section AS section, left(industry_code, 2) AS division, industry_code, unit, street,
                {kind_of()} AS kind, fields{"".join(f", {sql} AS ok_{n}" for n, sql in flags.items())}
            FROM {_joined(asked.asks_people)} WHERE {base}
        )
        {" UNION ALL ".join(_set(name, flags) for name in _SETS)}
        UNION ALL SELECT 'field', unnest({list(KEY_FIELDS)}), unnest([{_fields(flags)}]) FROM flagged
        UNION ALL SELECT '', '', count(*) FILTER ({_all_but("", flags)}) FROM flagged"""
    counts: dict[str, dict[str, int]] = {}
    for name, value, number in read.rows(sql, values, acts.tables if asked.asks_people else None):
        counts.setdefault(_OF_SET.get(name, name), {})[value] = number
    return Facets(counts[""][""], counts, near)


def page_of(
    read: ScopedReader,
    asked: EnterpriseFilter,
    order: Order,
    columns: Sequence[Column],
    acts: FirmActs,
    counted: Facets,
    wanted: str | None,
) -> EnterprisePage:
    """The rows of one page."""
    page, pages = placed(wanted, counted.total)
    sql, values = select(asked, order, columns, read.stamp.as_of, counted.near, is_page=True)
    rows = read.rows(sql, values | {"skip": (page - 1) * PAGE_SIZE}, acts.tables)
    return EnterprisePage(tuple(columns), tuple(r[1:] for r in rows), tuple(r[0] for r in rows), page, pages)


def placed(wanted: str | None, total: int) -> tuple[int, int]:
    """The page that an address asks for, and how many there are; beyond the last is the last, nonsense the first."""
    pages = max(1, -(-total // PAGE_SIZE))
    is_number = wanted is not None and wanted.isdecimal() and len(wanted) <= LONGEST_NUMBER
    return min(max(int(wanted), 1), pages) if wanted and is_number else 1, pages


def select(
    asked: EnterpriseFilter,
    order: Order,
    columns: Sequence[Column],
    as_of: date,
    near: Sequence[str] | None,
    *,
    with_code: bool = True,
    is_page: bool = False,
) -> tuple[str, dict[str, Any]]:
    """The select of all rows in their order, and its parameters: the credit code if wanted, then the columns.

    `is_page`: of the PAGE_SIZE rows after $skip. What people did is joined to these alone, unless they are chosen or
    sorted by it: a join of every enterprise would double the cost of a page.
    """
    found, values = conditions(asked, as_of, near)
    ranked, more = _order(asked, order)
    wanted = ", ".join(f'{c.sql} AS "{c.key}"' for c in columns)
    chosen = f"WHERE {' AND '.join(found.values()) or 'true'} ORDER BY {ranked}"
    chosen += f" LIMIT {PAGE_SIZE} OFFSET $skip" if is_page else ""
    rows = f"{_joined(True)} {chosen}"
    if is_page and not asked.asks_people and order.by not in BY_ACTS:
        rows = f"(SELECT * FROM enterprise {chosen}) {_ACTS} ORDER BY {ranked}"
    return f"SELECT {'uscc AS code, ' if with_code else ''}{wanted} FROM {rows}", values | more


def in_scope(read: ScopedReader, uscc: str) -> bool:
    """Whether there is such an enterprise for this actor; a foreign one is as absent as none."""
    return bool(read.rows("SELECT 1 FROM enterprise WHERE uscc = ?", [uscc]))


def _near(read: ScopedReader, asked: EnterpriseFilter) -> tuple[str, ...] | None:
    """The credit codes in scope that nearly fit a search, the most alike first; None where any fits as it is.

    Other conditions do not count: they must not turn a search into another one.
    """
    search = Search.of(asked.q)
    if search is None:
        return None
    condition, values = search.condition()
    if read.rows(f"SELECT 1 FROM enterprise WHERE {condition} LIMIT 1", values):
        return None
    condition, values = search.near()
    rank, more = search.order()
    found = read.rows(
        f"SELECT uscc FROM enterprise WHERE {condition} ORDER BY {rank}, uscc LIMIT {MOST_NEAR}", values | more
    )
    return tuple(r[0] for r in found)


def _joined(with_acts: bool) -> str:
    return f"enterprise {_ACTS}" if with_acts else "enterprise"


def _all_but(name: str, flags: Mapping[str, str]) -> str:
    """Of the conditions that have counts: all hold but possibly `name`."""
    return " AND ".join(f"ok_{n}" for n in flags if n != name) or "true"


def _set(name: str, flags: Mapping[str, str]) -> str:
    others = _all_but(_OF_SET.get(name, name), flags)
    return f"SELECT '{name}' AS name, {name} AS value, count(*) AS n FROM flagged WHERE {name} IS NOT NULL AND {others} GROUP BY 2"


def _fields(flags: Mapping[str, str]) -> str:
    others = _all_but("field", flags)
    return ", ".join(f"count(*) FILTER (list_contains(fields, '{f}') AND {others})" for f in KEY_FIELDS)


def _order(asked: EnterpriseFilter, order: Order) -> tuple[str, dict[str, Any]]:
    """ORDER BY: what was asked for, then the riskier and the lower score; unknown values last, no two rows alike."""
    _, sql, down = SORTS[order.by]
    direction = "DESC" if down != order.is_reversed else "ASC"
    search = Search.of(asked.q)
    if order.by == RISK:
        score = "DESC" if order.is_reversed else "ASC"
        keys = f"grade {direction} NULLS LAST, credit_score {score} NULLS LAST, uscc"
        if search and not order.is_reversed:
            rank, values = search.order()
            return f"{rank}, {keys}", values
        return keys, {}
    return f"{sql} {direction} NULLS LAST, grade DESC NULLS LAST, credit_score NULLS LAST, uscc", {}
