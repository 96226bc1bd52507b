"""Two versions of a policy file side by side; versions in the file and saved proposals both count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from models.policy.grade_policy import Effect
from models.whatif.differences import Change, Difference, differences
from models.whatif.papers import TITLES, parse
from pages.views.fields import shown
from pages.views.listings import Listing
from pages.views.policy_files import Papers, clauses
from pages.views.policy_grades import KINDS, effect_words
from pages.views.policy_sheets import column
from pages.views.policy_words import KEYS, SIGNS
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.stores.operations.proposals import Proposal

CHANGES = {
    Change.ADDED: Text("＋ 新增", "+ added"),
    Change.REMOVED: Text("− 删除", "− removed"),
    Change.CHANGED: Text("改动", "changed"),
}
IN_FORCE = Text("现行", "in force")
PROPOSAL = Text("提案", "proposal")
WITHDRAWN = Text("已撤回", "withdrawn")
YES, NO, NONE = Text("是", "yes"), Text("否", "no"), Text("—", "—")
ONLY_ONE = Text(
    "{file} 只有一个版本（{id}），也没有提案可比。在“模拟”中调整并保存为提案后，即可在此对照。",
    "{file} has one version only ({id}) and no proposal to compare it with. Try a change out and save it as a proposal: then it can be compared here.",
)  # fmt: skip
NOT_PROPOSABLE = Text(
    "{file} 只有一个版本（{id}）；有了新版本后可在此对照。",
    "{file} has one version only ({id}); a new one can be compared here.",
)
EQUAL = Text("两个版本内容相同。", "The two versions say the same.")
HEAD = ("id", "effective_from", "approved_by")


@dataclass(frozen=True)
class Comparison:
    """What may be compared, what is, and the differences; `table` None where there is nothing to compare with."""

    policies: Mapping[str, Text] = field(hash=False, metadata=shown("政策", "Policies", "政策文件", "Policy files"))
    policy: str = field(metadata=shown("政策", "Policy", "所选文件", "The file chosen"))
    versions: Mapping[str, Text] = field(
        hash=False, metadata=shown("版本", "Versions", "可选的版本", "What may be chosen")
    )
    one: str = field(metadata=shown("之前", "Before", "左侧版本", "The version before"))
    other: str = field(metadata=shown("之后", "After", "右侧版本", "The version after"))
    table: Listing | None = field(metadata=shown("差异", "Differences", "逐项差异", "One row a difference"))
    said: Text = field(metadata=shown("结论", "Finding", "一句话", "One sentence"))
    may_propose: bool = field(
        metadata=shown("可提案", "Proposable", "可在模拟中提出", "Can be proposed in the simulator")
    )


def comparison(
    asked: Mapping[str, str], papers: Papers, proposals: Sequence[Proposal], reference: Reference
) -> Comparison:
    """What the address asks to compare: `policy`, `a` and `b`; by default what is in force and the newest other one."""
    policy = asked.get("policy", "") if asked.get("policy") in TITLES else "grade"
    blocks, words = _blocks(policy, papers, proposals)
    now = str(papers.block(policy)["id"])
    names = {k: Text(f"{t.zh}（{k}.toml）", f"{t.en} ({k}.toml)") for k, t in TITLES.items()}
    others = [key for key in blocks if key != now]
    may_propose = policy in ("grade", "draw")
    if not others:
        words_of = ONLY_ONE if may_propose else NOT_PROPOSABLE
        said = Text(*(w.format(file=f"{policy}.toml", id=now) for w in (words_of.zh, words_of.en)))
        return Comparison(names, policy, words, now, now, None, said, may_propose)
    one = asked.get("a", "") if asked.get("a") in blocks else now
    other = asked.get("b", "") if asked.get("b") in blocks else others[-1] if one == now else now
    found = differences(blocks[one], blocks[other])
    return Comparison(names, policy, words, one, other, _table(found, policy, reference), _said(found), may_propose)


def _blocks(
    policy: str, papers: Papers, proposals: Sequence[Proposal]
) -> tuple[dict[str, dict[str, Any]], dict[str, Text]]:
    """Versions by id, then proposals by number, oldest first; withdrawn ones can still be looked at."""
    now = papers.block(policy)["id"]
    blocks: dict[str, dict[str, Any]] = {str(v["id"]): v for v in papers.written[policy].versions}
    words = {i: Text(f"{i}（{IN_FORCE.zh}）", f"{i} ({IN_FORCE.en})") if i == now else Text(i, i) for i in blocks}
    for p in sorted((p for p in proposals if p.policy == policy), key=lambda p: (p.is_open, p.proposal_id)):
        blocks[p.proposal_id] = parse(p.content, policy)["version"][0]
        state = Text("", "") if p.is_open else Text(f"，{WITHDRAWN.zh}", f", {WITHDRAWN.en}")
        words[p.proposal_id] = Text(
            f"{PROPOSAL.zh} {p.proposal_id} {p.title}{state.zh}", f"{PROPOSAL.en} {p.proposal_id} {p.title}{state.en}"
        )
    return blocks, words


def _table(found: Sequence[Difference], policy: str, reference: Reference) -> Listing:
    columns = (
        column("内容", "What", "版本中的位置", "Where it stands", "text"),
        column("之前", "Before", "左侧版本", "In the version before", "text"),
        column("之后", "After", "右侧版本", "In the version after", "text"),
        column("变化", "Change", "新增、删除或改动", "Added, removed or changed", "text"),
    )
    return Listing(
        columns,
        tuple(
            (place(d.path, policy), value(d.path, d.before, reference), value(d.path, d.after, reference), CHANGES[d.change])
            for d in found
        ),
    )  # fmt: skip


def _said(found: Sequence[Difference]) -> Text:
    if not found:
        return EQUAL
    content = [d for d in found if d.path[0] not in HEAD]
    number = {c: sum(d.change is c for d in content) for c in Change}
    return Text(
        f"{len(content)} 处内容不同：新增 {number[Change.ADDED]}，删除 {number[Change.REMOVED]}，改动 {number[Change.CHANGED]}。",
        f"{len(content)} parts differ: {number[Change.ADDED]} added, {number[Change.REMOVED]} removed, {number[Change.CHANGED]} changed.",
    )


def place(path: Sequence[str], policy: str) -> Text:
    """Where in a version a difference stands, in words."""
    parts = [
        KEYS.get(key) or KINDS.get(key) or Text(key, key)
        for key in path
        if key not in ("bands", "at_least") or len(path) == 1
    ]
    return Text(" · ".join(p.zh for p in parts), " · ".join(p.en for p in parts))


def value(path: Sequence[str], found: Any, reference: Reference) -> Text:
    """What stands there, in words."""
    if found is None or found == "":
        return NONE
    if isinstance(found, bool):
        return YES if found else NO
    if isinstance(found, Mapping):
        return _table_words(found)
    if isinstance(found, list):
        if path[-1] == "legal_basis":
            return clauses(found, reference)
        joined = " · ".join(_test(i) if isinstance(i, Mapping) else str(i) for i in found)
        return Text(joined, joined)
    if isinstance(found, Effect) or path[-1] == "effect":
        return effect_words(Effect(found), "")
    if isinstance(found, Decimal | float) and path[0] in ("ratio", "regular", "random_share"):
        return Text(f"{100 * found:.2f}%", f"{100 * found:.2f}%")
    said = found.isoformat() if isinstance(found, date) else f"{found}"
    return Text(said, said)


def _table_words(found: Mapping[str, Any]) -> Text:
    """A text as it is; a rule by its title and effect; anything else by its plain values."""
    if found.keys() == {"zh", "en"}:
        return Text(found["zh"], found["en"])
    if "title" in found:
        title = Text(found["title"]["zh"], found["title"]["en"])
        if "effect" not in found:
            return title
        does = effect_words(Effect(found["effect"]), found.get("grade"))
        return Text(f"{title.zh}（{does.zh}）", f"{title.en} ({does.en})")
    said = "，".join(f"{k} = {v}" for k, v in found.items() if not isinstance(v, Mapping | list))
    return Text(said, said)


def _test(test: Mapping[str, Any]) -> str:
    """One condition of a rule, or one band."""
    name = str(test.get("indicator") or test.get("column") or test.get("grade") or "")
    compared = [(SIGNS[k], v) for k, v in test.items() if k in SIGNS]
    written = [f"{sign} {'、'.join(map(str, v)) if isinstance(v, list) else v}" for sign, v in compared]
    return " ".join([name, *written])
