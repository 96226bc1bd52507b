"""The policy page: what is in force at the left; a trial, two versions or the proposals at the right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any

from models.whatif.impact import Impact, impact
from models.whatif.papers import TITLES
from pages.views import policy_fields, policy_grades, policy_practice, policy_proposals, policy_results, policy_versions
from pages.views.fields import shown
from pages.views.listings import Listing
from pages.views.policies import Stamp, stamp
from pages.views.policy_files import Papers, papers
from pages.views.policy_results import Results, results
from pages.views.policy_sheets import Sheet
from pages.views.policy_trial import Asked, Outcome, Trial, asked_for, next_month, outcome, ratio_faults, trial
from pipeline.domain import Text
from pipeline.errors import Refused
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.operations.proposals import Draft, Proposal
from pipeline.stores.reader import ScopedReader

PARTS = ("bands", "rules", "ratios", "measures", "warnings", "fields")
SIDES = ("simulate", "compare", "proposals")
NONE_YET = policy_proposals.NONE_YET
Keep = Callable[..., Any]
"""Keeps what a function gives under a key that it completes with build and scope: (make, *key)."""


@dataclass(frozen=True)
class Source:
    """What the page works with: the files, the published build, and how results are kept."""

    settings: Settings = field(metadata=shown("部署", "Settings", "本部署", "The deployment"))
    read: ScopedReader = field(metadata=shown("读取", "Reader", "已发布批次", "The published build"))
    reference: Reference = field(metadata=shown("代码表", "Reference", "代码与依据", "Codes and clauses"))
    papers: Papers = field(metadata=shown("政策", "Papers", "各政策文件", "The policy files"))
    at: Stamp = field(metadata=shown("文件状态", "Stamp", "文件的修改时间", "When the files changed"))
    kind: str = field(metadata=shown("评分方式", "Kind", "现用的评分", "Kind of score in use"))

    keep: Keep = field(hash=False, metadata=shown("缓存", "Keep", "结果的缓存", "Keeps results"))

    @property
    def key(self) -> str:
        """Names the state of the files and the day, for a cache."""
        return f"{self.at}{self.papers.day}"


@dataclass(frozen=True)
class Shown:
    """A trial with what it would do; `impact` None where its faults forbid to count."""

    trial: Trial = field(metadata=shown("模拟", "Trial", "所拟的改动", "What is tried out"))
    outcome: Outcome | None = field(metadata=shown("影响", "Outcome", "改动的影响", "What it would do"))
    results: Results | None = field(metadata=shown("结果", "Results", "表与结论", "Tables and words"))
    faults: tuple[Text, ...] = field(metadata=shown("问题", "Faults", "不能成为规则的原因", "Why it can't be a rule"))
    day: date = field(metadata=shown("拟施行日", "Day", "下月首日", "First day of the next month"))

    @property
    def files(self) -> tuple[Text, ...]:
        """The files that would be saved."""
        drafts = self.outcome.drafts if self.outcome else ()
        return tuple(Text(f"{TITLES[d.policy].zh}（{d.policy}.toml）", f"{d.policy}.toml") for d in drafts)

    @property
    def may_save(self) -> bool:
        """Whether there is something sound to save."""
        return bool(self.files) and not self.faults


def source(settings: Settings, read: ScopedReader, reference: Reference, keep: Keep) -> Source:
    """Read the files and ask the build for its kind of score; raises BadDeclaration for a file with faults."""
    found = papers(settings, reference)
    kind = keep(partial(policy_grades.kind_in_force, read), "policy-kind")
    return Source(settings, read, reference, found, stamp(settings.policy), kind, keep)


def sides(asked: Mapping[str, str]) -> tuple[str, str]:
    """The part at the left and what stands at the right; ?part= may name either."""
    part = asked.get("part", "")
    show = asked.get("show", "") if asked.get("show") in SIDES else part
    return part if part in PARTS else PARTS[0], show if show in SIDES else SIDES[0]


def drift(at: Source) -> Text | None:
    """Whether the build was graded with something else than what the file has in force."""
    same = _impact(at, trial(Asked({}, {}, {}, False), at.papers, at.kind, next_month(at.papers.day)))
    published = str(at.read.rows("SELECT policy_id FROM build")[0][0])
    return policy_results.drift(published, at.papers, same) if same else None


def sheet(at: Source, part: str) -> Sheet:
    """One part of what is in force."""
    made: Sheet = at.keep(partial(_sheet, at, part), "policy-sheet", part, at.key)
    return made


def _sheet(at: Source, part: str) -> Sheet:
    if part == "rules":
        return policy_grades.rules(at.read, at.papers, at.reference)
    if part == "ratios":
        return policy_practice.ratios(at.read, at.papers, at.reference)
    if part == "measures":
        return policy_practice.measures(at.papers, at.reference)
    if part == "warnings":
        return policy_practice.warnings(at.papers, at.reference)
    if part == "fields":
        return policy_fields.sheet(at.papers, at.reference, policy_fields.progress(at.read))
    return policy_grades.bands(at.read, at.papers, at.reference)


def scores(at: Source, query: Mapping[str, str]) -> tuple[policy_grades.Scores, Mapping[str, float]]:
    """How the scores lie under the cuts in force, and the cuts that are tried out."""
    make = partial(policy_grades.scores, at.read, at.papers.grade)
    return at.keep(make, "policy-scores", at.key), _asked(at, query).cuts


def listed(found: tuple[Proposal, ...]) -> Listing:
    """Every proposal in a row."""
    return policy_proposals.listed(found)


def simulated(at: Source, query: Mapping[str, str]) -> Shown:
    """The trial that the address asks for, and what it would do."""
    day = next_month(at.papers.day)
    tried = trial(_asked(at, query), at.papers, at.kind, day)
    moves = _impact(at, tried)
    if moves is None:
        return Shown(tried, None, None, (*tried.faults, *ratio_faults(tried, at.papers)), day)
    found = outcome(tried, at.papers, moves, day)
    return Shown(tried, found, results(found, at.papers, at.settings.city), found.faults, day)


def drafts(at: Source, query: Mapping[str, str], day: date) -> tuple[Draft, ...]:
    """What is to be saved, to take effect on `day`; raises Refused with the faults that this day brings."""
    tried = trial(_asked(at, query), at.papers, at.kind, day)
    moves = _impact(at, tried)
    found = outcome(tried, at.papers, moves, day) if moves else None
    wrong = found.faults if found else tried.faults
    if wrong or found is None:
        raise Refused("；".join(t.zh for t in wrong), "; ".join(t.en for t in wrong))
    return found.drafts


def compared(at: Source, asked: Mapping[str, str], found: tuple[Proposal, ...]) -> policy_versions.Comparison:
    """Two versions side by side."""
    return policy_versions.comparison(asked, at.papers, found, at.reference)


def opened(at: Source, asked: Mapping[str, str], found: tuple[Proposal, ...]) -> policy_proposals.Opened | None:
    """The proposal that the address asks for, else the newest; None without any."""
    if not found:
        return None
    one = next((p for p in found if p.proposal_id == asked.get("proposal")), found[0])
    return policy_proposals.opened(one, at.papers, at.reference, at.kind)


def _asked(at: Source, query: Mapping[str, str]) -> Asked:
    return asked_for(query, at.papers, at.kind)


def _impact(at: Source, tried: Trial) -> Impact | None:
    policy = tried.grade
    if policy is None:
        return None
    make = partial(impact, at.read, policy, at.papers.grade)
    found: Impact = at.keep(make, "policy-impact", tried.key, at.key)
    return found
