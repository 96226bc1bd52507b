"""A view model -> Excel: says what it is and for whom, holds every row, and no cell is anything but a value.

Written row by row (constant memory), so that 150,000 rows need no more than a few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

FONT = "微软雅黑"
MISSING = ""
LONGEST_CELL = 32_767
"""Characters that a cell of Excel holds."""
CUT = "…（已截断 cut）"
MOST_ROWS = 1_048_576
ROW_HEIGHT, HEAD_HEIGHT, TITLE_HEIGHT = 18, 22, 28
_DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")
"""A text that begins with one of these is a formula to some programs that read a copied or converted cell."""
_SUSPECT = frozenset((*_DANGEROUS, " ", "\u3000", ""))
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_GRADES = {"A": "#37A2AA", "B": "#4975B5", "C": "#805D00", "D": "#86320F", "E": "#4A0F28"}
_FORMATS = {"count": "#,##0", "cases": "#,##0", "score": "0", "percent": "0.0", "day": "yyyy-mm-dd"}
_NOTHING = object()

Progress = Callable[[int], None]
"""Told how many rows are written."""


@dataclass(frozen=True)
class Field:
    """A column of a sheet: title, kind of its values, width in characters, and the words of its codes.

    `kind`: grade, text, codes (one code, several joined by ;, or a list), tag, change (one code), count, cases, score,
    percent or day.
    """

    title: str
    kind: str
    chars: int
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    joint: str = "、"


@dataclass(frozen=True)
class Heading:
    """What stands above the rows, line by line as (word, value), the title, and the mark on every printed page."""

    title: str
    lines: tuple[tuple[str, str], ...]
    mark: str


def write(
    target: Path | BytesIO,
    heading: Heading,
    fields: Sequence[Field],
    rows: Iterable[Sequence[Any]],
    progress: Progress | None = None,
) -> int:
    """Write one sheet; gives the number of rows. Raises ValueError for more than a sheet holds."""
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "nan_inf_to_errors": False, "default_format_properties": {"font_name": FONT, "font_size": 10},
    }  # fmt: skip
    book = xlsxwriter.Workbook(target if isinstance(target, BytesIO) else str(target), options)
    book.set_properties({"title": safe(heading.title), "comments": heading.mark})
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", heading.title)[:31])
    styles = _Styles(book)
    head = _write_heading(sheet, styles, heading, fields)
    done = _write_rows(sheet, styles, fields, rows, head + 1, progress)
    sheet.freeze_panes(head + 1, min(2, len(fields)))
    sheet.autofilter(head, 0, max(head + done, head + 1), max(len(fields) - 1, 0))
    _dress_pages(sheet, heading, head)
    book.close()
    return done


def safe(value: str) -> str:
    """A text that is nothing but a text: no formula to anybody, no character that XML forbids, not too long."""
    if value[:1] not in _SUSPECT and len(value) <= LONGEST_CELL and value.isprintable():
        return value
    text = _ILLEGAL.sub(" ", value)
    if text.startswith(_DANGEROUS) or text.lstrip().startswith(_DANGEROUS):
        text = "'" + text
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - len(CUT)] + CUT


def written(value: Any, column: Field) -> Any:
    """What a cell holds: a number, a date, or a harmless text; None for nothing."""
    if value is None or value is _NOTHING or value != value:
        return None
    if column.kind in ("codes", "tag", "change"):
        return safe(words(value, column.labels, column.joint)) or None
    if isinstance(value, bool) or not isinstance(value, int | float | date):
        return safe(str(value)) or None
    return value


def words(value: Any, labels: Mapping[str, str], joint: str = "、") -> str:
    """A code, several joined by ;, or a list of codes, in words; a code without words stays as it is."""
    codes = value.split(";") if isinstance(value, str) else value if isinstance(value, list | tuple) else [str(value)]
    return joint.join(labels.get(str(c), str(c)) for c in codes if c)


class _Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        base = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
        rule = {"bottom": 1, "bottom_color": "#E4E9EE"}
        self.title = book.add_format({**base, "font_size": 16, "bold": True, "font_color": "#14304F"})
        self.line = book.add_format({**base, "font_color": "#5D6B79"})
        self.mark = book.add_format({**base, "bold": True, "font_color": "#93430A"})
        self.head = book.add_format(
            {**base, "bold": True, "bg_color": "#14304F", "font_color": "#FFFFFF", "text_wrap": True, "align": "center"}
        )
        self.text = book.add_format({**base, **rule, "num_format": "@"})
        self.of_kind = {k: book.add_format({**base, **rule, "num_format": n}) for k, n in _FORMATS.items()}
        self.grades = {
            g: book.add_format(
                {
                    **base,
                    **rule,
                    "bold": True,
                    "align": "center",
                    "bg_color": c,
                    "font_color": "#1B2733" if g == "A" else "#FFFFFF",
                }
            )
            for g, c in _GRADES.items()
        }

    def of(self, column: Field) -> Format:
        """The format of a column's cells."""
        return self.of_kind.get(column.kind, self.text)


def _write_heading(sheet: Worksheet, styles: _Styles, heading: Heading, fields: Sequence[Field]) -> int:
    """Title, mark and lines; gives the row of the column titles."""
    for n, column in enumerate(fields):
        sheet.set_column(n, n, column.chars, styles.of(column))
    sheet.set_row(0, TITLE_HEIGHT)
    sheet.write_string(0, 0, safe(heading.title), styles.title)
    sheet.write_string(1, 0, safe(heading.mark), styles.mark)
    for n, (word, value) in enumerate(heading.lines, 2):
        sheet.write_string(n, 0, safe(f"{word}：{value}"), styles.line)
    head = len(heading.lines) + 3
    sheet.set_row(head, HEAD_HEIGHT)
    for n, column in enumerate(fields):
        sheet.write_string(head, n, safe(column.title), styles.head)
    return head


def _write_rows(
    sheet: Worksheet,
    styles: _Styles,
    fields: Sequence[Field],
    rows: Iterable[Sequence[Any]],
    first: int,
    progress: Progress | None,
) -> int:
    sheet.set_default_row(ROW_HEIGHT)
    formats = [styles.of(f) for f in fields]
    done = 0
    for row in rows:
        if first + done >= MOST_ROWS:
            raise ValueError(f"a sheet holds {MOST_ROWS:,} rows")
        for n, (value, column, style) in enumerate(zip(row, fields, formats, strict=True)):
            _write_cell(
                sheet, first + done, n, written(value, column), style, styles.grades if column.kind == "grade" else {}
            )
        done += 1
        if progress and done % 1000 == 0:
            progress(done)
    return done


def _write_cell(sheet: Worksheet, row: int, n: int, value: Any, style: Format, grades: Mapping[str, Format]) -> None:
    if value is None:
        sheet.write_blank(row, n, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, n, value, grades.get(value, style))
    elif isinstance(value, date):
        sheet.write_datetime(
            row, n, value if isinstance(value, datetime) else datetime(value.year, value.month, value.day), style
        )
    else:
        sheet.write_number(row, n, value, style)


def _dress_pages(sheet: Worksheet, heading: Heading, head: int) -> None:
    """Printed: landscape A4, the mark across the head of every page, title and page number at its foot."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    mark, title = (part.replace("&", "&&")[:100] for part in (heading.mark, heading.title))
    sheet.set_header(f'&C&"{FONT},Bold"&16&KBFBFBF{mark}')
    sheet.set_footer(f'&L&"{FONT}"&9{title}&C&"{FONT}"&9{mark}&R&9&P / &N')
