"""The published build at a glance: what was delivered, how enterprises are graded, what to conclude."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pages.views import conclusions
from pages.views.fields import explanations, shown
from pages.views.gathering import Gathering, gathering
from pages.views.grades import Grades, grades
from pages.views.rows import rows
from pipeline.domain import Text
from pipeline.settings import City
from pipeline.stores.reader import ScopedReader

PERIODS = 12
"""How many dates the chart over time shows, newest last."""


@dataclass(frozen=True)
class Build:
    """Which build the figures come from."""

    build_id: str = field(
        metadata=shown(
            "批次", "Build", "由数据、政策、指标和程序版本算出的编号", "Hash of data, policies, indicators and code"
        )
    )
    as_of: date = field(metadata=shown("时点", "As of", "不计入当日及以后的信息", "First day that is not known"))
    is_synthetic: bool = field(
        metadata=shown("演示数据", "Demo data", "全部为生成的虚构数据", "All data are generated")
    )
    policy_id: str = field(metadata=shown("等级规则", "Grade policy", "分类政策版本", "Version of the grade policy"))
    indicator_set: str = field(metadata=shown("指标集", "Indicator set", "指标集版本", "Version of the indicator set"))
    model_id: str = field(metadata=shown("模型", "Model", "评分模型版本", "Version of the scoring model"))
    assumed_share: float | None = field(
        metadata=shown(
            "推定归集日",
            "Assumed dates",
            "历史补录中归集日按时限推定的记录占比",
            "Records of history loads whose date of receipt is assumed",
        )
    )
    built_at: str = field(metadata=shown("生成时间", "Built", "批次完成的时间", "When the build was finished"))
    seconds: float | None = field(metadata=shown("用时", "Duration", "各环节用时之和", "Sum over its stages"))

    @property
    def last_known(self) -> date:
        """The last day that counts: the day before `as_of`."""
        return self.as_of - timedelta(days=1)


@dataclass(frozen=True)
class Figures:
    """The strip of figures at the top of the page, each with its definition."""

    enterprises: int = field(
        metadata=shown(
            "在册参评企业",
            "Enterprises",
            "时点上在册、应划分 A–E 级的企业：不含个体工商户，不含吊销未注销企业。",
            "On the register and due for a grade A–E: without individual businesses and firms whose licence was revoked.",
        )
    )
    graded_share: float | None = field(
        metadata=shown(
            "已分级", "Graded", "已有等级的企业 ÷ 在册参评企业。", "Enterprises with a grade ÷ enterprises due for one."
        )
    )
    risky_share: float | None = field(
        metadata=shown(
            "D、E 级占比",
            "In grades D, E",
            "D 级与 E 级企业 ÷ 已分级企业。",
            "Enterprises in grades D and E ÷ enterprises graded.",
        )
    )
    complete: int = field(
        metadata=shown(
            "信息到齐",
            "Feeds complete",
            "应报清单中，每个应到单位在时限内（两倍报送周期）都有送达的信息类别数。",
            "Feeds of the expected list for which every unit due has a delivery within two reporting cycles.",
        )
    )
    named_rate: float | None = field(
        metadata=shown(
            "记名率",
            "Named rate",
            "近 12 个月归集的涉企记录中，归于唯一企业名下的占比；分母含匹配多义和未匹配的记录，不含自然人等按规则排除的记录。目标 80%。",
            "Records of the last 12 months attached to one enterprise ÷ all that concern one, ambiguous and unmatched included;"
            " records excluded by rule (natural persons) are not. Target 80%.",
        )
    )
    files: int = field(
        metadata=shown(
            "接收文件",
            "Files taken",
            "核验后接收的文件数；另列整件搁置的文件数。",
            "Files taken after checking; files set aside whole are counted apart.",
        )
    )
    delivered: int = field(
        metadata=shown(
            "归集记录",
            "Rows delivered",
            "送达文件的全部数据行 = 采用 + 被更新 + 重复 + 按规则排除 + 隔离；整件搁置的文件，其各行计入隔离。",
            "All data rows delivered = accepted + superseded + duplicate + excluded + quarantined; rows of a file set aside whole count as quarantined.",
        )
    )
    quarantine_share: float | None = field(
        metadata=shown(
            "隔离率",
            "Quarantined",
            "不符合数据契约而隔离的行 ÷ 归集记录。",
            "Rows that broke the contract ÷ rows delivered.",
        )
    )


@dataclass(frozen=True)
class Status:
    """All that the page shows; a field `about_…` is a card: label its title, help its remark, value its finding."""

    build: Build = field(metadata=shown("批次", "Build", "数据来自哪个批次", "Where the figures come from"))
    figures: Figures = field(metadata=shown("主要数字", "Figures", "页首数字", "The strip of figures"))
    grades: Grades = field(metadata=shown("等级", "Grades", "等级分布", "Distribution of grades"))
    gathering: Gathering = field(metadata=shown("归集", "Gathering", "送达与记名", "Deliveries and naming"))
    answer: Text = field(metadata=shown("结论", "Answer", "对页首问题的回答", "Answer to the question of the page"))
    about_grades: Text = field(
        metadata=shown("全市等级分布", "Grades, whole city", "户数与占比，较上期为百分点", "share; change in points")
    )
    about_units: Text = field(
        metadata=shown(
            "县（市、区）等级构成",
            "Grades by unit",
            "企业占比 %，右为户数，▲▼ 超出全市界限",
            "%; n at the right, ▲▼ beyond limits",
        )
    )
    about_periods: Text = field(
        metadata=shown(
            "等级构成逐期",
            "Grades over time",
            "企业占比 %，柱顶为 D、E 合计；浅色为回溯重算",
            "%; D+E on top; pale = backcast",
        )
    )
    about_sectors: Text = field(
        metadata=shown(
            "行业 × 县区：D、E 级占比",
            "Sector × unit: share of D and E",
            "%；▲▼ 超出全市同业 3σ 界限，△▽ 2σ；n= 不足 20 户",
            "%; ▲▼ beyond 3σ of the city's sector, △▽ 2σ; n= below 20",
        )
    )
    about_named: Text = field(
        metadata=shown(
            "记名率最低的类别",
            "Lowest named rates",
            "近 12 个月，% 记录；○ 凭信用代码 ● 匹配后",
            "last 12 months, %; ○ by code, ● after matching",
        )
    )
    about_feeds: Text = field(
        metadata=shown("各类信息送达与去向", "Deliveries by feed", "行数，未到齐的在前", "rows; incomplete feeds first")
    )
    about_set_aside: Text = field(
        metadata=shown(
            "搁置文件", "Files set aside", "整件未接收，待来源单位更正重报", "not taken; to be corrected and sent again"
        )
    )


def status(read: ScopedReader, city: City) -> Status:
    """The view model of the published build that `read` gives, in the words of `city`."""
    build = _build(read)
    graded = grades(read, build.as_of, city.units)
    gathered = gathering(read, build.as_of, city)
    return Status(
        build=build,
        figures=_figures(graded, gathered),
        grades=graded,
        gathering=gathered,
        answer=conclusions.answer(graded, gathered),
        about_grades=conclusions.on_grades(graded),
        about_units=conclusions.on_units(graded),
        about_sectors=conclusions.on_sectors(graded),
        about_periods=conclusions.on_periods(graded),
        about_named=conclusions.on_named(gathered),
        about_feeds=conclusions.on_feeds(gathered),
        about_set_aside=conclusions.on_set_aside(gathered),
    )


def _build(read: ScopedReader) -> Build:
    row: Any = rows(read, "SELECT *, strftime(built_at, '%Y-%m-%d %H:%M') AS finished FROM build")[0]
    seconds = rows(read, "SELECT sum(seconds) AS total FROM stage_seconds")[0].total
    return Build(
        build_id=row.build_id,
        as_of=row.as_of,
        is_synthetic=bool(row.is_synthetic),
        policy_id=row.policy_id or "—",
        indicator_set=row.indicator_set or "—",
        model_id=row.model_id or "—",
        assumed_share=row.assumed_share,
        built_at=row.finished or "—",
        seconds=seconds,
    )


def _figures(graded: Grades, gathered: Gathering) -> Figures:
    due = graded.city.size + graded.ungraded
    return Figures(
        enterprises=due,
        graded_share=graded.city.size / due if due else None,
        risky_share=graded.city.risky_share,
        complete=gathered.complete,
        named_rate=gathered.named.rate,
        files=gathered.files,
        delivered=gathered.outcome.delivered,
        quarantine_share=gathered.outcome.quarantine_share,
    )


@dataclass(frozen=True)
class Card:
    """Words of a card."""

    title: Text = field(metadata=shown("标题", "Title", "对象", "Its subject"))
    remark: Text = field(metadata=shown("附注", "Remark", "单位与读法", "Unit and how to read it"))
    finding: Text = field(metadata=shown("结论", "Finding", "可以得出什么", "What to conclude"))


def card(view: Status, about: str) -> Card:
    """The words of the card whose finding is the field `about_…` of `view`."""
    title, remark = explanations(view)[f"about_{about}"]
    return Card(title, remark, getattr(view, f"about_{about}"))
