"""Bad zips, workbooks and Parquet files, made from a seed: broken, nested, swollen, locked."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from tests.hardening.bad_files import HEADER, Made, csv_of, family, record, records

MEGABYTE = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_XLS = Path(__file__).parents[1] / "fixtures" / "table.xls"
_SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            about = zipfile.ZipInfo(name, date_time=(2020, 9, 30, 0, 0, 0))  # the same seed gives the same bytes
            about.compress_type = method
            archive.writestr(about, content)
    return out.getvalue()


def workbook(rows: list[list[str]], header: tuple[str, ...] = HEADER) -> bytes:
    """A workbook as a program would write it."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2020, 9, 30)})
        sheet = book.add_worksheet("处罚")
        for n, row in enumerate([header, *rows]):
            sheet.write_row(n, 0, row)
    return out.getvalue()


def repacked(book: bytes, changes: Mapping[str, bytes]) -> bytes:
    """The workbook with some of its parts replaced."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    return zipped({**parts, **changes})


def damaged(rng: Random, whole: bytes) -> bytes:
    """The same with an end cut off, or bytes changed, or a piece taken out, or bytes added."""
    at, length = rng.randrange(len(whole)), rng.randint(1, 40)
    kinds: tuple[Callable[[], bytes], ...] = (
        lambda: whole[:at],
        lambda: bytes(b if rng.random() > 0.002 else rng.randrange(256) for b in whole),
        lambda: whole[:at] + whole[at + length :],
        lambda: whole[:at] + rng.randbytes(length) + whole[at + length :],
        lambda: whole + rng.randbytes(length * 20),
        lambda: rng.randbytes(length) + whole,
        lambda: whole[:-22] + rng.randbytes(22),
    )
    return rng.choice(kinds)()


@family("损坏的 zip", "broken zips", 140)
def broken_zips(rng: Random, n: int) -> Made:
    """Cut off, changed, with wrong check sums, with entries that point elsewhere."""
    whole = zipped({"penalty.csv": csv_of(records(rng)), "penalty_2.csv": csv_of(records(rng))})
    if n % 7 == 0:  # a wrong check sum: of the first entry and of the directory
        at = whole.index(b"PK\3\4") + 14
        whole = whole[:at] + b"\1\2\3\4" + whole[at + 4 :]
        return "penalty.zip", whole
    return "penalty.zip", damaged(rng, whole)


@family("加密的 zip", "locked zips", 20)
def locked_zips(rng: Random, n: int) -> Made:
    """Entries that say that they are encrypted; methods that nobody here unpacks."""
    whole = bytearray(zipped({"penalty.csv": csv_of(records(rng))}))
    local, central = whole.index(b"PK\3\4"), whole.index(b"PK\1\2")
    if n % 2:
        whole[local + 6] |= 1
        whole[central + 8] |= 1
    else:
        method = rng.choice((1, 9, 12, 14, 93, 95, 99))
        whole[local + 8 : local + 10] = whole[central + 10 : central + 12] = struct.pack("<H", method)
    return "penalty.zip", bytes(whole)


@family("包中之包", "zips in zips", 50)
def nested_zips(rng: Random, n: int) -> Made:
    """A zip in a zip, many layers, beside a good table or alone, a workbook in a zip in a zip."""
    inner = zipped({"penalty.csv": csv_of(records(rng))})
    if n % 3 == 0:
        inner = zipped({"penalty.xlsx": workbook(records(rng))})
    for _ in range(rng.randint(1, 30)):
        inner = zipped({"penalty.zip": inner})
    return "penalty.zip", zipped({"in.zip": inner, **({"penalty.csv": csv_of(records(rng))} if n % 2 else {})})


@family("zip 中的文件名", "names within zips", 80)
def member_names(rng: Random, n: int) -> Made:
    """Ways up and out, devices, other encodings, names that repeat, folders that are none."""
    odd = (
        "../../../penalty.csv", "/etc/penalty.csv", "C:\\penalty.csv", "..\\penalty.csv", "con.csv", "penalty\n.csv", "a/" * 100 + "penalty.csv",
        "罚" * 80 + ".csv", "__MACOSX/penalty.csv", ".hidden.csv", "~$penalty.csv", "penalty.csv/", " ", "./.", "penalty\u202e.csv", "🏭.csv",
    )  # fmt: skip
    rows = records(rng)
    whole = zipped({rng.choice(odd): csv_of(rows), "penalty_x.csv": csv_of(rows)})
    if n % 4 == 0:
        whole = zipped({"行政处罚.csv": csv_of(rows)}).replace(
            "行政处罚".encode(), "罚处政行".encode("gbk") + b"\xff\xfe\xfd\xfc"
        )
    return "penalty.zip", whole


@cache
def _zeros(megabytes: int, method: int) -> bytes:
    return zipped({"penalty.csv": b"0" * (megabytes * MEGABYTE)}, method)


@family("zip 炸弹", "zip bombs", 30)
def zip_bombs(rng: Random, n: int) -> Made:
    """Small outside and large inside: by its ratio, by the number of entries, by sizes that lie."""
    kinds: tuple[Callable[[], bytes], ...] = (
        lambda: _zeros(rng.choice((50, 150)), zipfile.ZIP_DEFLATED),
        lambda: zipped({f"{i}.csv": b"x" for i in range(20_000)}),
        lambda: _lying(_zeros(60, zipfile.ZIP_DEFLATED)),
        lambda: _lying(_zeros(60, zipfile.ZIP_BZIP2)),
        lambda: _lying(_zeros(60, zipfile.ZIP_LZMA)),
        lambda: _overlapping(csv_of(records(rng)), 3_000),
        lambda: zipped({f"penalty_{i}.csv": b"" for i in range(3_000)}),
    )
    return "penalty.zip", kinds[n % len(kinds)]()


def _lying(whole: bytes) -> bytes:
    """The zip with small sizes declared for what is large."""
    changed = bytearray(whole)
    for mark, at in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = whole.index(mark) + at
        changed[start : start + 4] = struct.pack("<I", 900)
    return bytes(changed)


def _overlapping(content: bytes, entries: int) -> bytes:
    """A zip whose directory names the same bytes again and again."""
    packed = zlib.compress(content)[2:-4]
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x21, zlib.crc32(content), len(packed), len(content), 11, 0)
    local = b"PK\3\4" + common + b"penalty.csv" + packed
    central = b"".join(
        b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"penalty.csv"
        for _ in range(entries)
    )
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, entries, entries, len(central), len(local), 0)
    return local + central + end


@family("损坏的 xlsx", "broken workbooks", 140)
def broken_workbooks(rng: Random, n: int) -> Made:
    """Cut off and changed; parts missing, empty or of another kind."""
    book = workbook(records(rng))
    parts = (
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
        "xl/sharedStrings.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
    )
    if n % 2:
        content = rng.choice((b"", b"<", b"<x/>", b"\0" * 99, rng.randbytes(400), b"<a>" * 5_000, "<单元格>".encode()))
        return "penalty.xlsx", repacked(book, {rng.choice(parts): content})
    return "penalty.xlsx", damaged(rng, book)


@family("xlsx 炸弹", "workbook bombs", 30)
def workbook_bombs(rng: Random, n: int) -> Made:
    """Sheets as large as a sheet can be, endless shared strings, entities that double or reach outside."""
    book = workbook(records(rng))
    far = rng.choice(("XFD1048576", "ZZ1048576", "GR1000000", "AZ900000"))
    doubling = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "ha"}">' for i in range(12))
    kinds: tuple[Callable[[], dict[str, bytes]], ...] = (
        lambda: {"xl/worksheets/sheet1.xml": _sheet(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{HEADER[0]}</t></is></c></row><row r="9"><c r="{far}"><v>1</v></c></row>')},
        lambda: {"xl/sharedStrings.xml": f"<!DOCTYPE x [{doubling}]><sst><si><t>&e11;</t></si></sst>".encode()},
        lambda: {"xl/workbook.xml": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><workbook>&e;</workbook>'},
        lambda: {"xl/sharedStrings.xml": b'<sst count="4000000000" uniqueCount="4000000000">' + b"<si><t>x</t></si>" * 99 + b"</sst>"},
        lambda: {"xl/worksheets/sheet1.xml": _sheet('<row r="1">' + '<c r="A1"><v>1</v></c>' * 600_000 + "</row>")},
        lambda: {"xl/sharedStrings.xml": b"<sst><si><t>" + b"x" * (15 * MEGABYTE) + b"</t></si></sst>"},
        lambda: {"xl/worksheets/sheet1.xml": _sheet("".join(f'<row r="{i}"><c r="A{i}" t="s"><v>0</v></c></row>' for i in range(1, 200_000))), "xl/sharedStrings.xml": ("<sst><si><t>" + "长" * 30_000 + "</t></si></sst>").encode()},
        lambda: {"xl/worksheets/sheet1.xml": b"<worksheet>" + b"<x>" * 200_000},
    )  # fmt: skip
    return "penalty.xlsx", repacked(book, kinds[n % len(kinds)]())


def _sheet(rows: str) -> bytes:
    return f"{_SHEET}<dimension ref='A1:B2'/><sheetData>{rows}</sheetData></worksheet>".encode()


@family("xlsx 中的公式与怪值", "formulas and odd values in workbooks", 50)
def odd_workbooks(rng: Random, n: int) -> Made:
    """Formulas with and without a value, errors, dates beyond the calendar, very long texts, hidden sheets."""
    out = io.BytesIO()
    rows = records(rng)
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2020, 9, 30)})
        sheet = book.add_worksheet(rng.choice(("处罚", "Sheet'1", "汇总 (2)", "🏭")))
        for i, row in enumerate([HEADER, *rows]):
            sheet.write_row(i, 0, row)
        sheet.write_formula(1, 7, rng.choice(("=1/0", "=cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example")', "=NOW()")), value=rng.choice(("", "#DIV/0!", 1)))  # fmt: skip
        sheet.write_number(1, 6, rng.choice((-1, 0, 60, 2958466, 1e300)), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_boolean(1, 5, True)
        book.add_worksheet("空").hide()
    return "penalty.xlsx", out.getvalue(), len(rows)


@family("xls 垃圾", "garbage under the name of xls", 90)
def garbage_xls(rng: Random, n: int) -> Made:
    """The container of old workbooks with anything in it: cut off, changed, locked."""
    whole = _XLS.read_bytes()
    kinds: tuple[Callable[[], bytes], ...] = (
        lambda: damaged(rng, whole),
        lambda: _OLE + rng.randbytes(rng.choice((10, 600, 5_000))),
        lambda: _OLE + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512,
        lambda: whole[:512] + rng.randbytes(len(whole) - 512),
    )
    return "penalty.xls", kinds[n % len(kinds)]()


def parquet(table: pa.Table, **options: object) -> bytes:
    """A Parquet file of this table."""
    out = io.BytesIO()
    pq.write_table(table, out, **options)
    return out.getvalue()


@family("损坏的 parquet", "broken Parquet files", 140)
def broken_parquet(rng: Random, n: int) -> Made:
    """Cut off and changed anywhere; footers that promise more than there is."""
    rows = [record(rng) for _ in range(30)]
    whole = parquet(pa.table({name: [r[i] for r in rows] for i, name in enumerate(HEADER)}), compression=("zstd", "snappy", "none")[n % 3])  # fmt: skip
    if n % 9 == 0:
        return "penalty.parquet", whole[:-8] + struct.pack("<I", rng.choice((0, 2**31 - 1, 2**32 - 1))) + b"PAR1"
    return "penalty.parquet", damaged(rng, whole)


@family("怪异的 parquet", "odd Parquet files", 30)
def odd_parquet(rng: Random, n: int) -> Made:
    """Nested columns, columns without a name, other kinds of text, and one value a hundred million times."""
    one = record(rng)
    kinds: tuple[Callable[[], bytes], ...] = (
        lambda: parquet(pa.table({HEADER[0]: [[1, 2]], HEADER[1]: [{"a": 1}]})),
        lambda: parquet(pa.table([pa.array([b"\xff\xfe"]), pa.array(["x"])], names=[HEADER[0], HEADER[1]])),
        lambda: parquet(pa.table({name: pa.array([one[i]] * 3).dictionary_encode() for i, name in enumerate(HEADER)})),
        lambda: _repeated("长" * 9_000, 3_000_000),
        lambda: parquet(pa.table([pa.array(["x"]), pa.array(["y"])], names=["", HEADER[0]])),
        lambda: parquet(pa.table({name: pa.nulls(3) for name in HEADER})),
    )
    return "penalty.parquet", kinds[n % len(kinds)]()


@cache
def _repeated(text: str, rows: int) -> bytes:
    """A few kilobytes that unpack to gigabytes: the same text in every row."""
    column = pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()).fill_null(0), pa.array([text]))
    return parquet(pa.table(dict.fromkeys(HEADER[:2], column)), compression="zstd")
