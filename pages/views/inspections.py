"""Draws that were held: which, with which proof, their tasks, and what the checks found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pandas as pd

from models.policy.draw_verify import verify
from models.policy.estimate import RateEstimate, problem_rates
from pages.views.enterprise_columns import Column
from pages.views.enterprise_rows import PAGE_SIZE, placed
from pages.views.fields import shown
from pages.views.firm_acts import section_firms
from pages.views.firm_tasks import MODES, names_of
from pages.views.listings import Column as ListColumn
from pages.views.listings import Listing
from pipeline.domain import Grade, Text
from pipeline.reference import Reference
from pipeline.settings import City
from pipeline.stores.access import Actor
from pipeline.stores.operations import check_results, draws
from pipeline.stores.operations.draw_counts import draws_revision
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader

STATES = {
    "late": Text("已逾期", "Overdue"),
    "open": Text("待查", "To check"),
    "done": Text("已查", "Checked"),
    "not_made": Text("未派出", "Not made"),
}
"""States of a task; the colours are those of the tags of the lists."""
Keep = Callable[..., Any]
"""keep(make, *key): what `make` gives, kept for this build and scope."""
NOT_CHECKED = Text("还没有录入检查结果，不能估计问题发现率。", "No result yet: there is no rate to estimate.")


@dataclass(frozen=True)
class Source:
    """Where everything on the page comes from. `firms`: the codes by which a section's rows are cut."""

    operations: Operations = field(metadata=shown("运行库", "Operations", "人员操作的记录", "What people did"))
    read: ScopedReader = field(metadata=shown("读取", "Reader", "本批次、本范围", "This build, this scope"))
    actor: Actor = field(metadata=shown("用户", "Actor", "谁在看", "Who looks"))
    reference: Reference = field(metadata=shown("代码", "Reference", "代码与日历", "Code lists and calendar"))
    city: City = field(metadata=shown("城市", "City", "单位", "Units"))
    firms: Collection[str] | None = field(metadata=shown("企业", "Firms", "业务科室的企业", "The firms of a section"))
    keep: Keep = field(metadata=shown("缓存", "Keep", "同批次同范围的结果", "Keeps results of the build"))

    @staticmethod
    def of(operations: Operations, read: ScopedReader, reference: Reference, keep: Keep) -> Source:
        """The source of an actor's reader. `keep(make, *key)`: what `make` gives, kept for this build and scope."""
        firms = keep(lambda: section_firms(read.actor, read), "section firms")
        return Source(operations, read, read.actor, reference, operations.settings.city, firms, keep)


@dataclass(frozen=True)
class Held:
    """A draw in the list of draws."""

    draw_id: str = field(metadata=shown("任务编号", "Draw no.", "抽查任务编号", "Number of the draw"))
    title: str = field(metadata=shown("名称", "Title", "抽查任务名称", "Its title"))
    drawn: int = field(metadata=shown("抽取", "Drawn", "范围内抽中的企业", "Firms drawn within the scope"))
    firms: int = field(metadata=shown("范围", "Frame", "范围内的企业", "Firms of the frame within the scope"))
    is_void: bool = field(metadata=shown("作废", "Void", "是否已作废", "Whether it was voided"))
    facts: tuple[tuple[Text, str], ...] = field(
        metadata=shown("依据", "Facts", "种子、范围哈希、规则版本、批次", "Seed, frame hash, policy version, build")
    )


@dataclass(frozen=True)
class TaskList:
    """The tasks of a draw by unit and pair: one page of them, or all for the workbook."""

    columns: tuple[Column, ...] = field(metadata=shown("列", "Columns", "各列", "The columns"))
    rows: tuple[tuple[Any, ...], ...] = field(metadata=shown("行", "Rows", "本页各行", "The rows of the page"))
    tasks: tuple[Mapping[str, Any], ...] = field(hash=False, metadata=shown("任务", "Tasks", "各任务", "The tasks"))
    total: int = field(metadata=shown("任务数", "Total", "全部任务", "All tasks"))
    page: int = field(metadata=shown("页码", "Page", "从 1 开始", "From 1"))
    pages: int = field(metadata=shown("页数", "Pages", "至少 1 页", "At least one"))


@dataclass(frozen=True)
class Step:
    """A step of the funnel: how many tasks came that far."""

    label: Text = field(metadata=shown("环节", "Step", "环节", "The step"))
    value: str = field(metadata=shown("户数", "Tasks", "到此环节的任务数", "Tasks that came that far"))
    remark: Text = field(metadata=shown("占比", "Share", "占上一环节", "Share of the step before"))
    definition: Text = field(metadata=shown("口径", "Definition", "怎样才算", "What counts"))
    is_bad: bool = field(metadata=shown("偏低", "Low", "是否异常", "Whether something is wrong"))


@dataclass(frozen=True)
class Results:
    """What the checks of one draw, or of all, have found."""

    steps: tuple[Step, ...] = field(metadata=shown("环节", "Steps", "从抽取到公示", "From drawn to published"))
    units: Listing = field(metadata=shown("各单位", "By unit", "完成与问题", "Completion and problems"))
    rates: tuple[RateEstimate, ...] = field(
        metadata=shown("问题发现率", "Problem rates", "按入样概率加权", "Weighted by the draw's probabilities")
    )
    on_rates: Text = field(metadata=shown("结论", "Finding", "等级与问题率", "Whether the rate rises by grade"))


def held(source: Source) -> tuple[Held, ...]:
    """The draws in which the actor has firms, newest first."""

    def found() -> tuple[Held, ...]:
        listed = draws.draws(source.operations, source.actor, firms=source.firms)
        return tuple(_held(row) for row in listed.to_dict("records"))

    kept: tuple[Held, ...] = source.keep(found, "draws", draws_revision(source.operations))
    return kept


def proof(source: Source, draw_id: str) -> Text:
    """Replay a draw, and say whether the same came out."""
    found = verify(source.operations, draw_id, source.read if source.actor.scope.is_whole else None)
    if found.is_same:
        return Text(
            f"✓ 重演一致：{found.firms:,} 户范围、{found.drawn:,} 户名单、检查人员与记录逐一相同。",
            f"✓ The replay gave the same frame ({found.firms:,}), list ({found.drawn:,}) and pairs.",
        )
    faults = "；".join(found.faults)
    return Text(f"▲ 重演不一致：{faults}", f"▲ The replay differs: {faults}")


def task_list(source: Source, draw_id: str, asked: str | None = None) -> TaskList:
    """One page of the tasks of a draw by unit and pair; `asked`: its number as the address says it."""
    total = check_results.task_count(source.operations, source.actor, draw_id, firms=source.firms)
    page, pages = placed(asked, total)
    return _tasks(source, draw_id, total, page, pages, PAGE_SIZE)


def every_task(source: Source, draw_id: str) -> TaskList:
    """All tasks of a draw, for its workbook."""
    total = check_results.task_count(source.operations, source.actor, draw_id, firms=source.firms)
    return _tasks(source, draw_id, total, 1, 1, total)


def results(source: Source, draw_id: str) -> Results:
    """Funnel, completion by unit, and problem rates of a draw."""
    made: Results = source.keep(
        lambda: _results(source, draw_id), "draw results", draw_id, draws_revision(source.operations)
    )
    return made


def _tasks(source: Source, draw_id: str, total: int, page: int, pages: int, size: int) -> TaskList:
    names = source.keep(lambda: names_of(source.read), "task names")
    found = check_results.tasks(
        source.operations, source.actor, draw_id, firms=source.firms, limit=size, offset=(page - 1) * size
    )
    tasks = tuple(_named({str(k): _plain(v) for k, v in t.items()}, names) for t in found.to_dict("records"))
    units = {u.code: u.name for u in source.city.units if source.actor.covers(u.code)}
    columns = _columns(units, source.reference, names[1])
    rows = tuple(tuple(t.get(c.key) for c in columns) for t in tasks)
    return TaskList(columns, rows, tasks, total, page, pages)


def _results(source: Source, draw_id: str) -> Results:
    own = (source.operations, source.actor, draw_id)
    counted = check_results.completion(*own, firms=source.firms)
    estimated = tuple(
        r for r in problem_rates(check_results.outcomes(*own, firms=source.firms)) if r.grade in set(Grade)
    )
    return Results(_steps(counted), _by_unit(counted, source.city), estimated, _on_rates(estimated))


def _held(row: Mapping[Any, Any]) -> Held:
    facts: tuple[tuple[Text, str], ...] = (
        (Text("随机种子", "Seed"), row["seed"]),
        (Text("范围哈希", "Frame hash"), row["frame_hash"]),
        (Text("抽查规则", "Policy"), row["policy_id"]),
        (Text("批次", "Build"), row["build_id"]),
        (Text("数据时点", "As of"), f"{row['as_of'] - timedelta(days=1)}"),
        (Text("抽取人与时间", "Held by"), f"{row['user']} {row['business_at']:%Y-%m-%d %H:%M}"),
        (Text("完成期限", "Due"), f"{row['due_on']}"),
    )
    void = row["voided_at"] is not None and not pd.isna(row["voided_at"])
    if void:
        facts = (*facts, (Text("作废原因", "Voided because"), str(row["void_reason"])))
    return Held(row["draw_id"], row["title"], int(row["drawn"]), int(row["firms"]), void, facts)


def _columns(units: Mapping[str, Text], reference: Reference, items: Mapping[str, str]) -> tuple[Column, ...]:
    item = {code: Text(name, name) for code, name in items.items()}
    made = (
        Column("state", Text("状态", "State"), Text("已逾期、待查、已查或未派出", "Overdue, to check, checked or not made"), "tag", 76, 9, "", {"late": STATES["late"], "open": STATES["open"], "done": STATES["done"]}),
        Column("unit", Text("单位", "Unit"), Text("管辖单位", "Jurisdiction unit"), "codes", 96, 14, "", units),
        Column("pair", Text("检查人员", "Inspectors"), Text("主检、协检；未派出的写明原因", "Lead and second; why, where the task was not made"), "text", 150, 20, ""),
        Column("grade", Text("等级", "Grade"), Text("抽取时的等级", "Grade when drawn"), "grade", 56, 6, ""),
        Column("entity_name", Text("企业名称", "Name"), Text("抽取时的名称", "Name when drawn"), "text", 262, 36, ""),
        Column("items", Text("抽查事项", "Items"), Text("要检查的事项", "What is to be checked"), "codes", 210, 40, "", item),
        Column("mode", Text("方式", "Mode"), Text("A、B 级可书面检查，D、E 级须实地检查", "A and B may be checked in writing, D and E on site"), "codes", 84, 10, "", MODES),
        Column("due_on", Text("期限", "Due"), Text("完成期限", "To be done by"), "day", 96, 12, ""),
        Column("result", Text("结果", "Result"), Text("已录入的检查结果", "Result as entered"), "codes", 170, 30, "", reference.codes("check_result")),
        Column("task_id", Text("任务编号", "Task no."), Text("任务编号", "Number of the task"), "text", 250, 36, ""),
    )  # fmt: skip
    return tuple(c for c in made if c.key != "unit" or len(units) > 1)


def _named(task: dict[str, Any], names: tuple[Mapping[str, str], Mapping[str, str]]) -> dict[str, Any]:
    people = [names[0].get(p, p) for p in (task["lead"], task["assist"]) if p]
    state = "done" if task["is_done"] else "late" if task["is_overdue"] else "open"
    modes = str(task["modes"]).split(";")
    return {
        **task,
        "pair": task["not_made"] or "、".join(people),
        "state": None if task["not_made"] else state,
        "mode": "on_site" if modes == ["1"] else "written" if "2" in modes else "other",
        "grade": task["grade"] if task["grade"] in set(Grade) else None,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, str | bool | list):
        return value
    return None if value is None or pd.isna(value) else value


def _steps(counted: pd.DataFrame) -> tuple[Step, ...]:
    sums = {c: int(counted[c].sum()) for c in ("tasks", "not_made", "done", "completed", "published", "overdue")}
    drawn = sums["tasks"] + sums["not_made"]
    chain = (
        (Text("抽中", "Drawn"), drawn, drawn, Text("抽中的企业", "Firms drawn")),
        (Text("派出", "Assigned"), sums["tasks"], drawn, Text("有两名检查人员的任务", "Tasks with two inspectors")),
        (Text("已录入结果", "Recorded"), sums["done"], sums["tasks"], Text("已录入结果的任务", "Tasks with a result")),
        (
            Text("查到结论", "Completed"),
            sums["completed"],
            sums["done"],
            Text("结果不只是 08、10、11（查无下落、停业、退出）", "Results other than 08, 10 and 11 alone"),
        ),
        (Text("已公示", "Published"), sums["published"], sums["done"], Text("结果已公示", "Results made public")),
    )
    late = sums["overdue"]
    overdue = Step(
        Text("逾期未查", "Overdue"),
        f"{late:,}",
        _of(late, sums["tasks"]),
        Text("过了期限仍未录入结果", "No result after the due day"),
        late > 0,
    )
    return (*(Step(label, f"{n:,}", _of(n, base), what, False) for label, n, base, what in chain), overdue)


def _of(part: int, whole: int) -> Text:
    return Text(f"{part / whole:.1%}", f"{part / whole:.1%}") if whole else Text("—", "—")


def _by_unit(counted: pd.DataFrame, city: City) -> Listing:
    names = {u.code: u.name for u in city.units}
    sums = ["tasks", "not_made", "done", "completed", "problems", "overdue", "published"]
    grouped = counted.groupby("unit", as_index=False)[sums].sum().to_dict("records")
    rows = [(names.get(str(r["unit"]), Text(str(r["unit"]), str(r["unit"]))), *_numbers(r)) for r in grouped]
    if len(rows) > 1:
        rows.append((Text("合计", "All"), *_numbers({s: counted[s].sum() for s in sums})))
    titles = (
        ("单位", "Unit", "管辖单位", "Jurisdiction unit", "text"),
        ("任务", "Tasks", "派出的任务", "Tasks that were made", "count"),
        ("已查", "Checked", "已录入结果", "With a result", "count"),
        ("完成率", "Completion", "已查 ÷ 任务", "Checked of tasks", "count"),
        ("逾期", "Overdue", "过期未查", "Overdue", "count"),
        ("发现问题", "Problems", "结果含 03–07、09", "Results 03–07 or 09", "count"),
        ("问题率", "Problem rate", "发现问题 ÷ 查到结论；不足 20 户只写 n", "Problems of completed; n alone below 20", "count"),
        ("已公示", "Published", "已公示的结果", "Results made public", "count"),
    )  # fmt: skip
    columns = tuple(ListColumn(Text(zh, en), Text(hz, he), kind, None) for zh, en, hz, he, kind in titles)
    return Listing(columns, tuple(rows))


def _numbers(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    tasks, done, completed = int(row["tasks"]), int(row["done"]), int(row["completed"])
    rate = f"n={completed}" if completed < 20 else f"{row['problems'] / completed:.1%}"
    share = f"{done / tasks:.0%}" if tasks else "—"
    return (tasks, done, share, int(row["overdue"]), int(row["problems"]), rate, int(row["published"]))


def _on_rates(rates: Sequence[RateEstimate]) -> Text:
    known = [r for r in rates if r.rate is not None]
    if not known:
        return NOT_CHECKED
    first, last = known[0], known[-1]
    if first.grade == last.grade or first.high is None or last.low is None:
        return Text(
            f"只有 {first.grade} 级有结果，尚不能比较。",
            f"Only grade {first.grade} has results: nothing to compare yet.",
        )
    if last.low > first.high:
        return Text(
            f"{last.grade} 级问题率高于 {first.grade} 级，区间不重叠，分级有效。",
            f"Grade {last.grade} has a higher rate than {first.grade}; the intervals are apart: the grades work.",
        )
    return Text(
        f"{first.grade} 级与 {last.grade} 级的区间重叠，样本还不足以下结论。",
        f"Grades {first.grade} and {last.grade} overlap: too few checks to conclude.",
    )
