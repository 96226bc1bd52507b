"""What a grade policy would do before it is in force: every firm of the newest date judged again, in the database.

`before` is the published grade, `after` the one that the policy gives to the same scores and facts; who counts under
neither is in neither. Equal to a build with that policy, since both run `models.policy.grade.judgement`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from models.policy.grade import judgement
from models.policy.grade_policy import GradePolicy, Rule
from pipeline.domain import Grade
from pipeline.errors import NotPermitted
from pipeline.stores.reader import ScopedReader

BANDS = "bands"
"""The cause of a move that no changed rule explains: the score falls into another band."""
LETTERS = tuple(g.value for g in Grade)


@dataclass(frozen=True)
class Move:
    """So many firms of a unit ('' if none) from one grade to another, None: not counted.

    `cause`: BANDS or the id of a changed rule, '' for who stays. `decided_before`, `decided_after`: the rule that
    made the grade differ from the score's own.
    """

    unit: str
    before: str | None
    after: str | None
    decided_before: str | None
    decided_after: str | None
    cause: str
    firms: int

    @property
    def is_move(self) -> bool:
        """Whether the grade changes, or whether the firm counts at all."""
        return self.before != self.after

    @property
    def steps(self) -> int:
        """How many grades down; negative: up; 0 where one of the two is missing."""
        if self.before is None or self.after is None:
            return 0
        return LETTERS.index(self.after) - LETTERS.index(self.before)


@dataclass(frozen=True)
class Impact:
    """All firms that count before or after, grouped."""

    moves: tuple[Move, ...]

    @property
    def population(self) -> int:
        """Firms that count before or after."""
        return sum(m.firms for m in self.moves)

    @property
    def moved(self) -> int:
        """Firms whose grade changes, or that count only once."""
        return sum(m.firms for m in self.moves if m.is_move)

    @property
    def down(self) -> int:
        """Firms with a worse grade."""
        return sum(m.firms for m in self.moves if m.steps > 0)

    @property
    def up(self) -> int:
        """Firms with a better grade."""
        return sum(m.firms for m in self.moves if m.steps < 0)

    @property
    def entered(self) -> int:
        """Firms that count only after."""
        return sum(m.firms for m in self.moves if m.before is None)

    @property
    def left(self) -> int:
        """Firms that count only before."""
        return sum(m.firms for m in self.moves if m.after is None)

    @property
    def at_rest(self) -> Impact:
        """The same firms, none of them moving."""
        stay = (m for m in self.moves if m.before is not None)
        return Impact(tuple(replace(m, after=m.before, decided_after=m.decided_before, cause="") for m in stay))

    def part(self, *, unit: str | None = None, cause: str | None = None) -> Impact:
        """Of one unit, or by one cause."""
        return Impact(tuple(m for m in self.moves if unit in (None, m.unit) and cause in (None, m.cause)))

    def decided(self, *, after: bool) -> dict[str, int]:
        """Rule -> firms that count and whose grade it makes."""
        found: Counter[str] = Counter()
        for m in self.moves:
            rule, grade = (m.decided_after, m.after) if after else (m.decided_before, m.before)
            if rule is not None and grade is not None:
                found[rule] += m.firms
        return dict(found)

    @property
    def matrix(self) -> tuple[tuple[int, ...], ...]:
        """Firms by grade before (rows) and after (columns), A to E; who counts only once is left out."""
        found: Counter[tuple[str | None, str | None]] = Counter()
        for m in self.moves:
            found[m.before, m.after] += m.firms
        return tuple(tuple(found[a, b] for b in LETTERS) for a in LETTERS)

    def grades(self, *, after: bool) -> tuple[int, ...]:
        """Firms in A to E."""
        found: Counter[str | None] = Counter()
        for m in self.moves:
            found[m.after if after else m.before] += m.firms
        return tuple(found[g] for g in LETTERS)

    def strata(self, *, after: bool) -> dict[tuple[str, str], int]:
        """(unit, grade) -> firms, those of no unit left out: the frame of a draw of everybody."""
        found: Counter[tuple[str, str]] = Counter()
        for m in self.moves:
            grade = m.after if after else m.before
            if grade is not None and m.unit:
                found[m.unit, grade] += m.firms
        return dict(found)


def impact(read: ScopedReader, policy: GradePolicy, base: GradePolicy) -> Impact:
    """Judge every firm of the newest date by `policy`; `base`: the version that it changes, for the causes.

    Raises NotPermitted for a reader that does not see the whole city: a part of it would look like all.
    """
    if not read.actor.scope.is_whole:
        raise NotPermitted("只有全市范围的用户可以模拟（only who sees the whole city may try a policy out）")
    changed = changed_rules(base, policy)
    rows = read.rows(_sql(policy, read, changed), {"changed": list(changed)} if changed else None)
    return Impact(tuple(Move(*row) for row in rows))


def changed_rules(one: GradePolicy, other: GradePolicy) -> tuple[str, ...]:
    """The ids of rules that work otherwise in the two versions; words, clauses and order do not count."""
    before, after = _working(one.rules), _working(other.rules)
    return tuple(i for i in dict.fromkeys((*before, *after)) if before.get(i) != after.get(i))


def _working(rules: Iterable[Rule]) -> dict[str, tuple[object, ...]]:
    return {r.id: (r.tests, r.needs_all, r.effect, r.grade, r.is_counted) for r in rules}


def _sql(policy: GradePolicy, read: ScopedReader, changed: tuple[str, ...]) -> str:
    after = "CASE WHEN a.is_counted THEN a.grade END"
    before = "CASE WHEN e.is_counted THEN e.grade END"
    blamed = f"""WHEN list_contains($changed, a.moved_by) THEN a.moved_by
            WHEN list_contains($changed, e.moved_by) THEN e.moved_by
            WHEN e.model_grade IS DISTINCT FROM a.model_grade THEN '{BANDS}'
            ELSE coalesce([x FOR x IN $changed IF list_contains(e.rules, x) OR list_contains(a.rules, x)][1], '{BANDS}')"""
    return f"""
        SELECT coalesce(e.unit, '') AS unit, {before} AS before, {after} AS after, e.moved_by, a.moved_by,
            CASE WHEN {before} IS NOT DISTINCT FROM {after} THEN '' {blamed if changed else f"ELSE '{BANDS}'"} END AS cause,
            count(*) AS firms
        FROM enterprise e JOIN ({judgement(policy, read.stamp.as_of, "risk_score", "")}) a USING (uscc)
        WHERE {before} IS NOT NULL OR {after} IS NOT NULL
        GROUP BY ALL ORDER BY ALL"""
