"""A delivered file -> raw tables: all text, nothing guessed. What a file is, its content says and not its name."""

from __future__ import annotations

import hashlib
import io
import json
import re
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

LARGEST_BYTES = 2 << 30
"""What the files inside a zip may come to, unpacked."""
LARGEST_RATIO = 200
"""How many times its size a zip may unpack to; below HARMLESS_BYTES any ratio will do."""
HARMLESS_BYTES = 16 << 20
_PROPERTIES = b"delivery"
_EMPTY = re.compile(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\0\s,;\x1a]*")
_HTML = re.compile(rb"\s*<(!doctype|html|head|meta|body|table|style|div|\?xml)|MIME-Version:", re.IGNORECASE)
_ARCHIVES = {b"Rar!": "RAR", b"7z\xbc\xaf": "7z", b"\x1f\x8b": "gzip"}
_DOCUMENTS = {b"%PDF": "PDF", b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG"}
_NOT_MEMBERS = ("__MACOSX", "Thumbs.db", "desktop.ini")  # what systems put into a zip
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # container of xls, and of an encrypted xlsx
_TABLE = Text("CSV、xlsx、xls、parquet 或其 zip 包", "CSV, xlsx, xls, parquet or a zip of them")
_AGAIN = Text("请核对后重新送达", "check it and deliver it again")
_RESAVE = Text(
    "请用 Excel/WPS 打开，另存为 xlsx 后重新送达", "open it in Excel or WPS, save it as xlsx and deliver that"
)
_DAMAGES = (zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError, OSError, RuntimeError)


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
    return _Reader(name or path.name, wanted, encoding, sheet).tables(path.read_bytes())


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
        _refuse_bomb(archive.infolist(), len(data), shown)
        names = set(archive.namelist())
        if names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
            return read_workbook(data, shown, member, self.wanted, self.sheet)
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
    try:
        return archive.read(info)
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


def _refuse_bomb(infos: Sequence[zipfile.ZipInfo], packed: int, shown: str) -> None:
    """A reader of zips never gives more bytes than an entry declares: the declared sizes bound them."""
    total = sum(info.file_size for info in infos)
    if total > LARGEST_BYTES or total > max(HARMLESS_BYTES, LARGEST_RATIO * packed):
        expected = Text(
            f"解压后不超过 {LARGEST_BYTES >> 30} GB 且不超过 {LARGEST_RATIO} 倍",
            f"at most {LARGEST_BYTES >> 30} GB and {LARGEST_RATIO} times its size when unpacked",
        )
        megabytes, ratio = total / 2**20, total / packed
        received = Text(f"{megabytes:.0f} MB，{ratio:.0f} 倍", f"{megabytes:.0f} MB, {ratio:.0f} times")
        raise refusal(shown, expected, received, Text("请拆分后重新送达", "deliver it in parts"))


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
        table = pq.read_table(pa.BufferReader(data))
        columns = [_column_text(column) for column in table.columns]
    except (pa.ArrowException, OSError) as fault:
        raise refusal(shown, Text("完好的 parquet 文件", "a sound parquet file"), _damage(fault), _AGAIN) from None
    header = find_header([table.column_names], wanted)
    if header is None:
        raise no_header(shown, [table.column_names])
    return assemble(member, header, columns, np.arange(table.num_rows, dtype=np.int32) + 2)


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
