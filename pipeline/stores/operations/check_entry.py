"""Entering results of checks: one by one or from the filled workbook, corrected by new versions, never edited.

They come back into the warehouse as a delivery of spot_check_result (pipeline/feeds/own_results.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from pipeline.domain import Text
from pipeline.errors import NotPermitted, Outdated, Refused
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import audit
from pipeline.stores.operations.check_results import newest_results
from pipeline.stores.operations.draws import in_scope
from pipeline.stores.operations.schema import CHECK_RESULT, CHECK_TASK, DRAW
from pipeline.stores.operations.store import Operations

NO_SUCH_TASK = "没有这个检查任务，或不在您的数据范围内（no such task, or not within your scope）"
NO_PROBLEM = "01"
RESULTS = tuple(f"{n:02d}" for n in range(1, 12))
"""Codes of the list check_result."""
CORRECTION_ORDERED = "06"
LONGEST_NOTE = 500
MAY_ENTER = (Role.SUPERVISOR, Role.COUNTY, Role.SECTION)
SHEET_COLUMNS = {
    "task_id": Text("任务编号", "Task no."),
    "checked_on": Text("检查日期", "Checked on"),
    "check_mode": Text("检查方式", "Mode of check"),
    "result": Text("检查结果", "Result"),
    "problem_count": Text("问题项数", "Problems found"),
    "rectify_due": Text("整改期限", "To be rectified by"),
    "rectified_on": Text("整改完成日期", "Rectified on"),
    "published_on": Text("公示日期", "Published on"),
    "note": Text("备注", "Note"),
}
"""Columns of the check form that are read back."""


@dataclass(frozen=True)
class Entry:
    """The result of one check as entered. `result`: codes of check_result, 01 alone."""

    checked_on: date
    check_mode: str
    result: tuple[str, ...]
    problem_count: int | None = None
    rectify_due: date | None = None
    rectified_on: date | None = None
    published_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class RefusedRow:
    """A row of a filled workbook that can't be taken, with everything that is wrong with it. `row_no` counts from 1."""

    row_no: int
    task_id: str
    reasons: tuple[Text, ...]


@dataclass(frozen=True)
class ImportReport:
    """What became, or in a dry run would become, of the rows of a workbook; `empty`: rows not filled in."""

    accepted: int
    corrected: int
    unchanged: int
    empty: int
    refused: tuple[RefusedRow, ...]


@dataclass(frozen=True)
class _Task:
    """What an entry is checked against."""

    task_id: str
    modes: tuple[str, ...]
    drawn_on: date
    is_void: bool
    not_made: str | None
    version: int
    newest: Entry | None


def record_result(
    operations: Operations,
    actor: Actor,
    task_id: str,
    entry: Entry,
    *,
    version: int,
    firms: Collection[str] | None = None,
) -> int:
    """Record a result, or correct one, and give its version. `version`: that of the result seen, 0 if there was none.

    Raises NotPermitted for a task out of scope, Refused with everything that is wrong, Outdated if somebody was faster.
    """
    actor.must_be(*MAY_ENTER)
    with operations.transaction() as transaction:
        task = _task(transaction, actor, task_id, firms)
        if task is None:
            raise NotPermitted(NO_SUCH_TASK)
        if task.version != version:
            raise Outdated("该任务结果已被他人更新，请刷新后再试", "somebody else entered a result: look again")
        faults = tuple(_faults(task, entry, operations.settings.today()))
        if faults:
            raise Refused("；".join(f.zh for f in faults), "; ".join(f.en for f in faults))
        _insert(operations, transaction, actor, task, entry)
        audit.record(
            operations,
            transaction,
            actor,
            "result.record",
            task_id,
            version=task.version + 1,
            result=";".join(entry.result),
        )
    return task.version + 1


def import_results(
    operations: Operations,
    actor: Actor,
    rows: Sequence[Mapping[str, Any]],
    *,
    dry_run: bool,
    firms: Collection[str] | None = None,
) -> ImportReport:
    """Take the rows of a filled workbook (keys: SHEET_COLUMNS): the good ones in one transaction, the others explained.

    A row that says what is known already changes nothing; a dry run writes nothing at all.
    """
    actor.must_be(*MAY_ENTER)
    today, seen = operations.settings.today(), set[str]()
    taken: list[tuple[_Task, Entry]] = []
    refused: list[RefusedRow] = []
    empty = unchanged = 0
    with operations.transaction() as transaction:
        for row_no, row in enumerate(rows, 1):
            task_id = _cell(row, "task_id")
            if not any(_cell(row, column) for column in SHEET_COLUMNS if column != "task_id"):
                empty += 1
                continue
            task = _task(transaction, actor, task_id, firms) if task_id else None
            entry, faults = _read(row)
            if task is None:
                faults = [Text("任务编号不存在或不在您的数据范围内", "no such task, or not within your scope")]
            elif task_id in seen:
                faults = [Text("同一任务在表中出现两次", "the task stands twice in the sheet")]
            elif entry is not None and entry == task.newest:
                unchanged += 1
                continue
            elif entry is not None:
                faults = list(_faults(task, entry, today))
            if faults or task is None or entry is None:
                refused.append(RefusedRow(row_no, task_id, tuple(faults)))
                continue
            seen.add(task_id)
            taken.append((task, entry))
        if taken and not dry_run:
            for task, entry in taken:
                _insert(operations, transaction, actor, task, entry)
            audit.record(
                operations, transaction, actor, "result.import", taken[0][0].task_id.rsplit("-", 1)[0],
                accepted=len(taken), refused=len(refused), tasks=[task.task_id for task, _ in taken],
            )  # fmt: skip
    corrected = sum(task.version > 0 for task, _ in taken)
    return ImportReport(len(taken), corrected, unchanged, empty, tuple(refused))


def entry_of(row: Mapping[str, Any]) -> tuple[Entry | None, tuple[Text, ...]]:
    """What a row of a filled workbook says, or everything that can't be read in it."""
    entry, faults = _read(row)
    return entry, tuple(faults)


def _task(transaction: Connection, actor: Actor, task_id: str, firms: Collection[str] | None) -> _Task | None:
    """The task with its newest result, None where the actor has no such task."""
    t, newest = CHECK_TASK.c, newest_results()
    r = newest.c
    row = transaction.execute(
        select(
            t.modes, t.not_made, DRAW.c.business_at.label("drawn_at"), DRAW.c.voided_at, r.version, r.checked_on, r.check_mode,
            r.result, r.problem_count, r.rectify_due, r.rectified_on, r.published_on, r.note,
        )
        .join(DRAW, DRAW.c.draw_id == t.draw_id)
        .outerjoin(newest, r.task_id == t.task_id)
        .where(t.task_id == task_id, in_scope(actor, t.unit, t.uscc, firms))
    ).first()  # fmt: skip
    if row is None:
        return None
    newest_entry = None
    if row.version is not None:
        newest_entry = Entry(
            row.checked_on, row.check_mode, tuple(row.result.split(";")), row.problem_count, row.rectify_due,
            row.rectified_on, row.published_on, row.note,
        )  # fmt: skip
    return _Task(
        task_id, tuple(row.modes.split(";")), row.drawn_at.date(), row.voided_at is not None, row.not_made,
        row.version or 0, newest_entry,
    )  # fmt: skip


def _faults(task: _Task, entry: Entry, today: date) -> Iterator[Text]:
    """Everything that is wrong with an entry."""
    if task.is_void:
        yield Text("所属抽查已作废", "the draw is void")
    if task.not_made:
        yield Text("该任务未派出，不能录入结果", "the task was not made")
    unknown = [c for c in entry.result if c not in RESULTS]
    if unknown or not entry.result:
        yield Text("检查结果应为代码 01–11", "result: expected codes 01-11")
    if NO_PROBLEM in entry.result and len(set(entry.result)) > 1:
        yield Text("“01 未发现问题”不能与其他结果同时填写", "01 excludes every other result")
    if entry.check_mode not in task.modes:
        yield Text(*_mode_fault(task, entry.check_mode))
    if not task.drawn_on <= entry.checked_on <= today:
        yield Text(f"检查日期应在 {task.drawn_on} 至 {today} 之间", f"checked on: expected {task.drawn_on} to {today}")
    if CORRECTION_ORDERED in entry.result and entry.rectify_due is None:
        yield Text("“06 责令改正”须填写整改期限", "06 needs a date of rectification")
    for title, en, day, latest in (
        ("整改期限", "rectify due", entry.rectify_due, None),
        ("整改完成日期", "rectified on", entry.rectified_on, today),
        ("公示日期", "published on", entry.published_on, today),
    ):
        if day is not None and (day < entry.checked_on or (latest is not None and day > latest)):
            until = f"、不晚于 {latest}" if latest else ""
            yield Text(
                f"{title}应不早于检查日期{until}",
                f"{en}: not before the check{f', not after {latest}' if latest else ''}",
            )
    if entry.problem_count is not None and entry.problem_count < 0:
        yield Text("问题项数不能为负", "problems: not negative")
    if len(entry.note) > LONGEST_NOTE:
        yield Text(f"备注不超过 {LONGEST_NOTE} 字", f"a note has at most {LONGEST_NOTE} characters")
    if NO_PROBLEM in entry.result and entry.problem_count:
        yield Text("未发现问题时问题项数应为 0", "problems: 0 with result 01")


def _mode_fault(task: _Task, mode: str) -> tuple[str, str]:
    if task.modes == ("1",):
        return "D、E 级企业必须实地检查", "grades D and E: on-site check compulsory"
    if mode == "2":
        return "书面检查只用于 A、B 级企业", "a written check is for grades A and B only"
    return "检查方式应为代码 1–5", "mode: expected a code 1-5"


def _insert(operations: Operations, transaction: Connection, actor: Actor, task: _Task, entry: Entry) -> None:
    business, wall = operations.clock()
    values = {**entry.__dict__, "result": ";".join(sorted(set(entry.result))), "note": entry.note.strip()}
    transaction.execute(
        insert(CHECK_RESULT).values(
            task_id=task.task_id,
            version=task.version + 1,
            user=actor.user,
            business_at=business,
            wall_at=wall,
            **values,
        )
    )


def _read(row: Mapping[str, Any]) -> tuple[Entry | None, list[Text]]:
    faults: list[Text] = []
    days: dict[str, date | None] = {}
    for column in ("checked_on", "rectify_due", "rectified_on", "published_on"):
        title = SHEET_COLUMNS[column]
        try:
            days[column] = _date(row.get(column))
        except ValueError:
            faults.append(Text(f"{title.zh}应写作 2020-10-15", f"{title.en}: expected a date such as 2020-10-15"))
    count = _cell(row, "problem_count")
    if count and not re.fullmatch(r"\d+(\.0+)?", count):
        faults.append(Text("问题项数应为整数", "problems found: expected a whole number"))
    if not faults and days["checked_on"] is None:
        faults.append(Text("请填写检查日期", "checked on is missing"))
    if faults or (checked_on := days["checked_on"]) is None:
        return None, faults
    entry = Entry(
        checked_on=checked_on,
        check_mode=_leading(_cell(row, "check_mode"), 1),
        result=tuple(
            sorted({_leading(part, 2) for part in re.split(r"[;；,，、]", _cell(row, "result")) if part.strip()})
        ),
        problem_count=int(float(count)) if count else None,
        rectify_due=days["rectify_due"],
        rectified_on=days["rectified_on"],
        published_on=days["published_on"],
        note=_cell(row, "note"),
    )
    return entry, []


def _leading(text: str, width: int) -> str:
    """The code at the start of a cell such as '06 发现问题已责令改正', with its zeros, which a workbook may have eaten."""
    found = re.match(r"\s*(\d+)(\.0+)?(?!\d)", text)
    return found.group(1).zfill(width) if found else text.strip()


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = "" if value is None or value != value else str(value).strip()
    return date.fromisoformat(text[:10].replace("/", "-")) if text else None


def _cell(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    return "" if value is None or value != value else str(value).strip()
