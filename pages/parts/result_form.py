"""Entering what a check found: the drawer of one task, and the filled workbook with a dry run before anything is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from html import escape
from typing import Any

import streamlit as st

from pages.parts import cards
from pages.parts.text import MISSING, say
from pipeline.domain import Text
from pipeline.errors import NotPermitted, Refused
from pipeline.reference import Reference
from pipeline.stores.operations.check_entry import NO_PROBLEM, Entry, ImportReport

TITLE = Text("录入检查结果", "Enter the result of a check")
CHECKED_ON = Text("检查日期", "Checked on")
MODE = Text("检查方式", "Mode of check")
RESULT = Text("检查结果（01 与其他结果互斥）", "Result (01 excludes every other)")
PROBLEMS = Text("问题项数", "Problems found")
RECTIFY = Text("整改期限", "To be rectified by")
RECTIFIED = Text("整改完成日期", "Rectified on")
PUBLISHED = Text("公示日期", "Published on")
NOTE = Text("备注", "Note")
SAVE = Text("确认提交", "Submit")
SAVED = Text("已录入，下次构建计入", "Recorded: the next build counts it")
CORRECTS = Text(
    "已有结果（第 {n} 版）；提交后存为新版本，旧版本保留。",
    "There is a result (version {n}); yours becomes a new version, the old one is kept.",
)
UPLOAD = Text("上传填写后的工作簿（.xlsx）", "Upload the filled workbook (.xlsx)")
TRY = Text(
    "试导入：{accepted} 行可导入（其中更正 {corrected} 行），{unchanged} 行无变化，{empty} 行未填写，{refused} 行有误。",
    "Dry run: {accepted} rows can be taken ({corrected} of them corrections), {unchanged} are unchanged, {empty} empty, {refused} faulty.",
)
IMPORT = Text("导入 {n} 行", "Take {n} rows")
DONE = Text("已导入 {n} 行", "{n} rows taken")
ROW = Text("第 {n} 行", "Row {n}")
FIX = Text(
    "有误的行不会导入：请在工作簿中改正后重新上传。",
    "Faulty rows are not taken: mend them in the workbook and upload it again.",
)
_SAID = "result_said"


def tell() -> None:
    """The word that something was recorded, once."""
    if said := st.session_state.pop(_SAID, None):
        st.toast(said)


def open_task(task: Mapping[str, Any], reference: Reference, today: date, record: Callable[..., object]) -> None:
    """The drawer of one task: its facts, and the fields of the result."""

    def drawer() -> None:
        st.html(
            f'<div class="wd"><p>{escape(str(task["task_id"]))}</p><h2>{escape(str(task["entity_name"]))}</h2>'
            f"<p>{escape(str(task['uscc']))}　{escape(str(task['pair']))}</p></div>"
        )
        if task["version"]:
            cards.warn(say(CORRECTS).format(n=task["version"]))
        entry = _fields(task, reference.codes("check_result"), reference.codes("check_mode"), today)
        if st.button(say(SAVE), type="primary", key="save_result", width="stretch"):
            _record(lambda: record(entry=entry))

    st.dialog(say(TITLE), position="right", width="medium")(drawer)()


def _fields(task: Mapping[str, Any], results: Mapping[str, Text], modes: Mapping[str, Text], today: date) -> Entry:
    key = f"{task['task_id']}_{task['version']}"
    allowed = str(task["modes"]).split(";")
    left, right = st.columns(2, gap="small")
    checked_on = left.date_input(
        say(CHECKED_ON), value=_day(task["checked_on"]) or today, max_value=today, key=f"on_{key}", format="YYYY-MM-DD"
    )
    mode = right.selectbox(
        say(MODE), allowed, format_func=lambda c: say(modes.get(c, Text(c, c))), key=f"mode_{key}",
        index=allowed.index(task["check_mode"]) if task["check_mode"] in allowed else 0,
    )  # fmt: skip
    before = str(task["result"]).split(";") if task["result"] else []
    codes = st.multiselect(
        say(RESULT), list(results), default=[c for c in before if c in results],
        format_func=lambda c: f"{c} {say(results[c])}", key=f"result_{key}", placeholder="",
    )  # fmt: skip
    is_clean = codes == [NO_PROBLEM]
    count = left.number_input(
        say(PROBLEMS),
        min_value=0,
        value=None if is_clean else _number(task["problem_count"]),
        key=f"count_{key}",
        disabled=is_clean,
    )
    rectify = right.date_input(
        say(RECTIFY), value=_day(task["rectify_due"]), key=f"due_{key}", disabled=is_clean, format="YYYY-MM-DD"
    )
    rectified = left.date_input(
        say(RECTIFIED), value=_day(task["rectified_on"]), key=f"done_{key}", disabled=is_clean, format="YYYY-MM-DD"
    )
    published = right.date_input(
        say(PUBLISHED), value=_day(task["published_on"]), key=f"pub_{key}", format="YYYY-MM-DD"
    )
    note = st.text_area(say(NOTE), value=task["note"] or "", max_chars=500, height=80, key=f"note_{key}")
    return Entry(
        checked_on=checked_on,
        check_mode=mode,
        result=tuple(codes),
        problem_count=None if is_clean or count is None else int(count),
        rectify_due=None if is_clean else rectify,
        rectified_on=None if is_clean else rectified,
        published_on=published,
        note=note,
    )


def upload(
    rows_of: Callable[[bytes], list[dict[str, Any]]],
    take: Callable[..., ImportReport],
) -> None:
    """The filled workbook: read, tried, explained, and taken only when somebody says so."""
    given = st.file_uploader(say(UPLOAD), type=["xlsx"], key="check_book")
    if given is None:
        return
    try:
        rows = rows_of(given.getvalue())
        report = take(rows=rows, dry_run=True)
    except Refused as refusal:
        cards.alert(say(Text(refusal.zh, refusal.en)))
        return
    numbers = {n: getattr(report, n) for n in ("accepted", "corrected", "unchanged", "empty")}
    cards.finding(say(TRY).format(**numbers, refused=len(report.refused)))
    _refused(report)
    if report.accepted and st.button(say(IMPORT).format(n=report.accepted), type="primary", key="take_book"):
        done = take(rows=rows, dry_run=False)
        st.session_state[_SAID] = say(DONE).format(n=done.accepted)
        st.rerun()


def _refused(report: ImportReport) -> None:
    if not report.refused:
        return
    lines = "".join(
        f"<tr><td>{escape(say(ROW).format(n=r.row_no))}</td><td>{escape(r.task_id or MISSING)}</td>"
        f"<td>{escape('；'.join(say(t) for t in r.reasons))}</td></tr>"
        for r in report.refused
    )
    st.html(f'<div class="ruled"><table><tbody>{lines}</tbody></table></div>')
    st.caption(say(FIX))


def _record(do: Callable[[], object]) -> None:
    try:
        do()
    except Refused as refusal:
        cards.alert(say(Text(refusal.zh, refusal.en)))
    except NotPermitted as refusal:
        cards.alert(str(refusal))
    else:
        st.session_state[_SAID] = say(SAVED)
        st.rerun()


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) else None


def _number(value: Any) -> int | None:
    return None if value is None else int(value)
