"""A naive, independent reference of every indicator: plain loops over dicts, no SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from pipeline.feeds.contract import Subject
from pipeline.indicators.catalogue import ALL
from pipeline.indicators.indicator import Query
from tests.property import naive_firms, naive_records
from tests.property.naive_known import Known, World
from tests.property.naive_shapes import Naive, Values

VALUES: dict[str, Naive] = naive_firms.VALUES | naive_records.VALUES
"""Indicator code -> its naive computation."""

_DECLARED = {i.code: i for i in ALL}


def naive_value(code: str, world: World, as_of: date, delivered: Callable[[str, str], bool]) -> Values:
    """The value of one indicator for every entity that exists at `as_of`.

    `delivered(feed, uscc)`: whether the feed was delivered for the firm's unit; absence counts only then.
    """
    return _value(code, Known.at(world, as_of), delivered)


def naive_values(world: World, as_of: date, delivered: Callable[[str, str], bool]) -> dict[str, Values]:
    """Code -> `naive_value` of every indicator and rule fact."""
    known = Known.at(world, as_of)
    return {code: _value(code, known, delivered) for code in _DECLARED}


def _value(code: str, known: Known, delivered: Callable[[str, str], bool]) -> Values:
    indicator = _DECLARED[code]
    found = VALUES[code](known)
    feeds = [feed.code for feed in indicator.reads if feed.subject is not Subject.ROOT]
    values: Values = {}
    rests_on_absence = isinstance(indicator.form, Query) and indicator.form.rests_on_absence
    for uscc in known.entities:
        is_delivered = all(delivered(feed, uscc) for feed in feeds)
        value = found.get(uscc) if is_delivered or not rests_on_absence else None
        values[uscc] = indicator.when_none if value is None and is_delivered else value
    return values
