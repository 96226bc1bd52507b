"""What goes wrong in deliveries, on purpose: planted rows and spoilt values, at the rates of `Dirt`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.demo.chance import happens
from pipeline.demo.clock import HISTORY_END, Bools
from pipeline.demo.codes import serials
from pipeline.demo.names import lookup
from pipeline.demo.rates import Dirt
from pipeline.demo.records import Records, concat, number, same
from pipeline.demo.writers import MARK
from pipeline.feeds.contract import CodeOf, FeedContract

BAD_FILE = ("social_insurance", "2019-03")
"""Feed and folder month of the one file that is mostly bad."""
_UNREADABLE = ("2019-13-45", "不详", "待定", "2018年", "00000000")
_CLEAN = frozenset({"ent_registration", "ent_change", "supervision_item", "inspector", "national_grade"})


def plant(records: Records, dirt: Dirt, rng: np.random.Generator) -> Records:
    """Add rows that don't belong (statistical checks and reports); put some fines in the wrong unit."""
    size = records.count
    if records.feed == "spot_check_result":
        extra = records.take(np.flatnonzero(happens(rng, dirt.statistical_checks, size)))
        extra = extra.with_columns(check_id=serials("TJ", np.arange(extra.count), 9), check_kind=same("统计抽查", extra.count))
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


def soil(texts: dict[str, pa.Array], contract: FeedContract, dirt: Dirt, rng: np.random.Generator, bad_rows: Bools) -> dict[str, pa.Array]:
    """Spoil single values: dates in the future or unreadable, unknown codes; `bad_rows` are the bad file's."""
    if contract.code in _CLEAN:
        return texts
    size = len(bad_rows)
    event = contract.happened_on
    spoilt = dict(texts)
    if event in texts:
        unreadable = happens(rng, np.where(bad_rows, dirt.bad_file_rows, dirt.unreadable_dates), size)
        spoilt[event] = _put(spoilt[event], unreadable, lookup(_UNREADABLE, rng.integers(0, len(_UNREADABLE), size)))
        future = happens(rng, dirt.future_dates, size)
        text = "2029-11" if contract.code == "social_insurance" else "2029-11-11"
        spoilt[event] = _put(spoilt[event], future, same(text, size))
    coded = next((f.name for f in contract.fields if isinstance(f.kind, CodeOf) and f.name in texts and not f.name.startswith("cp_")), None)
    if coded:
        spoilt[coded] = _put(spoilt[coded], happens(rng, dirt.unreadable_codes, size), same("见附件", size))
    return spoilt


def _put(column: pa.Array, where: Bools, values: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(where), values, column)
