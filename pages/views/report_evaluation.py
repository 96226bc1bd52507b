"""The evaluation of the pilot (plan 三(四), 四(四)1, 五(三)): how well it works as far as numbers exist, and what can't be said."""

from __future__ import annotations

from datetime import date, timedelta

from pages.views import pilot as page
from pages.views import report_sources
from pages.views.kpis import Kpi
from pages.views.report import Block, Heading, Maker, Paragraph, Report, day_zh, framed, joined, stale
from pages.views.report_effect import effect
from pages.views.report_model import Said, drift, outcome, ranking
from pages.views.report_tasks import said_figures, summary
from pages.views.report_work import gathering, measures, warnings
from pipeline.domain import Text
from pipeline.errors import Refused
from pipeline.pilot import PilotPlan
from pipeline.settings import Settings
from pipeline.stores.access import Actor
from pipeline.stores.operations.check_results import outcomes
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.tasks import plan_of
from pipeline.stores.reader import ScopedReader

KIND = "evaluation"
TITLE = (
    Text("关于企业信用风险分类监管试点的", "Evaluation of"),
    Text("评估报告", "the enterprise credit-risk pilot"),
)
UNSAID = Text("尚不能说明的", "What can't be said yet")
SHORT = Text(
    "因果效果：没有不分级抽查的对照组，不能说明分类监管本身减少了多少违法行为。",
    "Cause and effect: without checks that ignore the grade as a control, nothing says how much the classification itself prevents.",
)
TARGETED = Text(
    "未被检查的企业：历史检查不是随机抽取，其问题发现率不能推断未被检查的企业。",
    "Firms that were not checked: past checks were not drawn at random and say nothing of the others.",
)


def gather(settings: Settings, read: ScopedReader, operations: Operations, actor: Actor) -> Report:
    """The evaluation of a deployment. Raises Refused before the plan's last phase, in words and with the date."""
    plan = plan_of(operations)
    if too_soon := refusal(operations):
        raise too_soon
    found = page.facts(read, settings)
    view = page.pilot(found, page.draws(operations, actor), page.cases(operations, actor), operations, actor)
    by = Maker(actor, *operations.clock())
    last_day = found.as_of - timedelta(days=1)
    parts = (
        ranking(settings),
        drift(read),
        outcome(read),
        effect(read, view, page.comparison(found, "", "unit", "risky"), outcomes(operations, actor)),
        warnings(operations, actor),
        gathering(found),
        measures(operations, actor),
    )
    blocks: list[Block] = [
        Paragraph(_opening(plan, read, last_day, view.line.today)),
        Heading(1, Text("总体情况", "Summary")),
        Paragraph(summary(view.line)),
        Paragraph(_figures(view.kpis)),
        *_first_level(parts),
        *unsaid(parts, found.as_of, len(found.grades.comparable)),
    ]
    appendices = (
        report_sources.definitions(view.kpis, view.rates),
        report_sources.sources(read, found.found, found.agreement, found.coverage, by),
    )
    return framed(TITLE, operations.settings.city, read.stamp, last_day, by, blocks, appendices)


def begins_on(plan: PilotPlan) -> date:
    """The first day of the plan's last phase, the evaluation: 2020-12-01 in the plan as issued."""
    return plan.phases[-1].start


def refusal(operations: Operations) -> Refused | None:
    """Why there is no evaluation yet, None from the first day of the last phase on."""
    plan, today = plan_of(operations), operations.settings.today()
    first = begins_on(plan)
    if today >= first:
        return None
    phase = plan.phases[-1].title
    return Refused(
        f"评估报告自{day_zh(first)}（{phase.zh}阶段开始）起方可导出；业务日现为{day_zh(today)}，可先导出进展报告（--kind pilot）",
        f"the evaluation can be made from {first} on (phase {phase.en}); the business day is {today}: use --kind pilot until then",
    )


def unsaid(parts: tuple[Said, ...], as_of: date, runs: int) -> list[Block]:
    """The part that names what can't be said and why, a point each."""
    points = [text for part in parts for text in part.unsaid]
    if runs < 2:
        points.append(
            Text(
                "逐月比较：同类得分的时点不足两个。",
                "Months compared: fewer than two dates have the same kind of score.",
            )
        )
    points += [_matured(as_of), TARGETED, SHORT]
    numbered = [Text(f"{n}. {t.zh}", f"{n}. {t.en}") for n, t in enumerate(points, 1)]
    return [Heading(1, UNSAID), *(Paragraph(t) for t in numbered)]


def _matured(as_of: date) -> Text:
    """Outcomes take a year to happen and ninety days to be known: those of the newest grades are not there yet."""
    last = as_of - timedelta(days=455)
    return Text(
        f"本期等级的准确程度：结果须满一年并留出 90 天知悉期，{day_zh(last)}之后的等级尚无到期结果。",
        f"How right the present grades are: outcomes take a year and 90 days to be known; for grades after {last} there is none yet.",
    )


def _first_level(parts: tuple[Said, ...]) -> list[Block]:
    """The blocks of all parts; stability without a ranking before it stands for itself."""
    blocks = [b for part in parts for b in part.blocks]
    if blocks and isinstance(blocks[0], Heading) and blocks[0].level > 1:
        blocks[0] = Heading(1, blocks[0].text)
    return blocks


def _figures(kpis: tuple[Kpi, ...]) -> Text:
    said = said_figures(kpis)
    return Text(f"主要指标：{said.zh}", f"Main figures: {said.en}")


def _opening(plan: PilotPlan, read: ScopedReader, last_day: date, today: date) -> Text:
    first = plan.phases[0].start
    build = read.stamp.build_id[:8]
    demo = Text("本报告所用为演示数据，不反映任何真实企业。", "The data are invented: no real enterprise is meant.")
    return joined(
        Text(
            f"按照试点工作方案总结分析阶段的要求，现对{day_zh(first)}以来的试点作如下评估。数字取自数据批次 {build}，数据截至{day_zh(last_day)}；"
            "凡不能得出的，列于最后一部分并说明原因。",
            f"As the plan asks in its last phase, this evaluates the pilot since {first}. The figures are those of build {build}, data up to"
            f" {last_day}; what can't be found is named in the last part with the reason.",
        ),
        stale(last_day, today),
        demo if read.stamp.is_synthetic else None,
    )
