"""White cards and the HTML blocks that stand in them; every value is escaped here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts.shapes import Figure, Words
from pages.parts.text import language, say
from pipeline.domain import Text


def card(key: str) -> DeltaGenerator:
    """A white card; `key` is its stable hook for style and tests."""
    return st.container(key=f"card_{key}", height="stretch")


@contextmanager
def told(key: str, words: Words) -> Iterator[None]:
    """A card with its heading above and its finding below what is drawn inside."""
    with card(key):
        heading(say(words.title), say(words.remark))
        yield
        finding(say(words.finding))


def heading(title: str, remark: str) -> None:
    """Title of a card: subject, then unit and how to read it."""
    st.html(f'<div class="tt"><b>{escape(title)}</b><span title="{escape(remark)}">{escape(remark)}</span></div>')


def finding(sentence: str) -> None:
    """What to conclude from the chart above."""
    st.html(f'<div class="say">{escape(sentence)}</div>')


def answer(sentence: str) -> None:
    """The answer to the question of the page, first of all."""
    st.html(f'<div class="answer" role="status">{escape(sentence)}</div>')


def verdict(sentence: str, kind: str) -> None:
    """One large answer; `kind`: ok, bad, or nothing."""
    st.html(f'<div class="verdict {escape(kind)}" role="status">{escape(sentence)}</div>')


def strip(figures: Sequence[Figure]) -> None:
    """The strip of figures; a definition opens on hover and stands in full in the page's definitions."""
    cells = "".join(
        f'<div title="{escape(say(f.definition))}"{" class=bad" if f.is_bad else ""}><span>{escape(say(f.label))}</span>'
        f"<b>{escape(f.value)}</b><u>{escape(say(f.remark))}</u></div>"
        for f in figures
    )
    st.html(f'<div class="strip">{cells}</div>')


def equation(terms: Sequence[tuple[Text, int]], verdict: Text, balanced: bool) -> None:
    """First = second + third + …, in words and numbers, and whether it adds up."""
    written = [f"<span>{escape(say(label))} <b>{value:,}</b></span>" for label, value in terms]
    signs = ['<i class="op">=</i>', *['<i class="op">+</i>'] * (len(terms) - 2), ""]
    body = "".join(term + sign for term, sign in zip(written, signs, strict=True))
    st.html(f'<div class="sum">{body}<em class="{"ok" if balanced else "bad"}">{escape(say(verdict))}</em></div>')


def notice(title: str, sentence: str, command: str = "") -> None:
    """A full-width notice in place of a page: what is the matter, what to do."""
    code = f"<code>{escape(command)}</code>" if command else ""
    st.html(f'<div class="notice" role="alert"><h2>{escape(title)}</h2><p>{escape(sentence)}</p>{code}</div>')


def alert(sentence: str) -> None:
    """Why something was refused, where the person stands."""
    st.html(f'<div class="alert" role="alert">{escape(sentence)}</div>')


def warn(sentence: str) -> None:
    """What cannot be undone, before it is done."""
    st.html(f'<div class="warn">{escape(sentence)}</div>')


def bracketed(words: Text, more: Text) -> str:
    """Words with a remark in brackets."""
    return f"{words.zh}（{more.zh}）" if language() == "zh" else f"{words.en} ({more.en})"


def bars(entries: Sequence[tuple[str, int]]) -> None:
    """Counts as bars, the number behind each; nothing if empty."""
    most = max((n for _, n in entries), default=0)
    rows = "".join(
        f'<tr><td>{escape(words)}</td><td class="bar"><i style="width:{100 * n / most:.1f}%"></i></td><td>{n:,}</td></tr>'
        for words, n in entries
    )
    if rows:
        st.html(f'<table class="bars"><tbody>{rows}</tbody></table>')


def definitions(entries: Sequence[tuple[str, str]]) -> None:
    """Terms and what they count."""
    items = "".join(f"<dt>{escape(term)}</dt><dd>{escape(meaning)}</dd>" for term, meaning in entries)
    st.html(f'<dl class="defs">{items}</dl>')
