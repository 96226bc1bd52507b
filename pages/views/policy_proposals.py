"""Saved proposals: what each would change, its impact as counted then, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.whatif.differences import differences
from models.whatif.papers import TITLES, parse
from pages.views.conclusions import portion
from pages.views.fields import shown
from pages.views.listings import Listing
from pages.views.policy_files import Papers
from pages.views.policy_sheets import column
from pages.views.policy_trial import query_of
from pages.views.policy_versions import WITHDRAWN, place, value
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.stores.operations.proposals import Proposal

OPEN = Text("待批准", "open")
NONE_YET = Text(
    "还没有提案。在“模拟”中调整分数线、规则或比例，看清影响后保存为提案；提案不改变现行规则。",
    "No proposal yet. Change cuts, rules or ratios in the simulator, see what they would do, and save: a proposal changes nothing in force.",
)
BEHIND = Text(
    "提案基于版本 {base}，现行版本已是 {now}。", "The proposal starts from version {base}; {now} is in force now."
)
SHORT = 8
"""Characters of a build's id that are printed."""
NAMES = {
    "title": Text("名称", "Title"),
    "reason": Text("理由", "Reason"),
    "impact": Text("提出时的影响", "Impact as counted then"),
    "by": Text("提出", "Proposed"),
    "state": Text("状态", "State"),
}


@dataclass(frozen=True)
class Opened:
    """One proposal in full. `query`: what the simulator's address has to say to show it."""

    proposal: Proposal = field(metadata=shown("提案", "Proposal", "提案本身", "The proposal itself"))
    facts: tuple[tuple[Text, str | Text], ...] = field(metadata=shown("要点", "Facts", "要点", "Facts"))
    table: Listing = field(metadata=shown("差异", "Differences", "与其基础版本的差异", "Against its base version"))
    behind: Text | None = field(metadata=shown("过时", "Behind", "现行版本已变", "Another version is in force now"))
    query: Mapping[str, str] = field(hash=False, metadata=shown("模拟", "Query", "模拟器的条件", "For the simulator"))


def listed(found: Sequence[Proposal]) -> Listing:
    """Every proposal in a row."""
    columns = (
        column("编号", "Number", "提案编号", "Number of the proposal", "day"),
        column("政策", "Policy", "政策文件", "Policy file", "text"),
        column("名称", "Title", "提案名称", "Title", "text"),
        column("变动", "Moves", "提出时计算的变动户数", "Firms that would move, as counted then"),
        column("年检查", "Checks", "提出时计算的年检查变化", "Change of the checks a year, as counted then", "count"),
        column("提出", "Proposed", "日期与提出人", "Day and user", "day"),
        column("状态", "State", "待批准或已撤回", "Open or withdrawn", "text"),
    )
    return Listing(columns, tuple(_row(p) for p in found))


def opened(found: Proposal, papers: Papers, reference: Reference, kind: str) -> Opened:
    """One proposal with its differences from the version it starts from (that in force where the file lost it)."""
    now = papers.block(found.policy)
    base = papers.written[found.policy].version(found.base_id) or now
    rows = [
        (place(d.path, found.policy), value(d.path, d.before, reference), value(d.path, d.after, reference))
        for d in differences(base, _block(found.content, found.policy))
        if d.path[0] not in ("id", "effective_from", "approved_by", "confirmed")
    ]
    columns = (
        column("内容", "What", "版本中的位置", "Where it stands", "text"),
        column("基础版本", "Base", "提案所基于的版本", "The version it starts from", "text"),
        column("提案", "Proposal", "提案的内容", "As proposed", "text"),
    )
    behind = None
    if now["id"] != found.base_id:
        behind = Text(*(w.format(base=found.base_id, now=now["id"]) for w in (BEHIND.zh, BEHIND.en)))
    return Opened(found, _facts(found), Listing(columns, tuple(rows)), behind, query_of(found, papers, kind, _block))


def impact_words(impact: Mapping[str, Any]) -> Text:
    """A stored impact in one sentence."""
    moved, population = impact["moved"], impact["population"]
    change = f"{impact['checks_after'] - impact['checks_before']:+,}".replace("-", "−")
    share = portion(moved, population)
    return Text(
        f"{population:,} 户中 {moved:,} 户（{share}）变动：{impact['down']:,} 变差、{impact['up']:,} 变好；年检查 {impact['checks_before']:,} → {impact['checks_after']:,}（{change}）",
        f"{moved:,} of {population:,} firms ({share}) move: {impact['down']:,} down, {impact['up']:,} up; checks a year {impact['checks_before']:,} → {impact['checks_after']:,} ({change})",
    )


def _row(p: Proposal) -> tuple[Any, ...]:
    change = f"{p.impact['checks_after'] - p.impact['checks_before']:+,}".replace("-", "−")
    return (
        p.proposal_id,
        TITLES[p.policy],
        p.title,
        p.impact["moved"],
        change,
        f"{p.business_at:%Y-%m-%d} {p.user}",
        OPEN if p.is_open else WITHDRAWN,
    )


def _facts(p: Proposal) -> tuple[tuple[Text, str | Text], ...]:
    state: str | Text = OPEN
    if not p.is_open and p.withdrawn_at:
        state = Text(
            f"{WITHDRAWN.zh}：{p.withdrawn_at:%Y-%m-%d} {p.withdrawn_by}，{p.withdraw_reason}",
            f"{WITHDRAWN.en}: {p.withdrawn_at:%Y-%m-%d} {p.withdrawn_by}, {p.withdraw_reason}",
        )
    said = impact_words(p.impact)
    counted = Text(f"{said.zh}（批次 {p.build_id[:SHORT]}）", f"{said.en} (build {p.build_id[:SHORT]})")
    return (
        (NAMES["title"], p.title),
        (NAMES["reason"], p.reason),
        (NAMES["impact"], counted),
        (NAMES["by"], f"{p.business_at:%Y-%m-%d %H:%M} {p.user}"),
        (NAMES["state"], state),
    )


def _block(content: str, policy: str) -> dict[str, Any]:
    block: dict[str, Any] = parse(content, policy)["version"][0]
    return block
