"""The list of warnings: which cases, in which order, how many each choice would show, and whether they still hold."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from models.policy.warning_rules import sentence
from pages.views.fields import explanations, shown
from pages.views.numbers import number_of
from pages.views.sector_heat import SectorHeat, members_of, sector_heat, sector_name
from pages.views.warning_counts import Choice, choices_of, counts_of, level_words
from pages.views.warning_filter import ENDED, WarningFilter
from pipeline.domain import Severity, Text
from pipeline.reference import Reference
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations.case_reads import cases, names_of, tally, triggers
from pipeline.stores.operations.case_rules import OPEN, State
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader

PAGE_SIZE = 17
_BRACKETS = re.compile(r"\s?[（(][^（）()]*(?:\([^()]*\))?[^（）()]*[）)]")
NOBODY = Text("未指派", "Nobody")
NO_UNIT = Text("全市", "City")


@dataclass(frozen=True)
class WarningRow:
    """One warning as a line of the list."""

    case_id: str = field(metadata=shown("编号", "Number", "预警编号", "Number of the case"))
    version: int = field(metadata=shown("版本", "Version", "所见的版本", "The version seen"))
    level: Severity = field(metadata=shown("级别", "Level", "一般、较大或重大", "Minor, major or critical"))
    days_left: int | None = field(
        metadata=shown(
            "办理时限",
            "Deadline",
            "距本环节期限的工作日；逾期在前",
            "Working days until the present stage is due; late ones first",
        )
    )
    subject: Text = field(
        metadata=shown("企业", "Subject", "企业，或聚集的行业、来源单位", "The firm, or the trade or source")
    )
    grade: str | None = field(metadata=shown("等级", "Grade", "本批次的信用风险等级", "Grade of this build"))
    said: Text = field(metadata=shown("触发情形", "Trigger", "何以预警", "What triggered it"))
    unit: Text = field(metadata=shown("县区", "Unit", "企业的管辖单位", "Unit of the firm"))
    unit_code: str = field(
        metadata=shown("单位代码", "Unit code", "承办单位的代码", "Code of the unit that handles it")
    )
    state: State = field(
        metadata=shown("状态", "State", "办理状态；↑ 已上报，○ 情形已消失", "Where it stands; ↑ escalated, ○ ended")
    )
    handler: Text = field(metadata=shown("承办", "Handler", "指派给谁", "Whom it was given to"))
    is_mine: bool = field(metadata=shown("我的", "Mine", "指派给我", "Given to me"))
    is_escalated: bool = field(metadata=shown("已上报", "Escalated", "已上报上级", "It is before the superior"))
    has_ended: bool = field(
        metadata=shown(
            "情形已消失", "Condition ended", "触发情形在本批次已不存在", "The condition no longer holds in this build"
        )
    )

    @property
    def brief(self) -> Text:
        """The trigger without what stands in brackets: numbers and dates to compare with."""
        return Text(_BRACKETS.sub("", self.said.zh), _BRACKETS.sub("", self.said.en))


@dataclass(frozen=True)
class WarningList:
    """One page of the list, and the choices around it."""

    asked: WarningFilter = field(metadata=shown("筛选", "Filter", "当前条件", "What is asked for"))
    rows: tuple[WarningRow, ...] = field(metadata=shown("行", "Rows", "本页各行", "Rows of this page"))
    total: int = field(metadata=shown("件数", "Number", "符合条件的件数", "Warnings that fit"))
    page: int = field(metadata=shown("页码", "Page", "从 1 开始", "From 1"))
    pages: int = field(metadata=shown("页数", "Pages", "至少 1 页", "At least one"))
    choices: Mapping[str, tuple[Choice, ...]] = field(
        hash=False, metadata=shown("选项", "Choices", "条件 → 选项", "Condition → choices")
    )
    words: tuple[tuple[Text, Text], ...] = field(
        metadata=shown("条件", "Conditions", "条件的文字", "The conditions in words")
    )


@dataclass(frozen=True)
class Source:
    """Where warnings come from: the build as the actor sees it, what people did, words; `kept` keeps what is the build's."""

    read: ScopedReader
    operations: Operations
    reference: Reference
    kept: Callable[..., Any]

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.read.actor

    @property
    def firms(self) -> frozenset[str] | None:
        """The firms of a section; None where the unit cuts."""
        if self.actor.role is not Role.SECTION:
            return None
        found: frozenset[str] = self.kept(
            lambda: frozenset(r[0] for r in self.read.rows("SELECT uscc FROM enterprise")), "firms"
        )
        return found

    @property
    def units(self) -> dict[str, Text]:
        """The units within the scope."""
        return {u.code: u.name for u in self.operations.settings.city.units if self.actor.covers(u.code)}

    @property
    def heat(self) -> SectorHeat:
        """The heat map."""
        found: SectorHeat = self.kept(lambda: sector_heat(self.read, self.operations.settings.city.units), "heat")
        return found


def warning_list(source: Source, query: Mapping[str, str]) -> WarningList:
    """The page of the list that `query` asks for; a page beyond the last is the last."""
    asked = WarningFilter.parse(query, source.actor.role, source.units)
    firms = among(source, asked)
    total, counts = counts_of(_tally(source, asked, firms), asked, source.actor.role)
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(number_of(query.get("page", "")) or 1, 1), pages)
    found = cases(
        source.operations,
        source.actor,
        asked.cases(firms),
        firms=source.firms,
        limit=PAGE_SIZE,
        offset=(page - 1) * PAGE_SIZE,
    )
    choices = choices_of(counts, asked, source.actor.role, source.units)
    return WarningList(asked, warning_rows(source, found), total, page, pages, choices, _words(source, asked))


def warning_rows(source: Source, found: pd.DataFrame) -> tuple[WarningRow, ...]:
    """Cases as lines of a list; grade and condition as the published build knows them."""
    grades = _grades(source.read, [c for c in found["uscc"] if isinstance(c, str)])
    holding = _holding(source, list(found["case_id"]))
    names = {u.code: u.name for u in source.operations.settings.city.units}
    people = {user: Text(name, name) for user, name in names_of(source.operations).items()}
    return tuple(_row(source, r, grades, holding, names | people) for r in found.to_dict("records"))


def subject_of(rule: str, detail: str, name: str | None, source: Source) -> Text:
    """Whom a warning is about: the firm, else the trade of a unit, else the model that scores, else who delivers."""
    if name:
        return Text(name, name)
    said = json.loads(detail)
    city = source.operations.settings.city
    if "section" in said:
        unit = next((u.name for u in city.units if u.code == said["unit"]), NO_UNIT)
        section = sector_name(said["section"])
        return Text(f"{unit.zh}·{section.zh}", f"{unit.en}, {section.en}")
    if "model" in said:
        return Text(f"评分模型 {said['model']}", f"Model {said['model']}")
    supplier = str(said.get("supplier", rule))
    return city.supplier_name(supplier)


def one_unit(chosen: Sequence[WarningRow]) -> str | None:
    """The code of the unit that all of them belong to, None if they belong to several or to none."""
    units = {r.unit_code for r in chosen}
    return units.pop() or None if len(units) == 1 else None


def versions(chosen: Sequence[WarningRow]) -> dict[str, int]:
    """Number -> version seen."""
    return {r.case_id: r.version for r in chosen}


def lines(chosen: Sequence[WarningRow]) -> list[tuple[Text, ...]]:
    """Level, subject, trigger and unit of each."""
    return [(level_words(r.level), r.subject, r.said, r.unit) for r in chosen]


def heads() -> dict[str, tuple[Text, Text]]:
    """Title and help of the columns."""
    return explanations(WarningRow)


def content(view: WarningList) -> str:
    """Names what a page of the list shows: another content, another name."""
    shown_now = "|".join(f"{r.case_id}:{r.version}" for r in view.rows)
    return hashlib.sha256(shown_now.encode()).hexdigest()[:12]


def words(view: WarningList) -> list[tuple[Text, Text]]:
    """Level and deadline of each line."""
    return [(level_words(r.level), deadline_words(r.days_left)) for r in view.rows]


def deadline_words(days: int | None) -> Text:
    """How much time is left, in working days."""
    if days is None:
        return Text("—", "—")
    if days < 0:
        return Text(f"逾期 {-days} 天", f"{-days} d late")
    return Text("今日到期", "Due today") if days == 0 else Text(f"余 {days} 天", f"{days} d left")


def _row(
    source: Source, r: Mapping[str, Any], grades: Mapping[str, str], holding: set[str], names: Mapping[str, Text]
) -> WarningRow:
    unit = _text(r["unit"]) or _text(r["assigned_unit"])
    person, given = _text(r["assigned_to"]), _text(r["assigned_unit"])
    handed = person or given
    handler = names.get(handed, Text(handed, handed)) if handed else NOBODY
    state = State[r["state"]]
    return WarningRow(
        case_id=r["case_id"],
        version=int(r["version"]),
        level=Severity(r["level"]),
        days_left=None if pd.isna(r["days_left"]) else int(r["days_left"]),
        subject=subject_of(r["rule"], r["detail"], _text(r["entity_name"]), source),
        grade=grades.get(_text(r["uscc"])),
        said=sentence(r["rule"], r["detail"], source.reference, source.operations.settings.city),
        unit=names.get(unit, Text(unit, unit)) if unit else NO_UNIT,
        unit_code=unit,
        state=state,
        handler=handler,
        is_mine=bool(r["is_mine"]),
        is_escalated=bool(r["is_escalated"]),
        has_ended=state in OPEN and r["case_id"] not in holding,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _grades(read: ScopedReader, codes: Sequence[str]) -> dict[str, str]:
    if not codes:
        return {}
    found = read.rows(
        "SELECT uscc, grade FROM enterprise WHERE uscc IN (SELECT unnest(?::VARCHAR[])) AND grade IS NOT NULL", [codes]
    )
    return dict(found)


def _holding(source: Source, case_ids: Sequence[str]) -> set[str]:
    """The cases of which some condition holds in the published build."""
    if not case_ids or not source.read.has("warning"):
        return set(case_ids)
    known = triggers(source.operations, source.actor, firms=source.firms, case_ids=case_ids)
    wanted = known["warning_id"].tolist()
    held = {
        r[0]
        for r in source.read.rows(
            "SELECT warning_id FROM warning WHERE warning_id IN (SELECT unnest(?::VARCHAR[]))", [wanted]
        )
    }
    return {c for w, c in zip(wanted, known["case_id"], strict=True) if w in held}


def among(source: Source, asked: WarningFilter) -> frozenset[str] | None:
    """The firms of the sector and units asked for; None where no sector is."""
    sections = members_of(asked.sector, source.heat) if asked.sector else None
    if sections is None:
        return None
    found: frozenset[str] = source.kept(
        lambda: frozenset(
            r[0] for r in source.read.rows(
                "SELECT uscc FROM enterprise WHERE list_contains(?::VARCHAR[], industry_section)"
                " AND (len(?::VARCHAR[]) = 0 OR list_contains(?::VARCHAR[], unit))",
                [list(sections), list(asked.unit), list(asked.unit)],
            )
        ),
        "sector", asked.sector, *asked.unit,
    )  # fmt: skip
    return found


def _tally(source: Source, asked: WarningFilter, firms: frozenset[str] | None) -> pd.DataFrame:
    """Numbers by every condition that has counts; the others hold."""
    base = WarningFilter(sector=asked.sector, q=asked.q, view=ENDED if asked.view == ENDED else "")
    return tally(source.operations, source.actor, base.cases(firms), firms=source.firms)


def _words(source: Source, asked: WarningFilter) -> tuple[tuple[Text, Text], ...]:
    """The conditions that no widget shows by itself."""
    known = WarningFilter.__dataclass_fields__
    found = [(known["sector"].metadata["label"], sector_name(asked.sector))] if asked.sector else []
    if asked.sector or len(asked.unit) > 1:
        found += [(known["unit"].metadata["label"], source.units[u]) for u in asked.unit]
    return tuple(found)
