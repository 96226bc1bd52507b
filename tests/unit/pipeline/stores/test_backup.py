"""A backup holds everything that can't be derived again, says so truly, and a file that is not whole is never restored."""

from __future__ import annotations

import hashlib
import io
import json
import resource
import shutil
import sqlite3
import stat
import tarfile
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from pipeline.errors import Busy, NoRoom, Refused
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.access import Role
from pipeline.stores.backup import BackupSummary, backup
from pipeline.stores.backup_archive import MANIFEST, SEAL, BackupFailed, unpack
from pipeline.stores.backup_manifest import BadBackup
from pipeline.stores.backup_members import (
    KEPT_FILES,
    KEPT_FOLDERS,
    LEFT_OUT,
    STORE,
    belongs,
    is_private,
    unknown_in_var,
)
from pipeline.stores.backup_place import staged
from pipeline.stores.lock import build_lock
from pipeline.stores.operations import audit
from pipeline.stores.operations.accounts import operator
from pipeline.stores.operations.copy import acts_unknown_to, copy_store, is_in_use, log_of
from pipeline.stores.operations.store import Operations
from tests.accounts import add
from tests.public_tables import city_file

FILES = {
    "var/raw/a.parquet": b"PAR1" * 2000,
    "var/raw/deliveries/a-tax.json": b'{"tables": [{"parquet": "a.parquet"}]}',
    "var/raw/unreadable/ff": b"\x00\x01",
    "var/grades/PUBLISHED": b"b1\n",
    "var/grades/b1.parquet": b"PAR1b1",
    "var/models/m1/card.json": b"{}",
    "var/builds/x.json": b"{}",
    "var/grade.lock": b"[sealed]\n",
    "var/today": b"2020-10-15\n",
    "mappings/税务/欠税.toml": b'feed = "tax_record"\n',
    "accounts.txt": b"leader secret\n",
}
NOT_KEPT = (
    "var/warehouse/CURRENT",
    "var/exports/e/rows.xlsx",
    "var/uploads/u/upload.csv",
    "var/demo/city.toml",
    "var/raw/b.parquet.part",
    "var/models/.staging/x",
    "landing/tax/2020-10-15/x.csv",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A deployment with a file of every kind, and a store in which somebody is signed in."""
    folder = city_file(tmp_path_factory.mktemp("backup") / "市局's city")
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    for name in NOT_KEPT:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"derived")
    (folder / "var" / "warehouse" / "CURRENT").unlink()
    settings = Settings.load(folder)
    operations = Operations.open(settings)
    add(operations, "wang", Role.SUPERVISOR)
    operations.close()
    return settings


@pytest.fixture(scope="module")
def made(home: Settings, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BackupSummary]:
    out = tmp_path_factory.mktemp("out") / "city.tar"
    return out, backup(home, out, operator(), waiting=("tax/2020-10-15/x.csv",))


# ---- properties ----


@profile(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_byte_of_any_member_that_was_changed_is_found(
    made: tuple[Path, BackupSummary], tmp_path: Path, share: float, bit: int
) -> None:
    content = bytearray(made[0].read_bytes())
    spans = members(made[0])
    place = int(share * sum(size for _, _, size in spans))
    ends = list(accumulate(size for _, _, size in spans))
    number = bisect_right(ends, place)
    name, start, size = spans[number]
    content[start + place - ends[number] + size] ^= 1 << bit
    with pytest.raises(BadBackup) as fault:
        try_to_unpack(bytes(content), tmp_path)
    assert name in str(fault.value) or name in (MANIFEST, SEAL)


@profile(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_file_that_was_cut_off_anywhere_is_refused(
    made: tuple[Path, BackupSummary], tmp_path: Path, share: float
) -> None:
    content = made[0].read_bytes()
    end = members(made[0])[-1]
    with pytest.raises(BadBackup, match="备份损坏"):
        try_to_unpack(content[: int(share * (end[1] + end[2]))], tmp_path)


@profile(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(["var", "raw", "..", ".", "", "policy", "a", "~", "shared", ".hidden", "x\\y", "\n"]), max_size=5),
    st.booleans(),
)  # fmt: skip
def test_no_name_leads_out_of_the_deployment(parts: list[str], rooted: bool) -> None:
    name = ("/" if rooted else "") + "/".join(parts)
    if belongs(name):
        assert not name.startswith("/") and not {"..", ".", ""} & set(name.split("/")) and "\\" not in name
        assert Path("/deployment", name).resolve().is_relative_to("/deployment")


# ---- what is in it ----


def test_it_holds_what_cannot_be_derived_and_nothing_else(
    home: Settings, made: tuple[Path, BackupSummary], tmp_path: Path
) -> None:
    manifest = unpack(made[0], tmp_path)
    there = {p.relative_to(tmp_path).as_posix(): p for p in tmp_path.rglob("*") if p.is_file()}
    assert {n: p.read_bytes() for n, p in there.items() if n in FILES} == FILES
    assert not set(NOT_KEPT) & there.keys()
    secret = (home.var / "secret" / "audit.key").read_bytes()
    assert there["var/secret/audit.key"].read_bytes() == secret
    others = there.keys() - FILES.keys() - {STORE, "city.toml", "var/secret/audit.key"}
    assert others and all(name.startswith(("shared/policy/", "shared/reference/")) for name in others)
    assert (manifest.own, manifest.deliveries, manifest.published) == (("mappings",), 1, None)
    assert {e.name: (e.size, e.sha256) for e in manifest.members} == {
        name: (len(p.read_bytes()), hashlib.sha256(p.read_bytes()).hexdigest()) for name, p in there.items()
    }


def test_secrets_are_for_the_owner_only(made: tuple[Path, BackupSummary], tmp_path: Path) -> None:
    unpack(made[0], tmp_path)
    assert stat.S_IMODE(made[0].stat().st_mode) == 0o600
    private = {n for n in (*FILES, STORE, "var/secret/audit.key") if is_private(n)}
    assert private == {STORE, "var/secret/audit.key", "accounts.txt"}
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in private} == {0o600}


def test_the_summary_says_what_is_in_it_and_what_is_not(home: Settings, made: tuple[Path, BackupSummary]) -> None:
    summary = made[1]
    log = log_of(home.operations)
    assert (summary.audit_rows, summary.audit_head, summary.deliveries) == (log.rows, log.head, 1)
    assert summary.not_included == ("tax/2020-10-15/x.csv",)
    assert (summary.unknown, summary.faults, summary.build_id) == ((), (), None)
    assert summary.size == made[0].stat().st_size and str(summary.members) in summary.line


def test_nobody_is_signed_in_in_a_copy_and_the_log_is_whole(made: tuple[Path, BackupSummary], tmp_path: Path) -> None:
    unpack(made[0], tmp_path)
    operations = Operations.open(Settings.load(tmp_path))
    chain = audit.verify(operations)
    operations.close()
    with sqlite3.connect(tmp_path / STORE) as copy:
        counts = [copy.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in ("account", "session")]
        last = copy.execute("SELECT action, subject FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    assert counts == [1, 0] and chain.fault is None and last == ("backup.make", "city.tar")


def test_the_copy_is_of_one_moment_while_somebody_writes(home: Settings, tmp_path: Path) -> None:
    operations = Operations.open(home)
    with operations.transaction() as transaction:
        audit.record(operations, transaction, "wang", "half")
        copy_store(home.operations, tmp_path / "copy.sqlite")
    operations.close()
    assert acts_unknown_to(tmp_path / "copy.sqlite", home.operations).rows == 1  # type: ignore[union-attr]
    assert acts_unknown_to(home.operations, tmp_path / "copy.sqlite").rows == 0  # type: ignore[union-attr]


def test_every_place_of_var_is_decided_and_told() -> None:
    told = (REPOSITORY / "docs" / "how-to" / "backup.md").read_text(encoding="utf-8")
    assert [n for n in (*KEPT_FOLDERS, *KEPT_FILES, *LEFT_OUT) if f"`{n}" not in told and not n.startswith("op")] == []


def test_what_nobody_knows_is_named(home: Settings, tmp_path: Path) -> None:
    copy = Settings.load(Path(shutil.copytree(home.data, tmp_path / "copy")))
    (copy.var / "notes").mkdir()
    assert unknown_in_var(home) == () and unknown_in_var(copy) == ("notes",)


def test_a_table_that_the_archive_lost_and_a_broken_log_are_told(home: Settings, tmp_path: Path) -> None:
    copy = Settings.load(Path(shutil.copytree(home.data, tmp_path / "copy")))
    (copy.raw / "a.parquet").unlink()
    with sqlite3.connect(copy.operations) as store:
        for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f"DROP TRIGGER {name}")
        store.execute("UPDATE audit SET user = 'nobody' WHERE seq = 1")
    faults = backup(copy, tmp_path / "b.tar", operator()).faults
    assert len(faults) == 2 and faults[0].startswith("audit: ") and "a.parquet" in faults[1]


# ---- how it is written ----


def test_it_replaces_nothing_unasked_and_leaves_nothing_half(home: Settings, tmp_path: Path) -> None:
    out = tmp_path / "b.tar"
    out.write_text("precious")
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "unlink", lambda *_, **__: None)  # a kill cleans nothing up
        patch.setattr("pipeline.stores.backup._write", interrupted)
        backup(home, out, operator(), force=True)
    assert len(list(tmp_path.iterdir())) == 3
    with pytest.raises(Refused, match="--force"):
        backup(home, out, operator())
    assert out.read_text() == "precious"
    backup(home, out, operator(), force=True)
    assert [p.name for p in tmp_path.iterdir()] == ["b.tar"] and tarfile.is_tarfile(out)
    named = backup(home, tmp_path, operator())
    assert Path(named.file).parent == tmp_path and named.file.endswith(".tar") and len(list(tmp_path.iterdir())) == 2


def test_it_does_not_lie_in_what_it_protects(home: Settings, tmp_path: Path) -> None:
    for out in (home.data / "b.tar", home.var, tmp_path / "nowhere" / "b.tar"):
        with pytest.raises(Refused):
            backup(home, out, operator())


def test_a_full_disk_leaves_nothing_behind(home: Settings, tmp_path: Path) -> None:
    with files_of_at_most(240_000), pytest.raises(NoRoom):
        backup(home, tmp_path / "b.tar", operator())
    assert list(tmp_path.iterdir()) == []
    copy = tmp_path / "copy.sqlite"
    with files_of_at_most(100_000), pytest.raises(OSError, match="I/O error"):
        copy_store(home.operations, copy)


def test_a_full_disk_leaves_nothing_restored(made: tuple[Path, BackupSummary], tmp_path: Path) -> None:
    with (
        files_of_at_most(100_000),
        pytest.raises(NoRoom),
        staged(tmp_path / "new") as stage,
    ):
        unpack(made[0], stage)
    assert list(tmp_path.iterdir()) == []


def test_a_build_that_runs_is_named_and_waited_for(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.stores.backup._PAUSE", 0.01)
    with build_lock(home), pytest.raises(Busy, match="pid"):
        backup(home, tmp_path / "b.tar", operator(), wait_seconds=0.05)
    assert list(tmp_path.iterdir()) == []
    backup(home, tmp_path / "b.tar", operator(), wait_seconds=5)


def test_a_store_that_somebody_has_open_is_in_use(home: Settings, tmp_path: Path) -> None:
    copy = Settings.load(Path(shutil.copytree(home.data, tmp_path / "copy")))
    operations = Operations.open(copy)
    assert is_in_use(copy.operations)
    operations.close()
    assert not is_in_use(copy.operations)
    assert [p.name for p in copy.var.glob("operations.sqlite*")] == ["operations.sqlite"]


# ---- files that are not what they say ----


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../outside", tarfile.REGTYPE),
        ("/etc/outside", tarfile.REGTYPE),
        ("var/other/x", tarfile.REGTYPE),
        ("var/raw/link", tarfile.SYMTYPE),
        ("var/raw/link", tarfile.LNKTYPE),
        ("var/raw", tarfile.DIRTYPE),
        ("var/raw/device", tarfile.CHRTYPE),
        ("var/today", tarfile.REGTYPE),
        ("var/raw/extra", tarfile.REGTYPE),
    ],
)
def test_what_does_not_belong_is_refused(
    made: tuple[Path, BackupSummary], tmp_path: Path, name: str, kind: bytes
) -> None:
    """Links, devices, folders, ways out, a member twice, and one that the manifest does not name."""
    forged = tmp_path / "forged.tar"
    with tarfile.open(made[0]) as real, tarfile.open(forged, "w") as tar:
        for info in real:
            tar.addfile(info, real.extractfile(info))
        extra = tarfile.TarInfo(name)
        extra.type, extra.linkname, extra.size = kind, "/etc/passwd", 1 if kind == tarfile.REGTYPE else 0
        tar.addfile(extra, io.BytesIO(b"x"))
    (tmp_path / "place").mkdir()
    with pytest.raises(BadBackup, match=name.rpartition("/")[2]):
        unpack(forged, tmp_path / "place")
    assert not (tmp_path / "outside").exists() and not any(p.is_symlink() for p in tmp_path.rglob("*"))


def test_a_file_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"not a tar", b"\x1f\x8b" + bytes(600), bytes(10_240)):
        with pytest.raises(BadBackup):
            try_to_unpack(content, tmp_path)
    with pytest.raises(BackupFailed, match="nowhere"):
        unpack(tmp_path / "nowhere.tar", tmp_path)


def test_a_backup_of_a_later_format_is_refused_in_words(made: tuple[Path, BackupSummary], tmp_path: Path) -> None:
    forged = tmp_path / "later.tar"
    with tarfile.open(made[0]) as real, tarfile.open(forged, "w") as tar:
        content = json.loads((real.extractfile(MANIFEST) or io.BytesIO()).read())
        text = json.dumps(content | {"format": 9}).encode()
        for name, new in ((MANIFEST, text), (SEAL, f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n".encode())):
            info = tarfile.TarInfo(name)
            info.size = len(new)
            tar.addfile(info, io.BytesIO(new))
    with pytest.raises(BadBackup, match="9"):
        unpack(forged, tmp_path)


def members(file: Path) -> list[tuple[str, int, int]]:
    """(name, where its bytes begin, how many) of every member that is not empty."""
    with tarfile.open(file) as tar:
        return [(m.name, m.offset_data, m.size) for m in tar.getmembers() if m.size]


def try_to_unpack(content: bytes, folder: Path) -> None:
    file, place = folder / "try.tar", folder / "place"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    file.write_bytes(content)
    unpack(file, place)


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes: what a full disk looks like from inside."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
