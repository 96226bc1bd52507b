"""The inspection tasks of the unit, the most urgent first: what to check, how, by whom, until when."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from pages.views.enterprise_columns import RESULTS, TASK_STATES, Column
from pages.views.enterprise_rows import PAGE_SIZE, placed
from pages.views.fields import shown
from pages.views.search import Search
from pipeline.domain import Text
from pipeline.stores.access import Actor
from pipeline.stores.operations import firm_tasks
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader

MODES = {
    "on_site": Text("须实地", "On site"),
    "written": Text("可书面", "In writing"),
    "other": Text("不可书面", "Not in writing"),
}
"""How a task may be done."""


@dataclass(frozen=True)
class TaskPage:
    """One page of tasks, how many there are by state, and the credit codes behind the rows."""

    columns: tuple[Column, ...] = field(metadata=shown("列", "Columns", "显示的列", "The columns shown"))
    rows: tuple[tuple[Any, ...], ...] = field(metadata=shown("行", "Rows", "本页各行", "Rows of this page"))
    codes: tuple[str, ...] = field(
        metadata=shown("信用代码", "Credit codes", "本页各行的信用代码", "Codes of the rows")
    )
    counts: Mapping[str, int] = field(hash=False, metadata=shown("分项", "By state", "各状态任务数", "Tasks by state"))
    total: int = field(metadata=shown("任务数", "Tasks", "符合条件的任务数", "Tasks that fit"))
    page: int = field(metadata=shown("页码", "Page", "从 1 开始", "From 1"))
    pages: int = field(metadata=shown("页数", "Pages", "至少 1 页", "At least one"))

    @property
    def states(self) -> dict[str, Text]:
        """The states that a task may be in, the most urgent first."""
        return TASK_STATES


def task_page(
    operations: Operations,
    actor: Actor,
    firms: Collection[str] | None,
    query: Mapping[str, str],
    columns: tuple[Column, ...],
    names: Mapping[str, str],
) -> TaskPage:
    """The tasks in the states asked for (`task`: none means all) whose firm or number holds the text `q`.

    `names`: inspector -> name.
    """
    search = Search.of(query.get("q", ""))
    words = search.words if search else ()
    states = tuple(s for s in TASK_STATES if s in query.get("task", "").split(","))
    counts = firm_tasks.task_counts(operations, actor, firms=firms, words=words)
    total = sum(n for state, n in counts.items() if not states or state in states)
    page, pages = placed(query.get("page"), total)
    found = firm_tasks.task_rows(
        operations, actor, firms=firms, states=states, words=words, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE
    )
    rows = tuple(_row(r, columns, names) for r in found.to_dict("records"))
    return TaskPage(columns, rows, tuple(found["uscc"]), counts, total, page, pages)


def task_columns(items: Mapping[str, str], units: Mapping[str, Text]) -> tuple[Column, ...]:
    """The columns of a task; `items`: code of a supervision item -> its name; `units`: a column where there are several."""
    item = {code: Text(name, name) for code, name in items.items()}
    made = (
        Column("task", Text("状态", "State"), Text("逾期、本周到期、待查或已查", "Overdue, due this week, due later or done"), "tag", 80, 9, "", TASK_STATES),
        Column("due_on", Text("期限", "Due"), Text("应在此日前完成", "To be done by this day"), "day", 96, 12, ""),
        Column("grade", Text("等级", "Grade"), Text("抽取时的等级", "Grade when it was drawn"), "grade", 58, 6, ""),
        Column("entity_name", Text("企业名称", "Name"), Text("抽取时的名称", "Name when it was drawn"), "text", 268, 36, ""),
        Column("mode", Text("方式", "Mode"), Text("A、B 级可书面检查，D、E 级须实地检查", "A and B may be checked in writing, D and E on site"), "codes", 84, 10, "", MODES),
        Column("pair", Text("检查人员", "Inspectors"), Text("两名执法检查人员", "The two inspectors"), "text", 150, 16, ""),
        Column("item_code", Text("检查事项", "Item"), Text("抽查事项", "Item of the check"), "codes", 200, 30, "", item),
        Column("result", Text("结果", "Result"), Text("已录入的检查结果", "Result as entered"), "codes", 150, 24, "", RESULTS),
        Column("unit", Text("管辖单位", "Unit"), Text("管辖单位", "Jurisdiction unit"), "codes", 100, 14, "", units),
        Column("task_id", Text("任务编号", "Task no."), Text("抽查任务编号", "Number of the task"), "text", 238, 34, ""),
    )  # fmt: skip
    return tuple(c for c in made if c.key != "unit" or len(units) > 1)


def names_of(read: ScopedReader) -> tuple[dict[str, str], dict[str, str]]:
    """Inspector -> name and supervision item -> name, as known to the build."""
    people = dict(read.rows("SELECT inspector_id, any_value(name) FROM inspector GROUP BY 1"))
    items = dict(read.rows("SELECT item_code, any_value(item_name) FROM supervision_item GROUP BY 1"))
    return people, items


def _row(task: Mapping[str, Any], columns: tuple[Column, ...], names: Mapping[str, str]) -> tuple[Any, ...]:
    pair = "、".join(names.get(p, p) for p in (task["lead"], task["assist"]) if isinstance(p, str))
    return tuple(pair if c.key == "pair" else None if _is_none(task[c.key]) else task[c.key] for c in columns)


def _is_none(value: Any) -> bool:
    return bool(value is None or (not isinstance(value, str | list) and pd.isna(value)))
