"""Names in one form, so that the same firm written two ways compares equal."""

from __future__ import annotations

from pipeline.feeds.parse import half_width


def name_key(x: str) -> str:
    """SQL: a name in half width and upper case, without spaces, dots and quotation marks; NULL if too short.

    Brackets stay, in one form: 通化（东昌）… and 通化(东昌)… are the same, 通化东昌… is another name.
    """
    tidy = f"upper(regexp_replace({half_width(x)}, '[\\s·•.,，。“”\"''‘’]', '', 'g'))"
    square = f"translate({tidy}, '[]', '()')"
    return f"CASE WHEN length({square}) >= 4 THEN {square} END"
