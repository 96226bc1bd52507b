"""分级规则 in force: the bands and how the scores lie in them, the rules and what each did in the published build."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.policy.grade_policy import Effect, GradePolicy, Rule
from pages.views.conclusions import portion
from pages.views.fields import shown
from pages.views.grades import LETTERS
from pages.views.listings import Listing
from pages.views.policy_files import Papers, clauses
from pages.views.policy_sheets import Block, Entries, Entry, Sheet, column, count, head_of
from pages.views.rows import rows
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.stores.reader import ScopedReader

KINDS = {"learned": Text("模型得分", "Learned score"), "expert": Text("专家评分卡", "Expert card")}
EFFECTS = {
    Effect.START: Text("从 {grade} 起评", "starts at {grade}"),
    Effect.AT_BEST: Text("不高于 {grade}", "at best {grade}"),
    Effect.SET: Text("定为 {grade}", "set to {grade}"),
    Effect.NOT_GRADED: Text("不评级", "not graded"),
}
GROUPS = {
    Effect.START: Text("起评", "Starts"),
    Effect.AT_BEST: Text("上限", "Caps"),
    Effect.SET: Text("红线", "Red lines"),
    Effect.NOT_GRADED: Text("不评级", "Not graded"),
}
BANDS = Text("分级线", "Bands")
ON_BANDS = Text("信用分达到该分即为该等级；分高风险低", "the credit score that earns a grade; high is good")
RULES = Text("起评、上限与红线", "Starts, caps and red lines")
ON_RULES = Text(
    "本批次的户数；先起评，再上限，后红线，取最差",
    "firms in this build; starts, then caps, then red lines: the worst wins",
)
NO_SCORES = Text("本批次没有得分。", "No score in this build.")
STEP = 10
"""Points of a bar of the histogram."""


@dataclass(frozen=True)
class Scores:
    """How the scores of the published build lie: (from, grade by the bands, firms), and the cuts in force."""

    kind: str = field(metadata=shown("评分方式", "Kind", "learned 或 expert", "learned or expert"))
    bars: tuple[tuple[float, str, int], ...] = field(metadata=shown("分布", "Bars", "每 10 分一条", "One a ten points"))
    cuts: dict[str, float] = field(hash=False, metadata=shown("分级线", "Cuts", "现行分级线", "Cuts in force"))


def kind_in_force(read: ScopedReader) -> str:
    """The kind of score of the published grades."""
    found = read.rows("SELECT max(score_kind) FROM enterprise WHERE credit_score IS NOT NULL")
    return str(found[0][0] or "expert")


def scores(read: ScopedReader, policy: GradePolicy) -> Scores:
    """The scores of everybody who counts, by the bands in force."""
    kind = kind_in_force(read)
    cuts = {str(b.grade): b.at_least for b in policy.bands[kind] if b.at_least is not None}
    whens = " ".join(f"WHEN credit_score >= {cut!r} THEN '{grade}'" for grade, cut in cuts.items())
    found = read.rows(
        f"""SELECT floor(credit_score / {STEP}) * {STEP} AS low, CASE {whens} ELSE 'E' END AS grade, count(*)
        FROM enterprise WHERE is_counted AND credit_score IS NOT NULL GROUP BY ALL ORDER BY ALL"""
    )
    return Scores(kind, tuple((float(low), grade, int(n)) for low, grade, n in found), cuts)


def bands(read: ScopedReader, papers: Papers, reference: Reference) -> Sheet:
    """The cuts of both kinds of score, and how many firms each band and each grade holds."""
    kind = kind_in_force(read)
    by_score = dict(read.rows("SELECT model_grade, count(*) FROM enterprise WHERE is_counted GROUP BY 1"))
    final = dict(read.rows("SELECT grade, count(*) FROM enterprise WHERE is_counted GROUP BY 1"))
    total = sum(n for g, n in final.items() if g)
    cuts = {
        k: {str(b.grade): "其余" if b.at_least is None else f"≥ {b.at_least:g}" for b in v}
        for k, v in papers.grade.bands.items()
    }
    columns = (
        column("等级", "Grade", "信用风险等级", "Credit-risk grade", "text"),
        *(
            column(
                f"{KINDS[k].zh}{'（现用）' if k == kind else ''}",
                f"{KINDS[k].en}{' (in use)' if k == kind else ''}",
                "达到该分即为该等级",
                "The score that earns the grade",
                "text",
            )
            for k in KINDS
        ),
        column("按分数", "By score", "只看得分的户数", "Firms by the score alone"),
        column("最终", "Final", "起评、上限、红线之后的户数", "Firms after starts, caps and red lines"),
        column("占比", "Share", "最终等级的占比", "Share of the final grade"),
    )
    rest = Text("其余", "the rest")
    lines = tuple(
        (
            letter,
            *(rest if cuts[k][letter] == "其余" else cuts[k][letter] for k in KINDS),
            by_score.get(letter, 0),
            final.get(letter, 0),
            portion(final.get(letter, 0), total),
        )
        for letter in LETTERS
    )
    moved = read.rows("SELECT count(*) FROM enterprise WHERE is_counted AND moved_by IS NOT NULL")[0][0]
    said = Text(
        f"{total:,} 户计入，其中 {moved:,} 户（{portion(moved, total)}）的等级由规则改变，其余即分数所在的等级。",
        f"{total:,} firms count; for {moved:,} ({portion(moved, total)}) a rule changed the grade, the others have that of their score.",
    )
    head = head_of("grade", papers.grade, reference, len(papers.written["grade"].versions))
    return Sheet(head, (Block(BANDS, ON_BANDS, Listing(columns, lines), said if total else NO_SCORES),))


def rules(read: ScopedReader, papers: Papers, reference: Reference) -> Sheet:
    """Every rule with the number of firms for which it fired, which it moved, and of which nobody can say."""
    found = {r.rule: r for r in rows(read, "SELECT * FROM rule_effect WHERE as_of = ?", [read.stamp.as_of])}
    columns = (
        column("触发", "Fired", "条件成立的户数", "Firms for which it holds"),
        column("改变", "Moved", "由该规则决定等级的户数", "Firms whose grade it decided"),
        column("无法判断", "Can't say", "数据缺失而无法判断的户数，不视为未触发", "Firms of which the feeds can't tell: not taken for no"),
    )  # fmt: skip
    entries = []
    for rule in sorted(papers.grade.rules, key=lambda r: list(Effect).index(r.effect)):
        did = found.get(rule.id)
        cells = (count(did.fired), count(did.moved), count(did.unavailable)) if did else ("—", "—", "—")
        entries.append(_entry(rule, cells, reference))
    unknown = [e.code for e in entries if e.cells[2] not in ("0", "—")]
    said = Text(
        f"{len(entries)} 条规则；{'、'.join(unknown)} 对部分企业无法判断。" if unknown else f"{len(entries)} 条规则，都能判断。",
        f"{len(entries)} rules; {', '.join(unknown)} can't be told for some firms." if unknown else f"{len(entries)} rules, all can be told.",
    )  # fmt: skip
    head = head_of("grade", papers.grade, reference, len(papers.written["grade"].versions))
    return Sheet(head, (Block(RULES, ON_RULES, Entries(columns, tuple(entries)), said),))


def effect_words(effect: Effect, grade: str | None) -> Text:
    """What a rule does."""
    words = EFFECTS[effect]
    return Text(words.zh.format(grade=grade), words.en.format(grade=grade))


def _entry(rule: Rule, cells: tuple[str, ...], reference: Reference) -> Entry:
    sub = [clauses(rule.legal_basis, reference)]
    if not rule.is_counted:
        sub.append(Text("不计入占比和抽查比例", "counted neither in shares nor in ratios"))
    if rule.note:
        sub.append(rule.note)
    return Entry(rule.id, rule.title, effect_words(rule.effect, rule.grade), tuple(sub), cells, rule.confirmed)
