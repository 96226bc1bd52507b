"""How often checks find a problem, by grade: whether the grades work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

import pandas as pd

from models.policy.estimate import RateEstimate, plain_rates, problem_rates
from pages.views.fields import shown
from pages.views.funnel import SMALL_GROUP
from pages.views.grades import LETTERS
from pipeline.domain import Text
from pipeline.stores.reader import ScopedReader

NONE_YET = Text("尚无已完成的检查可比。", "No completed check to compare yet.")
PAST, RANDOM = Text("历史检查", "Past checks"), Text("双随机", "Draws")
HISTORIC = Text("按检查前等级，全部已完成检查，95% 区间", "by the grade before, all completed checks, 95%")
DRAWN = Text("双随机抽查，按抽取概率加权，95% 区间", "double-random draws weighted by probability, 95%")


@dataclass(frozen=True)
class GradeRate:
    """How often completed checks of a grade found a problem."""

    grade: str = field(metadata=shown("等级", "Grade", "检查之前的等级", "The grade before the check"))
    checked: int = field(metadata=shown("检查", "Checked", "已完成检查的企业（次）", "Firms checked, once a run"))
    rate: float = field(metadata=shown("问题发现率", "Problem rate", "发现问题 ÷ 已检查", "With a problem ÷ checked"))
    low: float = field(metadata=shown("下限", "Low", "95% 区间下限", "Lower end of the 95% interval"))
    high: float = field(metadata=shown("上限", "High", "95% 区间上限", "Upper end of the 95% interval"))

    @property
    def is_small(self) -> bool:
        """Too few checks to compare."""
        return self.checked < SMALL_GROUP


@dataclass(frozen=True)
class CheckRates:
    """Problem rates by grade with how they were found and what to conclude."""

    rows: tuple[GradeRate, ...] = field(metadata=shown("各级", "Grades", "有检查的等级", "Grades with checks"))
    name: Text = field(metadata=shown("来源", "Source", "哪些检查", "Which checks"))
    method: Text = field(metadata=shown("方法", "Method", "怎样得出", "How they were found"))
    since: date | None = field(metadata=shown("起", "Since", "最早的检查", "The oldest check"))

    @property
    def finding(self) -> Text:
        """What to conclude; says so where nothing can be concluded."""
        return _finding([r for r in self.rows if not r.is_small])

    @property
    def rising(self) -> float | None:
        """Share of neighbouring grades whose rate rises, None where fewer than two can be compared."""
        fit = [r for r in self.rows if not r.is_small]
        pairs = list(pairwise(fit))
        return sum(b.rate > a.rate for a, b in pairs) / len(pairs) if pairs else None


def historic(read: ScopedReader) -> CheckRates:
    """From the checks that the build knows, each under the grade that stood before it (Wilson)."""
    found = read.rows(
        "SELECT grade, sum(checks)::BIGINT, sum(problems)::BIGINT, min(graded_on) FROM check_rate GROUP BY grade"
    )
    counts = pd.DataFrame([r[:3] for r in found], columns=["grade", "checks", "problems"])
    return CheckRates(_rows(plain_rates(counts)), PAST, HISTORIC, min((r[3] for r in found), default=None))


def drawn(outcomes: pd.DataFrame) -> CheckRates | None:
    """From the results of held draws by their probabilities; None before two grades can be compared."""
    if outcomes.empty:
        return None
    rates = CheckRates(_rows(problem_rates(outcomes)), RANDOM, DRAWN, None)
    return rates if sum(not r.is_small for r in rates.rows) > 1 else None


def _rows(found: Sequence[RateEstimate]) -> tuple[GradeRate, ...]:
    return tuple(
        GradeRate(e.grade, e.checked, e.rate, e.low or 0.0, 1.0 if e.high is None else e.high)
        for e in found
        if e.grade in LETTERS and e.rate is not None
    )


def ratio_order(strata: pd.DataFrame) -> float | None:
    """Share of the draws whose ratios rise from grade to grade; full coverage may follow full coverage. None without one."""
    if strata.empty:
        return None
    sums = strata[strata["grade"].isin(LETTERS)].groupby(["draw_id", "grade"], as_index=False)[["size", "drawn"]].sum()
    kept = 0
    for _, of in sums.groupby("draw_id"):
        ratios = list(of.sort_values("grade").eval("drawn / size"))
        kept += all(a < b or a == b == 1 for a, b in pairwise(ratios))
    return kept / sums["draw_id"].nunique() if len(sums) else None


def agreement(pair: tuple[int, int]) -> Text | None:
    """How many grades equal the national platform's, None where none can be compared."""
    equal, both = pair
    if not both:
        return None
    return Text(
        f"与国家平台等级一致 {equal / both:.1%}（{both:,} 户可比）。",
        f"{equal / both:.1%} of {both:,} agree with the national grade.",
    )


def _finding(fit: Sequence[GradeRate]) -> Text:
    if len(fit) < 2:
        return NONE_YET if not fit else Text("可比的等级不足两个。", "Fewer than two grades can be compared.")
    first, last = fit[0], fit[-1]
    pairs = list(pairwise(fit))
    fallen = [(a, b) for a, b in pairs if b.rate <= a.rate]
    clear = [(a, b) for a, b in fallen if b.high < a.low]
    if clear:
        where, where_en = (
            "、".join(f"{b.grade} 低于 {a.grade}" for a, b in clear),
            ", ".join(f"{b.grade} below {a.grade}" for a, b in clear),
        )
        return Text(
            f"问题发现率没有逐级上升（{where}），指标需检视。",
            f"The rate does not rise by grade ({where_en}): look at the indicators.",
        )
    if last.low <= first.high:
        return Text(
            f"{first.grade} 级与 {last.grade} 级的区间重叠，尚不能说分级有效。",
            f"Grades {first.grade} and {last.grade} overlap: no conclusion yet.",
        )
    times = f"{last.rate / first.rate:.1f}" if first.rate else None
    head = (
        Text(
            f"{last.grade} 级问题率是 {first.grade} 级的 {times} 倍",
            f"Grade {last.grade} has {times} times the rate of {first.grade}",
        )
        if times
        else Text(f"{first.grade} 级没有发现问题", f"No problem found in grade {first.grade}")
    )
    if fallen:
        return Text(
            f"{head.zh}，但并非逐级上升，差别在抽样误差之内。",
            f"{head.en}; not every step rises, within sampling error.",
        )
    overlap = [f"{a.grade}–{b.grade}" for a, b in pairs if b.low <= a.high]
    if overlap:
        return Text(
            f"{head.zh}，逐级上升；{'、'.join(overlap)} 区间重叠。",
            f"{head.en}, rising at each step; {', '.join(overlap)} overlap.",
        )
    return Text(
        f"{head.zh}，逐级上升且区间分开，分类有效。",
        f"{head.en}, rising at each step, intervals apart: the grades work.",
    )


def until(as_of: date, rates: CheckRates) -> Text:
    """The days of the checks, in words."""
    if rates.since is None:
        return Text("", "")
    last = as_of - timedelta(days=1)
    return Text(f"{rates.since} 至 {last}", f"{rates.since} to {last}")
