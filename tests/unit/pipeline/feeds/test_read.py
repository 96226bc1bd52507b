"""Reading deliveries: every format and every quirk that a supplier's file may have."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import BadDelivery
from pipeline.feeds import delimited, read
from pipeline.feeds.raw import BLANK
from pipeline.feeds.read import HeaderSense, NoTable, RawTable, fingerprint, normal_title, read_delivery, write_raw
from pipeline.feeds.workbook import number_text

WANTED = HeaderSense.of(["统一社会信用代码", "企业名称", "检查日期", "罚款金额(万元)", "行政相对人名称"])
HEADER = "统一社会信用代码,企业名称,检查日期\n"
FIXTURES = Path(__file__).parents[3] / "fixtures"

Deliver = Callable[..., list[RawTable]]


@pytest.fixture
def deliver(tmp_path: Path) -> Deliver:
    """Reads content (text is written as UTF-8) under a file name."""

    def of(content: bytes | str, name: str = "delivery.csv", **options: Any) -> list[RawTable]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_delivery(path, WANTED, **options)

    return of


def cells(table: RawTable) -> list[tuple[Any, ...]]:
    """(row_no, cells…) of each row."""
    return [tuple(row.values()) for row in table.table.to_pylist()]


def workbook(*sheets: tuple[str, list[list[Any]]]) -> bytes:
    """An xlsx file with these sheets."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row)
    return target.getvalue()


def zipped(members: dict[str, bytes | str]) -> bytes:
    """A zip file with these members."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


# --- text -------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    rows=st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=3, max_size=3), max_size=8
    ),
    titles=st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=6), max_size=3),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    delimiter=st.sampled_from(",\t;|"),
    end=st.sampled_from(["\r\n", "\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_any_cells_survive(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    titles: list[str],
    encoding: str,
    delimiter: str,
    end: str,
    quoting: Any,
) -> None:
    if quoting == csv.QUOTE_MINIMAL:  # the writer quotes only those line ends that it uses itself
        rows = [[re.sub(r"[\r\n]", " ", cell) for cell in row] for row in rows]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    header = ["统一社会信用代码", "企业名称", "备注"]
    writer.writerows([[title] for title in titles] + [header] + rows)
    path = tmp_path_factory.mktemp("any") / "table.csv"
    path.write_bytes(text.getvalue().encode(encoding))

    (table,) = read_delivery(path, WANTED)

    stripped = [[c.replace("\0", " ").strip(BLANK) or None for c in row] for row in rows]
    expected = [(i, *row) for i, row in enumerate(stripped, len(titles) + 2) if any(row)]
    assert cells(table) == expected
    assert table.header == tuple(header)
    assert table.title_rows == tuple(titles)
    assert not table.broken
    last = expected[-1][0] if expected else len(titles) + 1
    assert table.blank_rows == last - len(titles) - 1 - len(expected)


def test_columns_are_text_and_rows_are_numbered_as_a_spreadsheet_shows_them(deliver: Deliver) -> None:
    (table,) = deliver("某市检查结果公示表,,\n\n" + HEADER + '91A,"甲\n公司",2024.1.2\n\n,乙公司,44039\n,,\n\n')
    assert cells(table) == [(4, "91A", "甲\n公司", "2024.1.2"), (6, None, "乙公司", "44039")]
    assert table.table.schema.types == [pa.int32(), pa.string(), pa.string(), pa.string()]
    assert (table.title_rows, table.blank_rows, table.rows) == (("某市检查结果公示表",), 1, 2)


@pytest.mark.parametrize(("delimiter", "name"), [(",", "a.txt"), ("\t", "a.csv"), (";", "a"), ("|", "a.xls")])
def test_delimiter_is_found_from_the_header(deliver: Deliver, delimiter: str, name: str) -> None:
    text = "企业名称,检查日期,备注\n甲公司,2024-01-02,a".replace(",", delimiter)
    (table,) = deliver(text, name)
    assert cells(table) == [(2, "甲公司", "2024-01-02", "a")]


def test_a_quoted_delimiter_does_not_split(deliver: Deliver) -> None:
    (table,) = deliver('"企业名称","罚款金额(万元)","备注;说明"\n"甲,乙;丙","1","x|y"\n')
    assert cells(table) == [(2, "甲,乙;丙", "1", "x|y")]


def test_one_column_is_enough(deliver: Deliver) -> None:
    (table,) = deliver("企业名称\n甲公司\n\n乙公司\n")
    assert cells(table) == [(2, "甲公司"), (4, "乙公司")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"])
def test_encodings(deliver: Deliver, encoding: str) -> None:
    text = HEADER + "91A,龘𠮷公司,2024-01-02\n"
    content = (b"\xfe\xff" if encoding == "utf-16-be" else b"") + text.encode(encoding)
    (table,) = deliver(content)
    assert cells(table) == [(2, "91A", "龘𠮷公司", "2024-01-02")]


def test_a_named_encoding_is_taken_at_its_word(deliver: Deliver) -> None:
    content = (HEADER + "91A,甲公司,2024-01-02\n").encode("gbk")
    assert cells(deliver(content, encoding="gb2312")[0]) == [(2, "91A", "甲公司", "2024-01-02")]
    with pytest.raises(BadDelivery, match="第 5 字节"):
        deliver(content, encoding="utf-8")
    with pytest.raises(BadDelivery, match="nonsense"):
        deliver(content, encoding="nonsense")


def test_undecodable_text_is_refused_with_its_position(deliver: Deliver) -> None:
    head = HEADER.encode("gb18030") + b"91A,"
    with pytest.raises(BadDelivery, match=rf"第 {len(head) + 1} 字节（约第 2 行）.*ff ff"):
        deliver(head + b"\xff\xff,x\n")


def test_a_damaged_utf8_file_is_not_taken_for_gb18030(deliver: Deliver) -> None:
    good = (HEADER + "91A,某某市某某区某某街道某某社区某某路某某号某某商店,2024\n").encode()
    with pytest.raises(BadDelivery, match=rf"UTF-8 编码，收到第 {len(good) + 1} 字节"):
        deliver(good + b"\xe7\xff,x,y\n")
    with pytest.raises(BadDelivery, match="UTF-8 编码"):
        deliver(b"\xef\xbb\xbf" + "企业名称,备注\n甲,".encode() + b"\xd6\xd0\n")


def test_positions_are_counted_across_pieces(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_CHUNK_BYTES", 5)
    content = (HEADER + "91A,甲公司,2024-01-02\n").encode("gb18030")
    assert cells(deliver(content)[0]) == [(2, "91A", "甲公司", "2024-01-02")]
    with pytest.raises(BadDelivery, match=rf"第 {len(content) + 1} 字节"):
        deliver(content + b"\xff\xff")


def test_rows_that_do_not_fit_are_kept_apart(deliver: Deliver) -> None:
    (table,) = deliver(
        HEADER + '91A,甲,1\n91B,乙,2,多\n91C,丙\n91D,丁,4,,\n"91E",戊,5\n\n91F,"己,6\n7",8,9\n91G,庚,10\n'
    )
    assert cells(table) == [(2, "91A", "甲", "1"), (5, "91D", "丁", "4"), (6, "91E", "戊", "5"), (9, "91G", "庚", "10")]
    assert [(b.row_no, b.expected, b.received) for b in table.broken] == [(3, 3, 4), (4, 3, 2), (8, 3, 4)]
    assert table.broken[0].text == "91B,乙,2,多"
    assert table.blank_rows == 1


def test_broken_rows_keep_their_numbers_across_blocks(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 256)
    rows = [f"91{i},{'名' * (i % 40)},2024" + (",多" if i % 50 == 7 else "") for i in range(2000)]
    (table,) = deliver(HEADER + "\r\n".join(rows))
    assert [b.row_no for b in table.broken] == list(range(9, 2002, 50))
    assert all(code == f"91{row_no - 2}" for row_no, code, *_ in cells(table))
    assert table.rows + len(table.broken) == 2000


def test_a_row_may_end_before_the_untitled_columns(deliver: Deliver) -> None:
    (table,) = deliver("企业名称,检查日期,,\n甲,2024\n乙,2025,x,\n丙,2026,,\n")
    assert table.header == ("企业名称", "检查日期", "第3列")
    assert cells(table) == [(2, "甲", "2024", None), (3, "乙", "2025", "x"), (4, "丙", "2026", None)]


@pytest.mark.parametrize(
    "body",
    [
        '91A,"甲,1\n91B,乙,2\n91C,丙,3\n',  # never closed: one row
        '91A,甲,"1\n91B,乙,2\n91C,丙,3\n',  # never closed, in the last column: the cells would fit
        '91A,"甲,1\n91B,乙,2\n91C,"丙",3\n91D,丁,4\n',
        '91A,"甲,1\n91B,乙,2\n91C,"丙,3\n91D,丁,4\n',  # closed by another stray one
    ],
)
def test_a_stray_quotation_mark_does_not_swallow_rows(deliver: Deliver, body: str) -> None:
    with pytest.raises(BadDelivery, match="第 2 行有多余的引号"):
        deliver(HEADER + body)


def test_a_quotation_mark_inside_a_cell_is_text(deliver: Deliver) -> None:
    (table,) = deliver(HEADER + '91A,5"管材店,2024\n')
    assert cells(table) == [(2, "91A", '5"管材店', "2024")]


def test_nul_and_control_characters(deliver: Deliver) -> None:
    (table,) = deliver(HEADER + "91\0A\0,甲\x07公司,2024\x1a\n\x1a")
    assert cells(table) == [(2, "91 A", "甲\x07公司", "2024\x1a")]


def test_every_kind_of_space_is_trimmed(deliver: Deliver) -> None:
    (table,) = deliver(HEADER + "\t91A\u3000,\u00a0甲 公司\u200b,\ufeff\n")
    assert cells(table) == [(2, "91A", "甲 公司", None)]


def test_a_long_cell(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "_BLOCK_BYTES", 1024)
    long = "长" * 200_000
    (table,) = deliver(HEADER + f'91A,"{long}\n{long}",2024\n91B,乙,2025\n')
    assert cells(table)[0][2] == f"{long}\n{long}"
    assert cells(table)[1] == (3, "91B", "乙", "2025")


def test_header_only(deliver: Deliver) -> None:
    for text in (HEADER, HEADER.strip(), HEADER + "\n\n", HEADER + ",,\n"):
        (table,) = deliver(text)
        assert (table.rows, table.blank_rows, table.table.num_columns) == (0, 0, 4)


# --- header -----------------------------------------------------------------------------------------------------


def test_titles_are_compared_in_normal_form(deliver: Deliver) -> None:
    (table,) = deliver('＊企业 名称：,罚款金额（万元）,"检查\n日期"\n甲,1,2024\n')
    assert table.header == ("＊企业 名称：", "罚款金额（万元）", "检查日期")
    assert normal_title("罚款金额（万元）") == normal_title(" 罚款金额(万元) ")


def test_titles_that_repeat_get_a_suffix(deliver: Deliver) -> None:
    (table,) = deliver("企业名称,企业名称,检查日期,企业名称_2,企业名称\n甲,乙,2024,丙,丁\n")
    assert table.header == ("企业名称", "企业名称_3", "检查日期", "企业名称_2", "企业名称_4")


def test_the_header_is_the_row_with_the_most_known_titles(deliver: Deliver) -> None:
    (table,) = deliver("企业名称检查日期汇总,,\n企业名称,检查日期,\n企业名称,检查日期,统一社会信用代码\n甲,2024,91A\n")
    assert cells(table) == [(4, "甲", "2024", "91A")]
    assert table.title_rows == ("企业名称检查日期汇总", "企业名称 检查日期")


def test_the_header_lies_within_the_first_thirty_rows(deliver: Deliver) -> None:
    assert deliver("说明\n" * 29 + HEADER + "91A,甲,2024\n")[0].rows == 1
    with pytest.raises(NoTable, match="首行“说明”"):
        deliver("说明\n" * 30 + HEADER + "91A,甲,2024\n")


def test_one_known_title_among_many_is_no_header(deliver: Deliver) -> None:
    with pytest.raises(NoTable, match="表头"):
        deliver("企业名称,甲,乙\n1,2,3\n")


# --- workbooks --------------------------------------------------------------------------------------------------


def test_xls_under_another_name(deliver: Deliver) -> None:
    content = (FIXTURES / "table.xls").read_bytes()
    for name in ("table.xls", "table.csv"):
        (table,) = deliver(content, name)
        assert table.member == "处罚"
        assert table.title_rows == ("某市行政处罚公示表",)
        assert table.header == ("行政相对人名称", "统一社会信用代码", "处罚决定日期", "罚款金额", "公示", "序号")
        assert cells(table) == [
            (4, "示例甲有限公司", "91220501MA00000000", "2022-03-30", "1560.5", "是", "1"),
            (6, "示例乙有限公司（分店）", "912205010000000000", "2022-03-30 11:26:45", "2000", "否", "44039"),
        ]
        assert (table.blank_rows, table.ignored) == (1, ("说明",))


def test_cells_of_a_workbook_become_text(deliver: Deliver) -> None:
    header = ["企业名称", "检查日期", "罚款金额(万元)", "a", "b", ""]
    row = [" 甲\n公司 ", dt.date(2024, 1, 2), 44039, 0.1 + 0.2, False, "x"]
    (table,) = deliver(workbook(("Sheet1", [["标题"], [], header, row, [None, None, 220105012345678, 1e20]])))
    assert table.header == ("企业名称", "检查日期", "罚款金额(万元)", "a", "b", "第6列")
    assert cells(table) == [
        (4, "甲\n公司", "2024-01-02", "44039", "0.3", "否", "x"),
        (5, None, None, "220105012345678", "100000000000000000000", None, None),
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (44039.0, "44039"),
        (1560.5, "1560.5"),
        (911101056637005262.0, "911101056637005000"),
        (1e-7, "0.0000001"),
        (-3, "-3"),
    ],
)
def test_numbers_are_written_with_the_digits_a_spreadsheet_keeps(number: float, text: str) -> None:
    assert number_text(number) == text


def test_the_sheet_is_chosen_by_its_header(deliver: Deliver) -> None:
    data = [["企业名称", "检查日期", "统一社会信用代码"], ["甲", "2024", "91A"]]
    content = workbook(
        ("封面", [["汇总"]]),
        ("一季度", data),
        ("空", []),
        ("汇总", [["企业名称", "检查日期"], ["甲", 3]]),
        ("二季度", data),
    )
    first, second = deliver(content)
    assert (first.member, second.member) == ("一季度", "二季度")
    assert (first.ignored, second.ignored) == (("封面", "汇总"), ())
    (named,) = deliver(content, sheet="汇总")
    assert cells(named) == [(2, "甲", "3")]
    with pytest.raises(BadDelivery, match=r"三季度.*封面、一季度"):
        deliver(content, sheet="三季度")


def test_a_workbook_without_a_known_header(deliver: Deliver) -> None:
    with pytest.raises(NoTable, match="表头"):
        deliver(workbook(("Sheet1", [["a", "b"], [1, 2]])))
    with pytest.raises(BadDelivery, match="全部为空"):
        deliver(workbook(("Sheet1", [])))


def test_a_header_only_workbook(deliver: Deliver) -> None:
    (table,) = deliver(workbook(("Sheet1", [["企业名称", "检查日期"]])))
    assert (table.rows, table.header) == (0, ("企业名称", "检查日期"))


def test_a_sheet_with_a_stray_cell_in_its_last_corner_is_refused(deliver: Deliver) -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["企业名称", "检查日期"])
        sheet.write(1_048_575, 16_383, "x")
    with pytest.raises(BadDelivery, match="删除数据以外的行和列"):
        deliver(target.getvalue())


@pytest.mark.parametrize("size", [100, 513, 2000, 6000])
def test_a_cut_off_workbook_is_refused(deliver: Deliver, size: int) -> None:
    with pytest.raises(BadDelivery, match=r"delivery\.csv：应为"):
        deliver((FIXTURES / "table.xls").read_bytes()[:size])
    with pytest.raises(BadDelivery, match="损坏"):
        deliver(workbook(("Sheet1", [["企业名称", "检查日期"]]))[: -size // 5])


def test_an_encrypted_workbook_is_refused(deliver: Deliver) -> None:
    container = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(600)
    with pytest.raises(BadDelivery, match="请取消密码"):
        deliver(container, "a.xlsx")


# --- parquet ----------------------------------------------------------------------------------------------------


def test_parquet(deliver: Deliver) -> None:
    table = pa.table(
        {
            "企业名称": pa.array([" 甲\0公司 ", "", None]),
            "检查日期": pa.array([dt.date(2024, 1, 2), None, None]),
            "时间": pa.array([dt.datetime(2024, 1, 2, 3, 4, 5), None, None]),
            "金额": pa.array([1.5, float("nan"), 44039.0]),
            "数": pa.array([7, None, None], pa.int64()),
            "小数": pa.array([Decimal("1.50"), None, None]),
            "是否": pa.array([True, None, False]),
            "类": pa.array(["x", None, "y"]).dictionary_encode(),
        }
    )
    target = io.BytesIO()
    pq.write_table(table, target)
    (read_back,) = deliver(target.getvalue(), "x.csv")
    assert cells(read_back) == [
        (2, "甲 公司", "2024-01-02", "2024-01-02 03:04:05", "1.5", "7", "1.50", "是", "x"),
        (4, None, None, None, "44039", None, None, "否", "y"),
    ]
    assert read_back.blank_rows == 1
    with pytest.raises(BadDelivery, match="parquet"):
        deliver(target.getvalue()[:-20], "x.parquet")


def test_parquet_without_a_known_header_or_with_nested_columns(deliver: Deliver) -> None:
    for columns, reason in (
        ({"a": ["1"]}, "表头"),
        ({"企业名称": [b"\xff"]}, "parquet"),
        ({"企业名称": [[1]]}, "parquet"),
    ):
        target = io.BytesIO()
        pq.write_table(pa.table(columns), target)
        with pytest.raises(BadDelivery, match=reason):
            deliver(target.getvalue())


# --- zip --------------------------------------------------------------------------------------------------------


def test_a_zip_is_read_in_the_order_of_names(deliver: Deliver) -> None:
    data = workbook(("表", [["企业名称", "检查日期"], ["丙", "2024"]]))
    content = zipped(
        {
            "b.csv": HEADER + "91B,乙,2\n",
            "c/数据.csv": data,
            "a.txt": (HEADER + "91A,甲,1\n").encode("gb18030"),
            "说明.txt": "请查收",
            "扫描.pdf": b"%PDF-1.4",
            "__MACOSX/._a.txt": b"\0\1",
            "c/": b"",
        }
    )
    tables = deliver(content, "x.zip")
    assert [t.member for t in tables] == ["a.txt", "b.csv", "c/数据.csv/表"]
    assert [cells(t)[0][1:3] for t in tables] == [("91A", "甲"), ("91B", "乙"), ("丙", "2024")]
    assert [t.ignored for t in tables] == [("扫描.pdf", "说明.txt"), (), ()]


def test_member_names_are_text_and_no_way_out(deliver: Deliver) -> None:
    member = zipfile.ZipInfo("../../etc/\\..\\x.csv")
    content = zipped({"../../a.csv": HEADER, "/abs.csv": HEADER, "C:\\w\\z.csv": HEADER, member.filename: HEADER})
    assert sorted(t.member for t in deliver(content)) == ["C_/w/z.csv", "a.csv", "abs.csv", "etc/x.csv"]


def test_a_member_name_in_gbk(deliver: Deliver) -> None:
    name = "处罚".encode("gbk").decode("cp437")
    content = zipped({f"{name}.csv": HEADER + "91A,甲,1\n"}).replace(
        f"{name}.csv".encode(), "处罚.csv".encode("gbk") + b"_" * (len(f"{name}.csv".encode()) - 8)
    )
    patched = bytearray(content)
    for magic, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.index(magic) + flags
        patched[at : at + 2] = b"\0\0"
    (table,) = deliver(bytes(patched))
    assert table.member.startswith("处罚.csv")


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"a.zip": zipped({"a.csv": HEADER})}, "包中之包"),
        ({"a.csv": ""}, "空文件"),
        ({"a.rar": b"Rar!\x1a\x07\x00"}, "RAR"),
        ({"a.csv": HEADER, "b.csv": b"\xff\xff\xff"}, r"delivery\.csv/b\.csv.*字节"),
        ({"说明.txt": "请查收"}, "表头"),
        ({}, "空的 zip"),
    ],
)
def test_zips_that_are_refused(deliver: Deliver, members: dict[str, bytes | str], reason: str) -> None:
    with pytest.raises(BadDelivery, match=reason):
        deliver(zipped(members))


def test_a_zip_bomb_is_refused(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadDelivery, match="倍"):
        deliver(zipped({"a.csv": bytes(read.HARMLESS_BYTES + 1)}))
    monkeypatch.setattr(read, "LARGEST_BYTES", 100)
    with pytest.raises(BadDelivery, match="请拆分"):
        deliver(zipped({"a.csv": HEADER * 3}))


def test_damaged_and_encrypted_zips(deliver: Deliver) -> None:
    content = bytearray(zipped({"a.csv": HEADER + "91A,甲,1\n"}))
    content[45] ^= 0xFF
    with pytest.raises(BadDelivery, match="损坏"):
        deliver(bytes(content))
    locked = bytearray(zipped({"a.csv": HEADER}))
    for magic, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        locked[locked.index(magic) + flags] |= 1
    with pytest.raises(BadDelivery, match="密码"):
        deliver(bytes(locked))


# --- what is no delivery ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "空文件"),
        (b"\xef\xbb\xbf \r\n", "空文件"),
        (b"\n<html><table><tr><td>x</td></tr></table></html>", "另存为 xlsx"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "另存为 xlsx"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "gzip"),
        (zipped({"[Content_Types].xml": "", "word/document.xml": ""}), "文档"),
    ],
)
def test_what_is_no_table_is_refused(deliver: Deliver, content: bytes, reason: str) -> None:
    with pytest.raises(BadDelivery, match=reason) as caught:
        deliver(content, "来件.xls")
    assert str(caught.value).startswith("来件.xls：应为")
    assert "expected" in str(caught.value)


# --- archive ----------------------------------------------------------------------------------------------------


def test_a_raw_table_is_written_whole(deliver: Deliver, tmp_path: Path) -> None:
    (table,) = deliver("标题\n" + HEADER + "91A,甲,1\n")
    target = tmp_path / "raw" / "x.parquet"
    write_raw(table, target)
    write_raw(table, target)
    stored = pq.read_table(target)
    assert stored.equals(table.table)
    about = json.loads(stored.schema.metadata[b"delivery"])
    assert about == {"member": "", "header": ["统一社会信用代码", "企业名称", "检查日期"], "title_rows": ["标题"]}
    assert [p.name for p in target.parent.iterdir()] == ["x.parquet"]


def test_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert fingerprint(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


# --- real files -------------------------------------------------------------------------------------------------

REAL = {
    "culture_inspections.csv": (42_784, 0, 9),
    "register_derived.csv": (10_010, 0, 5),
    "penalties.csv": (7_761, 0, 12),
    "dirty/区住建委双随机结果公示.csv": (200, 1, 10),
    "dirty/执法检查结果公示.csv": (622, 0, 6),
    "dirty/旅游双随机抽查结果公示+-+副本.csv": (37, 0, 6),
    "dirty/行政处罚信息（法人）.csv": (357, 0, 7),
    "dirty/行政处罚结果公示+-+副本.csv": (183, 0, 11),
}
"""File -> rows, title rows, columns."""


@pytest.mark.skipif("REAL_CASES" not in os.environ, reason="REAL_CASES doesn't name a folder of real records")
@pytest.mark.parametrize("name", REAL)
def test_published_files_are_read_whole(name: str) -> None:
    wanted = [
        "行政相对人名称",
        "处罚决定日期",
        "企业名称",
        "统一社会信用代码",
        "唯一标识",
        "检查单号",
        "检查结果",
        "监督检查日期",
        "检查时间",
    ]
    (table,) = read_delivery(Path(os.environ["REAL_CASES"]) / "beijing" / name, HeaderSense.of(wanted))
    assert (table.rows, len(table.title_rows), len(table.header)) == REAL[name]
    assert (table.blank_rows, table.broken, table.ignored) == (0, (), ())
