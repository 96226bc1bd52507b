"""Pieces of Markdown: tables, links to clauses, bilingual words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.domain import Text
from pipeline.reference import Reference

TO_BE_CONFIRMED = "待确认 / to be confirmed"
VAGUE_CLAUSES = ("全文", "待确认")
"""Clauses that say less than the title of their paper."""


def both(text: Text) -> str:
    """A text in Chinese and English, once where they are the same."""
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"


def cell(value: object) -> str:
    """A value as the content of a table cell."""
    return str(value).replace("|", "\\|").replace("\n", " ").strip()


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell(c) for c in line) + " |" for line in lines)


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """A list of named facts; those without content are left out."""
    return "\n".join(f"- **{name}**：{value}" for name, value in pairs if value not in ("", None))


def anchor(name: str) -> str:
    """A target for links that does not depend on the heading's words."""
    return f'<a id="{name}"></a>'


def clauses(codes: Iterable[str], reference: Reference) -> str:
    """Legal bases as code and clause, each linked to its paper, with the mark of those that are to be confirmed."""
    shown = []
    for code in codes:
        basis = reference.legal_bases[code]
        said = basis.title.zh if basis.clause in VAGUE_CLAUSES else basis.clause
        shown.append(f"[`{code}`](policies.md#basis-{code}) {said}{'' if basis.confirmed else '（待确认）'}")
    return "；".join(shown)


def joined(blocks: Iterable[str]) -> str:
    """Blocks as one page, an empty line between them."""
    return "\n\n".join(block for block in blocks if block) + "\n"
