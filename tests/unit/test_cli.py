"""The operators' front door: every command helps, says what it did, and ends with the code that a scheduler reads."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import typer.main

import cli
from models import build as builder
from models.build import STAGES
from pipeline.errors import Exit, NotPermitted
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.warehouse import build_file, current_build, work_file
from tests.contents import contents
from tests.firms import uscc
from tests.small_city import DAYS, SmallCity

COMMANDS = (
    "demo",
    "rehearse",
    "report",
    "build",
    "try",
    "ingest",
    "match",
    "compute",
    "train",
    "promote",
    "evaluate",
    "score",
    "grade",
    "warn",
    "publish",
    "check",
    "backup",
    "restore",
    "rollback",
)
USER_COMMANDS = ("add", "password", "disable", "list", "demo")
OUTCOMES = {"delivered", "accepted", "duplicate", "superseded", "excluded", "quarantined"}
AS_OF = [word for day in DAYS for word in ("--as-of", day.isoformat())]
HELD = "import fcntl, sys\nlock = open(sys.argv[1], 'a+')\nfcntl.flock(lock, fcntl.LOCK_EX)\nprint('held', flush=True)\nsys.stdin.read()"


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


def test_the_help_names_every_command_and_every_command_has_help(run: Any) -> None:
    code, out, _ = run("--help")
    assert code == Exit.DONE
    commands = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    assert set(commands) == {*COMMANDS, "user", "draw"} and set(commands["user"].commands) == set(USER_COMMANDS)
    assert set(commands["draw"].commands) == {"plan", "hold", "verify", "list"}
    for command in USER_COMMANDS:
        code, text, _ = run("user", command, "--help")
        assert code == Exit.DONE and "--json" in text and f" user {command} " in text
    for command in COMMANDS:
        assert re.search(rf"^\W*{command}\s", out, re.MULTILINE), command
        code, text, _ = run(command, "--help")
        assert code == Exit.DONE and "--json" in text and f" {command} " in text


def test_the_makefile_uses_commands_and_options_that_exist() -> None:
    commands = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    used = re.findall(r"cli\.py (\w+)([^|>\n]*)", (REPOSITORY / "Makefile").read_text(encoding="utf-8"))
    assert {command for command, _ in used} == {"demo", "rehearse", "build", "user"}
    for command, words in used:
        if command == "user":
            assert words.split()[0] in USER_COMMANDS
            continue
        known = {o for parameter in commands[command].params for o in parameter.opts}
        assert set(re.findall(r"--[\w-]+", words)) <= known


@pytest.mark.parametrize(
    "words",
    [
        ("nothing",),
        ("build", "--as-of", "2020-02-30"),
        ("build", "--colour"),
        ("demo", "--enterprises", "100"),
        ("score", "--as-of", "2020-01-01"),
    ],
    ids=" ".join,
)
def test_a_mistyped_command_is_a_usage_error(run: Any, words: tuple[str, ...]) -> None:
    code, out, err = run(*words)
    assert code == Exit.USAGE and not out and err


def test_check_constructs_every_declaration(run: Any, tiny: Settings) -> None:
    code, out, err = run("check", "--data", tiny.data, "--json")
    assert code == Exit.DONE and "声明无误" in err
    assert json.loads(out).keys() == {"feeds", "indicators", "mappings", "policies", "models"}


def test_the_build_says_what_it_did_as_one_json_object(
    faulty: tuple[Settings, subprocess.CompletedProcess[str]],
) -> None:
    settings, done = faulty
    summary = json.loads(done.stdout)
    assert done.returncode == Exit.BAD_DELIVERY and summary["published"] is True and summary["already"] is False
    assert summary["build_id"] == current_build(settings) and summary["as_of"] == [d.isoformat() for d in DAYS]
    assert summary["rows"].keys() == OUTCOMES
    assert summary["rows"]["delivered"] == sum(summary["rows"][o] for o in OUTCOMES - {"delivered"})
    assert 0.9 < summary["named_rate"] < 1 and summary["entities"] > sum(summary["grades"].values()) > 0
    assert summary["grades"].keys() <= set("ABCDE") and summary["seconds"].keys() == set(STAGES)
    assert [line.split("：")[0] for line in summary["set_aside"]] == ["unknown.csv", "坏的.csv"]
    assert "Traceback" not in done.stderr and "unknown.csv" in done.stderr
    assert re.findall(r"^(\w+) …$", done.stderr, re.MULTILINE) == list(STAGES)


def test_a_build_without_changes_says_so_in_one_line(run: Any, small: SmallCity) -> None:
    code, out, _ = run("build", "--data", small.folder, *AS_OF)
    assert code == Exit.DONE and out.count("\n") == 1
    assert "无变化" in out and str(current_build(small.settings)) in out


def test_a_bad_declaration_ends_with_10_and_all_of_its_faults(run: Any, small: SmallCity) -> None:
    mapping = small.folder / "mappings" / "legal" / "wrong.toml"
    mapping.parent.mkdir(parents=True, exist_ok=True)
    mapping.write_text('feed = "penalty"\nfiles = []\ncolour = "red"\n', encoding="utf-8")
    for command in ("build", "check", "ingest"):
        code, out, err = run(command, "--data", small.folder, "--json")
        assert code == Exit.BAD_DECLARATION and "colour" in err and "files" in err
        assert json.loads(out)["published"] is False
    code, _, err = run("check", "--data", small.folder / "nowhere")
    assert code == Exit.BAD_DECLARATION and "city.toml" in err


def test_a_landing_folder_that_is_not_there_ends_with_11(run: Any, small: SmallCity) -> None:
    before = current_build(small.settings)
    code, out, err = run("build", "--data", small.folder, "--landing", small.folder / "landnig", "--json")
    assert code == Exit.BAD_DELIVERY and "landnig" in err
    assert json.loads(out).keys() == {"published", "exit", "error"} and json.loads(out)["published"] is False
    assert current_build(small.settings) == before


def test_accepting_a_file_that_never_came_ends_with_11(run: Any, small: SmallCity) -> None:
    code, _, err = run("build", "--data", small.folder, "--accept", "complaints.csv")
    assert code == Exit.BAD_DELIVERY and "complaint.csv" in err


def test_what_is_not_permitted_ends_with_12(run: Any, small: SmallCity, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NotPermitted("not yours")

    monkeypatch.setattr(builder, "build", refuse)
    code, out, err = run("build", "--data", small.folder)
    assert (code, out, err) == (Exit.NOT_PERMITTED, "", "not yours\n")


def test_a_stage_out_of_turn_ends_with_13_and_names_the_stage_before(run: Any, small: SmallCity) -> None:
    for stage in ("match", "compute", "score", "grade", "warn", "publish"):
        code, _, err = run(stage, "--data", small.folder)
        assert code == Exit.CHECKS_FAILED and "ingest" in err
    shutil.copyfile(build_file(small.settings, current_build(small.settings) or ""), work_file(small.settings))
    for before, stage in reversed(list(pairwise(s for s in STAGES if s in builder.WRITES or s == "publish"))):
        with cli.Warehouse.open(work_file(small.settings)) as warehouse:
            warehouse.execute(f"DROP TABLE {builder.WRITES[before]}")
        code, _, err = run(stage, "--data", small.folder)
        assert code == Exit.CHECKS_FAILED and f"`{before}`" in err and "Traceback" not in err
    assert current_build(small.settings)


def test_a_build_that_contradicts_itself_ends_with_13(run: Any, small: SmallCity) -> None:
    shutil.copyfile(build_file(small.settings, current_build(small.settings) or ""), work_file(small.settings))
    with cli.Warehouse.open(work_file(small.settings)) as warehouse:
        warehouse.execute("DELETE FROM mart.grade WHERE uscc = ?", [uscc(1)])
    code, out, err = run("publish", "--data", small.folder, "--json")
    assert code == Exit.CHECKS_FAILED and "应评未评" in err and json.loads(out)["published"] is False


def test_a_second_command_ends_with_14(run: Any, small: SmallCity) -> None:
    lock = small.settings.var / "build.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HELD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout and other.stdout.readline() == "held\n"
        for command in ("build", "ingest", "match", "compute", "score", "grade", "publish"):
            code, out, err = run(command, "--data", small.folder)
            assert code == Exit.BUSY and not out and "another build is running" in err
        other.kill()


def test_the_single_stages_even_run_twice_give_the_tables_of_the_main_job(run: Any, small: SmallCity) -> None:
    before = current_build(small.settings)
    main_job = contents(small.settings)
    repeated = (("compute", *AS_OF), ("score",), ("grade",), ("warn",))
    for words in (
        ("ingest",),
        ("match",),
        ("compute", *AS_OF),
        ("train",),
        *(again for stage in repeated for again in (stage, stage)),
        ("publish", "--json"),
    ):
        code, out, _ = run(*words, "--data", small.folder)
        assert code == Exit.DONE
    assert json.loads(out)["build_id"] == before == current_build(small.settings)
    stages = contents(small.settings)
    assert stages.keys() == main_job.keys()
    assert [table for table in stages if stages[table] != main_job[table]] == []


def test_the_demo_command_makes_a_deployment_and_keeps_a_complete_one(run: Any, tmp_path: Path) -> None:
    code, out, _ = run("demo", "--enterprises", 200, "--out", tmp_path / "city", "--json")
    made = {p: p.stat().st_mtime_ns for p in (tmp_path / "city").rglob("*") if p.is_file()}
    assert (
        code == Exit.DONE and json.loads(out)["files"] > 100 and json.loads(out)["records"]["ent_registration"] >= 200
    )
    assert run("demo", "--enterprises", 200, "--out", tmp_path / "city", "--keep")[0] == Exit.DONE
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "city").rglob("*") if p.is_file()} == made
    code, _, err = run("demo", "--enterprises", 200, "--out", tmp_path / "city")
    assert code == Exit.BAD_DECLARATION and "landing" in err
    assert Settings.load(tmp_path / "city").city.synthetic
