"""A report -> Word, as an official paper: numbered headings, tables, pictures, signature, marks on every page.

Whatever a value holds, it is text: no field but the page number, no character that XML forbids.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from pages.parts import document_style as style

NUMERALS = "一二三四五六七八九十"
LONGEST_CELL = 600
"""Characters of a cell: more would not be read, and would fill a page."""
KEPT_TOGETHER = 12
"""A table of at most so many rows stands on one page."""
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef、。，；：（）《》“”"
_SPACED = re.compile(f"(?<=[{_WIDE}]) (?=[0-9A-Za-z≥<>−+])|(?<=[0-9A-Za-z%]) (?=[{_WIDE}])")
_STANDS = {"left": WD_ALIGN_PARAGRAPH.LEFT, "right": WD_ALIGN_PARAGRAPH.RIGHT, "centre": WD_ALIGN_PARAGRAPH.CENTER}
_WORDS = {
    "zh": {
        "table": "表",
        "figure": "图",
        "unit": "（单位：{}）",
        "note": "注：",
        "appendix": "附件",
        "list": "附件：",
        "end": "特此报告。",
    },
    "en": {
        "table": "Table ",
        "figure": "Figure ",
        "unit": " ({})",
        "note": "Note: ",
        "appendix": "Appendix ",
        "list": "Appendices: ",
        "end": "End of the report.",
    },
}

Draw = Callable[[Any], bytes]
"""Gives the picture of a figure as PNG."""


@dataclass
class _Numbers:
    """What was numbered so far."""

    headings: list[int]
    tables: int = 0
    figures: int = 0


def write(target: Path | BytesIO, report: Any, language: str, draw: Draw) -> None:
    """Write the report down; its words are strings of `language` already (report_request.said)."""
    document = docx.Document()
    _forget_template(document)
    style.dress(document)
    _set_properties(document, report, language)
    _dress_pages(document, report)
    numbers = _Numbers([0, 0, 0])
    for line in report.title:
        document.add_paragraph(safe(line), style.TITLE)
    document.add_paragraph(safe(report.remark), style.REMARK)
    document.add_paragraph(safe(report.addressee), style.ADDRESSEE)
    for block in report.blocks:
        _block(document, block, numbers, language, draw)
    _sign(document, report, language)
    for number, appendix in enumerate(report.appendices, 1):
        _appendix(document, number, appendix, numbers, language, draw)
    document.save(target if isinstance(target, BytesIO) else str(target))


def safe(words: str) -> str:
    """A text that is nothing but a text: without characters that XML forbids, on one line.

    Between Chinese and other characters the space of the screens is left out, as official papers write.
    """
    line = _ILLEGAL.sub(" ", words)
    return _SPACED.sub("", " ".join(line.split()) if line.isascii() else re.sub(r"[\n\r\t]+", " ", line))


def _block(document: Document, block: Any, numbers: _Numbers, language: str, draw: Draw) -> None:
    kind = block.block
    if kind == "Heading":
        text = _numbered(block.level, numbers, language) + safe(block.text)
        document.add_heading(text, block.level)
    elif kind == "Paragraph":
        document.add_paragraph(safe(block.text), style.BODY)
    elif kind == "Table":
        numbers.tables += 1
        _table(document, block, numbers.tables, language)
    else:
        numbers.figures += 1
        _figure(document, block, numbers.figures, language, draw)


def _numbered(level: int, numbers: _Numbers, language: str) -> str:
    """The number of the next heading of this level: 一、（一）1."""
    numbers.headings[level - 1] += 1
    numbers.headings[level:] = [0] * (3 - level)
    here = numbers.headings[level - 1]
    if language != "zh":
        return ".".join(map(str, numbers.headings[:level])) + " "
    numeral = NUMERALS[here - 1] if here <= len(NUMERALS) else f"十{NUMERALS[here - len(NUMERALS) - 1]}"
    return (f"{numeral}、", f"（{numeral}）", f"{here}.")[level - 1]


def _table(document: Document, block: Any, number: int, language: str) -> None:
    words = _WORDS[language]
    unit = words["unit"].format(block.unit) if block.unit else ""
    title = safe(block.caption + unit)
    caption = document.add_paragraph(f"{words['table']}{number}　{title}", style.CAPTION)
    caption.paragraph_format.keep_with_next = True
    table = document.add_table(rows=0, cols=len(block.columns))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    table._tbl.tblPr.insert_element_before(style.rules(), "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    table._tbl.tblPr.insert_element_before(style.narrow(), "w:tblLook")
    total = sum(c.share for c in block.columns)
    widths = [Mm(style.TEXT_WIDTH * c.share / total) for c in block.columns]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    _row(table, [c.label for c in block.columns], ["centre"] * len(widths), widths, style.HEAD, is_head=True)
    stands = [c.stands for c in block.columns]
    last = len(block.rows) - 1
    for place, cells in enumerate(block.rows):
        is_kept = (len(block.rows) <= KEPT_TOGETHER or place == 0) and (place < last or bool(block.note))
        _row(table, cells, stands, widths, style.CELL, is_whole=block.has_whole and place == last, is_kept=is_kept)
    note = document.add_paragraph(words["note"] + safe(block.note) if block.note else "", style.NOTE)
    note.paragraph_format.widow_control = True


def _row(
    table: Any,
    cells: Sequence[str],
    stands: Sequence[str],
    widths: Sequence[Any],
    name: str,
    *,
    is_head: bool = False,
    is_whole: bool = False,
    is_kept: bool = False,
) -> None:
    """A row that no page cuts in two; the head is repeated on every page."""
    row = table.add_row()
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if is_head:
        properties.append(OxmlElement("w:tblHeader"))
    for cell, words, where, width in zip(row.cells, cells, stands, widths, strict=True):
        cell.width = width
        paragraph = cell.paragraphs[0]
        paragraph.style = name
        paragraph.alignment = _STANDS[where]
        paragraph.paragraph_format.keep_with_next = is_head or is_kept
        text = safe(words)
        run = paragraph.add_run(text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + "…")
        run.bold = is_whole or None
        cell.vertical_alignment = 1
        if is_head:
            cell._tc.get_or_add_tcPr().insert_element_before(style.shading(), "w:vAlign")


def _figure(document: Document, block: Any, number: int, language: str, draw: Draw) -> None:
    paragraph = document.add_paragraph(style=style.PICTURE)
    paragraph.paragraph_format.keep_with_next = True
    picture = paragraph.add_run().add_picture(BytesIO(draw(block)), width=Mm(style.TEXT_WIDTH))
    properties = picture._inline.docPr
    properties.set("descr", safe(block.alt))
    properties.set("name", f"{_WORDS[language]['figure']}{number}")
    caption = document.add_paragraph(f"{_WORDS[language]['figure']}{number}　{safe(block.caption)}", style.CAPTION)
    caption.paragraph_format.space_after = Pt(10)


def _sign(document: Document, report: Any, language: str) -> None:
    """The last sentence, the list of appendices, the issuing body above the middle of the date, the date four characters from the edge."""
    words = _WORDS[language]
    for line in (words["end"], ""):
        document.add_paragraph(line, style.BODY).paragraph_format.keep_with_next = True
    for number, appendix in enumerate(report.appendices, 1):
        listed = document.add_paragraph(style=style.BODY)
        lead = words["list"] if number == 1 else "　" * 3 if language == "zh" else ""
        listed.add_run(f"{lead}{number}. {safe(appendix.title)}")
        listed.paragraph_format.keep_with_next = True
    for _ in range(2):
        document.add_paragraph("", style.BODY).paragraph_format.keep_with_next = True
    edge = 4 * style.SIZE
    issuer = document.add_paragraph(safe(report.issuer), style.SIGNATURE)
    issuer.paragraph_format.right_indent = Pt(max(0.0, edge + (_width(report.dated) - _width(report.issuer)) / 2))
    issuer.paragraph_format.keep_with_next = True
    document.add_paragraph(safe(report.dated), style.SIGNATURE).paragraph_format.right_indent = Pt(edge)


def _appendix(document: Document, number: int, appendix: Any, numbers: _Numbers, language: str, draw: Draw) -> None:
    """An appendix: its number at the head of a new page, its title in the middle."""
    words = _WORDS[language]
    head = document.add_paragraph(f"{words['appendix']}{number}", style.ATTACHMENT)
    head.paragraph_format.page_break_before = True
    head.paragraph_format.keep_with_next = True
    title = document.add_paragraph(safe(appendix.title), style.TITLE)
    title.paragraph_format.space_after = Pt(style.LINE / 2)
    title.paragraph_format.keep_with_next = True
    for block in appendix.blocks:
        _block(document, block, numbers, language, draw)


def _dress_pages(document: Document, report: Any) -> None:
    """Marks and provenance above, page number below: at the outer edge, odd pages right and even pages left."""
    section = document.sections[0]
    for header in (section.header, section.even_page_header):
        header.is_linked_to_previous = False
        line = header.paragraphs[0]
        line.style = style.MARK
        line.paragraph_format.tab_stops.add_tab_stop(Mm(style.TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT)
        line.add_run(safe(" ｜ ".join(report.marks)))
        line.add_run().add_tab()
        behind = line.add_run(safe(report.provenance))
        style.set_fonts(behind, style.FANG)
        line._p.get_or_add_pPr().insert_element_before(style.underline(), "w:tabs", "w:spacing", "w:ind", "w:jc")
    edges = (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT, "right_indent"),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT, "left_indent"),
    )
    for footer, where, side in edges:
        footer.is_linked_to_previous = False
        line = footer.paragraphs[0]
        line.style, line.alignment = style.FOLIO, where
        setattr(line.paragraph_format, side, Pt(style.FOLIO_SIZE))
        line.add_run("— ")
        for part in _page_number():
            line.add_run()._r.append(part)
        line.add_run(" —")


def _set_properties(document: Document, report: Any, language: str) -> None:
    properties = document.core_properties
    properties.title, properties.author = safe("".join(report.title)), safe(report.issuer)
    properties.subject, properties.comments = safe(report.provenance), safe(" ".join(report.marks))
    properties.keywords, properties.language = "", "zh-CN" if language == "zh" else "en"
    properties.last_modified_by = safe(report.issuer)


def _forget_template(document: Document) -> None:
    """The empty document that the library brings has a thumbnail of itself, which would stand for the report."""
    relations = document.part.package.rels
    for name in [n for n, r in relations.items() if r.reltype.endswith("/thumbnail")]:
        del relations[name]


def _page_number() -> Iterator[Any]:
    """The one field of the document."""
    for kind in ("begin", "instr", "separate", "shown", "end"):
        if kind in ("instr", "shown"):
            part = OxmlElement("w:instrText" if kind == "instr" else "w:t")
            part.text = "PAGE" if kind == "instr" else "1"
        else:
            part = OxmlElement("w:fldChar")
            part.set(qn("w:fldCharType"), kind)
        yield part


def _width(words: str) -> float:
    """Points that a line of the body takes: a Chinese character one em, others half."""
    return sum(style.SIZE if ord(c) > 0x2E7F else style.SIZE / 2 for c in words)
