"""A workbook holds every row as plain values: no formula, no broken character, and it says what it is."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow as pa
import pytest
from python_calamine import CalamineWorkbook

from pages.parts import workbook_run
from pages.parts.workbook import CUT, LONGEST_CELL, Field, Heading, safe, words, write, written

HEADING = Heading("企业名录", (("筛选条件", "等级 D、E"), ("导出人", "=某科员")), "仅供内部监管参考 · 演示数据")
NAME = Field("企业名称", "text", 36)
FIELDS = (
    Field("等级", "grade", 6), NAME, Field("评分", "score", 8), Field("最近检查", "day", 12),
    Field("检查结果", "codes", 24, {"06": "责令改正", "03": "未公示"}), Field("预警", "cases", 8), Field("完整度", "percent", 10),
)  # fmt: skip
ROW = ("E", "梅河口市甲有限公司", 417.4, date(2020, 6, 1), "03;06", 2, 99.5)
BLANK = (None, None, None, None, None, None, None)


def made(fields: Sequence[Field], rows: Iterable[Sequence[Any]], heading: Heading = HEADING) -> BytesIO:
    out = BytesIO()
    write(out, heading, fields, rows)
    out.seek(0)
    return out


def cells(book: BytesIO | Path) -> list[list[Any]]:
    opened = (
        CalamineWorkbook.from_filelike(BytesIO(book.getvalue()))
        if isinstance(book, BytesIO)
        else CalamineWorkbook.from_path(str(book))
    )
    return opened.get_sheet_by_index(0).to_python(skip_empty_area=False)


def sheet(book: BytesIO) -> str:
    with ZipFile(book) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()


def test_head_rows_and_kinds() -> None:
    rows = cells(made(FIELDS, [ROW, BLANK]))
    assert [r[0] for r in rows[:4]] == ["企业名录", HEADING.mark, "筛选条件：等级 D、E", "导出人：=某科员"]
    assert rows[5] == [f.title for f in FIELDS]
    assert rows[6] == ["E", "梅河口市甲有限公司", 417.4, date(2020, 6, 1), "未公示、责令改正", 2.0, 99.5]
    assert rows[7:] == [[""] * 7] or rows[7:] == []


def test_it_is_dressed_and_marked() -> None:
    xml = sheet(made(FIELDS, [ROW]))
    assert '<pane xSplit="2" ySplit="6"' in xml and 'state="frozen"' in xml
    assert '<autoFilter ref="A6:G7"' in xml
    assert "仅供内部监管参考 · 演示数据" in xml.split("<oddHeader>")[1].split("</oddHeader>")[0]
    assert 'orientation="landscape"' in xml and 'fitToHeight="0"' in xml
    assert 'defaultRowHeight="18"' in xml and 'width="36' in xml
    with ZipFile(made(FIELDS, [ROW])) as parts:
        styles = parts.read("xl/styles.xml").decode()
    assert "微软雅黑" in styles and "yyyy-mm-dd" in styles


@pytest.mark.parametrize(
    "first", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\t=", "　=", "＝", "＋", "－", "＠", "\x00="]
)
def test_formula_like_text_is_harmless_in_every_place(first: str) -> None:
    evil = f'{first}HYPERLINK("http://x","点击")'
    heading = Heading(evil, ((evil, evil),), evil)
    fields = (Field(evil, "text", 10), Field("代码", "codes", 10, {"1": evil}), Field("等级", "grade", 6))
    book = made(fields, [(evil, "1", evil), (evil, evil, evil)], heading)
    xml = sheet(book)
    assert "<f>" not in xml and "<hyperlink" not in xml
    for row in cells(book)[3:]:
        for value in row:
            assert not str(value) or str(value)[0] == "'" or evil not in str(value)
            assert not str(value).strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


def test_numbers_stay_numbers_and_plain_text_stays_as_it_is() -> None:
    assert safe("梅河口市甲有限公司") == "梅河口市甲有限公司"
    assert safe("91220581MA0E3DY595") == "91220581MA0E3DY595"
    assert written("00123", NAME) == "00123"
    xml = sheet(made((NAME,), [("00123",), ("2020-10-10",), ("http://x.cn",), ("1E5",)]))
    assert xml.count('t="inlineStr"') == xml.count("<is>") and "<hyperlink" not in xml


@pytest.mark.parametrize("text", ["\x00坏", "a\x0bb", "\ufffe", "\ud800x", "甲\x1f乙", "\x7f"])
def test_what_xml_forbids_is_left_out(text: str) -> None:
    rows = cells(made((NAME,), [(text,), ("后面的行",)]))
    assert rows[-1] == ["后面的行"]
    assert "\x00" not in sheet(made((NAME,), [(text,)]))


def test_cells_of_any_length() -> None:
    for length in (LONGEST_CELL - 1, LONGEST_CELL, LONGEST_CELL + 1, 100_000):
        value = cells(made((NAME,), [("长" * length,)]))[-1][0]
        assert len(value) == min(length, LONGEST_CELL)
        assert value.endswith(CUT) == (length > LONGEST_CELL)
    assert len(safe("=" + "长" * LONGEST_CELL)) == LONGEST_CELL


def test_long_names_of_sheets_and_titles() -> None:
    heading = Heading("名" * 60 + "[]:*?/\\'", (), "标" * 400)
    book = CalamineWorkbook.from_filelike(made((NAME,), [("甲",)], heading))
    assert len(book.sheet_names[0]) <= 31


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (float("nan"), None),
        ("", None),
        ("06", "责令改正"),
        ("06;99", "责令改正、99"),
        (["03"], "未公示"),
        ([], None),
        (6, "6"),
    ],
)
def test_codes_in_words(value: Any, expected: str | None) -> None:
    assert written(value, FIELDS[4]) == expected


def test_words_joined() -> None:
    assert words(["a", "b"], {"a": "甲"}, "; ") == "甲; b"


def test_no_rows_at_all() -> None:
    assert len(cells(made(FIELDS, []))) == 6


def test_a_process_writes_all_rows_and_says_how_far_it_is(tmp_path: Path) -> None:
    table = pa.table(
        {"name": [f"企业{n}" for n in range(2500)], "fields": [["06"], None] * 1250, "day": [date(2020, 1, 1)] * 2500}
    )
    fields = (NAME, FIELDS[4], FIELDS[3])
    with pa.OSFile(str(tmp_path / workbook_run.ROWS), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=700)
    workbook_run.ask(tmp_path, HEADING, fields)
    assert workbook_run.run(tmp_path) == 2500
    assert (tmp_path / workbook_run.PROGRESS).read_text() == "2500"
    assert not (tmp_path / workbook_run.ROWS).exists()
    rows = cells(tmp_path / workbook_run.WORKBOOK)[6:]
    assert [r[0] for r in rows] == [f"企业{n}" for n in range(2500)]
    assert rows[0][1:] == ["责令改正", date(2020, 1, 1)] and rows[1][1] == ""


@pytest.mark.browser
def test_libreoffice_opens_it(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if not office:
        pytest.skip("no soffice on the path: apt-get install libreoffice-calc")
    evil = "=1+1"
    (tmp_path / "名录.xlsx").write_bytes(made(FIELDS, [ROW, ("D", evil, 500, None, "06", None, None)]).getvalue())
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [
        office,
        profile,
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "名录.xlsx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    text = (tmp_path / "名录.csv").read_text(encoding="utf-8")
    assert "E,梅河口市甲有限公司,417,2020-06-01,未公示、责令改正,2,99.5" in text
    assert "'=1+1" in text and ",2," not in text.splitlines()[-1]
