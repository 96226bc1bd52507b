"""The list of warnings as an export: every warning that fits, a row each."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from pages.views.enterprise_columns import Column
from pages.views.fields import explanations
from pages.views.warning_counts import level_words
from pages.views.warning_filter import WarningFilter
from pages.views.warnings import Source, WarningList, WarningRow, among, deadline_words, warning_rows
from pipeline.domain import Text
from pipeline.stores.operations.case_reads import cases

_CHARS = {
    "case_id": 20, "level": 9, "days_left": 12, "subject": 36, "grade": 6, "said": 60, "unit": 14, "state": 10, "handler": 16,
    "has_ended": 12,
}  # fmt: skip
EVERYTHING = Text("全部未办结预警", "All open warnings")
NO = Text("", "")


def columns() -> tuple[Column, ...]:
    """The columns of the workbook."""
    known = explanations(WarningRow)
    return tuple(
        Column(name, *known[name], "grade" if name == "grade" else "text", None, chars, "")
        for name, chars in _CHARS.items()
    )


def batches(source: Source, view: WarningList, language: str) -> Any:
    """The rows as an Arrow reader, in the order of the list."""
    found = cases(source.operations, source.actor, view.asked.cases(among(source, view.asked)), firms=source.firms)
    names = list(_CHARS)
    rows = [[_cell(row, name, language) for name in names] for row in warning_rows(source, found)]
    schema = pa.schema([(name, pa.string()) for name in names])
    table = pa.table({name: [r[n] for r in rows] for n, name in enumerate(names)}, schema=schema)
    return table.to_reader()


def sentence(source: Source, view: WarningList) -> Text:
    """The filter in words."""
    asked = view.asked
    if asked == WarningFilter():
        return EVERYTHING
    chosen = [c.label for name, of in view.choices.items() for c in of if c.value and c.value in _values(asked, name)]
    chosen += [v for t, v in view.words if t.zh == "行业"]
    chosen += [Text(f"“{asked.q}”", f"“{asked.q}”")] if asked.q else []
    return Text("；".join(t.zh for t in chosen), "; ".join(t.en for t in chosen))


def _values(asked: WarningFilter, name: str) -> tuple[str, ...]:
    value = getattr(asked, name)
    return value if isinstance(value, tuple) else (value,)


def _cell(row: WarningRow, name: str, language: str) -> str | None:
    value = getattr(row, name)
    if name == "level":
        value = level_words(row.level)
    elif name == "days_left":
        value = deadline_words(row.days_left)
    elif name == "state":
        value = row.state.title
    elif name == "has_ended":
        value = Text("是", "yes") if row.has_ended else NO
    return value.of(language) if isinstance(value, Text) else value
