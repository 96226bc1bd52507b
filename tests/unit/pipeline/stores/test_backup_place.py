"""A restore is whole or has not happened, wherever it is cut off, and what was there before is never deleted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from models.restore import RestoreSummary, restore
from pipeline.errors import Busy, Refused
from pipeline.settings import Settings
from pipeline.stores import backup_place
from pipeline.stores.access import Role
from pipeline.stores.backup import backup
from pipeline.stores.backup_manifest import BadBackup
from pipeline.stores.backup_place import staged
from pipeline.stores.lock import build_lock
from pipeline.stores.operations import audit
from pipeline.stores.operations.accounts import all_accounts, operator
from pipeline.stores.operations.store import Operations
from tests.accounts import add
from tests.public_tables import city_file

NAMES = st.text("abcdef0123456789", min_size=1, max_size=6)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A deployment with an account, own mappings, a delivery and issued grades; nothing is published."""
    folder = city_file(tmp_path_factory.mktemp("place") / "city")
    for name in ("var/raw/a.parquet", "var/raw/deliveries/a-tax.json", "mappings/tax/a.toml", "var/grades/b1.parquet"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text('{"tables": []}')
    (folder / "var" / "grades" / "PUBLISHED").write_text("b1\n")
    settings = Settings.load(folder)
    operations = Operations.open(settings)
    add(operations, "wang", Role.SUPERVISOR)
    operations.close()
    return settings


@pytest.fixture(scope="module")
def file(home: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "city.tar"
    backup(home, out, operator())
    return out


@pytest.fixture
def there(home: Settings, file: Path, tmp_path: Path) -> Settings:
    """The deployment as it is after the backup, in a folder of its own."""
    return Settings.load(Path(shutil.copytree(home.data, tmp_path / "there")))


def act(settings: Settings, what: str = "something") -> None:
    operations = Operations.open(settings)
    audit.note(operations, operator(), what)
    operations.close()


def content(folder: Path) -> dict[str, bytes]:
    """Every file but the store, which a restore adds a row to, and the lock."""
    left_out = ("operations.sqlite", "build.lock")
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and not p.name.startswith(left_out)
    }


def again(file: Path, data: Path, *, force: bool = False) -> RestoreSummary:
    return restore(file, data, operator(), force=force)


# ---- properties ----


@profile(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(st.tuples(st.sampled_from(["raw", "models", "grades", "builds", "secret"]), NAMES), st.binary(max_size=3000)))  # fmt: skip
def test_what_was_backed_up_comes_back_byte_by_byte(files: dict[tuple[str, str], bytes], tmp_path: Path) -> None:
    shutil.rmtree(tmp_path)
    folder = city_file(tmp_path / "city")
    for (room, name), kept in files.items():
        (folder / "var" / room).mkdir(parents=True, exist_ok=True)
        (folder / "var" / room / f"f{name}").write_bytes(kept)
    backup(Settings.load(folder), tmp_path / "b.tar", operator())
    again(tmp_path / "b.tar", tmp_path / "new")
    assert content(tmp_path / "new") == content(folder)


# ---- where it goes ----


def test_into_a_folder_that_is_missing_or_empty(home: Settings, file: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o755)
    for data in (tmp_path / "empty", tmp_path / "far" / "away"):
        summary = again(file, data)
        assert content(data) == content(home.data)
        assert (summary.beside, summary.faults, summary.differs, summary.build_id) == (None, (), (), None)
        assert sorted(p.name for p in data.iterdir()) == sorted(["city.toml", "mappings", "var"])
    assert (tmp_path / "empty").stat().st_mode & 0o777 == 0o755
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "far"]


def test_the_log_says_that_it_was_restored_and_follows_on(file: Path, tmp_path: Path) -> None:
    again(file, tmp_path / "new")
    operations = Operations.open(Settings.load(tmp_path / "new"))
    with operations.engine.connect() as connection:
        last = connection.exec_driver_sql("SELECT action, subject FROM audit ORDER BY seq DESC LIMIT 2").fetchall()
    assert [tuple(r) for r in last] == [("backup.restore", "city.tar"), ("backup.make", "city.tar")]
    assert audit.verify(operations).fault is None and len(all_accounts(operations, operator())) == 1
    operations.close()


def test_over_the_deployment_of_the_same_moment(there: Settings, file: Path) -> None:
    """Nothing there is newer, so nobody is asked; what was there lies beside, and files that wait stay in their place."""
    (there.data / "landing" / "tax").mkdir(parents=True)
    (there.data / "landing" / "tax" / "x.csv").write_text("x")
    (there.mappings / "tax" / "a.toml").write_text("changed")
    summary = again(file, there.data)
    beside = Path(str(summary.beside))
    assert beside.parent == there.data and {p.name for p in beside.iterdir()} == {"var", "mappings"}
    assert (beside / "var" / "operations.sqlite").is_file() and (
        beside / "mappings/tax/a.toml"
    ).read_text() == "changed"
    assert (there.data / "mappings/tax/a.toml").read_text() == '{"tables": []}'
    assert (there.data / "landing" / "tax" / "x.csv").is_file()
    assert beside.stat().st_mode & 0o777 == 0o700


def newer_acts(settings: Settings) -> None:
    act(settings)


def newer_build(settings: Settings) -> None:
    (settings.grades / "PUBLISHED").write_text("b1\nb2\n")


def newer_delivery(settings: Settings) -> None:
    (settings.raw / "deliveries" / "b-tax.json").write_text("{}")


def damaged_store(settings: Settings) -> None:
    settings.operations.write_bytes(b"no database" * 100)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (newer_acts, "1 条审计记录"),
        (newer_build, "b2"),
        (newer_delivery, "1 个之后送达的文件"),
        (damaged_store, "已损坏"),
    ],
)
def test_what_is_newer_is_put_aside_only_when_asked(
    there: Settings, file: Path, change: Callable[[Settings], None], words: str
) -> None:
    change(there)
    before = content(there.data)
    with pytest.raises(Refused, match=words):
        again(file, there.data)
    assert content(there.data) == before and there.operations.is_file()
    beside = Path(str(again(file, there.data, force=True).beside))
    assert {f"{n}": c for n, c in before.items() if n.startswith("var/")} == content(beside)


def test_another_deployment_with_fewer_acts_is_newer_too(file: Path, tmp_path: Path) -> None:
    other = Settings.load(city_file(tmp_path / "other"))
    act(other)
    with pytest.raises(Refused, match="1 条审计记录"):
        again(file, other.data)


def test_while_it_is_in_use_or_builds_nothing_is_restored(there: Settings, file: Path) -> None:
    before = content(there.data)
    operations = Operations.open(there)
    with pytest.raises(Refused, match="正在使用"):
        again(file, there.data, force=True)
    operations.close()
    with build_lock(there), pytest.raises(Busy):
        again(file, there.data, force=True)
    with staged(there.data), pytest.raises(Busy, match="restore"):
        again(file, there.data, force=True)
    assert content(there.data) == before


def test_a_file_is_no_folder(file: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refused, match="no folder"):
        again(file, tmp_path / "file")


def test_a_damaged_backup_touches_nothing(file: Path, there: Settings, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar"
    broken.write_bytes(file.read_bytes()[:-20_000])
    before = content(there.data)
    for data in (there.data, tmp_path / "new"):
        with pytest.raises(BadBackup):
            again(broken, data, force=True)
    assert content(there.data) == before and not (tmp_path / "new").exists()
    assert not list(tmp_path.rglob("*restoring*"))


# ---- cut off ----


def killed_at(step: int, run: Callable[[], object]) -> bool:
    """Run in a child that dies, as by a power cut, before its `step`th renaming; gives whether it died."""
    child = os.fork()
    if child == 0:
        real, count = os.replace, iter(range(step))

        def replace(*where: Path) -> None:
            if next(count, None) is None:
                os._exit(9)
            real(*where)

        backup_place.os.replace = replace  # type: ignore[attr-defined, assignment]
        try:
            run()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_a_kill_leaves_a_new_folder_empty_or_whole(home: Settings, file: Path, tmp_path: Path) -> None:
    data = tmp_path / "new"
    assert killed_at(0, lambda: again(file, data))
    assert not data.exists()
    assert not killed_at(1, lambda: again(file, data))
    assert content(data) == content(home.data)
    assert [p.name for p in tmp_path.iterdir()] == ["new"], "the rest of the first one is cleared away"


@pytest.mark.parametrize("step", range(4))
def test_a_kill_leaves_the_old_deployment_none_or_the_new_one(there: Settings, file: Path, step: int) -> None:
    (there.mappings / "tax" / "a.toml").write_text("changed")
    act(there)
    old = content(there.data)
    died = killed_at(step, lambda: again(file, there.data, force=True))
    kept = content(there.data)
    if step == 0:
        assert died and {n: kept.get(n) for n in old} == old
    else:
        assert died and not there.var.exists(), "without var it is no deployment"
    everything = {c for n, c in kept.items() if "restoring" not in n}
    assert set(old.values()) <= everything, "nothing that was there is lost"
    again(file, there.data, force=True)
    operations = Operations.open(Settings.load(there.data))
    assert audit.verify(operations).fault is None
    operations.close()
    assert set(old.values()) <= set(content(there.data).values()) and not list(there.data.glob(".restoring"))
