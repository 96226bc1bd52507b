"""The Word document of a report, read back: the standard's page and fonts, every cell, nothing but text; LibreOffice opens it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import docx
import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from pages.parts import document, document_style, plot, report_charts, report_plot, report_request, report_run
from pages.views import report_evaluation, report_pilot
from pages.views.report import Appendix, Block, Column, Figure, Heading, Paragraph, Report, Table, plain
from pipeline.domain import Text
from pipeline.errors import ChecksFailed
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import open_library
from tests.accounts import actor
from tests.small_city import SmallCity
from tests.unit.pages.test_pilot_view import hold_a_draw, open_cases


def _dot() -> bytes:
    out = BytesIO()
    Image.new("L", (1, 1)).save(out, format="png")
    return out.getvalue()


DOT = _dot()
"""The smallest picture."""
NUMBERED = re.compile("[一二三四五六七八九十]+、")


def made(blocks: tuple[Block, ...], appendices: tuple[Appendix, ...] = ()) -> Report:
    return Report(
        title=(Text("关于某事", "On a matter"), Text("的报告", "a report")),
        remark=Text("（数据截至2020年10月15日）", "(up to 2020-10-15)"),
        addressee=Text("领导小组：", "To the group:"),
        blocks=blocks,
        issuer=Text("某市市场监督管理局", "A bureau"),
        dated=Text("2020年10月15日", "2020-10-15"),
        appendices=appendices,
        marks=(Text("仅供内部监管参考", "Internal"), Text("演示数据", "Demo data")),
        provenance=Text("时点 2020-10-15　批次 abc", "as of 2020-10-15"),
        file_name=Text("报告", "report"),
    )


def spoken(report: Report, language: str = "zh") -> Any:
    content = json.dumps(report_request.said(report, language), ensure_ascii=False)
    return json.loads(content, object_hook=lambda of: SimpleNamespace(**of))


def written(report: Report, language: str = "zh") -> Any:
    out = BytesIO()
    document.write(out, spoken(report, language), language, lambda _: DOT)
    return docx.Document(out)


def table(rows: tuple[tuple[str, ...], ...], **more: Any) -> Table:
    columns = tuple(Column(Text(f"列{n}", f"c{n}"), 1 / len(rows[0])) for n in range(len(rows[0])))
    return Table(Text("某表", "a table"), Text("户", "n"), columns, tuple(tuple(map(plain, r)) for r in rows), **more)


def test_the_page_is_that_of_the_standard() -> None:
    section = written(made(())).sections[0]
    sizes = [round(x.mm) for x in (section.page_width, section.page_height)]
    margins = [round(getattr(section, f"{s}_margin").mm) for s in ("top", "left", "right", "bottom")]
    assert sizes == [210, 297] and margins == [37, 28, 26, 35]
    assert sizes[0] - margins[1] - margins[2] == 156 and sizes[1] - margins[0] - margins[3] == 225
    body = document_style
    assert 22 * body.LINE <= 225 / 25.4 * 72 < 23 * body.LINE
    assert 28 * (body.SIZE + body.FITTING / 20) <= 156 / 25.4 * 72 < 29 * (body.SIZE + body.FITTING / 20)


@pytest.mark.parametrize(
    ("name", "font", "size"),
    [
        (document_style.BODY, "仿宋_GB2312", 16),
        (document_style.TITLE, "方正小标宋简体", 22),
        ("Heading 1", "黑体", 16),
        ("Heading 2", "楷体_GB2312", 16),
        ("Heading 3", "仿宋_GB2312", 16),
        (document_style.FOLIO, "宋体", 14),
    ],
)
def test_the_fonts_are_those_of_the_standard(name: str, font: str, size: int) -> None:
    style = written(made(())).styles[name]
    fonts = style.element.rPr.find(qn("w:rFonts"))
    assert fonts.get(qn("w:eastAsia")) == font and style.font.size.pt == size
    latin = "宋体" if name == document_style.FOLIO else "Times New Roman"
    assert fonts.get(qn("w:ascii")) == fonts.get(qn("w:hAnsi")) == latin
    assert not [k for k in fonts.attrib if k.endswith(("Theme", "theme"))]
    assert style.font.bold is (name == "Heading 3")
    if name in (document_style.BODY, "Heading 1", "Heading 2"):
        shape = style.paragraph_format
        assert shape.line_spacing_rule == WD_LINE_SPACING.EXACTLY and 28 <= shape.line_spacing.pt <= 29
        assert style.element.pPr.find(qn("w:ind")).get(qn("w:firstLineChars")) == "200"


def test_marks_and_page_number_stand_on_every_page() -> None:
    file = written(made(()))
    section = file.sections[0]
    assert file.settings.odd_and_even_pages_header_footer and not section.different_first_page_header_footer
    for header in (section.header, section.even_page_header):
        assert "仅供内部监管参考" in header.paragraphs[0].text and "演示数据" in header.paragraphs[0].text
        assert "批次abc" in header.paragraphs[0].text.replace(" ", "")
    sides = ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT))
    for footer, side in sides:
        line = footer.paragraphs[0]
        assert line.alignment == side and line.text == "— 1 —"
        assert [i.text for i in line._p.iter(qn("w:instrText"))] == ["PAGE"]


def test_headings_tables_and_figures_are_numbered_in_order() -> None:
    picture = Figure("rates", Text("某图", "a figure"), Text("说了什么", "what it says"), {})
    blocks = (
        Heading(1, plain("甲")), Heading(2, plain("子")), Heading(2, plain("丑")), table((("1", "2"),)), Heading(1, plain("乙")),
        Heading(2, plain("寅")), Heading(3, plain("卯")), picture, table((("3", "4"),)),
    )  # fmt: skip
    file = written(made(blocks, (Appendix(plain("口径"), (table((("5",),)),)),)))
    heads = [p.text for p in file.paragraphs if p.style.name.startswith("Heading")]
    assert heads == ["一、甲", "（一）子", "（二）丑", "二、乙", "（一）寅", "1.卯"]
    captions = [p.text for p in file.paragraphs if p.style.name == document_style.CAPTION]
    assert captions == ["表1　某表（单位：户）", "图1　某图", "表2　某表（单位：户）", "表3　某表（单位：户）"]
    assert [d.get("descr") for d in file.element.body.iter(qn("wp:docPr"))] == ["说了什么"]
    english = [p.text for p in written(made(blocks), "en").paragraphs]
    assert "2.1.1 卯" in english and "Table 1　a table (n)" in english


def test_after_ten_comes_eleven() -> None:
    file = written(made(tuple(Heading(1, plain("甲")) for _ in range(12))))
    heads = [p.text for p in file.paragraphs if p.style.name == "Heading 1"]
    assert heads[9:] == ["十、甲", "十一、甲", "十二、甲"]


def test_rows_are_not_cut_and_heads_are_repeated() -> None:
    found = written(made((table(tuple((str(n), "x") for n in range(40)), has_whole=True, note=plain("注")),))).tables[0]
    assert len(found.rows) == 41
    assert all(r._tr.trPr.find(qn("w:cantSplit")) is not None for r in found.rows)
    assert [r._tr.trPr.find(qn("w:tblHeader")) is not None for r in found.rows] == [True] + [False] * 40
    assert found.rows[-1].cells[0].paragraphs[0].runs[0].bold
    assert all(c.paragraphs[0].paragraph_format.keep_with_next for c in found.rows[0].cells)


def test_the_signature_and_the_list_of_appendices() -> None:
    file = written(made((), (Appendix(plain("口径"), ()), Appendix(plain("来源"), ()))))
    lines = [p.text for p in file.paragraphs]
    at = lines.index("某市市场监督管理局")
    assert lines[at + 1] == "2020年10月15日" and "附件：1. 口径" in lines[: at - 1]
    assert lines.index("附件1") > at and lines.index("附件2") > lines.index("附件1")
    assert all(
        p.paragraph_format.page_break_before for p in file.paragraphs if p.style.name == document_style.ATTACHMENT
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=40))
def test_whatever_a_name_holds_it_is_text(name: str) -> None:
    evil = name + "<w:instrText>INCLUDETEXT</w:instrText>\x00\x0b{DDE cmd}=1+1\ud800"
    file = written(made((Paragraph(plain(evil)), Heading(1, plain(evil)), table(((evil,),)))))
    assert not list(file.element.body.iter(qn("w:instrText"), qn("w:fldSimple"), qn("w:hyperlink")))
    assert file.tables[0].rows[1].cells[0].text == document.safe(evil)
    assert "<w:instrText>INCLUDETEXT</w:instrText>" in file.tables[0].rows[1].cells[0].text


@given(st.text())
def test_safe_words_lose_nothing_but_spaces_and_what_xml_forbids(words: str) -> None:
    kept = document._ILLEGAL.sub("", words)
    assert "".join(document.safe(words).split()) == "".join(kept.split())


def test_spaces_between_chinese_and_numbers_are_left_out() -> None:
    assert document.safe("已过 106 天，D、E 级 7.3% 为高") == "已过106天，D、E级7.3%为高"
    assert document.safe("36 / 53 tasks, 7 days") == "36 / 53 tasks, 7 days"


def test_the_colours_are_those_of_the_screens() -> None:
    assert report_plot.GRADE == plot.GRADE and report_plot.INK == plot.INK and report_plot.LIMIT == plot.LIMIT


def test_without_a_chinese_font_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_plot.fontManager, "ttflist", [])
    monkeypatch.setattr(report_plot, "findSystemFonts", list)
    with pytest.raises(ChecksFailed, match="fonts-noto-cjk"):
        report_charts.drawn(SimpleNamespace(kind="rates", data=SimpleNamespace(rows=[])), "zh")


def test_a_font_that_came_after_the_first_run_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    name = report_plot.chinese_font()
    monkeypatch.setattr(report_plot.fontManager, "ttflist", [])
    assert report_plot.chinese_font() == name


FIGURES = {
    "rates": {"rows": [{"grade": g, "checked": n, "rate": 0.1, "low": 0.0, "high": 0.3} for g, n in zip("ABCDE", (0, 5, 30, 400, 20), strict=True)]},
    "grades": {"groups": [{"label": "甲", "counts": [0, 0, 0, 0, 0]}, {"label": "全市", "counts": [3, 4, 5, 1, 1]}]},
    "trends": {
        "panels": [
            {"title": "记名率", "remark": "", "target": 0.8, "points": [{"day": f"2020-0{m}-01", "share": 0.8, "size": 9} for m in (1, 2)]}
        ]
    },
    "counties": {
        "city": None, "city_label": "全市", "axis": "",
        "areas": [
            {"label": "甲", "share": None, "size": 0, "is_small": True, "sign": "", "rings": [], "at": None, "beside": None},
            {"label": "乙", "share": 0.2, "size": 50, "is_small": False, "sign": "▲", "rings": [[[125, 41], [126, 41], [126, 42]]],
             "at": [125.6, 41.3], "beside": None},
        ],
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", list(FIGURES))
def test_every_kind_of_figure_is_drawn_at_the_edges_too(kind: str) -> None:
    data = json.loads(json.dumps(FIGURES[kind]), object_hook=lambda of: SimpleNamespace(**of))
    picture = Image.open(BytesIO(report_charts.drawn(SimpleNamespace(kind=kind, data=data), "zh")))
    assert abs(picture.width - 156 / 25.4 * 300) < 2 and 300 < picture.height < 1800
    assert len(set(picture.convert("L").tobytes())) > 8


@pytest.fixture(scope="module")
def reports(tiny: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Both reports of the small city with a draw and a few cases, as files."""
    folder = tmp_path_factory.mktemp("reports")
    shutil.copytree(tiny.data, folder / "city")
    deployment = SmallCity(folder / "city").settings
    library = open_library(deployment, lambda day, core: known_relations(FEEDS, day, core))
    assert library is not None
    operations = Operations.open(deployment)
    hold_a_draw(operations)
    open_cases(operations)
    who = actor(Role.LEADER, deployment.city)
    read = library.reader(who)
    found = {}
    for kind, gather, day in (
        ("pilot", report_pilot.gather, "2020-10-15"),
        ("evaluation", report_evaluation.gather, "2020-12-02"),
    ):
        (deployment.var / "today").write_text(f"{day}\n", encoding="utf-8")
        work = report_request.folder_for(deployment)
        report_request.ask(work, gather(deployment, read, operations, who), "zh")
        report_run.run(work)
        found[kind] = folder / f"{kind}.docx"
        shutil.copyfile(work / report_request.DOCUMENT, found[kind])
    operations.close()
    library.close()
    yield found


@pytest.mark.parametrize("kind", ["pilot", "evaluation"])
def test_a_whole_report_can_be_read_back(reports: dict[str, Path], kind: str) -> None:
    file = docx.Document(str(reports[kind]))
    captions = [p.text for p in file.paragraphs if p.style.name == document_style.CAPTION]
    numbers = [int(c[1 : c.index("　")]) for c in captions if c.startswith("表")]
    assert numbers == list(range(1, len(file.tables) + 1))
    heads = [p.text for p in file.paragraphs if p.style.name == "Heading 1"]
    assert len(heads) >= 6 and all(map(NUMBERED.match, heads))
    if kind == "pilot":
        tasks = next(t for t in file.tables if t.rows[0].cells[0].text == "编号")
        assert sorted(r.cells[0].text for r in tasks.rows[1:]) == [f"T{n:02d}" for n in range(1, 17)]
    with zipfile.ZipFile(reports[kind]) as archive:
        xml = archive.read("word/document.xml").decode()
        assert "w:instrText" not in xml and "altName" in archive.read("word/fontTable.xml").decode()
        assert not [n for n in archive.namelist() if "vba" in n.lower() or "embeddings" in n or "thumbnail" in n]
        settings_xml = archive.read("word/settings.xml").decode()
        assert re.findall(r'"compatibilityMode"[^>]*w:val="(\d+)"', settings_xml) == ["15"]


ORDER = {
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing tblInd tblBorders shd tblLayout tblCellMar tblLook",
    "tcPr": "cnfStyle tcW gridSpan vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign",
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs suppressAutoHyphens kinsoku "
    "wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd snapToGrid spacing ind contextualSpacing mirrorIndents "
    "suppressOverlap jc textDirection textAlignment textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid vanish webHidden color spacing "
    "w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em lang eastAsianLayout specVanish oMath",
}  # fmt: skip
"""The order that the schema of Word asks for (ECMA-376): Word refuses a file that breaks it."""


@pytest.mark.parametrize("kind", ["pilot", "evaluation"])
def test_properties_stand_in_the_order_of_the_schema(reports: dict[str, Path], kind: str) -> None:
    file = docx.Document(str(reports[kind]))
    section = file.sections[0]
    roots = [
        file.element,
        file.styles.element,
        *(p._element for p in (section.header, section.even_page_header, section.footer)),
    ]
    for root in roots:
        for name, order in ORDER.items():
            places = {qn(f"w:{tag}"): n for n, tag in enumerate(order.split())}
            for properties in root.iter(qn(f"w:{name}")):
                found = [places[child.tag] for child in properties]
                assert found == sorted(found), (name, [child.tag for child in properties])


@pytest.mark.browser
@pytest.mark.parametrize("kind", ["pilot", "evaluation"])
def test_libreoffice_prints_it(reports: dict[str, Path], kind: str, tmp_path: Path) -> None:
    tools = {name: shutil.which(name) for name in ("soffice", "pdftotext", "pdfinfo")}
    if missing := [name for name, path in tools.items() if not path]:
        pytest.skip(f"no {', '.join(missing)} on the path: apt-get install libreoffice-writer poppler-utils")
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        str(tools["soffice"]),
        profile,
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(tmp_path),
        str(reports[kind]),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    pdf = tmp_path / f"{kind}.pdf"
    size = subprocess.run([str(tools["pdfinfo"]), str(pdf)], check=True, capture_output=True, text=True).stdout
    pages = int(re.search(r"Pages:\s+(\d+)", size).group(1))  # type: ignore[union-attr]
    assert 6 <= pages <= 30 and "A4" in size
    text = subprocess.run(
        [str(tools["pdftotext"]), "-layout", str(pdf), "-"], check=True, capture_output=True, text=True
    ).stdout
    said = "".join(text.split())
    assert said.count("仅供内部监管参考｜演示数据") == pages
    assert all(f"—{n}—" in said for n in range(1, pages + 1))
    assert "通化市市场监督管理局" in said and (
        "试点处于第三阶段" in said if kind == "pilot" else "尚不能说明的" in said
    )
