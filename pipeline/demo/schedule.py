"""When records reach the bureau: production, receipt, delays, and the dates of the files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from pipeline.demo.chance import happens
from pipeline.demo.clock import HISTORY_END, TODAY, Bools, Days, Ints, days_between, plus
from pipeline.demo.layouts import Rhythm, Shape
from pipeline.demo.records import Records

_LATE = (("2017-01-01", 0.12), ("2020-01-20", 0.20), ("2020-02-10", 0.30), ("2020-05-20", 0.12), ("2020-07-05", 0.04))
"""From this day of production on, the share that takes more than seven working days."""
_LATE_FILES = 0.05
"""Share of monthly files that come 9 to 16 days late; the most careful suppliers (days 3 to 5) never do."""
_MISSING = ("judicial_case", "2018-03")
"""A month in which one source sends nothing; its records come a month later."""
_MONTHS = {
    Rhythm.MONTHLY: tuple(range(1, 13)), Rhythm.QUARTERLY: (1, 4, 7, 10), Rhythm.REPORTS: (1, 4, 5, 6, 7, 8, 10), Rhythm.YEARLY: (1, 7),
}  # fmt: skip


@dataclass(frozen=True)
class Timing:
    """Version by version: when produced, when received, in which file (position; 0 is the history load)."""

    produced: Days
    received: Days
    file: Ints


def delivery_dates(shape: Shape, rng: np.random.Generator) -> list[date]:
    """Folder dates of a stream, the history load first; some files come late, one month of one source never."""
    history = date(2017, 1, 16) + timedelta(days=int(rng.integers(0, 50)))
    if shape.rhythm is Rhythm.FORTNIGHTLY:
        steps = [date(2017, 1, 12) + timedelta(days=14 * i) for i in range(99)]
        return [date(2017, 1, 11), *(d for d in steps if d < TODAY), TODAY]
    found = []
    for year in range(2017, 2021):
        for month in _MONTHS[shape.rhythm]:
            day = date(year, month, shape.day)
            late = shape.rhythm is Rhythm.MONTHLY and shape.day > 5 and rng.random() < _LATE_FILES
            if (shape.feed, f"{year}-{month:02}") != _MISSING and date(2017, 1, 31) < day < TODAY:
                found.append(
                    min(day + timedelta(days=int(rng.integers(9, 17)) if late else 0), TODAY - timedelta(days=1))
                )
    return [min(history, found[0] - timedelta(days=3)), *dict.fromkeys(found), TODAY]


def time(records: Records, shape: Shape, dates: list[date], rng: np.random.Generator) -> tuple[Records, Timing]:
    """Give every version its days and its file; what would come after the last file is left out.

    Of several versions of one record in one file only the newest is delivered.
    """
    order = np.lexsort((records.ready, records.record))
    records = records.take(order)
    is_old = records.ready <= HISTORY_END
    produced = plus(records.ready, rng.integers(0, 1 if shape.prompt else 3, records.count))
    late = _is_late(produced, rng) & ~is_old & (not shape.prompt) & (shape.rhythm is not Rhythm.YEARLY)
    usual = rng.integers(0, 1 if shape.prompt else 6, records.count)
    received = plus(produced, np.where(late, rng.integers(16, 50, records.count), usual))
    received = _in_order(records, received)
    folders = np.array(dates, dtype="datetime64[D]")
    file = np.where(is_old, 0, np.maximum(np.searchsorted(folders, received), 1))
    arrived = file < len(folders)
    newest = np.append((records.record[1:] != records.record[:-1]) | (file[1:] != file[:-1]), True)[: records.count]
    keep = np.flatnonzero(arrived & newest)
    records, produced, received, file, late = records.take(keep), produced[keep], received[keep], file[keep], late[keep]
    if not shape.says_received:
        received = folders[file]
        recent = plus(received, -rng.integers(0, 7, len(keep)))
        produced = np.where(late | (file == 0), produced, np.maximum(produced, recent))
    return records, Timing(produced, received, file)


def _is_late(produced: Days, rng: np.random.Generator) -> Bools:
    starts = np.array([np.datetime64(day) for day, _ in _LATE])
    share = np.array([0.1, *(s for _, s in _LATE)])[np.searchsorted(starts, produced, side="right")]
    return happens(rng, share, len(produced))


def _in_order(records: Records, received: Days) -> Days:
    """A later version is never received before an earlier one of the same record."""
    received = received.copy()
    again = records.record[1:] == records.record[:-1]
    while (again & (days_between(received[1:], received[:-1]) < 1)).any():
        received[1:] = np.where(again, np.maximum(received[1:], received[:-1] + 1), received[1:])
    return received
