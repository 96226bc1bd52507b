"""The strip of figures at the top of the page, and the sum of the delivered rows, in words."""

from __future__ import annotations

from dataclasses import dataclass, field

from pages.views import conclusions
from pages.views.fields import explanations, shown
from pages.views.gathering import NAMED_TARGET, Gathering, Outcome
from pages.views.status import Status
from pipeline.domain import Text


@dataclass(frozen=True)
class Figure:
    """One figure of the strip, as words."""

    label: Text = field(metadata=shown("名称", "Label", "数字的名称", "Its name"))
    value: str = field(metadata=shown("数值", "Value", "写好的数值", "The value as written"))
    remark: Text = field(metadata=shown("附注", "Remark", "数值下的短注", "A short remark below"))
    definition: Text = field(metadata=shown("口径", "Definition", "怎样统计", "What it counts"))
    is_bad: bool = field(metadata=shown("未达标", "Missed", "未达到规定目标", "Whether a set target is missed"))


def strip(view: Status) -> tuple[Figure, ...]:
    """The figures of `view` in words, in the order of the strip."""
    f, graded, gathered = view.figures, view.grades, view.gathering
    rows, named, aside = gathered.outcome, gathered.named, len(gathered.set_aside)
    low = f.named_rate is not None and f.named_rate < NAMED_TARGET
    units = len(graded.units)
    words: dict[str, tuple[str, Text]] = {
        "enterprises": (f"{f.enterprises:,}", Text(f"{units} 个管辖单位", f"in {units} units")),
        "graded_share": (
            conclusions.portion(graded.city.size, f.enterprises),
            Text(f"未分级 {graded.ungraded:,} 户", f"{graded.ungraded:,} not graded"),
        ),
        "risky_share": (
            conclusions.portion(graded.city.risky, graded.city.size),
            Text(f"{graded.city.risky:,} 户", f"{graded.city.risky:,} enterprises"),
        ),
        "complete": (f"{f.complete} / {gathered.expected}" if gathered.expected else "—", _completeness(gathered)),
        "named_rate": (conclusions.portion(named.named, named.records), _target(named.records, low)),
        "files": (
            f"{f.files:,}",
            Text(f"{gathered.deliveries:,} 批次，搁置 {aside} 个", f"{aside} set aside"),
        ),
        "delivered": (f"{f.delivered:,}", _used(rows)),
        "quarantine_share": (
            conclusions.portion(rows.quarantined, rows.delivered),
            Text(f"{rows.quarantined:,} 行", f"{rows.quarantined:,} rows"),
        ),
    }
    missed = {"complete": f.complete < gathered.expected, "named_rate": low}
    known = explanations(f)
    return tuple(Figure(known[k][0], *words[k], known[k][1], missed.get(k, False)) for k in words)


def _completeness(gathered: Gathering) -> Text:
    if not gathered.expected:
        return Text("未设应报清单", "no list is set")
    missing = gathered.expected - gathered.complete
    return (
        Text(f"▲ 未到齐 {missing} 类", f"▲ {missing} incomplete") if missing else Text("✓ 全部到齐", "✓ all complete")
    )


def _target(records: int, low: bool) -> Text:
    if not records:
        return Text("目标 80%", "target 80%")
    return Text("▲ 低于目标 80%", "▲ below target 80%") if low else Text("✓ 达到目标 80%", "✓ target 80% met")


def _used(rows: Outcome) -> Text:
    used = conclusions.portion(rows.accepted, rows.delivered)
    return Text(f"现行有效 {used}", f"{used} in force")


def terms(view: Status) -> tuple[tuple[Text, int], ...]:
    """Delivered rows and their outcomes, as the terms of a sum."""
    outcome = view.gathering.outcome
    return tuple((label, getattr(outcome, name)) for name, (label, _) in explanations(outcome).items())


def verdict(view: Status) -> Text:
    """Whether the delivered rows are all accounted for."""
    gap = view.gathering.outcome.gap
    if gap:
        return Text(f"▲ 差 {gap:,} 行", f"▲ {gap:,} rows unexplained")
    return Text("✓ 相等", "✓ adds up")
