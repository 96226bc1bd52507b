"""docs/reference/policies.md: what the bureau decides by paper, and what of it is still to be confirmed."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from docs.generator import field_rules, pilot, practice
from docs.generator.markdown import TO_BE_CONFIRMED, anchor, both, clauses, facts, joined, table
from models.policy.grade_faults import Vocabulary
from models.policy.grade_policy import Band, Effect, GradePolicies, GradePolicy, Rule, Test
from models.risk.expert import ExpertWeights
from pipeline.domain import Dimension, Text
from pipeline.indicators.catalogue import ALL
from pipeline.reference import Reference

EFFECTS = {
    Effect.START: Text("起评", "starts at"),
    Effect.AT_BEST: Text("上限", "at best"),
    Effect.SET: Text("定为", "set to"),
    Effect.NOT_GRADED: Text("不评级", "not graded"),
}
KINDS = {"learned": Text("模型得分", "learned score"), "expert": Text("专家评分卡得分", "score of the expert card")}
COMPARISONS = {"at_least": "≥", "at_most": "≤", "below": "<", "one_of": "∈"}
INTRODUCTION = """\
顺序：模型等级 → 起评 → 上限 → 红线，取最差；只有起评可以上调。数据缺失而无法判断的规则记为“无法判断”，不视为未触发。
修改方法见[修改分级政策](../how-to/change-grade-policy.md)。

Order: model grade → start → caps → red lines, the worst wins; only a start may lift. A rule that the feeds can't answer
counts as unavailable, not as “no”. To change one: [change the grade policy](../how-to/change-grade-policy.md)."""


def page(reference: Reference, folder: Path) -> str:
    """The whole page, from the TOML files of `folder`."""
    numeric = frozenset(i.code for i in ALL if not i.levels)
    policies = GradePolicies.load(folder, Vocabulary(numeric, frozenset(reference.legal_bases)))
    blocks = ["# 政策 / Policies", INTRODUCTION, "## 分级 / Grades：`grade.toml`"]
    for policy in policies.versions:
        blocks += _grades(policy, reference)
    blocks.append("## 专家评分卡 / Expert card：`expert.toml`")
    blocks.append(
        "算法与算例见[专家评分卡](../explanation/expert-card.md)。 Formula and worked number: the expert card."
    )
    for weights in expert_versions(folder / "expert.toml"):
        blocks += _weights(weights, reference)
    blocks += practice.blocks(reference, folder)
    blocks += field_rules.blocks(reference, folder)
    blocks += pilot.blocks(reference, folder)
    return joined([*blocks, *_bases(reference)])


def expert_versions(path: Path) -> list[ExpertWeights]:
    """Every version of expert.toml, oldest first."""
    days: list[date] = sorted(v["effective_from"] for v in tomllib.loads(path.read_text(encoding="utf-8"))["version"])
    return [ExpertWeights.load(path, day) for day in days]


def _head(version: GradePolicy | ExpertWeights, reference: Reference) -> str:
    return facts(
        [
            ("施行 effective from", version.effective_from),
            ("批准 approved by", version.approved_by),
            ("状态 state", "已确认 confirmed" if version.confirmed else TO_BE_CONFIRMED),
            ("依据 legal basis", clauses(version.legal_basis, reference)),
        ]
    )


def _grades(policy: GradePolicy, reference: Reference) -> list[str]:
    bands = ((both(KINDS[kind]), *map(_band, of_kind)) for kind, of_kind in policy.bands.items())
    grades = [b.grade for b in next(iter(policy.bands.values()))]
    rules = (
        (f"`{r.id}`", both(r.title), _condition(r), _effect(r), _clause(r, reference), _state(r)) for r in policy.rules
    )
    notes = (f"- `{r.id}`：{both(r.note)}" for r in policy.rules if r.note)
    return [
        f"### 版本 version `{policy.id}`",
        _head(policy, reference),
        "信用分达到下列分数即为该等级。 The credit_score from which a grade is earned.",
        table(("得分 score", *grades), bands),
        table(("规则 rule", "名称 title", "条件 condition", "作用 effect", "依据 legal basis", "状态 state"), rules),
        "\n".join(notes),
    ]


def _band(band: Band) -> str:
    return "其余 the rest" if band.at_least is None else f"≥ {band.at_least:g}"


def _condition(rule: Rule) -> str:
    return (" 且 and " if rule.needs_all else " 或 or ").join(map(_test, rule.tests))


def _test(test: Test) -> str:
    value = "、".join(test.value) if isinstance(test.value, tuple) else f"{test.value:g}"
    is_indicator = any(i.code == test.name for i in ALL)
    name = f"[`{test.name}`](indicators.md#{test.name})" if is_indicator else f"`{test.name}`"
    return f"{name} {COMPARISONS[test.comparison]} {value}"


def _effect(rule: Rule) -> str:
    said = [
        both(EFFECTS[rule.effect]) + (f" {rule.grade}" if rule.grade else ""),
        f"标记 flag：{both(rule.flag)}" if rule.flag else "",
        "" if rule.is_counted else "不计入占比 not counted in shares",
    ]
    return "；".join(s for s in said if s)


def _clause(rule: Rule, reference: Reference) -> str:
    return clauses(rule.legal_basis, reference)


def _state(rule: Rule) -> str:
    return "已确认 confirmed" if rule.confirmed else TO_BE_CONFIRMED


def _weights(weights: ExpertWeights, reference: Reference) -> list[str]:
    own = {d: [i for i in ALL if i.dimension is d and i.expert_weight is not None] for d in Dimension}
    rows = (
        (both(d.value), f"{weights.by_dimension[d]:g}", "、".join(f"`{i.code}`" for i in own[d])) for d in Dimension
    )
    return [
        f"### 版本 version `{weights.id}`",
        _head(weights, reference),
        f"平均企业的得分 score of the mean enterprise：{weights.base:g}",
        table(("维度 dimension", "分值 points at u = ±1", "另有分值的指标 indicators with points of their own"), rows),
    ]


def _bases(reference: Reference) -> list[str]:
    """Every legal basis that a declaration may name."""
    rows = (
        (
            f"{anchor(f'basis-{b.code}')}`{b.code}`",
            b.title.zh,
            b.title.en,
            b.clause,
            "" if b.confirmed else TO_BE_CONFIRMED,
        )
        for b in reference.legal_bases.values()
    )
    return [
        "## 依据 / Legal bases：`legal_basis.csv`",
        table(("代码 code", "文件", "Paper", "条款 clause", "状态 state"), rows),
    ]
