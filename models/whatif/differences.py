"""Two versions of a policy file side by side: each difference once, added and removed parts as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_NAMES = ("id", "grade", "level", "field")
"""What names an item of a list of tables, the first that every item has."""


class Change(StrEnum):
    """What became of a part."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Difference:
    """A part that differs: the keys and names that lead to it, and what stood and stands there (None: nothing)."""

    path: tuple[str, ...]
    change: Change
    before: Any = field(hash=False)
    after: Any = field(hash=False)


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[Difference, ...]:
    """From `one` to `other`, in the order of their keys. Tables are compared part by part, texts and plain lists whole."""
    return tuple(_of_tables((), one, other))


def _of_tables(path: tuple[str, ...], one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Difference]:
    for key in dict.fromkeys((*one, *other)):
        yield from _of_values((*path, key), one.get(key), other.get(key))


def _of_values(path: tuple[str, ...], one: Any, other: Any) -> Iterator[Difference]:
    if one == other:
        return
    if one is None or other is None:
        yield Difference(path, Change.ADDED if one is None else Change.REMOVED, one, other)
    elif _is_table(one) and _is_table(other):
        yield from _of_tables(path, one, other)
    elif named := _named(one, other):
        before, after = ({str(item[named]): item for item in items} for items in (one, other))
        for name in dict.fromkeys((*before, *after)):
            yield from _of_values((*path, name), before.get(name), after.get(name))
        if list(before) != list(after) and sorted(before) == sorted(after):
            yield Difference((*path, "order"), Change.CHANGED, list(before), list(after))
    else:
        yield Difference(path, Change.CHANGED, one, other)


def _is_table(value: Any) -> bool:
    """A table that is no text in two languages, which is compared whole."""
    return isinstance(value, Mapping) and value.keys() != {"zh", "en"}


def _named(one: Any, other: Any) -> str | None:
    """The key that names the items of two lists of tables, None where they are something else."""
    if (
        not (isinstance(one, Sequence) and isinstance(other, Sequence))
        or isinstance(one, str)
        or isinstance(other, str)
    ):
        return None
    items = [*one, *other]
    if not items or not all(isinstance(i, Mapping) for i in items):
        return None
    for name in _NAMES:
        if all(name in i for i in items) and all(
            len({str(i[name]) for i in side}) == len(side) for side in (one, other)
        ):
            return name
    return None
