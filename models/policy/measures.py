"""Incentives and discipline that a grade brings, clause by clause (plan 四(五)); shown to people, never decided here."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from models.policy.versions import (
    HEAD_KEYS,
    Head,
    basis_faults,
    in_force,
    load_versions,
    text_fault,
    text_of,
    unknown_keys,
)
from pipeline.domain import Grade, Text
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse

FILE = "measures.toml"
_KEYS = {"id", "kind", "grades", "legal_basis", "confirmed", "title", "does"}


class Kind(StrEnum):
    """What sort of measure it is."""

    INCENTIVE = "incentive"
    REGULAR = "regular"
    DISCIPLINE = "discipline"
    JOINT = "joint_discipline"


KINDS: dict[Kind, Text] = {
    Kind.INCENTIVE: Text("激励", "Incentive"),
    Kind.REGULAR: Text("常规", "Regular"),
    Kind.DISCIPLINE: Text("约束", "Discipline"),
    Kind.JOINT: Text("联合惩戒", "Joint discipline"),
}


@dataclass(frozen=True)
class Measure:
    """One clause: for which grades, what it is called, and what the system does about it."""

    id: str
    kind: Kind
    grades: tuple[Grade, ...]
    title: Text
    does: Text
    legal_basis: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True)
class MeasurePolicy:
    """One version of measures.toml. `strict_review`: the measure on which the registration window's flag rests."""

    head: Head
    strict_review: str
    measures: tuple[Measure, ...]

    def for_grade(self, grade: str | None) -> tuple[Measure, ...]:
        """The measures of a grade, in order; none without a grade."""
        return tuple(m for m in self.measures if grade in m.grades)


@dataclass(frozen=True)
class MeasurePolicies:
    """Every version of measures.toml, oldest first."""

    versions: tuple[MeasurePolicy, ...]

    @staticmethod
    def load(folder: Path, bases: Collection[str]) -> MeasurePolicies:
        """Read and check `folder`/measures.toml; raises BadDeclaration with every fault at once."""

        def faults_of(block: dict[str, Any]) -> Iterator[str]:
            return policy_faults(block, bases)

        return MeasurePolicies(load_versions(folder / FILE, bases, faults_of, _policy))

    def of(self, day: date) -> MeasurePolicy:
        """The version in force on `day`."""
        return in_force(self.versions, day)


def measures(settings: Settings) -> MeasurePolicies:
    """The deployment's measures.toml."""
    return MeasurePolicies.load(settings.policy, Reference.load(settings.reference).legal_bases)


def write_window_flags(settings: Settings, warehouse: Warehouse, newest: date) -> None:
    """mart.window_flag(uscc, entity_name, needs_strict_review): all that a registration window may learn of a firm."""
    policy = measures(settings).of(newest)
    grades = next(m.grades for m in policy.measures if m.id == policy.strict_review)
    warehouse.execute(
        """CREATE OR REPLACE TABLE mart.window_flag AS
        SELECT uscc, entity_name, coalesce(grade IN (SELECT unnest(?::VARCHAR[])), false) AS needs_strict_review
        FROM mart.enterprise WHERE uscc IS NOT NULL ORDER BY uscc""",
        [[str(g) for g in grades]],
    )


def policy_faults(block: dict[str, Any], bases: Collection[str]) -> Iterator[str]:
    """The faults of one version beyond its head, all of them."""
    yield from unknown_keys(block, HEAD_KEYS | {"strict_review", "measure"})
    given = block.get("measure")
    if not isinstance(given, list) or not given or not all(isinstance(m, dict) for m in given):
        yield f"measure: expected at least one [[version.measure]], received {given!r}"
        return
    ids = [m.get("id") for m in given]
    for repeated in sorted({str(i) for i in ids if ids.count(i) > 1}):
        yield f"measure.id: expected each once, received {repeated!r}"
    if block.get("strict_review") not in ids:
        yield f"strict_review: expected the id of a measure, received {block.get('strict_review')!r}"
    for number, measure in enumerate(given, 1):
        yield from (f"measure {measure.get('id', number)!r}, {f}" for f in _measure_faults(measure, bases))


def _measure_faults(measure: dict[str, Any], bases: Collection[str]) -> Iterator[str]:
    yield from unknown_keys(measure, _KEYS)
    yield from basis_faults(measure, bases)
    for key in ("title", "does"):
        yield from text_fault(key, measure.get(key))
    if measure.get("kind") not in list(Kind):
        yield f"kind: expected one of {[k.value for k in Kind]}, received {measure.get('kind')!r}"
    grades = measure.get("grades")
    if not isinstance(grades, list) or not grades or not set(grades) <= set(Grade):
        yield f"grades: expected grades of {[g.value for g in Grade]}, received {grades!r}"
    if type(measure.get("confirmed")) is not bool:
        yield f"confirmed: expected true or false, received {measure.get('confirmed')!r}"


def _policy(head: Head, raw: dict[str, Any]) -> MeasurePolicy:
    return MeasurePolicy(
        head=head,
        strict_review=raw["strict_review"],
        measures=tuple(
            Measure(
                m["id"],
                Kind(m["kind"]),
                tuple(Grade(g) for g in m["grades"]),
                text_of(m["title"]),
                text_of(m["does"]),
                tuple(m["legal_basis"]),
                m["confirmed"],
            )
            for m in raw["measure"]
        ),
    )
