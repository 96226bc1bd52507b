"""What goes wrong in deliveries, on purpose: planted rows and spoilt values, at the rates of `Dirt`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.demo.chance import happens
from pipeline.demo.clock import HISTORY_END, Bools, Ints
from pipeline.demo.codes import serials
from pipeline.demo.names import lookup
from pipeline.demo.rates import Dirt
from pipeline.demo.records import Records, concat, number, same
from pipeline.demo.writers import MARK
from pipeline.domain import Month
from pipeline.feeds.contract import CodeOf, FeedContract, Field

BAD_FILE = ("social_insurance", "2019-03")
"""Feed and folder month of the one file that is mostly bad."""
MOST_BAD = 0.04
"""No other file has a larger share of bad rows."""
_FUTURE = ("2029-11-11", "2029-11")
_UNREADABLE = ("2019-13-45", "不详", "待定", "2018年", "00000000")
_CLEAN = frozenset({"ent_registration", "ent_change", "supervision_item", "inspector", "national_grade"})


def plant(records: Records, dirt: Dirt, rng: np.random.Generator) -> Records:
    """Add rows that don't belong (statistical checks and reports); put some fines in the wrong unit."""
    size = records.count
    if records.feed == "spot_check_result":
        extra = records.take(np.flatnonzero(happens(rng, dirt.statistical_checks, size)))
        extra = extra.with_columns(
            check_id=serials("TJ", np.arange(extra.count), 9), check_kind=same("统计抽查", extra.count)
        )
        return concat((records, _apart(extra)))
    if records.feed == "annual_report":
        extra = records.take(np.flatnonzero(happens(rng, dirt.statistical_reports, size)))
        return concat((records, _apart(extra.with_columns(supplier_org=same(f"{MARK}·统计局", extra.count)))))
    if records.feed == "penalty":
        fine = records.columns["fine_wan"].to_numpy(zero_copy_only=False)
        wrong = happens(rng, dirt.fine_in_yuan, int(records.record.max(initial=0)) + 1)[records.record]
        return records.with_columns(fine_wan=number(np.where(wrong & (fine < 90), fine * 10_000, fine)))
    return records


def _apart(extra: Records) -> Records:
    return Records(extra.feed, extra.firm, -1 - np.arange(extra.count), extra.ready, extra.columns)


def repeated(records: Records, dirt: Dirt, rng: np.random.Generator) -> Bools:
    """Versions that the next file brings again, unchanged."""
    return happens(rng, dirt.duplicate_rows, records.count) & (records.ready > HISTORY_END)


def soil(
    texts: dict[str, pa.Array], contract: FeedContract, dirt: Dirt, rng: np.random.Generator, file: Ints, bad_file: int
) -> dict[str, pa.Array]:
    """Spoil single values: dates in the future or unreadable, unknown codes.

    `file`: number of the file of each row, ascending; no file but `bad_file` gets more than MOST_BAD.
    """
    if contract.code in _CLEAN:
        return texts
    size = len(file)
    unreadable = happens(rng, np.where(file == bad_file, dirt.bad_file_rows, dirt.unreadable_dates), size)
    future = happens(rng, dirt.future_dates, size)
    uncoded = happens(rng, dirt.unreadable_codes, size)
    kept = _few(unreadable | future | uncoded, file) | (file == bad_file)
    spoilt = dict(texts)
    event = contract.happened_on
    if event in texts:
        nonsense = lookup(_UNREADABLE, rng.integers(0, len(_UNREADABLE), size))
        spoilt[event] = _put(spoilt[event], unreadable & kept, nonsense)
        spoilt[event] = _put(spoilt[event], future & kept, same(_FUTURE[contract.by_name[event].kind is Month], size))
    coded = next((f.name for f in contract.fields if _is_plain_code(f) and f.name in texts), None)
    if coded:
        spoilt[coded] = _put(spoilt[coded], uncoded & kept, same("见附件", size))
    return spoilt


def _is_plain_code(field: Field) -> bool:
    return isinstance(field.kind, CodeOf) and not field.name.startswith("cp_")


def _few(bad: Bools, file: Ints) -> Bools:
    """Of the bad rows of each file the first ones, up to MOST_BAD of its rows."""
    start = np.searchsorted(file, file)
    rows = np.searchsorted(file, file, side="right") - start
    before = np.append(0, np.cumsum(bad))
    return np.asarray(before[1:] - before[start] <= np.floor(MOST_BAD * rows))


def _put(column: pa.Array, where: Bools, values: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(where), values, column)
