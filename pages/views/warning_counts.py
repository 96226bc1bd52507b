"""How many warnings each choice of the bar would show, all other conditions kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from models.policy.warning_policy import LEVELS
from models.policy.warning_rules import RULES
from pages.views.fields import shown
from pages.views.warning_filter import ENDED, STATES_OF, VIEWS, VIEWS_OF, WarningFilter
from pipeline.domain import Severity, Text
from pipeline.stores.access import Role
from pipeline.stores.operations.case_rules import OPEN

SIGNS = {Severity.CRITICAL: "●", Severity.MAJOR: "◐", Severity.MINOR: "○"}
_FLAGS = {"late": "is_overdue", "due": "is_due_today", "assign": "is_unassigned", "escalated": "is_escalated"}
_OPEN = {s.name for s in OPEN}


@dataclass(frozen=True)
class Choice:
    """One choice of a condition, with the number of warnings it would show."""

    value: str = field(metadata=shown("代码", "Value", "写入地址的代码", "As the address says it"))
    label: Text = field(metadata=shown("名称", "Label", "选项名称", "Its name"))
    count: int | None = field(metadata=shown("件数", "Number", "选它会显示的件数", "Warnings it would show"))


def level_words(level: Severity) -> Text:
    """Sign and word of a level."""
    return Text(f"{SIGNS[level]} {LEVELS[level].zh}", f"{SIGNS[level]} {LEVELS[level].en}")


def counts_of(tallied: pd.DataFrame, asked: WarningFilter, role: Role) -> tuple[int, dict[str, Counter[str]]]:
    """How many fit `asked`, and condition -> value -> number under the other conditions."""
    offered = {*VIEWS_OF.get(role, ("",)), asked.view}
    total, counts = 0, {name: Counter[str]() for name in ("view", "level", "unit", "rule")}
    for group in tallied.to_dict("records"):
        has = _values(group, offered)
        fits = {name: not wanted or bool(has[name] & set(wanted)) for name, wanted in _wanted(asked).items()}
        total += group["cases"] * all(fits.values())
        for name, values in has.items():
            if all(ok for other, ok in fits.items() if other != name):
                for value in values:
                    counts[name][value] += group["cases"]
    return total, counts


def choices_of(
    counts: Mapping[str, Counter[str]], asked: WarningFilter, role: Role, units: Mapping[str, Text]
) -> dict[str, tuple[Choice, ...]]:
    """What can be chosen, in order."""
    views = [*VIEWS_OF.get(role, ("",)), *([asked.view] if asked.view == ENDED else [])]
    labels = {
        "view": {v: VIEWS[v] for v in views},
        "level": {str(int(s)): level_words(s) for s in sorted(Severity, reverse=True)},
        "unit": dict(units),
        "rule": {code: Text(f"{code} {r.title.zh}", f"{code} {r.title.en}") for code, r in RULES.items()},
    }
    return {name: tuple(Choice(v, t, counts[name][v]) for v, t in of.items()) for name, of in labels.items()}


def _wanted(asked: WarningFilter) -> dict[str, tuple[str, ...]]:
    return {
        "view": (asked.view,),
        "level": asked.level,
        "unit": asked.unit,
        "rule": (asked.rule,) if asked.rule else (),
    }


def _values(group: Mapping[Any, Any], offered: Collection[str]) -> dict[str, set[str]]:
    """The values of each condition that the warnings of a group have."""
    return {
        "view": {view for view in offered if _is_in(group, view)},
        "level": {str(group["level"])},
        "unit": {group["unit"]} if isinstance(group["unit"], str) else set(),
        "rule": {group["rule"]},
    }


def _is_in(group: Mapping[Any, Any], view: str) -> bool:
    if view in _FLAGS:
        return bool(group[_FLAGS[view]])
    if view in STATES_OF:
        return group["state"] in {s.name for s in STATES_OF[view]}
    return (group["state"] in _OPEN) != (view == ENDED)
