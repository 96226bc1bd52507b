"""How a firm's score went from run to run, and where its dimensions stand against its trade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from pages.views.fields import shown
from pages.views.rows import named
from pipeline.domain import Dimension, Text
from pipeline.stores.reader import ScopedReader

SPREAD = "trade_scale"
CITY = ""


@dataclass(frozen=True)
class Run:
    """The firm's score and grade at one date."""

    as_of: date = field(metadata=shown("时点", "As of", "不计入当日", "First day that is not known"))
    score: float | None = field(metadata=shown("评分", "Score", "信用分", "Credit score"))
    grade: str = field(metadata=shown("等级", "Grade", "信用风险等级", "Credit-risk grade"))
    kind: str = field(metadata=shown("评分方式", "Kind", "专家或学习", "Expert or learned"))
    is_backcast: bool = field(
        metadata=shown("回溯", "Backcast", "按现规则重算，并非当时印发", "Computed now, not issued then")
    )
    is_own: bool = field(metadata=shown("本批次", "Own", "本批次有其分值", "Whether this build holds its points"))
    model_id: str | None = field(metadata=shown("模型", "Model", "评分模型的版本", "Version of the scoring model"))

    @property
    def last_known(self) -> date:
        """The last day that counts."""
        return self.as_of - timedelta(days=1)


@dataclass(frozen=True)
class Spoke:
    """One dimension of the firm."""

    label: Text = field(metadata=shown("维度", "Dimension", "五个维度之一", "One of the five"))
    points: float = field(metadata=shown("分值", "Points", "该维度分值合计", "Points of the dimension"))
    median: float = field(metadata=shown("同业中位", "Median", "同门类企业的中位数", "Median of its trade"))
    rank: float = field(
        metadata=shown("位次", "Rank", "优于全市企业的百分比", "Share of the city's enterprises below it, 0–100")
    )
    median_rank: float = field(metadata=shown("同业位次", "Median rank", "中位数的位次", "Rank of the median"))


@dataclass(frozen=True)
class Profile:
    """The five dimensions against the trade."""

    spokes: tuple[Spoke, ...] = field(metadata=shown("维度", "Dimensions", "五个维度", "The five dimensions"))
    firms: int = field(metadata=shown("同业户数", "Firms", "中位数所依据的企业", "Enterprises behind the median"))
    is_trade: bool = field(metadata=shown("同业", "Trade", "否则为全市", "Else of the whole city"))


def runs(read: ScopedReader, uscc: str) -> tuple[Run, ...]:
    """Every run, oldest first: a grade that was issued stands before one that was computed back for the same date."""
    found = named(
        read,
        "SELECT as_of, credit_score, grade, score_kind, is_backcast, is_own, model_id FROM grade_course WHERE uscc = ? ORDER BY as_of",
        [uscc],
    )
    return tuple(
        Run(r.as_of, r.credit_score, r.grade, r.score_kind, bool(r.is_backcast), bool(r.is_own), r.model_id)
        for r in found
    )


def previous(found: Sequence[Run], as_of: date, kind: str) -> Run | None:
    """The build's run before `as_of` in which the firm had the same kind of score."""
    earlier = [r for r in found if r.as_of < as_of and r.kind == kind and r.is_own and r.score is not None]
    return max(earlier, key=lambda r: r.as_of, default=None)


def profile(read: ScopedReader, section: str | None, points: Mapping[Dimension, float]) -> Profile | None:
    """The dimensions against the trade `section`, or the city where the trade is too small; None in an old build."""
    if not read.has(SPREAD):
        return None
    found = named(
        read,
        f"SELECT section, dimension, firms, points FROM {SPREAD} WHERE section IN (?, ?)",
        [section or CITY, CITY],
    )
    city = {r.dimension: r for r in found if r.section == CITY}
    trade = {r.dimension: r for r in found if r.section == section} or city
    if not city:
        return None
    spokes = []
    for dimension in Dimension:
        scale, own = city[dimension.name].points, points.get(dimension, 0.0)
        own_trade = trade[dimension.name].points
        median = own_trade[len(own_trade) // 2]
        spokes.append(Spoke(dimension.value, own, median, rank(scale, own), rank(scale, median)))
    return Profile(tuple(spokes), int(next(iter(trade.values())).firms), trade is not city)


def rank(scale: list[float], points: float) -> float:
    """Where `points` stand on equal steps of rank, 0–100: in the middle of the steps that share its value."""
    last = len(scale) - 1
    below = [k for k, s in enumerate(scale) if s < points]
    above = [k for k, s in enumerate(scale) if s > points]
    low = below[-1] if below else 0
    high = above[0] if above else last
    if high - low == 1:
        width = scale[high] - scale[low]
        return 100 * (low + ((points - scale[low]) / width if width else 0.5)) / last
    return 100 * (low + high) / 2 / last
