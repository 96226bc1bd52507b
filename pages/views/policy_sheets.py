"""What a policy in force looks like on the page: its head, its entries with clause and state, its tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pages.views.fields import shown
from pages.views.listings import Column, Listing
from pages.views.policy_files import clauses, state
from pipeline.domain import Text
from pipeline.reference import Reference

FIRMS = Text("户", "firms")


@dataclass(frozen=True)
class Head:
    """Which version of a file stands, and who approved it."""

    file: str = field(metadata=shown("文件", "File", "政策文件", "The policy file"))
    version: str = field(metadata=shown("版本", "Version", "版本编号", "Id of the version"))
    effective_from: date = field(metadata=shown("施行", "In force from", "施行日", "Effective date"))
    approved_by: str = field(metadata=shown("批准", "Approved by", "批准人或文件", "Who or what approved it"))
    basis: Text = field(metadata=shown("依据", "Legal basis", "法律依据", "On which clauses it rests"))
    confirmed: bool = field(metadata=shown("已确认", "Confirmed", "否则标为待确认", "Else shown as 待确认"))
    versions: int = field(metadata=shown("版本数", "Versions", "文件中的版本数", "Versions in the file"))


@dataclass(frozen=True)
class Entry:
    """One rule, measure or field: what it is, on which clause it rests, and its numbers."""

    code: str = field(metadata=shown("编号", "Id", "规则或措施编号", "Id of the rule or measure"))
    title: Text = field(metadata=shown("名称", "Title", "名称", "What it is"))
    tag: Text | None = field(metadata=shown("作用", "Effect", "作用或等级", "What it does, or for whom"))
    sub: tuple[Text, ...] = field(metadata=shown("说明", "Details", "依据与说明", "Clause and remarks"))
    cells: tuple[str, ...] = field(metadata=shown("数字", "Numbers", "各列的数字", "The numbers of the columns"))
    confirmed: bool = field(metadata=shown("已确认", "Confirmed", "否则标为待确认", "Else shown as 待确认"))


@dataclass(frozen=True)
class Entries:
    """Entries under the heads of their numbers."""

    columns: tuple[Column, ...] = field(metadata=shown("列", "Columns", "数字各列", "Columns of numbers"))
    rows: tuple[Entry, ...] = field(metadata=shown("行", "Rows", "各项", "The entries"))


@dataclass(frozen=True)
class Block:
    """A titled table or list of entries, with what to conclude."""

    title: Text = field(metadata=shown("标题", "Title", "主题", "Subject"))
    remark: Text = field(metadata=shown("注", "Remark", "口径", "How to read it"))
    content: Entries | Listing = field(metadata=shown("内容", "Content", "表或条目", "Table or entries"))
    finding: Text | None = field(metadata=shown("结论", "Finding", "一句话", "One sentence"))


@dataclass(frozen=True)
class Sheet:
    """One part of what is in force."""

    head: Head = field(metadata=shown("版本", "Version", "现行版本", "The version in force"))
    blocks: tuple[Block, ...] = field(metadata=shown("内容", "Blocks", "各表", "Its tables"))


def head_of(file: str, version: Any, reference: Reference, versions: int) -> Head:
    """The head of a version, whether the file keeps it in a head of its own or not."""
    head = getattr(version, "head", version)
    return Head(
        f"{file}.toml",
        head.id,
        head.effective_from,
        head.approved_by,
        clauses(head.legal_basis, reference),
        head.confirmed,
        versions,
    )


def column(zh: str, en: str, help_zh: str, help_en: str, kind: str = "count") -> Column:
    """A column of a table."""
    return Column(Text(zh, en), Text(help_zh, help_en), kind, None)


def based(codes: Sequence[str], confirmed: bool, reference: Reference) -> Text:
    """Clause and state in one line."""
    words, said = clauses(codes, reference), state(confirmed)
    return Text(f"{words.zh} · {said.zh}", f"{words.en} · {said.en}")


def count(number: int | None) -> str:
    """A whole number with separators, — for none."""
    return "—" if number is None else f"{number:,}"
