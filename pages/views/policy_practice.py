"""抽查比例、措施、预警 in force: the papers that act on a grade."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from models.policy.draw_policy import ON_SITE, WRITTEN, DrawPolicy
from models.policy.measures import KINDS
from models.policy.warning_policy import LEVELS
from models.policy.warning_rules import RULES
from models.whatif.budget import checks_a_year
from pages.views.dealings import LEVELS as SIGNS
from pages.views.grades import LETTERS
from pages.views.listings import Listing
from pages.views.policy_files import Papers, clauses
from pages.views.policy_sheets import Block, Entries, Entry, Sheet, column, head_of
from pages.views.policy_words import KEYS
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.stores.reader import ScopedReader

RATIOS = Text("抽查比例", "Ratios")
MODES = {
    ON_SITE: Text("必须实地", "on site only"),
    WRITTEN: Text("可书面", "written allowed"),
    "": Text("不可书面", "not written"),
}
MEASURES = Text("按等级的激励与约束", "Incentives and discipline by grade")
ON_MEASURES = Text("系统只提示，不代替决定", "the system prompts and never decides")
TIMES = Text("级别与时限", "Levels and deadlines")
ON_TIMES = Text("工作日，自生成之日起", "working days from the opening")
TRIGGERS = Text("预警规则", "Warning rules")
SAME_DAY = Text("当日", "same day")


def ratios(read: ScopedReader, papers: Papers, reference: Reference) -> Sheet:
    """Ratio, mode and checks a year of each grade."""
    policy = papers.draw
    strata = {
        (unit, grade): n
        for unit, grade, n in read.rows(
            "SELECT unit, grade, count(*) FROM enterprise WHERE is_counted AND grade IS NOT NULL AND unit IS NOT NULL GROUP BY ALL"
        )
    }
    checks = checks_a_year(strata, policy)
    columns = (
        column("等级", "Grade", "信用风险等级", "Credit-risk grade", "text"),
        column("年比例", "A year", "名义年比例", "Nominal yearly ratio"),
        column("倍数", "× r", "与常规比例 r 之比", "Against the regular ratio r"),
        column("实际", "Mixed", "混入随机份额后：s·r＋(1−s)·比例", "With the random share: s·r + (1−s)·ratio"),
        column("方式", "Mode", "检查方式", "Mode of check", "text"),
        column("户数", "Firms", "有管辖单位的计入企业", "Counted firms of a unit"),
        column("年检查", "Checks", "⌈户数 × 实际比例⌉，按单位进位", "ceil(firms × ratio), by unit"),
    )
    lines = tuple(
        (
            g,
            percent(policy.nominal(g)),
            f"{policy.nominal(g) / policy.regular:.1f}",
            percent(policy.mixed(g)),
            mode(policy, g),
            sum(n for (_, grade), n in strata.items() if grade == g),
            checks.get(g, 0),
        )
        for g in LETTERS
    )
    days = policy.same_item_days
    said = Text(
        f"常规比例 r = {percent(policy.regular)}，随机份额 s = {policy.random_share:.0%}；同一事项 {days} 天内至多查一次。"
        f"按现行等级一年查 {sum(checks.values()):,} 户次。",
        f"Regular ratio r = {percent(policy.regular)}, random share s = {policy.random_share:.0%}; same item at most once in {days} days."
        f" With the grades as they are: {sum(checks.values()):,} checks a year.",
    )
    remark = Text("0 < A < B < C = r < D < E ≤ 1", "0 < A < B < C = r < D < E ≤ 1")
    head = head_of("draw", policy, reference, len(papers.written["draw"].versions))
    return Sheet(head, (Block(RATIOS, remark, Listing(columns, lines), said),))


def measures(papers: Papers, reference: Reference) -> Sheet:
    """Every measure with its grades, what the system does about it, and its clause."""
    policy = papers.measures
    rows = tuple(
        Entry(
            m.id,
            m.title,
            Text(f"{KINDS[m.kind].zh} {'、'.join(m.grades)}", f"{KINDS[m.kind].en} {', '.join(m.grades)}"),
            (m.does, clauses(m.legal_basis, reference)),
            (),
            m.confirmed,
        )
        for m in policy.measures
    )
    head = head_of("measures", policy, reference, len(papers.written["measures"].versions))
    return Sheet(head, (Block(MEASURES, ON_MEASURES, Entries((), rows), None),))


def warnings(papers: Papers, reference: Reference) -> Sheet:
    """Levels with their deadlines, and the rules with their numbers."""
    policy = papers.warning
    columns = (
        column("级别", "Level", "预警级别", "Level", "text"),
        column("签收", "Accept", "工作日", "Working days"),
        column("核查", "Verify", "工作日", "Working days"),
        column("处置反馈", "Report", "工作日", "Working days"),
        column("上报", "Escalates", "上报对象", "To whom", "text"),
    )
    lines = tuple(
        (
            Text(f"{SIGNS[s][0]} {LEVELS[s].zh}", f"{SIGNS[s][0]} {LEVELS[s].en}"),
            v.terms.accept_days or SAME_DAY,
            v.terms.verify_days,
            v.terms.dispose_days,
            v.escalates_to,
        )
        for s, v in policy.levels.items()
    )
    rows = []
    for code, numbers in policy.rules.items():
        set_to = _numbers(numbers.values)
        sub = [clauses(numbers.legal_basis, reference), *([set_to] if set_to else [])]
        note = RULES[code].note
        rows.append(Entry(code, RULES[code].title, None, (*sub, *([note] if note else [])), (), numbers.confirmed))
    said = Text(
        f"同一主体同一规则 {policy.merge_days} 天内并入未销号的预警；{policy.current_days} 天内发生或获知才算新。",
        f"Same firm and rule join an open case within {policy.merge_days} days; a record is new for {policy.current_days} days.",
    )
    head = head_of("warning", policy, reference, len(papers.written["warning"].versions))
    return Sheet(
        head,
        (
            Block(TIMES, ON_TIMES, Listing(columns, lines), said),
            Block(TRIGGERS, Text(f"{len(rows)} 条", f"{len(rows)} rules"), Entries((), tuple(rows)), None),
        ),
    )


def _numbers(values: Mapping[str, Decimal]) -> Text | None:
    """The numbers of a rule in words, None without any."""
    words = [(KEYS.get(name, Text(name, name)), number) for name, number in values.items()]
    if not words:
        return None
    return Text("，".join(f"{w.zh} {n}" for w, n in words), ", ".join(f"{w.en}: {n}" for w, n in words))


def mode(policy: DrawPolicy, grade: str) -> Text:
    """The mode of check that a grade brings."""
    modes = policy.modes(grade)
    return MODES[ON_SITE if modes == (ON_SITE,) else WRITTEN if WRITTEN in modes else ""]


def percent(ratio: Decimal) -> str:
    """A ratio in percent, as many decimals as it needs, two at least for small ones."""
    return f"{100 * ratio:.2f}%"
