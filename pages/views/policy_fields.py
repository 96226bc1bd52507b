"""重点领域 in force: how each key field is supervised, how often, and how far the checks of the last year came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.policy.field_rules import FIELD_GRADES, UNGRADED, FieldRule
from pages.views.conclusions import portion
from pages.views.fields import shown
from pages.views.policy_files import Papers, papers_named
from pages.views.policy_sheets import Block, Entries, Entry, Sheet, column, count, head_of
from pipeline.domain import Text
from pipeline.indicators.readings import COMPLETED_CHECK
from pipeline.reference import Reference
from pipeline.stores.reader import ScopedReader

YEAR = 365
"""Days that count as the last year."""
FIELDS = Text("重点领域监管", "Key fields")
ON_FIELDS = Text(
    "领域等级 A–D 风险由低到高，不是企业信用等级",
    "the field's own grades A–D, risk rising; not the credit grades",
)
SILENT = Text("未规定", "not said")
NOT_GRADED = Text("未评级", "ungraded")
GRADED = Text("经营者", "Operators")
FREQUENCY = Text("每年次数", "A year")


@dataclass(frozen=True)
class Progress:
    """Operators of a field, and how often they were checked for it within a year."""

    groups: tuple[tuple[str, int, int], ...] = field(
        metadata=shown("分组", "Groups", "领域等级、检查次数、户数", "Field grade, checks, operators")
    )

    @property
    def operators(self) -> int:
        """All operators of the field in business."""
        return sum(n for *_, n in self.groups)

    @property
    def checked(self) -> int:
        """Those checked for the field at least once."""
        return sum(n for _, checks, n in self.groups if checks)

    def graded(self, grade: str) -> int:
        """Operators of a field grade, '' for those without one."""
        return sum(n for g, _, n in self.groups if g == grade)

    def due(self, rule: FieldRule) -> int | None:
        """Operators with fewer checks than their grade asks for; None where no number is set."""
        if not rule.yearly:
            return None
        return sum(n for g, checks, n in self.groups if g in rule.yearly and checks < rule.yearly[g].at_least)


def progress(read: ScopedReader) -> dict[str, Progress]:
    """Field -> how far its checks of the last year came. Several items on one day are one check."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for code, grade, checks, firms in read.rows(
        f"""WITH operator AS (SELECT uscc, unnest(fields) AS field FROM enterprise WHERE status = '1'),
        graded AS (SELECT uscc, field, any_value(field_grade) AS grade FROM food_operator GROUP BY ALL),
        checked AS (
            SELECT uscc, field, count(DISTINCT event_on) AS checks FROM spot_check_result
            WHERE event_on >= $day - {YEAR} AND field IS NOT NULL AND {COMPLETED_CHECK} GROUP BY ALL)
        SELECT o.field, coalesce(g.grade, '') AS grade, least(coalesce(c.checks, 0), 9) AS checks, count(*)
        FROM operator o LEFT JOIN graded g USING (uscc, field) LEFT JOIN checked c USING (uscc, field)
        GROUP BY ALL ORDER BY ALL""",
        {"day": read.stamp.as_of},
    ):
        found.setdefault(code, []).append((grade, int(checks), int(firms)))
    return {code: Progress(tuple(groups)) for code, groups in found.items()}


def sheet(papers: Papers, reference: Reference, so_far: Mapping[str, Progress]) -> Sheet:
    """Every key field with its ways, numbers and progress."""
    names = reference.codes("field")
    columns = (
        column("经营者", "Operators", "在营，持该领域有效许可、档案或设备", "In business, with a licence, profile or equipment of the field"),
        column("已查", "Checked", "近一年该领域有完成的检查", "With a completed check for the field within a year"),
        column("仍应查", "Still due", "已查次数少于本领域等级每年最低次数的户数；未评级的不计", "Fewer checks than the field grade asks for; ungraded ones are not counted"),
    )  # fmt: skip
    rows = []
    for rule in papers.fields.rules:
        done = so_far.get(rule.code, Progress(()))
        cells = (count(done.operators), count(done.checked), count(done.due(rule)))
        rows.append(Entry(rule.code, names[rule.code], None, _said(rule, done, reference), cells, rule.confirmed))
    due = sum(so_far[r.code].due(r) or 0 for r in papers.fields.rules if r.code in so_far)
    total = sum(p.operators for r in papers.fields.rules if r.yearly and (p := so_far.get(r.code)))
    said = Text(
        f"规定了次数的领域共 {total:,} 户次，仍应查 {due:,} 户次（{portion(due, total)}）；一户可属多个领域。",
        f"Of {total:,} operators in fields with a number, {due:,} ({portion(due, total)}) are still due; a firm may be in several fields.",
    )
    head = head_of("field", papers.fields, reference, len(papers.written["field"].versions))
    return Sheet(head, (Block(FIELDS, ON_FIELDS, Entries(columns, tuple(rows)), said),))


def _said(rule: FieldRule, done: Progress, reference: Reference) -> tuple[Text, ...]:
    others = [code for code in rule.legal_basis if code != rule.yearly_basis]
    return (
        _ways(rule),
        _yearly(rule, reference),
        *([_grades(done)] if any(g for g, *_ in done.groups) else []),
        *([rule.note] if rule.note else []),
        papers_named(others, reference),
    )


def _ways(rule: FieldRule) -> Text:
    """Grades that share a way together; those of which nothing is said, said so."""
    groups: dict[tuple[str, str], list[str]] = {}
    for grade in (*FIELD_GRADES, UNGRADED):
        ways = rule.ways.get(grade, ())
        words = (
            ("＋".join(w.value.zh for w in ways), " + ".join(w.value.en for w in ways))
            if ways
            else (SILENT.zh, SILENT.en)
        )
        groups.setdefault(words, []).append(grade)
    zh = "；".join(f"{'、'.join(_grade(g).zh for g in of)} {w[0]}" for w, of in groups.items())
    en = "; ".join(f"{', '.join(_grade(g).en for g in of)}: {w[1]}" for w, of in groups.items())
    return Text(zh, en)


def _yearly(rule: FieldRule, reference: Reference) -> Text:
    paper = reference.legal_bases[rule.yearly_basis].title if rule.yearly_basis else None
    if not rule.yearly:
        zh, en = f"{FREQUENCY.zh}：{SILENT.zh}", f"{FREQUENCY.en}: {SILENT.en}"
    else:
        written = [f"{g} {f.said}" for g, f in rule.yearly.items()]
        zh, en = f"{FREQUENCY.zh}：{'、'.join(written)}", f"{FREQUENCY.en}: {', '.join(written)}"
    return Text(f"{zh}（{paper.zh}）", f"{en} ({paper.en})") if paper else Text(zh, en)


def _grades(done: Progress) -> Text:
    none = f"{done.graded(''):,}"
    zh = "、".join([*(f"{g} {done.graded(g):,}" for g in FIELD_GRADES), f"{NOT_GRADED.zh} {none}"])
    en = ", ".join([*(f"{g} {done.graded(g):,}" for g in FIELD_GRADES), f"{NOT_GRADED.en} {none}"])
    return Text(f"{GRADED.zh}：{zh}", f"{GRADED.en}: {en}")


def _grade(grade: str) -> Text:
    return NOT_GRADED if grade == UNGRADED else Text(grade, grade)
