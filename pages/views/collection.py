"""Collection at a glance: four figures, and what stands behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pages.views.fields import shown
from pages.views.gathering import OUTCOME_SUMS, OUTCOMES, Outcome
from pages.views.monthly import NAMED_TARGET, NOTHING, WHOLE, WINDOW, gathered, month_of, months_before
from pages.views.rows import rows
from pages.views.source_months import TIMELY_TARGET
from pipeline.domain import Text
from pipeline.settings import City
from pipeline.stores.reader import ScopedReader

MISSING = "—"


@dataclass(frozen=True)
class Figure:
    """One figure as written."""

    label: Text = field(metadata=shown("名称", "Label", "指标名称", "Its name"))
    value: str = field(metadata=shown("数值", "Value", "写好的数值", "As written"))
    remark: Text = field(metadata=shown("附注", "Remark", "补充说明", "A short remark"))
    definition: Text = field(metadata=shown("口径", "Definition", "怎样统计", "What it counts"))
    is_bad: bool = field(metadata=shown("未达标", "Missed", "未达到目标", "A set target is missed"))


@dataclass(frozen=True)
class Collection:
    """The figures, and all delivered rows with what became of them."""

    figures: tuple[Figure, ...] = field(metadata=shown("主要数字", "Figures", "页首四个数字", "The four figures"))
    terms: tuple[tuple[Text, int], ...] = field(
        metadata=shown("等式", "Sum", "送达 = 各去向之和", "Delivered = the sum of outcomes")
    )
    gap: int = field(metadata=shown("差额", "Gap", "没有去向的行", "Rows that no outcome explains"))

    @property
    def verdict(self) -> Text:
        """Whether the delivered rows are all accounted for."""
        if self.gap:
            return Text(f"▲ 差 {self.gap:,} 行", f"▲ {self.gap:,} rows unexplained")
        return Text("✓ 相等", "✓ adds up")


def collection(read: ScopedReader, city: City) -> Collection:
    """The figures of the published build."""
    as_of = read.stamp.as_of
    last = month_of(as_of)
    found = gathered(read, as_of, city)
    everything: Any = rows(read, f"SELECT {OUTCOME_SUMS} FROM delivery")[0]
    since = months_before(last, WINDOW - 1)
    recent: Any = rows(read, f"SELECT {OUTCOME_SUMS} FROM delivery WHERE received_on >= ?", [since])[0]
    waiting: Any = rows(
        read,
        "SELECT coalesce(sum(records) FILTER (WHERE method = 'ambiguous'), 0)::BIGINT AS ambiguous,"
        " coalesce(sum(records) FILTER (WHERE method = 'none'), 0)::BIGINT AS missing FROM match WHERE month BETWEEN ? AND ?",
        [since, last],
    )[0]
    outcome = _outcome(everything)
    named = found.named[WHOLE].until(last) if WHOLE in found.named else NOTHING
    timely = found.timely[WHOLE].until(last) if WHOLE in found.timely else NOTHING
    terms = [(Outcome.__dataclass_fields__[n].metadata["label"], getattr(outcome, n)) for n in ("delivered", *OUTCOMES)]
    figures = (
        _share_figure("named", named.share, NAMED_TARGET, f"{named.part:,} / {named.whole:,}"),
        _share_figure("timely", timely.share, TIMELY_TARGET, f"{timely.part:,} / {timely.whole:,}"),
        _quarantined(_outcome(recent)),
        _waiting(int(waiting.ambiguous), int(waiting.missing)),
    )
    return Collection(figures, tuple(terms), outcome.gap)


_SHARES = {
    "named": (
        Text("记名率", "Named rate"),
        Text(
            "近 12 个月应归于企业名下的记录中，已归于唯一企业的占比；目标 80%。",
            "Records of the last 12 months attached to one enterprise ÷ all that concern one; target 80%.",
        ),
    ),
    "timely": (
        Text("按时率", "On time"),
        Text(
            "近 12 个月首次收到、在产生后 7 个工作日内归集的记录占比；历史补录与本系统录入的检查结果除外。",
            "Records of the last 12 months received within 7 working days of being produced; history loads and results entered here left out.",
        ),
    ),
}


def _share_figure(key: str, share: float | None, target: float, counted: str) -> Figure:
    label, definition = _SHARES[key]
    is_bad = share is not None and share < target
    mark = Text(
        f"{'▲ 低于' if is_bad else '✓ 达到'} {target:.0%}", f"{'▲ below' if is_bad else '✓ reaches'} {target:.0%}"
    )
    remark = (
        Text(f"{mark.zh}　{counted}", f"{mark.en}　{counted}")
        if share is not None
        else Text("尚无记录", "No records yet")
    )
    return Figure(label, MISSING if share is None else f"{share:.1%}", remark, definition, is_bad)


def _quarantined(recent: Outcome) -> Figure:
    share = recent.quarantine_share
    said = MISSING if share is None else f"{share:.1%}"
    return Figure(
        Text("隔离", "Quarantined"),
        f"{recent.quarantined:,}",
        Text(f"行，占近 12 个月送达的 {said}", f"rows, {said} of the last 12 months"),
        Text(
            "近 12 个月送达、不符合数据目录而整行保留待更正的行；整件搁置的文件也在内。",
            "Rows of the last 12 months that broke the contract and are kept for correction, set-aside files included.",
        ),
        False,
    )


def _waiting(ambiguous: int, missing: int) -> Figure:
    return Figure(
        Text("待核对", "To be matched"),
        f"{ambiguous + missing:,}",
        Text(f"多义 {ambiguous:,}　未匹配 {missing:,}", f"{ambiguous:,} ambiguous, {missing:,} unmatched"),
        Text(
            "近 12 个月未能归于唯一企业的记录：名称对应多家企业的（多义），和找不到企业的（未匹配）。",
            "Records of the last 12 months that could not be attached to one enterprise: several fit, or none.",
        ),
        False,
    )


def _outcome(row: Any) -> Outcome:
    return Outcome(int(row.delivered), *(int(getattr(row, c)) for c in OUTCOMES))
