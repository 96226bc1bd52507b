"""Share of grades D and E, sector × unit, against the city's own share of the sector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pages.views import funnel
from pages.views.fields import shown
from pages.views.grades import CITY, COUNTS, LETTERS, NO_UNIT, SECTORS, Mix
from pages.views.rows import rows
from pipeline.domain import Text, Unit
from pipeline.stores.reader import ScopedReader

TOP_SECTORS = 14
"""How many sectors stand by name; the others are one row."""
OTHERS = "other"
"""The code of that row."""
OTHER_SECTORS = Text("其余门类", "Other sectors")
NO_GRADES = Text("尚无分级结果。", "No grades yet.")


@dataclass(frozen=True)
class Cell:
    """Share of D and E in one sector of one unit, against the whole city's sector."""

    size: int = field(
        metadata=shown(
            "户数", "Enterprises", "该行业在该单位的已分级企业", "Graded enterprises of the sector in the unit"
        )
    )
    risky: int = field(metadata=shown("D、E 级", "D and E", "其中 D、E 级户数", "Of these, in grades D and E"))
    level: int | None = field(
        metadata=shown(
            "界限",
            "Limit",
            "超出全市同业 2σ、3σ 界限的程度；不足 20 户不比较",
            "Beyond the 2σ or 3σ limit of the city's sector; not compared below 20",
        )
    )


@dataclass(frozen=True)
class Sector:
    """One row of the heat map."""

    code: str = field(metadata=shown("门类代码", "Section", "GB/T 4754 门类", "Section of GB/T 4754"))
    whole: Mix = field(
        metadata=shown("全市同业", "City's sector", "该行业全市各级户数", "The sector in the whole city")
    )
    cells: tuple[Cell, ...] = field(
        metadata=shown("各单位", "By unit", "该行业在各单位的情况", "The sector in each unit")
    )


@dataclass(frozen=True)
class SectorHeat:
    """The heat map, its units in the order of the columns, and what it says."""

    units: tuple[str, ...] = field(metadata=shown("单位代码", "Units", "各列的单位", "The units of the columns"))
    labels: tuple[Text, ...] = field(metadata=shown("单位", "Unit names", "各列的名称", "Names of the columns"))
    sectors: tuple[Sector, ...] = field(metadata=shown("行业", "Sectors", "占比高的在前", "The highest share first"))
    finding: Text = field(metadata=shown("结论", "Finding", "最高的一格", "The highest cell"))


def sector_heat(read: ScopedReader, units: Sequence[Unit]) -> SectorHeat:
    """Sector × unit at the newest date of the build; a county's user sees the columns of the own units only."""
    as_of = read.stamp.as_of
    names = {u.code: u.name for u in units}
    by_place = rows(
        read,
        f"SELECT industry_section AS sector, unit, {COUNTS} FROM grade_summary WHERE as_of = ? AND grade IS NOT NULL GROUP BY ALL",
        [as_of],
    )
    counts = {(r.sector, r.unit): tuple(int(getattr(r, g)) for g in LETTERS) for r in by_place}
    seen = {unit for _, unit in counts}
    scope = read.actor.scope
    columns = [u for u in names if u in seen and (scope.is_whole or u in scope.units)]
    sizes = {s: sum(sum(c) for (sector, _), c in counts.items() if sector == s) for s in {s for s, _ in counts if s}}
    named = sorted(sizes, key=lambda s: (-sizes[s], s))[:TOP_SECTORS]
    groups = {s: {s} for s in named} | {OTHERS: {s for s, _ in counts} - set(named)}
    made = [_sector(code, members, counts, columns) for code, members in groups.items()]
    sectors = tuple(sorted((s for s in made if s.whole.size), key=_order))
    labels = tuple(names[u] for u in columns)
    return SectorHeat(tuple(columns), labels, sectors, _finding(sectors, labels))


def members_of(code: str, heat: SectorHeat) -> tuple[str, ...] | None:
    """The sections behind a row of the heat map; None for a row that it does not have."""
    known = {s.code for s in heat.sectors}
    if code not in known:
        return None
    return (code,) if code != OTHERS else tuple(sorted(set(SECTORS) - known))


def sector_name(code: str) -> Text:
    """The short name of a row."""
    return OTHER_SECTORS if code == OTHERS else SECTORS.get(code, Text(code, code))


def _sector(
    code: str, members: set[Any], counts: dict[tuple[Any, Any], tuple[int, ...]], columns: Sequence[str]
) -> Sector:
    def total(unit: str | None) -> tuple[int, ...]:
        found = [c for (s, u), c in counts.items() if s in members and (unit is None or u == unit)]
        return tuple(sum(c[i] for c in found) for i in range(len(LETTERS)))

    whole = Mix(sector_name(code), total(None))
    here = [Mix(NO_UNIT, total(unit)) for unit in columns]
    share = whole.risky_share or 0
    return Sector(code, whole, tuple(Cell(m.size, m.risky, funnel.level(m.risky, m.size, share)) for m in here))


def _order(sector: Sector) -> tuple[bool, bool, float]:
    return sector.code == OTHERS, sector.whole.size < funnel.SMALL_GROUP, -(sector.whole.risky_share or 0)


def _nearest(sectors: Sequence[Sector], labels: Sequence[Text]) -> Text:
    """That no cell lies above the limit, and why the highest of those compared does not: how few they are."""
    none = Text("没有一格高于全市同业的 3σ 界限。", "No cell lies above the 3σ limit of the city's sector.")
    compared = [
        (cell.risky / cell.size, cell, sector, label)
        for sector in sectors
        for cell, label in zip(sector.cells, labels, strict=True)
        if cell.level is not None
    ]
    if not compared:
        return none
    share, cell, sector, label = max(compared, key=lambda c: c[0])
    whole = sector.whole.risky_share or 0
    return Text(
        f"{none.zh}最高的是{label.zh}·{sector.whole.label.zh} {share:.1%}，仅 {cell.risky}/{cell.size} 户"
        f"（{CITY.zh}同业 {whole:.1%}）。",
        f"{none.en} Highest: {label.en}, {sector.whole.label.en} {share:.1%}, {cell.risky} of {cell.size}"
        f" (city {whole:.1%}).",
    )


def _finding(sectors: Sequence[Sector], labels: Sequence[Text]) -> Text:
    """Which cell lies farthest above the 3 σ limit of the city's sector."""
    if not sectors:
        return NO_GRADES
    found = [
        (cell.risky / cell.size, sector, label)
        for sector in sectors
        for cell, label in zip(sector.cells, labels, strict=True)
        if cell.level == 2
    ]
    if not found:
        return _nearest(sectors, labels)
    share, sector, label = max(found, key=lambda f: f[0])
    return Text(
        f"▲ {len(found)} 格高于全市同业 3σ 界限，最高为{label.zh}·{sector.whole.label.zh} {share:.1%}"
        f"（{CITY.zh}同业 {sector.whole.risky_share:.1%}）。",
        f"▲ Cells above the 3σ limit of the city's sector: {len(found)}; highest {label.en}, {sector.whole.label.en}"
        f" {share:.1%} (city {sector.whole.risky_share:.1%}).",
    )
