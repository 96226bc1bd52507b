"""One computed sentence beside each chart, with a neutral wording where nothing stands out."""

from __future__ import annotations

from collections.abc import Sequence

from pages.views.gathering import NAMED_TARGET, Gathering
from pages.views.grades import Grades, Mix
from pipeline.domain import Text

NAMED_AT_MOST = 3
"""How many names a sentence lists before it only counts."""
NO_GRADES = Text("尚无分级结果。", "No grades yet.")
STEADY = 0.05
"""A change below this many points rounds to nothing."""


def answer(graded: Grades, gathered: Gathering) -> Text:
    """The page's question answered: are the data complete, and how are enterprises graded?"""
    missing = [f.label for f in gathered.feeds if f.is_missing]
    if not gathered.expected:
        data = Text(
            "本部署未设应报清单，无从判断是否到齐", "No list of expected feeds is set, so completeness can't be told"
        )
    elif missing:
        data = Text(
            f"应报 {gathered.expected} 类信息到齐 {gathered.complete} 类，未到齐：{_names(missing, 'zh')}",
            f"{gathered.complete} of {gathered.expected} expected feeds are complete; missing: {_names(missing, 'en')}",
        )
    else:
        data = Text(f"应报 {gathered.expected} 类信息全部到齐", f"All {gathered.expected} expected feeds are complete")
    due = graded.city.size + graded.ungraded
    if not due:
        return Text(f"{data.zh}；尚无企业参与分级。", f"{data.en}; no enterprise is due for a grade yet.")
    made, share = portion(graded.city.size, due), portion(graded.city.risky, graded.city.size)
    return Text(
        f"{data.zh}；{due:,} 户参评企业已分级 {made}，D、E 级占 {share}。",
        f"{data.en}; {made} of {due:,} enterprises are graded, {share} of them D or E.",
    )


def on_grades(graded: Grades) -> Text:
    """How often rules decided the grade, and agreement with the national one."""
    if not graded.city.size:
        return NO_GRADES
    moved = sum(n for _, n in graded.moved)
    if moved:
        rule, most = graded.moved[0]
        rules = Text(
            f"红线与上限决定了 {moved:,} 户的等级，最多的是 {rule}（{most:,} 户）",
            f"Red lines and caps decided {moved:,} grades, most often {rule} ({most:,})",
        )
    else:
        rules = Text("没有等级因红线或上限而改变", "No grade was decided by a red line or cap")
    equal, both = graded.agreement
    if not both:
        return Text(f"{rules.zh}；尚无国家平台等级可比。", f"{rules.en}; no national grade to compare with.")
    return Text(
        f"{rules.zh}；与国家平台等级一致 {equal / both:.1%}（{both:,} 户可比）。",
        f"{rules.en}; {equal / both:.1%} agree with the national grade ({both:,} comparable).",
    )


def on_units(graded: Grades) -> Text:
    """Which units lie beyond the funnel limits around the city's share."""
    marked = list(zip(graded.units, graded.unit_levels, strict=True))
    high = [m for m, level in marked if (level or 0) > 0]
    low = [m for m, level in reversed(marked) if (level or 0) < 0]
    if not graded.city.size:
        return NO_GRADES
    whole = f"{graded.city.risky_share:.1%}"
    if not high and not low:
        return Text(
            f"各单位 D、E 占比与全市 {whole} 之差都在抽样波动之内。",
            f"No unit differs from the city's {whole} in D and E by more than chance.",
        )
    parts = [
        (f"{word}：{_shares(group, 'zh')}", f"{word_en}: {_shares(group, 'en')}")
        for word, word_en, group in (("偏高", "high", high), ("偏低", "low", low))
        if group
    ]
    return Text(
        f"D、E 占比全市 {whole}；" + "；".join(p[0] for p in parts) + "。",
        f"D and E in the city {whole}; " + "; ".join(p[1] for p in parts) + ".",
    )


def on_sectors(graded: Grades) -> Text:
    """Which sector of which unit lies above the 3 σ limit of the city's sector."""
    if not graded.city.size:
        return NO_GRADES
    found = [
        (cell.risky / cell.size, sector, graded.columns[i])
        for sector in graded.sectors
        for i, cell in enumerate(sector.cells)
        if cell.level == 2
    ]
    if not found:
        return Text("没有一格高于全市同业的 3σ 界限。", "No cell lies above the 3σ limit of the city's sector.")
    share, sector, unit = max(found, key=lambda f: f[0])
    usual = f"{sector.whole.risky_share:.1%}"
    return Text(
        f"▲ {len(found)} 格高于全市同业 3σ 界限，最高为{unit.zh}·{sector.whole.label.zh} {share:.1%}（全市同业 {usual}）。",
        f"▲ Cells above the 3σ limit of the city's sector: {len(found)}; highest {unit.en}, {sector.whole.label.en}"
        f" {share:.1%} (city {usual}).",
    )


def on_periods(graded: Grades) -> Text:
    """How the share of D and E moved from the first date to the last."""
    shares = [(p.mix.label, p.mix.risky_share) for p in graded.periods if p.mix.risky_share is not None]
    if not shares:
        return NO_GRADES
    if len(shares) < 2:
        return Text("只有一个时点，尚无变化可比。", "One date only: no change to compare.")
    (label, first), (_, last) = shares[0], shares[-1]
    points = 100 * (last - first)
    if abs(points) < STEADY:
        return Text(
            f"D、E 占比自 {label.zh} 以来基本持平，为 {last:.1%}。", f"D and E steady since {label.en} at {last:.1%}."
        )
    return Text(
        f"D、E 占比自 {label.zh} 的 {first:.1%} {'升' if points > 0 else '降'}至 {last:.1%}（{signed(points)} 点）。",
        f"D and E {'rose' if points > 0 else 'fell'} from {first:.1%} on {label.en} to {last:.1%} ({signed(points)} points).",
    )


def on_named(gathered: Gathering) -> Text:
    """How many feeds reach the target and which is the lowest."""
    rated = [f.named for f in gathered.feeds if f.named and not f.named.is_small]
    if not rated:
        return Text("近 12 个月没有可比的应记名记录。", "No records to be named in the last 12 months.")
    reached = sum((n.rate or 0) >= NAMED_TARGET for n in rated)
    if reached == len(rated):
        return Text(f"{len(rated)} 类信息全部达到 80%。", f"All {len(rated)} feeds reach 80%.")
    lowest = min(rated, key=lambda n: n.rate or 0)
    return Text(
        f"{len(rated)} 类中 {reached} 类达到 80%，最低为{lowest.label.zh} {lowest.rate:.1%}。",
        f"{reached} of {len(rated)} feeds reach 80%; lowest: {lowest.label.en}, {lowest.rate:.1%}.",
    )


def on_feeds(gathered: Gathering) -> Text:
    """What is missing, and where rows are refused most."""
    missing = [f.label for f in gathered.feeds if f.is_missing]
    refused = [f for f in gathered.feeds if f.outcome.quarantined]
    if not gathered.outcome.delivered:
        return Text("尚未接收任何文件。", "No file has been taken yet.")
    if refused:
        worst = max(refused, key=lambda f: f.outcome.quarantine_share or 0)
        rows = Text(
            f"隔离率最高的是{worst.label.zh} {worst.outcome.quarantine_share:.1%}",
            f"most often refused: {worst.label.en}, {worst.outcome.quarantine_share:.1%}",
        )
    else:
        rows = Text("没有一行被隔离", "no row was quarantined")
    if not missing:
        return Text(f"{rows.zh}。", f"{rows.en[0].upper()}{rows.en[1:]}.")
    return Text(
        f"未到齐 {len(missing)} 类：{_names(missing, 'zh')}；{rows.zh}。",
        f"Incomplete: {_names(missing, 'en')}; {rows.en}.",
    )


def on_set_aside(gathered: Gathering) -> Text:
    """How many files wait for correction."""
    if not gathered.set_aside:
        return Text("没有被搁置的文件。", "No file was set aside.")
    files, waiting = len(gathered.set_aside), sum(f.delivered for f in gathered.set_aside)
    return Text(
        f"{files} 个文件共 {waiting:,} 行整件搁置，计入隔离。",
        f"Files set aside: {files}, with {waiting:,} rows, which count as quarantined.",
    )


def portion(part: int, whole: int) -> str:
    """A share with one decimal that says 0.0% or 100.0% only of none and all, — of nothing."""
    if not whole:
        return "—"
    share = part / whole
    if 0 < share < 0.0005:
        return "<0.1%"
    if 0.9995 <= share < 1:
        return ">99.9%"
    return f"{share:.1%}"


def signed(points: float) -> str:
    """Points with their sign, a true minus."""
    return f"{points:+.1f}".replace("-", "−")


def _names(labels: Sequence[Text], language: str) -> str:
    shown = ("、" if language == "zh" else ", ").join(t.of(language) for t in labels[:NAMED_AT_MOST])
    if len(labels) <= NAMED_AT_MOST:
        return shown
    return f"{shown}等 {len(labels)} 类" if language == "zh" else f"{shown} and {len(labels) - NAMED_AT_MOST} more"


def _shares(mixes: Sequence[Mix], language: str) -> str:
    shown = [f"{m.label.of(language)} {m.risky_share:.1%}" for m in mixes[:NAMED_AT_MOST]]
    return ("、" if language == "zh" else ", ").join(shown)
