"""How well the score ranks, and whether it is still the world that it was learned from: parts of the evaluation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from models.risk import registry
from pages.views.fields import shown
from pages.views.report import MIDDLE, RIGHT, SAME, Block, Column, Heading, Paragraph, Table, count, plain
from pipeline.domain import Text
from pipeline.errors import ChecksFailed
from pipeline.indicators.arms import TITLES
from pipeline.indicators.catalogue import ALL
from pipeline.settings import Settings
from pipeline.stores.reader import ScopedReader

NOTHING = Text("", "")
CANDIDATES = {
    "booster": Text("提升树", "Booster"),
    "scorecard": Text("评分卡", "Scorecard"),
    "count": Text("问题计数", "Count of troubles"),
    "expert": Text("专家评分卡", "Expert card"),
}
NOT_LEARNED = Text(
    "模型的 AUC、KS：尚无学习模型，等级由专家评分卡产生，没有时间外检验结果。",
    "AUC and KS: nothing has been learned, the expert card grades, and no test out of time exists.",
)
NOT_BY_MONTH = Text(
    "AUC、KS 的逐月数值：一个月的检查和到期结果太少，只能按检验期给出。",
    "AUC and KS by month: a month has too few checks with a matured outcome; they are given by test period.",
)
NO_TEST = Text(
    "模型的 AUC、KS：训练数据的时期不足以留出时间外检验。", "AUC and KS: the data span no period to test out of time."
)
NO_DRIFT = Text(
    "得分和指标的稳定性（PSI）：本批次没有可比的训练时分布。",
    "Stability (PSI) of score and indicators: this build has no distribution of training to compare with.",
)
TEST_COLUMNS = (
    Column(Text("检验期", "Test period"), 0.27, MIDDLE),
    Column(Text("模型", "Model"), 0.17),
    Column(Text("AUC（95% 区间）", "AUC (95% interval)"), 0.28, RIGHT),
    Column(Text("KS（95% 区间）", "KS (95% interval)"), 0.28, RIGHT),
)
DRIFT_COLUMNS = (
    Column(Text("得分或指标", "Score or indicator"), 0.46),
    Column(Text("PSI", "PSI"), 0.12, RIGHT),
    Column(Text("随机界限", "Chance limit"), 0.14, RIGHT),
    Column(Text("现有户数", "Rows now"), 0.14, RIGHT),
    Column(Text("判断", "Verdict"), 0.14, MIDDLE),
)
OUTCOME_COLUMNS = (
    Column(Text("季度", "Quarter"), 0.14, MIDDLE),
    Column(Text("检查方式", "Way of checking"), 0.3),
    Column(Text("检查", "Checks"), 0.11, RIGHT),
    Column(Text("发现问题", "Problems"), 0.13, RIGHT),
    Column(Text("预期（99% 区间）", "Expected (99% interval)"), 0.2, RIGHT),
    Column(Text("判断", "Verdict"), 0.12, MIDDLE),
)
NO_OUTCOME = Text(
    "检查结果与预期：本批次没有可比的检查。", "Outcomes against what was expected: this build has no checks to compare."
)
MOST_DRIFT_ROWS = 12


@dataclass(frozen=True)
class Said:
    """What a part of the evaluation says, and what can't be said and why."""

    blocks: tuple[Block, ...] = field(metadata=shown("内容", "Content", "可以说明的", "What can be said"))
    unsaid: tuple[Text, ...] = field(default=(), metadata=shown("尚不能说明", "Unsaid", "及原因", "And why"))


def ranking(settings: Settings) -> Said:
    """AUC and KS of the champion and of the expert card by test period, from the model card."""
    heading = Heading(1, Text("模型的区分能力", "How well the score ranks"))
    chosen = registry.champion(settings)
    if chosen is None:
        return Said((), (NOT_LEARNED,))
    try:
        card = registry.card(settings, chosen.model_id)
    except ChecksFailed:
        return Said((), (NOT_LEARNED,))
    auc, ks = card["candidates"]["auc"], card["candidates"]["ks"]
    if not auc:
        return Said((), (NO_TEST,))
    names = list(dict.fromkeys((chosen.candidate, "expert")))
    rows = tuple(
        (
            Text(f"自 {fold} 起一年", f"a year from {fold}"),
            CANDIDATES.get(n, plain(n)),
            _written(auc[fold].get(n)),
            _written(ks[fold].get(n)),
        )
        for fold in sorted(auc)
        for n in names
    )
    mean = card["candidates"]["mean_auc"][chosen.candidate]
    name = CANDIDATES.get(chosen.candidate, plain(chosen.candidate))
    said = Text(
        f"现由{name.zh}（{chosen.model_id}）评分，在 {len(auc)} 个时间外检验期上的平均 AUC 为 {_interval(mean)}。",
        f"{name.en} ({chosen.model_id}) scores; its mean AUC over {len(auc)} periods out of time is {_interval(mean)}.",
    )
    note = Text(
        "每期只用该期之前已知的信息训练；区间按企业重抽样。",
        "Trained on what was known before each period; intervals by firms drawn again.",
    )
    table = Table(Text("时间外检验", "Tests out of time"), NOTHING, TEST_COLUMNS, rows, note=note)
    return Said((heading, Paragraph(said), table), (NOT_BY_MONTH,))


def drift(read: ScopedReader) -> Said:
    """PSI of the score and of the indicators that moved most, where the build has them."""
    rows = drift_rows(read)
    if not rows:
        return Said((), (NO_DRIFT,))
    titles = {i.code: i.title for i in ALL} | {"credit_score": Text("信用得分", "Credit score")}
    alarms = [r for r in rows if r[5]]
    named = [titles.get(r[0], plain(r[0])) for r in alarms]
    said = (
        Text(
            f"{len(rows)} 项中有 {len(alarms)} 项超出界限，应予评审：{'、'.join(t.zh for t in named)}。",
            f"{len(alarms)} of {len(rows)} moved beyond the limits and are to be reviewed: {', '.join(t.en for t in named)}.",
        )
        if alarms
        else Text(
            f"{len(rows)} 项得分和指标的分布均在界限之内。", f"All {len(rows)} distributions are within the limits."
        )
    )
    largest = sorted(rows, key=lambda r: (not r[5], -r[1]))[: max(MOST_DRIFT_ROWS, len(alarms))]
    cells = tuple(
        (titles.get(name, plain(name)), plain(f"{psi:.3f}"), plain(f"{critical:.3f}"), count(now), _verdict(alarm))
        for name, psi, critical, _, now, alarm in largest
    )
    note = Text(
        "与训练时的分布相比；超出随机界限且不小于 0.1 为异常。列出变化最大的各项。",
        "Against the distribution of training; beyond chance and at least 0.1 is an alarm. Those that moved most are listed.",
    )
    table = Table(Text("分布稳定性（PSI）", "Stability (PSI)"), NOTHING, DRIFT_COLUMNS, cells, note=note)
    return Said((Heading(2, Text("得分与指标的稳定性", "Stability of score and indicators")), Paragraph(said), table))


def drift_rows(read: ScopedReader) -> list[tuple[str, float, float, int, int, bool]]:
    """name, PSI, chance limit, rows then and now, alarm; none where the build lacks them or nothing can be compared."""
    if not read.has("drift"):
        return []
    found = read.rows(
        "SELECT name, psi, critical, then_rows, now_rows, is_alarm FROM drift WHERE psi IS NOT NULL AND NOT isnan(psi)"
    )
    return [(str(r[0]), float(r[1]), float(r[2]), int(r[3]), int(r[4]), bool(r[5])) for r in found]


def outcome(read: ScopedReader) -> Said:
    """Problems found in the newest complete quarter beside those that the scores before the checks let expect."""
    found = (
        read.rows(
            "SELECT period, kind, checks, observed, expected, low, high, is_alarm, said.zh, said.en FROM outcome_drift"
        )
        if read.has("outcome_drift")
        else []
    )
    if not found:
        return Said((), (NO_OUTCOME,))
    unsaid = tuple(
        Text(f"检查结果与预期（{_kind(kind).zh}）：{zh}。", f"Outcomes against expected ({_kind(kind).en}): {en}.")
        for _, kind, _, _, expected, _, _, _, zh, en in found
        if expected is None
    )
    told = [r for r in found if r[4] is not None]
    if not told:
        return Said((), unsaid)
    rows = tuple(
        (
            plain(period),
            _kind(kind),
            count(checks),
            count(observed),
            plain(f"{expected:.1f}（{low}–{high}）"),
            _verdict(alarm),
        )
        for period, kind, checks, observed, expected, low, high, alarm, _, _ in told
    )
    alarms = sum(bool(r[7]) for r in told)
    said = (
        Text(f"{alarms} 类检查发现的问题数偏离预期，应查明原因。", f"{alarms} ways of checking left what was expected.")
        if alarms
        else Text("各类检查发现的问题数均未偏离预期。", "No way of checking left what was expected.")
    )
    note = Text(
        "预期由检查前的得分推算；超出 99% 区间且相差 1.5 倍以上为异常。",
        "Expected from the scores before the checks; outside the 99% interval and off by a factor of 1.5 is an alarm.",
    )
    caption = Text("检查发现的问题与预期", "Problems found and expected")
    table = Table(caption, Text("户次", "checks"), OUTCOME_COLUMNS, rows, note=note)
    return Said(
        (Heading(2, Text("检查结果与预期", "Outcomes against what was expected")), Paragraph(said), table), unsaid
    )


def _kind(code: str) -> Text:
    return TITLES.get(code, plain(code))


def _written(interval: Any) -> Text:
    return SAME if interval is None else plain(_interval(interval))


def _interval(interval: Any) -> str:
    return f"{interval['value']:.3f}（{interval['low']:.3f}–{interval['high']:.3f}）"


def _verdict(is_alarm: bool) -> Text:
    return Text("▲ 评审", "▲ review") if is_alarm else Text("正常", "in order")
