"""DrawPolicy: how many of each grade are drawn, how often the same item may be checked, and in which mode."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from models.policy.versions import HEAD_KEYS, Head, in_force, load_versions, unknown_keys
from pipeline.domain import Grade, Text
from pipeline.reference import Reference
from pipeline.settings import Settings

FILE = "draw.toml"
UNGRADED = "-"
"""The grade of objects without one: individual businesses. They are drawn at the regular ratio."""
MODES = ("1", "2", "3", "4", "5")
ON_SITE, WRITTEN = "1", "2"
_KEYS = HEAD_KEYS | {"regular", "random_share", "same_item_days", "on_site", "written", "ratio"}
_ONE = Decimal(1)


@dataclass(frozen=True)
class DrawPolicy:
    """One version of draw.toml. Ratios are yearly and nominal, before `random_share` is mixed in."""

    head: Head
    regular: Decimal
    random_share: Decimal
    same_item_days: int
    on_site: tuple[Grade, ...]
    written: tuple[Grade, ...]
    ratios: dict[str, Decimal] = field(hash=False)

    def nominal(self, grade: str) -> Decimal:
        """The nominal yearly ratio of a grade; objects without a grade have the regular one."""
        return self.ratios.get(grade, self.regular)

    def mixed(self, grade: str, cap: Decimal | None = None) -> Decimal:
        """s·r + (1 − s)·ratio, no more than the cap of the item: what is really drawn in a year."""
        ratio = self.random_share * self.regular + (_ONE - self.random_share) * self.nominal(grade)
        return ratio if cap is None else min(ratio, cap)

    def number(self, grade: str, size: int, share: Decimal, *, cap: Decimal | None = None, full: bool = False) -> int:
        """How many of a stratum of `size` are drawn: rounded up, so that nobody is exempt; all with full coverage."""
        return size if full else drawn(size, share, self.mixed(grade, cap))

    def modes(self, grade: str) -> tuple[str, ...]:
        """The modes of check (code list check_mode) that are allowed for a grade."""
        if grade in self.on_site:
            return (ON_SITE,)
        return MODES if grade in self.written else tuple(m for m in MODES if m != WRITTEN)

    def required_mode(self, grade: str) -> str:
        """The one mode that is compulsory, '' where there is a choice."""
        return ON_SITE if grade in self.on_site else ""


@dataclass(frozen=True)
class DrawPolicies:
    """Every version of draw.toml, oldest first."""

    versions: tuple[DrawPolicy, ...]

    @staticmethod
    def load(folder: Path, bases: Collection[str]) -> DrawPolicies:
        """Read and check `folder`/draw.toml; raises BadDeclaration with every fault at once."""
        return DrawPolicies(load_versions(folder / FILE, bases, policy_faults, _policy))

    def of(self, day: date) -> DrawPolicy:
        """The version in force on `day`."""
        return in_force(self.versions, day)


def draw_policies(settings: Settings) -> DrawPolicies:
    """The deployment's draw.toml."""
    return DrawPolicies.load(settings.policy, Reference.load(settings.reference).legal_bases)


def drawn(size: int, share: Decimal, ratio: Decimal) -> int:
    """ceil(size × share × ratio), exactly: Decimal products are not rounded before the ceiling."""
    return min(size, int((Decimal(size) * share * ratio).to_integral_value(ROUND_CEILING)))


def order_fault(ratios: dict[str, Decimal], regular: Decimal) -> Text | None:
    """What is wrong with 0 < A < B < C = r < D < E ≤ 1, None if it holds (SEED 四(四)1)."""
    given = [ratios[g] for g in Grade]
    rises = all(low < high for low, high in pairwise(given))
    if rises and given[0] > 0 and given[-1] <= _ONE and ratios["C"] == regular:
        return None
    shown = "，".join(f"{g}={ratios[g]}" for g in Grade)
    return Text(
        f"各级比例须满足 0<A<B<C=r<D<E≤1，现为 {shown}，r={regular}",
        f"ratios must satisfy 0<A<B<C=r<D<E≤1, received {shown}, r={regular}",
    )


def policy_faults(block: dict[str, Any]) -> Iterator[str]:
    """The faults of one version beyond its head, all of them."""
    yield from unknown_keys(block, _KEYS)
    for key in ("regular", "random_share"):
        if not _is_share(block.get(key)):
            yield f"{key}: expected a number above 0 and at most 1, received {block.get(key)!r}"
    days = block.get("same_item_days")
    if type(days) is not int or days < 0:
        yield f"same_item_days: expected a number of days, received {days!r}"
    for key in ("on_site", "written"):
        given = block.get(key)
        if not isinstance(given, list) or not set(given) <= set(Grade):
            yield f"{key}: expected grades of {[g.value for g in Grade]}, received {given!r}"
        elif key == "written" and set(given) & set(block.get("on_site") or []):
            yield f"written: expected no grade of on_site, received {sorted(set(given) & set(block['on_site']))}"
    yield from _ratio_faults(block)


def _ratio_faults(block: dict[str, Any]) -> Iterator[str]:
    ratios = block.get("ratio")
    if not isinstance(ratios, dict) or set(ratios) != set(Grade):
        yield f"ratio: expected one for each of {[g.value for g in Grade]}, received {ratios!r}"
        return
    bad = [g for g in Grade if not _is_share(ratios[g])]
    for grade in bad:
        yield f"ratio.{grade}: expected a number above 0 and at most 1, received {ratios[grade]!r}"
    if not bad and _is_share(block.get("regular")):
        fault = order_fault({g: Decimal(r) for g, r in ratios.items()}, Decimal(block["regular"]))
        if fault:
            yield f"ratio: {fault.en}"


def _is_share(value: Any) -> bool:
    return isinstance(value, Decimal | int) and not isinstance(value, bool) and 0 < value <= 1


def _policy(head: Head, raw: dict[str, Any]) -> DrawPolicy:
    return DrawPolicy(
        head=head,
        regular=Decimal(raw["regular"]),
        random_share=Decimal(raw["random_share"]),
        same_item_days=raw["same_item_days"],
        on_site=tuple(Grade(g) for g in raw["on_site"]),
        written=tuple(Grade(g) for g in raw["written"]),
        ratios={g: Decimal(r) for g, r in raw["ratio"].items()},
    )
