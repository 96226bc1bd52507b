"""What can be chosen in each condition of the list, in order, with how many enterprises each choice would show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pages.views.enterprise_filter import ALL, CHECKED, KINDS, TASKS, WARNINGS, EnterpriseFilter
from pages.views.enterprise_rows import SORTS, Facets
from pages.views.enterprise_words import ANY
from pages.views.fields import shown
from pipeline.domain import Grade, Text
from pipeline.reference import Reference
from pipeline.stores.access import KEY_FIELDS


@dataclass(frozen=True)
class Choice:
    """One choice of a condition."""

    value: str = field(metadata=shown("值", "Value", "地址中的写法", "As an address says it"))
    label: Text = field(metadata=shown("名称", "Label", "选项的名称", "Its name"))
    count: int | None = field(metadata=shown("户数", "Number", "选择后的户数", "Enterprises that it would show"))


Choices = dict[str, tuple[Choice, ...]]


def choices(
    asked: EnterpriseFilter,
    counted: Facets,
    labels: Mapping[str, Mapping[str, Text]],
    reference: Reference,
    units: Sequence[str],
) -> Choices:
    """Condition -> its choices; those that would show nobody are left out, but for the one that is chosen."""
    return {
        "grade": tuple(Choice(g, Text(g, g), counted.of("grade").get(g, 0)) for g in Grade),
        "industry": tuple(_tree(asked, counted, reference)),
        "class": tuple(_classes(asked, counted, reference)),
        "field": _counted("field", KEY_FIELDS, counted, labels, asked.field),
        "unit": _counted("unit", units, counted, labels, (asked.unit,)),
        "street": _counted("street", sorted(counted.of("street")), counted, labels, (asked.street,)),
        "kind": (*_counted("kind", KINDS, counted, labels, (asked.kind,)), Choice(ALL, ANY, None)),
        "status": tuple(Choice(s, labels["status"][s], None) for s in ("1", "2", "9", ALL) if s in labels["status"]),
        "warning": tuple(Choice(c, t, None) for c, (t, _) in WARNINGS.items()),
        "task": tuple(Choice(c, t, None) for c, (t, _) in TASKS.items()),
        "checked": tuple(Choice(c, t, None) for c, (t, _) in CHECKED.items()),
        "result": tuple(Choice(c, t, None) for c, t in reference.codes("check_result").items()),
        "sort": tuple(Choice(c, t, None) for c, (t, *_) in SORTS.items()),
    }


def _counted(
    name: str, values: Iterable[str], counted: Facets, labels: Mapping[str, Mapping[str, Text]], chosen: Iterable[str]
) -> tuple[Choice, ...]:
    counts, wanted = counted.of(name), set(chosen)
    return tuple(
        Choice(v, labels[name].get(v, Text(v, v)), counts.get(v, 0)) for v in values if counts.get(v) or v in wanted
    )


def _tree(asked: EnterpriseFilter, counted: Facets, reference: Reference) -> Iterable[Choice]:
    """Sections, each with its divisions below it; a chosen class stands below its division."""
    counts = counted.of("industry")
    for code, title in reference.industries.items():
        is_section = code.isalpha()
        if counts.get(code) or code == asked.industry:
            indent = "" if is_section else "　"
            yield Choice(code, Text(f"{indent}{code} {title.zh}", f"{indent}{code} {title.en}"), counts.get(code, 0))
        if len(asked.industry) == 4 and asked.industry[:2] == code:
            yield Choice(
                asked.industry, Text(f"　　{asked.industry}", f"　　{asked.industry}"), counts.get(asked.industry, 0)
            )


def _classes(asked: EnterpriseFilter, counted: Facets, reference: Reference) -> Iterable[Choice]:
    """The four-digit classes of what is chosen; none before a section or division is."""
    if not asked.industry:
        return
    for code, number in sorted(counted.of("industry").items()):
        under = reference.sections.get(code[:2]) if asked.industry.isalpha() else code[:2]
        if len(code) == 4 and under == asked.industry[: 1 if asked.industry.isalpha() else 2]:
            yield Choice(code, Text(code, code), number)
