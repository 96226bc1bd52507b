"""Whole numbers as an address says them."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[0-9]{1,9}")
"""Plain digits, so many that no store is asked for more than it can count: ² and ٣ are digits to Python too."""


def number_of(asked: str) -> int | None:
    """The number that an address asks for; None for what is none."""
    return int(asked) if _NUMBER.fullmatch(asked) else None
