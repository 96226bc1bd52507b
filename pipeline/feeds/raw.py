"""A delivered table before anyone interprets it: text cells, row numbers, and how its header is found."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.domain import Text
from pipeline.errors import BadDelivery

HEADER_ROWS = 30
"""How many rows the header is looked for in."""
SURE_TITLES = 5
"""A row of nothing but so many known titles is the header: no further row is looked at."""
ROW_NO = "row_no"
BLANK = "".join(c for c in map(chr, range(0x3001)) if c.isspace()) + "\u200b\ufeff"
"""What is trimmed from both ends of a cell: every Unicode space, full-width and zero-width ones too."""


class NoTable(BadDelivery):
    """Nothing in it is one of the expected tables: no row near the top is a known header, or it is a document."""


def refusal(
    file: str, expected: Text, received: Text, remedy: Text, kind: type[BadDelivery] = BadDelivery
) -> BadDelivery:
    """The error for `file`: what was expected, what came, what to do; Chinese, then English in brackets."""
    return kind(
        f"{file}：应为{expected.zh}，收到{received.zh}；{remedy.zh}"
        f"（expected {expected.en}, received {received.en}; {remedy.en}）"
    )


@lru_cache(maxsize=1 << 16)
def normal_title(title: str) -> str:
    """The form in which headers are compared: NFKC, no spaces, lower case, no asterisk or colon around it."""
    return re.sub(rf"[{BLANK}]", "", unicodedata.normalize("NFKC", title)).casefold().strip("*:")


@dataclass(frozen=True)
class HeaderSense:
    """The titles, in normal form, that a header of the expected layouts may contain."""

    titles: frozenset[str]

    @classmethod
    def of(cls, titles: Iterable[str]) -> HeaderSense:
        """From titles as people write them."""
        return cls(frozenset(map(normal_title, titles)))

    def recognised(self, cells: Iterable[str]) -> frozenset[str]:
        """Those of `cells` that are known titles, in normal form."""
        return self.titles.intersection(normal_title(cell) for cell in cells if cell)


@dataclass(frozen=True)
class Header:
    """The header row that was found; `row_no` counts from 1, `above` are the filled rows before it."""

    row_no: int
    cells: tuple[str, ...]
    known: frozenset[str]
    above: tuple[str, ...]

    @property
    def width(self) -> int:
        """Number of cells up to the last one with a title."""
        return max((i for i, cell in enumerate(self.cells, 1) if cell), default=0)


@dataclass(frozen=True)
class BrokenRow:
    """A row whose number of cells doesn't fit the header; `text` is the row as delivered."""

    row_no: int
    text: str
    expected: int
    received: int


@dataclass(frozen=True)
class RawTable:
    """A table as delivered. `table`: `row_no` int32, then `c0`…`cN` as text (an empty cell is null).

    `member`: the name inside a zip and/or of the sheet, else ''. `header`: one title for each of `c0`…`cN`.
    `row_no`: the row as a spreadsheet shows it. `title_rows`: text above the header. `blank_rows`: empty rows
    between filled ones. `ignored`: what lay in the same file and wasn't read; on the file's first table only.
    """

    member: str
    header: tuple[str, ...]
    table: pa.Table
    title_rows: tuple[str, ...] = ()
    broken: tuple[BrokenRow, ...] = ()
    blank_rows: int = 0
    ignored: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows that can be read; broken and blank ones aside."""
        return int(self.table.num_rows)


def find_header(rows: Sequence[Sequence[str]], wanted: HeaderSense) -> Header | None:
    """The first of the top rows with the most known titles: at least two, or half of its filled cells."""
    best: Header | None = None
    above: list[str] = []
    for row_no, row in enumerate(rows[:HEADER_ROWS], 1):
        cells = tuple(_one_line(cell.strip(BLANK)) for cell in row)
        filled = [cell for cell in cells if cell]
        known = wanted.recognised(filled)
        if len(known) > (len(best.known) if best else 0) and (len(known) >= 2 or 2 * len(known) >= len(filled)):
            best = Header(row_no, cells, known, tuple(above))
            if len(known) == len(filled) >= SURE_TITLES:  # no later row will be a better header
                return best
        if filled:
            above.append(" ".join(filled))
    return best


def _one_line(cell: str) -> str:
    return re.sub(r"\s*[\r\n]\s*", "", cell) if "\n" in cell or "\r" in cell else cell


def no_header(file: str, rows: Sequence[Sequence[str]], note: Text | None = None) -> BadDelivery:
    """The error for a table whose top rows hold no known titles; shows the first filled row."""
    filled = ([c for cell in row if (c := cell.strip(BLANK))] for row in rows)
    first = "、".join(next(filter(None, filled), []))[:60]
    added = Text(f"（{note.zh}）", f" ({note.en})") if note else Text("", "")
    return refusal(
        file,
        Text(f"前 {HEADER_ROWS} 行内有可识别的表头", f"a known header in the first {HEADER_ROWS} rows"),
        Text(f"首行“{first}”{added.zh}", f"a first row as quoted{added.en}"),
        Text("请核对文件与数据目录是否对应，或为其列名增加映射", "check the file, or add a mapping for its titles"),
        NoTable,
    )


def assemble(
    member: str, header: Header, columns: Sequence[pa.ChunkedArray], row_no: Any, broken: Sequence[BrokenRow] = ()
) -> RawTable:
    """Trim every cell, drop empty rows and untitled empty columns, and name what is left.

    `columns`: text, at least one for each cell of the header; `row_no`: their row numbers, of the same length.
    """
    cells = [*header.cells, *[""] * (len(columns) - len(header.cells))]
    trimmed = [_trimmed(column) for column in columns]
    kept = [i for i, column in enumerate(trimmed) if cells[i] or column.null_count < len(column)]
    table = pa.table(
        [pa.array(row_no, pa.int32()), *(trimmed[i] for i in kept)],
        names=[ROW_NO, *(f"c{n}" for n in range(len(kept)))],
    )
    table = _without_blank_rows(table)
    last = max([int(table[ROW_NO][-1].as_py()) if table.num_rows else header.row_no, *(b.row_no for b in broken)])
    return RawTable(
        member=member,
        header=_unique([cells[i] or f"第{i + 1}列" for i in kept]),
        table=table,
        title_rows=header.above,
        broken=tuple(broken),
        blank_rows=last - header.row_no - table.num_rows - len(broken),
    )


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    text = pc.utf8_trim(column, characters=BLANK)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _without_blank_rows(table: pa.Table) -> pa.Table:
    filled: Any = np.zeros(table.num_rows, dtype=bool)
    for column in table.columns[1:]:
        filled |= column.is_valid().to_numpy()
        if filled.all():
            return table
    return table.filter(pa.array(filled))


def _unique(titles: Sequence[str]) -> tuple[str, ...]:
    """The titles, the second of a name with the suffix _2 and so on."""
    taken = set(titles)
    seen: Counter[str] = Counter()
    names = []
    for title in titles:
        seen[title] += 1
        name = title if seen[title] == 1 else f"{title}_{seen[title]}"
        while seen[title] > 1 and name in taken:
            seen[title] += 1
            name = f"{title}_{seen[title]}"
        taken.add(name)
        names.append(name)
    return tuple(names)
