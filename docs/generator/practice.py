"""The policies that act on grades, for docs/reference/policies.md: warnings, draws and measures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from docs.generator.markdown import TO_BE_CONFIRMED, both, clauses, facts, table
from models.policy.draw_policy import DrawPolicies, DrawPolicy
from models.policy.measures import KINDS, MeasurePolicies, MeasurePolicy
from models.policy.versions import Head
from models.policy.warning_policy import LEVELS, WarningPolicies, WarningPolicy
from models.policy.warning_rules import RULES
from pipeline.domain import Grade
from pipeline.reference import Reference


def blocks(reference: Reference, folder: Path) -> Iterable[str]:
    """The sections of warning.toml, draw.toml and measures.toml."""
    bases = reference.legal_bases
    yield "## 预警 / Warnings：`warning.toml`"
    for warning in WarningPolicies.load(folder, bases).versions:
        yield from _warnings(warning, reference)
    yield "## 双随机抽查 / Double-random draws：`draw.toml`"
    yield "原理与算例见[双随机抽查](../explanation/double-random.md)。 Why and how: double-random draws."
    for draw in DrawPolicies.load(folder, bases).versions:
        yield from _draws(draw, reference)
    yield "## 激励与约束措施 / Measures：`measures.toml`"
    for measure in MeasurePolicies.load(folder, bases).versions:
        yield from _measures(measure, reference)


def _head(head: Head, reference: Reference, *more: tuple[str, object]) -> list[str]:
    return [
        f"### 版本 version `{head.id}`",
        facts(
            [
                ("施行 effective from", head.effective_from),
                ("批准 approved by", head.approved_by),
                ("状态 state", _state(head.confirmed)),
                ("依据 legal basis", clauses(head.legal_basis, reference)),
                *more,
            ]
        ),
    ]


def _state(confirmed: bool) -> str:
    return "已确认 confirmed" if confirmed else TO_BE_CONFIRMED


def _warnings(policy: WarningPolicy, reference: Reference) -> list[str]:
    levels = (
        (
            both(LEVELS[s]),
            v.terms.accept_days or "当日 same day",
            v.terms.verify_days,
            v.terms.dispose_days,
            both(v.escalates_to),
        )
        for s, v in policy.levels.items()
    )
    rules = (
        (
            f"`{code}`",
            both(RULES[code].title),
            "、".join(f"`{name}` = {value}" for name, value in numbers.values.items()),
            "<br>".join(both(t) for t in RULES[code].sentences.values()),
            clauses(numbers.legal_basis, reference),
            _state(numbers.confirmed),
        )
        for code, numbers in policy.rules.items()
    )
    notes = (f"- `{code}`：{both(r.note)}" for code, r in RULES.items() if r.note)
    return [
        *_head(
            policy.head,
            reference,
            ("并入未销号预警 merged within", f"{policy.merge_days} 天 days"),
            ("“新”的天数 new for", f"{policy.current_days} 天 days"),
        ),
        "时限自生成之日起，以工作日计。 Deadlines in working days from the opening.",
        table(("级别 level", "签收 accept", "核查 verify", "处置并反馈 dispose and report", "上报 escalates"), levels),
        table(
            ("规则 rule", "名称 title", "参数 numbers", "说法 what it says", "依据 legal basis", "状态 state"), rules
        ),
        "\n".join(notes),
    ]


def _draws(policy: DrawPolicy, reference: Reference) -> list[str]:
    rows = (
        (
            g,
            f"{policy.nominal(g):.1%}",
            f"{policy.mixed(g):.2%}",
            "必须实地 on site"
            if g in policy.on_site
            else "可书面 written allowed"
            if g in policy.written
            else "非书面 not written",
        )
        for g in Grade
    )
    return [
        *_head(
            policy.head,
            reference,
            ("常规比例 r", f"{policy.regular:.1%}"),
            ("随机份额 random share s", f"{policy.random_share:.0%}"),
            ("同一事项间隔 same item once in", f"{policy.same_item_days} 天 days"),
        ),
        table(("等级 grade", "名义年比例 nominal ratio", "实际年比例 s·r + (1 − s)·比例", "检查方式 mode"), rows),
    ]


def _measures(policy: MeasurePolicy, reference: Reference) -> list[str]:
    rows = (
        (
            f"`{m.id}`", both(KINDS[m.kind]), "、".join(m.grades), both(m.title), both(m.does),
            clauses(m.legal_basis, reference), _state(m.confirmed),
        )
        for m in policy.measures
    )  # fmt: skip
    return [
        *_head(policy.head, reference, ("登记窗口提示 window flag", f"`{policy.strict_review}`")),
        table(
            (
                "编号 id",
                "类别 kind",
                "等级 grades",
                "措施 measure",
                "系统做什么 what the system does",
                "依据 legal basis",
                "状态 state",
            ),
            rows,
        ),
    ]
