"""The verb `compute`: every indicator -> one point-in-time value for every entity of the register.

All Counts and States of one feed are compiled into one pass over known.<feed>(as_of); each Query is a
select of its own. Absence counts only where the feed was delivered: else the value is missing, not zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from pipeline.feeds.contract import FeedContract, Subject
from pipeline.indicators.applicable import write_applicable_items
from pipeline.indicators.indicator import Count, Indicator, Query, Role, State
from pipeline.indicators.known import write_known
from pipeline.indicators.population import write_coverage, write_population
from pipeline.progress import Progress, silent
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse

_AS_OF = re.compile(r"\bas_of\b")
_REPORT_YEARS = range(2005, 2036)


@dataclass(frozen=True)
class ComputeSummary:
    """How many entities were described, by how many indicators, at which dates."""

    as_of: tuple[date, ...]
    entities: int
    indicators: int


def compute(
    settings: Settings,
    warehouse: Warehouse,
    contracts: dict[str, FeedContract],
    indicators: tuple[Indicator, ...],
    as_of: list[date],
    *,
    progress: Progress = silent,
) -> ComputeSummary:
    """Write mart.population and mart.indicator for each as_of (sorted), and the known.<feed> relations."""
    write_known(warehouse, tuple(contracts.values()))
    write_coverage(settings, warehouse, contracts)
    write_report_deadlines(settings, warehouse)
    warehouse.execute(f"CREATE OR REPLACE TABLE mart.indicator ({_columns(indicators)})")
    write_population(settings, warehouse, as_of)
    for done, day in enumerate(as_of):
        progress(done, len(as_of))
        if "supervision_item" in contracts:
            write_applicable_items(warehouse, day)
        warehouse.execute(insert_sql(indicators, day))
    progress(len(as_of), len(as_of))
    entities = warehouse.value("SELECT count(*) FROM mart.population WHERE as_of = ?", [as_of[-1]])
    return ComputeSummary(tuple(as_of), int(entities), len(indicators))


Source = Callable[[FeedContract, date], str]
"""Gives the relation of a feed's rows that count at a date."""


def known(contract: FeedContract, as_of: date) -> str:
    """The relation of a feed's known and unrepaired rows at `as_of`."""
    return f"(SELECT * FROM known.{contract.code}({_day(as_of)}) WHERE NOT is_repaired)"


def feed_passes(indicators: tuple[Indicator, ...], as_of: date, source: Source = known) -> dict[str, str]:
    """Feed code -> the one aggregation by firm that holds all Counts and States of that feed."""
    groups: dict[str, list[Indicator]] = {}
    for i in indicators:
        if isinstance(i.form, Count | State):
            groups.setdefault(i.form.source.code, []).append(i)
    passes = {}
    for feed, group in groups.items():
        rows = source(group[0].reads[0], as_of)
        selected = ", ".join(f"{_aggregate(i, as_of)} AS {i.code}" for i in group)
        passes[feed] = f"SELECT uscc, {selected} FROM {rows} WHERE uscc IS NOT NULL GROUP BY uscc"
    return passes


def insert_sql(indicators: tuple[Indicator, ...], as_of: date, source: Source = known) -> str:
    """The one statement that computes all indicators at `as_of`; benchmarks give another source of rows."""
    return f"INSERT INTO mart.indicator BY NAME\n{values_sql(indicators, as_of, source)}"


def values_sql(
    indicators: tuple[Indicator, ...], as_of: date, source: Source = known, population: str = "mart.population"
) -> str:
    """The select of all indicators at `as_of` for the entities that `population` has then: as_of, uscc, data_share, values."""
    queries = [i for i in indicators if isinstance(i.form, Query)]
    passes = {f"feed_{feed}": sql for feed, sql in feed_passes(indicators, as_of, source).items()}
    passes |= {f"query_{i.code}": _query_pass(i, as_of, source) for i in queries}
    holder = {i.code: f"feed_{i.form.source.code}" for i in indicators if isinstance(i.form, Count | State)}
    holder |= {i.code: f"query_{i.code}" for i in queries}
    features = _features(indicators)
    always = sum(not _feeds(i) for i in features) / max(len(features), 1)
    values = "".join(f",\n  {_value(i, holder[i.code])} AS {i.code}" for i in indicators)
    relations = {"delivered": _delivered_by_unit(indicators, as_of), **passes}
    ctes = ",\n".join(f"{name} AS ({sql})" for name, sql in relations.items())
    joins = "\n".join(f"LEFT JOIN {name} ON {name}.uscc = p.uscc" for name in passes)
    return f"""WITH {ctes}
SELECT p.as_of, p.uscc, coalesce(delivered.data_share, {always}) AS data_share{values}
FROM (SELECT * FROM {population} WHERE as_of = {_day(as_of)}) p
LEFT JOIN delivered ON delivered.unit = coalesce(p.unit, '')
{joins}"""


def _columns(indicators: tuple[Indicator, ...]) -> str:
    values = "".join(f", {i.code} {i.sql_type}" for i in indicators)
    return f"as_of DATE, uscc VARCHAR, data_share DOUBLE{values}"


def _day(as_of: date) -> str:
    return f"DATE '{as_of.isoformat()}'"


def _at(sql: str, as_of: date) -> str:
    """The text with the word as_of replaced by the date."""
    return _AS_OF.sub(_day(as_of), sql)


def _aggregate(indicator: Indicator, as_of: date) -> str:
    """The aggregate over the rows that count; NULL without any, so that absence is judged in one place."""
    form = indicator.form
    conditions = [f"({form.where})"] if isinstance(form, Count | State) and form.where else []
    if isinstance(form, Count):
        if form.window is not None:
            conditions.append(f"event_on >= {_day(as_of - timedelta(days=form.window.count))}")
        when = f"FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
        text = form.aggregate if "{when}" in form.aggregate else form.aggregate + " {when}"
        found = f"CASE WHEN count(*) {when} > 0 THEN {text.replace('{when}', when)} END"
        return _at(found, as_of)
    assert isinstance(form, State)
    when = f"FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
    return _at(f"arg_max_null({form.value}, ({form.newest_by}, known_from, delivery_no, row_no)) {when}", as_of)


def _query_pass(indicator: Indicator, as_of: date, source: Source) -> str:
    form = indicator.form
    assert isinstance(form, Query)
    sql = form.sql
    for contract in form.reads:
        sql = sql.replace("{" + contract.code + "}", source(contract, as_of))
    sql = sql.replace("{report_deadline}", "temp.report_deadline").replace("{applicable_item}", "temp.applicable_item")
    return f"SELECT uscc, value AS {indicator.code} FROM ({_at(sql, as_of)}) WHERE uscc IS NOT NULL"


def _value(indicator: Indicator, relation: str) -> str:
    """The found value, else `when_none` where the feeds were delivered, else missing."""
    found = f"CAST({relation}.{indicator.code} AS {indicator.sql_type})"
    delivered = f"delivered.has_{indicator.code}" if _feeds(indicator) else "true"
    none = indicator.when_none
    literal = "NULL" if none is None else f"'{none}'" if isinstance(none, str) else f"{float(none)}"
    if isinstance(indicator.form, Query) and indicator.form.rests_on_absence:
        return f"CASE WHEN {delivered} THEN coalesce({found}, {literal}) END"
    return found if none is None else f"coalesce({found}, CASE WHEN {delivered} THEN {literal} END)"


def _feeds(indicator: Indicator) -> list[str]:
    """The feeds whose delivery an indicator needs; the register is always there."""
    return [c.code for c in indicator.reads if c.subject is not Subject.ROOT]


def _features(indicators: Iterable[Indicator]) -> list[Indicator]:
    return [i for i in indicators if i.role is Role.FEATURE]


def _delivered_by_unit(indicators: tuple[Indicator, ...], as_of: date) -> str:
    """One row a unit: which indicators have all their feeds delivered, and the share of the features that have."""
    by_feed = [i for i in indicators if _feeds(i)]
    feeds = sorted({feed for i in by_feed for feed in _feeds(i)})
    covered = f"covered_from < {_day(as_of)} AND {_day(as_of)} <= covered_to"
    delivered = "".join(f", bool_or(feed = '{feed}') AS {feed}" for feed in feeds)
    flags = "".join(f", {' AND '.join(_feeds(i))} AS has_{i.code}" for i in by_feed)
    features = _features(indicators)
    counted = " + ".join(f"CAST({' AND '.join(_feeds(i)) or 'true'} AS INTEGER)" for i in features) or "0"
    return f"""SELECT unit, ({counted}) / {max(len(features), 1)} AS data_share{flags}
      FROM (SELECT unit{delivered} FROM mart.coverage WHERE {covered} GROUP BY unit)"""


def write_report_deadlines(settings: Settings, warehouse: Warehouse) -> None:
    """temp.report_deadline: the last day for the annual report of each year, an input of some Queries."""
    days = [(year, settings.city.report_deadline(year)) for year in _REPORT_YEARS]
    warehouse.load("temp.report_deadline", pd.DataFrame(days, columns=["report_year", "deadline"]))
    warehouse.execute("ALTER TABLE temp.report_deadline ALTER deadline TYPE DATE")
