"""Units, grades, problem rates, migration and trends as parts of the report: the page's own view, in tables and figures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from pages.views import county_table
from pages.views.check_rates import CheckRates, GradeRate
from pages.views.composition import Movement
from pages.views.conclusions import portion
from pages.views.counties import County
from pages.views.funnel import SMALL_GROUP
from pages.views.grades import LETTERS, Mix
from pages.views.pilot import Comparison, Pilot
from pages.views.pilot_words import Card, Trend
from pages.views.report import (
    MIDDLE,
    RIGHT,
    SAME,
    Block,
    Column,
    Figure,
    Heading,
    Paragraph,
    Table,
    count,
    joined,
    percent,
    plain,
)
from pipeline.domain import Text

SIGNS = {2: "▲", 1: "△", 0: "", -1: "▽", -2: "▼", None: ""}
HOUSEHOLDS, SHARES, CHECKS = Text("户", "enterprises"), Text("%", "%"), Text("户次、%", "firms checked, %")
NOTHING = Text("", "")
COUNTY_SHARES = (0.14, 0.19, 0.1, 0.1, 0.1, 0.1, 0.11, 0.08, 0.08)
LIMITS_NOTE = Text(
    "▲ 高于全市 3σ 界限，△ 高于 2σ，▽ 低于 2σ，▼ 低于 3σ；不足 20 户不作比较。",
    "▲ above the city's 3σ limit, △ above 2σ, ▽ below 2σ, ▼ below 3σ; fewer than 20 are not compared.",
)
MIX_COLUMNS = (
    Column(Text("单位", "Unit"), 0.2),
    *(Column(Text(f"{g} 级", g), 0.1, RIGHT) for g in LETTERS),
    Column(Text("已分级", "Graded"), 0.12, RIGHT),
    Column(Text("D、E 占比", "D and E"), 0.18, RIGHT),
)
RATE_COLUMNS = (
    Column(Text("等级", "Grade"), 0.16, MIDDLE),
    Column(Text("已检查", "Checked"), 0.24, RIGHT),
    Column(Text("问题发现率", "Problem rate"), 0.24, RIGHT),
    Column(Text("95% 区间", "95% interval"), 0.36, RIGHT),
)
MOVE_COLUMNS = (
    Column(Text("上期＼本期", "Then \\ now"), 0.2, MIDDLE),
    *(Column(Text(f"{g} 级", g), 0.13, RIGHT) for g in LETTERS),
    Column(Text("合计", "Sum"), 0.15, RIGHT),
)


def units(view: Pilot) -> list[Block]:
    """The part on the units side by side: finding, map and bars, table."""
    listing = county_table.listing(view.counties)
    columns = tuple(
        Column(c.label, share, RIGHT if c.kind in ("count", "percent", "progress") else "left")
        for c, share in zip(listing.columns, COUNTY_SHARES, strict=True)
    )
    notes = joined(*(_defined(c.label, c.help) for c in listing.columns[1:]))
    return [
        Heading(1, Text("县（市、区）情况", "Units")),
        Paragraph(view.on_counties.finding),
        county_figure(view.counties),
        Table(
            Text("各单位对比", "Units side by side"),
            Text("户、件、%", "enterprises, cases, %"),
            columns,
            tuple(tuple(map(_cell, row)) for row in listing.rows),
            has_whole=True,
            note=notes,
        ),
    ]


def grades(view: Pilot, row: Comparison, trends: Sequence[Trend], agreed: Text | None) -> list[Block]:
    """The part on the grades: who stands where, whether the grades work, who moved, what changed.

    `agreed`: how many grades equal the national platform's.
    """
    return [
        Heading(1, Text("分级情况与分级效果", "Grades, and whether they work")),
        Heading(2, Text("等级构成", "Grades by unit")),
        *composition(row.groups, row.levels, row.composition),
        Heading(2, Text("问题发现率", "Problem rate")),
        *(block for r in view.rates for block in rates(r)),
        *([Paragraph(agreed)] if agreed else []),
        Heading(2, Text("等级迁移", "Migration")),
        *migration(row.moved, row.migration),
        Heading(2, Text("走势", "Over time")),
        *over_time(trends),
    ]


def county_figure(counties: Sequence[County]) -> Figure:
    """The map and the bars of the share of D and E; the city as a line."""
    city = counties[-1]
    areas = [_area(c) for c in counties[:-1]]
    return Figure(
        kind="counties",
        caption=Text("各单位 D、E 级占比", "Share of D and E by unit"),
        alt=Text(
            "地图与条形图：" + "，".join(f"{c.label.zh} {_share(c)}" for c in counties) + "。",
            "Map and bars: " + ", ".join(f"{c.label.en} {_share(c)}" for c in counties) + ".",
        ),
        data={"areas": areas, "city": city.risky_share, "city_label": city.label, "axis": SHARE_OF_D_E},
    )


def composition(groups: Sequence[Mix], levels: Sequence[int | None], words: Card) -> list[Block]:
    """Grades by unit as a figure and a table; words alone where nobody is graded."""
    if not groups[-1].size:
        return [Paragraph(words.finding)]
    caption = Text("各单位等级构成", "Grades by unit")
    rows = tuple(_mix(g, level) for g, level in zip(groups, levels, strict=True))
    picture = Figure(
        kind="grades",
        caption=caption,
        alt=Text(
            f"堆叠条形图，各单位 A 至 E 级占比。{words.finding.zh}",
            f"Stacked bars, shares of A to E. {words.finding.en}",
        ),
        data={"groups": [{"label": g.label, "counts": g.counts} for g in groups]},
    )
    return [
        Paragraph(words.finding),
        picture,
        Table(caption, HOUSEHOLDS, MIX_COLUMNS, rows, has_whole=True, note=LIMITS_NOTE),
    ]


def rates(found: CheckRates) -> list[Block]:
    """The problem rate by grade of one source of checks, and which neighbours can't be told apart."""
    finding = found.finding
    said = Text(
        f"{found.name.zh}（{found.method.zh}）：{finding.zh}", f"{found.name.en} ({found.method.en}): {finding.en}"
    )
    blocks: list[Block] = [Paragraph(joined(said, apart(found.rows, finding)))]
    if not found.rows:
        return blocks
    caption = Text(f"各等级问题发现率（{found.name.zh}）", f"Problem rate by grade ({found.name.en})")
    rows = tuple(
        (plain(r.grade), count(r.checked), *((SAME, SAME) if r.is_small else (percent(r.rate), _interval(r))))
        for r in found.rows
    )
    picture = Figure(
        kind="rates",
        caption=caption,
        alt=joined(Text("点与区间图。", "Dots with intervals."), finding),
        data={
            "rows": [
                {"grade": r.grade, "checked": r.checked, "rate": r.rate, "low": r.low, "high": r.high}
                for r in found.rows
            ]
        },
    )
    note = Text("不足 20 户次的等级不作比较。", "Grades with fewer than 20 checks are not compared.")
    return [*blocks, picture, Table(caption, CHECKS, RATE_COLUMNS, rows, note=note)]


def apart(rows: Sequence[GradeRate], finding: Text = NOTHING) -> Text:
    """Which neighbouring grades can't be told apart by their intervals; nothing where none can be compared, or where
    `finding` names them all already."""
    fit = [r for r in rows if not r.is_small]
    if len(fit) < 2:
        return NOTHING
    alike = [(a, b) for a, b in pairwise(fit) if b.low <= a.high and a.low <= b.high]
    if alike and all(f"{a.grade}–{b.grade}" in finding.zh for a, b in alike):
        return NOTHING
    if not alike:
        return Text("相邻等级的区间均不重叠。", "No neighbouring intervals overlap.")
    names = "、".join(f"{a.grade} 与 {b.grade}" for a, b in alike)
    return Text(
        f"相邻等级中区间重叠、尚不能区分的是 {names}。",
        f"Neighbours that can't be told apart: {', '.join(f'{a.grade} and {b.grade}' for a, b in alike)}.",
    )


def migration(moved: Movement | None, words: Card) -> list[Block]:
    """Enterprises by grade then and now; words alone where nothing can be compared."""
    if moved is None:
        return [Paragraph(words.finding)]
    rows = [
        (plain(f"{letter}"), *(count(n) if n else plain("·") for n in row), count(sum(row)))
        for letter, row in zip(LETTERS, moved.counts, strict=True)
    ]
    sums = [sum(column) for column in zip(*moved.counts, strict=True)]
    rows.append((Text("合计", "Sum"), *map(count, sums), count(moved.size)))
    table = Table(
        Text("等级迁移", "Migration of grades"),
        HOUSEHOLDS,
        MOVE_COLUMNS,
        tuple(rows),
        has_whole=True,
        note=_ended(words.remark),
    )
    return [Paragraph(words.finding), table]


def over_time(trends: Sequence[Trend]) -> list[Block]:
    """Trends as one picture, a panel each, and what to conclude from each."""
    said = joined(
        *(
            Text(f"{t.words.title.zh}：{t.words.finding.zh}", f"{t.words.title.en}: {t.words.finding.en}")
            for t in trends
        )
    )
    fit = [t for t in trends if len(t.points) > 1]
    if not fit:
        return [Paragraph(said)]
    panels = [
        {
            "title": t.words.title,
            "remark": t.words.remark,
            "target": t.target,
            "points": [{"day": day, "share": share, "size": size} for day, share, size in t.points],
        }
        for t in fit
    ]
    titles = Text("、".join(t.words.title.zh for t in fit), ", ".join(t.words.title.en for t in fit))
    return [Paragraph(said), Figure("trends", titles, said, {"panels": panels})]


SHARE_OF_D_E = Text("D、E 级占比", "Share of D and E")


def _area(county: County) -> dict[str, Any]:
    shape = county.shape
    return {
        "label": county.label,
        "share": county.risky_share,
        "size": county.size,
        "is_small": county.size < SMALL_GROUP,
        "sign": SIGNS[county.level],
        "rings": shape.rings if shape else (),
        "at": shape.label if shape else None,
        "beside": shape.beside if shape else None,
    }


def _share(county: County) -> str:
    return portion(county.risky, county.graded) if county.graded >= SMALL_GROUP else f"n={county.graded}"


def _cell(value: Any) -> Text:
    """A cell of the page's table as it is printed."""
    if value is None:
        return SAME
    if isinstance(value, Text):
        return value
    if isinstance(value, tuple):
        return Text("　".join(t.zh for t in value) or "—", " ".join(t.en for t in value) or "—")
    return plain(f"{value:.1f}" if isinstance(value, float) else f"{value:,}")


def _defined(label: Text, words: Text) -> Text:
    return Text(f"{label.zh}：{words.zh}。", f"{label.en}: {words.en}.")


def _mix(group: Mix, level: int | None) -> tuple[Text, ...]:
    share = portion(group.risky, group.size) if group.size >= SMALL_GROUP else f"n={group.size}"
    return (group.label, *map(count, group.counts), count(group.size), plain(f"{share} {SIGNS[level]}".strip()))


def _interval(rate: GradeRate) -> Text:
    return plain(f"{rate.low:.1%}–{rate.high:.1%}")


def _ended(words: Text) -> Text:
    return Text(f"{words.zh}。", f"{words.en}.")
