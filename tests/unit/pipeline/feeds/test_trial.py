"""The trial of one file: the same judgement as a build's, kept nowhere."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from models.build import build
from pipeline.errors import BadDelivery, NotPermitted, Refused
from pipeline.feeds.acceptance import accept_set_aside, is_accepted
from pipeline.feeds.archive import archived
from pipeline.feeds.trial import TrialReport, try_file
from pipeline.stores.access import Role
from pipeline.stores.landing import put_file
from pipeline.stores.operations.store import Operations
from tests.accounts import actor
from tests.small_city import DAYS, SmallCity

HEADER = "uscc,cp_name,cp_type,doc_no,authority_uscc,decided_on,penalty_category,fine_wan,supplier_org"


def penalties(folder: Path, rows: int = 3, bad: int = 0, unit: str = "演示数据") -> Path:
    lines = [HEADER]
    for n in range(rows):
        day = "not a day" if n < bad else "2020-09-01"
        lines.append(f",某某商行{n},法人及非法人组织,文书{n}号,11220500MB1234567X,{day},01,0.1,{unit}")
    path = folder / "file.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def attempt(city: SmallCity, path: Path, name: str = "penalty.csv") -> TrialReport:
    supplier = next(iter(city.settings.city.suppliers))
    before = sorted(p for p in city.folder.rglob("*") if p.is_file())
    report = try_file(city.settings, path, supplier, name)
    assert sorted(p for p in city.folder.rglob("*") if p.is_file()) == before
    return report


def test_rows_are_judged_as_a_build_would(small: SmallCity, tmp_path: Path) -> None:
    report = attempt(small, penalties(tmp_path, rows=5, bad=1))
    (table,) = report.tables
    assert (table.feed, table.delivered, table.reason) == ("penalty", 5, None)
    assert table.accepted + table.excluded + table.quarantined == 5
    assert [(f.rule, f.field) for f in table.faults if f.field == "decided_on"] == [("kind", "decided_on")]
    assert report.is_fit


def test_unknown_columns_are_told(small: SmallCity, tmp_path: Path) -> None:
    path = penalties(tmp_path)
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f"{header},星座", *(f"{row},双子" for row in rows)]), encoding="utf-8")
    assert "星座" in attempt(small, path).tables[0].unknown_columns


def test_the_register_can_be_tried_but_a_bad_one_stops_there(small: SmallCity, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    rows = [f"坏代码{n},某企业{n},1,1130,2020-01-01,演示数据" for n in range(150)]
    path.write_text(
        "\n".join(["uscc,entity_name,status,entity_type,established_on,supplier_org", *rows]), encoding="utf-8"
    )
    report = attempt(small, path, "ent_registration.csv")
    assert report.tables[0].feed == "ent_registration" and report.tables[0].reason
    assert not report.is_fit


def test_real_data_do_not_come_into_a_demo(small: SmallCity, tmp_path: Path) -> None:
    report = attempt(small, penalties(tmp_path, unit="某单位"))
    assert report.refused and "演示数据" in report.refused and not report.is_fit


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\0\0\0\0", "空文件"),
        (b"%PDF-1.4", "PDF"),
        (b"PK\3\4 broken", "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no workbook", ""),
        ("甲,乙\n1,2\n演示数据,3\n".encode(), ""),
    ],
)
def test_what_is_no_table_says_so(small: SmallCity, tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    report = attempt(small, path, "演示数据.csv")
    assert not report.is_fit and word in report.line


def test_a_zip_with_ways_out_is_read_inside_only(small: SmallCity, tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(penalties(tmp_path), "../../penalty.csv")
    report = attempt(small, path, "penalty.zip")
    assert report.is_fit and report.tables[0].member == "penalty.csv"
    assert not (tmp_path.parent / "penalty.csv").exists()


def test_the_same_content_once_more_adds_nothing(small: SmallCity, tmp_path: Path) -> None:
    path = penalties(tmp_path)
    supplier = next(iter(small.settings.city.suppliers))
    put_file(small.settings, supplier, path, "upload-1.csv", "penalty_九月.csv")
    build(small.settings, DAYS)
    (taken,) = [d for d in archived(small.settings) if d.path.endswith("upload-1.csv")]
    assert taken.file_name == "penalty_九月.csv"
    report = attempt(small, path)
    assert report.seen_on == small.settings.today().isoformat() and not report.is_fit


def test_an_unknown_supplier_is_refused(small: SmallCity, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        try_file(small.settings, penalties(tmp_path), "nobody", "penalty.csv")


def test_only_the_division_accepts_and_says_why(small: SmallCity, tmp_path: Path) -> None:
    store = Operations.open(small.settings)
    division, one = actor(Role.SUPERVISOR, small.settings.city), next(archived(small.settings))
    with pytest.raises(NotPermitted):
        accept_set_aside(store, actor(Role.ADMIN, small.settings.city), one.sha256, one.supplier, "看过")
    with pytest.raises(Refused):
        accept_set_aside(store, division, one.sha256, one.supplier, " ")
    with pytest.raises(BadDelivery):
        accept_set_aside(store, division, "0" * 64, one.supplier, "看过")
    assert not is_accepted(store, one.sha256, one.supplier)
    accept_set_aside(store, division, one.sha256, one.supplier, "看过")
    assert is_accepted(store, one.sha256, one.supplier)
    store.close()
