"""The log as a list: which rows an address asks for, what each says, how many each choice would show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pages.views import audit_words
from pages.views.audit_words import Terms
from pages.views.enterprise_columns import Column
from pages.views.fields import shown
from pages.views.search import Search
from pages.views.warning_counts import Choice
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.stores.access import Actor, Role
from pipeline.stores.operations import audit_log
from pipeline.stores.operations.audit_actions import FAMILIES_OF, Family, action_of
from pipeline.stores.operations.audit_log import Entry, LogFilter
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader

PAGE_SIZE = 25
MOST_FIRMS = 200
"""Firms that a searched name may stand for; where more fit, only the text itself is looked for."""
_TITLES = {
    "family": Text("事项", "Acts"),
    "user": Text("用户", "User"),
    "q": Text("查找", "Search"),
    "from": Text("自", "From"),
    "to": Text("至", "Until"),
}


@dataclass(frozen=True)
class Source:
    """Where the log comes from. `read`: the build for names of firms, None before the first publish."""

    operations: Operations = field(metadata=shown("运行库", "Operations", "人员操作的记录", "What people did"))
    actor: Actor = field(metadata=shown("用户", "Actor", "谁在看", "Who looks"))
    read: ScopedReader | None = field(metadata=shown("读取", "Reader", "本批次", "This build"))
    reference: Reference = field(metadata=shown("代码", "Reference", "代码表", "Code lists"))

    @property
    def names_firms(self) -> bool:
        """Whether names of firms can be read: an administrator has none."""
        return self.read is not None and self.actor.role is Role.SUPERVISOR


@dataclass(frozen=True)
class Asked:
    """What an address asks for; an empty value asks for nothing."""

    family: str = field(default="", metadata=shown("事项", "Acts", "事项类别", "Kind of act"))
    user: str = field(default="", metadata=shown("用户", "User", "用户名", "User name"))
    q: str = field(default="", metadata=shown("查找", "Search", "企业、编号或说明", "Firm, number or note"))
    since: date | None = field(default=None, metadata=shown("自", "From", "起始日", "First day"))
    until: date | None = field(default=None, metadata=shown("至", "Until", "截止日", "Last day"))

    @staticmethod
    def parse(query: Mapping[str, str], role: Role, users: Mapping[str, object]) -> Asked:
        """The filter that `query` asks for; whatever is no value is dropped."""
        known = {f.name.lower() for f in FAMILIES_OF.get(role, ())}
        family, user = query.get("family", ""), query.get("user", "")
        return Asked(
            family if family in known else "",
            user if user in users else "",
            Search.tidy(query.get("q", "")),
            _day(query.get("from", "")),
            _day(query.get("to", "")),
        )

    def query(self) -> dict[str, str]:
        """The filter as an address says it, empty values left out."""
        days = {name: day.isoformat() if day else "" for name, day in (("from", self.since), ("to", self.until))}
        written = {"family": self.family, "user": self.user, "q": self.q, **days}
        return {name: value for name, value in written.items() if value}


@dataclass(frozen=True)
class LogRow:
    """One act as a line of the list."""

    seq: int = field(metadata=shown("序号", "No.", "日志中的序号", "Its number in the log"))
    at: str = field(metadata=shown("时间", "Time", "实际时间", "Wall clock"))
    business_on: date = field(metadata=shown("业务日", "Business day", "计入的业务日", "The day that counts"))
    who: Text = field(metadata=shown("用户", "User", "姓名与用户名", "Name and user"))
    role: Text = field(metadata=shown("角色", "Role", "当时的角色", "The role then"))
    action: Text = field(metadata=shown("事项", "Act", "做了什么", "What was done"))
    subject: Text = field(metadata=shown("对象", "Subject", "企业、账号、任务或页面", "Firm, account, task or page"))
    said: Text = field(metadata=shown("说明", "Detail", "要点；点一行看全文", "In short; click a row for all of it"))


@dataclass(frozen=True)
class LogView:
    """One page of the log, and the choices around it."""

    asked: Asked = field(metadata=shown("筛选", "Filter", "当前条件", "What is asked for"))
    rows: tuple[LogRow, ...] = field(metadata=shown("行", "Rows", "本页各行", "Rows of this page"))
    total: int = field(metadata=shown("条数", "Number", "符合条件的条数", "Rows that fit"))
    page: int = field(metadata=shown("页码", "Page", "从 1 开始", "From 1"))
    pages: int = field(metadata=shown("页数", "Pages", "至少 1 页", "At least one"))
    choices: Mapping[str, tuple[Choice, ...]] = field(
        hash=False, metadata=shown("选项", "Choices", "条件 → 选项", "Condition → choices")
    )


@dataclass(frozen=True)
class EntryView:
    """One row in full. `uscc`: the firm it is about, empty if none."""

    row: LogRow = field(metadata=shown("行", "Row", "该行", "The row"))
    facts: tuple[tuple[Text, Text], ...] = field(metadata=shown("内容", "Facts", "逐项", "Item by item"))
    seal: str = field(metadata=shown("封签", "Seal", "该行的封签", "Its seal"))
    uscc: str = field(metadata=shown("企业", "Firm", "信用代码", "Its credit code"))


def log(source: Source, query: Mapping[str, str]) -> LogView:
    """The page of the log that `query` asks for; a page beyond the last is the last."""
    people = audit_log.users(source.operations, source.actor)
    asked = Asked.parse(query, source.actor.role, people)
    wanted = wanted_of(source, asked)
    by_action = audit_log.counts(source.operations, source.actor, wanted)
    by_family: dict[str, int] = {}
    for code, n in by_action.items():
        family = action_of(code).family.name.lower()
        by_family[family] = by_family.get(family, 0) + n
    total = by_family.get(asked.family, 0) if asked.family else sum(by_family.values())
    pages = max(1, -(-total // PAGE_SIZE))
    page = min(max(int(query["page"]) if _is_number(query.get("page", "")) else 1, 1), pages)
    found = audit_log.entries(source.operations, source.actor, wanted, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    terms = terms_of(source)
    choices = {"family": _families(source.actor.role, by_family, asked), "user": _users(people, terms)}
    return LogView(asked, rows_of(source, found, terms), total, page, pages, choices)


def entry(source: Source, seq: int) -> EntryView:
    """One row in full; raises NotPermitted where the actor has no such row."""
    found = audit_log.entry_of(source.operations, source.actor, seq)
    terms = terms_of(source)
    row = rows_of(source, [found], terms)[0]
    facts = [(title, value) for _, title, value in audit_words.detail_words(found, terms)]
    uscc, _ = firms_of(source, [found]).get(found.subject, ("", ""))
    return EntryView(row, tuple(facts), found.digest, uscc)


def wanted_of(source: Source, asked: Asked) -> LogFilter:
    """What the store is asked for; a search that names firms finds their archives, warnings and tasks too."""
    family = Family[asked.family.upper()] if asked.family else None
    return LogFilter(asked.user, family, asked.q, _firms(source, asked.q), asked.since, asked.until)


def rows_of(source: Source, found: list[Entry], terms: Terms) -> tuple[LogRow, ...]:
    """Rows of the log as lines of the list."""
    firms = firms_of(source, found)
    return tuple(
        LogRow(
            seq=e.seq,
            at=f"{e.wall_at:%Y-%m-%d %H:%M:%S}",
            business_on=e.business_at.date(),
            who=audit_words.person(e.user, terms),
            role=audit_words.role_words(e.role),
            action=action_of(e.action).title,
            subject=audit_words.subject_words(e, terms, firms),
            said=audit_words.summary(e, terms),
        )
        for e in found
    )


def firms_of(source: Source, found: list[Entry]) -> dict[str, tuple[str, str]]:
    """Subject -> (credit code, name) of the firm that it names or is about, for whoever may see firms."""
    subjects = sorted({e.subject for e in found if e.subject})
    firms = audit_log.firms_of(source.operations, source.actor, subjects)
    if source.read is None or not source.names_firms or not subjects:
        return firms
    sql = "SELECT uscc, entity_name FROM enterprise WHERE list_contains(?::VARCHAR[], uscc)"
    return firms | {uscc: (uscc, name or uscc) for uscc, name in source.read.rows(sql, [subjects])}


def terms_of(source: Source) -> Terms:
    """The words behind the codes of details."""
    city = source.operations.settings.city
    return Terms(
        units={u.code: u.name for u in city.units},
        fields=source.reference.codes("field"),
        results=source.reference.codes("check_result"),
        suppliers=city.suppliers,
        people=audit_log.names(source.operations, source.actor),
    )


def sentence(view: LogView) -> Text:
    """The filter in words."""
    said = [(_TITLES[n], _chosen(view, n, v)) for n, v in view.asked.query().items()]
    if not said:
        return Text("全部记录", "All rows")
    return Text("；".join(f"{t.zh} {v.zh}" for t, v in said), "; ".join(f"{t.en}: {v.en}" for t, v in said))


def columns(*, with_business_day: bool) -> tuple[Column, ...]:
    """The columns of the list. `with_business_day`: where it differs from the wall clock's."""
    known = {f.name: (f.metadata["label"], f.metadata["help"]) for f in LogRow.__dataclass_fields__.values()}
    widths = {"at": 148, "business_on": 92, "who": 190, "action": 128, "subject": 268, "said": 420}
    kinds = {"business_on": "day"}
    return tuple(
        Column(name, *known[name], kinds.get(name, "text"), width, 20, "")
        for name, width in widths.items()
        if with_business_day or name != "business_on"
    )


def cells(view: LogView, columns: tuple[Column, ...], language: str) -> list[list[Any]]:
    """The rows as the columns show them."""
    return [[_cell(getattr(row, c.key), language) for c in columns] for row in view.rows]


def _cell(value: Any, language: str) -> Any:
    return value.of(language) if isinstance(value, Text) else value


def _chosen(view: LogView, name: str, value: str) -> Text:
    return next((c.label for c in view.choices.get(name, ()) if c.value == value), Text(value, value))


def _families(role: Role, counted: Mapping[str, int], asked: Asked) -> tuple[Choice, ...]:
    offered = [(f.name.lower(), f.title) for f in FAMILIES_OF.get(role, ())]
    return tuple(Choice(c, title, counted.get(c, 0)) for c, title in offered if counted.get(c) or c == asked.family)


def _users(people: Mapping[str, int], terms: Terms) -> tuple[Choice, ...]:
    return tuple(Choice(user, audit_words.person(user, terms), n) for user, n in people.items())


def _firms(source: Source, text: str) -> frozenset[str]:
    """Codes of the firms that a searched text names; none where it names too many."""
    search = Search.of(text)
    if source.read is None or not source.names_firms or search is None:
        return frozenset()
    condition, parameters = search.condition()
    found = source.read.rows(f"SELECT uscc FROM enterprise WHERE {condition} LIMIT {MOST_FIRMS + 1}", parameters)
    return frozenset(uscc for (uscc,) in found) if len(found) <= MOST_FIRMS else frozenset()


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written) if len(written) == len("2020-10-15") else None
    except ValueError:
        return None


def _is_number(written: str) -> bool:
    return written.isascii() and written.isdigit() and len(written) <= len("999999")
