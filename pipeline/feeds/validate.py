"""Raw rows -> accepted, excluded or quarantined: the SQL that a contract compiles to, one pass a feed.

Relations by name: `texts` has delivery_no, row_no, is_history, delivered_at and one text column t_<field> a
field; `plain` adds q_<field>, the value of a text that is written plainly; `filled` adds f_<field>, the tidy
text of the others; `parsed` adds the values under their own names; `valued` adds event_on and receipt. Last
comes `refused`, a struct that is NULL for accepted rows. Each layer names its columns once, so that the
expressions of the next one stay short.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain import Month
from pipeline.feeds.contract import (
    IDENTITY,
    PROVENANCE,
    Between,
    CodeOf,
    Exclusion,
    FeedContract,
    Field,
    OneOf,
    Subject,
)
from pipeline.feeds.parse import Codes, literal, masked, quick, tidy, typed

NEVER_REFUSED = frozenset(f.name for f in (*IDENTITY, *PROVENANCE))
"""Columns whose content is never a reason to refuse a row: identity is for the matcher, provenance is filled."""
TEXT_PREFIX = "t_"
QUICK_PREFIX = "q_"
FILLED_PREFIX = "f_"
SLACK_DAYS = 1
"""An event may carry the date of the day after it was received (clocks differ); later is impossible."""


@dataclass(frozen=True)
class Rejection:
    """One way in which a row breaks its contract; `breaks` is an SQL condition over `valued`."""

    field: str
    rule: str
    expected: str
    breaks: str


def codes_of(field: Field, code_lists: dict[str, Codes]) -> Codes | None:
    """The codes and labels of a coded field, None for other kinds."""
    if isinstance(field.kind, CodeOf):
        return code_lists[field.kind.list_name]
    return field.kind.labels if isinstance(field.kind, OneOf) else None


def event_date(contract: FeedContract) -> str:
    """SQL of the event date of a row of `valued`; NULL for a directory."""
    column = contract.happened_on
    if column is None:
        return "CAST(NULL AS DATE)"
    if contract.by_name[column].kind is Month:
        return f"last_day(CAST({column} || '-01' AS DATE))"
    return f"CAST({column} AS DATE)"


def rejections(contract: FeedContract, code_lists: dict[str, Codes], usable_key: str) -> tuple[Rejection, ...]:
    """Every rule of a contract, in the order in which they are named to the supplier.

    `usable_key`: SQL condition under which a row of the register can be keyed (only asked of the register).
    """
    found = [
        r
        for f in contract.fields
        for r in _field_rules(f, code_lists)
        if f.name not in NEVER_REFUSED or r.rule == "required"
    ]
    if contract.happened_on:
        found.append(
            Rejection(
                contract.happened_on,
                "event_after_receipt",
                "不晚于收到日期",
                f"event_on > CAST(receipt AS DATE) + {SLACK_DAYS}",
            )
        )
    if contract.subject is Subject.ROOT:
        found.append(Rejection("uscc", "no_identifier", "有效的统一社会信用代码，或15位注册号", f"NOT ({usable_key})"))
    return tuple(found)


def _field_rules(f: Field, code_lists: dict[str, Codes]) -> list[Rejection]:
    text = f"{TEXT_PREFIX}{f.name}"
    rules = []
    if f.required:
        rules.append(Rejection(f.name, "required", "不得为空", f"{text} IS NULL"))
    if f.kind is not str:
        rules.append(
            Rejection(
                f.name, "kind", _expected(f, code_lists), f"{FILLED_PREFIX}{f.name} IS NOT NULL AND {f.name} IS NULL"
            )
        )
    if isinstance(f.check, Between):
        rules.append(
            Rejection(
                f.name,
                "range",
                f"{f.check.low:g} 至 {f.check.high:g}",
                f"{f.name} NOT BETWEEN {f.check.low} AND {f.check.high}",
            )
        )
    if f.max_length:
        rules.append(Rejection(f.name, "length", f"不超过 {f.max_length} 字", f"length({text}) > {f.max_length}"))
    return rules


_KIND_WORDS = {
    "int": "整数",
    "Decimal": "数值",
    "bool": "是/否",
    "date": "日期",
    "datetime": "日期时间",
    "Month": "年月 YYYY-MM",
}


def _expected(f: Field, code_lists: dict[str, Codes]) -> str:
    codes = codes_of(f, code_lists)
    if codes is not None:
        shown = "、".join(f"{code} {label.zh}" for code, label in list(codes.items())[:6])
        return f"代码：{shown}{'…' if len(codes) > 6 else ''}"
    assert isinstance(f.kind, type)
    return _KIND_WORDS.get(f.kind.__name__, f.kind.__name__)


def _tidied(f: Field, plain: str | None) -> str:
    """The tidy text of a column, only where the quick reading gave nothing."""
    tidied = tidy(f, TEXT_PREFIX + f.name)
    return f"CASE WHEN {QUICK_PREFIX}{f.name} IS NULL THEN {tidied} END" if plain else tidied


def _value(f: Field, plain: str | None, code_lists: dict[str, Codes]) -> str:
    slowly = typed(f, FILLED_PREFIX + f.name, codes_of(f, code_lists))
    return f"coalesce({QUICK_PREFIX}{f.name}, {slowly})" if plain else slowly


def judged_select(
    contract: FeedContract, code_lists: dict[str, Codes], rules: tuple[Rejection, ...], texts: str, after_limit: str
) -> str:
    """The select that types and judges every delivered row of a feed.

    `texts`: the select of delivered texts. `after_limit`: name of a table (day, limit_day) that adds the
    feed's time limit to a date. Columns: delivery_no, row_no, the contract's, event_on, known_from,
    known_assumed, <date>_known for each learned date, refused STRUCT(outcome, rule, field, expected,
    received, faults, delivered).
    """
    plain = {f.name: quick(f, TEXT_PREFIX + f.name, codes_of(f, code_lists)) for f in contract.all_fields}
    quickly = "".join(f", {sql} AS {QUICK_PREFIX}{name}" for name, sql in plain.items() if sql)
    filled = ", ".join(f"{_tidied(f, plain[f.name])} AS {FILLED_PREFIX}{f.name}" for f in contract.all_fields)
    values = ",\n    ".join(f"{_value(f, plain[f.name], code_lists)} AS {f.name}" for f in contract.all_fields)
    columns = ", ".join(f"v.{f.name}" for f in contract.all_fields)
    learned = "".join(
        f",\n  CASE WHEN v.is_history THEN l{n}.limit_day ELSE CAST(v.{d} AS DATE) END AS {d}_known"
        for n, d in enumerate(contract.learned_dates)
    )
    # The condition on history stands inside the key: beside it, DuckDB would compare every pair of rows.
    joins = "\n".join(
        f"LEFT JOIN {after_limit} {name} ON {name}.day = CASE WHEN v.is_history THEN CAST({day} AS DATE) END"
        for name, day in [("le", "v.event_on"), *((f"l{n}", f"v.{d}") for n, d in enumerate(contract.learned_dates))]
    )
    return f"""
WITH texts AS ({texts}),
plain AS (SELECT texts.*{quickly} FROM texts),
filled AS (SELECT plain.*, {filled} FROM plain),
parsed AS (SELECT filled.*,
    {values}
  FROM filled),
valued AS (SELECT *, {event_date(contract)} AS event_on, coalesce(received_at, delivered_at) AS receipt FROM parsed)
SELECT v.delivery_no, v.row_no, {columns}, v.event_on,
  CASE WHEN le.limit_day IS NOT NULL THEN CAST(le.limit_day AS TIMESTAMP) ELSE v.receipt END AS known_from,
  le.limit_day IS NOT NULL AS known_assumed{learned},
  v.refused
FROM (SELECT *, {_refused(contract, rules)} AS refused FROM valued) v
{joins}"""


def delivered_json(contract: FeedContract) -> str:
    """SQL: a row as it was delivered, column -> text, as JSON; identity-card numbers are masked."""
    row = "to_json({" + ", ".join(f"'{f.name}': {TEXT_PREFIX}{f.name}" for f in contract.all_fields) + "})"
    return f"CAST({masked(f'CAST({row} AS VARCHAR)')} AS JSON)"


def _refused(contract: FeedContract, rules: tuple[Rejection, ...]) -> str:
    """SQL of the refusal of a row: an exclusion first, else its faults, else NULL."""
    delivered = delivered_json(contract)
    broken = [f"coalesce({r.breaks}, false)" for r in rules]
    cases = [
        _struct(
            "excluded",
            literal(x.rule),
            literal(x.column),
            literal(x.title.zh),
            TEXT_PREFIX + x.column,
            "[]",
            delivered,
            _excludes(x),
        )
        for x in contract.exclusions
    ]
    if rules:
        any_broken = " OR ".join(broken)
        first = {
            "rule": _first(broken, [literal(r.rule) for r in rules]),
            "field": _first(broken, [literal(r.field) for r in rules]),
            "expected": _first(broken, [literal(r.expected) for r in rules]),
            "received": masked(_first(broken, [f"{TEXT_PREFIX}{r.field}" for r in rules])),
        }
        faults = ", ".join(
            f"CASE WHEN {b} THEN {literal(f'{r.field}:{r.rule}')} END" for b, r in zip(broken, rules, strict=True)
        )
        listed = f"list_filter([{faults}], f -> f IS NOT NULL)"
        cases.append(
            _struct(
                "quarantined",
                first["rule"],
                first["field"],
                first["expected"],
                first["received"],
                listed,
                delivered,
                any_broken,
            )
        )
    return "CASE " + "\n    ".join(cases) + " END" if cases else "NULL"


def _excludes(x: Exclusion) -> str:
    """Condition: the exclusion holds for a row."""
    matches = f"coalesce(regexp_matches({TEXT_PREFIX}{x.column}, {literal(x.pattern)}), false)"
    return " AND ".join([matches, *(f"{TEXT_PREFIX}{c} IS NULL" for c in x.unless)])


def _struct(
    outcome: str, rule: str, field: str, expected: str, received: str, faults: str, delivered: str, when: str
) -> str:
    return (
        f"WHEN {when} THEN struct_pack(outcome := {literal(outcome)}, rule := {rule}, field := {field}, expected := {expected},"
        f" received := {received}, faults := CAST({faults} AS VARCHAR[]), delivered := {delivered})"
    )


def _first(conditions: list[str], results: list[str]) -> str:
    pairs = " ".join(f"WHEN {c} THEN {r}" for c, r in zip(conditions, results, strict=True))
    return f"CASE {pairs} END"
