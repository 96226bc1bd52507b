"""The leadership's report on the pilot: the view of 试点总览 as an official paper, so that no figure can differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from pages.views import pilot as page
from pages.views import report_sources, report_warnings
from pages.views.check_rates import agreement
from pages.views.fields import shown
from pages.views.pilot import Comparison, Facts, Pilot
from pages.views.pilot_words import TRENDS, Trend
from pages.views.report import Heading, Maker, Paragraph, Report, day_zh, framed, joined, stale
from pages.views.report_grades import grades, units
from pages.views.report_tasks import figures, phases_and_tasks, said_figures, summary
from pages.views.report_warnings import LevelRow, by_level, late_checks
from pipeline.domain import Text
from pipeline.settings import Settings
from pipeline.stores.access import Actor
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import plan_of
from pipeline.stores.reader import ScopedReader

KIND = "pilot"
TITLE = (
    Text("关于企业信用风险分类监管试点", "Report on the progress of"),
    Text("进展情况的报告", "the enterprise credit-risk pilot"),
)
WHOLE = ""


@dataclass(frozen=True)
class Material:
    """What the report says: the page's facts and view, its lower row for the whole city, and the cases by level."""

    found: Facts = field(metadata=shown("事实", "Facts", "批次所说", "What the build says"))
    view: Pilot = field(metadata=shown("页面", "Page", "试点总览的视图", "The page's view"))
    row: Comparison = field(metadata=shown("对比", "Comparison", "全市，按单位", "The city by unit"))
    trends: tuple[Trend, ...] = field(metadata=shown("走势", "Trends", "三项走势", "Three shares over time"))
    levels: tuple[LevelRow, ...] = field(metadata=shown("预警", "Warnings", "按级别和状态", "By level and state"))
    late_checks: dict[str, int] = field(metadata=shown("逾期未查", "Checks late", "各单位", "By unit"))


def gather(settings: Settings, read: ScopedReader, operations: Operations, actor: Actor) -> Report:
    """The report of a deployment, everything asked anew: for the command line."""
    found = page.facts(read, settings)
    drawn, cases = page.draws(operations, actor), page.cases(operations, actor)
    return report(read, operations, actor, found, page.pilot(found, drawn, cases, operations, actor))


def report(read: ScopedReader, operations: Operations, actor: Actor, found: Facts, view: Pilot) -> Report:
    """The report of what a page shows at this moment."""
    what = material(operations, actor, found, view)
    by = Maker(actor, *operations.clock())
    last_day = found.as_of - timedelta(days=1)
    blocks = [
        Paragraph(_opening(read, last_day, view.line.today)),
        Heading(1, Text("总体情况", "Summary")),
        *(Paragraph(words) for words in conclusions(what)),
        *phases_and_tasks(view.line, plan_of(operations).issued_on),
        *figures(view.kpis, last_day, view.line.today),
        *units(view),
        *grades(view, what.row, what.trends, agreement(found.agreement)),
        *report_warnings.warnings(what.levels),
        *report_warnings.matters(view.line, view.counties, what.late_checks),
    ]
    appendices = (
        report_sources.definitions(view.kpis, view.rates),
        report_sources.sources(read, found.found, found.agreement, found.coverage, by),
    )
    return framed(TITLE, operations.settings.city, read.stamp, last_day, by, blocks, appendices)


def material(operations: Operations, actor: Actor, found: Facts, view: Pilot) -> Material:
    """The view with what the page shows on demand."""
    return Material(
        found=found,
        view=view,
        row=page.comparison(found, WHOLE, "unit", "named"),
        trends=tuple(page.comparison(found, WHOLE, "unit", what).trend for what in TRENDS),
        levels=by_level(operations, actor),
        late_checks=late_checks(operations, actor),
    )


def conclusions(what: Material) -> tuple[Text, ...]:
    """The summary: the plan, the figures, the units, whether the grades work, the warnings; each computed."""
    view = what.view
    moved = Text(f"等级迁移：{what.row.migration.finding.zh}", f"Migration: {what.row.migration.finding.en}")
    worked = Text(f"分级效果：{view.on_rates[0].finding.zh}", f"Whether the grades work: {view.on_rates[0].finding.en}")
    compared = Text(f"单位对比：{view.on_counties.finding.zh}", f"Units: {view.on_counties.finding.en}")
    numbers = said_figures(view.kpis)
    return (
        summary(view.line),
        Text(f"主要指标：{numbers.zh}", f"Main figures: {numbers.en}"),
        joined(compared, worked, moved),
    )


def _opening(read: ScopedReader, last_day: date, today: date) -> Text:
    demo = (
        Text(
            "本报告所用为演示数据，不反映任何真实企业。",
            "The data are invented for a demonstration: no real enterprise is meant.",
        )
        if read.stamp.is_synthetic
        else None
    )
    build = read.stamp.build_id[:8]
    return joined(
        Text(
            f"现将企业信用风险分类监管试点截至{day_zh(last_day)}的进展情况报告如下。数字取自数据批次 {build}，与系统“试点总览”页面相同；"
            "预警与抽查的办理情况为当日数字。",
            f"This is how the pilot stands on {last_day}. The figures are those of build {build}, the same as on the page Pilot"
            " overview; warnings and checks are those of today.",
        ),
        stale(last_day, today),
        demo,
    )
