"""What an official report is made of, whoever writes it down: headings, paragraphs, tables and figures in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pages.views.fields import shown
from pipeline.domain import Text
from pipeline.settings import City
from pipeline.stores.access import Actor
from pipeline.stores.reader import Stamp

INTERNAL, DEMO = Text("仅供内部监管参考", "Internal reference only"), Text("演示数据", "Demo data")
TO = Text("企业信用风险分类监管试点工作领导小组：", "To the leading group of the enterprise credit-risk pilot:")
SAME = Text("—", "—")
"""What stands where there is no number."""
STALE_AFTER = 2
"""Days after which data that were not renewed are called old, as on the pages."""
LEFT, RIGHT, MIDDLE = "left", "right", "centre"


@dataclass(frozen=True)
class Heading:
    """The title of a part (1), of a section in it (2) or of a point (3); whoever writes it down numbers them."""

    level: int = field(metadata=shown("层次", "Level", "一、（一）1.", "1, 2 or 3"))
    text: Text = field(metadata=shown("标题", "Title", "不带序号", "Without its number"))


@dataclass(frozen=True)
class Paragraph:
    """Sentences that belong together."""

    text: Text = field(metadata=shown("文字", "Words", "一段文字", "The sentences"))


@dataclass(frozen=True)
class Column:
    """A column of a table: `share` of the width of the text, and where its cells stand."""

    label: Text = field(metadata=shown("列名", "Title", "列的名称", "Title of the column"))
    share: float = field(metadata=shown("宽度", "Width", "占版心宽度的份额", "Its part of the width"))
    stands: str = field(default=LEFT, metadata=shown("对齐", "Stands", "左、中、右", "left, centre or right"))


@dataclass(frozen=True)
class Table:
    """Rows in words, already written as they are printed. `has_whole`: the last row is the whole of the others."""

    caption: Text = field(metadata=shown("表题", "Caption", "不带序号", "Without its number"))
    unit: Text = field(metadata=shown("单位", "Unit", "数字的单位，可空", "Of the numbers; may be empty"))
    columns: tuple[Column, ...] = field(metadata=shown("列", "Columns", "各列", "The columns"))
    rows: tuple[tuple[Text, ...], ...] = field(metadata=shown("行", "Rows", "各行", "The rows"))
    has_whole: bool = field(default=False, metadata=shown("合计", "Whole", "末行为合计", "The last row is the whole"))
    note: Text | None = field(default=None, metadata=shown("注", "Note", "表下的说明", "What stands below the table"))


@dataclass(frozen=True)
class Figure:
    """A picture that is drawn from `data`, plain values and Texts; `kind` says which picture."""

    kind: str = field(metadata=shown("图类", "Kind", "哪一种图", "Which picture"))
    caption: Text = field(metadata=shown("图题", "Caption", "不带序号", "Without its number"))
    alt: Text = field(metadata=shown("替代文字", "Said", "图说了什么", "What the picture says, in words"))
    data: Mapping[str, Any] = field(metadata=shown("数据", "Data", "图所依据的数值", "The values that it shows"))


Block = Heading | Paragraph | Table | Figure


@dataclass(frozen=True)
class Appendix:
    """A part after the signature, on a page of its own."""

    title: Text = field(metadata=shown("标题", "Title", "附件标题", "Its title"))
    blocks: tuple[Block, ...] = field(metadata=shown("内容", "Content", "附件内容", "Its content"))


@dataclass(frozen=True)
class Report:
    """One report, ready to be written down. `marks` and `provenance` stand on every page."""

    title: tuple[Text, ...] = field(metadata=shown("标题", "Title", "公文标题，逐行", "Its title, line by line"))
    remark: Text = field(metadata=shown("题注", "Remark", "标题下括注", "In brackets below the title"))
    addressee: Text = field(metadata=shown("主送", "Addressee", "主送机关", "To whom it goes"))
    blocks: tuple[Block, ...] = field(metadata=shown("正文", "Body", "正文各块", "The body"))
    issuer: Text = field(metadata=shown("署名", "Issuer", "发文机关", "Who issues it"))
    dated: Text = field(metadata=shown("日期", "Date", "成文日期", "Its date"))
    appendices: tuple[Appendix, ...] = field(metadata=shown("附件", "Appendices", "附件", "After the signature"))
    marks: tuple[Text, ...] = field(metadata=shown("标识", "Marks", "每页的标识", "On every page"))
    provenance: Text = field(
        metadata=shown("来历", "Provenance", "时点、批次、导出人与时间", "As-of, build, who and when; on every page")
    )
    file_name: Text = field(metadata=shown("文件名", "File", "不带扩展名", "Without its ending"))


@dataclass(frozen=True)
class Maker:
    """Who has the report made, and when: business day and wall clock."""

    actor: Actor = field(metadata=shown("导出人", "Who", "导出报告的人", "Who has it made"))
    business: datetime = field(metadata=shown("业务时间", "Business time", "业务日与时刻", "As acts count"))
    wall: datetime = field(metadata=shown("时间", "Time", "实际时间", "As the clock says"))


def framed(
    title: tuple[Text, ...],
    city: City,
    stamp: Stamp,
    last_day: date,
    by: Maker,
    blocks: Sequence[Block],
    appendices: Sequence[Appendix],
) -> Report:
    """The report around its content: addressee, signature, marks and provenance, the same for every kind."""
    build = stamp.build_id[:8]
    actor = f"{by.actor.name}（{by.actor.user}）"
    at = f"{by.wall:%Y-%m-%d %H:%M}"
    return Report(
        title=title,
        remark=Text(f"（数据截至{day_zh(last_day)}）", f"(data up to {last_day})"),
        addressee=TO,
        blocks=tuple(blocks),
        issuer=city.bureau,
        dated=Text(day_zh(by.business.date()), f"{by.business.date()}"),
        appendices=tuple(appendices),
        marks=(INTERNAL, *((DEMO,) if stamp.is_synthetic else ())),
        provenance=Text(
            f"时点 {last_day}　批次 {build}　{actor}　{at}",
            f"as of {last_day} · build {build} · {by.actor.user} · {at}",
        ),
        file_name=Text(f"{whole(title).zh} {last_day}", f"{whole(title).en} {last_day}"),
    )


def stale(last_day: date, today: date) -> Text | None:
    """That the data are old, None where they are not: as the pages say it."""
    days = (today - last_day).days
    if days <= STALE_AFTER:
        return None
    return Text(f"截至{day_zh(today)}，数据已 {days} 天未更新。", f"On {today} the data are {days} days old.")


def whole(lines: Sequence[Text]) -> Text:
    """The lines of a title as one."""
    return Text("".join(t.zh for t in lines), " ".join(t.en for t in lines))


def day_zh(day: date) -> str:
    """A date as an official paper writes it: 2020年10月15日."""
    return f"{day.year}年{day.month}月{day.day}日"


def plain(words: Any) -> Text:
    """The same words in both languages: a number, a code, a date."""
    return Text(str(words), str(words))


def count(number: int | None) -> Text:
    """A whole number with separators, — for none."""
    return SAME if number is None else plain(f"{number:,}")


def percent(share: float | None) -> Text:
    """A share with one decimal, — for none."""
    return SAME if share is None else plain(f"{share:.1%}")


def joined(*sentences: Text | None) -> Text:
    """Sentences one after the other; those that are missing or empty are left out."""
    said = [s for s in sentences if s and s.zh]
    return Text("".join(s.zh for s in said), " ".join(s.en for s in said))


def listed(words: Sequence[Text]) -> Text:
    """Names in a row: 甲、乙."""
    return Text("、".join(w.zh for w in words), ", ".join(w.en for w in words))
