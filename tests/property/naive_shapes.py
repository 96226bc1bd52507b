"""The few shapes that most indicators share, as plain loops: counts, flags, logs and newest values."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from tests.property.naive_known import Keep, Known, Row, newest

Value = float | str | None
Values = dict[str, Value]
Naive = Callable[[Known], Values]


def everything(row: Row) -> bool:
    """Keep every row."""
    return True


def counted(feed: str, days: int | None, keep: Keep = everything) -> Naive:
    """How many rows."""
    return lambda k: {u: len(rows) for u, rows in k.firms(feed, days, keep).items()}


def flagged(feed: str, days: int | None, keep: Keep = everything) -> Naive:
    """1 where there is a row."""
    return lambda k: dict.fromkeys(k.firms(feed, days, keep), 1)


def logged(feed: str, days: int | None, keep: Keep = everything) -> Naive:
    """ln(1 + rows)."""
    return lambda k: {u: math.log(1 + len(rows)) for u, rows in k.firms(feed, days, keep).items()}


def active(feed: str, until: str = "removed_on", keep: Keep = everything) -> Naive:
    """1 where a row's state has not ended at as_of."""
    return lambda k: dict.fromkeys(k.firms(feed, None, lambda r: keep(r) and k.lasts(r[until])), 1)


def active_count(feed: str, until: str = "removed_on", keep: Keep = everything) -> Naive:
    """How many rows whose state has not ended at as_of."""
    return lambda k: {u: len(rs) for u, rs in k.firms(feed, None, lambda r: keep(r) and k.lasts(r[until])).items()}


def days_since(feed: str, days: int) -> Naive:
    """Days from the newest event to the day before as_of."""
    return lambda k: {u: (k.back(1) - max(r["event_on"] for r in rs)).days for u, rs in k.firms(feed, days).items()}


def of_entity(value: Callable[[Known, Row], Any]) -> Naive:
    """A value of the register's row."""
    return lambda k: {u: value(k, row) for u, row in k.entities.items()}


def of_newest(feed: str, by: str, value: Callable[[Row], Any]) -> Naive:
    """A value of the newest row of a feed."""
    return lambda k: {u: value(newest(rows, by)) for u, rows in k.firms(feed).items()}


def number(value: Any) -> float | None:
    """A decimal or whole number as a float."""
    return None if value is None else float(value)


def ratio(top: Any, bottom: Any, low: float, high: float) -> float | None:
    """A quotient within bounds; unknown if either part is unknown or the divisor is 0."""
    if top is None or bottom is None or float(bottom) == 0:
        return None
    return min(high, max(low, float(top) / float(bottom)))


def codes(row: Row, column: str) -> set[str]:
    """The codes of a column that holds several, joined by ';'."""
    return set((row[column] or "").split(";")) - {""}


def has(column: str, *wanted: str) -> Keep:
    """Whether a row holds one of the codes."""
    return lambda row: codes(row, column) & set(wanted)


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following - timedelta(days=1)
