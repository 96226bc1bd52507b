"""The grades as they are cut now: shares against those that the cuts aim at, and the migration since the run before."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from models.policy.bands import TOLERANCE, WANTED
from pages.views import pilot_words
from pages.views.composition import Composition, Movement, composition
from pages.views.fields import shown
from pages.views.grades import CITY, LETTERS, Mix
from pages.views.model_words import MISSING, decimals
from pages.views.monthly import WHOLE
from pages.views.pilot_words import Card
from pages.views.policies import cuts, policy_at
from pipeline.domain import Grade, Text
from pipeline.settings import Settings
from pipeline.stores.reader import ScopedReader

KINDS = {"learned": Text("模型得分", "learned score"), "expert": Text("专家评分卡得分", "score of the expert card")}
TO_BE_CONFIRMED = Text("待确认", "to be confirmed")


@dataclass(frozen=True)
class GradeShare:
    """A grade: from which score on, how many there are, how many were wanted. `off`: points beyond the tolerance."""

    grade: str = field(metadata=shown("等级", "Grade", "A 风险最低", "A is the lowest risk"))
    cut: str = field(metadata=shown("分数线", "Cut", "起始得分", "The least score"))
    count: int = field(metadata=shown("户数", "Number", "计入占比的企业", "Enterprises that count"))
    share: float | None = field(metadata=shown("占比", "Share", "本期占比", "Share now"))
    wanted: float = field(metadata=shown("目标", "Wanted", "划线时的目标占比", "The share that the cuts aim at"))

    @property
    def is_off(self) -> bool:
        """Outside the tolerance."""
        return self.share is not None and abs(self.share - self.wanted) > TOLERANCE


@dataclass(frozen=True)
class Grades:
    """Shares and migration with their words."""

    rows: tuple[GradeShare, ...] = field(metadata=shown("各级", "Grades", "A 至 E", "A to E"))
    shares: Card = field(metadata=shown("占比", "Shares", "标题与结论", "Title and finding"))
    moved: Movement | None = field(metadata=shown("迁移", "Migration", "与上期比较", "Against the run before"))
    migration: Card = field(metadata=shown("迁移文字", "Words", "标题与结论", "Title and finding"))


@dataclass(frozen=True)
class Counted:
    """What the build says: composition of the grades, and the kind of score that was cut."""

    composition: Composition = field(metadata=shown("等级", "Grades", "构成与迁移", "Composition and migration"))
    kind: str = field(metadata=shown("得分", "Score", "learned 或 expert", "learned or expert"))


def counted(read: ScopedReader, settings: Settings) -> Counted:
    """The part that is the same until the next build."""
    as_of = read.stamp.as_of
    kind = read.rows("SELECT max(score_kind) FROM risk_score WHERE as_of = ?", [as_of])[0][0]
    return Counted(composition(read, as_of, settings.city.units), kind or "expert")


def grades(found: Counted, settings: Settings, build_id: str, as_of: date) -> Grades:
    """Shares against the wanted ones, and how enterprises moved."""
    policy = policy_at(settings, build_id, as_of)
    limits = cuts(policy, found.kind)
    mix = found.composition.runs.get(as_of, {}).get(WHOLE) or Mix(CITY, (0,) * len(LETTERS))
    rows = tuple(
        GradeShare(g, f"≥ {decimals(limits[g], 0)}" if g in limits else MISSING, n, share, WANTED[Grade(g)])
        for g, n, share in zip(LETTERS, mix.counts, mix.shares, strict=True)
    )
    off = [r.grade for r in rows if r.is_off]
    kind = KINDS[found.kind]
    state = Text("", "") if policy.confirmed else Text(f"（{TO_BE_CONFIRMED.zh}）", f" ({TO_BE_CONFIRMED.en})")
    finding = (
        Text(
            f"{'、'.join(off)} 级偏离目标超过 {100 * TOLERANCE:.0f} 个百分点；重划分数线须修改分级政策。",
            f"{', '.join(off)} more than {100 * TOLERANCE:.0f} points off; new cuts take a new version of the policy.",
        )
        if off
        else Text(
            f"各级占比都在目标的 ±{100 * TOLERANCE:.0f} 个百分点之内。",
            f"Every share within {100 * TOLERANCE:.0f} points of the wanted.",
        )
    )
    moved = found.composition.moved.get(WHOLE)
    return Grades(
        rows=rows,
        shares=Card(
            Text("分数线与占比", "Cuts and shares"),
            Text(
                f"{kind.zh}，政策 {policy.id}{state.zh}；目标待确认",
                f"{kind.en}, policy {policy.id}{state.en}; the aim is to be confirmed",
            ),
            finding,
        ),
        moved=moved if found.composition.before and moved and moved.size else None,
        migration=pilot_words.on_migration(moved, found.composition),
    )
