"""The commands of upkeep: one line, what is not in it by name, and the codes that a scheduler reads."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import cli
from pipeline.errors import Exit
from pipeline.settings import Settings
from pipeline.stores import backup_place
from pipeline.stores.access import Role
from pipeline.stores.lock import build_lock
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import build_file, current_build, published_builds
from tests.accounts import add
from tests.public_tables import city_file


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command in this process: gives exit code, standard output, standard error."""

    def command(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cli.py", *map(str, words)])
        try:
            code = cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return command


@pytest.fixture
def city(tmp_path: Path) -> Settings:
    """A deployment with an account and seven files that wait."""
    settings = Settings.load(city_file(tmp_path / "city"))
    (settings.data / "mappings").mkdir()
    for number in range(7):
        path = settings.landing / "tax" / "2020-10-15" / f"{number}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))
    operations = Operations.open(settings)
    add(operations, "wang", Role.SUPERVISOR)
    operations.close()
    return settings


def test_there_and_back(run: Any, city: Settings, tmp_path: Path) -> None:
    code, out, err = run("backup", "--data", city.data, "--out", tmp_path / "b.tar")
    assert code == Exit.DONE and "已备份到" in out
    assert "尚未归集" in err and "tax/2020-10-15/0.csv" in err and "共 7 项" in err
    code, out, _ = run("backup", "--data", city.data, "--out", tmp_path / "b.tar", "--force", "--json")
    summary = json.loads(out)
    assert code == Exit.DONE and len(summary["not_included"]) == 7 and summary["build_id"] is None
    code, out, _ = run("restore", tmp_path / "b.tar", "--data", tmp_path / "new", "--json")
    assert code == Exit.DONE and json.loads(out)["audit_rows"] == summary["audit_rows"]
    assert run("check", "--data", tmp_path / "new")[0] == Exit.DONE
    code, _, err = run("restore", tmp_path / "b.tar", "--data", tmp_path / "new")
    assert code == Exit.USAGE and "--force" in err


def test_what_stands_in_the_way_has_its_code(run: Any, city: Settings, tmp_path: Path) -> None:
    assert run("backup", "--data", city.data, "--out", city.data / "b.tar")[0] == Exit.USAGE
    with build_lock(city):
        code, _, err = run("backup", "--data", city.data, "--out", tmp_path / "b.tar")
        assert code == Exit.BUSY and "pid" in err
    (tmp_path / "bad.tar").write_bytes(b"bad")
    code, out, err = run("restore", tmp_path / "bad.tar", "--data", tmp_path / "new", "--json")
    assert code == Exit.CHECKS_FAILED and "备份损坏" in err and json.loads(out)["exit"] == Exit.CHECKS_FAILED
    assert not (tmp_path / "new").exists()


def test_a_backup_of_a_deployment_that_is_at_fault_is_whole_and_says_so(
    run: Any, city: Settings, tmp_path: Path
) -> None:
    (city.raw / "deliveries").mkdir(parents=True)
    (city.raw / "deliveries" / "a-tax.json").write_text('{"tables": [{"parquet": "lost.parquet"}]}')
    for path in city.landing.rglob("*.csv"):
        path.unlink()
    shutil.rmtree(city.landing)
    code, out, err = run("backup", "--data", city.data, "--out", tmp_path / "b.tar")
    assert code == Exit.CHECKS_FAILED and "已备份到" in out and "lost.parquet" in err


def test_roll_back_by_command(run: Any, small: Any) -> None:
    """A copy of the published build under another id stands for the next one."""
    settings = small.settings
    first = current_build(settings) or ""
    shutil.copy(build_file(settings, first), build_file(settings, "next"))
    shutil.copy(settings.grades / f"{first}.parquet", settings.grades / "next.parquet")
    (settings.grades / "PUBLISHED").write_text(f"{first}\nnext\n")
    (settings.warehouse / "CURRENT").write_text("next\n")
    code, _, err = run("rollback", "--data", settings.data)
    assert code == Exit.USAGE and "原因" in err
    code, out, _ = run("rollback", "--data", settings.data, "--why", "税务文件有误", "--json")
    assert code == Exit.DONE and json.loads(out)["after"] == first
    assert (current_build(settings), published_builds(settings)) == (first, (first, "next"))
    code, _, err = run("rollback", "--data", settings.data, "--why", "再退")
    assert code == Exit.USAGE and "更早的批次" in err


def test_the_repositorys_declarations_stay_where_the_backup_has_none(
    run: Any, city: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`data/` of a fresh clone is no deployment yet, but holds what every deployment shares."""
    run("backup", "--data", city.data, "--out", tmp_path / "b.tar")
    clone = tmp_path / "data"
    for name in ("policy", "reference", "mappings"):
        (clone / name).mkdir(parents=True)
        (clone / name / "shared.toml").write_text("shared")
    (clone / "city.toml").write_text("another")
    monkeypatch.setattr(backup_place, "DEFAULT_DATA", clone)
    code, out, _ = run("restore", tmp_path / "b.tar", "--data", clone, "--json")
    assert code == Exit.DONE
    beside = Path(json.loads(out)["beside"])
    assert (clone / "policy" / "shared.toml").is_file() and (clone / "reference" / "shared.toml").is_file()
    assert sorted(p.name for p in beside.iterdir()) == ["city.toml", "mappings"]
    assert (clone / "city.toml").read_text() == (city.data / "city.toml").read_text()
