"""The credit risk archive of one firm (信用风险档案): everything that comes from the build, put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from pages.views.fields import shown
from pages.views.history import Profile, Run, previous, profile, runs
from pages.views.identity import Identity, firm_row, identity
from pages.views.policies import policy_at
from pages.views.reasons import Changes, Reasons, changes, contributions, reasons, values
from pages.views.timeline import Record, records, since
from pipeline.domain import Text
from pipeline.indicators.lines import Lane
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.reader import ScopedReader

LANES: tuple[Text, ...] = tuple(lane.value for lane in Lane)
"""The lanes of the time line from above."""
REGISTER = "ent_registration"
LONGEST_CODE = 40
"""Characters of a code that are looked at: longer ones are nobody's."""


@dataclass(frozen=True)
class Archive:
    """One firm. `reasons`, `changes` and `profile` are None where there is no score."""

    identity: Identity = field(metadata=shown("基本情况", "Identity", "档案首页", "The head of the archive"))
    as_of: date = field(metadata=shown("时点", "As of", "不计入当日", "First day that is not known"))
    reasons: Reasons | None = field(metadata=shown("评分由来", "Reasons", "评分的构成", "The score taken apart"))
    changes: Changes | None = field(metadata=shown("较上期", "Changes", "较上期的变化", "Since the run before"))
    runs: tuple[Run, ...] = field(metadata=shown("评分与等级", "History", "历次评分", "Run by run"))
    profile: Profile | None = field(metadata=shown("五个维度", "Dimensions", "与同业比较", "Against the trade"))
    records: tuple[Record, ...] = field(metadata=shown("全部记录", "Records", "全部记录", "Every record known"))

    @property
    def span(self) -> tuple[date, date]:
        """First and last day of the time line."""
        return since(self.records, self.as_of), self.as_of - timedelta(days=1)


def archive(read: ScopedReader, settings: Settings, reference: Reference, uscc: str) -> Archive | None:
    """The archive of the firm with this code; None alike where there is none and where it is not the actor's."""
    firm = firm_row(read, uscc[:LONGEST_CODE])
    if firm is None:
        return None
    as_of = read.stamp.as_of
    policy = policy_at(settings, read.stamp.build_id, as_of)
    found = records(read, firm.uscc, reference)
    place = next(((r.delivery_no, r.row_no) for r in found if r.feed == REGISTER), None)
    head = identity(read, firm, policy, settings.city, reference, place)
    course = runs(read, head.uscc)
    why, moved = _why(read, head, course, as_of)
    return Archive(
        identity=head,
        as_of=as_of,
        reasons=why,
        changes=moved,
        runs=course,
        profile=profile(read, head.section, why.by_dimension) if why else None,
        records=found,
    )


def _why(
    read: ScopedReader, head: Identity, course: tuple[Run, ...], as_of: date
) -> tuple[Reasons | None, Changes | None]:
    """The score taken apart, and what moved it since the run before with the same kind of score."""
    if head.score is None or head.score_kind is None:
        return None, None
    before = previous(course, as_of, head.score_kind)
    days = [as_of] if before is None else [before.as_of, as_of]
    points, held = contributions(read, head.uscc, days), values(read, head.uscc, days)
    if as_of not in points:
        return None, None
    why = reasons(points[as_of], held.get(as_of, {}), head.score)
    if before is None or before.as_of not in points:
        return why, None
    had = held.get(before.as_of, {})
    same = any(r.as_of == as_of and r.model_id == before.model_id for r in course)
    return why, changes(before.as_of, same, points[as_of], points[before.as_of], held.get(as_of, {}), had)
