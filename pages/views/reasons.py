"""Why a firm has its score: points from the base to the score, as steps and as sentences, and what changed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pages.views.fields import shown
from pages.views.rows import named
from pages.views.said import BY_CODE, amount, known, label, title_of, told
from pipeline.domain import Dimension, Text
from pipeline.indicators.catalogue import INDICATORS
from pipeline.stores.reader import ScopedReader

BARS, LEAST_EACH = 10, 3
"""Indicators with a bar of their own, the largest; of losses and of gains at least so many. The rest are pooled."""
MOST_SENTENCES = 12
LEAST = 0.5
"""Points below this are not worth a line of their own."""
MOVERS = 5
REST = Text("其余 {n} 项合计", "The other {n} together")
CLIPPED = Text("超出分数范围", "Beyond the bounds")


@dataclass(frozen=True)
class Reason:
    """An indicator with its value and its points."""

    code: str = field(metadata=shown("指标", "Indicator", "指标代码", "Code of the indicator"))
    label: Text = field(metadata=shown("名称", "Label", "短名与数值", "Short name and value"))
    sentence: Text = field(metadata=shown("理由", "Reason", "理由的完整句子", "The reason as a sentence"))
    dimension: Text = field(metadata=shown("维度", "Dimension", "五个维度之一", "One of the five dimensions"))
    basis: str = field(metadata=shown("依据", "Basis", "条款代码", "Codes of the clauses"))
    points: float = field(metadata=shown("分值", "Points", "对评分的影响", "What it does to the score"))
    written: int = field(
        metadata=shown("分值（整数）", "Points, whole", "与合计相符的整数", "Rounded so that all add up")
    )


@dataclass(frozen=True)
class Step:
    """One bar of the waterfall; `code` is None for the pooled rest."""

    code: str | None = field(metadata=shown("指标", "Indicator", "指标代码", "Code of the indicator"))
    label: Text = field(metadata=shown("名称", "Label", "短名与数值", "Short name and value"))
    before: float = field(metadata=shown("起", "From", "此前的分数", "Score before it"))
    after: float = field(metadata=shown("止", "To", "此后的分数", "Score after it"))
    written: int = field(metadata=shown("分值", "Points", "与合计相符的整数", "Rounded so that all add up"))


@dataclass(frozen=True)
class Change:
    """What an indicator did to the score since the run before."""

    code: str = field(metadata=shown("指标", "Indicator", "指标代码", "Code of the indicator"))
    title: Text = field(metadata=shown("名称", "Title", "指标名称", "Title of the indicator"))
    before: Text = field(metadata=shown("上期", "Before", "上期数值", "Value in the run before"))
    after: Text = field(metadata=shown("本期", "Now", "本期数值", "Value now"))
    points: float = field(metadata=shown("分值变化", "Change", "分值之差", "Difference of the points"))


@dataclass(frozen=True)
class Changes:
    """The difference of two runs of the same kind of score."""

    since: date = field(metadata=shown("上期时点", "Since", "上期最后计入日", "Date of the run before"))
    same_model: bool = field(
        metadata=shown("同一模型", "Same model", "两期用同一模型", "Whether one model scored both")
    )
    total: float = field(metadata=shown("评分变化", "Change", "评分之差", "Difference of the scores"))
    movers: tuple[Change, ...] = field(metadata=shown("主要变化", "Movers", "变化最大的指标", "Largest differences"))
    others: float = field(metadata=shown("其余", "Others", "其余指标合计", "All other indicators together"))


@dataclass(frozen=True)
class Reasons:
    """The score taken apart."""

    base: float = field(metadata=shown("基准", "Base", "平均企业的得分", "Score of the mean enterprise"))
    score: float = field(metadata=shown("评分", "Score", "信用分", "Credit score"))
    steps: tuple[Step, ...] = field(metadata=shown("步骤", "Steps", "由基准到评分", "From the base to the score"))
    sentences: tuple[Reason, ...] = field(metadata=shown("理由", "Reasons", "影响最大的指标", "Largest points first"))
    by_dimension: dict[Dimension, float] = field(
        metadata=shown("分维度", "By dimension", "各维度分值合计", "Points of each dimension")
    )


def contributions(read: ScopedReader, uscc: str, days: Sequence[date]) -> dict[date, dict[str, float]]:
    """Points by indicator, and `base`, at each of `days` at which the firm has a score."""
    return _wide(read, "contribution", uscc, days)


def values(read: ScopedReader, uscc: str, days: Sequence[date]) -> dict[date, dict[str, Any]]:
    """Values by indicator at each of `days`."""
    return _wide(read, "indicator", uscc, days)


def reasons(points: Mapping[str, float], held: Mapping[str, Any], score: float) -> Reasons:
    """Take `score` apart; `points` holds `base` and one entry an indicator, `held` the values."""
    base = points["base"]
    parts = {i.code: points[i.code] for i in INDICATORS if i.code in points}
    steps = _steps(base, parts, held, score)
    written = {s.code: s.written for s in steps if s.code}
    largest = sorted((c for c in parts if abs(parts[c]) >= LEAST), key=lambda c: -abs(parts[c]))[:MOST_SENTENCES]
    ordered = sorted(largest, key=lambda c: parts[c])
    return Reasons(
        base=base,
        score=score,
        steps=steps,
        sentences=tuple(_reason(c, held.get(c), parts[c], written.get(c)) for c in ordered),
        by_dimension={
            d: sum(parts[i.code] for i in INDICATORS if i.dimension is d and i.code in parts) for d in Dimension
        },
    )


def changes(
    since: date,
    same_model: bool,
    points: Mapping[str, float],
    before: Mapping[str, float],
    held: Mapping[str, Any],
    had: Mapping[str, Any],
) -> Changes:
    """What moved between two runs of the same kind of score, largest first, losses before gains."""
    moved = {c: points[c] - before[c] for c in points if c in before and c in BY_CODE}
    moved |= {"base": points["base"] - before["base"]}
    worst = sorted((c for c in moved if c != "base" and moved[c] <= -LEAST), key=lambda c: moved[c])[:MOVERS]
    best = sorted((c for c in moved if c != "base" and moved[c] >= LEAST), key=lambda c: -moved[c])[:MOVERS]
    movers = tuple(
        Change(
            c,
            title_of(BY_CODE[c]),
            amount(BY_CODE[c], known(had.get(c))),
            amount(BY_CODE[c], known(held.get(c))),
            moved[c],
        )
        for c in (*worst, *best)
    )
    total = sum(moved.values())
    return Changes(since, same_model, total, movers, total - sum(m.points for m in movers))


def _wide(read: ScopedReader, table: str, uscc: str, days: Sequence[date]) -> dict[date, dict[str, Any]]:
    if not days:
        return {}
    marks = ", ".join(f"DATE '{d.isoformat()}'" for d in days)
    found = named(read, f"SELECT * EXCLUDE (uscc) FROM {table} WHERE as_of IN ({marks}) AND uscc = ?", [uscc])
    return {r.as_of: {k: known(v) for k, v in vars(r).items() if k != "as_of"} for r in found}


def _steps(base: float, parts: Mapping[str, float], held: Mapping[str, Any], score: float) -> tuple[Step, ...]:
    """Losses from the largest, the rest where it belongs by its sign, gains up to the largest, then the clip."""
    worst = sorted((c for c in parts if parts[c] <= -LEAST), key=lambda c: parts[c])
    best = sorted((c for c in parts if parts[c] >= LEAST), key=lambda c: -parts[c])
    forced = [*worst[:LEAST_EACH], *best[:LEAST_EACH]]
    others = sorted((c for c in (*worst, *best) if c not in forced), key=lambda c: -abs(parts[c]))
    kept = {*forced, *others[: BARS - len(forced)]}
    losses, gains = [c for c in worst if c in kept], [c for c in best if c in kept]
    pooled = [c for c in parts if c not in losses and c not in gains and parts[c]]
    rest = sum(parts[c] for c in pooled)
    rest_label = Text(REST.zh.format(n=len(pooled)), REST.en.format(n=len(pooled)))
    chain: list[tuple[str | None, Text, float]] = [(c, _label(c, held), parts[c]) for c in losses]
    middle = [(None, rest_label, rest)] if pooled else []
    chain += middle + [(c, _label(c, held), parts[c]) for c in reversed(gains)]
    raw = base + sum(parts.values())
    if abs(raw - score) > 0.05:
        chain.append((None, CLIPPED, score - raw))
    return _written(base, score, chain)


def _written(base: float, score: float, chain: Sequence[tuple[str | None, Text, float]]) -> tuple[Step, ...]:
    """The bars with whole points that add up: each is rounded by itself, the pooled rest (else the last bar) takes what that leaves over."""
    whole = [round(points) for *_, points in chain]
    pooled = next((i for i, (code, *_) in enumerate(chain) if code is None), len(chain) - 1)
    if chain:
        whole[pooled] += round(score) - round(base) - sum(whole)
    steps, at = [], base
    for (code, said, points), written in zip(chain, whole, strict=True):
        steps.append(Step(code, said, at, at + points, written))
        at += points
    return tuple(steps)


def _label(code: str, held: Mapping[str, Any]) -> Text:
    return label(BY_CODE[code], known(held.get(code)))


def _reason(code: str, value: Any, points: float, written: int | None) -> Reason:
    indicator = BY_CODE[code]
    return Reason(
        code=code,
        label=label(indicator, known(value)),
        sentence=told(indicator, known(value)),
        dimension=indicator.dimension.value,
        basis="、".join(indicator.legal_basis),
        points=points,
        written=round(points) if written is None else written,
    )
