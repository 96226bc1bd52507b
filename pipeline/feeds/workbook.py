"""Workbooks (xlsx, xlsb, xls, ods) -> raw tables, read in a process of their own.

The reader of workbooks reserves memory for the whole used rectangle of a sheet, so that one stray cell in the last
corner, or a damaged file, ends the process that reads it. That process is a child with a memory limit, started once
for many workbooks: `python -m pipeline.feeds.workbook` takes workbooks on standard input, each behind what it may
unpack to and its length, and answers with a status, a length, and one Arrow stream for each sheet with rows.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from pipeline.domain import Text
from pipeline.feeds.raw import HEADER_ROWS, Header, HeaderSense, RawTable, assemble, find_header, no_header, refusal

if sys.platform != "win32":
    import resource

MEMORY_BYTES = 8 << 30
"""Address space of the reading process at the most: a full sheet of a million rows and 40 columns fits."""
LEAST_ROOM = 256 << 20
ROOM_FACTOR = 16
"""What a workbook may take beyond what the process has: LEAST_ROOM, and so many times its unpacked size. A cell takes
22 bytes and more in a file, and about 120 here; a sheet with little in it and a far corner takes gigabytes."""
SECONDS = 900
_READ, _ENCRYPTED, _DAMAGED, _DIED = range(4)
_LENGTH = 8
_STATM = Path("/proc/self/statm")
_BATCH_ROWS = 4096
_SHEET = b"sheet"

_RESAVE = Text(
    "请用 Excel/WPS 打开，另存为 xlsx 后重新送达", "open it in Excel or WPS, save it as xlsx and deliver that"
)
_TRIM = Text(
    "请用 Excel/WPS 打开，删除数据以外的行和列，另存为 xlsx 后重新送达",
    "open it in Excel or WPS, delete rows and columns beyond the data, save it as xlsx and deliver that",
)

Sheet = tuple[str, Any]
"""Name and pyarrow.Table: every row from the first, all text."""


def read_workbook(
    data: bytes, file: str, member: str, wanted: HeaderSense, sheet: str | None = None, unpacked: int = 0
) -> list[RawTable]:
    """The sheet whose header fits best and every other with the same titles; only `sheet` if it is named.

    `unpacked`: the bytes that its parts come to, by their own account. Raises BadDelivery where the workbook can't be
    opened or no header fits.
    """
    sheets = sheets_of(data, file, unpacked)
    names = "、".join(name for name, _ in sheets)
    if sheet is not None:
        sheets = [s for s in sheets if s[0] == sheet]
    if not sheets:
        expected = Text(f"工作表“{sheet}”", f"a sheet {sheet!r}") if sheet else Text("有内容的工作表", "a filled sheet")
        received = Text(f"工作表：{names or '全部为空'}", f"sheets: {names or 'all empty'}")
        raise refusal(file, expected, received, Text("请核对后重新送达", "check it and deliver it again"))
    tops = [_top_rows(table) for _, table in sheets]
    found = [find_header(top, wanted) for top in tops]
    best = max((h for h in found if h), key=lambda h: len(h.known), default=None)
    if best is None:
        raise no_header(file, tops[0])
    tables, ignored = [], []
    for (name, table), header in zip(sheets, found, strict=True):
        if header and header.known == best.known:
            tables.append(_below(f"{member}/{name}" if member else name, header, table))
        else:
            ignored.append(name)
    return [replace(tables[0], ignored=tuple(ignored)), *tables[1:]]


def number_text(value: float) -> str:
    """A number as a spreadsheet holds it: 15 digits, no exponent, no point where it is whole."""
    text = f"{value:.15g}"
    return f"{Decimal(text):f}" if "e" in text else text


def serve() -> None:
    """What the reading process does: workbooks in, answers out, until standard input ends."""
    while head := sys.stdin.buffer.read(2 * _LENGTH):
        unpacked, length = (int.from_bytes(part, "big") for part in (head[:_LENGTH], head[_LENGTH:]))
        data = sys.stdin.buffer.read(length)
        _limit_memory(max(unpacked, length))
        status, answer = _read(data)
        sys.stdout.buffer.write(bytes([status]) + len(answer).to_bytes(_LENGTH, "big") + answer)
        sys.stdout.buffer.flush()


def _limit_memory(unpacked: int) -> None:
    """Let this process grow by what a workbook of so many bytes may need, and no further."""
    if sys.platform == "win32":
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)  # whoever started us may have set one: it can't be raised
    most = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    if _STATM.is_file():
        has = int(_STATM.read_text().split()[0]) * resource.getpagesize()
        most = min(most, has + LEAST_ROOM + ROOM_FACTOR * unpacked)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _read(data: bytes) -> tuple[int, bytes]:
    """Status, and the sheets as Arrow streams one behind the other, or what was wrong."""
    out = io.BytesIO()
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for about in workbook.sheets_metadata:
            if about.typ is SheetTypeEnum.WorkSheet:
                _write_sheet(workbook.get_sheet_by_name(about.name), out)
    except PasswordError:
        return _ENCRYPTED, b""
    except CalamineError as fault:
        return _DAMAGED, str(fault).encode()
    return _READ, out.getvalue()


def _write_sheet(sheet: CalamineSheet, out: io.BytesIO) -> None:
    if not sheet.height:
        return
    schema = pa.schema([(f"c{i}", pa.string()) for i in range(sheet.width)], {_SHEET: sheet.name.encode()})
    rows = sheet.iter_rows()
    with pa.ipc.new_stream(out, schema) as stream:
        while batch := list(islice(rows, _BATCH_ROWS)):
            columns = [pa.array([_as_text(v) for v in column], pa.string()) for column in zip(*batch, strict=True)]
            stream.write_batch(pa.record_batch(columns, schema=schema))


def _as_text(value: str | float | bool | date | time | timedelta) -> str:
    if isinstance(value, str):
        return value.replace("\0", " ")
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


class _ReadingProcess:
    """The child that reads workbooks one after another; a dead one is replaced at the next call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def read(self, data: bytes, unpacked: int) -> tuple[int, bytes]:
        """The child's status and answer; _DIED where the workbook ended it, or it took too long."""
        with self._lock:
            child = self._child = self._child or self._start()
            assert child.stdin and child.stdout
            watch = threading.Timer(SECONDS, child.kill)
            watch.start()
            try:
                child.stdin.write(unpacked.to_bytes(_LENGTH, "big") + len(data).to_bytes(_LENGTH, "big") + data)
                child.stdin.flush()
                head = child.stdout.read(1 + _LENGTH)
                answer = child.stdout.read(int.from_bytes(head[1:], "big"))
            except OSError:
                head = b""
            finally:
                watch.cancel()
            if head:
                return head[0], answer
            child.kill()
            self._child = None
            return _DIED, b""

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        root = str(Path(__file__).resolve().parents[2])
        environment = {**os.environ, "PYTHONPATH": root, "RUST_BACKTRACE": "0"}
        command = [sys.executable, "-m", "pipeline.feeds.workbook"]
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )


_PROCESS = _ReadingProcess()


def sheets_of(data: bytes, file: str, unpacked: int = 0) -> list[Sheet]:
    """Every filled sheet, read by the child process; raises BadDelivery where the workbook can't be opened."""
    status, answer = _PROCESS.read(data, unpacked)
    if status == _ENCRYPTED:
        raise encrypted(file)
    if status == _DAMAGED:
        fault = answer.decode(errors="replace").strip()[:200]
        raise refusal(file, Text("完好的工作簿", "a sound workbook"), Text(f"无法打开：{fault}", fault), _RESAVE)
    if status == _DIED:
        received = Text("损坏的文件，或使用区域过大的工作表", "a damaged file, or too large a sheet")
        raise refusal(file, Text("可读取的工作簿", "a readable workbook"), received, _TRIM)
    return list(_streams(answer))


def encrypted(file: str) -> Exception:
    """The error for a workbook or archive that asks for a password."""
    remedy = Text("请取消密码后重新送达", "remove the password and deliver it again")
    return refusal(file, Text("未加密的文件", "a file without password"), Text("加密文件", "an encrypted one"), remedy)


def _streams(output: bytes) -> Iterator[Sheet]:
    source = pa.BufferReader(output)
    while source.tell() < len(output):
        with pa.ipc.open_stream(source) as stream:
            table = stream.read_all()
        yield table.schema.metadata[_SHEET].decode(), table


def _top_rows(table: Any) -> list[list[str]]:
    return [[cell or "" for cell in row.values()] for row in table.slice(0, HEADER_ROWS).to_pylist()]


def _below(member: str, header: Header, table: Any) -> RawTable:
    rows = table.slice(header.row_no)
    return assemble(member, header, rows.columns, np.arange(rows.num_rows, dtype=np.int32) + header.row_no + 1)


if __name__ == "__main__":
    serve()
