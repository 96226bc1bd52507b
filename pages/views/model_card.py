"""The card of the model in office and of every other one: what was learned from what, who put it in office, what may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from models.risk import registry
from models.risk.registry import Champion, Promotion
from pages.views.fields import shown
from pages.views.listings import Column, Listing
from pages.views.model_words import MISSING, between, candidate, decimals
from pipeline.domain import Text
from pipeline.indicators.catalogue import INDICATORS
from pipeline.indicators.indicator import set_version
from pipeline.settings import Settings

SHORT = 8


@dataclass(frozen=True)
class Trained:
    """A model that was trained, as a line of the list. `obstacle` None: it can be put in office."""

    model_id: str = field(metadata=shown("模型", "Model", "模型编号，由内容得出", "Its id, made of its content"))
    origin: str = field(metadata=shown("训练截至", "Origin", "训练时所知截至之日", "Until when it knew"))
    winner: str = field(metadata=shown("按规则", "By the rule", "比较中胜出的候选", "The candidate that won"))
    auc: dict[str, str] = field(
        hash=False, metadata=shown("AUC", "AUC", "各检验期平均及95%区间", "Mean of the tests, 95 % interval")
    )
    adverse: int | None = field(
        metadata=shown("不良户年", "Adverse", "训练用不良户年", "Adverse firm-years learned from")
    )
    indicator_set: str = field(metadata=shown("指标集", "Indicators", "训练所用指标集", "The set it was trained on"))
    in_office: str = field(metadata=shown("在用", "In office", "在用的候选，空为不在用", "The candidate that scores"))
    obstacle: Text | None = field(
        metadata=shown("不能启用", "Obstacle", "不能启用的原因", "Why it can't be put in office")
    )

    @property
    def candidates(self) -> tuple[str, ...]:
        """Who can be put in office: the winner first, the one in office left out."""
        others = [c for c in registry.CANDIDATES if c != self.winner]
        return tuple(c for c in (self.winner, *others) if c != self.in_office)


def chosen_card(settings: Settings) -> tuple[Champion, dict[str, Any]] | None:
    """The model in office by the last promotion and its card; None where nothing was learned."""
    chosen = registry.champion(settings)
    return None if chosen is None else (chosen, registry.card(settings, chosen.model_id))


def trained_models(settings: Settings) -> tuple[Trained, ...]:
    """Every model that was kept, the newest first."""
    chosen, wanted = registry.champion(settings), set_version(INDICATORS)
    ids = [p.parent.name for p in registry.models_folder(settings).glob(f"*/{registry.CARD}")]
    found = [_trained(registry.card(settings, i), chosen, wanted) for i in ids]
    return tuple(sorted(found, key=lambda t: (t.origin, bool(t.in_office), t.model_id), reverse=True))


def promotions(settings: Settings) -> Listing:
    """Who put what in office, when and why, the newest first."""
    columns = (
        Column(Text("时间", "When"), Text("启用时间", "When it was done"), "day", None),
        Column(Text("启用", "In office"), Text("模型与候选", "Model and candidate"), "text", None),
        Column(
            Text("由谁", "Who"),
            Text("决定人；build 为系统按规则", "Who decided; build: the system by its rule"),
            "text",
            None,
        ),
        Column(Text("理由", "Why"), Text("当时写明的理由", "The reason as written"), "text", None),
    )
    return Listing(columns, tuple(_promoted(p) for p in reversed(registry.promotions(settings))))


def facts(card: dict[str, Any], chosen: Champion) -> tuple[tuple[Text, Text], ...]:
    """The card in words: what it is, from which data, how it was judged."""
    data, last = card["data"], list(card["data"]["origins"].values())[-1]
    target, folds = card["target"], card["origins"]
    tested = [name for name, of in folds.items() if of["test"]]
    share = last["assumed_share"]
    return (
        _fact("模型", "Model", f"{card['model_id']} · {candidate(chosen.candidate).zh}", f"{card['model_id']} · {candidate(chosen.candidate).en}"),
        _fact("预测目标", "Target", target["definition"]["zh"], target["definition"]["en"]),
        _fact(
            "数据范围", "Data",
            f"{data['first_as_of']} 至 {data['last_as_of']} 的时点，结果知悉至 {data['last_outcome_known']}；{last['rows']:,} 户次、{last['firms']:,} 户，"
            f"不良 {last['adverse_firm_years']:,} 户年，基准率 {last['base_rate']:.1%}",
            f"dates {data['first_as_of']} to {data['last_as_of']}, outcomes known until {data['last_outcome_known']}; {last['rows']:,} rows of"
            f" {last['firms']:,} firms, {last['adverse_firm_years']:,} adverse firm-years, base rate {last['base_rate']:.1%}",
        ),
        _fact(
            "知悉时间属推定", "Assumed knowledge",
            MISSING if share is None else f"{share:.1%} 的记录",
            MISSING if share is None else f"{share:.1%} of the records",
        ),
        _fact(
            "检验期", "Tested on",
            "、".join(f"{t[:4]} 年（{len(folds[t]['test'])} 个时点）" for t in tested) or MISSING,
            ", ".join(f"{t[:4]} ({len(folds[t]['test'])} dates)" for t in tested) or MISSING,
        ),
        _fact("比较规则", "Rule", card["rule"]["zh"], card["rule"]["en"]),
        _fact(
            "指标集·种子", "Indicators, seed",
            f"{card['indicator_set'][:SHORT]}，{len(card['indicators'])} 项；种子 {card['seed']}",
            f"{card['indicator_set'][:SHORT]}, {len(card['indicators'])}; seed {card['seed']}",
        ),
    )  # fmt: skip


def _trained(card: dict[str, Any], chosen: Champion | None, wanted: str) -> Trained:
    origins, means = card["data"]["origins"], card["candidates"]["mean_auc"]
    obstacle = None
    if card["indicator_set"] != wanted:
        obstacle = Text(
            f"指标集不同（{card['indicator_set'][:SHORT]}，现为 {wanted[:SHORT]}），须重新训练",
            f"trained on other indicators ({card['indicator_set'][:SHORT]}, now {wanted[:SHORT]}): train anew",
        )
    return Trained(
        model_id=card["model_id"],
        origin=max(origins, default=MISSING),
        winner=card["champion"],
        auc={name: f"{decimals(m['value'])} ({between(m['low'], m['high'])})" for name, m in means.items()},
        adverse=origins[max(origins)]["adverse_firm_years"] if origins else None,
        indicator_set=card["indicator_set"],
        in_office=chosen.candidate if chosen and chosen.model_id == card["model_id"] else "",
        obstacle=obstacle,
    )


def _promoted(p: Promotion) -> tuple[Any, ...]:
    return (p.at[:16].replace("T", " "), _named(p.after), p.by, p.why)


def _named(c: Champion) -> Text:
    return Text(f"{candidate(c.candidate).zh} {c.model_id}", f"{candidate(c.candidate).en} {c.model_id}")


def _fact(zh: str, en: str, value_zh: str, value_en: str) -> tuple[Text, Text]:
    return Text(zh, en), Text(value_zh, value_en)
