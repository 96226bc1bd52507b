"""Typed values -> the texts that a supplier writes: dates, yes and no, numbers, words for codes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.demo.clock import Days
from pipeline.demo.names import join
from pipeline.demo.records import dates
from pipeline.feeds.contract import FeedContract, OneOf
from pipeline.feeds.mapping import Mapping

_ALL_DAYS = np.arange("1949-01-01", "2080-01-01", dtype="datetime64[D]")
_YEAR, _MONTH, _DAY = ([str(d)[part] for d in _ALL_DAYS] for part in (slice(0, 4), slice(5, 7), slice(8, 10)))
_PARTS = list(zip(_YEAR, _MONTH, _DAY, strict=True))
_SERIAL = (_ALL_DAYS - np.datetime64("1899-12-30")).astype(int)
DATE_FORMS: dict[str, pa.Array] = {
    "iso": pa.array([f"{y}-{m}-{d}" for y, m, d in _PARTS]),
    "slash": pa.array([f"{y}/{int(m)}/{int(d)}" for y, m, d in _PARTS]),
    "dot": pa.array([f"{y}.{m}.{d}" for y, m, d in _PARTS]),
    "compact": pa.array([f"{y}{m}{d}" for y, m, d in _PARTS]),
    "zh": pa.array([f"{y}年{int(m)}月{int(d)}日" for y, m, d in _PARTS]),
    "time": pa.array([f"{y}-{m}-{d} 09:30:00" for y, m, d in _PARTS]),
    "serial": pa.array([str(s) for s in _SERIAL]),
}
"""The ways in which suppliers write dates; `serial` is the number that Excel shows for an unformatted date."""
_CLOCK = pa.array([f" {h:02}:{m:02}:00" for h in range(8, 18) for m in range(0, 60, 7)])


def date_text(days: pa.Array, form: str) -> pa.Array:
    """Days in one of the forms."""
    offset = pc.subtract(pc.cast(days, pa.int32()), int(_ALL_DAYS[0].astype(int)))
    return DATE_FORMS[form].take(offset)


def timestamp_text(days: Days, rng: np.random.Generator) -> pa.Array:
    """Days with a random time of office hours, as in 2020-07-27 09:14:00."""
    return join(date_text(dates(days), "iso"), _CLOCK.take(pa.array(rng.integers(0, len(_CLOCK), len(days)))))


def as_text(column: pa.Array, form: str) -> pa.Array:
    """A typed column as text; numbers without needless zeros."""
    kind = column.type
    if pa.types.is_date(kind):
        return date_text(column, form)
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "是", "否")
    if pa.types.is_floating(kind):
        text = pc.cast(pc.cast(pc.round(column, 4), pa.decimal128(20, 4)), pa.string())
        return pc.utf8_rtrim(pc.utf8_rtrim(text, "0"), ".")
    return pc.cast(column, pa.string())


def in_words(column: pa.Array, name: str, contract: FeedContract) -> pa.Array:
    """Codes of a column's own short list as Chinese words; other columns stay."""
    kind = contract.by_name[name].kind
    if not isinstance(kind, OneOf):
        return column
    return _replaced(column, {code: label.zh for code, label in kind.labels.items()})


def mapped(
    texts: dict[str, pa.Array], mapping: Mapping | None, contract: FeedContract, *, titles: bool
) -> dict[str, pa.Array]:
    """Columns under the titles of a foreign layout, with its codes and units; without one under the contract's."""
    if mapping is None or not mapping.columns:
        return {contract.by_name[n].title.zh if titles else n: c for n, c in texts.items()}
    shown: dict[str, pa.Array] = {}
    for title, name in mapping.columns.items():
        if name in texts and name not in mapping.fixed:
            back = {code: delivered for delivered, code in reversed(mapping.codes.get(name, {}).items())}
            column = _replaced(texts[name], back) if back else texts[name]
            shown[title] = _yuan(column) if mapping.units.get(name) == "yuan" else column
    return shown


def _yuan(column: pa.Array) -> pa.Array:
    amount = pc.multiply(pc.cast(column, pa.float64()), 10_000.0)
    return as_text(pc.round(amount, 2), "iso")


def _replaced(column: pa.Array, words: dict[str, str]) -> pa.Array:
    codes = pa.array(list(words), pa.string())
    found = pc.index_in(column, value_set=codes)
    return pc.if_else(pc.is_null(found), column, pa.array(list(words.values()), pa.string()).take(found))
