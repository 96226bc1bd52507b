"""Grades by unit, sector and kind of enterprise, over time, and how enterprises moved since the run before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pages.views.enterprise_filter import KINDS
from pages.views.fields import shown
from pages.views.grades import CITY, LETTERS, NO_UNIT, SECTORS, Mix
from pages.views.monthly import WHOLE
from pipeline.domain import Text, Unit
from pipeline.stores.reader import ScopedReader

SHOWN_GROUPS = 8
"""Sectors and kinds shown by name; the rest are one group."""
OTHERS = Text("其余", "Others")
_KIND = " ".join(f"WHEN {condition} THEN '{kind}'" for kind, (_, condition) in KINDS.items() if condition)
Counts = dict[str, dict[str, tuple[int, ...]]]
"""Unit ("" for the whole city) -> group -> enterprises in grades A to E."""


@dataclass(frozen=True)
class Movement:
    """Enterprises by grade then (rows) and now (columns)."""

    counts: tuple[tuple[int, ...], ...] = field(
        metadata=shown("户数", "Enterprises", "上期等级 × 本期等级", "Grade then × grade now")
    )

    @property
    def size(self) -> int:
        """Enterprises graded at both dates."""
        return sum(map(sum, self.counts))

    @property
    def worse(self) -> int:
        """Enterprises whose grade fell."""
        return sum(n for i, row in enumerate(self.counts) for j, n in enumerate(row) if j > i)

    @property
    def better(self) -> int:
        """Enterprises whose grade rose."""
        return sum(n for i, row in enumerate(self.counts) for j, n in enumerate(row) if j < i)


@dataclass(frozen=True)
class Composition:
    """Who stands where: by unit ("" for the whole city)."""

    runs: dict[date, dict[str, Mix]] = field(metadata=shown("历次", "Runs", "各时点各单位", "Each date, each unit"))
    comparable: tuple[date, ...] = field(
        metadata=shown("可比时点", "Comparable", "与本期同类得分的时点", "Dates with the same kind of score")
    )
    sectors: dict[str, tuple[Mix, ...]] = field(metadata=shown("行业", "Sectors", "各单位的行业", "Sectors by unit"))
    kinds: dict[str, tuple[Mix, ...]] = field(metadata=shown("类型", "Kinds", "各单位的企业类型", "Kinds by unit"))
    moved: dict[str, Movement] = field(metadata=shown("迁移", "Migration", "与上期比较", "Against the run before"))
    before: date | None = field(metadata=shown("上期", "Run before", "上一时点", "The date before"))

    @property
    def as_of(self) -> date | None:
        """The newest date."""
        return max(self.runs, default=None)


def composition(read: ScopedReader, as_of: date, units: Sequence[Unit]) -> Composition:
    """Grades at `as_of` and before."""
    names = {u.code: u.name for u in units} | {WHOLE: CITY}
    dates, now = _runs(read, as_of)
    individual = read.rows(
        f"SELECT unit, CASE {_KIND} ELSE 'other' END, previous_grade, grade, count(*) FROM enterprise"
        " WHERE is_counted AND grade IS NOT NULL GROUP BY ALL"
    )
    by_kind: Counts = _nested()
    moves: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    for unit, kind, then, grade, n in individual:
        for where in {WHOLE, unit or WHOLE}:
            _add(by_kind[where], kind or "", grade, n)
            if then:
                moves[where][then, grade] += n
    comparable = _comparable(read, as_of)
    before = max((d for d in dates if d < as_of), default=None)
    return Composition(
        runs={
            day: {u: Mix(names.get(u) or (Text(u, u) if u else NO_UNIT), c) for u, c in of.items()}
            for day, of in dates.items()
        },
        comparable=comparable,
        sectors={u: _groups(of, SECTORS) for u, of in now.items()},
        kinds={u: _groups(of, {k: title for k, (title, _) in KINDS.items()}) for u, of in by_kind.items()},
        moved={u: Movement(tuple(tuple(of[a, b] for b in LETTERS) for a in LETTERS)) for u, of in moves.items()},
        before=before if before in comparable else None,
    )


def month_end(as_of: date, dates: Sequence[date]) -> date | None:
    """The newest of `dates` that lies at or before the end of the month before the last known day."""
    first = (as_of - timedelta(days=1)).replace(day=1)
    return max((d for d in dates if d <= first), default=None)


def _runs(read: ScopedReader, as_of: date) -> tuple[dict[date, dict[str, tuple[int, ...]]], Counts]:
    """Date -> unit -> counts, and of the newest date unit -> sector -> counts."""
    found = read.rows(
        "SELECT as_of, coalesce(unit, ''), CASE WHEN as_of = $as_of THEN coalesce(industry_section, '') END, grade,"
        " sum(enterprises)::BIGINT FROM grade_summary WHERE as_of <= $as_of AND grade IS NOT NULL GROUP BY ALL",
        {"as_of": as_of},
    )
    dates: dict[date, dict[str, tuple[int, ...]]] = defaultdict(dict)
    now: Counts = _nested()
    for day, unit, section, grade, n in found:
        for where in {WHOLE, unit}:
            _add(dates[day], where, grade, n)
            if section is not None:
                _add(now[where], section, grade, n)
    return dict(sorted(dates.items())), now


def _comparable(read: ScopedReader, as_of: date) -> tuple[date, ...]:
    """The dates whose scores are of the newest one's kind: only those are compared."""
    kinds = dict(read.rows("SELECT as_of, max(score_kind) FROM risk_score WHERE as_of <= ? GROUP BY 1", [as_of]))
    return tuple(sorted(day for day, kind in kinds.items() if kind == kinds.get(as_of)))


def _groups(of: Mapping[str, tuple[int, ...]], names: Mapping[str, Text]) -> tuple[Mix, ...]:
    """The largest groups by share of D and E, the rest as one at the end."""
    largest = sorted((g for g in of if g), key=lambda g: -sum(of[g]))
    named, rest = largest[:SHOWN_GROUPS], [*largest[SHOWN_GROUPS:], *([""] if "" in of else [])]
    mixes = sorted((Mix(names.get(g, Text(g, g)), of[g]) for g in named), key=lambda m: -(m.risky_share or 0))
    if rest:
        mixes.append(Mix(OTHERS, tuple(sum(of[g][i] for g in rest) for i in range(len(LETTERS)))))
    return tuple(mixes)


def _nested() -> Any:
    return defaultdict(dict)


def _add(of: dict[str, tuple[int, ...]], group: str, grade: str, n: int) -> None:
    counts = list(of.get(group, (0,) * len(LETTERS)))
    counts[LETTERS.index(grade)] += n
    of[group] = tuple(counts)
