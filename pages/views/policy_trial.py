"""The simulator: what the address asks to change, whether that could be a rule, and what it would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from models.policy.draw_policy import DrawPolicy
from models.policy.grade_policy import GradePolicy, content_hash, version_of
from models.whatif.budget import checks_a_year, equal_budget, regular_checks
from models.whatif.impact import Impact
from models.whatif.papers import block_text
from models.whatif.proposal import OFF, GradeChanges, adjustable, changed_grades, changed_ratios, faults, headed
from pages.views.fields import shown
from pages.views.grades import LETTERS
from pages.views.policy_files import Papers
from pages.views.policy_grades import effect_words
from pipeline.domain import Text
from pipeline.stores.operations.proposals import Draft, Proposal

CUT, RATIO, RULES, EQUAL = "cut_", "ratio_", "rules", "equal"
"""Names in the address."""
LOWEST, HIGHEST = 0.0, 1200.0
LEFT_OUT = Text("停用", "left out")
AS_IT_IS = Text("现行", "as it is")
PROPOSED = Text("拟议", "Proposed")


@dataclass(frozen=True)
class Asked:
    """What is to be tried out; what is not named stays as it is."""

    cuts: Mapping[str, float] = field(hash=False, metadata=shown("分级线", "Cuts", "等级与分数", "Grade and score"))
    rules: Mapping[str, str] = field(hash=False, metadata=shown("规则", "Rules", "规则与等级", "Rule and grade"))
    ratios: Mapping[str, Decimal] = field(hash=False, metadata=shown("比例", "Ratios", "等级与年比例", "Yearly ratio"))
    equal: bool = field(metadata=shown("等量", "Equal budget", "保持检查总量", "Keeps the number of checks"))

    def query(self) -> dict[str, str]:
        """As an address says it."""
        found = {f"{CUT}{g}": f"{c:g}" for g, c in self.cuts.items()}
        found |= {f"{RATIO}{g}": f"{(100 * r).normalize():f}" for g, r in self.ratios.items()}
        found |= {RULES: ",".join(f"{i}:{g}" for i, g in self.rules.items())} if self.rules else {}
        return found | ({EQUAL: "1"} if self.equal else {})


@dataclass(frozen=True)
class Choice:
    """A number that may be changed: what is in force and what is tried."""

    grade: str = field(metadata=shown("等级", "Grade", "信用风险等级", "Credit-risk grade"))
    now: float = field(metadata=shown("现行", "In force", "现行数值", "The number in force"))
    tried: float = field(metadata=shown("拟议", "Proposed", "拟议数值", "The number tried out"))


@dataclass(frozen=True)
class RuleChoice:
    """A rule that may be changed: `tried` is a grade or `off`."""

    id: str = field(metadata=shown("规则", "Rule", "规则编号", "Id of the rule"))
    title: Text = field(metadata=shown("名称", "Title", "规则名称", "What it is"))
    now: str = field(metadata=shown("现行", "In force", "现行等级", "The grade in force"))
    tried: str = field(metadata=shown("拟议", "Proposed", "拟议等级", "The grade tried out"))
    options: Mapping[str, Text] = field(hash=False, metadata=shown("选项", "Options", "可选等级", "What may be chosen"))


@dataclass(frozen=True)
class Trial:
    """What is tried out. `drafts`: the files that would change, sound or not."""

    kind: str = field(metadata=shown("评分方式", "Kind", "现用的评分", "Kind of score in use"))
    cuts: tuple[Choice, ...] = field(metadata=shown("分级线", "Cuts", "A 至 D 级分数线", "Cuts of A to D"))
    rules: tuple[RuleChoice, ...] = field(metadata=shown("规则", "Rules", "可调整的规则", "Rules that may change"))
    ratios: tuple[Choice, ...] = field(metadata=shown("比例", "Ratios", "百分数", "In percent"))
    asked: Asked = field(metadata=shown("所拟", "Asked", "与现行不同之处", "What differs"))
    grade: GradePolicy | None = field(metadata=shown("分级", "Grades", "拟议的分级规则", "The policy tried out"))
    grade_block: dict[str, Any] = field(
        hash=False, metadata=shown("原文", "Block", "拟议版本", "As it would be written")
    )
    faults: tuple[Text, ...] = field(metadata=shown("问题", "Faults", "不能成为规则的原因", "Why it can't be a rule"))

    @property
    def key(self) -> str:
        """Names what is tried out of the grades, for a cache."""
        return content_hash(self.grade_block)


@dataclass(frozen=True)
class Outcome:
    """What it would do, with the ratios that go with it."""

    impact: Impact = field(metadata=shown("影响", "Impact", "等级变动", "Firms that move"))
    now: DrawPolicy = field(metadata=shown("现行抽查", "Draws now", "现行抽查规则", "Draw policy in force"))
    then: DrawPolicy = field(metadata=shown("拟议抽查", "Draws then", "拟议抽查规则", "Draw policy tried out"))
    before: Mapping[str, int] = field(hash=False, metadata=shown("现行检查", "Checks now", "年检查", "Checks a year"))
    after: Mapping[str, int] = field(hash=False, metadata=shown("拟议检查", "Checks then", "年检查", "Checks a year"))
    budget: int = field(metadata=shown("总量", "Budget", "人人按 r 的年检查", "Checks with r for all"))
    is_scaled: bool = field(metadata=shown("等量", "Equal budget", "比例已按总量折算", "Ratios scaled to the budget"))
    drafts: tuple[Draft, ...] = field(metadata=shown("草案", "Drafts", "将保存的版本", "What would be saved"))
    faults: tuple[Text, ...] = field(metadata=shown("问题", "Faults", "不能成为规则的原因", "Why it can't be a rule"))


def asked_for(query: Mapping[str, str], papers: Papers, kind: str) -> Asked:
    """What the address asks for; whatever is no number, no rule, or as it is already is dropped."""
    block = papers.block("grade")
    cuts, now = {}, _cuts(block, kind)
    for grade in now:
        score = _number(query.get(f"{CUT}{grade}", ""))
        if score is not None and LOWEST <= score <= HIGHEST and float(score) != now[grade]:
            cuts[grade] = float(score)
    rules = {}
    known = {r["id"]: r for r in _rules(block) if adjustable(r)}
    for part in query.get(RULES, "").split(","):
        rule, _, grade = part.partition(":")
        if rule in known and grade in (*LETTERS, OFF) and grade != known[rule]["grade"]:
            rules[rule] = grade
    ratios = {}
    for grade in LETTERS:
        percent = _number(query.get(f"{RATIO}{grade}", ""))
        if percent is not None and 0 < percent <= 100 and percent / 100 != papers.draw.nominal(grade):
            ratios[grade] = percent / 100
    return Asked(cuts, rules, ratios, query.get(EQUAL) == "1")


def trial(asked: Asked, papers: Papers, kind: str, effective_from: date) -> Trial:
    """The proposed grade policy, None where its faults forbid it."""
    block = papers.block("grade")
    changed = changed_grades(block, GradeChanges(kind, asked.cuts, asked.rules))
    proposed = headed(changed, version_id(effective_from), effective_from)
    wrong = faults(papers.written["grade"], proposed, papers.vocabulary) if changed != block else ()
    cuts = tuple(Choice(g, c, asked.cuts.get(g, c)) for g, c in _cuts(block, kind).items())
    ratios = tuple(
        Choice(g, float(100 * papers.draw.nominal(g)), float(100 * asked.ratios.get(g, papers.draw.nominal(g))))
        for g in LETTERS
    )
    rules = tuple(_rule_choice(r, papers.grade, asked) for r in _rules(block) if adjustable(r))
    policy = None if wrong else version_of(proposed)
    return Trial(kind, cuts, rules, ratios, asked, policy, proposed, wrong)


def ratio_faults(tried: Trial, papers: Papers) -> tuple[Text, ...]:
    """The faults of the ratios as asked, where nothing can be counted for want of a sound grade policy."""
    block = changed_ratios(papers.block("draw"), {**papers.draw.ratios, **tried.asked.ratios})
    day = tried.grade_block["effective_from"]
    return faults(papers.written["draw"], headed(block, version_id(day), day), papers.vocabulary)


def outcome(tried: Trial, papers: Papers, impact: Impact, effective_from: date) -> Outcome:
    """Ratios, checks a year and drafts, once the impact is known."""
    strata = impact.strata(after=True)
    block = changed_ratios(papers.block("draw"), {**papers.draw.ratios, **tried.asked.ratios})
    policy = replace(papers.draw, regular=block["regular"], ratios=dict(block["ratio"]))
    budget = regular_checks(strata, policy.regular)
    if tried.asked.equal:
        policy = equal_budget(strata, policy)
        block = changed_ratios(block, policy.ratios)
    proposed = headed(block, version_id(effective_from), effective_from)
    changed = policy.ratios != papers.draw.ratios
    wrong = faults(papers.written["draw"], proposed, papers.vocabulary) if changed else ()
    before = checks_a_year(impact.strata(after=False), papers.draw)
    after = checks_a_year(strata, policy) if not wrong else {}
    found = Outcome(impact, papers.draw, policy, before, after, budget, tried.asked.equal, (), (*tried.faults, *wrong))
    return replace(found, drafts=_drafts(found, tried, papers, proposed if changed else None))


def query_of(
    proposal: Proposal, papers: Papers, kind: str, read: Callable[[str, str], dict[str, Any]]
) -> dict[str, str]:
    """What the address has to ask for so that the simulator shows a proposal; `read`: its TOML and name -> block."""
    block = read(proposal.content, proposal.policy)
    if proposal.policy == "draw":
        ratios = {g: Decimal(block["ratio"][g]) for g in LETTERS if block["ratio"][g] != papers.draw.nominal(g)}
        return Asked({}, {}, ratios, False).query()
    now = papers.block("grade")
    cuts = {g: c for g, c in _cuts(block, kind).items() if c != _cuts(now, kind)[g]}
    tried = {r["id"]: str(r.get("grade")) for r in _rules(block)}
    rules = {
        r["id"]: tried.get(r["id"], OFF) for r in _rules(now) if adjustable(r) and tried.get(r["id"], OFF) != r["grade"]
    }
    return Asked(cuts, rules, {}, False).query()


def version_id(effective_from: date) -> str:
    """The id under which a proposal is written, until the office gives it its own."""
    return f"{effective_from:%Y-%m-%d}-proposal"


def next_month(day: date) -> date:
    """The first day of the next month: when a proposal would take effect, unless somebody says otherwise."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _drafts(found: Outcome, tried: Trial, papers: Papers, ratios: dict[str, Any] | None) -> tuple[Draft, ...]:
    """A draft a file, each with what it would do alone: a paper may approve one and not the other."""
    drafts = []
    if tried.asked.cuts or tried.asked.rules:
        after = checks_a_year(found.impact.strata(after=True), found.now)
        told = summary(found.impact, found.before, after)
        drafts.append(Draft("grade", str(papers.block("grade")["id"]), block_text(tried.grade_block), told))
    if ratios is not None:
        after = checks_a_year(found.impact.strata(after=False), found.then)
        told = summary(found.impact.at_rest, found.before, after)
        drafts.append(Draft("draw", papers.draw.head.id, block_text(ratios), told))
    return tuple(drafts)


def summary(impact: Impact, before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, Any]:
    """An impact in numbers, kept with a proposal; `before`, `after`: checks a year by grade."""
    return {
        "population": impact.population,
        "moved": impact.moved,
        "up": impact.up,
        "down": impact.down,
        "before": list(impact.grades(after=False)),
        "after": list(impact.grades(after=True)),
        "causes": {
            cause: impact.part(cause=cause).moved for cause in sorted({m.cause for m in impact.moves if m.is_move})
        },
        "checks_before": sum(before.values()),
        "checks_after": sum(after.values()),
    }


def _rule_choice(rule: Mapping[str, Any], policy: GradePolicy, asked: Asked) -> RuleChoice:
    own = next(r for r in policy.rules if r.id == rule["id"])
    now = str(own.grade)
    said = effect_words(own.effect, now)
    options = {now: Text(f"{said.zh}（{AS_IT_IS.zh}）", f"{said.en} ({AS_IT_IS.en})")}
    options |= {g: effect_words(own.effect, g) for g in LETTERS if g != now} | {OFF: LEFT_OUT}
    return RuleChoice(own.id, own.title, now, asked.rules.get(own.id, now), options)


def _cuts(block: Mapping[str, Any], kind: str) -> dict[str, float]:
    return {b["grade"]: float(b["at_least"]) for b in block["bands"][kind] if "at_least" in b}


def _rules(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(block.get("rule", []))


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
