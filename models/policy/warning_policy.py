"""WarningPolicy: the numbers of the rules, the deadlines of the levels and who hears of them, versioned."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
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
from models.policy.warning_rules import RULES
from pipeline.domain import Severity, Text
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.operations.case_opening import Terms

FILE = "warning.toml"
LEVELS: dict[Severity, Text] = {
    Severity.MINOR: Text("一般", "Minor"),
    Severity.MAJOR: Text("较大", "Major"),
    Severity.CRITICAL: Text("重大", "Critical"),
}
_DAYS = ("accept_days", "verify_days", "dispose_days")
_LEVEL_KEYS = {"level", *_DAYS, "at_once", "escalates_to"}


@dataclass(frozen=True)
class Level:
    """Deadlines of a level, and to whom it escalates."""

    terms: Terms
    escalates_to: Text


@dataclass(frozen=True)
class RuleNumbers:
    """The parameters of a rule as the bureau set them."""

    values: Mapping[str, Decimal] = field(hash=False)
    legal_basis: tuple[str, ...]
    confirmed: bool


@dataclass(frozen=True)
class WarningPolicy:
    """One version of warning.toml. `current_days`: a record is new for so long; `merge_days`: see casework."""

    head: Head
    merge_days: int
    current_days: int
    levels: Mapping[Severity, Level] = field(hash=False)
    rules: Mapping[str, RuleNumbers] = field(hash=False)

    @property
    def terms(self) -> dict[int, Terms]:
        """Deadlines by the number of the level, as casework takes them."""
        return {int(s): level.terms for s, level in self.levels.items()}


@dataclass(frozen=True)
class WarningPolicies:
    """Every version of warning.toml, oldest first."""

    versions: tuple[WarningPolicy, ...]

    @staticmethod
    def load(folder: Path, bases: Collection[str]) -> WarningPolicies:
        """Read and check `folder`/warning.toml; raises BadDeclaration with every fault at once."""

        def faults_of(block: dict[str, Any]) -> Iterator[str]:
            return policy_faults(block, bases)

        return WarningPolicies(load_versions(folder / FILE, bases, faults_of, _policy))

    def of(self, day: date) -> WarningPolicy:
        """The version in force on `day`."""
        return in_force(self.versions, day)


def warning_policies(settings: Settings) -> WarningPolicies:
    """The deployment's warning.toml."""
    return WarningPolicies.load(settings.policy, Reference.load(settings.reference).legal_bases)


def policy_faults(block: dict[str, Any], bases: Collection[str]) -> Iterator[str]:
    """The faults of one version beyond its head, all of them."""
    yield from unknown_keys(block, HEAD_KEYS | {"merge_days", "current_days", "level", "rule"})
    for key in ("merge_days", "current_days"):
        if not _is_days(block.get(key)):
            yield f"{key}: expected a number of days, received {block.get(key)!r}"
    levels = block.get("level")
    given = [b for b in levels if isinstance(b, dict)] if isinstance(levels, list) else []
    if sorted(str(b.get("level")) for b in given) != [str(int(s)) for s in Severity]:
        yield f"level: expected 1, 2 and 3 once each, received {[b.get('level') for b in given]}"
    for level in given:
        yield from (f"level {level.get('level')!r}, {fault}" for fault in _level_faults(level))
    rules = block.get("rule")
    if not isinstance(rules, dict) or set(rules) != set(RULES):
        received = sorted(rules) if isinstance(rules, dict) else rules
        yield f"rule: expected {sorted(RULES)}, received {received!r}"
        return
    for code, rule in rules.items():
        yield from (f"rule {code}, {fault}" for fault in _rule_faults(code, rule, bases))


def _level_faults(level: dict[str, Any]) -> Iterator[str]:
    yield from unknown_keys(level, _LEVEL_KEYS)
    yield from text_fault("escalates_to", level.get("escalates_to"))
    if type(level.get("at_once")) is not bool:
        yield f"at_once: expected true or false, received {level.get('at_once')!r}"
    days = [level.get(key) for key in _DAYS]
    if not all(_is_days(d) for d in days):
        yield f"{', '.join(_DAYS)}: expected numbers of working days, received {days}"
    elif days != sorted(days, key=lambda d: int(d or 0)):
        yield f"{', '.join(_DAYS)}: expected none before the one before it, received {days}"


def _rule_faults(code: str, rule: dict[str, Any], bases: Collection[str]) -> Iterator[str]:
    declared = RULES[code].parameters
    yield from unknown_keys(rule, {*declared, "legal_basis", "confirmed"})
    yield from basis_faults(rule, bases)
    if type(rule.get("confirmed")) is not bool:
        yield f"confirmed: expected true or false, received {rule.get('confirmed')!r}"
    for name in declared:
        value = rule.get(name)
        if not isinstance(value, Decimal | int) or isinstance(value, bool) or value < 0:
            yield f"{name}: expected a number, received {value!r}"


def _is_days(value: Any) -> bool:
    return type(value) is int and value >= 0


def _policy(head: Head, raw: dict[str, Any]) -> WarningPolicy:
    return WarningPolicy(
        head=head,
        merge_days=raw["merge_days"],
        current_days=raw["current_days"],
        levels={
            Severity(b["level"]): Level(
                Terms(b["accept_days"], b["verify_days"], b["dispose_days"], b["at_once"]), text_of(b["escalates_to"])
            )
            for b in sorted(raw["level"], key=lambda b: b["level"])
        },
        rules={
            code: RuleNumbers(
                {name: Decimal(rule[name]) for name in RULES[code].parameters},
                tuple(rule["legal_basis"]),
                rule["confirmed"],
            )
            for code, rule in raw["rule"].items()
        },
    )
