"""Which warnings a list shows: a filter read from an address, and what the store is asked for.

Every value is checked again on reading: what is not in a closed list is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.policy.warning_rules import RULES
from pages.views.fields import shown
from pages.views.search import Search
from pages.views.sector_heat import OTHERS
from pipeline.domain import Severity, Text
from pipeline.stores.access import Role
from pipeline.stores.operations.case_reads import CaseFilter
from pipeline.stores.operations.case_rules import OPEN, State

ENDED = "closed"
VIEWS: dict[str, Text] = {
    "": Text("全部", "All"),
    "due": Text("今日到期", "Due today"),
    "late": Text("已逾期", "Late"),
    "assign": Text("待我指派", "To assign"),
    "close": Text("待我销号", "To close"),
    "accept": Text("待签收", "To accept"),
    "report": Text("待反馈", "To report"),
    "escalated": Text("已上报", "Escalated"),
    ENDED: Text("已办结", "Closed"),
}
"""What a list is about."""
VIEWS_OF: dict[Role, tuple[str, ...]] = {
    Role.SUPERVISOR: ("", "due", "late", "assign", "close"),
    Role.COUNTY: ("", "due", "late", "accept", "report"),
    Role.SECTION: ("", "due", "late"),
    Role.LEADER: ("", "due", "late", "escalated"),
}
STATES_OF = {"accept": (State.WAITING,), "report": (State.DISPOSING,), "close": (State.REPORTED,)}
"""Views that are about states."""


@dataclass(frozen=True)
class WarningFilter:
    """What is asked for; an empty value asks for nothing. The names are those of an address."""

    view: str = field(default="", metadata=shown("范围", "View", "全部、今日到期等", "All, due today and so on"))
    level: tuple[str, ...] = field(
        default=(), metadata=shown("级别", "Level", "1 一般至 3 重大", "1 minor to 3 critical")
    )
    unit: tuple[str, ...] = field(default=(), metadata=shown("县区", "Unit", "承办单位", "The unit that handles it"))
    rule: str = field(default="", metadata=shown("类型", "Kind", "预警规则", "The rule"))
    sector: str = field(default="", metadata=shown("行业", "Sector", "热力图的一行", "A row of the heat map"))
    q: str = field(default="", metadata=shown("查找", "Search", "企业名称、信用代码或编号", "Name, code or number"))

    @staticmethod
    def parse(query: Mapping[str, str], role: Role, units: Mapping[str, Text]) -> WarningFilter:
        """The filter that `query` asks for; whatever is no value is dropped."""
        view, sector = query.get("view", ""), query.get("sector", "")
        offered = (*VIEWS_OF.get(role, ("",)), ENDED)
        return WarningFilter(
            view=view if view in offered else "",
            level=tuple(
                str(int(s)) for s in sorted(Severity, reverse=True) if str(int(s)) in query.get("level", "").split(",")
            ),
            unit=tuple(u for u in units if u in query.get("unit", "").split(",")),
            rule=query.get("rule", "") if query.get("rule", "") in RULES else "",
            sector=sector if sector == OTHERS or (len(sector) == 1 and "A" <= sector <= "T") else "",
            q=Search.tidy(query.get("q", "")),
        )

    def query(self) -> dict[str, str]:
        """The filter as an address says it, empty values left out; `parse` gives it back."""
        written = {
            "view": self.view, "level": ",".join(self.level), "unit": ",".join(self.unit), "rule": self.rule,
            "sector": self.sector, "q": self.q,
        }  # fmt: skip
        return {name: value for name, value in written.items() if value}

    def cases(self, among: frozenset[str] | None) -> CaseFilter:
        """What the store is asked for; `among`: the firms of the sector."""
        states = tuple(s.name for s in STATES_OF.get(self.view, ()))
        if self.view == ENDED:
            states = tuple(s.name for s in State if s not in OPEN)
        return CaseFilter(
            rules=(self.rule,) if self.rule else (),
            levels=tuple(int(level) for level in self.level),
            states=states,
            units=self.unit,
            overdue=self.view == "late",
            due_today=self.view == "due",
            unassigned=self.view == "assign",
            escalated=self.view == "escalated",
            text=self.q,
            among=among,
        )
