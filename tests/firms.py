"""Invented enterprises for tests: valid credit codes from a number."""

from __future__ import annotations

from pipeline.domain import Uscc


def uscc(number: int, division: str = "220502") -> str:
    """A valid credit code; another number gives another organisation code."""
    organisation = f"{number:08d}"
    first17 = f"91{division}{organisation}{Uscc.organisation_check(organisation)}"
    return first17 + Uscc.check_character(first17)
