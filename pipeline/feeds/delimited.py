"""Delimited text (CSV, TSV and their kin) -> a raw table: encoding, delimiter, header, rows that don't fit."""

from __future__ import annotations

import codecs
import csv
import io
import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from pipeline.domain import Text
from pipeline.feeds.raw import (
    BLANK,
    HEADER_ROWS,
    SURE_TITLES,
    BrokenRow,
    Header,
    HeaderSense,
    RawTable,
    assemble,
    find_header,
    no_header,
    refusal,
)

DELIMITERS = ",\t;|"
_HEAD_BYTES = 4 << 20  # the header is looked for in this much text
_BLOCK_BYTES = 4 << 20  # a row has to fit a block; blocks grow when one doesn't
_LARGEST_BLOCK = 2**31 - 1
_CHUNK_BYTES = 8 << 20
_CHANCE = 32  # so many non-ASCII characters are not valid UTF-8 by chance
MOST_BROKEN = 50_000
"""Rows that don't fit the header, beyond which a file is refused whole instead of row by row."""
_GB_NAMES = ("gb2312", "gbk")  # both are part of GB18030
_RESAVE = Text("请另存为 UTF-8 编码的 CSV 或 xlsx 后重新送达", "save it as UTF-8 CSV or as xlsx and deliver it again")

csv.field_size_limit(_LARGEST_BLOCK)  # the default refuses cells of more than 128 kB


def read_delimited(data: bytes, file: str, member: str, wanted: HeaderSense, encoding: str | None = None) -> RawTable:
    """The table in `data`. Raises BadDelivery where encoding, header or quotation marks can't be made out."""
    text, damaged = as_utf8(data, file, encoding)
    text = text.removesuffix(b"\x1a")  # the end mark of DOS files
    if b"\0" in text:
        text = text.replace(b"\0", b" ")
    delimiter, header, offset = _header(text, file, wanted, damaged)
    body = pa.py_buffer(text).slice(offset)
    columns, row_no, broken, records = _rows(body, file, delimiter, header)
    lines = max(text.count(b"\n", offset), text.count(b"\r", offset)) + (not text.endswith((b"\n", b"\r")))
    if lines > records and b'"' in text:
        _refuse_stray_quote(body, file, delimiter, header)
    return assemble(member, header, columns, row_no, broken)


def as_utf8(data: bytes, file: str, encoding: str | None = None) -> tuple[bytes, Text | None]:
    """`data` as UTF-8 without BOM: from `encoding`, else from its BOM, else strict UTF-8, else GB18030.

    The second value says where UTF-8 failed if the text was taken as GB18030.
    """
    if encoding:
        return _recoded(data, file, _codec(encoding, file)), None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _recoded(data, file, "utf-16"), None
    if _is_utf8(data):
        return data.removeprefix(codecs.BOM_UTF8), None
    failed = _first_fault(data, "utf-8")
    assert failed is not None
    before = data[:failed].decode()
    if data.startswith(codecs.BOM_UTF8) or len(before) - len(before.encode("ascii", "ignore")) > _CHANCE:
        raise _undecodable(data, file, Text("UTF-8 编码", "UTF-8"), failed)
    position = _first_fault(data, "gb18030")
    if position is not None:
        raise _undecodable(data, file, Text("UTF-8 或 GB18030 编码", "UTF-8 or GB18030"), max(position, failed))
    note = Text(f"按 GB18030 读取；第 {failed + 1} 字节不是 UTF-8", f"read as GB18030; byte {failed + 1} is not UTF-8")
    return _recoded(data, file, "gb18030"), note


def _codec(encoding: str, file: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        expected = Text("已知的编码（utf-8、gb18030、utf-16）", "a known encoding (utf-8, gb18030, utf-16)")
        remedy = Text("请更正映射中的 encoding", "correct the encoding in the mapping")
        raise refusal(file, expected, Text(f"“{encoding}”", repr(encoding)), remedy) from None
    return "gb18030" if name in _GB_NAMES else name


def _is_utf8(data: bytes) -> bool:
    """Whether all of `data` is UTF-8; Arrow checks it many times faster than a decoder of Python does."""
    offsets = pa.py_buffer(struct.pack("<qq", 0, len(data)))
    whole = pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, pa.py_buffer(data)])
    try:
        whole.cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def _decoded(data: bytes, encoding: str) -> Iterator[str]:
    """The text piece by piece; UnicodeDecodeError counts `start` from the first byte of the file."""
    decoder = codecs.getincrementaldecoder(encoding)()
    for start in range(0, len(data) + 1, _CHUNK_BYTES):
        pending = len(decoder.getstate()[0])
        piece = data[start : start + _CHUNK_BYTES]
        try:
            yield decoder.decode(piece, final=start + _CHUNK_BYTES > len(data))
        except UnicodeDecodeError as fault:
            fault.start += start - pending
            raise


def _first_fault(data: bytes, encoding: str) -> int | None:
    try:
        for _ in _decoded(data, encoding):
            pass
    except UnicodeDecodeError as fault:
        return fault.start
    return None


def _recoded(data: bytes, file: str, encoding: str) -> bytes:
    try:
        text = b"".join(piece.encode() for piece in _decoded(data, encoding))
    except UnicodeDecodeError as fault:
        raise _undecodable(data, file, Text(f"{encoding} 编码", encoding), fault.start) from None
    return text.removeprefix(codecs.BOM_UTF8)


def _undecodable(data: bytes, file: str, expected: Text, position: int) -> Exception:
    shown = data[position : position + 4].hex(" ")
    line = data.count(b"\n", 0, position) + 1
    received = Text(
        f"第 {position + 1} 字节（约第 {line} 行）无法解码：{shown}",
        f"bytes {shown} at byte {position + 1}, about line {line}",
    )
    return refusal(file, expected, received, _RESAVE)


def _records(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter)


def _header(text: bytes, file: str, wanted: HeaderSense, note: Text | None) -> tuple[str, Header, int]:
    """Delimiter, header and the byte where the first row below it starts."""
    best: tuple[str, Header, int] | None = None
    rows: list[list[str]] = []
    for delimiter in DELIMITERS:
        rows, ends = _top_rows(text[:_HEAD_BYTES], delimiter)
        header = find_header(rows, wanted)
        if header and (best is None or len(header.known) > len(best[1].known)):
            best = (delimiter, header, ends[header.row_no - 1])
            if len(header.known) == header.width >= SURE_TITLES:  # no other delimiter cuts better
                break
    if best is None:
        raise no_header(file, rows, note)
    return best


def _top_rows(text: bytes, delimiter: str) -> tuple[list[list[str]], list[int]]:
    """The first rows, and after how many bytes each ends."""
    consumed = 0

    def lines() -> Iterator[str]:
        nonlocal consumed
        for line in io.TextIOWrapper(io.BytesIO(text), "utf-8", errors="ignore", newline=""):
            consumed += len(line.encode())
            yield line

    rows, ends = [], []
    for row in islice(_records(lines(), delimiter), HEADER_ROWS):
        rows.append(row)
        ends.append(consumed)
    return rows, ends


def _rows(body: Any, file: str, delimiter: str, header: Header) -> tuple[list[Any], Any, list[BrokenRow], int]:
    """Columns, row numbers, broken rows and the number of all records of the text below the header."""
    width = len(header.cells)
    if not body.size:
        return [pa.chunked_array([], pa.string())] * width, np.empty(0, np.int32), [], 0
    table, invalid = _parsed(body, file, delimiter, width)
    records = table.num_rows + len(invalid)
    numbers = np.arange(1, records + 1, dtype=np.int32)
    mended, broken = _sorted_out(invalid, file, delimiter, header)
    numbers = np.delete(numbers, [row.number - 1 for row in invalid])
    if mended:
        added = pa.table([pa.array(c, pa.string()) for c in zip(*mended.values(), strict=True)], table.column_names)
        numbers = np.concatenate([numbers, np.fromiter(mended, np.int32)])
        order = np.argsort(numbers, kind="stable")
        table, numbers = pa.concat_tables([table, added]).take(order), numbers[order]
    return table.columns, numbers + header.row_no, broken, records


def _parsed(body: Any, file: str, delimiter: str, width: int) -> tuple[Any, list[Any]]:
    """All rows of the right width, and the others; those are numbered, which needs a single thread."""
    threads, block = True, _BLOCK_BYTES
    while True:
        invalid: list[Any] = []

        def refuse(row: Any, invalid: list[Any] = invalid, verdict: str = "error" if threads else "skip") -> str:
            invalid.append(row)
            return verdict

        try:
            return _parse(body, delimiter, width, threads, block, refuse), invalid
        except pa.ArrowInvalid as fault:
            if threads and invalid:
                threads = False
            elif block < min(body.size, _LARGEST_BLOCK):
                block = min(16 * block, _LARGEST_BLOCK)
            else:
                raise refusal(file, Text("分隔文本", "delimited text"), Text(str(fault), str(fault)), _RESAVE) from None


def _parse(body: Any, delimiter: str, width: int, threads: bool, block: int, refuse: Callable[[Any], str]) -> Any:
    names = [f"c{i}" for i in range(width)]
    return arrow_csv.read_csv(
        pa.BufferReader(body),
        read_options=arrow_csv.ReadOptions(column_names=names, use_threads=threads, block_size=block),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=refuse
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
        ),
    )


def _sorted_out(
    invalid: list[Any], file: str, delimiter: str, header: Header
) -> tuple[dict[int, list[str]], list[BrokenRow]]:
    """Rows that fit but for empty cells at the end, by number, and broken rows; empty rows are neither.

    Raises BadDelivery for more than MOST_BROKEN: that is another table than its header says.
    """
    mended: dict[int, list[str]] = {}
    broken: list[BrokenRow] = []
    width = len(header.cells)
    for row in invalid:
        cells = _cells(row.text, delimiter)
        filled = max((i for i, cell in enumerate(cells, 1) if cell.strip(BLANK)), default=0)
        if header.width <= len(cells) and filled <= width:
            mended[row.number] = (cells + [""] * width)[:width]
        elif filled:
            broken.append(BrokenRow(header.row_no + row.number, row.text, header.width, len(cells)))
            if len(broken) > MOST_BROKEN:
                raise _too_many_broken(file, header, broken[0])
    return mended, broken


def _too_many_broken(file: str, header: Header, first: BrokenRow) -> Exception:
    return refusal(
        file,
        Text(f"每行 {header.width} 列，与表头一致", f"{header.width} cells in every row, as in the header"),
        Text(
            f"超过 {MOST_BROKEN:,} 行列数不符，第一处在第 {first.row_no} 行，{first.received} 列",
            f"more than {MOST_BROKEN:,} rows of another width, the first in row {first.row_no} with {first.received}",
        ),
        Text("请核对分隔符与表头后重新送达", "check delimiter and header, and deliver it again"),
    )


def _cells(text: str, delimiter: str) -> list[str]:
    return list(chain.from_iterable(_records(io.StringIO(text, newline=""), delimiter)))


def _refuse_stray_quote(body: Any, file: str, delimiter: str, header: Header) -> None:
    """Raise if a quotation mark that opens by mistake has swallowed rows: the last one is never closed, or one is
    closed by the opening mark of a later cell, and a line inside would make a whole row."""
    end = "end of file"
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.TextIOWrapper(pa.BufferReader(body), "utf-8", newline=""):
            taken.append(line)
            yield line.rstrip("\r\n") + "\n"
        yield end

    row_no, last = header.row_no, [""]
    for row_no, last in enumerate(_records(lines(), delimiter), header.row_no + 1):  # noqa: B007 (used below)
        if len(taken) > 1 and _is_swallowed(taken, delimiter, len(header.cells)):
            raise _stray_quote(file, row_no)
        taken.clear()
    if last != [end]:
        raise _stray_quote(file, row_no)


def _is_swallowed(lines: list[str], delimiter: str, width: int) -> bool:
    try:
        deque(csv.reader(lines, delimiter=delimiter, strict=True), maxlen=0)
    except csv.Error:
        return any(len(_cells(line, delimiter)) == width > 1 for line in lines[1:])
    return False


def _stray_quote(file: str, row_no: int) -> Exception:
    return refusal(
        file,
        Text("成对的引号", "quotation marks in pairs"),
        Text(f"第 {row_no} 行有多余的引号，其后各行无法分开", f"a stray quotation mark in row {row_no}"),
        Text("请补上或删去该引号，或从源系统重新导出", "close or remove it, or export the file again"),
    )
