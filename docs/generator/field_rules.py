"""Key-field rules for docs/reference/policies.md."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from docs.generator.markdown import TO_BE_CONFIRMED, both, clauses, facts, table
from models.policy.field_rules import FIELD_GRADES, UNGRADED, FieldPolicies, FieldPolicy, FieldRule
from pipeline.domain import Text
from pipeline.reference import Reference

SILENT = Text("未规定", "not said")
NO_GRADE = Text("未评级", "ungraded")


def blocks(reference: Reference, folder: Path) -> Iterable[str]:
    """The section of field.toml."""
    yield "## 重点领域 / Key fields：`field.toml`"
    yield (
        "领域等级 A–D 风险由低到高，不是企业信用等级 A–E；没有依据的写“未规定”。"
        " The fields' own grades A–D, risk rising, are not the credit grades; what no paper says is “not said”."
    )
    for policy in FieldPolicies.load(folder, reference.legal_bases).versions:
        yield from _version(policy, reference)


def _version(policy: FieldPolicy, reference: Reference) -> Iterable[str]:
    head = policy.head
    yield f"### 版本 version `{head.id}`"
    yield facts(
        [
            ("施行 effective from", head.effective_from),
            ("批准 approved by", head.approved_by),
            ("状态 state", _state(head.confirmed)),
            ("依据 legal basis", clauses(head.legal_basis, reference)),
        ]
    )
    names = reference.codes("field")
    rows = (
        (
            f"`{r.code}` {both(names[r.code])}",
            _ways(r),
            _yearly(r, reference),
            clauses(r.legal_basis, reference),
            _state(r.confirmed),
        )
        for r in policy.rules
    )
    yield table(("领域 field", "方式 ways", "每年次数 a year", "依据 legal basis", "状态 state"), rows)
    yield "\n".join(f"- `{r.code}`：{both(r.note)}" for r in policy.rules if r.note)


def _ways(rule: FieldRule) -> str:
    """Field grades that share a way together."""
    groups: dict[str, list[str]] = {}
    for grade in (*FIELD_GRADES, UNGRADED):
        said = " + ".join(both(w.value) for w in rule.ways.get(grade, ())) or both(SILENT)
        groups.setdefault(said, []).append(grade if grade != UNGRADED else both(NO_GRADE))
    return "<br>".join(f"{'、'.join(of)}：{said}" for said, of in groups.items())


def _yearly(rule: FieldRule, reference: Reference) -> str:
    numbers = "、".join(f"{g} {f.said}" for g, f in rule.yearly.items()) or both(SILENT)
    return f"{numbers}（{clauses([rule.yearly_basis], reference)}）" if rule.yearly_basis else numbers


def _state(confirmed: bool) -> str:
    return "已确认 confirmed" if confirmed else TO_BE_CONFIRMED
