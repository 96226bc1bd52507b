"""The policy files of a deployment, read again when one of them changes, and how their heads and clauses are said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from models.policy.draw_policy import DrawPolicies, DrawPolicy
from models.policy.field_rules import FieldPolicies, FieldPolicy
from models.policy.grade_faults import Vocabulary
from models.policy.grade_policy import GradePolicies, GradePolicy
from models.policy.measures import MeasurePolicies, MeasurePolicy
from models.policy.warning_policy import WarningPolicies, WarningPolicy
from models.whatif.papers import TITLES, Paper, paper
from pages.views.fields import shown
from pages.views.policies import Stamp, stamp
from pipeline.domain import Text
from pipeline.indicators.catalogue import ALL
from pipeline.reference import Reference
from pipeline.settings import Settings

PLAN = "SEED"
VAGUE = ("全文", "待确认")
"""Clauses that say less than the title of their paper."""
CONFIRMED, UNCONFIRMED = Text("已确认", "confirmed"), Text("待确认", "to be confirmed")


@dataclass(frozen=True)
class Papers:
    """Every policy of a deployment on a day: what is in force, and all versions as written."""

    day: date = field(metadata=shown("业务日", "Day", "以此日判断现行版本", "In force on this day"))
    as_of: date = field(metadata=shown("时点", "As of", "今日构建的时点，分级规则以此日为准", "Of a build made today"))
    grade: GradePolicy = field(metadata=shown("分级", "Grades", "现行分级规则", "In force"))
    draw: DrawPolicy = field(metadata=shown("抽查", "Draws", "现行抽查规则", "In force"))
    measures: MeasurePolicy = field(metadata=shown("措施", "Measures", "现行措施", "In force"))
    warning: WarningPolicy = field(metadata=shown("预警", "Warnings", "现行预警规则", "In force"))
    fields: FieldPolicy = field(metadata=shown("重点领域", "Key fields", "现行重点领域规则", "In force"))
    written: dict[str, Paper] = field(
        hash=False, metadata=shown("原文", "As written", "各文件的全部版本", "Every version of every file")
    )
    vocabulary: Vocabulary = field(metadata=shown("词汇", "Vocabulary", "规则可用的指标与依据", "What a rule may name"))

    def block(self, name: str) -> dict[str, Any]:
        """The block in force of a policy file."""
        return self.written[name].of(self.as_of if name == "grade" else self.day)


def papers(settings: Settings, reference: Reference) -> Papers:
    """Every policy as of the business day; raises BadDeclaration with the faults of the first file that has some.

    Kept until one of the files changes: a new version needs no restart of the app.
    """
    kept = _loaded(settings, stamp(settings.policy), frozenset(reference.legal_bases))
    grades, draws, measures, warnings, fields, written, vocabulary = kept
    day, as_of = settings.today(), settings.tomorrow()
    in_force = (grades.of(as_of), draws.of(day), measures.of(day), warnings.of(day), fields.of(day))
    return Papers(day, as_of, *in_force, written, vocabulary)


_Loaded = tuple[
    GradePolicies, DrawPolicies, MeasurePolicies, WarningPolicies, FieldPolicies, dict[str, Paper], Vocabulary
]


@lru_cache(maxsize=4)
def _loaded(settings: Settings, at: Stamp, bases: frozenset[str]) -> _Loaded:
    """Everything read; `at` only says when to read again."""
    folder = settings.policy
    vocabulary = Vocabulary(frozenset(i.code for i in ALL if not i.levels), bases)
    return (
        GradePolicies.load(folder, vocabulary, settings.var),
        DrawPolicies.load(folder, bases),
        MeasurePolicies.load(folder, bases),
        WarningPolicies.load(folder, bases),
        FieldPolicies.load(folder, bases),
        {name: paper(folder, name) for name in TITLES},
        vocabulary,
    )


def papers_named(codes: Iterable[str], reference: Reference) -> Text:
    """The same in short: clauses of the plan by their number, other papers by title."""
    found = [reference.legal_bases[c] for c in codes if c in reference.legal_bases]
    plan = [b.clause.partition(" ")[0] for b in found if b.code.startswith(PLAN)]
    others = [b.title for b in found if not b.code.startswith(PLAN)]
    zh, en = [f"方案{'、'.join(plan)}"] if plan else [], [f"plan {', '.join(plan)}"] if plan else []
    return Text("；".join([*zh, *(t.zh for t in others)]), "; ".join([*en, *(t.en for t in others)]))


def clauses(codes: Iterable[str], reference: Reference) -> Text:
    """Legal bases in words: clauses of the plan by their heading, other papers by title and clause."""
    plan, others_zh, others_en = [], [], []
    for basis in (reference.legal_bases[c] for c in codes if c in reference.legal_bases):
        if basis.code.startswith(PLAN):
            plan.append(basis.clause)
        else:
            more = "" if basis.clause in VAGUE else f" {basis.clause}"
            others_zh.append(f"{basis.title.zh}{more}{'' if basis.confirmed else '（待确认）'}")
            others_en.append(basis.title.en if basis.confirmed else f"{basis.title.en} (to be confirmed)")
    zh = [f"方案{'、'.join(plan)}"] if plan else []
    en = [f"plan {', '.join(c.partition(' ')[0] for c in plan)}"] if plan else []
    return Text("；".join([*zh, *others_zh]), "; ".join([*en, *others_en]))


def state(confirmed: bool) -> Text:
    """Whether a paper confirms it."""
    return CONFIRMED if confirmed else UNCONFIRMED
