"""The plan of a draw: frame, ratio and number of each grade, exclusions with reasons, and all that is at fault.

Nothing is drawn and nothing is written here; models/policy/draw.py holds what was planned.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

from models.policy.draw_frame import DIRECTED, EXCLUSIONS, UNDIRECTED, DrawRequest, Item, check_items, frame_of
from models.policy.draw_policy import UNGRADED, DrawPolicy, draw_policies, order_fault
from pipeline.domain import Grade, Text
from pipeline.stores.access import KEY_FIELDS, Actor, Role
from pipeline.stores.operations.draws import standing_items
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader

MAY_DRAW = (Role.SUPERVISOR, Role.COUNTY, Role.SECTION)
"""Who plans and holds draws, each within its own scope."""


@dataclass(frozen=True)
class Stratum:
    """Firms that are drawn from alike: `size` in the frame, `number` to be drawn; ratios are yearly."""

    grade: str
    unit: str
    part: str
    size: int
    nominal: Decimal
    mixed: Decimal
    number: int


@dataclass(frozen=True)
class GradeLine:
    """What a plan says of a grade: firms in the frame, ratios, how many are drawn, and the modes of check allowed."""

    grade: str
    frame: int
    nominal: Decimal
    mixed: Decimal
    number: int
    modes: tuple[str, ...]


@dataclass(frozen=True)
class ExclusionCount:
    """How many firms are left out for a reason."""

    code: str
    title: Text
    firms: int


@dataclass(frozen=True, eq=False)
class DrawPlan:
    """A draw before it is held. `firms`: every firm of the frame with its part, size and number of its stratum,
    probability or exclusion. `cap`: the lowest ratio that the items allow. A plan with faults can't be held."""

    request: DrawRequest
    policy: DrawPolicy
    build_id: str
    as_of: date
    items: tuple[Item, ...]
    cap: Decimal | None
    firms: pd.DataFrame
    strata: tuple[Stratum, ...]
    by_grade: tuple[GradeLine, ...]
    exclusions: tuple[ExclusionCount, ...]
    faults: tuple[Text, ...]
    frame_hash: str

    @property
    def number(self) -> int:
        """How many firms are drawn in all."""
        return sum(s.number for s in self.strata)


def plan(operations: Operations, read: ScopedReader, actor: Actor, request: DrawRequest) -> DrawPlan:
    """What a draw would be: nothing is drawn, nothing is written. Everything at fault stands in `faults`, at once.

    Raises NotPermitted for those who hold no draws.
    """
    actor.must_be(*MAY_DRAW)
    policy = draw_policies(operations.settings).of(read.stamp.as_of)
    offered = {i.code: i for i in check_items(read)}
    items = tuple(offered[code] for code in dict.fromkeys(request.items) if code in offered)
    firms = frame_of(read, policy, request, items, standing_items(operations, read.stamp.as_of))
    cap = min((i.ratio_cap for i in items if i.ratio_cap is not None), default=None)
    strata = _strata(firms, policy, request, cap)
    firms = _with_probability(firms, strata)
    faults = tuple(_faults(operations, read, actor, request, offered, policy, firms))
    header = plan_header(request, policy, cap, read.stamp.build_id, read.stamp.as_of)
    return DrawPlan(
        request=request,
        policy=policy,
        build_id=read.stamp.build_id,
        as_of=read.stamp.as_of,
        items=items,
        cap=cap,
        firms=firms,
        strata=strata,
        by_grade=_by_grade(strata, policy, request, cap),
        exclusions=_exclusions(firms),
        faults=faults,
        frame_hash=frame_hash(header, firms),
    )


def plan_header(
    request: DrawRequest, policy: DrawPolicy, cap: Decimal | None, build_id: str, as_of: date
) -> dict[str, Any]:
    """What was asked and by which rules: the head of what the frame hash covers, as plain values."""
    return {
        "request": {
            **{k: list(getattr(request, k)) for k in ("items", "units", "sectors", "fields", "full_coverage")},
            "title": request.title,
            "due_on": request.due_on.isoformat(),
            "share": str(request.share),
            "kind": request.kind,
            "with_ungraded": request.with_ungraded,
            "split": request.split.name,
        },
        "policy": policy.head.id,
        "regular": str(policy.regular),
        "random_share": str(policy.random_share),
        "ratios": {g: str(r) for g, r in policy.ratios.items()},
        "cap": None if cap is None else str(cap),
        "build": build_id,
        "as_of": as_of.isoformat(),
    }


def frame_hash(header: Mapping[str, Any], firms: pd.DataFrame) -> str:
    """SHA-256 over the header and one line a firm, by credit code: stratum, exclusion, number and size of the stratum."""
    digest = hashlib.sha256(json.dumps(header, ensure_ascii=False, sort_keys=True).encode())
    ordered = firms.sort_values("uscc")
    for line in zip(
        *(ordered[c] for c in ("uscc", "unit", "grade", "part", "excluded", "number", "size")), strict=True
    ):
        digest.update(("\n" + "|".join("" if pd.isna(v) else str(v) for v in line)).encode())
    return digest.hexdigest()


def _strata(firms: pd.DataFrame, policy: DrawPolicy, request: DrawRequest, cap: Decimal | None) -> tuple[Stratum, ...]:
    taking_part = firms[firms["excluded"].isna()]
    sizes = Counter(zip(taking_part["grade"], taking_part["unit"], taking_part["part"], strict=True))
    share = request.share if 0 < request.share <= 1 else Decimal(1)
    return tuple(
        Stratum(
            grade, unit, part, size, policy.nominal(grade), policy.mixed(grade, cap),
            policy.number(grade, size, share, cap=cap, full=grade in request.full_coverage),
        )
        for (grade, unit, part), size in sorted(sizes.items())
    )  # fmt: skip


def _with_probability(firms: pd.DataFrame, strata: tuple[Stratum, ...]) -> pd.DataFrame:
    known = {(s.grade, s.unit, s.part): s for s in strata}
    own = [
        known[g, u, p] if x else None
        for g, u, p, x in zip(firms["grade"], firms["unit"], firms["part"], firms["excluded"].isna(), strict=True)
    ]
    return firms.assign(
        size=pd.array([s and s.size for s in own], dtype="Int64"),
        number=pd.array([s and s.number for s in own], dtype="Int64"),
        probability=[None if s is None else s.number / s.size for s in own],
    )


def _by_grade(
    strata: tuple[Stratum, ...], policy: DrawPolicy, request: DrawRequest, cap: Decimal | None
) -> tuple[GradeLine, ...]:
    grades = [*Grade, *([UNGRADED] if request.with_ungraded else [])]
    return tuple(
        GradeLine(
            grade=str(g),
            frame=sum(s.size for s in strata if s.grade == g),
            nominal=policy.nominal(g),
            mixed=Decimal(1) if g in request.full_coverage else policy.mixed(g, cap),
            number=sum(s.number for s in strata if s.grade == g),
            modes=policy.modes(g),
        )
        for g in grades
    )


def _exclusions(firms: pd.DataFrame) -> tuple[ExclusionCount, ...]:
    counts = firms["excluded"].value_counts()
    return tuple(ExclusionCount(code, title, int(counts[code])) for code, title in EXCLUSIONS.items() if code in counts)


def _faults(
    operations: Operations,
    read: ScopedReader,
    actor: Actor,
    request: DrawRequest,
    offered: Mapping[str, Item],
    policy: DrawPolicy,
    firms: pd.DataFrame,
) -> Iterable[Text]:
    """Everything that keeps the plan from being held."""
    if not request.title.strip():
        yield Text("请填写抽查任务名称", "name the draw")
    if not request.items:
        yield Text("请选择抽查事项", "choose at least one item")
    units = {u.code for u in operations.settings.city.units}
    for what, given, known in (
        (Text("事项", "item"), request.items, set(offered)),
        (Text("单位", "unit"), request.units, {u for u in units if actor.covers(u)}),
        (Text("重点领域", "key field"), request.fields, set(KEY_FIELDS)),
        (Text("等级", "grade"), request.full_coverage, set(Grade)),
    ):
        if unknown := sorted(set(given) - known):
            yield Text(f"{what.zh}不可选：{'、'.join(unknown)}", f"{what.en} not available: {', '.join(unknown)}")
    if not (0 < request.share <= 1 and request.share == round(request.share, 4)):
        yield Text(
            "占全年份额应大于 0、不超过 1，至多四位小数", "share must be above 0, at most 1, with four decimals at most"
        )
    if request.kind not in (DIRECTED, UNDIRECTED):
        yield Text("抽查类型应为定向或不定向", "kind must be directed or undirected")
    if request.due_on <= operations.settings.today():
        yield Text("完成期限应晚于业务日", "the due day must lie after the business day")
    if fault := order_fault(policy.ratios, policy.regular):
        yield fault
    if request.items and not firms["excluded"].isna().any():
        yield Text("抽取范围内没有可抽对象", "nobody in the frame can be drawn")
