"""Uploads: what can't be a delivery is refused with a clear word, and nothing is delivered before its trial."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from pipeline.errors import NotPermitted, Refused
from pipeline.settings import Settings
from pipeline.stores.access import Role
from pipeline.stores.landing import name_file
from pipeline.stores.operations import uploads
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from pipeline.stores.operations.uploads import Upload, checked_name, receive, stage, trial_of
from tests.accounts import actor
from tests.public_tables import city_file

SUPPLIER = "legal"
GOOD = {"is_fit": True, "sha256": "0" * 64}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Operations]:
    opened = Operations.open(Settings.load(city_file(tmp_path / "city")))
    yield opened
    opened.close()


@pytest.fixture
def supplier(store: Operations) -> str:
    return next(iter(store.settings.city.suppliers))


@pytest.fixture(autouse=True)
def no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "start", lambda *_: None)


def tried(upload: Upload, report: dict[str, Any] | None, **state: Any) -> None:
    """What the child would have left behind."""
    usual = {"pid": os.getpid(), "stage": "ingest", "done": 5, "total": 10, "exit": None, "is_whole": False, "said": ""}
    if report:
        upload.progress.with_suffix(".out").write_text(json.dumps(report), encoding="utf-8")
        usual |= {"exit": 0, "is_whole": True}
    upload.progress.write_text(json.dumps({**usual, **state}), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("../../etc/passwd.csv", "路径"),
        ("..\\..\\boot.csv", "路径"),
        (".hidden.csv", "“.”"),
        ("~$open.xlsx", "~$"),
        ("a\0b.csv", "NUL"),
        ("a\nb.csv", "控制字符"),
        ("", "为空"),
        ("x" * 200 + ".csv", "超过"),
        ("program.exe", "只收"),
        ("notes.docx", "只收"),
        ("no_ending", "只收"),
    ],
)
def test_a_name_that_is_none_says_what_is_wrong(name: str, word: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_name(name)
    assert word in refused.value.zh and refused.value.en


@pytest.mark.parametrize("name", ["演示数据_行政处罚_2020-10.csv", "a.XLSX", "二季度 报送.zip", "b.parquet", "c.xls"])
def test_plain_names_pass(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize("role", [Role.LEADER, Role.COUNTY, Role.SECTION, Role.WINDOW])
def test_only_the_division_and_the_administrator_upload(store: Operations, supplier: str, role: Role) -> None:
    with pytest.raises(NotPermitted):
        stage(store, actor(role, store.settings.city), supplier, "a.csv", b"x")


def test_supplier_content_and_size_are_checked(
    store: Operations, supplier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = actor(Role.ADMIN, store.settings.city)
    for given, content, word in (("nobody", b"x", "来源"), (supplier, b"", "空文件")):
        with pytest.raises(Refused, match=word):
            stage(store, who, given, "a.csv", content)
    monkeypatch.setattr(uploads, "LARGEST_MEGABYTES", 0)
    with pytest.raises(Refused, match="拆分"):
        stage(store, who, supplier, "a.csv", b"xx")


def test_nothing_is_delivered_without_a_trial_that_found_it_fit(store: Operations, supplier: str) -> None:
    who = actor(Role.SUPERVISOR, store.settings.city)
    upload = stage(store, who, supplier, "a.csv", b"x")
    with pytest.raises(Refused):
        receive(store, who, upload)
    tried(upload, {**GOOD, "is_fit": False})
    with pytest.raises(Refused, match="不能送达"):
        receive(store, who, upload)
    assert not list(store.settings.landing.rglob("*upload*"))


def test_a_fit_file_is_delivered_under_a_generated_name(store: Operations, supplier: str) -> None:
    who = actor(Role.SUPERVISOR, store.settings.city)
    upload = stage(store, who, supplier, "行政处罚.csv", b"content")
    tried(upload, GOOD)
    place = store.settings.landing / receive(store, who, upload)
    assert place.parent == store.settings.landing / supplier / store.settings.today().isoformat()
    assert place.name.startswith("upload-") and "行政处罚" not in place.name
    assert place.read_bytes() == b"content"
    assert name_file(place).read_text(encoding="utf-8") == "行政处罚.csv"
    assert not upload.path.exists()
    actions = [r.action for r in store.rows(select(AUDIT.c.action).order_by(AUDIT.c.seq))]
    assert actions[-2:] == ["upload.try", "upload.receive"]


def test_a_trial_says_how_far_it_is_and_why_it_failed(store: Operations, supplier: str) -> None:
    who = actor(Role.ADMIN, store.settings.city)
    upload = stage(store, who, supplier, "a.csv", b"x")
    assert trial_of(store, who, upload).share == 0
    tried(upload, None)
    assert trial_of(store, who, upload).share == 0.5
    tried(upload, None, exit=10, said="声明有误")
    with pytest.raises(Refused, match="声明有误"):
        trial_of(store, who, upload)
    tried(upload, None, pid=2**22 - 1)  # gone without a word: its limits ended it
    with pytest.raises(Refused, match="限度"):
        trial_of(store, who, upload)


def test_a_real_trial_runs_in_a_child(store: Operations, supplier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    who = actor(Role.ADMIN, store.settings.city)
    upload = stage(store, who, supplier, "report.csv", b"%PDF-1.4 nothing of the kind")
    until = time.monotonic() + 120
    while not (trial := trial_of(store, who, upload)).is_over and time.monotonic() < until:
        time.sleep(0.3)
    assert trial.report and not trial.report["is_fit"]
    assert "PDF" in json.dumps(trial.report, ensure_ascii=False)
