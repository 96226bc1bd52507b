"""What a trial would do, as tables and words: who moves and why, unit by unit, and the checks of a year."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.whatif.budget import checks_a_year
from models.whatif.impact import BANDS, Impact
from pages.views.conclusions import portion
from pages.views.fields import shown
from pages.views.grades import CITY, LETTERS, NO_UNIT, Mix
from pages.views.listings import Listing
from pages.views.policy_files import Papers
from pages.views.policy_practice import percent
from pages.views.policy_sheets import column
from pages.views.policy_trial import PROPOSED, Outcome
from pipeline.domain import Text
from pipeline.settings import City

MISSING = "—"
NOW = Text("现行", "In force")
BY_BANDS = Text("分级线", "Bands")
SAME = Text("与现行相同：没有企业变动。调整上面的分数线、规则或比例，即可看到影响。", "As in force: nobody moves. Change a cut, a rule or a ratio above to see what it would do.")  # fmt: skip
DRIFT = Text(
    "按现行规则重算，{n} 户与已发布的等级不同：本批次不是按现行规则评定的，请重新构建。",
    "Judged by the policy in force, {n} firms differ from the published grades: this build was not graded with it; build again.",
)  # fmt: skip


@dataclass(frozen=True)
class Results:
    """Everything below the controls."""

    said: Text = field(metadata=shown("结论", "Finding", "一句话", "What it amounts to"))
    bars: tuple[Mix, ...] = field(metadata=shown("等级", "Grades", "现行与拟议的等级构成", "Grades before and after"))
    matrix: tuple[tuple[int, ...], ...] = field(
        metadata=shown("变动", "Migration", "行为现行，列为拟议", "Rows: in force, columns: proposed")
    )
    outside: Text | None = field(metadata=shown("进出", "In and out", "计入范围的变化", "Who counts only once"))
    causes: Listing = field(metadata=shown("原因", "Causes", "由哪条改动引起", "Which change moves them"))
    units: Listing = field(metadata=shown("单位", "Units", "各单位的变动", "Unit by unit"))
    checks: Listing = field(metadata=shown("检查", "Checks", "各级年检查数", "Checks a year by grade"))
    on_checks: Text = field(metadata=shown("检查量", "On checks", "检查总量的变化", "How the number of checks changes"))


def results(found: Outcome, papers: Papers, city: City) -> Results:
    """The tables of an outcome."""
    impact = found.impact
    return Results(
        said=_said(found),
        bars=(Mix(NOW, impact.grades(after=False)), Mix(PROPOSED, impact.grades(after=True))),
        matrix=impact.matrix,
        outside=_outside(impact),
        causes=_causes(impact, papers),
        units=_units(found, city),
        checks=_checks(found),
        on_checks=_on_checks(found),
    )


def drift(published: str, papers: Papers, same: Impact) -> Text | None:
    """Where the build was graded with something else than what is in force; None if not. `same`: the policy in force tried out."""
    label = papers.grade.label
    if published != label:
        return Text(
            f"已发布的批次按版本 {published} 评定，文件中的现行版本是 {label}：下一次构建起生效。",
            f"The published build was graded with version {published}; in force by the file is {label}: the next build takes it.",
        )
    if same.moved:
        return Text(DRIFT.zh.format(n=f"{same.moved:,}"), DRIFT.en.format(n=f"{same.moved:,}"))
    return None


def _said(found: Outcome) -> Text:
    impact = found.impact
    if not impact.moved and not found.drafts:
        return SAME
    share = portion(impact.moved, impact.population)
    return Text(
        f"{impact.population:,} 户中 {impact.moved:,} 户（{share}）等级变动：{impact.down:,} 户变差，{impact.up:,} 户变好。",
        f"{impact.moved:,} of {impact.population:,} firms ({share}) would move: {impact.down:,} down, {impact.up:,} up.",
    )


def _outside(impact: Impact) -> Text | None:
    if not impact.entered and not impact.left:
        return None
    return Text(
        f"另有 {impact.entered:,} 户新计入，{impact.left:,} 户不再计入。",
        f"Besides, {impact.entered:,} firms begin to count and {impact.left:,} cease to.",
    )


def _causes(impact: Impact, papers: Papers) -> Listing:
    """The bands and every rule that decides or moves otherwise than now."""
    names = {r.id: Text(f"{r.id} {r.title.zh}", f"{r.id} {r.title.en}") for r in papers.grade.rules} | {BANDS: BY_BANDS}
    columns = (
        column("改动", "Change", "分级线或规则", "Bands or a rule", "text"),
        column(
            "因此变动", "Moves", "由这项改动引起变动的户数，每户只计一次", "Firms that this change moves, each once"
        ),
        column("变差", "Down", "等级变差", "To a worse grade"),
        column("变好", "Up", "等级变好", "To a better grade"),
        column("决定 现行", "Decides now", "由该规则决定等级的户数", "Firms whose grade it decides"),
        column("决定 拟议", "then", "同上，按拟议", "The same as proposed"),
    )
    now, then = impact.decided(after=False), impact.decided(after=True)
    rows = []
    for code, words in names.items():
        moved = impact.part(cause=code)
        before, after = now.get(code, 0), then.get(code, 0)
        if moved.moved or before != after:
            decides = (MISSING, MISSING) if code == BANDS else (before, after)
            rows.append((moved.moved, (words, moved.moved, moved.down, moved.up, *decides)))
    return Listing(columns, tuple(row for _, row in sorted(rows, key=lambda r: -r[0])))


def _units(found: Outcome, city: City) -> Listing:
    columns = (
        column("单位", "Unit", "管辖单位", "Jurisdiction unit", "text"),
        column("企业", "Firms", "计入的企业", "Firms that count"),
        column("变动", "Move", "等级变动", "Whose grade changes"),
        column("变差", "Down", "等级变差", "To a worse grade"),
        column("变好", "Up", "等级变好", "To a better grade"),
        column("D、E 现行", "D+E now", "现行占比", "Share in force"),
        column("拟议", "then", "D、E 级拟议占比", "Share of D and E as proposed"),
        column("年检查 现行", "Checks now", "一年检查数", "Checks a year"),
        column("拟议", "then", "一年检查数，按拟议", "Checks a year as proposed"),
    )
    rows = []
    for code, name in (*((u.code, u.name) for u in city.units), ("", NO_UNIT)):
        part = found.impact.part(unit=code)
        if part.moves:
            rows.append((name, *_line(part, found)))
    return Listing(columns, (*rows, (CITY, *_line(found.impact, found))))


def _line(part: Impact, found: Outcome) -> tuple[object, ...]:
    before, after = part.grades(after=False), part.grades(after=True)
    now, then = part.strata(after=False), part.strata(after=True)
    return (
        part.population,
        part.moved,
        part.down,
        part.up,
        portion(before[3] + before[4], sum(before)),
        portion(after[3] + after[4], sum(after)),
        sum(checks_a_year(now, found.now).values()),
        sum(checks_a_year(then, found.then).values()) if found.after else MISSING,
    )


def _checks(found: Outcome) -> Listing:
    columns = (
        column("等级", "Grade", "信用风险等级", "Credit-risk grade", "text"),
        column("户数", "Firms", "现行户数", "Firms now"),
        column("比例", "Ratio", "现行名义年比例", "Nominal yearly ratio in force"),
        column("年检查", "Checks", "现行年检查数", "Checks a year now"),
        column("拟议户数", "Firms then", "拟议户数", "Firms as proposed"),
        column("拟议比例", "Ratio then", "拟议名义年比例", "Nominal ratio as proposed"),
        column("拟议检查", "Checks then", "拟议年检查数", "Checks a year as proposed"),
    )
    before, after = found.impact.grades(after=False), found.impact.grades(after=True)
    rows: list[tuple[object, ...]] = [
        (
            g, before[n], percent(found.now.nominal(g)), found.before.get(g, 0),
            after[n], percent(found.then.nominal(g)), found.after.get(g, 0) if found.after else MISSING,
        )
        for n, g in enumerate(LETTERS)
    ]  # fmt: skip
    total = sum(found.after.values()) if found.after else MISSING
    rows.append((CITY, sum(before), "", sum(found.before.values()), sum(after), "", total))
    return Listing(columns, tuple(rows))


def _on_checks(found: Outcome) -> Text:
    now, then = sum(found.before.values()), sum(found.after.values())
    if not found.after:
        return Text("比例有误，无法计算年检查数。", "The ratios are at fault: checks can't be counted.")
    change = f"{then - now:+,}".replace("-", "−") if then != now else "±0"
    r = percent(found.then.regular)
    if found.is_scaled:
        more = Text(
            f"与人人按原 r 的 {found.budget:,} 相当，r 随之为 {r}",
            f"as many as with the former r for everybody ({found.budget:,}); r becomes {r}",
        )
    else:
        more = Text(f"人人按 r = {r} 为 {found.budget:,}", f"with r = {r} for everybody {found.budget:,}")
    return Text(
        f"一年检查 {now:,} → {then:,} 户次（{change}）；{more.zh}。",
        f"Checks a year {now:,} → {then:,} ({change}); {more.en}.",
    )
