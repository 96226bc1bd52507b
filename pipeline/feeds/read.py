"""A delivered file -> raw tables: all text, nothing guessed. What a file is, its content says and not its name."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.domain import Text
from pipeline.errors import BadDelivery
from pipeline.feeds.delimited import read_delimited
from pipeline.feeds.raw import (
    BrokenRow,
    HeaderSense,
    NoTable,
    RawTable,
    assemble,
    find_header,
    no_header,
    normal_title,
    refusal,
)
from pipeline.feeds.workbook import encrypted, read_workbook

__all__ = [
    "BrokenRow", "HeaderSense", "NoTable", "RawTable", "fingerprint", "normal_title", "read_delivery", "write_raw",
]  # fmt: skip

LARGEST_BYTES = 1 << 30
"""What a file may have, and what the files inside a zip may come to, unpacked."""
LARGEST_RATIO = 200
"""How many times its size a zip may unpack to; below HARMLESS_BYTES any ratio will do."""
HARMLESS_BYTES = 16 << 20
PARQUET_RATIO = 500
"""The same for Parquet, which writes a value that repeats once; below four times HARMLESS_BYTES any ratio will do."""
MOST_MEMBERS = 1_000
"""Files in a zip."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What Windows, Excel and WPS write. Python unpacks others too, but not piece by piece: a declared size does not bound them."""
_PROPERTIES = b"delivery"
_EMPTY = re.compile(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\0\s,;\x1a]*")
_HTML = re.compile(rb"\s*<(!doctype|html|head|meta|body|table|style|div|\?xml)|MIME-Version:", re.IGNORECASE)
_ARCHIVES = {b"Rar!": "RAR", b"7z\xbc\xaf": "7z", b"\x1f\x8b": "gzip"}
_DOCUMENTS = {b"%PDF": "PDF", b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG"}
_NOT_MEMBERS = ("__MACOSX", "Thumbs.db", "desktop.ini")  # what systems put into a zip
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # container of xls, and of an encrypted xlsx
_TABLE = Text("CSV、xlsx、xls、parquet 或其 zip 包", "CSV, xlsx, xls, parquet or a zip of them")
_AGAIN = Text("请核对后重新送达", "check it and deliver it again")
_IN_PARTS = Text("请拆分后重新送达", "deliver it in parts")
_RESAVE = Text(
    "请用 Excel/WPS 打开，另存为 xlsx 后重新送达", "open it in Excel or WPS, save it as xlsx and deliver that"
)
_DAMAGES = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError,
    OverflowError, LookupError,
)  # fmt: skip
"""What Python's reader of zips raises over bytes that make no sense."""

_BATCH_ROWS = 8192
_PIECE = 1 << 20
_SMALL_ROWS = 1000
"""Dictionaries cost a small table more than they save."""


def fingerprint(path: Path) -> str:
    """SHA-256 of the file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_delivery(
    path: Path, wanted: HeaderSense, *, encoding: str | None = None, sheet: str | None = None, name: str = ""
) -> list[RawTable]:
    """Every table of a delivered file whose header holds titles of `wanted`; at least one.

    `encoding`: of a text file, else found out. `sheet`: the only sheet to read of a workbook. `name`: what its
    supplier calls it, where it lies under another name.
    Raises BadDelivery, which says what was expected, what came and what to do; NoTable where no header fits.
    """
    shown, size = name or path.name, path.stat().st_size
    if size > LARGEST_BYTES:
        expected = Text(f"不超过 {LARGEST_BYTES >> 20:,} MB 的文件", f"a file of at most {LARGEST_BYTES >> 20:,} MB")
        received = Text(f"{size / 2**20:,.0f} MB", f"{size / 2**20:,.0f} MB")
        raise refusal(shown, expected, received, _IN_PARTS)
    return _Reader(shown, wanted, encoding, sheet).tables(path.read_bytes())


def write_raw(table: RawTable, target: Path) -> None:
    """Write a raw table as Parquet, titles in its metadata; the file appears whole or not at all."""
    about = {"member": table.member, "header": table.header, "title_rows": table.title_rows}
    properties = {_PROPERTIES: json.dumps(about, ensure_ascii=False).encode()}
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{uuid4().hex}.part")
    try:
        pq.write_table(
            table.table.replace_schema_metadata(properties),
            part,
            compression="zstd",
            compression_level=1,
            use_dictionary=table.rows > _SMALL_ROWS,
            write_statistics=False,
        )
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


class _Reader:
    """Reads one delivered file, and the files inside it."""

    def __init__(self, file: str, wanted: HeaderSense, encoding: str | None, sheet: str | None) -> None:
        self.file, self.wanted, self.encoding, self.sheet = file, wanted, encoding, sheet

    def tables(self, data: bytes, member: str = "") -> list[RawTable]:
        """The tables in `data`; `member` is its name inside a zip."""
        shown = f"{self.file}/{member}" if member else self.file
        if _EMPTY.fullmatch(data):
            raise refusal(shown, _TABLE, Text("空文件", "an empty file"), _AGAIN)
        if data.startswith((b"PK\3\4", b"PK\5\6")):
            return self._zipped(data, shown, member)
        if data.startswith(b"PAR1"):
            return [_read_parquet(data, shown, member, self.wanted)]
        if data.startswith(_COMPOUND):
            if "EncryptedPackage".encode("utf-16-le") in data:
                raise encrypted(shown)
            return read_workbook(data, shown, member, self.wanted, self.sheet)
        _refuse_foreign(data, shown)
        return [read_delimited(data, shown, member, self.wanted, self.encoding)]

    def _zipped(self, data: bytes, shown: str, member: str) -> list[RawTable]:
        """A workbook, which is a zip itself, or the files of an archive in the order of their names."""
        try:
            archive = zipfile.ZipFile(io.BytesIO(data))
        except _DAMAGES as fault:
            raise refusal(shown, Text("完好的 zip 或 xlsx", "a sound zip or xlsx"), _damage(fault), _AGAIN) from None
        total = _unpacked_size(archive.infolist(), len(data), shown)
        names = set(archive.namelist())
        if names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
            return read_workbook(data, shown, member, self.wanted, self.sheet, total)
        if "[Content_Types].xml" in names:
            raise refusal(shown, _TABLE, Text("文档或演示文稿", "a document or slides"), _AGAIN, NoTable)
        if member:
            remedy = Text("请把其中的文件直接放入外层 zip", "put its files into the outer zip")
            raise refusal(shown, Text("数据文件", "a data file"), Text("包中之包", "an archive inside it"), remedy)
        return self._archived(archive, shown)

    def _archived(self, archive: zipfile.ZipFile, shown: str) -> list[RawTable]:
        """Tables of the archive's files; those that are no table are named in `ignored` if any other is one."""
        members = sorted((name, i) for i, info in enumerate(archive.infolist()) if (name := _member_name(info)))
        tables: list[RawTable] = []
        ignored: list[str] = []
        unfit = refusal(shown, _TABLE, Text("空的 zip", "an empty zip"), _AGAIN)
        for name, i in members:
            try:
                tables += self.tables(_unpacked(archive, archive.infolist()[i], f"{shown}/{name}"), name)
            except NoTable as fault:
                unfit = unfit if ignored else fault
                ignored.append(name)
        if not tables:
            raise unfit
        ignored += [f"{table.member.rpartition('/')[0]}/{name}" for table in tables for name in table.ignored]
        return [replace(table, ignored=() if i else tuple(ignored)) for i, table in enumerate(tables)]


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str) -> bytes:
    if info.flag_bits & 1:
        raise encrypted(shown)
    if info.compress_type not in _METHODS:
        received = Text(f"压缩方法 {info.compress_type}", f"compression method {info.compress_type}")
        raise refusal(shown, Text("普通的 zip（deflate）", "a plain zip (deflate)"), received, _AGAIN)
    try:
        with archive.open(info) as file:  # in pieces: read at once, what lies about its size is unpacked whole
            return b"".join(iter(lambda: file.read(_PIECE), b""))
    except _DAMAGES as fault:
        raise refusal(shown, Text("完好的 zip", "a sound zip"), _damage(fault), _AGAIN) from None


def _damage(fault: Exception) -> Text:
    return Text(f"损坏的文件：{fault}", f"a damaged file: {fault}")


def _refuse_foreign(data: bytes, shown: str) -> None:
    """Raise if `data` is something else than text; a document in a zip may lie beside the tables."""
    if _HTML.match(data.removeprefix(b"\xef\xbb\xbf")[:512]):
        received = Text("网页格式的“Excel”", "a web page under the name of a workbook")
        raise refusal(shown, _TABLE, received, _RESAVE)
    for known, kind in ((_ARCHIVES, BadDelivery), (_DOCUMENTS, NoTable)):
        for magic, name in known.items():
            if data.startswith(magic):
                raise refusal(shown, _TABLE, Text(f"{name} 文件", f"a {name} file"), _AGAIN, kind)


def _unpacked_size(infos: Sequence[zipfile.ZipInfo], packed: int, shown: str) -> int:
    """What the entries come to; raises BadDelivery if that is too much, or if there are too many of them.

    A reader of zips never gives more bytes than an entry declares: the declared sizes bound them.
    """
    if len(infos) > MOST_MEMBERS:
        expected = Text(f"不超过 {MOST_MEMBERS:,} 个文件的 zip", f"a zip of at most {MOST_MEMBERS:,} files")
        raise refusal(shown, expected, Text(f"{len(infos):,} 个文件", f"{len(infos):,} files"), _IN_PARTS)
    total = sum(info.file_size for info in infos)
    if total > LARGEST_BYTES or total > max(HARMLESS_BYTES, LARGEST_RATIO * packed):
        expected = Text(
            f"解压后不超过 {LARGEST_BYTES >> 30} GB 且不超过 {LARGEST_RATIO} 倍",
            f"at most {LARGEST_BYTES >> 30} GB and {LARGEST_RATIO} times its size when unpacked",
        )
        megabytes, ratio = total / 2**20, total / packed
        received = Text(f"{megabytes:.0f} MB，{ratio:.0f} 倍", f"{megabytes:.0f} MB, {ratio:.0f} times")
        raise refusal(shown, expected, received, _IN_PARTS)
    return total


def _member_name(info: zipfile.ZipInfo) -> str:
    """The name of an archived file as text, without ways up or out; '' for what is no file of the supplier's."""
    name = info.filename
    if not info.flag_bits & 0x800:  # the writer didn't say UTF-8: the bytes were taken as code page 437
        raw = name.encode("cp437", errors="replace")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = raw.decode("gb18030", errors="replace")
    if info.is_dir():
        return ""
    parts = [re.sub(r'[\x00-\x1f:*?"<>|]', "_", part) for part in re.split(r"[/\\]", name) if part.strip(". ")]
    is_foreign = not parts or parts[0] in _NOT_MEMBERS or parts[-1] in _NOT_MEMBERS or parts[-1].startswith((".", "~$"))
    return "" if is_foreign else "/".join(parts)


def _read_parquet(data: bytes, shown: str, member: str, wanted: HeaderSense) -> RawTable:
    """A Parquet file's columns as text; its header counts as row 1."""
    try:
        names = pq.read_schema(pa.BufferReader(data)).names
        columns = _parquet_texts(data, shown)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as fault:
        raise refusal(shown, Text("完好的 parquet 文件", "a sound parquet file"), _damage(fault), _AGAIN) from None
    header = find_header([names], wanted)
    if header is None:
        raise no_header(shown, [names])
    rows = len(columns[0]) if columns else 0
    return assemble(member, header, columns, np.arange(rows, dtype=np.int32) + 2)


def _parquet_texts(data: bytes, shown: str) -> list[pa.ChunkedArray]:
    """Every column as text, piece by piece: one value written once may stand in a hundred million rows."""
    schema = pq.read_schema(pa.BufferReader(data))
    texts = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
    file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
    most = min(LARGEST_BYTES, max(4 * HARMLESS_BYTES, PARQUET_RATIO * len(data)))
    pieces: list[list[pa.Array]] = [[] for _ in schema]
    total = 0
    for batch in file.iter_batches(_BATCH_ROWS):
        batch.validate(full=True)  # a page that was changed may hold what is no text
        total += sum(_text_size(column) for column in batch.columns)
        if total > most:
            expected = Text(f"展开后不超过 {most >> 20:,} MB", f"at most {most >> 20:,} MB when unpacked")
            received = Text(f"{file.metadata.num_rows:,} 行，超出", f"more, in {file.metadata.num_rows:,} rows")
            raise refusal(shown, expected, received, _IN_PARTS)
        for kept, column in zip(pieces, batch.columns, strict=True):
            kept += _column_text(pa.chunked_array([column])).chunks
    return [pa.chunked_array(kept, pa.string()) for kept in pieces]


def _text_size(column: pa.Array) -> int:
    """About how many bytes a column takes as text."""
    size = 4 * len(column)
    if pa.types.is_dictionary(column.type) and len(column.dictionary):
        lengths = pc.take(pc.binary_length(column.dictionary.cast(pa.large_string())), column.indices)
        return size + int(pc.sum(lengths).as_py() or 0)
    return size + int(column.nbytes)


def _column_text(column: pa.ChunkedArray) -> Any:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _column_text(column.cast(kind.value_type))
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "是", "否")
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, kind), column)
    if pa.types.is_timestamp(kind) and pc.all(pc.equal(column, pc.floor_temporal(column, unit="second"))).as_py():
        column = column.cast(pa.timestamp("s", kind.tz), safe=False)
    text = column.cast(pa.string())
    return pc.replace_substring(text, "\0", " ") if pa.types.is_string(kind) or pa.types.is_large_string(kind) else text
