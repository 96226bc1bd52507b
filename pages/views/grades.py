"""How many enterprises stand in each grade: the city, its units, its sectors, over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pages.views import funnel
from pages.views.fields import shown
from pages.views.rows import rows
from pipeline.domain import Grade, Text, Unit
from pipeline.stores.reader import ScopedReader

TOP_SECTORS = 12
LETTERS = tuple(g.value for g in Grade)
COUNTS = ", ".join(f"coalesce(sum(enterprises) FILTER (WHERE grade = '{g}'), 0)::BIGINT AS {g}" for g in LETTERS)
SECTORS = {
    "A": Text("农林牧渔", "Agriculture"),
    "B": Text("采矿", "Mining"),
    "C": Text("制造", "Manufacturing"),
    "D": Text("电热气水", "Utilities"),
    "E": Text("建筑", "Construction"),
    "F": Text("批发零售", "Wholesale, retail"),
    "G": Text("运输仓储邮政", "Transport, storage"),
    "H": Text("住宿餐饮", "Hotels, catering"),
    "I": Text("信息软件", "IT, software"),
    "J": Text("金融", "Finance"),
    "K": Text("房地产", "Real estate"),
    "L": Text("租赁商务", "Leasing, business"),
    "M": Text("科研技术", "Research, technical"),
    "N": Text("水利环境", "Water, environment"),
    "O": Text("居民服务修理", "Personal services"),
    "P": Text("教育", "Education"),
    "Q": Text("卫生社工", "Health, social work"),
    "R": Text("文体娱乐", "Culture, sports"),
    "S": Text("公共管理", "Public bodies"),
    "T": Text("国际组织", "International"),
}
"""Short names of the GB/T 4754-2017 sections, as they fit beside a chart."""
OTHERS = Text("其余门类", "Other sectors")
NO_UNIT = Text("单位未定", "No unit")
CITY = Text("全市", "City")


@dataclass(frozen=True)
class Mix:
    """Enterprises of a group by grade."""

    label: Text = field(metadata=shown("分组", "Group", "县（市、区）、行业或时点", "Unit, sector or date"))
    counts: tuple[int, ...] = field(
        metadata=shown("各级户数", "By grade", "A 至 E 级户数", "Enterprises in grades A to E")
    )

    @property
    def size(self) -> int:
        """Graded enterprises of the group."""
        return sum(self.counts)

    @property
    def shares(self) -> tuple[float | None, ...]:
        """Share of each grade, None for an empty group."""
        return tuple(c / self.size if self.size else None for c in self.counts)

    @property
    def risky(self) -> int:
        """Enterprises in grades D and E."""
        return self.counts[3] + self.counts[4]

    @property
    def risky_share(self) -> float | None:
        """Share of grades D and E, None for an empty group."""
        return self.risky / self.size if self.size else None


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
    """One row of the sector × unit table."""

    whole: Mix = field(
        metadata=shown("全市同业", "City's sector", "该行业全市各级户数", "The sector in the whole city")
    )
    cells: tuple[Cell, ...] = field(
        metadata=shown("各单位", "By unit", "该行业在各单位的情况", "The sector in each unit")
    )


@dataclass(frozen=True)
class Period:
    """Grades as they stood, or would have stood, at a past date."""

    as_of: date = field(metadata=shown("时点", "As of", "不计入当日及以后的信息", "First day that is not known"))
    mix: Mix = field(metadata=shown("等级构成", "Grades", "该时点各级户数", "Enterprises by grade at that date"))
    is_backcast: bool = field(
        metadata=shown(
            "回溯",
            "Backcast",
            "以本批次的规则按当时已知信息重算，并非当时印发",
            "Computed by this build from what was known then, not issued then",
        )
    )


@dataclass(frozen=True)
class Grades:
    """Everything the page says about grades."""

    city: Mix = field(
        metadata=shown(
            "全市",
            "City",
            "参与分级的企业，不含吊销未注销",
            "Graded enterprises, those with a revoked licence left out",
        )
    )
    ungraded: int = field(
        metadata=shown("未分级", "Not graded", "应分级而尚无等级的企业", "Enterprises due for a grade without one")
    )
    changes: tuple[float | None, ...] = field(
        metadata=shown(
            "较上期",
            "Since last",
            "各级占比与上一时点之差（百分点）",
            "Change of each share since the date before, in points",
        )
    )
    units: tuple[Mix, ...] = field(
        metadata=shown("各单位", "Units", "按 D、E 级占比由高到低", "By share of D and E, highest first")
    )
    unit_levels: tuple[int | None, ...] = field(
        metadata=shown("界限", "Limits", "各单位 D、E 占比与全市相比", "Share of D and E of each unit against the city")
    )
    columns: tuple[Text, ...] = field(metadata=shown("列", "Columns", "行业表的各单位", "Units of the sector table"))
    sectors: tuple[Sector, ...] = field(
        metadata=shown("行业", "Sectors", "户数最多的 12 个门类及其余", "The twelve largest sections and the others")
    )
    periods: tuple[Period, ...] = field(metadata=shown("历次", "Over time", "各时点的等级构成", "Grades at each date"))
    agreement: tuple[int, int] = field(
        metadata=shown(
            "与国家平台一致",
            "Agrees with national",
            "一致户数与可比户数",
            "Enterprises with equal grade, and those with both",
        )
    )
    moved: tuple[tuple[str, int], ...] = field(
        metadata=shown(
            "规则改动",
            "Moved by rules",
            "由红线或上限改变等级的户数",
            "Enterprises whose grade a red line or cap decided",
        )
    )


def grades(read: ScopedReader, as_of: date, units: Sequence[Unit]) -> Grades:
    """Grades of the published build at `as_of`, its newest date; names of `units` from the deployment."""
    names = {u.code: u.name for u in units}
    mixes = {r.unit: _mix(names.get(r.unit) or _unlisted(r.unit), r) for r in _grouped(read, "unit", as_of)}
    ordered = sorted(mixes.values(), key=lambda m: (m.size < funnel.SMALL_GROUP, -(m.risky_share or 0)))
    city = Mix(CITY, tuple(sum(m.counts[i] for m in ordered) for i in range(len(LETTERS))))
    present = [c for c in names if c in mixes] + [c for c in mixes if c not in names]
    periods = _periods(read, as_of)
    return Grades(
        city=city,
        ungraded=sum(r.ungraded for r in _grouped(read, "as_of", as_of)),
        changes=_changes(periods),
        units=tuple(ordered),
        unit_levels=tuple(funnel.level(m.risky, m.size, city.risky_share or 0) for m in ordered),
        columns=tuple(mixes[c].label for c in present),
        sectors=_sectors(read, as_of, present),
        periods=periods,
        agreement=_agreement(read, as_of),
        moved=tuple(
            (r.rule, r.moved)
            for r in rows(
                read,
                "SELECT rule, moved FROM rule_effect WHERE as_of = ? AND moved > 0 ORDER BY moved DESC, rule",
                [as_of],
            )
        ),
    )


def _grouped(read: ScopedReader, by: str, as_of: date) -> list[Any]:
    ungraded = "coalesce(sum(enterprises) FILTER (WHERE grade IS NULL), 0)::BIGINT AS ungraded"
    sql = f"SELECT {by}, {COUNTS}, {ungraded} FROM grade_summary WHERE as_of = ? GROUP BY {by} ORDER BY {by}"
    return rows(read, sql, [as_of])


def _unlisted(unit: str | None) -> Text:
    return Text(unit, unit) if unit else NO_UNIT


def _mix(label: Text, row: Any) -> Mix:
    return Mix(label, tuple(int(getattr(row, g)) for g in LETTERS))


def _sectors(read: ScopedReader, as_of: date, units: Sequence[str]) -> tuple[Sector, ...]:
    largest = [
        r.industry_section
        for r in rows(
            read,
            "SELECT industry_section FROM grade_summary WHERE as_of = ? AND grade IS NOT NULL AND industry_section IS NOT NULL"
            " GROUP BY 1 ORDER BY sum(enterprises) DESC, 1 LIMIT ?",
            [as_of, TOP_SECTORS],
        )
    ]
    by_place = rows(
        read,
        f"SELECT CASE WHEN list_contains(?::VARCHAR[], industry_section) THEN industry_section END AS sector, unit, {COUNTS}"
        " FROM grade_summary WHERE as_of = ? GROUP BY ALL",
        [largest, as_of],
    )
    sectors = []
    for code in [*largest, None]:
        here = {r.unit: _mix(OTHERS, r) for r in by_place if r.sector == code}
        if here:
            label = SECTORS.get(code, Text(code, code)) if code else OTHERS
            counts = tuple(sum(m.counts[i] for m in here.values()) for i in range(len(LETTERS)))
            sectors.append(_sector(Mix(label, counts), [here.get(u, Mix(label, (0,) * len(LETTERS))) for u in units]))
    return tuple(sorted(sectors, key=_sector_order))


def _sector_order(sector: Sector) -> tuple[bool, bool, float]:
    small = sector.whole.size < funnel.SMALL_GROUP
    return sector.whole.label == OTHERS, small, -(sector.whole.risky_share or 0)


def _sector(whole: Mix, places: Sequence[Mix]) -> Sector:
    share = whole.risky_share or 0
    return Sector(whole, tuple(Cell(m.size, m.risky, funnel.level(m.risky, m.size, share)) for m in places))


def _periods(read: ScopedReader, as_of: date) -> tuple[Period, ...]:
    found = rows(
        read, f"SELECT as_of, {COUNTS} FROM grade_summary WHERE as_of <= ? GROUP BY as_of ORDER BY as_of", [as_of]
    )
    return tuple(Period(r.as_of, _mix(_day(r.as_of), r), r.as_of < as_of) for r in found)


def _day(as_of: date) -> Text:
    last_known = (as_of - timedelta(days=1)).isoformat()
    return Text(last_known, last_known)


def _changes(periods: Sequence[Period]) -> tuple[float | None, ...]:
    if len(periods) < 2:
        return (None,) * len(LETTERS)
    before, now = periods[-2].mix.shares, periods[-1].mix.shares
    return tuple(100 * (n - b) if n is not None and b is not None else None for n, b in zip(now, before, strict=True))


def _agreement(read: ScopedReader, as_of: date) -> tuple[int, int]:
    found = rows(
        read,
        "SELECT coalesce(sum(enterprises) FILTER (WHERE national_grade = grade), 0)::BIGINT AS equal, coalesce(sum(enterprises), 0)::BIGINT AS both"
        " FROM grade_agreement WHERE as_of = ? AND national_grade IS NOT NULL AND grade IS NOT NULL",
        [as_of],
    )[0]
    return int(found.equal), int(found.both)
