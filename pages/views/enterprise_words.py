"""What a list is asked for, in words: beside the list, in a workbook, in the log."""

from __future__ import annotations

from collections.abc import Mapping

from pages.views.enterprise_filter import ALL, CHECKED, KINDS, TASKS, WARNINGS, EnterpriseFilter
from pipeline.domain import Text
from pipeline.reference import Reference
from pipeline.settings import City

TITLES: dict[str, Text] = {
    "q": Text("查找", "Search"),
    "grade": Text("等级", "Grade"),
    "industry": Text("行业", "Industry"),
    "field": Text("重点领域", "Key field"),
    "unit": Text("管辖单位", "Unit"),
    "street": Text("街道", "Street"),
    "kind": Text("主体", "Kind"),
    "status": Text("状态", "Status"),
    "warning": Text("预警", "Warnings"),
    "task": Text("抽查", "Inspection"),
    "checked": Text("最近检查", "Last check"),
    "result": Text("检查结果", "Result"),
}
ANY = Text("不限", "any")
NO_INDIVIDUALS = Text("不含个体户", "no individual businesses")
ACTIVE = Text("在营", "in business")


def labels(reference: Reference, city: City) -> dict[str, Mapping[str, Text]]:
    """Condition -> value -> its words, for every condition that is chosen from a list."""
    return {
        "grade": {g: Text(g, g) for g in "ABCDE"},
        "industry": reference.industries,
        "field": reference.codes("field"),
        "unit": {u.code: u.name for u in city.units},
        "street": {s.code: Text(s.name, s.name) for s in reference.streets.values()},
        "kind": {code: title for code, (title, _) in KINDS.items()} | {ALL: ANY},
        "status": {**reference.codes("entity_status"), "1": ACTIVE, ALL: ANY},
        "warning": {code: title for code, (title, _) in WARNINGS.items()},
        "task": {code: title for code, (title, _) in TASKS.items()},
        "checked": {code: title for code, (title, _) in CHECKED.items()},
        "result": reference.codes("check_result"),
    }


def words(asked: EnterpriseFilter, terms: Mapping[str, Mapping[str, Text]]) -> tuple[tuple[str, Text, Text], ...]:
    """(condition, its title, its value in words) of all that counts, what is meant by default included."""
    found = []
    for name, title in TITLES.items():
        value = {"kind": asked.kinds, "status": asked.statuses}.get(name, getattr(asked, name))
        if name == "q" and value:
            found.append((name, title, Text(value, value)))
        elif name == "kind" and not value:
            found.append((name, title, NO_INDIVIDUALS))
        elif value:
            parts = [terms[name].get(v, Text(v, v)) for v in ([value] if isinstance(value, str) else value)]
            found.append((name, title, Text("、".join(p.zh for p in parts), ", ".join(p.en for p in parts))))
    return tuple(found)


def sentence(asked: EnterpriseFilter, terms: Mapping[str, Mapping[str, Text]]) -> Text:
    """The same as one line."""
    found = words(asked, terms)
    return Text(
        "；".join(f"{title.zh} {value.zh}" for _, title, value in found),
        "; ".join(f"{title.en}: {value.en}" for _, title, value in found),
    )
