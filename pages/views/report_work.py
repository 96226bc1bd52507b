"""What was done: warnings and how fast, gathering month by month, measures as far as recorded; parts of the evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from models.policy.estimate import wilson
from models.policy.warning_rules import RULES
from pages.views.fields import shown
from pages.views.monthly import WHOLE, month_of, months_before
from pages.views.pilot import Facts
from pages.views.report import MIDDLE, RIGHT, Block, Column, Heading, Paragraph, Table, count, percent, plain
from pages.views.report_model import Said
from pipeline.domain import Text
from pipeline.stores.access import Actor
from pipeline.stores.operations.case_reads import CaseFilter, count_cases
from pipeline.stores.operations.case_rules import State, Step
from pipeline.stores.operations.case_times import step_days
from pipeline.stores.operations.check_results import tasks
from pipeline.stores.operations.store import Operations

NOTHING = Text("", "")
MONTHS = 12
LEAST_ENDED = 20
"""Warnings of a rule that have ended, below which no share is given."""
TRUE, FALSE = (State.CLOSED, State.TRANSFERRED), (State.FALSE_ALARM,)
MOVES = (Step.ACCEPT, Step.VERIFY, Step.DISPOSE, Step.REPORT, Step.CLOSE)
NONE_ENDED = Text(
    "预警准确率：已办结的预警不足 {n} 件（现有 {m} 件），不能估计。",
    "Precision of warnings: fewer than {n} have ended (now {m}), no estimate.",
)
NO_STEP = Text("预警各环节用时：尚无办理记录。", "Days per step: no step has been taken.")
NO_MONTH = Text("各月归集：没有归集记录。", "Gathering by month: no record.")
UNRECORDED = Text(
    "激励与惩戒措施的运用数：除抽查方式外，登记便利、推荐、提示、证明限制等措施的运用不在本系统留痕（INC-1 至 INC-3、INC-5、INC-6、"
    "DIS-1 至 DIS-3、DIS-5、DIS-6、JD），须由各单位另行统计。",
    "Uses of incentives and discipline: apart from the way of checking, measures leave no trace in this system (INC-1 to INC-3, INC-5,"
    " INC-6, DIS-1 to DIS-3, DIS-5, DIS-6, JD); the units have to count them.",
)
NO_CHECK = Text("抽查方式的运用：尚无录入结果的任务。", "Ways of checking: no task has a result.")
PRECISION_COLUMNS = (
    Column(Text("预警规则", "Rule"), 0.36),
    Column(Text("已办结", "Ended"), 0.12, RIGHT),
    Column(Text("属实", "True"), 0.12, RIGHT),
    Column(Text("误报", "False"), 0.12, RIGHT),
    Column(Text("准确率（95% 区间）", "Precision (95% interval)"), 0.28, RIGHT),
)
DAY_COLUMNS = (
    Column(Text("环节", "Step"), 0.4),
    Column(Text("次数", "Times"), 0.2, RIGHT),
    Column(Text("中位数", "Median"), 0.2, RIGHT),
    Column(Text("九成以内", "90% within"), 0.2, RIGHT),
)
MONTH_COLUMNS = (
    Column(Text("月份", "Month"), 0.16, MIDDLE),
    Column(Text("应记名记录", "Records"), 0.18, RIGHT),
    Column(Text("记名率", "Named"), 0.14, RIGHT),
    Column(Text("计时记录", "Timed"), 0.18, RIGHT),
    Column(Text("7 日内归集", "In 7 days"), 0.16, RIGHT),
    Column(Text("D、E 占比", "D and E"), 0.18, RIGHT),
)
MODE_COLUMNS = (
    Column(Text("措施", "Measure"), 0.5),
    Column(Text("等级", "Grades"), 0.1, MIDDLE),
    Column(Text("已完成任务", "Tasks done"), 0.2, RIGHT),
    Column(Text("其中适用", "Of these"), 0.2, RIGHT),
)


@dataclass(frozen=True)
class Precision:
    """The ended warnings of one rule ("" for all): how many were true, how many false."""

    rule: str = field(metadata=shown("规则", "Rule", "预警规则代码", "Code of the rule"))
    true: int = field(metadata=shown("属实", "True", "已销号或移送", "Closed or transferred"))
    false: int = field(metadata=shown("误报", "False", "判为误报", "Called a false alarm"))

    @property
    def ended(self) -> int:
        """Warnings that have ended."""
        return self.true + self.false

    @property
    def share(self) -> float | None:
        """True of ended, None of nothing."""
        return self.true / self.ended if self.ended else None


def precision(operations: Operations, actor: Actor) -> tuple[Precision, ...]:
    """A row a rule with ended warnings, all of them last; no row where none has ended."""
    found = count_cases(operations, actor, CaseFilter(open_only=False), by=("rule", "state"))
    sums: dict[str, list[int]] = {}
    for r in found.itertuples():
        for place, states in enumerate((TRUE, FALSE)):
            if State[r.state] in states:
                for rule in (r.rule, WHOLE):
                    sums.setdefault(rule, [0, 0])[place] += int(r.cases)
    rows = [Precision(rule, *of) for rule, of in sorted(sums.items()) if rule]
    return (*rows, Precision(WHOLE, *sums[WHOLE])) if rows else ()


def warnings(operations: Operations, actor: Actor) -> Said:
    """The part on warnings: how many were true, how long each step took."""
    blocks: list[Block] = []
    unsaid: list[Text] = []
    found = precision(operations, actor)
    ended = found[-1].ended if found else 0
    if ended < LEAST_ENDED:
        unsaid.append(Text(*(t.format(n=LEAST_ENDED, m=ended) for t in (NONE_ENDED.zh, NONE_ENDED.en))))
    if found:
        blocks += _precise(found)
    days = step_days(operations, actor)
    if len(days):
        blocks += _timed(days)
    else:
        unsaid.append(NO_STEP)
    return Said((Heading(1, Text("风险预警", "Warnings")), *blocks) if blocks else (), tuple(unsaid))


def gathering(found: Facts) -> Said:
    """The part on gathering: named rate, timeliness and the share of D and E, month by month."""
    rows = months(found)
    if not rows:
        return Said((), (NO_MONTH,))
    note = Text(
        "记名率、归集率为当月收到的记录；D、E 占比为该月最后一个同类得分时点；— 为该月没有记录或没有分级。",
        "Records received in the month; D and E at the last date of the month with the same kind of score; — where there is none.",
    )
    cells = tuple(
        (plain(f"{day:%Y-%m}"), count(named[1]), _share(*named), count(timely[1]), _share(*timely), percent(risky))
        for day, named, timely, risky in rows
    )
    table = Table(Text("各月主要比率", "Rates by month"), Text("条、%", "records, %"), MONTH_COLUMNS, cells, note=note)
    whole = found.found.named.get(WHOLE)
    year = whole.until(month_of(found.as_of)) if whole else None
    said = Text(
        f"近 12 个月记名率 {percent(year.share if year else None).zh}（目标 2020 年底 80%），各来源见附件。",
        f"Named rate of the last 12 months {percent(year.share if year else None).en} (target 80% by the end of 2020); by source in the appendix.",
    )
    return Said((Heading(1, Text("信息归集", "Gathering")), Paragraph(said), table))


Counted = tuple[int, int]
"""A part and its whole."""


def months(found: Facts) -> list[tuple[date, Counted, Counted, float | None]]:
    """The last months: (part, whole) of the named rate and of timeliness, and the share of D and E of its last run."""
    newest = month_of(found.as_of)
    series = [dict(of[WHOLE].months) if WHOLE in of else {} for of in (found.found.named, found.found.timely)]
    runs: dict[date, float | None] = {}
    for day in found.grades.comparable:
        mix = found.grades.runs.get(day, {}).get(WHOLE)
        if mix:
            runs[(day - timedelta(days=1)).replace(day=1)] = mix.risky_share
    rows = []
    for n in range(MONTHS - 1, -1, -1):
        month = months_before(newest, n)
        parts = [s.get(month) for s in series]
        if any(parts) or month in runs:
            named, timely = ((p.part, p.whole) if p else (0, 0) for p in parts)
            rows.append((month, named, timely, runs.get(month)))
    return rows


def measures(operations: Operations, actor: Actor) -> Said:
    """The part on measures: the ways of checking that the grades ask for, counted from the results."""
    found = tasks(operations, actor)
    done = found[found["is_done"].astype(bool)] if len(found) else found
    if not len(done):
        return Said((), (NO_CHECK, UNRECORDED))
    high, low = done[done["grade"].isin(["A", "B"])], done[done["grade"].isin(["D", "E"])]
    rows = (
        (
            Text("INC-4 允许书面检查，采用书面检查", "INC-4 written check allowed, and used"),
            plain("A、B"), count(len(high)), count(int((high["check_mode"] == "2").sum())),
        ),
        (
            Text("DIS-4 必须实地检查，已实地检查", "DIS-4 on-site check compulsory, and made"),
            plain("D、E"), count(len(low)), count(int((low["check_mode"] == "1").sum())),
        ),
    )  # fmt: skip
    table = Table(Text("抽查方式的运用", "Ways of checking in use"), Text("项", "tasks"), MODE_COLUMNS, rows)
    said = Text(
        f"双随机抽查已录入结果 {len(done):,} 项，其中按等级差异化的检查方式运用如下。",
        f"{len(done):,} tasks of draws have a result; the ways of checking by grade were used as follows.",
    )
    return Said((Heading(1, Text("差异化措施的运用", "Measures in use")), Paragraph(said), table), (UNRECORDED,))


def _precise(found: Sequence[Precision]) -> list[Block]:
    whole = found[-1]
    said = Text(
        f"已办结预警 {whole.ended:,} 件，属实 {whole.true:,} 件，误报 {whole.false:,} 件。",
        f"{whole.ended:,} warnings have ended: {whole.true:,} true, {whole.false:,} false.",
    )
    rows = tuple((_rule(p.rule), count(p.ended), count(p.true), count(p.false), _sure(p)) for p in found)
    note = Text(
        f"属实为已销号或移送；办结不足 {LEAST_ENDED} 件的不计算准确率。",
        f"True: closed or transferred; no share below {LEAST_ENDED} ended.",
    )
    table = Table(
        Text("预警准确率", "Precision of warnings"),
        Text("件", "cases"),
        PRECISION_COLUMNS,
        rows,
        has_whole=True,
        note=note,
    )
    return [Heading(2, Text("准确率", "Precision")), Paragraph(said), table]


def _timed(days: pd.DataFrame) -> list[Block]:
    rows = []
    for step in MOVES:
        of = days.loc[days["step"] == step.name, "working_days"]
        if len(of):
            rows.append(
                (
                    step.title,
                    count(len(of)),
                    plain(f"{of.median():g}"),
                    plain(f"{of.quantile(0.9, interpolation='higher'):g}"),
                )
            )
    slowest = max(
        MOVES,
        key=lambda s: (
            days.loc[days["step"] == s.name, "working_days"].median() if (days["step"] == s.name).any() else -1
        ),
    )
    middle = days.loc[days["step"] == slowest.name, "working_days"].median()
    said = Text(
        f"用时最长的环节是{slowest.title.zh}，中位数 {middle:g} 个工作日。",
        f"The slowest step is “{slowest.title.en}”: {middle:g} working days in the median.",
    )
    note = Text(
        "自上一环节（首个环节自立案）起的工作日。",
        "Working days since the step before, the first since the case was opened.",
    )
    table = Table(
        Text("预警各环节用时", "Days of each step"), Text("工作日", "working days"), DAY_COLUMNS, tuple(rows), note=note
    )
    return [Heading(2, Text("各环节用时", "Days of each step")), Paragraph(said), table]


def _rule(code: str) -> Text:
    if not code:
        return Text("合计", "All")
    title = RULES[code].title if code in RULES else NOTHING
    return Text(f"{code} {title.zh}", f"{code} {title.en}")


def _sure(row: Precision) -> Text:
    if row.ended < LEAST_ENDED or row.share is None:
        return plain(f"n={row.ended}")
    low, high = wilson(row.true, row.ended)
    return plain(f"{row.share:.1%}（{low:.1%}–{high:.1%}）")


def _share(part: int, whole: int) -> Text:
    return percent(part / whole if whole else None)
