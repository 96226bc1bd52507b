"""What every policy file shares: versions with a head, one of which is in force, and all faults at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pipeline.domain import Text
from pipeline.errors import BadDeclaration

HEAD_KEYS = frozenset({"id", "effective_from", "legal_basis", "approved_by", "confirmed"})
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HEAD_TYPES = {"effective_from": date, "approved_by": str, "confirmed": bool, "legal_basis": list}


@dataclass(frozen=True)
class Head:
    """Which version of a policy: since when, on which clauses, approved by whom; `confirmed` false shows as 待确认."""

    id: str
    effective_from: date
    legal_basis: tuple[str, ...]
    approved_by: str
    confirmed: bool


class Versioned(Protocol):
    """A policy with a head."""

    @property
    def head(self) -> Head:
        """Its version."""


V = TypeVar("V", bound=Versioned)


def load_versions(
    path: Path,
    bases: Collection[str],
    faults_of: Callable[[dict[str, Any]], Iterator[str]],
    make: Callable[[Head, dict[str, Any]], V],
) -> tuple[V, ...]:
    """Every [[version]] of a policy file, oldest first; raises BadDeclaration with all of its faults.

    `faults_of` gives those of a version beyond its head; numbers arrive as Decimal, exactly as written.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadDeclaration(str(path), [f"not readable as TOML: {error}"]) from error
    blocks = raw.get("version")
    if not isinstance(blocks, list) or not blocks or not all(isinstance(b, dict) for b in blocks):
        raise BadDeclaration(str(path), [f"version: expected at least one [[version]], received {blocks!r}"])
    faults = [f"{key}: expected [[version]], received this key" for key in sorted(raw.keys() - {"version"})]
    for name in ("id", "effective_from"):
        given = [str(b.get(name)) for b in blocks]
        faults += [
            f"{name}: expected each once, received {v!r}" for v in sorted({g for g in given if given.count(g) > 1})
        ]
    for number, block in enumerate(blocks, 1):
        where = f"version {block.get('id', number)!r}"
        faults += [f"{where}, {fault}" for fault in (*_head_faults(block, bases), *faults_of(block))]
    if faults:
        raise BadDeclaration(str(path), faults)
    return tuple(sorted((make(_head(b), b) for b in blocks), key=lambda v: v.head.effective_from))


def in_force(versions: Sequence[V], day: date) -> V:
    """The version in force on `day`; before the first takes effect, the first."""
    return next((v for v in reversed(versions) if v.head.effective_from <= day), versions[0])


def text_fault(key: str, value: Any) -> Iterator[str]:
    """The fault of a text that a person reads: it needs both languages."""
    if not isinstance(value, dict) or value.keys() != {"zh", "en"} or not all(value.values()):
        yield f"{key}: expected zh and en, received {value!r}"


def unknown_keys(block: dict[str, Any], known: Collection[str]) -> Iterator[str]:
    """A fault for every key that means nothing here."""
    for key in sorted(block.keys() - set(known)):
        yield f"{key}: expected one of {sorted(known)}, received this key"


def basis_faults(block: dict[str, Any], bases: Collection[str]) -> Iterator[str]:
    """The faults of a list of legal bases."""
    given = block.get("legal_basis")
    if not isinstance(given, list) or not given:
        yield f"legal_basis: expected at least one code of legal_basis.csv, received {given!r}"
        return
    for code in given:
        if str(code) not in bases:
            yield f"legal_basis: expected a code of legal_basis.csv, received {code!r}"


def text_of(value: dict[str, str]) -> Text:
    """A checked text."""
    return Text(value["zh"], value["en"])


def _head_faults(block: dict[str, Any], bases: Collection[str]) -> Iterator[str]:
    if not isinstance(block.get("id"), str) or not _ID.fullmatch(block["id"]):
        yield f"id: expected letters, digits, . _ and -, received {block.get('id')!r}"
    for key, kind in _HEAD_TYPES.items():
        if type(block.get(key)) is not kind or block[key] == "":
            yield f"{key}: expected {kind.__name__}, received {block.get(key)!r}"
    yield from basis_faults(block, bases)


def _head(block: dict[str, Any]) -> Head:
    return Head(
        block["id"], block["effective_from"], tuple(block["legal_basis"]), block["approved_by"], block["confirmed"]
    )
