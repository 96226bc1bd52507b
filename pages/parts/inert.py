"""Names and notes as text alone, where what draws them would read more into them: one home for it.

Streamlit reads Markdown in labels, toasts, captions and titles of dialogs; figures read a few tags. What stands in a
block of HTML is escaped by html.escape, a cell of a table is drawn as it is.
"""

from __future__ import annotations

_MARKS = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]()#+-.!|<>~:$"})
_LINES = str.maketrans({"\n": " ", "\r": " ", "\t": " "})
_TAGS = str.maketrans({"<": "‹", ">": "›", "&": "＆"})


def marked(text: str) -> str:
    """A text for a place that reads Markdown: no emphasis, link, picture, formula, colour or icon; one line."""
    return text.translate(_LINES).translate(_MARKS)


def drawn(text: str) -> str:
    """A text for a figure, which reads tags and entities: signs that look alike stand for theirs."""
    return text.translate(_TAGS)
