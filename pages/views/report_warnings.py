"""Warnings by level and state, and what is late and whose, as parts of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.policy.warning_policy import LEVELS
from pages.views.counties import County
from pages.views.fields import shown
from pages.views.monthly import NAMED_TARGET
from pages.views.phases import PhaseLine
from pages.views.report import RIGHT, SAME, Block, Column, Heading, Paragraph, Table, count, listed
from pages.views.report_tasks import late
from pages.views.warning_counts import level_words
from pipeline.domain import Text
from pipeline.stores.access import Actor
from pipeline.stores.operations.case_reads import CaseFilter, count_cases
from pipeline.stores.operations.case_rules import FINAL, OPEN, State
from pipeline.stores.operations.check_results import completion
from pipeline.stores.operations.store import Operations

WARNINGS, CASES = Text("风险预警", "Warnings"), Text("件", "cases")
NO_CASE = Text("尚无预警。", "There has been no warning.")
LAGGING = {
    "risky": Text("D、E 级占比高于全市界限", "D and E above the city's limit"),
    "named": Text(f"记名率低于 {NAMED_TARGET:.0%}", f"named rate below {NAMED_TARGET:.0%}"),
    "timely": Text("迟报高于全市界限", "late reports above the city's limit"),
    "checks": Text("抽查进度落后全市（待确认）", "checks behind the city (to be confirmed)"),
}
"""Where a unit lags, in the words of a paper (counties.LAGGING has those of the screen)."""
LATE_COLUMNS = (
    Column(Text("单位", "Unit"), 0.2),
    Column(Text("逾期预警（件）", "Warnings late"), 0.18, RIGHT),
    Column(Text("逾期未查（项）", "Checks late"), 0.18, RIGHT),
    Column(Text("落后项", "Lagging"), 0.44),
)


@dataclass(frozen=True)
class LevelRow:
    """The warnings of a level: how many stand in each state, and how many of the open ones are late."""

    label: Text = field(metadata=shown("级别", "Level", "预警级别", "Level of the warnings"))
    states: dict[State, int] = field(metadata=shown("状态", "States", "各状态件数", "Cases in each state"))
    late: int = field(metadata=shown("逾期", "Late", "未结中已逾期", "Of the open ones, late"))

    @property
    def open(self) -> int:
        """Cases not closed."""
        return sum(self.states.get(s, 0) for s in OPEN)


def by_level(operations: Operations, actor: Actor) -> tuple[LevelRow, ...]:
    """A row a level, the gravest first, all of them last; no row where there is no warning."""
    found = count_cases(operations, actor, CaseFilter(open_only=False), by=("level", "state"))
    rows = [
        LevelRow(
            level_words(level),
            {State[r.state]: int(r.cases) for r in of.itertuples()},
            int(of.loc[of["state"].isin([s.name for s in OPEN]), "overdue"].sum()),
        )
        for level in sorted(LEVELS, reverse=True)
        if len(of := found[found["level"] == int(level)])
    ]
    if not rows:
        return ()
    states = {s: sum(r.states.get(s, 0) for r in rows) for s in State}
    return (*rows, LevelRow(Text("合计", "All"), states, sum(r.late for r in rows)))


def late_checks(operations: Operations, actor: Actor) -> dict[str, int]:
    """Unit -> tasks of draws past their day without a result; units without one are missing."""
    found = completion(operations, actor)
    sums = found.groupby("unit")["overdue"].sum()
    return {str(unit): int(n) for unit, n in sums.items() if n}


def warnings(rows: Sequence[LevelRow]) -> list[Block]:
    """The part on warnings: by level and state."""
    heading = Heading(1, WARNINGS)
    if not rows:
        return [heading, Paragraph(NO_CASE)]
    whole = rows[-1]
    done = sum(whole.states.get(s, 0) for s in FINAL)
    said = Text(
        f"预警共 {whole.open + done:,} 件，未结 {whole.open:,} 件（逾期 {whole.late:,} 件），已办结 {done:,} 件。",
        f"{whole.open + done:,} warnings: {whole.open:,} open ({whole.late:,} late), {done:,} ended.",
    )
    return [heading, Paragraph(said), _level_table(rows)]


def matters(line: PhaseLine, counties: Sequence[County], checks: dict[str, int]) -> list[Block]:
    """The part on what is late and whose it is: tasks by their responsible units, then units."""
    rows = tuple(
        (
            c.label,
            count(c.tally.overdue),
            count(checks.get(c.code, 0)),
            _lagging(c),
        )
        for c in counties[:-1]
        if c.lagging or checks.get(c.code)
    )
    said = (
        Text(f"有逾期或落后事项的单位 {len(rows)} 个。", f"{len(rows)} units have something late or lag somewhere.")
        if rows
        else Text("没有单位有逾期或落后事项。", "No unit has anything late or lags.")
    )
    blocks: list[Block] = [
        Heading(1, Text("逾期事项及责任单位", "What is late, and whose it is")),
        Paragraph(late(line)),
        Paragraph(said),
    ]
    if rows:
        blocks.append(
            Table(Text("有逾期或落后事项的单位", "Units with something late"), Text("", ""), LATE_COLUMNS, rows)
        )
    return blocks


def _lagging(county: County) -> Text:
    """Where the unit lags, in words; late warnings have a column of their own."""
    words = [LAGGING[name] for name in county.lagging if name in LAGGING]
    return listed(words) if words else SAME


def _level_table(rows: Sequence[LevelRow]) -> Table:
    narrow = 0.87 / (len(State) + 2)
    columns = (
        Column(Text("级别", "Level"), 0.13),
        *(Column(s.title, narrow, RIGHT) for s in OPEN),
        Column(Text("未结", "Open"), narrow, RIGHT),
        Column(Text("逾期", "Late"), narrow, RIGHT),
        *(Column(s.title, narrow, RIGHT) for s in FINAL),
    )
    cells = tuple(
        (
            r.label,
            *(count(r.states.get(s, 0)) for s in OPEN),
            count(r.open),
            count(r.late),
            *(count(r.states.get(s, 0)) for s in FINAL),
        )
        for r in rows
    )
    note = Text(
        "未结为前五项之和；逾期为未结中超过本阶段时限的。",
        "Open: the first five together; late: past the limit of the present stage.",
    )
    return Table(
        Text("预警按级别和状态", "Warnings by level and state"), CASES, columns, cells, has_whole=True, note=note
    )
