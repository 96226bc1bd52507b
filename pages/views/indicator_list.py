"""The list of indicators that an address asks for, the numbers beside them, and which one is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pages.views.enterprise_choices import Choice
from pages.views.enterprise_columns import Column
from pages.views.fields import shown
from pages.views.indicator_catalogue import Asked, Entry, found
from pages.views.indicator_weights import Weight, Weights
from pages.views.indicator_words import GROUPS
from pipeline.domain import Text

EVERYTHING = Text("全部指标", "All indicators")
YES, NO = Text("计分", "Scored"), Text("红线事实", "Rule fact")
REVIEW = Text("待评审", "To be reviewed")
TO_CONFIRM = Text("（待确认）", " (to be confirmed)")
_CHARS: dict[str, tuple[Text, str, int]] = {
    "code": (Text("代码", "Code"), "text", 30),
    "title": (Text("指标", "Indicator"), "text", 26),
    "group": (Text("维度", "Dimension"), "text", 14),
    "scored": (Text("用途", "Use"), "text", 10),
    "category": (Text("指标来源", "Category"), "text", 22),
    "definition": (Text("定义", "Definition"), "text", 60),
    "bases": (Text("依据", "Legal basis"), "text", 44),
    "form": (Text("计算形式", "Form"), "text", 30),
    "sources": (Text("信息来源", "Feeds"), "text", 36),
    "window": (Text("窗口", "Window"), "text", 18),
    "direction": (Text("风险方向", "Direction"), "text", 16),
    "unit": (Text("单位", "Unit"), "text", 10),
    "without": (Text("没有记录时", "Without records"), "text", 28),
    "rules": (Text("使用它的规则", "Grade rules"), "text", 24),
    "missing": (Text("缺失率 %", "Missing %"), "percent", 9),
    "points": (Text("平均影响（分）", "Mean effect (points)"), "percent", 13),
    "rank": (Text("位次", "Rank"), "count", 7),
    "reason": (Text("列入五大成因 %", "Among five reasons %"), "percent", 13),
    "psi": (Text("PSI", "PSI"), "text", 9),
    "review": (Text("评审", "Review"), "text", 9),
    "version": (Text("声明摘要", "Own hash"), "text", 15),
}
"""Column of the workbook -> title, kind, width in characters."""


@dataclass(frozen=True)
class Row:
    """One indicator of the list with its numbers."""

    entry: Entry = field(metadata=shown("指标", "Indicator", "指标的声明", "The declaration"))
    weight: Weight = field(metadata=shown("作用", "Weight", "指标的数字", "Its numbers"))


@dataclass(frozen=True)
class IndicatorList:
    """The rows that fit, dimension by dimension, those that weigh most first; and the row that is open."""

    asked: Asked = field(metadata=shown("条件", "Filter", "当前条件", "What is asked for"))
    rows: tuple[Row, ...] = field(metadata=shown("各行", "Rows", "符合条件的指标", "Indicators that fit"))
    choices: tuple[Choice, ...] = field(metadata=shown("分组", "Groups", "各组的项数", "How many of each group fit"))
    opened: Row = field(metadata=shown("打开的", "Open", "右侧显示的指标", "The one that is shown"))

    @property
    def place(self) -> int | None:
        """Where the open indicator stands among the rows."""
        return next((n for n, row in enumerate(self.rows) if row.entry.code == self.opened.entry.code), None)

    @property
    def sentence(self) -> Text:
        """The filter in words."""
        words = [GROUPS[self.asked.dimension]] if self.asked.dimension else []
        words += [Text(f"“{self.asked.q}”", f"“{self.asked.q}”")] if self.asked.q else []
        if not words:
            return EVERYTHING
        return Text("；".join(w.zh for w in words), "; ".join(w.en for w in words))


def indicator_list(catalogue: Sequence[Entry], weights: Weights, query: Mapping[str, str]) -> IndicatorList:
    """The list; where the address names no indicator, the first that fits is open, and of all the first where none does."""
    asked = Asked.parse(query)
    fit = found(catalogue, asked)
    every = {e.code: Row(e, weights.by_code[e.code]) for e in catalogue}
    order = list(GROUPS)
    rows = [every[e.code] for e in fit if asked.dimension in ("", e.group)]
    rows.sort(key=lambda r: (order.index(r.entry.group), -(r.weight.points or 0.0)))
    choices = tuple(Choice(g, title, sum(e.group == g for e in fit)) for g, title in GROUPS.items())
    opened = every.get(asked.code) or (rows[0] if rows else every[catalogue[0].code])
    return IndicatorList(asked, tuple(rows), choices, opened)


def columns() -> tuple[Column, ...]:
    """The columns of the workbook."""
    return tuple(Column(name, title, title, kind, None, chars, "") for name, (title, kind, chars) in _CHARS.items())


def batches(view: IndicatorList, language: str) -> Any:
    """The rows of the list as an Arrow reader."""
    rows = [_cells(row, language) for row in view.rows]
    numbers = {name for name, (_, kind, _) in _CHARS.items() if kind != "text"}
    kinds = {name: pa.float64() if name in numbers else pa.string() for name in _CHARS}
    return pa.table({n: pa.array([r[n] for r in rows], k) for n, k in kinds.items()}).to_reader()


def _cells(row: Row, language: str) -> dict[str, Any]:
    entry, weight = row.entry, row.weight
    said: dict[str, Text] = {
        "title": entry.title, "group": GROUPS[entry.group], "scored": YES if entry.is_scored else NO, "category": entry.category,
        "definition": entry.definition, "form": entry.form, "window": entry.window, "direction": entry.direction, "unit": entry.unit,
        "without": entry.without,
    }  # fmt: skip
    bases = [f"{b.code} {b.clause}{'' if b.confirmed else TO_CONFIRM.of(language)}" for b in entry.bases]
    return {
        **{name: text.of(language) for name, text in said.items()},
        "code": entry.code,
        "version": entry.version,
        "bases": "\n".join(bases),
        "sources": "\n".join(f"{s.title.of(language)} {s.code}" for s in entry.sources),
        "rules": ("、" if language == "zh" else ", ").join(r.id for r in entry.rules),
        "missing": _percent(weight.missing),
        "points": weight.points,
        "rank": weight.rank,
        "reason": _percent(weight.reason),
        "psi": f"{weight.shift.psi:.3f}" if weight.shift else None,
        "review": REVIEW.of(language) if weight.needs_review else None,
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
