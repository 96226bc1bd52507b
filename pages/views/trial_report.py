"""What a trial of an uploaded file found, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pages.views.fields import shown
from pages.views.refusals import OUTCOMES, feed_title, reason_words, rule_words
from pipeline.domain import Text

FIT = Text("✓ 可以送达", "✓ Fit to be delivered")
UNFIT = Text("▲ 不能送达", "▲ Not fit to be delivered")
SEEN = Text(
    "同样内容已于 {day} 送达过，再次送达不会产生新记录", "The same content was delivered on {day}: it would add nothing"
)


@dataclass(frozen=True)
class TriedTable:
    """One table of the file."""

    name: str = field(metadata=shown("表", "Table", "工作表或压缩包内文件", "Sheet, or file inside the zip"))
    feed: Text = field(metadata=shown("识别为", "Read as", "信息类别", "The feed"))
    delivered: int = field(metadata=shown("行数", "Rows", "全部数据行", "All data rows"))
    accepted: int = field(metadata=shown("合格", "Good", "核验通过的行", "Rows that passed every check"))
    excluded: int = field(metadata=shown("排除", "Excluded", "按规则不归集的行", "Kept out on purpose"))
    quarantined: int = field(metadata=shown("隔离", "Quarantined", "不合格的行", "Rows that were refused"))
    unknown: str = field(
        metadata=shown("未用列", "Unused columns", "目录之外的列，不读取", "Columns that lead nowhere")
    )
    ignored: str = field(
        metadata=shown("未用表", "Unused sheets", "没有记录的表或文件", "Sheets or files without records")
    )
    reason: Text | None = field(
        metadata=shown("搁置原因", "Set aside", "整件不接收的原因", "Why it would not be taken")
    )
    faults: tuple[tuple[Text, Text, int], ...] = field(
        metadata=shown("原因", "Reasons", "原因、去向、行数", "Reason, outcome, rows")
    )


@dataclass(frozen=True)
class TrialView:
    """All that is said before anybody confirms."""

    is_fit: bool = field(metadata=shown("可送达", "Fit", "可以确认送达", "May be confirmed"))
    verdict: Text = field(metadata=shown("结论", "Verdict", "能否送达", "Whether it may be delivered"))
    why: Text | None = field(metadata=shown("说明", "Why", "不能送达的原因", "Why not"))
    tables: tuple[TriedTable, ...] = field(metadata=shown("表", "Tables", "文件中的各表", "The tables of the file"))


def trial_view(report: Mapping[str, Any]) -> TrialView:
    """The report of `cli.py try --json` in words."""
    why = reason_words(report["refused"]) if report["refused"] else None
    if report["seen_on"]:
        why = Text(SEEN.zh.format(day=report["seen_on"]), SEEN.en.format(day=report["seen_on"]))
    return TrialView(
        is_fit=bool(report["is_fit"]),
        verdict=FIT if report["is_fit"] else UNFIT,
        why=why,
        tables=tuple(_table(t, report["file_name"]) for t in report["tables"]),
    )


def _table(table: Mapping[str, Any], file_name: str) -> TriedTable:
    return TriedTable(
        name=table["member"] or file_name,
        feed=feed_title(table["feed"]),
        delivered=table["delivered"],
        accepted=table["accepted"],
        excluded=table["excluded"],
        quarantined=table["quarantined"],
        unknown=table["unknown_columns"],
        ignored=table["ignored"],
        reason=reason_words(table["reason"]) if table["reason"] else None,
        faults=tuple(
            (
                rule_words(table["feed"], f["rule"], f["field"] or ""),
                OUTCOMES.get(f["outcome"], Text(f["outcome"], f["outcome"])),
                f["records"],
            )
            for f in table["faults"]
        ),
    )
