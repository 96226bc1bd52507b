"""Whether the grades work: problem rates, lift, misses, agreement and migration, as parts of the evaluation."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from models.policy.estimate import RateEstimate, StratumOutcome, plain_rates, rate_of
from pages.views.check_rates import DRAWN, HISTORIC, PAST, RANDOM
from pages.views.conclusions import portion
from pages.views.funnel import SMALL_GROUP
from pages.views.grades import LETTERS
from pages.views.pilot import Comparison, Pilot
from pages.views.report import MIDDLE, RIGHT, SAME, Block, Column, Heading, Paragraph, Table, count, percent, plain
from pages.views.report_grades import composition, migration, rates
from pages.views.report_model import Said
from pipeline.domain import Text
from pipeline.stores.reader import ScopedReader

NOTHING, HOUSEHOLDS = Text("", ""), Text("户", "enterprises")
RISKY = ("D", "E")
NO_DRAW = Text(
    "按抽取概率加权的问题发现率：双随机抽查已录入的结果不足以比较两个等级，只能用历史检查，不能推断全体。",
    "Problem rates weighted by draw probabilities: too few results of draws to compare two grades; past checks say nothing of the others.",
)
NO_NATIONAL = Text(
    "与国家平台等级的一致性：没有可比的企业，国家等级尚未送达或与本市等级没有交集。",
    "Agreement with the national grade: no enterprise has both grades.",
)
NO_MOVE = Text("等级迁移：没有同类得分的上一时点可比。", "Migration: no earlier date with the same kind of score.")
FEW_A = Text(
    f"A 级漏判：A 级企业被检查的不足 {SMALL_GROUP} 户次，不能估计。",
    f"Misses of grade A: fewer than {SMALL_GROUP} checks, no estimate.",
)
LIFT_COLUMNS = (
    Column(Text("检查", "Checks"), 0.17),
    Column(Text("D、E 级", "D and E"), 0.27, RIGHT),
    Column(Text("全部等级", "All grades"), 0.27, RIGHT),
    Column(Text("提升倍数", "Lift"), 0.13, RIGHT),
    Column(Text("D、E 户次", "D+E checked"), 0.16, RIGHT),
)
MISS_COLUMNS = (
    Column(Text("检查前等级的时点", "Graded on"), 0.3, MIDDLE),
    Column(Text("A 级被检查", "A checked"), 0.2, RIGHT),
    Column(Text("发现问题", "With a problem"), 0.2, RIGHT),
    Column(Text("漏判率（95% 区间）", "Miss (95% interval)"), 0.3, RIGHT),
)
AGREE_COLUMNS = (
    Column(Text("国家＼本市", "National \\ city"), 0.25, MIDDLE),
    *(Column(Text(f"{g} 级", g), 0.15, RIGHT) for g in LETTERS),
)


def effect(read: ScopedReader, view: Pilot, row: Comparison, outcomes: pd.DataFrame) -> Said:
    """The part on the grades; `outcomes`: the strata of the draws that stand."""
    blocks: list[Block] = [
        Heading(1, Text("分级效果", "Whether the grades work")),
        Heading(2, Text("问题发现率", "Problem rate")),
    ]
    for r in view.rates:
        blocks += rates(r)
    unsaid = [] if len(view.rates) > 1 else [NO_DRAW]
    checks = read.frame(
        "SELECT grade, graded_on, sum(checks)::BIGINT AS checks, sum(problems)::BIGINT AS problems FROM check_rate GROUP BY ALL"
    )
    lifted = lift(checks, outcomes if len(view.rates) > 1 else outcomes.iloc[:0])
    if lifted:
        blocks += [Heading(2, Text("D、E 级提升", "Lift of D and E")), *_lift_blocks(lifted)]
    parts = (_miss(checks), _agreement(read, view), _moves(row))
    for part in parts:
        blocks += part.blocks
        unsaid += part.unsaid
    blocks += [Heading(2, Text("等级构成", "Grades by unit")), *composition(row.groups, row.levels, row.composition)]
    return Said(tuple(blocks), tuple(unsaid))


def lift(checks: pd.DataFrame, outcomes: pd.DataFrame) -> list[tuple[Text, Text, RateEstimate, RateEstimate]]:
    """Which checks, how estimated, the rate of D and E, the rate of all grades; only where both can be estimated.

    `outcomes`: strata of draws, weighted by their sizes; `checks`: past checks by grade, plain.
    """
    found: list[tuple[Text, Text, RateEstimate, RateEstimate]] = []
    if len(outcomes):
        risky = rate_of("D+E", _strata(outcomes[outcomes["grade"].isin(RISKY)]))
        whole = rate_of("A–E", _strata(outcomes[outcomes["grade"].isin(LETTERS)]))
        if risky.is_estimable and whole.is_estimable:
            found.append((RANDOM, DRAWN, risky, whole))
    graded = checks[checks["grade"].isin(LETTERS)]
    past = [plain_rates(of.assign(grade="all")) for of in (graded[graded["grade"].isin(RISKY)], graded)]
    if all(past):
        found.append((PAST, HISTORIC, past[0][0], past[1][0]))
    return found


def misses(checks: pd.DataFrame) -> list[tuple[str, RateEstimate]]:
    """Of the checked firms in grade A, how many had a problem: by the date of the grade, all dates last."""
    good = checks[checks["grade"] == "A"]
    by_date = [(str(pd.Timestamp(day).date()), plain_rates(of)) for day, of in good.groupby("graded_on", sort=True)]
    found = [(day, rate[0]) for day, rate in by_date if rate]
    whole = plain_rates(good)
    return [*found, ("", whole[0])] if whole else []


def _lift_blocks(found: Sequence[tuple[Text, Text, RateEstimate, RateEstimate]]) -> list[Block]:
    rows = tuple(
        (name, _rate(risky), _rate(whole), _times(risky, whole), count(risky.checked))
        for name, _, risky, whole in found
    )
    name, method, risky, whole = found[0]
    said = Text(
        f"{name.zh}（{method.zh}）：D、E 级问题发现率 {percent(risky.rate).zh}，全部等级 {percent(whole.rate).zh}，为 {_times(risky, whole).zh} 倍。",
        f"{name.en} ({method.en}): D and E {percent(risky.rate).en}, all grades {percent(whole.rate).en}, {_times(risky, whole).en} times.",
    )
    note = Text("提升倍数＝D、E 级问题发现率 ÷ 全部等级问题发现率。", "Lift: rate of D and E ÷ rate of all grades.")
    return [Paragraph(said), Table(Text("D、E 级提升", "Lift of D and E"), NOTHING, LIFT_COLUMNS, rows, note=note)]


def _miss(checks: pd.DataFrame) -> Said:
    found = misses(checks)
    if not found or found[-1][1].checked < SMALL_GROUP:
        return Said((), (FEW_A,))
    whole = found[-1][1]
    said = Text(
        f"被检查的 A 级企业中有 {percent(whole.rate).zh}（{whole.problems:,} / {whole.checked:,} 户次）后来发现问题。",
        f"{percent(whole.rate).en} of the checked firms in grade A ({whole.problems:,} of {whole.checked:,}) later had a problem.",
    )
    rows = tuple(
        (
            plain(day) if day else Text("合计", "All"),
            count(r.checked),
            count(r.problems),
            _rate(r) if r.checked >= SMALL_GROUP else plain(f"n={r.checked}"),
        )
        for day, r in found
    )
    note = Text(
        "只计被检查的企业；未被检查的 A 级企业没有结果。",
        "Only firms that were checked: of the others nothing is known.",
    )
    table = Table(
        Text("A 级漏判", "Misses of grade A"), Text("户次", "checks"), MISS_COLUMNS, rows, has_whole=True, note=note
    )
    return Said((Heading(2, Text("A 级漏判", "Misses of grade A")), Paragraph(said), table))


def _agreement(read: ScopedReader, view: Pilot) -> Said:
    found = read.rows(
        "SELECT national_grade, grade, sum(enterprises)::BIGINT FROM grade_agreement WHERE as_of = ?"
        " AND national_grade IS NOT NULL AND grade IS NOT NULL GROUP BY ALL",
        [read.stamp.as_of],
    )
    if not found:
        return Said((), (NO_NATIONAL,))
    cells = {(str(a), str(b)): int(n) for a, b, n in found}
    both, equal = sum(cells.values()), sum(n for (a, b), n in cells.items() if a == b)
    rows = tuple((plain(a), *(count(cells.get((a, b), 0)) for b in LETTERS)) for a in LETTERS)
    said = Text(
        f"{both:,} 户两个等级都有，其中 {equal:,} 户一致（{portion(equal, both)}）；不一致的以国家等级为准。",
        f"{both:,} have both grades, {equal:,} are equal ({portion(equal, both)}); where they differ the national grade rules.",
    )
    table = Table(Text("国家平台等级与本市等级", "National grade and the city's"), HOUSEHOLDS, AGREE_COLUMNS, rows)
    return Said(
        (Heading(2, Text("与国家平台等级的一致性", "Agreement with the national grade")), Paragraph(said), table)
    )


def _moves(row: Comparison) -> Said:
    if row.moved is None:
        return Said((), (NO_MOVE,))
    return Said((Heading(2, Text("等级迁移", "Migration")), *migration(row.moved, row.migration)))


def _strata(outcomes: pd.DataFrame) -> list[StratumOutcome]:
    columns = (outcomes["size"], outcomes["completed"], outcomes["problems"])
    return [StratumOutcome(int(s), int(c), int(p)) for s, c, p in zip(*columns, strict=True)]


def _rate(estimate: RateEstimate) -> Text:
    if estimate.rate is None or estimate.low is None or estimate.high is None:
        return SAME
    return plain(f"{estimate.rate:.1%}（{estimate.low:.1%}–{estimate.high:.1%}）")


def _times(risky: RateEstimate, whole: RateEstimate) -> Text:
    return plain(f"{risky.rate / whole.rate:.2f}") if risky.rate is not None and whole.rate else SAME
