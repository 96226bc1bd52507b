"""The shared words, the language switch, and how numbers and dates are written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import streamlit as st

from pipeline.domain import Text
from pipeline.settings import DEFAULT_DATA, REPOSITORY

MISSING = "—"
LANGUAGES = {"zh": "中", "en": "EN"}
INTERNAL = Text("仅供内部监管参考", "Internal reference only")
DEMO = Text("演示数据", "Demo data")
AS_OF = Text("数据时点", "As of")
BUILD = Text("批次", "Build")
NOT_PUBLIC = Text(
    "信用风险等级为内部监管参考，不对外公布（方案四(三)3、五(二)）",
    "Grades are for internal supervision only and are not published (plan 四(三)3, 五(二))",
)


def choose_language() -> None:
    """The switch 中 | EN; the choice stays in the query parameter `lang`, so that a link keeps it."""
    st.session_state.setdefault("lang", _asked())
    st.segmented_control(
        "语言 Language",
        tuple(LANGUAGES),
        required=True,
        format_func=lambda code: LANGUAGES[code],
        key="lang",
        on_change=lambda: st.query_params.update(lang=language()),
        label_visibility="collapsed",
    )


def language() -> str:
    """The code zh or en: what this session chose, else what its address asks for, else Chinese."""
    return st.session_state.get("lang") or _asked()


def _asked() -> str:
    asked = st.query_params.get("lang", "zh")
    return asked if asked in LANGUAGES else "zh"


def say(text: Text) -> str:
    """`text` in the language of this session."""
    return text.of(language())


def comma() -> str:
    """What stands between the words of a list."""
    return "、" if language() == "zh" else ", "


def term(title: str) -> str:
    """A title that its value follows: English puts a colon between them."""
    return title if language() == "zh" else f"{title}:"


def semicolon() -> str:
    """What stands between sentences of a list."""
    return "；" if language() == "zh" else "; "


def count(number: int | None) -> str:
    """A whole number with separators."""
    return MISSING if number is None else f"{number:,}"


def households(number: int) -> str:
    """A number of enterprises: `34,304 户`, in English the number alone."""
    return f"{number:,} 户" if language() == "zh" else f"{number:,}"


def share(value: float | None) -> str:
    """A share with one decimal."""
    return MISSING if value is None else f"{value:.1%}"


def points(value: float | None) -> str:
    """A change in percentage points with its sign, a true minus."""
    if value is None:
        return MISSING
    return "0.0" if abs(value) < 0.05 else f"{value:+.1f}".replace("-", "−")


def day(value: date | None) -> str:
    """A date as 2020-10-15."""
    return MISSING if value is None else value.isoformat()


def option(data: Path) -> str:
    """The option of a command that names the deployment, empty for the usual one."""
    if data == DEFAULT_DATA:
        return ""
    return f" --data {data.relative_to(REPOSITORY) if data.is_relative_to(REPOSITORY) else data}"
