"""The filled workbook of a draw -> rows as entered; what kind of file was expected is said if it is another."""

from __future__ import annotations

from typing import Any

from pipeline.errors import BadDelivery, Refused
from pipeline.feeds.workbook import Sheet, sheets_of
from pipeline.stores.operations.check_entry import SHEET_COLUMNS

SHEET = "结果录入 Results"
"""The sheet of the workbook that is read back."""
LARGEST = 20 * 1024 * 1024
MOST_ROWS = 20_000
HEAD_ROWS = 100
"""Rows that may stand above the first that is filled in."""


def rows_of(content: bytes) -> list[dict[str, Any]]:
    """The rows below the head that begins with the task number; raises Refused with what was expected."""
    if len(content) > LARGEST:
        raise Refused("文件超过 20 MB，不是导出的检查工作簿。", "More than 20 MB: not the workbook that was exported.")
    try:
        sheets = sheets_of(content, SHEET)  # in a process of its own: a bad workbook ends the process that reads it
    except BadDelivery as error:
        raise Refused(
            "文件无法打开：应为导出后填写的 .xlsx 工作簿。",
            "The file can't be opened: expected the exported .xlsx workbook.",
        ) from error
    table = _cells(sheets)
    titles = {word: code for code, text in SHEET_COLUMNS.items() for word in (text.zh, text.en)}
    head = next((n for n, row in enumerate(table) if row and titles.get(_word(row[0])) == "task_id"), None)
    if head is None:
        raise Refused(
            f"工作表“{SHEET}”中没有以“{SHEET_COLUMNS['task_id'].zh}”开头的表头行。",
            f"Sheet {SHEET!r} has no head row that begins with {SHEET_COLUMNS['task_id'].en!r}.",
        )
    columns = [titles.get(_word(cell)) for cell in table[head]]
    filled = [row for row in table[head + 1 :] if any(_word(cell) for cell in row)]
    if len(filled) > MOST_ROWS:
        raise Refused(f"行数超过 {MOST_ROWS:,}。", f"More than {MOST_ROWS:,} rows.")
    return [{c: v for c, v in zip(columns, row, strict=False) if c is not None} for row in filled]


def _cells(sheets: list[Sheet]) -> list[list[Any]]:
    """The rows of the sheet that is read back, of the first one where none has its name; all text."""
    chosen = next((table for name, table in sheets if name == SHEET), sheets[0][1] if sheets else None)
    if chosen is None:
        return []
    if chosen.num_rows > MOST_ROWS + HEAD_ROWS:
        raise Refused(f"行数超过 {MOST_ROWS:,}。", f"More than {MOST_ROWS:,} rows.")
    return [list(row.values()) for row in chosen.to_pylist()]


def _word(cell: Any) -> str:
    return "" if cell is None else str(cell).strip().rstrip("*").strip()
