"""Identifiers of enterprises as SQL conditions: the credit code, the organisation code in it, the old number."""

from __future__ import annotations

from pipeline.domain import ORGANISATION_ALPHABET, ORGANISATION_WEIGHTS, USCC_ALPHABET, USCC_WEIGHTS


def _weighted_sum(x: str, weights: tuple[int, ...], alphabet: str) -> str:
    return " + ".join(f"{w} * (strpos('{alphabet}', substr({x}, {i}, 1)) - 1)" for i, w in enumerate(weights, 1))


def uscc_is_valid(x: str) -> str:
    """Condition: `x` has 18 allowed characters and the right check digit (GB 32100-2015)."""
    total = _weighted_sum(x, USCC_WEIGHTS, USCC_ALPHABET)
    check = f"substr('{USCC_ALPHABET}', 1 + (31 - ({total}) % 31) % 31, 1)"
    return f"coalesce(CASE WHEN regexp_full_match({x}, '[{USCC_ALPHABET}]{{18}}') THEN substr({x}, 18, 1) = {check} END, false)"


def organisation_code(x: str) -> str:
    """The 9-character organisation code in `x` (alone, or characters 9-17 of a credit code), else NULL.

    Its own check digit must be right (GB 11714), so that one mistyped character never leads to another firm.
    """
    code = f"CASE length({x}) WHEN 18 THEN substr({x}, 9, 9) WHEN 9 THEN {x} WHEN 10 THEN replace({x}, '-', '') END"
    total = _weighted_sum(f"({code})", ORGANISATION_WEIGHTS, ORGANISATION_ALPHABET)
    check = f"substr('0123456789X0', 12 - ({total}) % 11, 1)"
    return f"CASE WHEN regexp_full_match({code}, '[0-9A-Z]{{8}}[0-9X]') AND substr(({code}), 9, 1) = {check} THEN {code} END"


def registration_number(*columns: str) -> str:
    """The first of the columns that holds 15 digits (the old registration number), else NULL."""
    return (
        "coalesce(" + ", ".join(f"CASE WHEN regexp_full_match({c}, '[0-9]{{15}}') THEN {c} END" for c in columns) + ")"
    )


def usable_key_sql(code: str, reg_no: str) -> str:
    """Condition: a row of the register has a valid credit code or a 15-digit registration number."""
    return f"{uscc_is_valid(code)} OR {registration_number(code, reg_no)} IS NOT NULL"
