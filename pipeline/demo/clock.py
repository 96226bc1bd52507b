"""The months that the synthetic city lives through, and dates as numpy days."""

from __future__ import annotations

from datetime import date

import numpy as np
import numpy.typing as npt

Days = npt.NDArray[np.datetime64]
Ints = npt.NDArray[np.integer]
Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]

HISTORY_END = np.datetime64("2016-12-31")
LAST = np.datetime64("2020-10-14")
"""The last day of events; the last delivery lies on the day after it."""
TODAY = date(2020, 10, 15)
NEVER = np.datetime64("NaT", "D")
MONTHS = np.arange("2014-01", "2020-11", dtype="datetime64[M]")
QUARTERS = np.array([d for d in MONTHS.astype("datetime64[D]") if int(str(d)[5:7]) % 3 == 1])
"""First days of the quarters: the as_of dates of the truth."""
_EPIDEMIC = {"2020-02": 0.35, "2020-03": 0.5, "2020-04": 0.75, "2020-05": 0.9}


def month_number(month: np.datetime64) -> int:
    """1–12."""
    return int(str(month)[5:7])


def year_number(month: np.datetime64) -> int:
    """The calendar year."""
    return int(str(month)[:4])


def activity(month: np.datetime64) -> float:
    """How busy the city is: 1, and less in the epidemic of February–May 2020."""
    return _EPIDEMIC.get(str(month)[:7], 1.0)


def days(start: str | np.datetime64, offsets: npt.ArrayLike) -> Days:
    """`start` plus whole days."""
    return plus(np.array(start, dtype="datetime64[D]"), offsets)


def plus(dates: Days, offsets: npt.ArrayLike) -> Days:
    """Dates plus whole days, element by element; NaT stays NaT."""
    return np.asarray(dates + np.asarray(offsets).astype("int64").astype("timedelta64[D]"))


def days_between(later: Days | np.datetime64, earlier: Days | np.datetime64) -> Ints:
    """Whole days from `earlier` to `later`."""
    return np.asarray((later - earlier).astype("int64"))


def years_of(dates: Days) -> Ints:
    """Calendar years."""
    return dates.astype("datetime64[Y]").astype("int64") + 1970


def in_month(month: np.datetime64, rng: np.random.Generator, size: int) -> Days:
    """Random days of a month, cut at LAST."""
    start = month.astype("datetime64[D]")
    length = int(((month + 1).astype("datetime64[D]") - start).astype(int))
    drawn = start + rng.integers(0, length, size).astype("timedelta64[D]")
    return np.asarray(np.minimum(drawn, LAST))
