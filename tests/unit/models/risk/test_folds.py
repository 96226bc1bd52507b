"""Rolling origins: the embargo holds everywhere, a year is never split, and the newest model is the last fold."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from models.risk.folds import rolling, training_dates
from models.risk.target import EMBARGO

ORIGIN = date(2020, 10, 16)
DATES = training_dates(date(2014, 1, 2), ORIGIN)


def test_dates_are_quarters_from_the_first_record_to_the_last_mature_one() -> None:
    assert (DATES[0], DATES[-1], len(DATES)) == (date(2014, 4, 1), date(2019, 7, 1), 22)
    assert all(d.day == 1 and d.month in (1, 4, 7, 10) for d in DATES)
    assert DATES[-1] + EMBARGO <= ORIGIN < date(2019, 10, 1) + EMBARGO
    assert training_dates(date(2014, 1, 1), ORIGIN, 6)[:2] == [date(2014, 1, 1), date(2014, 7, 1)]
    assert training_dates(date(2020, 1, 1), ORIGIN) == []


def test_an_outcome_is_never_learned_before_it_was_complete() -> None:
    for fold in rolling(DATES, ORIGIN):
        assert max(fold.train) + EMBARGO == fold.matured_on <= fold.origin
        assert max(fold.early) + EMBARGO <= date(fold.late[0].year, 1, 1)
        assert not fold.test or max(fold.train) + EMBARGO <= min(fold.test)
        assert {*fold.early, *fold.late} <= set(fold.train)


def test_all_dates_of_a_year_lie_in_one_fold() -> None:
    folds = rolling(DATES, ORIGIN)
    assert [f.name for f in folds] == ["2018-01-01", "2019-01-01", "2020-01-01", "2020-10-16"]
    tested = [f.test for f in folds if f.test]
    assert [{d.year for d in test} for test in tested] == [{2018}, {2019}]
    assert [len(test) for test in tested] == [4, 3]
    assert not set(tested[0]) & set(tested[1])
    for fold in folds:
        assert len({d.year for d in fold.late}) == 1 and fold.late == fold.train[-len(fold.late) :]


def test_a_model_of_each_new_year_may_score_at_once() -> None:
    for fold in rolling(DATES, ORIGIN):
        assert fold.origin - fold.matured_on < timedelta(days=92)


def test_too_short_a_history_gives_no_fold() -> None:
    assert rolling([], ORIGIN) == ()
    assert rolling(training_dates(date(2018, 6, 1), ORIGIN), ORIGIN) == ()


@pytest.mark.parametrize("origin", [date(2020, 1, 1), date(2020, 1, 2)])
def test_on_new_years_day_there_is_no_second_fold_of_that_day(origin: date) -> None:
    names = [f.name for f in rolling(training_dates(date(2014, 1, 1), origin), origin)]
    assert len(names) == len(set(names)) and names[-1] == origin.isoformat()
