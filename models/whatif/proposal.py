"""A changed version of a policy file: what somebody tries out and may propose, never the rule in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from models.policy.draw_policy import order_fault
from models.policy.draw_policy import policy_faults as draw_faults
from models.policy.grade_faults import Vocabulary
from models.policy.grade_faults import policy_faults as grade_faults
from models.whatif.papers import Paper
from pipeline.domain import Grade, Text

OFF = "off"
"""In place of a grade: the rule is left out of the proposal."""
UNAPPROVED = "待确认"
_FIXED = ("not_graded",)
"""Effects that have no grade to be changed: such a rule is no judgement of risk."""


@dataclass(frozen=True)
class GradeChanges:
    """`cuts`: grade -> least score of this `kind` of score; `rules`: id -> grade or OFF. What is not named stays."""

    kind: str
    cuts: Mapping[str, float] = field(default_factory=dict, hash=False)
    rules: Mapping[str, str] = field(default_factory=dict, hash=False)


def adjustable(rule: Mapping[str, Any]) -> bool:
    """Whether a rule of grade.toml may be tried out with another grade, or left out."""
    return rule["effect"] not in _FIXED


def changed_grades(block: Mapping[str, Any], changes: GradeChanges) -> dict[str, Any]:
    """A version of grade.toml with other cuts and other grades of its rules; what a rule changes is unconfirmed."""
    made = deepcopy(dict(block))
    for band in made["bands"][changes.kind]:
        if band["grade"] in changes.cuts and "at_least" in band:
            band["at_least"] = _plain(changes.cuts[band["grade"]])
    rules = []
    for rule in made.get("rule", []):
        wanted = changes.rules.get(rule["id"], rule.get("grade")) if adjustable(rule) else rule.get("grade")
        if wanted == OFF:
            continue
        if wanted != rule.get("grade"):
            rule |= {"grade": wanted, "confirmed": False}
        rules.append(rule)
    return {**made, "rule": rules} if "rule" in made else made


def changed_ratios(block: Mapping[str, Any], ratios: Mapping[str, Decimal]) -> dict[str, Any]:
    """A version of draw.toml with other yearly ratios; that of C is the regular ratio r itself."""
    made = deepcopy(dict(block))
    made["ratio"] = {**made["ratio"], **ratios}
    made["regular"] = made["ratio"]["C"]
    return made


def headed(block: Mapping[str, Any], version_id: str, effective_from: date) -> dict[str, Any]:
    """The block under the head of a proposal: to be approved, in force from that day if it is."""
    head = {"id": version_id, "effective_from": effective_from}
    rest = {k: v for k, v in block.items() if k not in ("id", "effective_from", "approved_by", "confirmed")}
    return {**head, "legal_basis": rest.pop("legal_basis"), "approved_by": UNAPPROVED, "confirmed": False, **rest}


def faults(paper: Paper, block: Mapping[str, Any], vocabulary: Vocabulary) -> tuple[Text, ...]:
    """What the loader would refuse in the file with this block added, in words where people can cause it."""
    return tuple(_head_faults(paper, block)) or (
        tuple(_grade_words(paper, block, vocabulary)) if paper.name == "grade" else tuple(_draw_words(block))
    )


def _head_faults(paper: Paper, block: Mapping[str, Any]) -> Iterator[Text]:
    day = block["effective_from"]
    if paper.version(str(block["id"])):
        yield Text(f"已有版本 {block['id']}", f"there is a version {block['id']} already")
    if any(v["effective_from"] == day for v in paper.versions):
        yield Text(
            f"已有 {day} 起施行的版本，请另选施行日", f"a version is in force from {day} already: choose another day"
        )


def _grade_words(paper: Paper, block: Mapping[str, Any], vocabulary: Vocabulary) -> Iterator[Text]:
    found = False
    for bands in block["bands"].values():
        for (upper, high), (lower, low) in pairwise([(b["grade"], b["at_least"]) for b in bands[:-1]]):
            if low >= high:
                found = True
                yield Text(
                    f"{lower} 级分数线 {low:g} 须低于 {upper} 级的 {high:g}",
                    f"the cut of {lower}, {low:g}, must lie below that of {upper}, {high:g}",
                )
    if not found:
        whole = {"version": [*paper.versions, block]}
        yield from (Text(f, f) for f in grade_faults(whole, vocabulary))


def _draw_words(block: Mapping[str, Any]) -> Iterator[Text]:
    fault = order_fault({g: Decimal(block["ratio"][g]) for g in Grade}, Decimal(block["regular"]))
    if fault:
        yield fault
    else:
        yield from (Text(f, f) for f in draw_faults(dict(block)))


def _plain(score: float) -> float:
    """A whole score as a whole number, as the office writes it."""
    return int(score) if float(score).is_integer() else score
