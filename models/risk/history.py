"""The own past of whoever is to be checked, as features of a check: nothing else than what was known before its day.

A feature is an Indicator in one of two forms:
  Count over SPOT_CHECK_RESULT   the firm's own earlier checks, as known at the start of the day (known.<feed>);
                                 `as_of` is the day of the check
  State over SPOT_CHECK_RESULT   who is to be checked; it sees the columns of `SUBJECT` and no others

So nothing about the task, the kind of check, the authority, the inspector, the month or the visit can be named, and
every row is its own day: a check at noon does not know another one of the same morning. A check that is attached to no
firm has no features at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.risk.estimator import Sample
from pipeline.errors import BadDeclaration
from pipeline.feeds.catalogue.spot_check_result import SPOT_CHECK_RESULT
from pipeline.indicators.indicator import Count, Indicator, State
from pipeline.indicators.known import known_when
from pipeline.indicators.readings import COMPLETED_CHECK, PROBLEM_FOUND
from pipeline.stores.warehouse import Warehouse

SUBJECT = ("uscc", "subject_name", "unit")
"""What a State may name: the credit code, the name on the check's papers, the unit of the register (registering authority)."""
_CHECK, _FEATURE = "temp.check_subject", "temp.check_past"


def checks(
    warehouse: Warehouse, features: tuple[Indicator, ...], start: date, end: date, *, where: str = "true"
) -> Sample:
    """Every finished check with a day in [start, end), in the order of day and check number, with its features.

    `firm` is the credit code, None for a check attached to no firm; `as_of` the day; `adverse` whether a problem was
    found. `where` limits the checks (columns of core.spot_check_result). Needs a warehouse after `match`; writes
    temporary tables only. Raises BadDeclaration for a feature of another form.
    """
    _check_forms(features)
    warehouse.execute(f"CREATE OR REPLACE TEMP TABLE check_subject AS {_subjects(where)}", [end, start, end, end])
    past = [i for i in features if isinstance(i.form, Count)]
    aggregates = "".join(f", {_aggregate(i)} AS {i.code}" for i in past)
    rows = known_when(SPOT_CHECK_RESULT, "s.as_of")
    warehouse.execute(
        f"""CREATE OR REPLACE TEMP TABLE check_past AS SELECT uscc, as_of{aggregates}
        FROM (SELECT s.as_of, k.* FROM (SELECT DISTINCT uscc, as_of FROM {_CHECK} WHERE uscc IS NOT NULL) s
              CROSS JOIN LATERAL (SELECT * FROM ({rows}) WHERE uscc = s.uscc) k)
        WHERE NOT is_repaired AND {COMPLETED_CHECK} GROUP BY uscc, as_of"""
    )
    who = "".join(f", {i.form.value} AS {i.code}" for i in features if isinstance(i.form, State))
    frame = warehouse.frame(
        f"""SELECT s.uscc, s.as_of, s.is_adverse{"".join(f", {_value(i)} AS {i.code}" for i in features)}
        FROM {_CHECK} s LEFT JOIN {_FEATURE} p ON p.uscc = s.uscc AND p.as_of = s.as_of
        LEFT JOIN (SELECT check_no{who} FROM (SELECT check_no, {", ".join(SUBJECT)} FROM {_CHECK})) w USING (check_no)
        ORDER BY s.as_of, s.check_no"""
    )
    for table in (_CHECK, _FEATURE):
        warehouse.execute(f"DROP TABLE {table}")
    values = {i.code: _array(frame[i.code], bool(i.levels)) for i in features}
    firm = _array(frame["uscc"], True)
    return Sample(values, firm, frame["as_of"].to_numpy("datetime64[D]"), frame["is_adverse"].to_numpy(np.bool_))


def known_by(warehouse: Warehouse, start: date, end: date, *, where: str = "true") -> NDArray[np.datetime64]:
    """The day on which the result of each check of `checks` was known, in the same order: who learns must wait for it."""
    rows = warehouse.rows(
        f"SELECT CAST(known_from AS DATE) FROM ({_finished(where)}) c ORDER BY event_on, check_no", [end, start, end]
    )
    return np.array([r[0] for r in rows], dtype="datetime64[D]")


def rows_of(sample: Sample, rows: NDArray[Any]) -> Sample:
    """The rows of a sample that a mask or an index array names."""
    values = {str(code): np.asarray(sample.values[code])[rows] for code in sample.values}
    return Sample(values, sample.firm[rows], sample.as_of[rows], sample.adverse[rows])


def _finished(where: str) -> str:
    """The newest version of each completed check of a span of days; the parameters are end, start, end.

    Order and version do not depend on the result. A later correction of a result counts, as for every outcome.
    """
    return f"""
        SELECT *, row_number() OVER (ORDER BY event_on, check_id, delivery_no, row_no) AS check_no
        FROM core.{SPOT_CHECK_RESULT.code}
        WHERE row_outcome NOT IN ('duplicate', 'superseded') AND known_to IS NULL AND event_on < ?
          AND event_on >= ? AND event_on < ? AND {COMPLETED_CHECK} AND ({where})"""


def _subjects(where: str) -> str:
    """One row a check: whom, when, and what came out. The register's unit: the newest known by then, else the oldest."""
    return f"""
        WITH c AS ({_finished(where)}),
        r AS (SELECT uscc, jurisdiction_unit, known_from, version_no FROM core.ent_registration
              WHERE row_outcome <> 'duplicate' AND uscc IS NOT NULL AND (known_from < ? OR version_no = 1))
        SELECT c.check_no, c.uscc, c.entity_name AS subject_name, c.event_on AS as_of,
          coalesce(arg_max(r.jurisdiction_unit, r.version_no) FILTER (r.known_from < c.event_on),
                   arg_min(r.jurisdiction_unit, r.version_no)) AS unit,
          {PROBLEM_FOUND} AS is_adverse
        FROM c LEFT JOIN r ON r.uscc = c.uscc
        GROUP BY c.check_no, c.uscc, c.entity_name, c.event_on, c.result"""


def _aggregate(indicator: Indicator) -> str:
    """The aggregate over the firm's earlier checks in the window; NULL where there is none."""
    form = indicator.form
    assert isinstance(form, Count)
    conditions = [f"({form.where})"] if form.where else []
    if form.window is not None:
        conditions.append(f"event_on >= as_of - {form.window.count}")
    when = f"FILTER (WHERE {' AND '.join(conditions)})" if conditions else ""
    text = form.aggregate if "{when}" in form.aggregate else form.aggregate + " {when}"
    return f"CASE WHEN count(*) {when} > 0 THEN {text.replace('{when}', when)} END"


def _value(indicator: Indicator) -> str:
    """The value by check: missing without a firm, `when_none` for a firm of which nothing was found."""
    if isinstance(indicator.form, State):
        return f"CASE WHEN s.uscc IS NOT NULL THEN w.{indicator.code} END"
    none = "NULL" if indicator.when_none is None else str(float(indicator.when_none))
    return f"CASE WHEN s.uscc IS NOT NULL THEN coalesce(CAST(p.{indicator.code} AS DOUBLE), {none}) END"


def _check_forms(features: Iterable[Indicator]) -> None:
    for i in features:
        form = i.form
        if not isinstance(form, Count | State) or form.source is not SPOT_CHECK_RESULT:
            raise BadDeclaration(
                f"check feature {i.code!r}", ["form: expected a Count or State over spot_check_result"]
            )


def _array(column: Any, is_text: bool) -> NDArray[Any]:
    if not is_text:
        return np.asarray(column, dtype=np.float32)
    given = column.to_numpy(dtype=object, na_value=None)
    return np.asarray(given, dtype=np.object_)
