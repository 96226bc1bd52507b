"""Planning a draw: what may be chosen, what the address asks for, and what the plan says grade by grade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from models.policy.draw_frame import DIRECTED, UNDIRECTED, DrawRequest, Split, check_items
from models.policy.draw_plan import DrawPlan, plan
from pages.views.fields import shown
from pages.views.listings import Column, Listing
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.settings import City
from pipeline.stores.access import Actor
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader

USUAL_DAYS = 60
"""Days until a draw's checks are due, unless somebody says otherwise."""
LONGEST_DAYS = 730
SMALLEST_SHARE = Decimal("0.01")
"""What the fields of the form take: an address that asks for more would break them."""
KINDS = {UNDIRECTED: Text("不定向", "Undirected"), DIRECTED: Text("定向", "Directed")}
SPLITS = {s.name.lower(): s.value for s in Split}
FULL_COVERAGE = ("D", "E")
"""Grades that may be checked without exception (SEED 四(四)1(5), 必要时全面覆盖)."""
MODES = {"1": Text("实地", "on site"), "2": Text("书面", "in writing")}
ONLY_ON_SITE = Text("只可实地", "on site only")
MAY_WRITE = Text("可书面", "also in writing")
NOT_WRITTEN = Text("不可书面", "not in writing")
UNGRADED = Text("不分级", "ungraded")
NUMBER = Text("户", "firms")


@dataclass(frozen=True)
class Choices:
    """What everybody may choose from."""

    kinds: Mapping[str, Text] = field(hash=False, metadata=shown("类型", "Kinds", "抽查类型", "Kinds of draw"))
    splits: Mapping[str, Text] = field(hash=False, metadata=shown("分层", "Strata", "分层方式", "How strata are cut"))
    full: tuple[str, ...] = field(metadata=shown("全覆盖", "Full", "可全覆盖的等级", "Grades that may be covered"))


CHOICES = Choices(KINDS, SPLITS, FULL_COVERAGE)


@dataclass(frozen=True)
class Offer:
    """What the form offers: code -> words, each within the actor's scope."""

    items: Mapping[str, Text] = field(hash=False, metadata=shown("事项", "Items", "可抽查的事项", "Items in force"))
    units: Mapping[str, Text] = field(hash=False, metadata=shown("单位", "Units", "管辖单位", "Jurisdiction units"))
    sectors: Mapping[str, Text] = field(hash=False, metadata=shown("行业", "Sectors", "行业门类", "Sections of trades"))
    fields: Mapping[str, Text] = field(hash=False, metadata=shown("重点领域", "Fields", "重点领域", "Key fields"))


@dataclass(frozen=True)
class PlanView:
    """A plan as it is read before the draw is held."""

    plan: DrawPlan = field(metadata=shown("计划", "Plan", "抽取计划", "The plan itself"))
    grades: Listing = field(
        metadata=shown("各级", "By grade", "范围、比例与抽取数", "Frame, ratio and number of each grade")
    )
    units: Listing = field(metadata=shown("各单位", "By unit", "各单位的抽取数", "Number drawn in each unit"))
    exclusions: Listing = field(metadata=shown("未纳入", "Left out", "未纳入抽取的原因", "Who is left out and why"))
    said: Text = field(metadata=shown("结论", "Finding", "一句话说明", "What the plan amounts to"))


def offer(read: ScopedReader, reference: Reference, city: City, actor: Actor) -> Offer:
    """What may be chosen in this build."""
    return Offer(
        items={i.code: Text(f"{i.name}（{i.code}）", f"{i.name} ({i.code})") for i in check_items(read)},
        units={u.code: u.name for u in city.units if actor.covers(u.code)},
        sectors={code: words for code, words in reference.industries.items() if len(code) == 1},
        fields={c: w for c, w in reference.codes("field").items() if not actor.scope.fields or c in actor.scope.fields},
    )


def request_of(asked: Mapping[str, str], offered: Offer, today: date) -> DrawRequest:
    """What the address asks for; what it can't mean is left at its usual value."""

    def several(name: str, known: Mapping[str, Text] | tuple[str, ...]) -> tuple[str, ...]:
        return tuple(c for c in asked.get(name, "").split(",") if c in known)

    split = asked.get("split", "")
    return DrawRequest(
        title=asked.get("title", "")[:120],
        items=several("items", offered.items),
        due_on=_day(asked.get("due", ""), today),
        units=several("units", offered.units),
        sectors=several("sectors", offered.sectors),
        fields=several("fields", offered.fields),
        share=_share(asked.get("share", "")),
        kind=asked["kind"] if asked.get("kind") in KINDS else UNDIRECTED,
        full_coverage=several("full", FULL_COVERAGE),
        with_ungraded=asked.get("ungraded") == "1",
        split=Split[split.upper()] if split in SPLITS else Split.NONE,
    )


def planned(operations: Operations, read: ScopedReader, actor: Actor, request: DrawRequest, city: City) -> PlanView:
    """The plan of a request, in words and tables."""
    made = plan(operations, read, actor, request)
    names = {u.code: u.name for u in city.units}
    total = sum(line.frame for line in made.by_grade)
    left_out = sum(e.firms for e in made.exclusions)
    return PlanView(
        plan=made,
        grades=_grades(made),
        units=_units(made, names),
        exclusions=Listing(
            (
                _column("原因", "Reason", "未纳入的原因", "Why", "text"),
                _column("户数", "Firms", "户数", "Number", "count"),
            ),
            tuple((e.title, e.firms) for e in made.exclusions),
        ),
        said=Text(
            f"{total:,} 户参加抽取，抽 {made.number:,} 户；另有 {left_out:,} 户未纳入，原因见下。",
            f"{made.number:,} of {total:,} firms will be drawn; {left_out:,} are left out for the reasons below.",
        ),
    )


def _grades(made: DrawPlan) -> Listing:
    columns = (
        _column("等级", "Grade", "信用风险等级", "Credit-risk grade", "text"),
        _column("抽取范围", "Frame", "参加抽取的企业", "Firms that take part", "count"),
        _column("名义年比例", "Nominal, yearly", "规则规定的年比例", "Ratio of the rule, a year", "count"),
        _column("混入随机份额后", "With random share", "s·r＋(1−s)·比例；不超过事项上限", "s·r + (1−s)·ratio, at most the item's cap", "count"),
        _column("本次抽取", "Drawn now", "⌈范围 × 比例 × 份额⌉，按层进位", "ceil(frame × ratio × share) in each stratum", "count"),
        _column("检查方式", "Mode", "A、B 级可书面，D、E 级须实地", "A and B also in writing, D and E on site", "text"),
    )  # fmt: skip
    rows = tuple(
        (
            UNGRADED if line.grade == "-" else line.grade,
            line.frame,
            _percent(line.nominal),
            _percent(line.mixed),
            line.number,
            _mode(line.modes),
        )
        for line in made.by_grade
    )
    return Listing(columns, rows)


def _units(made: DrawPlan, names: Mapping[str, Text]) -> Listing:
    found: dict[str, tuple[int, int]] = {}
    for s in made.strata:
        size, number = found.get(s.unit, (0, 0))
        found[s.unit] = (size + s.size, number + s.number)
    columns = (
        _column("单位", "Unit", "管辖单位", "Jurisdiction unit", "text"),
        _column("抽取范围", "Frame", "参加抽取的企业", "Firms that take part", "count"),
        _column("本次抽取", "Drawn now", "本次抽取户数", "Firms to be drawn", "count"),
    )
    return Listing(columns, tuple((names.get(u, Text(u, u)), *found[u]) for u in names if u in found))


def _mode(modes: tuple[str, ...]) -> Text:
    if modes == ("1",):
        return ONLY_ON_SITE
    return MAY_WRITE if "2" in modes else NOT_WRITTEN


def _column(zh: str, en: str, help_zh: str, help_en: str, kind: str) -> Column:
    return Column(Text(zh, en), Text(help_zh, help_en), kind, None)


def _percent(ratio: Decimal) -> str:
    return f"{100 * ratio:.2f}%"


def _share(text: str) -> Decimal:
    try:
        share = Decimal(text)
    except InvalidOperation:
        return Decimal(1)
    return share if share.is_finite() and SMALLEST_SHARE <= share <= 1 else Decimal(1)


def _day(text: str, today: date) -> date:
    """The day asked for; the usual one for what is no day, one gone by, or one that no plan reaches."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    return day if today <= day <= today + timedelta(days=LONGEST_DAYS) else today + timedelta(days=USUAL_DAYS)
