"""The one answer that a registration window gets about an enterprise: a flag, never a grade."""

from __future__ import annotations

from dataclasses import dataclass, field

from pages.views.fields import shown
from pipeline.domain import Uscc
from pipeline.stores.reader import ScopedReader

TABLE = "window_flag"


@dataclass(frozen=True)
class Flag:
    """What a window sees of one enterprise."""

    uscc: str = field(
        metadata=shown("统一社会信用代码", "Unified credit code", "查询的代码", "The code that was asked for")
    )
    entity_name: str = field(
        metadata=shown("企业名称", "Enterprise", "登记的现用名称", "Its present name on the register")
    )
    needs_strict_review: bool = field(
        metadata=shown(
            "审查方式",
            "How to review",
            "是否须从严审查登记申请；不含等级与原因",
            "Whether applications need a strict review; neither grade nor reason",
        )
    )


def has_flags(read: ScopedReader) -> bool:
    """Whether the published build holds flags at all."""
    return read.has(TABLE)


def code_of(typed: str) -> str | None:
    """The credit code in what somebody typed: blanks dropped, in capitals; None unless its check digit is right."""
    code = "".join(typed.split()).upper()
    return code if Uscc.is_valid(code) else None


def flag(read: ScopedReader, uscc: str) -> Flag | None:
    """The flag of one enterprise; None if the build holds no such enterprise."""
    found = read.rows(f"SELECT uscc, entity_name, needs_strict_review FROM {TABLE} WHERE uscc = ?", [uscc])
    return Flag(str(found[0][0]), str(found[0][1] or ""), bool(found[0][2])) if found else None
