"""docs/reference/indicators.md: what every indicator measures, how, and what it means for risk."""

from __future__ import annotations

from pathlib import Path

from docs.generator.markdown import anchor, both, clauses, facts, joined, table
from docs.generator.specs import cases_of
from pipeline.domain import CATEGORIES, Dimension, Text
from pipeline.indicators.catalogue import ALL, INDICATORS, RULE_FACTS
from pipeline.indicators.indicator import Count, Direction, Indicator, Query, State, set_version
from pipeline.reference import Reference

DIRECTIONS = {
    Direction.HIGHER_IS_RISKIER: Text("越高风险越大", "higher is riskier"),
    Direction.LOWER_IS_RISKIER: Text("越低风险越大", "lower is riskier"),
    Direction.NEUTRAL: Text("不计方向", "no direction"),
}
INTRODUCTION = """\
指标只能读取时点（`as_of`）之前已知的记录（[知识与时间](../explanation/knowledge-and-time.md)）；已修复的记录不计。
“没有记录时”的值只在该类信息已送达时使用，未送达则为缺失，不视为零。

An indicator reads only what was known before `as_of` ([knowledge and time](../explanation/knowledge-and-time.md)); repaired
records are left out. The value “没有记录时 without records” counts only where the feed was delivered; else it is missing, not zero."""


def page(reference: Reference, specs: Path) -> str:
    """The whole page; `specs` is the folder of the examples that are also tests."""
    groups = [(d.value, d.name.lower(), [i for i in INDICATORS if i.dimension is d]) for d in Dimension]
    facts_head = Text("红线事实（不计分）", "Rule facts (not scored)")
    groups.append((facts_head, "rule_facts", list(RULE_FACTS)))
    cases = cases_of(specs)
    blocks = [
        "# 指标 / Indicators",
        INTRODUCTION,
        f"指标集版本 indicator set：`{set_version(INDICATORS)}`（计分 scored）、`{set_version(ALL)}`（含红线事实 with rule facts）",
        table(
            ("维度 dimension", "项数 indicators"),
            ((f"[{both(title)}](#{name})", len(group)) for title, name, group in groups),
        ),
    ]
    for title, name, group in groups:
        blocks += [anchor(name), f"## {both(title)}"]
        blocks += [_indicator(i, reference, cases.get(i.code, ())) for i in group]
    return joined(blocks)


def _indicator(indicator: Indicator, reference: Reference, cases: tuple[str, ...]) -> str:
    form = indicator.form
    about = facts(
        [
            ("定义 definition", both(indicator.definition)),
            ("单位 unit", indicator.unit),
            ("取值 levels", "、".join(f"`{level}`" for level in indicator.levels)),
            ("风险方向 direction", both(DIRECTIONS[indicator.direction])),
            (
                "没有记录时 without records",
                "缺失 missing" if indicator.when_none is None else f"`{indicator.when_none}`",
            ),
            ("读取 reads", "、".join(f"[`{f.code}`](feeds.md#{f.code})" for f in form.reads)),
            ("窗口 window", _window(indicator)),
            ("成因语句 reason", both(indicator.reason)),
            ("指标来源 category", f"{indicator.category} {both(CATEGORIES[indicator.category])}"),
            ("依据 legal basis", clauses(indicator.legal_basis, reference)),
            ("专家分值 expert points", indicator.expert_weight),
        ]
    )
    heading = f"### {both(indicator.title)}\n\n`{indicator.code}`"
    return joined([anchor(indicator.code), heading, about, _formula(form), *cases]).rstrip()


def _window(indicator: Indicator) -> str:
    if not isinstance(indicator.form, Count):
        return ""
    window = indicator.form.window
    return f"时点前 {window.count} 日 days before `as_of`" if window else "时点前全部 everything before `as_of`"


def _formula(form: Count | State | Query) -> str:
    """The declared SQL; blanks at the ends of lines and empty lines around it left away."""
    if isinstance(form, Query):
        text = form.sql
    elif isinstance(form, State):
        text = f"newest {form.value}\nby {form.newest_by}" + (f"\nwhere {form.where}" if form.where else "")
    else:
        text = form.aggregate + (f"\nwhere {form.where}" if form.where else "")
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    return "```text\n" + "\n".join(lines) + "\n```"
