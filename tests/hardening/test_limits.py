"""Where the limits lie: what is just within them is taken, what is just beyond is refused in words, and both are cheap."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from pages.parts import workbook as book
from pages.views import check_sheet
from pipeline.errors import BadDelivery, Refused
from pipeline.feeds import delimited, read, workbook
from pipeline.feeds.catalogue import FEEDS
from pipeline.feeds.mapping import own_titles
from pipeline.feeds.read import HeaderSense, read_delivery
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.access import Role
from pipeline.stores.operations import uploads
from pipeline.stores.operations.store import Operations
from tests.accounts import actor
from tests.hardening.bad_files import FAMILIES, HEADER, csv_of, made
from tests.hardening.bad_packages import parquet, zipped
from tests.hardening.planted import PLANTS
from tests.public_tables import city_file

SENSE = HeaderSense(frozenset(title for feed in FEEDS for title in own_titles(feed)))
ROW = ["", "某某商行", "1", "文书1号", "02", "1.5", "2020-09-01", ""]


def tables(tmp_path: Path, content: bytes) -> list[read.RawTable]:
    path = tmp_path / "file"
    path.write_bytes(content)
    return read_delivery(path, SENSE)


def test_the_size_of_a_file_is_looked_at_before_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        file.truncate(read.LARGEST_BYTES + 1)  # a hole: it takes no room on the disk
    with pytest.raises(BadDelivery, match=r"1,024 MB.*拆分"):
        read_delivery(path, SENSE)
    content = csv_of([ROW])
    monkeypatch.setattr(read, "LARGEST_BYTES", len(content))
    assert tables(tmp_path, content)[0].rows == 1
    with pytest.raises(BadDelivery, match="拆分"):
        tables(tmp_path, content + b"\n")


def test_an_upload_just_within_and_just_beyond(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "start", lambda *_: None)
    monkeypatch.setattr(uploads, "LARGEST_MEGABYTES", 1)
    store = Operations.open(Settings.load(city_file(tmp_path / "city")))
    who, supplier = actor(Role.ADMIN, store.settings.city), next(iter(store.settings.city.suppliers))
    assert uploads.stage(store, who, supplier, "a.csv", b"x" * (1 << 20)).size == 1 << 20
    with pytest.raises(Refused, match="拆分"):
        uploads.stage(store, who, supplier, "a.csv", b"x" * ((1 << 20) + 1))
    store.close()


def test_the_server_takes_what_the_page_offers() -> None:
    said = (REPOSITORY / ".streamlit/config.toml").read_text(encoding="utf-8")
    most = int(re.findall(r"maxUploadSize = (\d+)", said)[0])
    assert uploads.LARGEST_MEGABYTES <= most <= read.LARGEST_BYTES >> 20


@pytest.mark.parametrize(("number", "taken"), [(read.MOST_MEMBERS, True), (read.MOST_MEMBERS + 1, False)])
def test_files_in_a_zip(tmp_path: Path, number: int, taken: bool) -> None:
    content = zipped({f"{n:05d}.txt": b"%PDF" for n in range(number - 1)} | {"penalty.csv": csv_of([ROW])})
    if taken:
        assert tables(tmp_path, content)[0].rows == 1
    else:
        with pytest.raises(BadDelivery, match="1,000"):
            tables(tmp_path, content)


def test_what_a_zip_unpacks_to(tmp_path: Path) -> None:
    within = b"," * read.HARMLESS_BYTES
    for size, word in ((0, "空"), (1, "倍")):
        with pytest.raises(BadDelivery, match=word):
            tables(tmp_path, zipped({"penalty.csv": within + b"," * size}))


def test_rows_of_another_width(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MOST_BROKEN", 3)
    for broken, taken in ((3, True), (4, False)):
        content = csv_of([ROW, *[["x", "y"]] * broken])
        if taken:
            assert len(tables(tmp_path, content)[0].broken) == 3
        else:
            with pytest.raises(BadDelivery, match="分隔符"):
                tables(tmp_path, content)


def test_a_parquet_file_unpacks_piece_by_piece(tmp_path: Path) -> None:
    """A value that repeats is no crime: 50,000 times is taken, and refused where it comes to gigabytes."""
    for rows, text, taken in ((50_000, "同一单位", True), (200_000, "长" * 3_000, False)):
        column = pa.DictionaryArray.from_arrays(pa.nulls(rows, pa.int32()).fill_null(0), pa.array([text]))
        content = parquet(pa.table(dict.fromkeys(HEADER[:2], column)))
        if taken:
            assert tables(tmp_path, content)[0].rows == rows
        else:
            with pytest.raises(BadDelivery, match="展开"):
                tables(tmp_path, content)


def test_the_reading_process_keeps_a_limit_that_was_set_before(tmp_path: Path) -> None:
    """An upload is tried under a limit of its own, which nobody but root may raise: workbooks are read nevertheless."""
    good = next(b.content for b in made(FAMILIES["odd_workbooks"]))
    path = tmp_path / "book.xlsx"
    path.write_bytes(good)
    code = (
        "import sys; from pathlib import Path; from pipeline.feeds.workbook import sheets_of;"
        f"print(len(sheets_of(Path({str(path)!r}).read_bytes(), 'x')))"
    )
    limited = f'ulimit -v 3000000; exec setpriv --bounding-set=-all --inh-caps=-all -- {sys.executable} -c "$0"'
    done = subprocess.run(["/bin/sh", "-c", limited, code], cwd=REPOSITORY, capture_output=True, text=True)
    if "setpriv" in done.stderr:
        done = subprocess.run(["/bin/sh", "-c", f'ulimit -v 3000000; exec {sys.executable} -c "$0"', code], cwd=REPOSITORY, capture_output=True, text=True)  # fmt: skip
    assert done.stdout.strip() == "1", done.stderr


def test_a_workbook_of_results_is_read_outside_the_server() -> None:
    """A sheet with a far corner ends the process that reads it: not this one."""
    bombs = [b.content for b in made(FAMILIES["workbook_bombs"], 8)]
    for content in (*bombs, b"PK\3\4", b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99):
        with pytest.raises(Refused) as refused:
            check_sheet.rows_of(content)
        assert refused.value.zh and refused.value.en
    assert workbook.sheets_of(next(b.content for b in made(FAMILIES["odd_workbooks"])), "x")


@pytest.mark.parametrize(
    "dangerous", [*PLANTS, "=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1", "\x00=1", "=" * 40_000]
)
def test_no_cell_of_an_export_is_a_formula(dangerous: str) -> None:
    target = io.BytesIO()
    fields = (book.Field("列", "text", 20), book.Field(dangerous[:200], "codes", 20, {"1": dangerous}))
    heading = book.Heading("标题", (("条件", dangerous),), dangerous[:50])
    book.write(target, heading, fields, [(dangerous, "1"), (None, dangerous)])
    with zipfile.ZipFile(target) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        texts = re.findall(r"<t[^>]*>([^<]*)</t>", sheet + "".join(archive.read(n).decode() for n in archive.namelist() if "shared" in n))  # fmt: skip
    assert "<f>" not in sheet and "<hyperlink" not in sheet
    assert [t for t in texts if t.strip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))] == []


@pytest.mark.slow
def test_two_hundred_megabytes_are_read_whole(tmp_path: Path) -> None:
    """Large but good: every row is there, and the memory it takes is told."""
    path = tmp_path / "penalty.csv"
    line = (",".join(ROW[:7]) + "," + "备注" * 20 + "\r\n").encode()
    rows = (200 << 20) // len(line)
    with path.open("wb") as file:
        file.write(b"\xef\xbb\xbf" + (",".join(HEADER) + "\r\n").encode())
        for _ in range(rows // 1000):
            file.write(line * 1000)
    code = (
        "import resource; from pathlib import Path; from tests.hardening.test_limits import SENSE, read_delivery;"
        f"print(sum(t.rows for t in read_delivery(Path({str(path)!r}), SENSE)),"
        " resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    found, megabytes = map(int, done.stdout.split())
    print(f"{found:,} rows, {megabytes:,} MB")
    assert found == rows // 1000 * 1000 and megabytes < 2_500
