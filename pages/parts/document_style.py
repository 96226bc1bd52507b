"""How an official paper looks (GB/T 9704-2012): page, fonts, paragraphs; every number of the standard stands here.

A4; margins top 37 mm, left 28 mm, so that the text takes 156 × 225 mm: 22 lines of 28 characters of 三号 (16 pt).
Fonts are named, as the standard names them; a machine without one takes the alternative named in the font table.
"""

from __future__ import annotations

from typing import Any

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

PAGE, MARGINS = (210, 297), {"top": 37, "left": 28, "right": 26, "bottom": 35}
TEXT_WIDTH = 156
"""Millimetres of the text block."""
SONG_TITLE, FANG, KAI, HEI, SONG = "方正小标宋简体", "仿宋_GB2312", "楷体_GB2312", "黑体", "宋体"
ALTERNATIVES = {SONG_TITLE: "小标宋体", FANG: "仿宋", KAI: "楷体", HEI: "SimHei", SONG: "SimSun"}
LATIN = "Times New Roman"
SIZE, LINE, TITLE_SIZE, TITLE_LINE = 16, 28.9, 22, 34
"""三号 on 22 lines a page; 二号 for the title."""
FITTING = -5
"""Twentieths of a point between characters, so that 28 of them fill the line."""
INDENT = 2 * (SIZE + FITTING / 20)
SMALL, TABLE_SIZE, TABLE_LINE, CAPTION_SIZE = 9, 10.5, 15, 12
FOLIO_SIZE, FOLIO_GAP, HEAD_GAP = 14, 23, 20
"""四号; millimetres from the edge of the paper: the folio's upper edge is 7 mm below the text."""
BODY, TITLE, REMARK, ADDRESSEE, SIGNATURE = "公文正文", "公文标题", "公文题注", "公文主送", "公文署名"
CELL, HEAD, CAPTION, NOTE, PICTURE, MARK, FOLIO, ATTACHMENT = (
    "公文表文", "公文表头", "公文图表题", "公文表注", "公文图", "公文页眉", "公文页码", "公文附件",
)  # fmt: skip
_ASIAN, _THEMED = ("eastAsia", "ascii", "hAnsi", "cs"), ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")


def dress(document: Document) -> None:
    """Page, styles and fonts of an empty document."""
    _page(document)
    _defaults(document)
    centre, both = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY
    _style(document, BODY, FANG, SIZE, LINE, align=both, indent=True)
    _style(document, TITLE, SONG_TITLE, TITLE_SIZE, TITLE_LINE, align=centre)
    _style(document, REMARK, KAI, SIZE, LINE, align=centre, after=LINE)
    _style(document, ADDRESSEE, FANG, SIZE, LINE)
    _style(document, SIGNATURE, FANG, SIZE, LINE, align=WD_ALIGN_PARAGRAPH.RIGHT)
    _style(document, ATTACHMENT, HEI, SIZE, LINE)
    _style(document, CELL, FANG, TABLE_SIZE, TABLE_LINE, before=1.5, after=1.5)
    _style(document, HEAD, HEI, TABLE_SIZE, TABLE_LINE, align=centre, before=1.5, after=1.5)
    _style(document, CAPTION, HEI, CAPTION_SIZE, 18, align=centre, before=6, after=3)
    _style(document, NOTE, KAI, SMALL, 12, align=both, before=2, after=10)
    _style(document, PICTURE, FANG, SIZE, None, align=centre, before=6)
    _style(document, MARK, HEI, SMALL, 12)
    _style(document, FOLIO, SONG, FOLIO_SIZE, None, latin=SONG)
    for level, font in ((1, HEI), (2, KAI), (3, FANG)):
        heading = _dressed(document.styles[f"Heading {level}"], font, SIZE, LINE, align=both, indent=True)
        heading.font.bold = level == 3
        heading.paragraph_format.keep_with_next = True


def set_fonts(target: Any, asian: str, latin: str = LATIN) -> None:
    """Name the fonts of a style or run for Chinese and for Latin characters, and let no theme say otherwise."""
    properties = target.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    for name in _THEMED:
        fonts.attrib.pop(qn(f"w:{name}"), None)
    fonts.set(qn("w:hint"), "eastAsia")
    for name in _ASIAN:
        fonts.set(qn(f"w:{name}"), asian if name == "eastAsia" else latin)


def rules() -> Any:
    """The lines of a table: strong above and below, hairlines between the rows, none upright."""
    edges = (("top", 8, "000000"), ("bottom", 8, "000000"), ("insideH", 4, "B7C3CE"))
    lines = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="{colour}"/>' for side, size, colour in edges
    )
    return parse_xml(f"<w:tblBorders {nsdecls('w')}>{lines}</w:tblBorders>")


def narrow() -> Any:
    """A millimetre beside the words of a cell."""
    sides = "".join(f'<w:{side} w:w="57" w:type="dxa"/>' for side in ("left", "right"))
    return parse_xml(f"<w:tblCellMar {nsdecls('w')}>{sides}</w:tblCellMar>")


def shading() -> Any:
    """The ground of a table's head."""
    return parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="EEF2F6"/>')


def underline() -> Any:
    """The line below the marks of a page."""
    line = '<w:bottom w:val="single" w:sz="4" w:space="3" w:color="8894A0"/>'
    return parse_xml(f"<w:pBdr {nsdecls('w')}>{line}</w:pBdr>")


def _page(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(PAGE[0]), Mm(PAGE[1])
    for side, width in MARGINS.items():
        setattr(section, f"{side}_margin", Mm(width))
    section.header_distance, section.footer_distance = Mm(HEAD_GAP), Mm(FOLIO_GAP)
    settings = document.settings
    settings.odd_and_even_pages_header_footer = True
    compat = settings.element.find(qn("w:compat"))
    if compat is None:
        compat = OxmlElement("w:compat")
        settings.element.append(compat)
    for old in compat.findall(f"{qn('w:compatSetting')}[@{qn('w:name')}='compatibilityMode']"):
        compat.remove(old)
    compat.append(
        parse_xml(
            f'<w:compatSetting {nsdecls("w")} w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
        )
    )


def _defaults(document: Document) -> None:
    """The body's fonts for whatever has no style of its own, Chinese as its language, and the font table."""
    normal = document.styles["Normal"]
    set_fonts(normal, FANG)
    normal.font.size = Pt(SIZE)
    language = OxmlElement("w:lang")
    for name, value in (("val", "en-US"), ("eastAsia", "zh-CN")):
        language.set(qn(f"w:{name}"), value)
    normal.element.get_or_add_rPr().append(language)
    table = next(p for p in document.part.package.iter_parts() if str(p.partname).endswith("/fontTable.xml"))
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in ALTERNATIVES.items()
    )
    table._blob = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'.encode()
    )


def _style(document: Document, name: str, font: str, size: float, line: float | None, **more: Any) -> Any:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    return _dressed(style, font, size, line, **more)


def _dressed(
    style: Any,
    font: str,
    size: float,
    line: float | None,
    *,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
    indent: bool = False,
    before: float = 0,
    after: float = 0,
    latin: str = LATIN,
) -> Any:
    """Fonts and paragraph of a style. `line`: exact spacing in points, None for single; `indent`: two characters."""
    set_fonts(style, font, latin)
    style.font.size, style.font.bold, style.font.italic = Pt(size), False, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    shape = style.paragraph_format
    shape.alignment, shape.space_before, shape.space_after = align, Pt(before), Pt(after)
    if line is None:
        shape.line_spacing_rule = WD_LINE_SPACING.SINGLE
    else:
        shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    if indent:
        shape.first_line_indent = Pt(INDENT)
        style.element.get_or_add_pPr().find(qn("w:ind")).set(qn("w:firstLineChars"), "200")
    if size == SIZE and line is not None:
        spacing = OxmlElement("w:spacing")
        spacing.set(qn("w:val"), str(FITTING))
        _in_order(style.element.get_or_add_rPr(), spacing)
    return style


def _in_order(properties: Any, spacing: Any) -> None:
    """Put w:spacing where the schema wants it: before the size."""
    size = properties.find(qn("w:sz"))
    if size is None:
        properties.append(spacing)
    else:
        size.addprevious(spacing)
