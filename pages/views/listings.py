"""Lists of a page as columns and rows, ready to be shown, exported or printed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pages.views.fields import shown
from pipeline.domain import Text


@dataclass(frozen=True)
class Column:
    """A column: its title, what it counts, and how its values are written."""

    label: Text = field(metadata=shown("列名", "Title", "列的名称", "Title of the column"))
    help: Text = field(metadata=shown("说明", "Help", "列的口径", "What it counts"))
    kind: str = field(metadata=shown("类型", "Kind", "text、count、percent 或 day", "text, count, percent or day"))
    width: int | None = field(metadata=shown("宽度", "Width", "像素，缺省自动", "Pixels, automatic if none"))


@dataclass(frozen=True)
class Listing:
    """Columns and rows; a cell is a Text, a string, a number, a date or None."""

    columns: tuple[Column, ...] = field(metadata=shown("列", "Columns", "各列", "The columns"))
    rows: tuple[tuple[Any, ...], ...] = field(metadata=shown("行", "Rows", "各行", "The rows"))
