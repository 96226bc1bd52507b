"""Tables of text -> files as departments send them; the same table always gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import xlsxwriter

from pipeline.demo.layouts import Form

MARK = "演示数据"
"""What every file, title row and supplying unit says."""
_BOM = b"\xef\xbb\xbf"
_MOMENT = (2020, 1, 1, 0, 0, 0)
_ENDINGS = {Form.CSV: "csv", Form.XLSX: "xlsx", Form.PARQUET: "parquet", Form.ZIP: "zip"}


def write_table(
    table: pa.Table, folder: Path, stem: str, title: str, form: Form, encoding: str, *, numeric: tuple[str, ...] = ()
) -> tuple[Path, int]:
    """Write `table` and give its path and the row number, as a spreadsheet shows it, of its first record.

    `title` stands above the header of a workbook, and of a CSV without records: so no two empty files of a
    supplier are alike, and each counts as a delivery. `numeric`: columns that a workbook holds as numbers.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}.{_ENDINGS[form]}"
    if form is Form.PARQUET:
        pq.write_table(table.replace_schema_metadata({"title": title}), path, compression="zstd")
        return path, 2
    if form is Form.XLSX:
        _write_workbook(table, path, title, numeric)
        return path, 3
    data = csv_bytes(table, encoding, "" if table.num_rows else title)
    if form is Form.ZIP:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(_entry(f"{stem}.csv"), data)
        data = buffer.getvalue()
    path.write_bytes(data)
    return path, 2


def csv_bytes(table: pa.Table, encoding: str, title: str = "") -> bytes:
    """CSV with a header, and a title above it if there is one; empty cells are empty."""
    buffer = pa.BufferOutputStream()
    buffer.write(f"{title}\n".encode() if title else b"")
    arrow_csv.write_csv(table, buffer)
    data: bytes = buffer.getvalue().to_pybytes()
    if encoding == "utf-8-sig":
        return _BOM + data
    return data if encoding == "utf-8" else data.decode("utf-8").encode(encoding)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _write_workbook(table: pa.Table, path: Path, title: str, numeric: tuple[str, ...]) -> None:
    book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(*_MOMENT), "title": MARK})
    sheet = book.add_worksheet(MARK)
    sheet.write_string(0, 0, title)
    sheet.write_row(1, 0, table.column_names)
    for position, name in enumerate(table.column_names):
        values = table[name].to_pylist()
        if name in numeric:
            values = [int(v) if v and v.isdecimal() else v for v in values]
        sheet.write_column(2, position, values)
    book.close()
