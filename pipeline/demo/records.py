"""Records of a feed before anyone has put them in a file: typed columns, whose they are, when they came to be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.demo.clock import HISTORY_END, Bools, Days, Ints
from pipeline.demo.codes import serials


@dataclass(frozen=True)
class Records:
    """Versions of records of one feed.

    `firm`: position of the owner, -1 for nobody. `record`: number of the natural record, which its
    versions share. `ready`: the day on which the source has this version. `columns`: contract column ->
    typed values (date32, bool, int64, float64, string).
    """

    feed: str
    firm: Ints
    record: Ints
    ready: Days
    columns: dict[str, pa.Array] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Number of versions."""
        return len(self.firm)

    def take(self, index: Ints) -> Records:
        """The versions at some positions."""
        at = pa.array(index)
        return Records(
            self.feed,
            self.firm[index],
            self.record[index],
            self.ready[index],
            {n: c.take(at) for n, c in self.columns.items()},
        )

    def at(self, ready: Days) -> Records:
        """The same versions, ready on other days."""
        return replace(self, ready=ready)

    def with_columns(self, **columns: pa.Array) -> Records:
        """The same versions with some columns replaced or added."""
        return replace(self, columns={**self.columns, **columns})

    def with_update(self, when: Days, late: tuple[str, ...]) -> Records:
        """First versions without the columns `late`, and a second version on the day `when` (NaT = never)."""
        later = when > self.ready
        blank = {name: _blank_where(self.columns[name], ~(when <= self.ready)) for name in late}
        return concat((self.with_columns(**blank), self.take(np.flatnonzero(later)).at(when[later])))

    def newest_of_history(self) -> Records:
        """All versions after the history, and of each older record only the newest one of the history."""
        old = np.flatnonzero(self.ready <= HISTORY_END)
        order = old[np.lexsort((self.ready[old], self.record[old]))]
        last = (
            np.append(self.record[order][1:] != self.record[order][:-1], True)
            if len(order)
            else np.array([], dtype=bool)
        )
        keep = np.sort(np.concatenate([order[last], np.flatnonzero(self.ready > HISTORY_END)]))
        return self.take(keep)


def concat(parts: tuple[Records, ...]) -> Records:
    """Records of one feed, one part behind the other; a column missing in a part is null there."""
    names = list(dict.fromkeys(n for p in parts for n in p.columns))
    kinds = {n: next(p.columns[n].type for p in parts if n in p.columns) for n in names}
    columns = {
        n: pa.concat_arrays([p.columns[n] if n in p.columns else pa.nulls(p.count, kinds[n]) for p in parts])
        for n in names
    }
    return Records(
        parts[0].feed,
        np.concatenate([p.firm for p in parts]),
        np.concatenate([p.record for p in parts]),
        np.concatenate([p.ready for p in parts]),
        columns,
    )


def _blank_where(column: pa.Array, mask: Bools) -> pa.Array:
    return pc.if_else(pa.array(mask), pa.scalar(None, column.type), column)


def dates(values: Days) -> pa.Array:
    """Days as a column; NaT is null."""
    return pa.array(values.astype("datetime64[D]"), pa.date32())


def number(values: npt.ArrayLike, digits: int = 4) -> pa.Array:
    """Rounded decimals as a column; NaN is null."""
    rounded = np.round(np.asarray(values, dtype=float), digits)
    return pa.array(rounded, pa.float64(), mask=np.isnan(rounded))


def whole(values: npt.ArrayLike, mask: Bools | None = None) -> pa.Array:
    """Whole numbers as a column; masked ones are null."""
    return pa.array(np.asarray(values).astype(np.int64), pa.int64(), mask=mask)


def truth(values: Bools) -> pa.Array:
    """Booleans as a column."""
    return pa.array(np.asarray(values, dtype=bool))


def same(text: str, size: int) -> pa.Array:
    """One text in every row."""
    return pa.array([text], pa.string()).take(pa.array(np.zeros(size, dtype=np.int8)))


def numbered(feed: str, prefix: str, firm: Ints, ready: Days, columns: dict[str, pa.Array]) -> Records:
    """Records with running numbers; `prefix` begins their number at the source."""
    record = np.arange(len(firm))
    return Records(feed, firm, record, ready, {**columns, "source_record_id": serials(prefix, record, 8)})
