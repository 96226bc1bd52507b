"""Rolling origins: which dates a model learns from, looks at and is tested on (METHODS: temporal validation).

A row of as_of has its outcome EMBARGO days later, so a model made on day `origin` learns from dates with
as_of + EMBARGO <= origin and from no other. A period is a calendar year, and all of its dates lie in one fold. Fold of
test year Y: origin 1 January Y, tested on the dates of Y that have matured by now. What is settled on the way (the
rounds of the booster) comes from an inner pair of training dates cut in the same way; the calibration line from its later part.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from models.risk.target import EMBARGO

MONTHS = 3
"""Dates lie on the first day of every third month."""


@dataclass(frozen=True)
class Fold:
    """One origin: `train` dates, of which `early` and `late` settle what has to be settled, and `test` dates.

    `test` is empty where the outcomes of the year are not known yet: such a model only scores.
    """

    origin: date
    train: tuple[date, ...]
    early: tuple[date, ...]
    late: tuple[date, ...]
    test: tuple[date, ...]

    @property
    def matured_on(self) -> date:
        """The day on which the last outcome that the model learned from was complete; it may score from then on."""
        return self.train[-1] + EMBARGO

    @property
    def name(self) -> str:
        """The origin, as it names the folder of the model."""
        return self.origin.isoformat()


def training_dates(first: date, origin: date, months: int = MONTHS) -> list[date]:
    """The first days of every `months`-th month from `first` on whose outcomes are complete at `origin`, in order."""
    days = (date(year, month, 1) for year in range(first.year, origin.year + 1) for month in range(1, 13, months))
    return [d for d in days if d >= first and d + EMBARGO <= origin]


def rolling(dates: list[date], origin: date) -> tuple[Fold, ...]:
    """A fold for each 1 January that leaves dates to learn from, and one of `origin` itself, which is tested on nothing.

    Folds without an inner pair are left out. The last fold is that of `origin`.
    """
    if not dates:
        return ()
    years = [date(y, 1, 1) for y in range(dates[0].year + 1, origin.year + 1) if date(y, 1, 1) < origin]
    found = [_fold(dates, day, tuple(d for d in dates if d.year == day.year)) for day in years]
    return tuple(f for f in (*found, _fold(dates, origin, ())) if f.early and f.late)


def _fold(dates: list[date], origin: date, test: tuple[date, ...]) -> Fold:
    train = tuple(d for d in dates if d + EMBARGO <= origin)
    last_period = date(train[-1].year, 1, 1) if train else origin
    return Fold(
        origin=origin,
        train=train,
        early=tuple(d for d in train if d + EMBARGO <= last_period),
        late=tuple(d for d in train if d >= last_period),
        test=test,
    )
