"""Is the model still right, and who put it in office: everything that the page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.risk.contest import RULE
from models.risk.registry import Champion
from pages.views import model_card, model_drift, model_grades, model_validation
from pages.views.fields import shown
from pages.views.model_card import Trained
from pages.views.model_drift import Drift
from pages.views.model_validation import Calibration, Judged
from pages.views.model_words import MISSING, NOTHING, candidate, decimals
from pages.views.pilot_words import Card
from pipeline.domain import Text
from pipeline.settings import Settings
from pipeline.stores.reader import ScopedReader

PERIOD, CANDIDATE = Text("检验期", "Period"), Text("候选", "Candidate")


@dataclass(frozen=True)
class Facts:
    """What the build says: the same for everybody until the next one."""

    model_id: str = field(metadata=shown("评分模型", "Scored by", "为本批次评分的模型", "What scored this build"))
    drift: Drift = field(metadata=shown("漂移", "Drift", "分布与结果", "Distributions and outcomes"))
    grades: model_grades.Counted = field(metadata=shown("等级", "Grades", "占比与迁移", "Shares and migration"))
    why_not: Text | None = field(metadata=shown("未学习", "Not learned", "没有学习的原因", "Why nothing was learned"))


@dataclass(frozen=True)
class Figure:
    """One figure of the strip."""

    label: Text = field(metadata=shown("名称", "Label", "数字的名称", "Its name"))
    value: str = field(metadata=shown("数值", "Value", "写好的数值", "The value as written"))
    remark: Text = field(metadata=shown("附注", "Remark", "数值下的短注", "A short remark below it"))
    definition: Text = field(metadata=shown("口径", "Definition", "怎样得出", "How it is found"))
    is_bad: bool = field(metadata=shown("超限", "Beyond a limit", "有警报", "There is an alarm"))


@dataclass(frozen=True)
class Office:
    """The model in office: its card, judged. None of it where nothing was learned."""

    chosen: Champion = field(metadata=shown("在用", "In office", "模型与候选", "Model and candidate"))
    card: Mapping[str, Any] = field(hash=False, metadata=shown("卡片", "Card", "模型卡", "The model card"))
    judged: tuple[Judged, ...] = field(metadata=shown("比较", "Contest", "候选与检验期", "Candidates and periods"))
    on_contest: Card = field(metadata=shown("比较文字", "Words", "标题与结论", "Title and finding"))
    facts: tuple[tuple[Text, Text], ...] = field(metadata=shown("卡片要点", "Facts", "模型卡要点", "The card in words"))
    periods: Mapping[str, Text] = field(hash=False, metadata=shown("检验期", "Periods", "新的在前", "The newest first"))
    candidates: Mapping[str, Text] = field(
        hash=False, metadata=shown("候选", "Candidates", "在用的在前", "The one in office first")
    )


def facts(read: ScopedReader, settings: Settings) -> Facts:
    """Everything that comes from the build."""
    said = read.rows("SELECT said FROM training LIMIT 1") if read.has("training") else []
    model_id = read.rows("SELECT model_id FROM build")[0][0]
    return Facts(
        model_id=model_id or "",
        drift=model_drift.drift(read),
        grades=model_grades.counted(read, settings),
        why_not=Text(said[0][0]["zh"], said[0][0]["en"]) if said else None,
    )


def office(settings: Settings) -> Office | None:
    """The model in office by the last promotion, None where nothing was learned."""
    found = model_card.chosen_card(settings)
    if found is None:
        return None
    chosen, card = found
    judged = model_validation.contest(card, chosen)
    return Office(
        chosen=chosen,
        card=card,
        judged=judged,
        on_contest=model_validation.on_contest(card, judged),
        facts=model_card.facts(card, chosen),
        periods=model_validation.periods(card),
        candidates=model_validation.candidates(card, chosen),
    )


def calibration(found: Office, period: str, name: str) -> Calibration:
    """The dots of one test period and candidate."""
    return model_validation.calibration(found.card, period, name)


def answer(said: Facts, found: Office | None) -> Text:
    """The answer to the question of the page."""
    if found is None:
        why = said.why_not or RULE
        return Text(
            f"没有学习模型，由专家评分卡评分：{why.zh}。", f"No model has learned, the expert card scores: {why.en}."
        )
    auc, interval = model_validation.mean_auc(found.card, found.chosen.candidate)
    name = candidate(found.chosen.candidate)
    head = Text(
        f"在用{name.zh} {found.chosen.model_id}，检验期平均 AUC {auc}（{interval.zh}）",
        f"{name.en} of {found.chosen.model_id} in office, mean AUC of the tests {auc} ({interval.en})",
    )
    return Text(
        f"{head.zh}；{_pending(said, found).zh}{_drifted(said.drift).zh}。",
        f"{head.en}; {_pending(said, found).en}{_drifted(said.drift).en}.",
    )


def figures(said: Facts, found: Office) -> tuple[Figure, ...]:
    """The strip: how good, how well calibrated, what moved, whether outcomes came as expected, from how much."""
    auc, interval = model_validation.mean_auc(found.card, found.chosen.candidate)
    return (
        Figure(Text("平均 AUC", "Mean AUC"), auc, interval, Text("各检验期的平均，95% 区间按企业重抽样", "Mean of the tests, 95 % by firms drawn again"), is_bad=False),
        _calibrated(found),
        _score(said.drift),
        _indicators(said.drift),
        _outcomes(said.drift),
        _learned(found),
    )  # fmt: skip


def in_office(found: Office | None) -> Text | None:
    """What scores now, as written; None where nothing was learned."""
    if found is None:
        return None
    name, model_id = candidate(found.chosen.candidate), found.chosen.model_id
    return Text(f"{model_id} {name.zh}", f"{model_id} {name.en}")


def to_open(trained: Sequence[Trained], model_id: str | None) -> Trained | None:
    """The model of that id, if it may be put in office."""
    return next((t for t in trained if t.model_id == model_id and t.obstacle is None), None)


def _pending(said: Facts, found: Office) -> Text:
    """Where the build was scored by another model than the one in office."""
    if said.model_id.split("/")[0] == found.chosen.model_id and said.model_id.endswith(f"/{found.chosen.candidate}"):
        return NOTHING
    return Text(
        f"本批次由 {said.model_id} 评分，下次构建起生效；",
        f"this build was scored by {said.model_id}, the next one takes it over; ",
    )


def _drifted(found: Drift) -> Text:
    if not found.moved:
        return Text("漂移无从比较", "drift can't be told")
    score = (
        Text("得分已漂移", "the score has moved")
        if found.moved[0].is_alarm
        else Text("得分未漂移", "the score has not moved")
    )
    came = model_drift.came(found) or Text("检查结果尚不能与预期比较", "outcomes can't be held against expectation yet")
    return Text(f"{score.zh}，{came.zh}", f"{score.en}, {came.en}")


def _calibrated(found: Office) -> Figure:
    label = Text("校准误差", "Calibration error")
    definition = Text(
        "最近检验期，10 个等量组的 |平均预测 − 实际| 的加权平均",
        "Newest test, weighted mean of |predicted − observed| over ten bins",
    )
    for period, title in found.periods.items():
        of = found.card["calibration"][period].get(found.chosen.candidate)
        if of and of["test_error"] is not None:
            expected, observed = of["test_mean_expected_and_observed"]
            remark = Text(
                f"{title.zh}预测 {expected:.1%}，实际 {observed:.1%}",
                f"{title.en}: predicted {expected:.1%}, observed {observed:.1%}",
            )
            return Figure(label, f"{of['test_error']:.1%}", remark, definition, is_bad=False)
    return Figure(label, MISSING, model_validation.NO_TEST, definition, is_bad=False)


def _score(found: Drift) -> Figure:
    label = Text("得分 PSI", "PSI of the score")
    definition = Text(
        "本期与训练人群的得分分布之差；≥0.1 且超出随机界限为漂移",
        "Score now against at training; moved from 0.1 on, beyond chance",
    )
    score = found.score
    if score is None:
        return Figure(label, MISSING, Text("无参照", "no reference"), definition, is_bad=False)
    remark = Text(f"随机界限 {decimals(score.critical, 4)}", f"by chance up to {decimals(score.critical, 4)}")
    return Figure(label, model_drift.written(score.psi), remark, definition, is_bad=score.is_alarm)


def _indicators(found: Drift) -> Figure:
    label = Text("漂移指标", "Indicators moved")
    definition = Text(
        "PSI ≥ 0.1 且超出随机界限的指标；多不等于差，须看是什么在变",
        "Indicators with PSI of 0.1 or more, beyond chance",
    )
    if not found.moved:
        return Figure(label, MISSING, Text("无参照", "no reference"), definition, is_bad=False)
    first = found.alarms[0].label if found.alarms else Text("无", "none")
    remark = Text(f"共 {len(found.moved) - 1} 项；最大：{first.zh}", f"of {len(found.moved) - 1}; most: {first.en}")
    return Figure(label, str(len(found.alarms)), remark, definition, is_bad=False)


def _outcomes(found: Drift) -> Figure:
    label = Text("实际 ÷ 预期", "Observed ÷ expected")
    definition = Text(
        "最近完整季度检查发现的问题，与检查前得分所预期的相比",
        "Problems of the newest complete quarter against those expected",
    )
    told = sorted((o for o in found.outcomes if o.ratio is not None), key=lambda o: not o.is_alarm)
    if not told:
        return Figure(label, MISSING, Text("样本不足", "too few checks"), definition, is_bad=False)
    one = told[0]
    remark = Text(
        f"{one.period} {one.label.zh} {one.observed} / {decimals(one.expected, 1)}",
        f"{one.period}, {one.label.en}: {one.observed} / {decimals(one.expected, 1)}",
    )
    return Figure(label, decimals(one.ratio, 2), remark, definition, is_bad=one.is_alarm)


def _learned(found: Office) -> Figure:
    last = list(found.card["data"]["origins"].values())[-1]
    until = found.card["data"]["last_outcome_known"]
    share = last["assumed_share"]
    assumed = "" if share is None else f"，推定知悉 {share:.0%}"
    assumed_en = "" if share is None else f", {share:.0%} assumed"
    return Figure(
        Text("不良户年", "Adverse firm-years"),
        f"{last['adverse_firm_years']:,}",
        Text(f"结果至 {until}{assumed}", f"until {until}{assumed_en}"),
        Text("训练所用；一户一年多个时点只计一次", "Learned from; a firm counts once a year"),
        is_bad=False,
    )
