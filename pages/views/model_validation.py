"""How good the model was out of time: every candidate by period, probabilities against outcomes, groups against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.policy.estimate import wilson
from models.risk.parity import LEAST_FIRMS
from models.risk.registry import CANDIDATES, Champion
from pages.views.fields import shown
from pages.views.listings import Column, Listing
from pages.views.model_words import BY, GROUPS, MISSING, NOTHING, OTHER, between, candidate, decimals, signed
from pages.views.pilot_words import Card
from pipeline.domain import Text

OLD_CARD = Text(
    "模型由旧版程序训练，卡片上没有这些数字；重新训练后显示。",
    "Trained by an older version: its card lacks these figures. Train anew to see them.",
)
NO_TEST = Text("还没有已成熟的检验期。", "No test period has matured yet.")


@dataclass(frozen=True)
class Judged:
    """A candidate's AUC in one test period, or the mean of all."""

    label: Text = field(metadata=shown("候选或检验期", "Candidate or period", "平均在前", "The mean first"))
    value: float = field(metadata=shown("AUC", "AUC", "时间外检验", "Out of time"))
    low: float = field(metadata=shown("下限", "Low", "95% 区间下限", "Lower end of the 95 % interval"))
    high: float = field(metadata=shown("上限", "High", "95% 区间上限", "Upper end of the 95 % interval"))
    is_mean: bool = field(metadata=shown("平均", "Mean", "各检验期平均", "Mean of the periods"))
    in_office: bool = field(metadata=shown("在用", "In office", "是否在用", "Whether it scores"))
    ahead: str = field(metadata=shown("与提升树之差", "Ahead of the booster", "配对差及区间", "Paired, with interval"))


@dataclass(frozen=True)
class Dot:
    """Rows with probabilities next to each other."""

    rows: int = field(metadata=shown("户次", "Rows", "检验期的企业户次", "Rows of the test period"))
    expected: float = field(metadata=shown("预测", "Predicted", "平均预测概率", "Mean of the probabilities"))
    observed: float = field(metadata=shown("实际", "Observed", "实际发现问题率", "Share with a problem"))
    low: float = field(metadata=shown("下限", "Low", "Wilson 95% 区间下限", "Lower end, Wilson 95 %"))
    high: float = field(metadata=shown("上限", "High", "Wilson 95% 区间上限", "Upper end, Wilson 95 %"))


@dataclass(frozen=True)
class Calibration:
    """Probabilities against outcomes, of one candidate in one test period."""

    dots: tuple[Dot, ...] = field(metadata=shown("各组", "Bins", "等量的组", "Bins of equal count"))
    words: Card = field(metadata=shown("文字", "Words", "标题与结论", "Title and finding"))


def contest(card: Mapping[str, Any], chosen: Champion) -> tuple[Judged, ...]:
    """Every candidate: the mean of its AUC, then each test period; the one in office first."""
    found, table = [], card["candidates"]
    names = sorted(table["mean_auc"], key=lambda n: (n != chosen.candidate, CANDIDATES.index(n)))
    for name in names:
        mean, ahead = table["mean_auc"][name], table["ahead"].get(name)
        said = f"{signed(ahead['value'])} ({signed(ahead['low'])} – {signed(ahead['high'])})" if ahead else ""
        found.append(Judged(candidate(name), *_interval(mean), True, name == chosen.candidate, said))
        for fold, of in table["auc"].items():
            year = Text(fold[:4], fold[:4])
            found.append(Judged(year, *_interval(of[name]), False, name == chosen.candidate, ""))
    return tuple(found)


def on_contest(card: Mapping[str, Any], judged: Sequence[Judged]) -> Card:
    """Whether another candidate would be better, by the rule."""
    title = Text("候选模型比较", "Candidates")
    if not judged:
        return Card(title, NOTHING, NO_TEST)
    remark = Text(
        "时间外 AUC，95% 区间；右为与提升树的配对差", "AUC out of time, 95 %; right: difference to the booster"
    )
    ahead = card["candidates"]["ahead"]
    better = [n for n, d in ahead.items() if d["low"] > 0]
    level = [n for n, d in ahead.items() if d["low"] <= 0 <= d["high"]]
    winner = candidate(card["champion"])
    zh, en = f"按规则胜出的是{winner.zh}", f"By the rule the winner is {winner.en.lower()}"
    if better:
        zh += "：配对差的 95% 区间全部高于零"
        en += ": its paired difference lies above zero"
    elif level:
        zh += (
            f"；{_all(level, 'zh')}与提升树的差别在误差之内，其余较差"
            if len(level) < len(ahead)
            else "；其余与提升树的差别都在误差之内"
        )
        en += (
            f"; the {_all(level, 'en').lower()} can't be told from the booster, the others are worse"
            if len(level) < len(ahead)
            else "; none can be told from the booster"
        )
    else:
        zh, en = f"{zh}，其余都明显较差", f"{en}, all others are clearly worse"
    return Card(title, remark, Text(f"{zh}。", f"{en}."))


def periods(card: Mapping[str, Any]) -> dict[str, Text]:
    """The test periods, the newest first."""
    tested = [name for name, of in card["origins"].items() if of["test"]]
    return {name: Text(f"{name[:4]} 年", name[:4]) for name in sorted(tested, reverse=True)}


def candidates(card: Mapping[str, Any], chosen: Champion) -> dict[str, Text]:
    """The candidates of a card, the one in office first."""
    names = sorted(card["candidates"]["mean_auc"], key=lambda n: (n != chosen.candidate, CANDIDATES.index(n)))
    return {n: candidate(n) for n in names}


def calibration(card: Mapping[str, Any], period: str, name: str) -> Calibration:
    """The bins of a test period and what they say; without bins where the card has none."""
    title = Text("概率校准", "Calibration")
    of = card["calibration"].get(period, {}).get(name)
    if of is None or of["test_mean_expected_and_observed"] is None:
        return Calibration((), Card(title, NOTHING, NO_TEST))
    expected, observed = of["test_mean_expected_and_observed"]
    line = Text(
        f"直线与保序曲线平均相差 {of['isotonic_gap']:.1%}（只作核对）",
        f"the line lies {of['isotonic_gap']:.1%} from the isotonic curve on average (a check only)",
    )
    means = Text(
        f"平均预测 {expected:.1%}，实际 {observed:.1%}，校准误差 {of['test_error']:.1%}；",
        f"Predicted {expected:.1%} on average, observed {observed:.1%}, calibration error {of['test_error']:.1%}; ",
    )
    bins = of.get("test_bins")
    if bins is None:
        return Calibration(
            (), Card(title, NOTHING, Text(f"{OLD_CARD.zh}{means.zh}{line.zh}。", f"{OLD_CARD.en} {means.en}{line.en}."))
        )
    dots = tuple(
        Dot(b["rows"], b["expected"], b["adverse"] / b["rows"], *wilson(b["adverse"], b["rows"])) for b in bins
    )
    inside = sum(d.low <= d.expected <= d.high for d in dots)
    finding = Text(
        f"{means.zh}{len(dots)} 组中 {inside} 组的区间含预测值；{line.zh}。",
        f"{means.en}{inside} of {len(dots)} intervals hold the prediction; {line.en}.",
    )
    each = sum(d.rows for d in dots) // len(dots)
    remark = Text(
        f"横轴预测概率，纵轴实际发现问题率；每点约 {each:,} 户次",
        f"across predicted, up observed; about {each:,} rows a dot",
    )
    return Calibration(dots, Card(title, remark, finding))


def parity(card: Mapping[str, Any], units: Mapping[str, Text]) -> tuple[Listing, Card]:
    """Groups with expected and observed rate; a sign only where the interval of the ratio excludes 1."""
    title, found = Text("分组核对", "Parity of groups"), card.get("parity")
    columns = (
        Column(Text("分组", "By"), Text("按什么分组", "By what"), "text", None),
        Column(
            Text("组", "Group"), Text("单位与领域按训练时所知", "Unit and field as known at training"), "text", None
        ),
        Column(
            Text("实际÷预测", "Observed ÷ expected"),
            Text("95% 区间，按企业聚合", "95 % interval, clustered by firm"),
            "count",
            None,
        ),
        Column(Text("预测", "Expected"), Text("平均预测概率", "Mean predicted probability"), "count", None),
        Column(Text("实际", "Observed"), Text("实际发现问题率", "Share with a problem"), "count", None),
        Column(
            Text("企业（户次）", "Firms (rows)"),
            Text("检验期有检查的企业；户次为企业乘时点", "Firms with a check in the tests; rows are firms times dates"),
            "count",
            None,
        ),
    )
    if found is None:
        return Listing(columns, ()), Card(title, NOTHING, OLD_CARD)
    if not found:
        return Listing(columns, ()), Card(title, NOTHING, NO_TEST)
    groups = [g for g in found if g["by"] != "all"]
    compared = [g for g in groups if g["firms"] >= LEAST_FIRMS and g["ratio"] is not None]
    apart = [g for g in compared if _is_apart(g)]
    names_zh, names_en = (
        sep.join(f"{_group_name(g, units).of(lang)} {g['ratio']:.2f}" for g in apart)
        for lang, sep in (("zh", "、"), ("en", ", "))
    )
    said = Text(
        f"{len(compared)} 组可比，{len(apart)} 组偏离：{names_zh}。"
        if apart
        else f"{len(compared)} 组可比，没有一组偏离。",
        f"{len(compared)} groups compared, {len(apart)} apart: {names_en}."
        if apart
        else f"{len(compared)} groups compared, none apart.",
    )
    chance = Text(
        f"纯属偶然也会有约 {0.05 * len(compared):.0f} 组。",
        f" By chance alone about {0.05 * len(compared):.0f} would be.",
    )
    remark = Text(
        f"全部检验期合计；不足 {LEAST_FIRMS} 户的不比较",
        f"all test periods; fewer than {LEAST_FIRMS} firms are not compared",
    )
    rows = tuple(_parity_row(g, units, is_first=n == 0 or found[n - 1]["by"] != g["by"]) for n, g in enumerate(found))
    return Listing(columns, rows), Card(title, remark, Text(said.zh + chance.zh, said.en + chance.en))


def _parity_row(g: Mapping[str, Any], units: Mapping[str, Text], *, is_first: bool) -> tuple[Any, ...]:
    by = BY.get(g["by"], Text(g["by"], g["by"])) if is_first else NOTHING
    rest = (f"{g['expected']:.1%}", f"{g['observed']:.1%}", f"{g['firms']:,} ({g['rows']:,})")
    if g["firms"] < LEAST_FIRMS or g["ratio"] is None:
        return (by, _group_name(g, units), f"n={g['firms']}", *rest)
    sign = ("▲ " if g["ratio"] > 1 else "▼ ") if _is_apart(g) and g["by"] != "all" else ""
    return (by, _group_name(g, units), f"{sign}{g['ratio']:.2f} ({between(g['low'], g['high'], 2)})", *rest)


def _is_apart(g: Mapping[str, Any]) -> bool:
    return bool(g["low"] > 1 or g["high"] < 1)


def _group_name(g: Mapping[str, Any], units: Mapping[str, Text]) -> Text:
    group = str(g["group"])
    if g["by"] == "unit":
        return units.get(group, Text(group, group))
    if group == "other":
        return OTHER[g["by"]]
    return GROUPS.get(group, Text(group, group))


def _interval(i: Mapping[str, float]) -> tuple[float, float, float]:
    return i["value"], i["low"], i["high"]


def _all(names: Sequence[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(candidate(n).of(language) for n in names)


def mean_auc(card: Mapping[str, Any], name: str) -> tuple[str, Text]:
    """The mean AUC of a candidate as written, and its interval in words."""
    of = card["candidates"]["mean_auc"].get(name)
    if of is None:
        return MISSING, NO_TEST
    n = len(card["candidates"]["auc"])
    said = between(of["low"], of["high"])
    return decimals(of["value"]), Text(f"{said}，{n} 个检验期", f"{said}, {n} periods")
