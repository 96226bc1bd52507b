"""Every indicator as declared: definition, clause, form, sources, direction, and which rules of the grade policy read it."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.policy.grade_policy import GradePolicy, Rule
from pages.views.fields import shown
from pages.views.indicator_words import (
    ARROWS,
    DIRECTIONS,
    GROUPS,
    form_words,
    group_of,
    none_words,
    reason_words,
    unit_words,
    window_words,
)
from pages.views.said import BY_CODE
from pages.views.search import MOST_WORDS, Search
from pipeline.domain import CATEGORIES, Text
from pipeline.indicators.catalogue import ALL
from pipeline.indicators.indicator import Indicator, Role, set_version
from pipeline.reference import Reference
from pipeline.settings import City


@dataclass(frozen=True)
class Basis:
    """A clause on which an indicator rests."""

    code: str = field(metadata=shown("代码", "Code", "依据代码", "Code of the legal basis"))
    paper: Text = field(metadata=shown("文件", "Paper", "文件名称", "Title of the paper"))
    clause: str = field(metadata=shown("条款", "Clause", "条款", "The clause, in the paper's own words"))
    confirmed: bool = field(metadata=shown("已确认", "Confirmed", "条款已核对", "Whether the clause was checked"))


@dataclass(frozen=True)
class Source:
    """A feed that an indicator reads, and who delivers it here."""

    code: str = field(metadata=shown("代码", "Code", "信息类别代码", "Code of the feed"))
    title: Text = field(metadata=shown("信息类别", "Feed", "信息类别名称", "Title of the feed"))
    suppliers: Text = field(metadata=shown("来源单位", "Suppliers", "应送单位", "Who is expected to deliver it"))


@dataclass(frozen=True)
class RuleUse:
    """A rule of the grade policy that reads an indicator."""

    id: str = field(metadata=shown("规则", "Rule", "规则编号", "Id of the rule"))
    title: Text = field(metadata=shown("名称", "Title", "规则名称", "Title of the rule"))
    confirmed: bool = field(metadata=shown("已确认", "Confirmed", "规则已核准", "Whether it is confirmed"))


@dataclass(frozen=True)
class Entry:
    """One indicator of the catalogue, in words."""

    code: str = field(metadata=shown("代码", "Code", "指标代码", "Code of the indicator"))
    title: Text = field(metadata=shown("指标", "Indicator", "指标名称", "Title of the indicator"))
    group: str = field(metadata=shown("分组", "Group", "维度或红线事实", "Dimension, or rule facts"))
    dimension: Text = field(metadata=shown("维度", "Dimension", "五个维度之一", "One of the five dimensions"))
    is_scored: bool = field(metadata=shown("计分", "Scored", "计入评分", "Whether it feeds the score"))
    category: Text = field(
        metadata=shown("指标来源", "Category", "方案四(三)2 的八类", "One of the plan's eight kinds")
    )
    definition: Text = field(metadata=shown("定义", "Definition", "口径", "What is measured"))
    form: Text = field(metadata=shown("计算形式", "Form", "怎样计算", "How the value is made"))
    window: Text = field(metadata=shown("窗口", "Window", "计入哪些日子", "Which days count"))
    arrow: str = field(
        metadata=shown("方向", "Direction", "↑ 越高风险越大，↓ 越低风险越大", "↑ higher is riskier, ↓ lower is")
    )
    direction: Text = field(metadata=shown("风险方向", "Direction", "高值的含义", "What a higher value means"))
    unit: Text = field(metadata=shown("单位", "Unit", "数值单位", "Unit of the value"))
    without: Text = field(
        metadata=shown("没有记录时", "Without records", "没有记录时的值", "The value without records")
    )
    reason: Text = field(metadata=shown("成因语句", "Reason", "成因的写法", "How a reason says it"))
    bases: tuple[Basis, ...] = field(metadata=shown("依据", "Legal basis", "条款", "The clauses"))
    sources: tuple[Source, ...] = field(metadata=shown("信息来源", "Feeds", "读取的信息类别", "The feeds it reads"))
    rules: tuple[RuleUse, ...] = field(metadata=shown("规则", "Rules", "使用它的等级规则", "Grade rules that read it"))
    version: str = field(metadata=shown("声明摘要", "Own hash", "本指标声明的摘要", "Hash of this declaration"))

    @property
    def searched(self) -> str:
        """What a search looks at: titles, code, clauses, feeds."""
        parts = [self.code, self.title.zh, self.title.en]
        parts += [p for b in self.bases for p in (b.code, b.clause, b.paper.zh, b.paper.en)]
        parts += [p for s in self.sources for p in (s.code, s.title.zh, s.title.en)]
        return _normal("|".join([*parts, *(r.id for r in self.rules)]))


@dataclass(frozen=True)
class Asked:
    """What an address asks for; what the catalogue does not know is left out."""

    code: str = field(default="", metadata=shown("指标", "Indicator", "打开的指标", "The indicator that is open"))
    q: str = field(default="", metadata=shown("查找", "Search", "查找的文字", "The text to look for"))
    dimension: str = field(default="", metadata=shown("分组", "Group", "维度或红线事实", "Dimension, or rule facts"))

    @staticmethod
    def parse(query: Mapping[str, str]) -> Asked:
        """Read an address."""
        code, dimension = query.get("code", ""), query.get("dimension", "")
        return Asked(
            code if code in BY_CODE else "", Search.tidy(query.get("q", "")), dimension if dimension in GROUPS else ""
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The words that must all occur."""
        return tuple(_normal(self.q).split())[:MOST_WORDS]


def entries(city: City, reference: Reference, policy: GradePolicy) -> tuple[Entry, ...]:
    """The whole catalogue, dimension by dimension, the rule facts last."""
    uses = _uses(policy)
    return tuple(_entry(i, city, reference, uses[i.code]) for i in ALL)


def found(catalogue: Sequence[Entry], asked: Asked) -> tuple[Entry, ...]:
    """The entries that hold every word, of all groups: the counts by group rest on them."""
    return tuple(e for e in catalogue if all(word in e.searched for word in asked.words))


def _entry(indicator: Indicator, city: City, reference: Reference, rules: Sequence[Rule]) -> Entry:
    return Entry(
        code=indicator.code,
        title=indicator.title,
        group=group_of(indicator),
        dimension=indicator.dimension.value,
        is_scored=indicator.role is Role.FEATURE,
        category=CATEGORIES[indicator.category],
        definition=indicator.definition,
        form=form_words(indicator),
        window=window_words(indicator),
        arrow=ARROWS[indicator.direction],
        direction=DIRECTIONS[indicator.direction],
        unit=unit_words(indicator),
        without=none_words(indicator),
        reason=reason_words(indicator),
        bases=tuple(_basis(code, reference) for code in indicator.legal_basis),
        sources=tuple(Source(f.code, f.title, _suppliers(f.code, city)) for f in indicator.reads),
        rules=tuple(RuleUse(r.id, r.title, r.confirmed) for r in rules),
        version=set_version((indicator,)),
    )


def _basis(code: str, reference: Reference) -> Basis:
    basis = reference.legal_bases[code]
    return Basis(code, basis.title, basis.clause, basis.confirmed)


def _suppliers(feed: str, city: City) -> Text:
    names = [city.supplier_name(s) for s in dict.fromkeys(e.supplier for e in city.expected if e.feed == feed)]
    return Text("、".join(n.zh for n in names), ", ".join(n.en for n in names))


def _uses(policy: GradePolicy) -> Mapping[str, list[Rule]]:
    """Indicator code -> the rules that test it."""
    uses: dict[str, list[Rule]] = defaultdict(list)
    for rule in policy.rules:
        for name in dict.fromkeys(test.name for test in rule.tests):
            uses[name].append(rule)
    return uses


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper()
