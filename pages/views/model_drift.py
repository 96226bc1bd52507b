"""Has the world moved since the model learned: of what goes in and comes out, and of what checks find."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from models.risk.drift import LEAST_PSI
from models.risk.shares import CREDIT_SCORE
from pages.views.fields import shown
from pages.views.model_words import MISSING, NOTHING, decimals
from pages.views.pilot_words import Card
from pages.views.said import BY_CODE
from pages.views.said import title_of as indicator_title
from pipeline.domain import Text
from pipeline.indicators.arms import TITLES
from pipeline.stores.reader import ScopedReader

SHOWN = 12
"""Bars on the page: the score, and the indicators that moved most."""
LARGE = 0.25
SCORE = Text("信用分", "Credit score")
NO_REFERENCE = Text(
    "没有可比的参照：模型由旧版程序训练，或由专家评分卡评分。",
    "Nothing to compare with: trained by an older version, or the expert card scores.",
)
OLD_BUILD = Text(
    "本批次由旧版程序生成，没有漂移数据。", "The build was made by an older version and has no drift figures."
)


@dataclass(frozen=True)
class Moved:
    """How far one distribution moved. `psi` None: one side has no values."""

    label: Text = field(metadata=shown("项目", "Name", "信用分或指标", "The score or an indicator"))
    psi: float | None = field(metadata=shown("PSI", "PSI", "群体稳定性指数", "Population stability index"))
    critical: float | None = field(
        metadata=shown("随机界限", "By chance", "偶然超出的不到5%", "Exceeded by chance in 5 %")
    )
    is_alarm: bool = field(metadata=shown("警报", "Alarm", "不小于0.1且超出随机界限", "At least 0.1 and beyond chance"))
    then_rows: int = field(metadata=shown("参照户数", "Then", "训练时的企业", "Enterprises at training"))
    now_rows: int = field(metadata=shown("本期户数", "Now", "本批次的企业", "Enterprises of this build"))


@dataclass(frozen=True)
class Expected:
    """Problems of the newest quarter against those expected. `expected` None: nothing can be said, `said` tells why."""

    label: Text = field(metadata=shown("检查方式", "Kind of check", "怎样被检查", "How firms came to be checked"))
    period: str = field(metadata=shown("季度", "Quarter", "最近的完整季度", "The newest complete quarter"))
    checks: int = field(metadata=shown("检查", "Checks", "检查前有模型得分的", "With a learned score before them"))
    observed: int = field(metadata=shown("发现问题", "Problems", "实际次数", "As found"))
    expected: float | None = field(metadata=shown("预期", "Expected", "按检查前得分", "From the scores before"))
    low: int | None = field(metadata=shown("下限", "Low", "99% 区间下限", "Lower end of the 99 % interval"))
    high: int | None = field(metadata=shown("上限", "High", "99% 区间上限", "Upper end of the 99 % interval"))
    is_alarm: bool = field(metadata=shown("警报", "Alarm", "超出区间且相差1.5倍", "Outside, and off by 1.5"))
    said: Text | None = field(
        metadata=shown("说明", "Remark", "合并了哪些，或为何不能下结论", "What is mixed, or why not")
    )

    @property
    def ratio(self) -> float | None:
        """observed ÷ expected."""
        return self.observed / self.expected if self.expected else None

    @property
    def is_outside(self) -> bool:
        """Outside the 99 % interval, whatever the factor."""
        return self.low is not None and self.high is not None and not self.low <= self.observed <= self.high


@dataclass(frozen=True)
class Drift:
    """Inputs, score and outcomes."""

    moved: tuple[Moved, ...] = field(metadata=shown("分布", "Distributions", "信用分在前", "The score first"))
    since: date | None = field(metadata=shown("参照时点", "Since", "训练的最近时点", "The newest training date"))
    outcomes: tuple[Expected, ...] = field(metadata=shown("结果", "Outcomes", "按检查方式", "By kind of check"))
    is_known: bool = field(metadata=shown("有数据", "Known", "批次含漂移数据", "Whether the build has the figures"))

    @property
    def score(self) -> Moved | None:
        """The credit score."""
        return self.moved[0] if self.moved else None

    @property
    def alarms(self) -> tuple[Moved, ...]:
        """The indicators that moved."""
        return tuple(m for m in self.moved[1:] if m.is_alarm)

    @property
    def rung(self) -> tuple[Expected, ...]:
        """The outcomes that left what was expected."""
        return tuple(o for o in self.outcomes if o.is_alarm)


def drift(read: ScopedReader) -> Drift:
    """What the build says; empty where an older version made it."""
    if not read.has("drift") or not read.has("outcome_drift"):
        return Drift((), None, (), is_known=False)
    rows = read.rows(
        "SELECT name, psi, critical, is_alarm, then_rows, now_rows, then_on FROM drift"
        " ORDER BY name <> $score, psi DESC NULLS LAST, name",
        {"score": CREDIT_SCORE},
    )
    outcomes = read.rows(
        "SELECT kind, period, checks, observed, expected, low, high, is_alarm, said FROM outcome_drift"
    )
    order = list(TITLES)
    return Drift(
        moved=tuple(Moved(_label(name), *rest) for name, *rest, _ in rows),
        since=rows[0][-1] if rows else None,
        outcomes=tuple(_expected(*r) for r in sorted(outcomes, key=lambda r: order.index(r[0]))),
        is_known=True,
    )


def bars(found: Drift) -> tuple[Moved, ...]:
    """The score and the indicators that moved most."""
    return found.moved[:SHOWN]


def on_drift(found: Drift) -> Card:
    """What moved."""
    title = Text("分布漂移", "Drift of distributions")
    if not found.moved or found.since is None:
        return Card(title, NOTHING, NO_REFERENCE if found.is_known else OLD_BUILD)
    then, n = found.since - timedelta(days=1), len(found.moved) - 1
    remark = Text(
        f"PSI，对训练人群（{then}）；虚线 0.1、0.25，┃ 随机界限",
        f"PSI, now against {then}; lines 0.1 and 0.25, ┃ what chance exceeds in 5 %",
    )
    score, alarms = found.moved[0], found.alarms
    said = Text(
        f"信用分 PSI {decimals(score.psi)}，{'已漂移' if score.is_alarm else '未漂移'}；",
        f"PSI of the score {decimals(score.psi)}: {'it has moved' if score.is_alarm else 'it has not moved'}; ",
    )
    if not alarms:
        return Card(title, remark, Text(f"{said.zh}{n} 项指标都未漂移。", f"{said.en}none of {n} indicators has."))
    return Card(
        title,
        remark,
        Text(
            f"{said.zh}{n} 项指标中 {len(alarms)} 项漂移，其中 {sum((a.psi or 0) >= LARGE for a in alarms)} 项不小于 0.25。",
            f"{said.en}{len(alarms)} of {n} indicators have, {sum((a.psi or 0) >= LARGE for a in alarms)} of them by 0.25 or more.",
        ),
    )


def on_outcomes(found: Drift) -> Card:
    """Whether checks find what the scores let expect."""
    title = Text("结果与预期", "Outcomes and expectation")
    told = [o for o in found.outcomes if o.expected is not None]
    if not told:
        why = found.outcomes[-1].said if found.outcomes else None
        none = Text("没有检查前有模型得分的检查。", "No check had a learned score before it.")
        return Card(title, NOTHING, why or (none if found.is_known else OLD_BUILD))
    remark = Text(
        f"{told[0].period} 发现问题次数 ÷ 预期，条为 99% 区间，虚线 1.5 倍",
        f"{told[0].period}, problems ÷ expected; bar: 99 % interval, dashed: factor 1.5",
    )
    rung = found.rung
    if not rung:
        return Card(title, remark, _quiet(found))
    zh, en = (
        sep.join(f"{o.label.of(lang)} {o.observed} / {decimals(o.expected, 1)}" for o in rung)
        for lang, sep in (("zh", "、"), ("en", ", "))
    )
    return Card(
        title,
        remark,
        Text(
            f"{zh}：超出 99% 区间且相差 1.5 倍以上，已生成预警 W19；先核对记录口径，确有变化再重新训练。",
            f"{en}: outside the 99 % interval and off by 1.5 or more; warning W19 is open. Look at what is recorded first.",
        ),
    )


def came(found: Drift) -> Text | None:
    """How the outcomes of the newest quarter compare, in a few words; None where nothing can be said."""
    told = [o for o in found.outcomes if o.expected is not None]
    if not told:
        return None
    period = told[0].period
    if found.rung:
        return Text(f"{period} 检查结果偏离预期", f"the outcomes of {period} left what was expected")
    if any(o.is_outside for o in told):
        return Text(f"{period} 检查结果略偏离预期", f"the outcomes of {period} lie somewhat off what was expected")
    return Text(f"{period} 检查结果与预期相符", f"the outcomes of {period} came as expected")


def _quiet(found: Drift) -> Text:
    """Where nothing rang: as expected, or outside the interval by less than the factor."""
    outside = [o for o in found.outcomes if o.is_outside]
    if not outside:
        return Text("检查结果与检查前的得分相符。", "Checks find what the scores before them let expect.")
    zh, en = "、".join(o.label.zh for o in outside), ", ".join(o.label.en for o in outside)
    return Text(
        f"{zh}超出 99% 区间，但相差不到 1.5 倍，不报警；留意下一季度。",
        f"Outside the 99 % interval but by less than a factor of 1.5, no alarm: {en}. Look at the next quarter.",
    )


def reasons(found: Drift) -> tuple[tuple[Text, Text], ...]:
    """Kinds of check with what is to be said of them: what is mixed, or why nothing can be said."""
    return tuple((o.label, o.said) for o in found.outcomes if o.said is not None)


def limits() -> tuple[float, float]:
    """From where a shift matters, and from where it is large."""
    return LEAST_PSI, LARGE


def written(value: float | None) -> str:
    """A PSI as the strip shows it."""
    return MISSING if value is None else decimals(value)


def _label(name: str) -> Text:
    if name == CREDIT_SCORE:
        return SCORE
    return indicator_title(BY_CODE[name]) if name in BY_CODE else Text(name, name)


def _expected(
    kind: str,
    period: str,
    checks: int,
    observed: int,
    expected: float | None,
    low: Any,
    high: Any,
    alarm: bool,
    said: Any,
) -> Expected:
    words = Text(said["zh"], said["en"]) if said else None
    return Expected(TITLES.get(kind, Text(kind, kind)), period, checks, observed, expected, low, high, alarm, words)
