"""Where the pilot stands: phases and tasks, six figures, counties, whether the grades work, what changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from pages.views import check_rates, counties, funnel, kpis, monthly, phases, pilot_words
from pages.views.check_rates import CheckRates
from pages.views.composition import Composition, Movement, composition
from pages.views.counties import County, Shape, Tally
from pages.views.fields import shown
from pages.views.gathering import complete_feeds
from pages.views.grades import CITY, LETTERS, Mix
from pages.views.kpis import Kpi
from pages.views.listings import Listing
from pages.views.monthly import SHOWN, WHOLE, Gathered, gathered
from pages.views.phases import PhaseLine
from pages.views.pilot_words import Card, Trend
from pages.views.ways import Way
from pipeline.domain import Severity, Text
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.access import Actor
from pipeline.stores.operations.case_reads import CaseFilter, count_cases
from pipeline.stores.operations.check_results import outcomes
from pipeline.stores.operations.draw_counts import done_by_day
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import last_steps, plan_of
from pipeline.stores.reader import ScopedReader


@dataclass(frozen=True)
class Facts:
    """What the build says: the same for everybody of a scope until the next build."""

    as_of: date = field(metadata=shown("时点", "As of", "不计入当日及以后的信息", "First day that is not known"))
    register: dict[date, dict[str, tuple[int, int]]] = field(
        metadata=shown("在营与已分级", "Active and graded", "各时点各单位", "Each date, each unit")
    )
    grades: Composition = field(metadata=shown("等级", "Grades", "等级构成与迁移", "Composition and migration"))
    found: Gathered = field(metadata=shown("归集", "Gathering", "记名与时限", "Named rate and timeliness"))
    rates: CheckRates = field(metadata=shown("问题发现率", "Problem rate", "历史检查", "Past checks"))
    agreement: tuple[int, int] = field(
        metadata=shown("与国家平台一致", "Agrees with national", "一致户数与可比户数", "Equal, and comparable")
    )
    coverage: float | None = field(
        metadata=shown("到齐", "Coverage", "到齐类别 ÷ 应报类别", "Feeds complete ÷ expected")
    )
    outlines: dict[str, Shape] = field(metadata=shown("轮廓", "Outlines", "地图轮廓", "Outlines on the map"))
    clauses: dict[str, str] = field(metadata=shown("条款", "Clauses", "方案条款", "Clauses of the plan"))
    units: dict[str, Text] = field(metadata=shown("单位", "Units", "全市在前", "The city first"))


@dataclass(frozen=True)
class Draws:
    """What the draws give: the same until the next draw or result."""

    tallies: dict[str, Tally] = field(metadata=shown("抽查", "Checks", "各单位任务与完成", "Tasks and results by unit"))
    done: tuple[int, ...] = field(metadata=shown("完成走势", "Checks done", "近几个月末", "At the last month ends"))
    rates: CheckRates | None = field(
        metadata=shown("双随机问题率", "Rates of draws", "按抽取概率", "By draw probabilities")
    )
    ratio_order: float | None = field(
        metadata=shown("比例次序", "Ratio order", "比例逐级上升的抽取占比", "Draws whose ratios rise by grade")
    )


@dataclass(frozen=True)
class Cases:
    """Open warnings by now."""

    tallies: dict[str, Tally] = field(metadata=shown("预警", "Warnings", "各单位未结预警", "Open cases by unit"))
    open: tuple[int, ...] = field(metadata=shown("未结走势", "Open cases", "近几个月末", "At the last month ends"))


@dataclass(frozen=True)
class Pilot:
    """All that the page shows."""

    line: PhaseLine = field(metadata=shown("阶段与任务", "Phases and tasks", "方案进度", "Progress of the plan"))
    kpis: tuple[Kpi, ...] = field(metadata=shown("主要数字", "Figures", "六项指标", "Six figures"))
    counties: tuple[County, ...] = field(
        metadata=shown("县（市、区）", "Counties", "各单位，全市在后", "Units, the city last")
    )
    rates: tuple[CheckRates, ...] = field(
        metadata=shown("问题发现率", "Problem rate", "按等级；有双随机结果时在前", "By grade, those of the draws first")
    )
    on_map: Card = field(metadata=shown("地图", "Map", "标题与结论", "Title and finding"))
    on_counties: Card = field(metadata=shown("对比", "Table", "标题与结论", "Title and finding"))
    on_rates: tuple[Card, ...] = field(metadata=shown("问题率", "Rates", "标题与结论", "Titles and findings"))


def facts(read: ScopedReader, settings: Settings) -> Facts:
    """Everything that comes from the build."""
    as_of, city = read.stamp.as_of, settings.city
    reference = Reference.load(settings.reference)
    complete, expected = complete_feeds(read, as_of, city)
    register: dict[date, dict[str, tuple[int, int]]] = defaultdict(dict)
    for day, unit, due, graded in read.rows(
        "SELECT as_of, coalesce(unit, ''), enterprises, graded FROM register_summary"
    ):
        for where in {WHOLE, unit}:
            before = register[day].get(where, (0, 0))
            register[day][where] = (before[0] + due, before[1] + graded)
    equal, both = read.rows(
        "SELECT coalesce(sum(enterprises) FILTER (national_grade = grade), 0)::BIGINT, coalesce(sum(enterprises), 0)::BIGINT"
        " FROM grade_agreement WHERE as_of = ? AND national_grade IS NOT NULL AND grade IS NOT NULL",
        [as_of],
    )[0]
    return Facts(
        as_of=as_of,
        register=dict(register),
        grades=composition(read, as_of, city.units),
        found=gathered(read, as_of, city),
        rates=check_rates.historic(read),
        agreement=(equal, both),
        coverage=complete / expected if expected else None,
        outlines=counties.shapes(settings.reference),
        units={WHOLE: CITY, **{u.code: u.name for u in city.units}},
        clauses={code: basis.clause for code, basis in reference.legal_bases.items()},
    )


def draws(operations: Operations, actor: Actor) -> Draws:
    """What the draws that stand give, within the actor's scope."""
    counted = done_by_day(operations, actor)
    tallies: dict[str, Tally] = defaultdict(Tally)
    for row in counted.itertuples():
        tallies[row.unit] += Tally(planned=int(row.tasks), done=int(row.done))
    entered = [(row.entered_on, int(row.done)) for row in counted.itertuples() if row.done]
    strata = outcomes(operations, actor)
    return Draws(
        tallies=dict(tallies),
        done=tuple(
            sum(n for day, n in entered if d is None or day < d) for d in _month_ends(operations.settings.today())
        ),
        rates=check_rates.drawn(strata),
        ratio_order=check_rates.ratio_order(strata),
    )


def cases(operations: Operations, actor: Actor) -> Cases:
    """Open warnings within the actor's scope."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    for row in count_cases(operations, actor, by=("unit", "level")).itertuples():
        critical = row.cases if row.level == Severity.CRITICAL else 0
        tallies[row.unit or WHOLE] += Tally(cases=int(row.cases), critical=int(critical), overdue=int(row.overdue))
    spans = [
        (r.opened_on, None if pd.isna(r.closed_on) else r.closed_on, int(r.cases))
        for r in count_cases(operations, actor, CaseFilter(open_only=False), by=("opened_on", "closed_on")).itertuples()
    ]
    return Cases(
        tallies=dict(tallies),
        open=tuple(
            sum(n for a, b, n in spans if (d is None or a < d) and (b is None or (d is not None and b >= d)))
            for d in _month_ends(operations.settings.today())
        ),
    )


def pilot(found: Facts, drawn: Draws, open_cases: Cases, operations: Operations, actor: Actor) -> Pilot:
    """The page from what the build says and what people did."""
    rates = (drawn.rates, found.rates) if drawn.rates else (found.rates,)
    both = {*drawn.tallies, *open_cases.tallies}
    tallies = {u: drawn.tallies.get(u, Tally()) + open_cases.tallies.get(u, Tally()) for u in both}
    month = monthly.month_of(found.as_of)
    units = operations.settings.city.units
    rows = counties.counties(
        units,
        {u: due for u, (due, _) in found.register.get(found.as_of, {}).items()},
        found.grades.runs.get(found.as_of, {}),
        {u: m.until(month) for u, m in found.found.named.items()},
        {u: m.until(month) for u, m in found.found.timely.items()},
        tallies,
        found.outlines,
    )
    due, graded = found.register.get(found.as_of, {}).get(WHOLE, (0, 0))
    values = {
        "coverage": found.coverage,
        "graded_share": graded / due if due else None,
        "named_rate": rows[-1].named.share,
        "rate_order": rates[0].rising,
        "ratio_order": drawn.ratio_order,
    }
    return Pilot(
        line=phases.phase_line(
            plan_of(operations), operations.settings.today(), last_steps(operations, actor), values, found.clauses
        ),
        kpis=kpis.kpis(
            found.as_of,
            {day: of[WHOLE] for day, of in found.register.items()},
            found.grades,
            found.found,
            rows[-1],
            drawn.done,
            open_cases.open,
        ),
        counties=rows,
        rates=rates,
        on_map=pilot_words.on_map(),
        on_counties=pilot_words.on_counties(rows),
        on_rates=tuple(pilot_words.on_rates(r, found.agreement) for r in rates),
    )


def _month_ends(today: date) -> list[date | None]:
    """The first days after the last month ends, and None for now."""
    first = today.replace(day=1)
    return [*(monthly.months_before(first, n) for n in range(SHOWN - 2, -1, -1)), None]


def sources(found: Facts, way: Way) -> tuple[Text, Listing]:
    """Title and list of the drawer that `way` asks for."""
    unit = way.query.get("unit", WHOLE)
    what, what_en = ("记名率", "Named rate") if way.drawer == "named" else ("7 日内归集", "In time")
    where = found.units.get(unit, CITY)
    title = Text(f"{what}：{where.zh}，分来源，近 12 个月", f"{what_en}: {where.en}, by source, last 12 months")
    return title, monthly.source_list(found.found, way.drawer or "", unit)


SCOPE = Text("以下范围", "Scope below")
GRADES_BY = Text("等级按", "Grades by")
TREND_OF = Text("走势", "Trend")
TO_COLLECTION = Text("到信息归集查看", "See data collection")


@dataclass(frozen=True)
class Comparison:
    """The lower row for one scope: a unit, or the city."""

    groups: tuple[Mix, ...] = field(
        metadata=shown("分组", "Groups", "单位、行业或类型，合计在后", "Groups, the whole last")
    )
    levels: tuple[int | None, ...] = field(metadata=shown("界限", "Limits", "与合计相比", "Against the whole"))
    moved: Movement | None = field(metadata=shown("迁移", "Migration", "与上期比较", "Against the run before"))
    trend: Trend = field(metadata=shown("走势", "Trend", "逐期", "Over time"))
    composition: Card = field(metadata=shown("构成", "Composition", "标题与结论", "Title and finding"))
    migration: Card = field(metadata=shown("迁移", "Migration", "标题与结论", "Title and finding"))


def comparison(found: Facts, unit: str, by: str, what: str) -> Comparison:
    """The lower row: grades of `unit` ("" for the city) `by` unit, sector or kind, its migration, its trend of `what`."""
    now = found.grades.runs.get(found.as_of, {})
    whole = now.get(unit) or Mix(CITY, (0,) * len(LETTERS))
    if by == "unit":
        groups = tuple(sorted((m for u, m in now.items() if u), key=lambda m: -(m.risky_share or 0)))
    else:
        groups = (found.grades.sectors if by == "sector" else found.grades.kinds).get(unit, ())
    usual = whole.risky_share or 0
    moved = found.grades.moved.get(unit)
    return Comparison(
        groups=(*groups, whole),
        levels=(*(funnel.level(g.risky, g.size, usual) for g in groups), 0),
        moved=moved if found.grades.before and moved and moved.size else None,
        trend=pilot_words.trend(what, unit, found.grades, found.found, found.as_of),
        composition=pilot_words.on_composition(groups, whole, by),
        migration=pilot_words.on_migration(moved, found.grades),
    )
