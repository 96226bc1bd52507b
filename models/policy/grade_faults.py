"""What can be wrong with grade.toml: every fault at once, each with its key, what was expected and what came."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from pipeline.domain import Grade

KINDS = ("learned", "expert")
"""Kinds of score, each with its own bands."""
COLUMNS = ("status", "data_share")
"""What a rule may test beside indicators: the register's status, and the share of indicators with data."""
EFFECTS = ("start", "at_best", "set", "not_graded")
COMPARISONS = ("at_least", "at_most", "below", "one_of")
_VERSION_KEYS = {"id", "effective_from", "legal_basis", "approved_by", "confirmed", "bands", "rule"}
_RULE_KEYS = {
    "id", "title", "any", "all", "effect", "grade", "legal_basis", "confirmed", "flag", "is_counted", "note",
}  # fmt: skip
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_CODE = re.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True)
class Vocabulary:
    """What a rule may name: codes of numeric indicators and rule facts, and codes of legal bases."""

    indicators: frozenset[str]
    legal_basis: frozenset[str]


def policy_faults(raw: dict[str, Any], vocabulary: Vocabulary) -> Iterator[str]:
    """The faults of a parsed grade.toml as 'version, key: expected …, received …'; empty if it is sound."""
    versions = raw.get("version")
    if not isinstance(versions, list) or not versions or not all(isinstance(v, dict) for v in versions):
        yield f"version: expected at least one [[version]], received {versions!r}"
        return
    yield from _unknown(raw, {"version"})
    yield from _repeated("version.id", [v.get("id") for v in versions])
    yield from _repeated("version.effective_from", [v.get("effective_from") for v in versions])
    for number, version in enumerate(versions, 1):
        where = f"version {version.get('id', number)!r}"
        yield from (f"{where}, {fault}" for fault in _version_faults(version, vocabulary))


def _version_faults(version: dict[str, Any], vocabulary: Vocabulary) -> Iterator[str]:
    yield from _unknown(version, _VERSION_KEYS)
    yield from _id_fault(version)
    yield from _type_fault(version, "effective_from", date)
    yield from _type_fault(version, "approved_by", str)
    yield from _type_fault(version, "confirmed", bool)
    yield from _basis_faults(version, vocabulary)
    bands = version.get("bands")
    if not isinstance(bands, dict) or set(bands) != set(KINDS):
        yield f"bands: expected {list(KINDS)}, received {list(bands) if isinstance(bands, dict) else bands!r}"
    for kind, of_kind in bands.items() if isinstance(bands, dict) else ():
        yield from (f"bands.{kind}{fault}" for fault in _band_faults(of_kind))
    rules = version.get("rule", [])
    if not isinstance(rules, list) or not all(isinstance(r, dict) for r in rules):
        yield f"rule: expected [[version.rule]] blocks, received {rules!r}"
        return
    yield from _repeated("rule.id", [r.get("id") for r in rules])
    for number, rule in enumerate(rules, 1):
        where = f"rule {rule.get('id', number)!r}"
        yield from (f"{where}, {fault}" for fault in _rule_faults(rule, vocabulary))


def _band_faults(bands: Any) -> Iterator[str]:
    expected = [g.value for g in Grade]
    if not isinstance(bands, list) or not all(isinstance(b, dict) for b in bands):
        yield f": expected a list of {{grade, at_least}}, received {bands!r}"
        return
    received = [b.get("grade") for b in bands]
    if received != expected:
        yield f".grade: expected {expected} in this order, each once, received {received}"
    for band in bands:
        yield from (f", {fault}" for fault in _unknown(band, {"grade", "at_least"}))
    if bands and "at_least" in bands[-1]:
        yield f", {received[-1]}.at_least: expected none (all that lies below), received {bands[-1]['at_least']!r}"
    cuts = [(b.get("grade"), b.get("at_least")) for b in bands[:-1]]
    for grade, cut in cuts:
        if not _is_number(cut):
            yield f", {grade}.at_least: expected a number, received {cut!r}"
    for (upper, high), (lower, low) in pairwise(cuts):
        if _is_number(high) and _is_number(low) and low >= high:
            yield f", {lower}.at_least: expected below {high} (that of {upper}; else they overlap), received {low}"


def _rule_faults(rule: dict[str, Any], vocabulary: Vocabulary) -> Iterator[str]:
    yield from _unknown(rule, _RULE_KEYS)
    yield from _id_fault(rule)
    yield from _type_fault(rule, "confirmed", bool)
    yield from _basis_faults(rule, vocabulary)
    for key in ("title", "flag", "note"):
        if (key in rule or key == "title") and not _is_text(rule.get(key)):
            yield f"{key}: expected zh and en, received {rule.get(key)!r}"
    if not isinstance(rule.get("is_counted", True), bool):
        yield f"is_counted: expected bool, received {rule['is_counted']!r}"
    effect, grade = rule.get("effect"), rule.get("grade")
    if effect not in EFFECTS:
        yield f"effect: expected one of {list(EFFECTS)}, received {effect!r}"
    elif effect == "not_graded" and grade is not None:
        yield f"grade: expected none with effect 'not_graded', received {grade!r}"
    elif effect != "not_graded" and grade not in list(Grade):
        yield f"grade: expected one of {[g.value for g in Grade]}, received {grade!r}"
    tests = rule.get("any", rule.get("all"))
    if ("any" in rule) == ("all" in rule):
        yield f"any, all: expected one of the two, received {sorted({'any', 'all'} & rule.keys())}"
    if not isinstance(tests, list) or not tests or not all(isinstance(t, dict) for t in tests):
        yield f"any, all: expected a list of tests, received {tests!r}"
        return
    for number, test in enumerate(tests, 1):
        yield from (f"test {number}, {fault}" for fault in _test_faults(test, vocabulary))


def _test_faults(test: dict[str, Any], vocabulary: Vocabulary) -> Iterator[str]:
    yield from _unknown(test, {"indicator", "column", *COMPARISONS})
    if ("indicator" in test) == ("column" in test):
        yield f"indicator, column: expected one of the two, received {sorted(test)}"
    if "indicator" in test and str(test["indicator"]) not in vocabulary.indicators:
        yield f"indicator: expected the code of a numeric indicator or rule fact, received {test['indicator']!r}"
    if "column" in test and test["column"] not in COLUMNS:
        yield f"column: expected one of {list(COLUMNS)}, received {test['column']!r}"
    given = [c for c in COMPARISONS if c in test]
    if len(given) != 1:
        yield f"comparison: expected one of {list(COMPARISONS)}, received {given}"
        return
    value, is_code = test[given[0]], test.get("column") == "status"
    if is_code != (given[0] == "one_of"):
        yield f"{given[0]}: expected one_of with the status and a bound with a number, received {sorted(test)}"
    elif is_code and not _are_codes(value):
        yield f"one_of: expected a list of codes as text, received {value!r}"
    elif not is_code and not _is_number(value):
        yield f"{given[0]}: expected a number, received {value!r}"


def _basis_faults(block: dict[str, Any], vocabulary: Vocabulary) -> Iterator[str]:
    basis = block.get("legal_basis")
    if not isinstance(basis, list) or not basis:
        yield f"legal_basis: expected at least one code of legal_basis.csv, received {basis!r}"
        return
    for code in basis:
        if str(code) not in vocabulary.legal_basis:
            yield f"legal_basis: expected a code of legal_basis.csv, received {code!r}"


def _id_fault(block: dict[str, Any]) -> Iterator[str]:
    received = block.get("id")
    if not isinstance(received, str) or not _ID.fullmatch(received):
        yield f"id: expected letters, digits, . _ and -, received {received!r}"


def _type_fault(block: dict[str, Any], key: str, kind: type) -> Iterator[str]:
    received = block.get(key)
    if type(received) is not kind or received == "":
        yield f"{key}: expected {kind.__name__}, received {received!r}"


def _unknown(block: dict[str, Any], known: set[str]) -> Iterator[str]:
    for key in sorted(block.keys() - known):
        yield f"{key}: expected one of {sorted(known)}, received this key"


def _repeated(key: str, received: list[Any]) -> Iterator[str]:
    given = [str(r) for r in received if r is not None]
    for value in sorted({v for v in given if given.count(v) > 1}):
        yield f"{key}: expected each once, received {value!r} {given.count(value)} times"


def _is_text(value: Any) -> bool:
    if not isinstance(value, dict) or value.keys() != {"zh", "en"}:
        return False
    return all(isinstance(v, str) and v for v in value.values())


def _are_codes(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) and _CODE.fullmatch(v) for v in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
