"""FieldPolicy: how each key field is supervised and how often a year, by the field's own grade A–D (plan 四(二)2, 四(四)2).

What no paper says is empty: a missing way or number is no "never".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from itertools import pairwise
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
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.access import KEY_FIELDS

FILE = "field.toml"
FIELD_GRADES = ("A", "B", "C", "D")
"""Grades within a key field: risk rises from A to D, other than in the credit grades."""
UNGRADED = "ungraded"
_KEYS = {"field", "ways", "yearly", "yearly_basis", "legal_basis", "confirmed", "note"}
_BOUNDS = ("at_least", "at_most")


class Way(Enum):
    """How operators are supervised."""

    COVERAGE_RANDOM = Text("全覆盖基础上双随机", "double random on top of full coverage")
    KEY = Text("重点监管", "key supervision")
    DAILY_RANDOM = Text("日常检查双随机", "daily checks by double random")


@dataclass(frozen=True)
class Frequency:
    """Checks a year; `at_most` None: no upper bound is set."""

    at_least: int
    at_most: int | None

    @property
    def said(self) -> str:
        """≥ 1, 2–3."""
        if self.at_most is None:
            return f"≥{self.at_least}"
        return f"{self.at_least}" if self.at_least == self.at_most else f"{self.at_least}–{self.at_most}"


@dataclass(frozen=True)
class FieldRule:
    """One key field. `ways` by field grade or UNGRADED, `yearly` by field grade; what is missing no paper says.

    `yearly_basis`: the paper that sets how often, None if none does. `note`: what is left open.
    """

    code: str
    ways: Mapping[str, tuple[Way, ...]] = field(hash=False)
    yearly: Mapping[str, Frequency] = field(hash=False)
    yearly_basis: str | None
    legal_basis: tuple[str, ...]
    confirmed: bool
    note: Text | None


@dataclass(frozen=True)
class FieldPolicy:
    """One version of field.toml, every key field in the order of KEY_FIELDS."""

    head: Head
    rules: tuple[FieldRule, ...]


@dataclass(frozen=True)
class FieldPolicies:
    """Every version of field.toml, oldest first."""

    versions: tuple[FieldPolicy, ...]

    @staticmethod
    def load(folder: Path, bases: Collection[str]) -> FieldPolicies:
        """Read and check `folder`/field.toml; raises BadDeclaration with every fault at once."""

        def faults_of(block: dict[str, Any]) -> Iterator[str]:
            return policy_faults(block, bases)

        return FieldPolicies(load_versions(folder / FILE, bases, faults_of, _policy))

    def of(self, day: date) -> FieldPolicy:
        """The version in force on `day`."""
        return in_force(self.versions, day)


def field_policies(settings: Settings) -> FieldPolicies:
    """The deployment's field.toml."""
    return FieldPolicies.load(settings.policy, Reference.load(settings.reference).legal_bases)


def policy_faults(block: dict[str, Any], bases: Collection[str]) -> Iterator[str]:
    """The faults of one version beyond its head, all of them."""
    yield from unknown_keys(block, HEAD_KEYS | {"field"})
    given = block.get("field")
    rules = [r for r in given if isinstance(r, dict)] if isinstance(given, list) else []
    if sorted(str(r.get("field")) for r in rules) != sorted(KEY_FIELDS):
        yield f"field: expected each of {list(KEY_FIELDS)} once, received {[r.get('field') for r in rules]}"
    for number, rule in enumerate(rules, 1):
        yield from (f"field {rule.get('field', number)!r}, {fault}" for fault in _rule_faults(rule, bases))


def _rule_faults(rule: dict[str, Any], bases: Collection[str]) -> Iterator[str]:
    yield from unknown_keys(rule, _KEYS)
    yield from basis_faults(rule, bases)
    if "note" in rule:
        yield from text_fault("note", rule["note"])
    if type(rule.get("confirmed")) is not bool:
        yield f"confirmed: expected true or false, received {rule.get('confirmed')!r}"
    if "yearly_basis" in rule and str(rule["yearly_basis"]) not in bases:
        yield f"yearly_basis: expected a code of legal_basis.csv, received {rule['yearly_basis']!r}"
    yield from _way_faults(rule.get("ways"))
    if "yearly" in rule:
        yield from _yearly_faults(rule["yearly"])
        if "yearly_basis" not in rule:
            yield "yearly_basis: expected the paper that sets the numbers, received none"


def _way_faults(ways: Any) -> Iterator[str]:
    known = {w.name.lower() for w in Way}
    if not isinstance(ways, dict) or not ways or not set(ways) <= {*FIELD_GRADES, UNGRADED}:
        yield f"ways: expected lists by {[*FIELD_GRADES, UNGRADED]}, received {ways!r}"
        return
    for grade, given in ways.items():
        if not isinstance(given, list) or not given or not all(isinstance(w, str) and w in known for w in given):
            yield f"ways.{grade}: expected some of {sorted(known)}, received {given!r}"


def _yearly_faults(yearly: Any) -> Iterator[str]:
    if not isinstance(yearly, dict) or not yearly or not set(yearly) <= set(FIELD_GRADES):
        yield f"yearly: expected numbers by {list(FIELD_GRADES)}, received {yearly!r}"
        return
    sound: list[tuple[str, int]] = []
    for grade in FIELD_GRADES:
        if grade not in yearly:
            continue
        given = yearly[grade]
        fault = _bound_fault(given)
        if fault:
            yield f"yearly.{grade}: {fault}"
        else:
            sound.append((grade, given["at_least"]))
    for (low, few), (high, many) in pairwise(sound):
        if many < few:
            yield f"yearly.{high}.at_least: expected no fewer than those of {low} ({few}), received {many}"


def _bound_fault(given: Any) -> str | None:
    if not isinstance(given, dict) or "at_least" not in given or not set(given) <= set(_BOUNDS):
        return f"expected at_least and maybe at_most, received {given!r}"
    if any(type(v) is not int or v < 1 for v in given.values()):
        return f"expected whole numbers of checks, received {given!r}"
    if given.get("at_most", given["at_least"]) < given["at_least"]:
        return f"expected at_most no less than at_least, received {given!r}"
    return None


def _policy(head: Head, raw: dict[str, Any]) -> FieldPolicy:
    by_code = {r["field"]: r for r in raw["field"]}
    return FieldPolicy(head, tuple(_rule(by_code[code]) for code in KEY_FIELDS))


def _rule(raw: dict[str, Any]) -> FieldRule:
    return FieldRule(
        code=raw["field"],
        ways={g: tuple(Way[w.upper()] for w in ways) for g, ways in raw["ways"].items()},
        yearly={g: Frequency(y["at_least"], y.get("at_most")) for g, y in raw.get("yearly", {}).items()},
        yearly_basis=raw.get("yearly_basis"),
        legal_basis=tuple(raw["legal_basis"]),
        confirmed=raw["confirmed"],
        note=text_of(raw["note"]) if "note" in raw else None,
    )
