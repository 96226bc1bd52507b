"""What every indicator weighs within a scope: how often it is missing, how many points it moves, how often it is a reason.

Counted over the enterprises that the grades count (one denominator for the whole page), at the newest date.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pages.views.fields import shown
from pipeline.indicators.catalogue import ALL
from pipeline.stores.reader import ScopedReader

COUNTED = "SELECT uscc FROM enterprise WHERE is_counted AND grade IS NOT NULL"
"""The enterprises that the page is about."""
NEAR_ZERO = 0.5
"""Mean |points| below this count as no effect (待确认)."""
MOVED = 0.25
"""PSI above this counts as moved (rules of the product, section 8; 待确认)."""


@dataclass(frozen=True)
class Shift:
    """How far the values moved since the model was trained, in the whole city."""

    psi: float = field(metadata=shown("PSI", "PSI", "与训练时分布的差别", "Against the distribution at training"))
    critical: float = field(metadata=shown("偶然界限", "Chance", "偶然所能达到的 PSI", "What chance alone reaches"))
    is_alarm: bool = field(metadata=shown("告警", "Alarm", "超过偶然且足够大", "Above chance, and large"))


@dataclass(frozen=True)
class Weight:
    """One indicator's numbers; None: nothing to say, such as points of a rule fact."""

    code: str = field(metadata=shown("代码", "Code", "指标代码", "Code of the indicator"))
    missing: float | None = field(metadata=shown("缺失率", "Missing", "没有值的企业占比", "Firms without a value"))
    points: float | None = field(metadata=shown("平均影响", "Mean effect", "|分值| 的平均", "Mean of |points|"))
    portion: float | None = field(metadata=shown("占比", "Portion", "占全部影响", "Of the effects of all indicators"))
    rank: int | None = field(metadata=shown("位次", "Rank", "按平均影响", "By mean effect, 1 is the largest"))
    reason: float | None = field(
        metadata=shown(
            "五大成因", "Top five", "列入五大扣分成因的企业占比", "Firms for which it is among the five reasons"
        )
    )
    shift: Shift | None = field(metadata=shown("漂移", "Drift", "与训练时比较", "Against training"))

    @property
    def needs_review(self) -> bool:
        """Hardly any effect, and values that moved."""
        moved = self.shift is not None and self.shift.psi > MOVED
        return moved and self.points is not None and self.points < NEAR_ZERO


@dataclass(frozen=True)
class Weights:
    """All indicators, and how many enterprises the numbers rest on."""

    firms: int = field(metadata=shown("企业", "Firms", "参与分级的企业", "Enterprises that the grades count"))
    scored: int = field(metadata=shown("已评分", "Scored", "其中有评分的", "Of these, with a score"))
    kind: str | None = field(metadata=shown("评分", "Score", "learned 或 expert", "learned or expert"))
    has_drift: bool = field(metadata=shown("有漂移", "Drift known", "批次含漂移表", "Whether the build knows drift"))
    rules: Mapping[str, int] = field(
        hash=False, metadata=shown("规则", "Rules", "触发户数", "Firms for which each fired")
    )
    by_code: Mapping[str, Weight] = field(hash=False, metadata=shown("各指标", "Indicators", "按代码", "By code"))

    @property
    def ranked(self) -> int:
        """How many indicators have a rank."""
        return sum(w.rank is not None for w in self.by_code.values())


def weights(read: ScopedReader) -> Weights:
    """Two passes over wide tables and one over the reasons; every column the build has, nothing for the others."""
    firms, held = _held(read)
    scored, points = _points(read)
    reasons: dict[str, int] = dict(
        read.rows(
            f"SELECT code::VARCHAR, count(*) FROM reason WHERE as_of = ? AND uscc IN ({COUNTED}) GROUP BY 1",
            [read.stamp.as_of],
        )
    )
    kind = read.rows("SELECT max(score_kind) FROM risk_score WHERE as_of = ?", [read.stamp.as_of])[0][0]
    fired: dict[str, int] = dict(
        read.rows("SELECT rule, count(*) FROM (SELECT unnest(rules) AS rule FROM enterprise) GROUP BY 1")
    )
    shifts = _shifts(read)
    total = sum(points.values())
    order = sorted(points, key=lambda c: -points[c])
    ranks = {code: n for n, code in enumerate(order, 1)}
    by_code = {
        i.code: Weight(
            code=i.code,
            missing=1 - held[i.code] / firms if i.code in held and firms else None,
            points=points.get(i.code),
            portion=points[i.code] / total if i.code in points and total else None,
            rank=ranks.get(i.code),
            reason=reasons.get(i.code, 0) / scored if i.code in points and scored else None,
            shift=shifts.get(i.code),
        )
        for i in ALL
    }
    return Weights(firms, scored, kind, read.has("drift"), fired, by_code)


def known_columns(read: ScopedReader, table: str) -> frozenset[str]:
    """The columns of a table: an older build may lack an indicator that was declared since."""
    return frozenset(read.frame(f"SELECT * FROM {table} LIMIT 0").columns)


def _held(read: ScopedReader) -> tuple[int, dict[str, int]]:
    """How many enterprises there are, and how many of them have a value of each indicator."""
    has = known_columns(read, "indicator")
    counts = {
        i.code: f'count("{i.code}")' if i.levels else f'count_if(isfinite("{i.code}"))' for i in ALL if i.code in has
    }
    row = read.rows(
        f"SELECT count(*), {', '.join(counts.values())} FROM indicator WHERE as_of = ? AND uscc IN ({COUNTED})",
        [read.stamp.as_of],
    )[0]
    return int(row[0]), {code: int(n or 0) for code, n in zip(counts, row[1:], strict=True)}


def _points(read: ScopedReader) -> tuple[int, dict[str, float]]:
    """How many enterprises have a score, and the mean |points| of each indicator that makes it."""
    has = known_columns(read, "contribution")
    means = {i.code: f'avg(abs("{i.code}"))' for i in ALL if i.code in has}
    row = read.rows(
        f"SELECT count(*), {', '.join(means.values())} FROM contribution WHERE as_of = ? AND uscc IN ({COUNTED})",
        [read.stamp.as_of],
    )[0]
    return int(row[0]), {code: float(mean) for code, mean in zip(means, row[1:], strict=True) if mean is not None}


def _shifts(read: ScopedReader) -> dict[str, Shift]:
    """Indicator -> drift, where the build measured it."""
    if not read.has("drift"):
        return {}
    rows = read.rows("SELECT name, psi, critical, is_alarm FROM drift WHERE isfinite(psi)")
    return {name: Shift(float(psi), float(critical), bool(alarm)) for name, psi, critical, alarm in rows}
