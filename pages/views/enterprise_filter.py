"""Which enterprises a list shows: a filter read from an address or a saved query, and its conditions in SQL.

Every value is checked again on reading: what is not in a closed list or of the right form is left out. Values reach
the database as parameters only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from pages.views.search import Search
from pipeline.domain import Grade, Text
from pipeline.stores.access import KEY_FIELDS

ALL = "all"
"""Chosen by hand: no condition where by default there is one."""
KINDS: dict[str, tuple[Text, str]] = {
    "company": (Text("公司", "Companies"), "left(entity_type, 1) IN ('1', '5', '6')"),
    "branch": (Text("分支机构", "Branches"), "left(entity_type, 1) = '2'"),
    "partnership": (Text("合伙企业", "Partnerships"), "left(entity_type, 3) = '453'"),
    "sole": (Text("个人独资企业", "Sole proprietorships"), "entity_type = '4540'"),
    "public": (Text("国有、集体企业", "State-owned and collective"), "left(entity_type, 1) = '3'"),
    "cooperative": (Text("农民专业合作社", "Farmers’ co-operatives"), "entity_type = '9100'"),
    "individual": (
        Text("个体工商户", "Individual businesses"),
        "(entity_type = '9500' OR entity_type IS NULL AND left(uscc, 2) = '92')",
    ),
    "other": (Text("其他", "Other"), ""),
}
"""Groups of entity types: title and condition; the first that holds counts, the last holds always."""
CHECKED: dict[str, tuple[Text, int | None]] = {
    "never": (Text("从未检查", "Never checked"), None),
    "6m": (Text("半年以上未查", "Not within half a year"), 183),
    "1y": (Text("一年以上未查", "Not within a year"), 365),
    "2y": (Text("两年以上未查", "Not within two years"), 730),
}
"""How long ago the last check is: title and days, None: there was none."""
WARNINGS: dict[str, tuple[Text, str]] = {
    "open": (Text("有未结预警", "Open warnings"), "open_cases > 0"),
    "waiting": (Text("有待签收预警", "Warnings to accept"), "waiting_cases > 0"),
    "late": (Text("有逾期预警", "Overdue warnings"), "late_cases > 0"),
    "none": (Text("无未结预警", "No open warning"), "coalesce(open_cases, 0) = 0"),
}
TASKS: dict[str, tuple[Text, str]] = {
    "open": (Text("有待查任务", "To be checked"), "task IN ('late', 'week', 'open')"),
    "week": (Text("本周待查", "Due this week"), "task = 'week'"),
    "late": (Text("任务已逾期", "Overdue"), "task = 'late'"),
    "done": (Text("已完成抽查", "Checked"), "task = 'done'"),
    "none": (Text("不在抽查名单", "Not drawn"), "task IS NULL"),
}
ACTIVE = "1"
_FORMS = {
    "industry": re.compile(r"[A-T]|[0-9]{2}|[0-9]{4}"),
    "unit": re.compile(r"[A-Za-z0-9-]{1,20}"),
    "street": re.compile(r"[0-9]{9}"),
    "status": re.compile(r"[0-9]|all"),
    "result": re.compile(r"[0-9]{2}"),
}
_CLOSED = {"kind": (*KINDS, ALL), "checked": tuple(CHECKED), "warning": tuple(WARNINGS), "task": tuple(TASKS)}
_LISTS = {"grade": tuple(Grade), "field": KEY_FIELDS}


@dataclass(frozen=True)
class EnterpriseFilter:
    """What is asked for; an empty value asks for nothing. The names are those of an address.

    `kind`, `status`: by default no individual businesses, and only who is in business; a search by name or code
    looks among all of them.
    """

    q: str = ""
    grade: tuple[str, ...] = ()
    industry: str = ""
    field: tuple[str, ...] = ()
    unit: str = ""
    street: str = ""
    kind: str = ""
    status: str = ""
    warning: str = ""
    task: str = ""
    checked: str = ""
    result: str = ""

    @staticmethod
    def parse(query: Mapping[str, Any]) -> EnterpriseFilter:
        """The filter that `query` (name -> text, lists joined by commas) asks for; whatever is no value is dropped."""
        found: dict[str, Any] = {"q": Search.tidy(str(query.get("q", "")))}
        for name, allowed in _LISTS.items():
            asked = str(query.get(name, "")).split(",")
            found[name] = tuple(str(a) for a in allowed if a in asked)
        for name, form in _FORMS.items():
            value = str(query.get(name, ""))
            found[name] = value if form.fullmatch(value) else ""
        for name, closed in _CLOSED.items():
            value = str(query.get(name, ""))
            found[name] = value if value in closed else ""
        return EnterpriseFilter(**found)

    def query(self) -> dict[str, str]:
        """The filter as an address says it, empty values left out; `parse` gives it back."""
        written = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: v if isinstance(v, str) else ",".join(v) for k, v in written.items() if v}

    def without(self, name: str) -> EnterpriseFilter:
        """The same filter, not asking for `name`."""
        return replace(self, **{name: type(getattr(self, name))()})

    @property
    def asks_people(self) -> bool:
        """Whether the answer depends on what people did, not on the build alone."""
        return bool(self.warning or self.task)

    @property
    def more(self) -> int:
        """How many conditions are set that stand behind 更多条件."""
        return sum(
            bool(getattr(self, n)) for n in ("field", "unit", "kind", "status", "warning", "task", "checked", "result")
        )

    @property
    def kinds(self) -> str:
        """The kind that counts: the chosen one, else "" (no individual businesses), or all for a search."""
        return self.kind or (ALL if self.q else "")

    @property
    def statuses(self) -> str:
        """The status that counts: the chosen one, else in business, or all for a search."""
        return self.status or (ALL if self.q else ACTIVE)


def kind_of() -> str:
    """SQL: the group of KINDS of a row."""
    whens = " ".join(f"WHEN {condition} THEN '{code}'" for code, (_, condition) in KINDS.items() if condition)
    return f"CASE {whens} ELSE 'other' END"


def conditions(
    asked: EnterpriseFilter, as_of: date, near: Sequence[str] | None = None
) -> tuple[dict[str, str], dict[str, Any]]:
    """Name -> SQL condition of all that `asked` asks for, and the parameters they name.

    The conditions stand over `enterprise` joined with `firm_case` and `firm_task`. `near`: the search fits nobody, and
    these credit codes nearly fit.
    """
    search = Search.of(asked.q)
    found: dict[str, str] = {}
    values: dict[str, Any] = {}
    if search and near is not None:
        found["q"], values["near"] = "uscc IN (SELECT unnest($near))", list(near)
    elif search:
        found["q"], values = search.condition()
    for name, (sql, value) in _simple(asked, as_of).items():
        found[name] = sql
        if value is not None:
            values[name] = value
    if asked.kinds != ALL:
        found["kind"] = f"({kind_of()}) = $kind" if asked.kinds else f"({kind_of()}) <> 'individual'"
        values |= {"kind": asked.kinds} if asked.kinds else {}
    if asked.statuses != ALL:
        found["status"], values["status"] = "status = $status", asked.statuses
    return found, values


def _simple(asked: EnterpriseFilter, as_of: date) -> dict[str, tuple[str, Any]]:
    """Name -> condition and the value of the parameter of that name, None if it has none."""
    found: dict[str, tuple[str, Any]] = {}
    if asked.grade:
        found["grade"] = ("list_contains($grade, grade)", list(asked.grade))
    if asked.industry:
        column = {1: "industry_section", 2: "left(industry_code, 2)", 4: "industry_code"}[len(asked.industry)]
        found["industry"] = (f"{column} = $industry", asked.industry)
    if asked.field:
        found["field"] = ("list_has_any(fields, $field)", list(asked.field))
    if asked.unit:
        found["unit"] = ("unit = $unit", asked.unit)
    if asked.street:
        found["street"] = ("street = $street", asked.street)
    if asked.warning:
        found["warning"] = (WARNINGS[asked.warning][1], None)
    if asked.task:
        found["task"] = (TASKS[asked.task][1], None)
    if asked.checked:
        days = CHECKED[asked.checked][1]
        never = "last_check_on IS NULL"
        since = None if days is None else as_of - timedelta(days=days)
        found["checked"] = (never if since is None else f"({never} OR last_check_on < $checked)", since)
    if asked.result:
        found["result"] = ("list_contains(string_split(last_check_result, ';'), $result)", asked.result)
    return found
