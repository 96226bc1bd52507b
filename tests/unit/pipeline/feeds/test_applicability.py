"""The grammar of `applies_to`: what it accepts, what it refuses and where, and what the SQL says."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.feeds.applicability import Attribute, BadApplicability, Rule, Term, parse, to_sql

INDUSTRIES = st.from_regex(r"[A-T]([0-9]{1,4})?", fullmatch=True)
FIELDS = st.sampled_from(["catering", "food_sales", "special_equipment"])
TYPES = st.from_regex(r"[0-9]{4}", fullmatch=True)
TERMS = st.one_of(
    st.builds(Term, st.just(Attribute.INDUSTRY), st.lists(INDUSTRIES, min_size=1, max_size=3).map(tuple)),
    st.builds(Term, st.just(Attribute.FIELD), st.lists(FIELDS, min_size=1, max_size=3).map(tuple)),
    st.builds(Term, st.just(Attribute.TYPE), st.lists(TYPES, min_size=1, max_size=3).map(tuple)),
)
RULES = st.builds(Rule, st.lists(st.lists(TERMS, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple))

WINERY = "('C', '1515', '1130', ['food_production'])"
SHOP = "('F', '5211', '9500', ['food_sales'])"
CANTEEN = "('P', '8334', '9999', ['catering', 'special_equipment'])"
UNKNOWN = "(NULL, NULL, NULL, NULL)"


def applies(text: str, entity: str) -> bool:
    """Whether the rule, run by DuckDB, is true of the entity."""
    columns = "e(industry_section, industry_code, entity_type, fields)"
    row = duckdb.sql(f"SELECT {to_sql(parse(text), 'e')} FROM (VALUES {entity}) AS {columns}").fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(
    ("text", "winery", "shop", "canteen", "unknown"),
    [
        ("all", True, True, True, True),
        ("industry in C", True, False, False, False),
        ("industry in C15", True, False, False, False),
        ("industry in C13,F52", False, True, False, False),
        ("industry in F15", False, False, False, False),
        ("field in catering,food_production", True, False, True, False),
        ("type in 9500", False, True, False, False),
        ("type in 9500 & industry in F52", False, True, False, False),
        ("type in 9500 & industry in C | field in catering", False, False, True, False),
        ("field in catering | type in 1130 & industry in C1515", True, False, True, False),
        ("all & type in 1130", True, False, False, False),
    ],
)
def test_a_rule_is_true_of_whom_it_names(text: str, winery: bool, shop: bool, canteen: bool, unknown: bool) -> None:
    assert applies(text, WINERY) is winery
    assert applies(text, SHOP) is shop
    assert applies(text, CANTEEN) is canteen
    assert applies(text, UNKNOWN) is unknown


def test_and_binds_tighter_than_or() -> None:
    field, kind, industry = (
        Term(Attribute.FIELD, ("catering",)),
        Term(Attribute.TYPE, ("9500",)),
        Term(Attribute.INDUSTRY, ("F52",)),
    )
    assert parse("field in catering | type in 9500 & industry in F52") == Rule(((field,), (kind, industry)))


def test_full_width_signs_and_blanks_are_read() -> None:
    assert parse(" industry  in C13，C14｜field in\tcatering ") == parse("industry in C13,C14|field in catering")


@pytest.mark.parametrize(
    ("text", "position", "expected", "received"),
    [
        ("", 0, "one of 'all', 'industry', 'field', 'type'", "the end"),
        ("trade in C13", 0, "one of 'all', 'industry', 'field', 'type'", "'trade'"),
        ("industry C13", 9, "'in'", "'C13'"),
        ("industry in Z", 12, "an industry such as C or C13", "'Z'"),
        ("industry in C13,", 16, "an industry such as C or C13", "the end"),
        ("type in 95", 8, "an entity type of four digits", "'95'"),
        ("all field in catering", 4, "'|', '&', ',' or the end", "'field'"),
        ("type in 9500 | ", 15, "one of 'all', 'industry', 'field', 'type'", "the end"),
        ("field in x'); DROP TABLE t; --", 10, "a word, '|', '&' or ','", '"\'"'),
    ],
)
def test_a_bad_rule_says_where_what_was_expected_and_what_came(
    text: str, position: int, expected: str, received: str
) -> None:
    with pytest.raises(BadApplicability) as fault:
        parse(text)
    assert (fault.value.position, fault.value.expected, fault.value.received) == (position, expected, received)
    assert f"position {position}" in str(fault.value)


@given(RULES)
def test_a_rule_reads_back_as_it_was_written(rule: Rule) -> None:
    assert parse(str(rule)) == rule


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_at_a_place_in_it(text: str) -> None:
    try:
        parse(text)
        position = 0
    except BadApplicability as fault:
        position = fault.position
    assert 0 <= position <= len(text)


def test_no_value_outside_the_grammar_gets_into_a_term() -> None:
    with pytest.raises(ValueError, match="expected a field code"):
        Term(Attribute.FIELD, ("x'); DROP TABLE t; --",))
