"""The workbook of a draw: summary, list by unit and pair, a check form a firm, and the sheet that is filled and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from pages.parts.shapes import Coded
from pages.parts.text import comma, say
from pages.parts.workbook import FONT, Heading, safe, words
from pipeline.domain import Text
from pipeline.stores.operations.check_entry import SHEET_COLUMNS

SUMMARY, LIST, FORMS, RESULTS = "汇总 Summary", "名单 List", "检查表 Forms", "结果录入 Results"
"""Names of the sheets; views/check_sheet.py reads the last one back."""
FILL = Text(
    "只填浅黄色单元格；检查结果填代码，多个用分号隔开；填好后在“双随机抽查—结果”页上传。",
    "Fill the pale yellow cells only; results as codes, several joined by semicolons; then upload on the page.",
)
SIGNED = Text(
    "检查人员签字：　　　　　　　　被检查单位签字：　　　　　　　　日期：",
    "Signed by inspectors:                firm:                date:",
)
FORM_TITLE = Text("双随机抽查检查表", "Check form of the double-random draw")
FOUND = Text("检查情况", "What was found")
NOT_MADE = Text("未派出", "Not made")
_WIDTHS = {"task_id": 36, "note": 40, "result": 18}
_BLANK_LINES = 6


def book(
    heading: Heading,
    summary: Sequence[tuple[str, Sequence[str], Sequence[Sequence[Any]]]],
    columns: Sequence[Coded],
    tasks: Sequence[Mapping[str, Any]],
    results: Mapping[str, Text],
    modes: Mapping[str, Text],
) -> bytes:
    """The workbook as bytes. `summary`: (title, heads, rows) of each table; `tasks`: rows with the keys of `columns`."""
    content = BytesIO()
    options = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_format_properties": {"font_name": FONT, "font_size": 10},
    }  # fmt: skip
    with xlsxwriter.Workbook(content, options) as made:
        made.set_properties({"title": safe(heading.title), "comments": heading.mark})
        styles = _styles(made)
        labels = {c.key: {code: say(t) for code, t in c.labels.items()} for c in columns}
        _summary(made.add_worksheet(SUMMARY), styles, heading, summary)
        _list(made.add_worksheet(LIST), styles, heading, columns, tasks, labels)
        _forms(made.add_worksheet(FORMS), styles, heading, columns, [t for t in tasks if not t["not_made"]], labels)
        _entry(made.add_worksheet(RESULTS), styles, heading, tasks, results, modes)
    return content.getvalue()


def _styles(made: xlsxwriter.Workbook) -> dict[str, Any]:
    base = {"font_name": FONT, "font_size": 10, "valign": "vcenter"}
    line = {"border": 1, "border_color": "#B8C4CF"}
    return {
        "title": made.add_format({**base, "font_size": 16, "bold": True, "font_color": "#14304F"}),
        "line": made.add_format({**base, "font_color": "#5D6B79"}),
        "mark": made.add_format({**base, "bold": True, "font_color": "#93430A"}),
        "head": made.add_format(
            {**base, **line, "bold": True, "bg_color": "#14304F", "font_color": "#FFFFFF", "text_wrap": True}
        ),
        "cell": made.add_format({**base, **line, "num_format": "@", "text_wrap": True}),
        "number": made.add_format({**base, **line, "num_format": "#,##0"}),
        "day": made.add_format({**base, **line, "num_format": "yyyy-mm-dd"}),
        "fill": made.add_format({**base, **line, "bg_color": "#FFF9DB", "num_format": "@", "text_wrap": True}),
        "fill_day": made.add_format({**base, **line, "bg_color": "#FFF9DB", "num_format": "yyyy-mm-dd"}),
        "fill_number": made.add_format({**base, **line, "bg_color": "#FFF9DB", "num_format": "0"}),
        "label": made.add_format({**base, **line, "bold": True, "bg_color": "#F3F6F9"}),
    }


def _open(sheet: Worksheet, styles: Mapping[str, Any], heading: Heading, title: str) -> int:
    """Title, mark and provenance; gives the first free row."""
    sheet.set_paper(9)
    sheet.set_footer(f'&L&"{FONT}"&9{heading.mark.replace("&", "&&")[:100]}&R&9&P / &N')
    sheet.set_header(f'&C&"{FONT},Bold"&14&KBFBFBF{heading.mark.replace("&", "&&")[:100]}')
    sheet.set_row(0, 28)
    sheet.write_string(0, 0, safe(title), styles["title"])
    sheet.write_string(1, 0, safe(heading.mark), styles["mark"])
    for n, (word, value) in enumerate(heading.lines, 2):
        sheet.write_string(n, 0, safe(f"{word}：{value}"), styles["line"])
    return len(heading.lines) + 3


def _summary(
    sheet: Worksheet,
    styles: Mapping[str, Any],
    heading: Heading,
    tables: Sequence[tuple[str, Sequence[str], Sequence[Sequence[Any]]]],
) -> None:
    row = _open(sheet, styles, heading, heading.title)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 8, 18)
    for title, heads, rows in tables:
        sheet.write_string(row, 0, safe(title), styles["mark"])
        for n, head in enumerate(heads):
            sheet.write_string(row + 1, n, safe(head), styles["head"])
        for k, values in enumerate(rows, row + 2):
            for n, value in enumerate(values):
                _write(sheet, styles, k, n, value)
        row += len(rows) + 3


def _list(
    sheet: Worksheet,
    styles: Mapping[str, Any],
    heading: Heading,
    columns: Sequence[Coded],
    tasks: Sequence[Mapping[str, Any]],
    labels: Mapping[str, Mapping[str, str]],
) -> None:
    head = _open(sheet, styles, heading, heading.title)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(head)
    for n, column in enumerate(columns):
        sheet.set_column(n, n, column.chars)
        sheet.write_string(head, n, safe(say(column.label)), styles["head"])
    for k, task in enumerate(tasks, head + 1):
        for n, column in enumerate(columns):
            _write(sheet, styles, k, n, _worded(task, column.key, labels))
    sheet.freeze_panes(head + 1, 1)
    sheet.autofilter(head, 0, max(head + len(tasks), head + 1), len(columns) - 1)


def _forms(
    sheet: Worksheet,
    styles: Mapping[str, Any],
    heading: Heading,
    columns: Sequence[Coded],
    tasks: Sequence[Mapping[str, Any]],
    labels: Mapping[str, Mapping[str, str]],
) -> None:
    """One printed page a firm: its facts, room for what was found, and the signatures. The grade is not on it."""
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 74)
    sheet.set_footer(f'&L&"{FONT}"&9{heading.mark.replace("&", "&&")[:100]}&R&9&P / &N')
    sheet.set_paper(9)
    facts = [c for c in columns if c.key in ("task_id", "entity_name", "unit", "pair", "items", "mode", "due_on")]
    row, breaks = 0, []
    for task in tasks:
        sheet.set_row(row, 30)
        sheet.write_string(row, 0, safe(f"{say(FORM_TITLE)}　{heading.title}"), styles["title"])
        lines = [(say(c.label), _worded(task, c.key, labels)) for c in facts]
        lines.insert(2, (say(Text("统一社会信用代码", "Credit code")), task["uscc"]))
        for k, (label, value) in enumerate(lines, row + 2):
            sheet.write_string(k, 0, safe(label), styles["label"])
            _write(sheet, styles, k, 1, value)
        after = row + 2 + len(lines)
        for k in range(after, after + _BLANK_LINES):
            sheet.set_row(k, 40)
            sheet.write_string(k, 0, safe(say(FOUND)) if k == after else "", styles["label"])
            sheet.write_blank(k, 1, None, styles["cell"])
        sheet.write_string(after + _BLANK_LINES + 1, 0, safe(say(SIGNED)), styles["line"])
        row = after + _BLANK_LINES + 3
        breaks.append(row)
    sheet.set_h_pagebreaks(breaks[:-1][:1023])


def _entry(
    sheet: Worksheet,
    styles: Mapping[str, Any],
    heading: Heading,
    tasks: Sequence[Mapping[str, Any]],
    results: Mapping[str, Text],
    modes: Mapping[str, Text],
) -> None:
    """One row a task that can be filled: what is recorded already stands in it."""
    row = _open(sheet, styles, heading, heading.title)
    sheet.write_string(row, 0, safe(say(FILL)), styles["mark"])
    codes = "；".join(f"{c} {say(t)}" for c, t in results.items())
    ways = "；".join(f"{c} {say(t)}" for c, t in modes.items())
    sheet.write_string(row + 1, 0, safe(codes), styles["line"])
    sheet.write_string(row + 2, 0, safe(ways), styles["line"])
    head = row + 4
    names = [*SHEET_COLUMNS, "entity_name"]
    titles = [*(say(t) for t in SHEET_COLUMNS.values()), say(Text("企业名称（参考）", "Name, for reference"))]
    for n, (name, title) in enumerate(zip(names, titles, strict=True)):
        sheet.set_column(n, n, _WIDTHS.get(name, 14 if name != "entity_name" else 36))
        sheet.write_string(head, n, safe(title), styles["head"])
    made = [t for t in tasks if not t["not_made"]]
    for k, task in enumerate(made, head + 1):
        for n, name in enumerate(names):
            _write(sheet, styles, k, n, task.get(name), fill=name not in ("task_id", "entity_name"), name=name)
    if made:
        mode = names.index("check_mode")
        sheet.data_validation(
            head + 1, mode, head + len(made), mode,
            {"validate": "list", "source": list(modes), "error_type": "warning", "error_message": safe(ways)[:250]},
        )  # fmt: skip
    sheet.freeze_panes(head + 1, 1)


def _write(
    sheet: Worksheet, styles: Mapping[str, Any], row: int, n: int, value: Any, *, fill: bool = False, name: str = ""
) -> None:
    style = "fill" if fill else "cell"
    if isinstance(value, date):
        moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        sheet.write_datetime(row, n, moment, styles["fill_day" if fill else "day"])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, n, value, styles["fill_number" if fill else "number"])
    elif value is None or value == "":
        empty = {"fill": "fill_day"} if name.endswith(("_on", "_due")) else {}
        sheet.write_blank(row, n, None, styles[empty.get(style, style)])
    else:
        sheet.write_string(row, n, safe(say(value) if isinstance(value, Text) else str(value)), styles[style])


def _worded(task: Mapping[str, Any], key: str, labels: Mapping[str, Mapping[str, str]]) -> Any:
    value = task.get(key)
    if key == "state" and value is None:
        return say(NOT_MADE)
    return words(value, labels[key], comma()) if labels[key] and isinstance(value, str) else value
