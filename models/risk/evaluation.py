"""What `evaluate` found, and how it is said to people."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from models.risk.contest import FIRST
from models.risk.grade_rates import GradeRates
from models.risk.metrics import METRICS, Interval
from pipeline.domain import Text

_TITLES = {
    "auc": "AUC",
    "ks": "KS",
    "average_precision": "AP",
    "lift_top_tenth": "前10%提升度 lift@10%",
    "first_half": "前半数发现 first half",
    "days_earlier": "提前天数 days earlier",
}
_VERDICTS = {
    "rising": "可区分 told apart",
    "not_told_apart": "不能区分 can't be told apart",
    "reversed": "次序颠倒 REVERSED",
}
_NAME = 12
_CELL = 26


@dataclass(frozen=True)
class ArmResult:
    """One arm: how many checks and problems, every metric of every candidate, `ahead` = candidate − booster, paired.

    `said`: why there are no metrics, None where there are. `graded`: the checks by the grade their firm had before.
    """

    arm: str
    title: Text
    checks: int
    problems: int
    firms: int
    said: Text | None
    metrics: dict[str, dict[str, Interval]]
    ahead: dict[str, dict[str, Interval]]
    graded: GradeRates


@dataclass(frozen=True)
class Evaluation:
    """Finished checks of [start, end). `unranked`: checks of no graded enterprise, or from before the first model.

    `model_id` None: nothing was learned, and only what need not learn is ranked. `assumed_share`: of the records known at
    the end, those whose day of knowledge is assumed.
    """

    start: date
    end: date
    model_id: str | None
    unranked: int
    assumed_share: float | None
    arms: tuple[ArmResult, ...]

    @property
    def line(self) -> str:
        """All of it in lines for people: one table an arm, every number with its interval."""
        return "\n".join(_said(self))


def _said(evaluation: Evaluation) -> Iterator[str]:
    """The lines of the whole evaluation."""
    share = "—" if evaluation.assumed_share is None else f"{evaluation.assumed_share:.1%}"
    model = evaluation.model_id or "未学习 nothing learned"
    yield f"{evaluation.start} … {evaluation.end}（不含 exclusive），模型 model {model}；知悉时间属推定的记录 assumed knowledge {share}"
    yield f"未参与排序的检查 checks not ranked (no graded enterprise, or before the first model): {evaluation.unranked:,}"
    for arm in evaluation.arms:
        yield ""
        yield from _arm(arm)


def _arm(arm: ArmResult) -> Iterator[str]:
    yield f"【{arm.title.zh} {arm.title.en}】 n = {arm.checks:,}，发现问题 problems {arm.problems:,}，企业 firms {arm.firms:,}"
    if arm.said is not None:
        yield f"  {arm.said.zh}（{arm.said.en}）"
        return
    yield "  " + " " * _NAME + "".join(_TITLES[m].ljust(_CELL) for m in METRICS)
    for name, metrics in arm.metrics.items():
        yield "  " + name.ljust(_NAME) + "".join(_interval(metrics[m]).ljust(_CELL) for m in METRICS)
    for name, ahead in arm.ahead.items():
        yield "  " + f"{name} − {FIRST}：" + "  ".join(f"{m} {_interval(ahead[m], sign=True)}" for m in METRICS)
    yield from _grades(arm.graded)


def _grades(graded: GradeRates) -> Iterator[str]:
    if not graded.rates:
        yield "  检查前没有等级 no grade was known before these checks"
        return
    for r in graded.rates:
        yield f"  {r.grade}  n = {r.checks:,}，problems {r.problems:,}，{_interval(r.rate, percent=True)}"
    for p in graded.pairs:
        yield f"  {p.worse} − {p.better}  {_interval(p.difference, percent=True, sign=True)}  {_VERDICTS[p.verdict]}"
    yield f"  检查前无等级 without a grade: {graded.ungraded:,}"


def _interval(x: Interval, *, percent: bool = False, sign: bool = False) -> str:
    if math.isnan(x.value):
        return "—"
    form = f"{{:{'+' if sign else ''}{'.1%' if percent else '.3f'}}}"
    return f"{form.format(x.value)} [{form.format(x.low)}, {form.format(x.high)}]"
