"""The frame of a draw: which firms it is about, which items they may be checked for, who is left out and why.

Everything comes from one build through the actor's reader, and from the draws that stand: nothing is typed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

import pandas as pd

from models.policy.draw_policy import UNGRADED, DrawPolicy
from pipeline.domain import Text
from pipeline.feeds.applicability import Attribute, BadApplicability, Rule, parse, to_sql
from pipeline.indicators.readings import COMPLETED_CHECK, has_code
from pipeline.stores.access import KEY_FIELDS
from pipeline.stores.reader import ScopedReader

DIRECTED, UNDIRECTED = "1", "2"
"""Kinds of draw, codes of check_kind."""
EXCLUSIONS = {
    "not_active": Text("非存续状态", "Not in business"),
    "no_unit": Text("无管辖单位", "Of no unit"),
    "ungraded": Text("不分级对象，本次未纳入", "Without a grade, not part of this draw"),
    "uncounted": Text("不计入比例（红线 RL-03 等）", "Not counted in ratios (red line RL-03 and the like)"),
    "suspended": Text("停产停业处罚执行中", "Under an order to suspend business"),
    "closed": Text("最近检查为停业清算或已退出", "Closed or gone at the last check"),
    "pending": Text("同一事项另有未完成的抽查任务", "A task for the same item is still open"),
    "checked": Text("同一事项一年内已查", "Checked for the same item within a year"),
}
"""Why a firm of the frame is left out, in the order of precedence."""


class Split(Enum):
    """By what the strata are cut, beside grade and unit."""

    NONE = Text("等级 × 单位", "Grade × unit")
    FIELD = Text("等级 × 单位 × 重点领域", "Grade × unit × key field")
    ITEM = Text("等级 × 单位 × 事项", "Grade × unit × item")


@dataclass(frozen=True)
class DrawRequest:
    """What a person asks for. Empty units, sectors (letters) or fields mean all that the actor sees.

    `share`: the draw's part of a year; `full_coverage`: grades of which everybody is drawn; `with_ungraded`:
    individual businesses too, at the regular ratio. `kind`: 1 directed, 2 undirected.
    """

    title: str
    items: tuple[str, ...]
    due_on: date
    units: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    share: Decimal = Decimal(1)
    kind: str = UNDIRECTED
    full_coverage: tuple[str, ...] = ()
    with_ungraded: bool = False
    split: Split = Split.NONE


@dataclass(frozen=True)
class Item:
    """A supervision item that may be drawn: to whom it applies, and its caps (None: none)."""

    code: str
    name: str
    rule: Rule
    is_key: bool
    ratio_cap: Decimal | None
    freq_cap: int | None

    @property
    def fields(self) -> tuple[str, ...]:
        """The key fields that its rule names."""
        named = {v for group in self.rule.groups for t in group if t.attribute is Attribute.FIELD for v in t.values}
        return tuple(f for f in KEY_FIELDS if f in named)


def check_items(read: ScopedReader) -> tuple[Item, ...]:
    """The items of the check lists in force at the build's date, each in its newest version, by code."""
    day = read.stamp.as_of
    rows = read.rows(
        """SELECT item_code, arg_max(item_name, valid_from), arg_max(applies_to, valid_from),
          arg_max(coalesce(is_key_item, false), valid_from), arg_max(ratio_cap, valid_from), arg_max(freq_cap, valid_from)
        FROM supervision_item WHERE list_kind = 'check_implementation' AND applies_to IS NOT NULL
          AND (valid_from IS NULL OR valid_from < $day) AND (valid_to IS NULL OR valid_to >= $day)
        GROUP BY item_code ORDER BY item_code""",
        {"day": day},
    )
    found = []
    for code, name, applies_to, is_key, ratio_cap, freq_cap in rows:
        try:
            found.append(Item(code, name or code, parse(applies_to), is_key, ratio_cap, freq_cap))
        except BadApplicability:  # such rows are refused at ingest; one that gets here applies to nobody
            continue
    return tuple(found)


def frame_of(
    read: ScopedReader, policy: DrawPolicy, request: DrawRequest, items: tuple[Item, ...], standing: pd.DataFrame
) -> pd.DataFrame:
    """One row a firm, by uscc: uscc, entity_name, unit, grade, part, item_code, items, field, excluded.

    `items`: those asked for. `standing`: uscc, item, is_waiting of tasks of other draws that the build can't know.
    `excluded`: a key of EXCLUSIONS, None for who takes part; `items` are then those still to be checked, by ';'.
    """
    if not items:
        return pd.DataFrame(
            columns=["uscc", "entity_name", "unit", "grade", "part", "item_code", "items", "field", "excluded"]
        )
    return read.frame(
        _frame_sql(policy, request, items),
        {
            "day": read.stamp.as_of,
            "gap": policy.same_item_days,
            "units": list(request.units),
            "sectors": list(request.sectors),
            "fields": list(request.fields),
            "full": list(request.full_coverage),
            "with_ungraded": request.with_ungraded,
            "own": list(request.fields or dict.fromkeys(f for i in items for f in i.fields)),
        },
        tables={"standing": standing},
    )


def _frame_sql(policy: DrawPolicy, request: DrawRequest, items: tuple[Item, ...]) -> str:
    applies = " UNION ALL ".join(
        f"SELECT uscc, {n} AS position, {_quoted(i.code)} AS item, {_allowed(request, i)} AS allowed FROM firm WHERE {to_sql(i.rule)}"
        for n, i in enumerate(items)
    )
    part = {Split.NONE: "''", Split.FIELD: "coalesce(field, '')", Split.ITEM: "coalesce(items[1], '')"}[request.split]
    reasons = " ".join(f"WHEN {condition} THEN '{code}'" for code, condition in _REASONS.items())
    return f"""
    WITH firm AS (
        SELECT uscc, entity_name, coalesce(unit, '') AS unit, coalesce(grade, '{UNGRADED}') AS grade, status, is_counted,
            coalesce(fields, []) AS fields, industry_section, industry_code, entity_type
        FROM enterprise
        WHERE (len($units) = 0 OR unit IN (SELECT unnest($units)))
          AND (len($sectors) = 0 OR industry_section IN (SELECT unnest($sectors)))
          AND (len($fields) = 0 OR list_has_any(coalesce(fields, []), $fields))
    ), applies AS ({applies}),
    checked AS (
        SELECT uscc, item, count(*) AS checks FROM (
            SELECT uscc, unnest(string_split(item_code, ';')) AS item FROM spot_check_result
            WHERE event_on >= $day - $gap AND {COMPLETED_CHECK})
        GROUP BY ALL
    ), stands AS (
        SELECT uscc, item, bool_or(is_waiting) AS is_waiting, count(*) FILTER (NOT is_waiting) AS checks
        FROM standing GROUP BY ALL
    ), asked AS (
        SELECT a.uscc, a.item, a.position, coalesce(s.is_waiting, false) AS is_waiting,
            coalesce(c.checks, 0) + coalesce(s.checks, 0) >= a.allowed AND NOT list_contains($full, f.grade) AS is_done
        FROM applies a JOIN firm f USING (uscc)
        LEFT JOIN checked c ON c.uscc = a.uscc AND c.item = a.item
        LEFT JOIN stands s ON s.uscc = a.uscc AND s.item = a.item
    ), open AS (
        SELECT uscc, coalesce(list(item ORDER BY position) FILTER (NOT is_waiting AND NOT is_done), []) AS items,
            bool_or(is_waiting) AS is_waiting FROM asked GROUP BY uscc
    ), halted AS (
        SELECT DISTINCT uscc FROM penalty
        WHERE {has_code("penalty_category", "04")} AND valid_to >= $day
    ), gone AS (
        SELECT uscc FROM (SELECT uscc, arg_max(result, (event_on, check_id)) AS result FROM spot_check_result
            WHERE event_on >= $day - $gap GROUP BY uscc) WHERE {has_code("result", "10", "11")}
    ), judged AS (
        SELECT firm.*, open.items, open.is_waiting, halted.uscc IS NOT NULL AS is_halted, gone.uscc IS NOT NULL AS is_gone,
            [x FOR x IN $own IF list_contains(fields, x)][1] AS field
        FROM firm JOIN open USING (uscc) LEFT JOIN halted USING (uscc) LEFT JOIN gone USING (uscc)
    )
    SELECT uscc, entity_name, unit, grade, {part} AS part, items[1] AS item_code, array_to_string(items, ';') AS items, field,
        CASE {reasons} END AS excluded
    FROM judged ORDER BY uscc"""


_REASONS = {
    "not_active": "status IS DISTINCT FROM '1'",
    "no_unit": "unit = ''",
    "ungraded": f"grade = '{UNGRADED}' AND NOT $with_ungraded",
    "uncounted": f"grade <> '{UNGRADED}' AND NOT coalesce(is_counted, false)",
    "suspended": "is_halted",
    "closed": "is_gone",
    "pending": "len(items) = 0 AND is_waiting",
    "checked": "len(items) = 0",
}


def _allowed(request: DrawRequest, item: Item) -> int:
    """How many checks for the item a year holds: one, or as many as the item allows where the draw is directed."""
    return 1 if request.kind == UNDIRECTED else max(1, item.freq_cap or 1)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
