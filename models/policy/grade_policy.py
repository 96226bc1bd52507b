"""The bureau's decision how a score becomes a grade: bands, caps and red lines, versioned in grade.toml.

Order of application: model grade (the bands) → start → caps → red lines; the worst one wins, and only `start`
may lift. An old version is never edited: once used, its content hash stands in
var/grade.lock of the deployment that used it.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from models.policy.grade_faults import Vocabulary, policy_faults
from pipeline.domain import Grade, Text
from pipeline.errors import BadDeclaration
from pipeline.stores.warehouse import write_atomically

FILE, LOCK = "grade.toml", "grade.lock"
_LOCK_HEAD = """\
# 已启用的分级规则版本及其内容摘要：已启用的版本不得修改，请新增版本。本文件由系统写入。
# Grade policy versions that have been used, with a hash of their content. Written by the system.

[sealed]
"""


class Effect(StrEnum):
    """What a rule does to the grade of an enterprise for which it fires."""

    START = "start"  # replaces the model grade, before caps and red lines
    AT_BEST = "at_best"  # a cap: not better than `grade`
    SET = "set"  # a red line: `grade`, also without a score; never better than what the caps left
    NOT_GRADED = "not_graded"


@dataclass(frozen=True)
class Band:
    """A grade and the least credit_score that earns it; None: whatever lies below the others."""

    grade: Grade
    at_least: float | None


@dataclass(frozen=True)
class Test:
    """One comparison: `name` is an indicator's code or a column (status, data_share).

    `comparison`: at_least, at_most, below (a number) or one_of (codes).
    """

    __test__ = False  # not a test case for pytest
    name: str
    comparison: str
    value: float | tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """A start, cap or red line: when it fires, what it does, and on which clause it rests.

    `needs_all`: every test must hold (else one is enough). `flag`: what the enterprise is marked with.
    `is_counted`: false keeps the enterprise out of shares and of the denominators of ratios.
    `note`: what the rule can't see.
    """

    id: str
    title: Text
    tests: tuple[Test, ...]
    needs_all: bool
    effect: Effect
    grade: Grade | None
    legal_basis: tuple[str, ...]
    confirmed: bool
    flag: Text | None
    is_counted: bool
    note: Text | None


@dataclass(frozen=True)
class GradePolicy:
    """One version of grade.toml. `is_early`: applied to a day before its own effective date."""

    id: str
    effective_from: date
    legal_basis: tuple[str, ...]
    approved_by: str
    confirmed: bool
    bands: dict[str, tuple[Band, ...]] = field(hash=False)
    rules: tuple[Rule, ...]
    content_hash: str
    is_early: bool = False

    @property
    def label(self) -> str:
        """The version's id, with the mark 溯及 where it is applied to a day before its effective date."""
        return f"{self.id}（溯及）" if self.is_early else self.id

    def grade_of(self, score: float, kind: str) -> Grade:
        """The model grade of a credit_score of this kind ('learned' or 'expert'): never worse for a higher score."""
        return next(b.grade for b in self.bands[kind] if b.at_least is None or score >= b.at_least)


@dataclass(frozen=True)
class GradePolicies:
    """Every version of grade.toml, oldest first."""

    versions: tuple[GradePolicy, ...]

    @staticmethod
    def load(folder: Path, vocabulary: Vocabulary, lock: Path | None = None) -> GradePolicies:
        """Read and check `folder`/grade.toml against the lock; raises BadDeclaration with every fault at once.

        `lock`: the folder that holds the deployment's grade.lock, None where nothing was ever used.
        """
        raw = _toml(folder / FILE)
        faults = [*policy_faults(raw, vocabulary), *_seal_faults(raw, _sealed(lock) if lock else {})]
        if faults:
            raise BadDeclaration(str(folder / FILE), faults)
        versions = (version_of(v) for v in raw["version"])
        return GradePolicies(tuple(sorted(versions, key=lambda v: v.effective_from)))

    def of(self, as_of: date) -> GradePolicy:
        """The version in force at `as_of`; before the first one takes effect, the first, marked as early."""
        in_force = [v for v in self.versions if v.effective_from <= as_of]
        return in_force[-1] if in_force else replace(self.versions[0], is_early=True)


def seal(lock: Path, used: Iterable[GradePolicy]) -> tuple[str, ...]:
    """Record the content of the versions that a published build used; gives the ids that are new in the lock.

    From then on an edit of such a version is refused. A version that no build has used stays free.
    """
    sealed = _sealed(lock)
    new = {p.id: p.content_hash for p in used if p.id not in sealed}
    if new:
        lines = (f'"{id_}" = "{content}"\n' for id_, content in {**sealed, **new}.items())
        write_atomically(lock / LOCK, _LOCK_HEAD + "".join(lines))
    return tuple(new)


def content_hash(version: dict[str, Any]) -> str:
    """SHA-256 of what a version says, whatever its comments, spacing and order of keys."""
    said = json.dumps(version, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadDeclaration(str(path), [f"not readable as TOML: {error}"]) from error


def _sealed(folder: Path) -> dict[str, str]:
    path = folder / LOCK
    return dict(_toml(path).get("sealed", {})) if path.is_file() else {}


def _seal_faults(raw: dict[str, Any], sealed: dict[str, str]) -> list[str]:
    versions = raw.get("version")
    blocks = [v for v in versions if isinstance(v, dict)] if isinstance(versions, list) else []
    present = {v.get("id"): content_hash(v) for v in blocks}
    return [
        f"version {id_!r}: expected the content that was used (sealed in {LOCK}), received "
        + ("another content: undo the change and add a version" if id_ in present else "no such version")
        for id_, content in sealed.items()
        if present.get(id_) != content
    ]


def version_of(raw: dict[str, Any]) -> GradePolicy:
    """A version from its block of grade.toml, which has no faults."""
    return GradePolicy(
        id=raw["id"],
        effective_from=raw["effective_from"],
        legal_basis=tuple(raw["legal_basis"]),
        approved_by=raw["approved_by"],
        confirmed=raw["confirmed"],
        bands={kind: tuple(_band(b) for b in bands) for kind, bands in raw["bands"].items()},
        rules=tuple(_rule(r) for r in raw.get("rule", [])),
        content_hash=content_hash(raw),
    )


def _band(raw: dict[str, Any]) -> Band:
    least = raw.get("at_least")
    return Band(Grade(raw["grade"]), None if least is None else float(least))


def _rule(raw: dict[str, Any]) -> Rule:
    return Rule(
        id=raw["id"],
        title=_text(raw["title"]),
        tests=tuple(_test(t) for t in (raw["all"] if "all" in raw else raw["any"])),
        needs_all="all" in raw,
        effect=Effect(raw["effect"]),
        grade=Grade(raw["grade"]) if "grade" in raw else None,
        legal_basis=tuple(raw["legal_basis"]),
        confirmed=raw["confirmed"],
        flag=_text(raw["flag"]) if "flag" in raw else None,
        is_counted=raw.get("is_counted", True),
        note=_text(raw["note"]) if "note" in raw else None,
    )


def _test(raw: dict[str, Any]) -> Test:
    name = raw.get("indicator", raw.get("column"))
    comparison, value = next((k, v) for k, v in raw.items() if k not in ("indicator", "column"))
    return Test(str(name), comparison, tuple(value) if comparison == "one_of" else float(value))


def _text(raw: dict[str, str]) -> Text:
    return Text(raw["zh"], raw["en"])
