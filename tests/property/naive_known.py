"""What was known at a date, in plain Python: the reading of versions that known.<feed> compiles to SQL.

A `World` is feed code -> the rows of core.<feed> as dicts: the contract's columns and uscc, event_on,
known_from, known_to, known_assumed, repaired_from, row_outcome, and <date>_known where a learned date became
known later than on that date. What a row leaves out is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.contract import FeedContract

Row = dict[str, Any]
World = dict[str, list[Row]]
Keep = Callable[[Row], Any]


class Blank(dict[str, Any]):
    """A row that answers None for what it does not have."""

    def __missing__(self, _: str) -> None:
        return None


def before(moment: date | datetime | None, as_of: date) -> bool:
    """Whether a moment is set and lies before the day `as_of`."""
    if moment is None:
        return False
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return moment < datetime.combine(as_of, time())


def _learned(row: Row, day: str, as_of: date) -> bool:
    """Whether the date in column `day` was known and past at as_of."""
    known_on = row[f"{day}_known"] if f"{day}_known" in row else row[day]
    return before(known_on, as_of)


def _is_current(row: Row, as_of: date) -> bool:
    """Whether this version was the newest one received before as_of."""
    if row["row_outcome"] == "duplicate" or not before(row["known_from"], as_of):
        return False
    return row["known_to"] is None or not before(row["known_to"], as_of)


def _as_then(row: Row, contract: FeedContract, as_of: date) -> Row:
    """The row with everything blank that was learned only later."""
    then = Blank(row)
    later = {f.name: f.learned_on for f in contract.fields if f.learned_on}
    if contract.withdrawn_on:
        later.setdefault(contract.withdrawn_on, contract.withdrawn_on)
    for column, day in later.items():
        if not _learned(Blank(row), day, as_of):
            then[column] = None
    return then


def known_rows(world: World, feed: str, as_of: date) -> list[Row]:
    """The known, not withdrawn and not repaired rows of one feed (not of the register)."""
    contract = BY_CODE[feed]
    known = []
    for delivered in world.get(feed, []):
        row = Blank(delivered)
        if not _is_current(row, as_of):
            continue
        if row["event_on"] is not None and not before(row["event_on"], as_of):
            continue
        if contract.withdrawn_on and _learned(row, contract.withdrawn_on, as_of):
            continue
        if before(row["repaired_from"], as_of):
            continue
        known.append(_as_then(row, contract, as_of))
    return known


def known_entities(world: World, as_of: date) -> dict[str, Row]:
    """uscc -> the register's row of every entity that exists at as_of."""
    versions: dict[str, list[Row]] = {}
    for delivered in world.get("ent_registration", []):
        row = Blank(delivered)
        if row["uscc"] is not None and row["row_outcome"] != "duplicate":
            versions.setdefault(row["uscc"], []).append(row)
    entities: dict[str, Row] = {}
    for uscc, rows in versions.items():
        current = [r for r in rows if _is_current(r, as_of)]
        if current:
            row = Blank(current[0])
        else:  # nothing was known yet: the oldest version stands in, but not for how the firm ended
            row = Blank(min(rows, key=lambda r: r["known_from"]))
            if before(row["known_from"], as_of) or not before(row["established_on"], as_of):
                continue
            if row["status"] in {"2", "3", "4", "5", "6"} and row["cancelled_on"] and row["cancelled_on"] >= as_of:
                row["status"] = "1"
        is_gone = row["status"] in {"3", "4", "5", "6"}
        if is_gone and (row["cancelled_on"] is None or before(row["cancelled_on"], as_of)):
            continue
        entities[uscc] = row
    return entities


@dataclass(frozen=True)
class Known:
    """Everything known at `as_of`, ready to be looped over."""

    as_of: date
    entities: dict[str, Row]
    feeds: dict[str, list[Row]]
    report_deadlines: list[Row]
    applicable_items: list[Row]

    @staticmethod
    def at(world: World, as_of: date) -> Known:
        """The knowledge of a world at a date; its input tables are rows of the world too."""
        return Known(
            as_of,
            known_entities(world, as_of),
            {feed: known_rows(world, feed, as_of) for feed in BY_CODE if feed != "ent_registration"},
            world.get("report_deadline", []),
            world.get("applicable_item", []),
        )

    def back(self, days: int) -> date:
        """The day `days` before as_of."""
        return self.as_of - timedelta(days=days)

    def firms(self, feed: str, days: int | None = None, keep: Keep = lambda row: True) -> dict[str, list[Row]]:
        """uscc -> its rows of a feed in the window [as_of − days, as_of) that satisfy `keep`."""
        found: dict[str, list[Row]] = {}
        for row in self.feeds[feed]:
            if row["uscc"] is None:
                continue
            if days is not None and (row["event_on"] is None or row["event_on"] < self.back(days)):
                continue
            if keep(row):
                found.setdefault(row["uscc"], []).append(row)
        return found

    def lasts(self, until: date | None) -> bool:
        """Whether a state that ends on `until` still holds at as_of."""
        return until is None or until >= self.as_of


def newest(rows: Iterable[Row], *by: str) -> Row:
    """The row with the greatest values in the columns `by`, the later delivered one if equal."""
    order = (*by, "known_from", "delivery_no", "row_no")
    return max(rows, key=lambda r: tuple((r[c] is not None, r[c]) for c in order))
