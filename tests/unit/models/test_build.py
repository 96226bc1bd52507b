"""The main job as a whole: the same input is the same build, and what must stop it leaves the published one alone."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from models import build as builder
from models.build import build, build_id_of
from pipeline.errors import BadDelivery, Busy, ChecksFailed, Exit
from pipeline.feeds.archive import accept, register
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.ingest import ingest
from pipeline.feeds.mapping import Mappings
from pipeline.settings import Settings
from pipeline.stores.lock import build_lock
from pipeline.stores.warehouse import Warehouse, build_file, current_build, work_file
from tests.deployment import REFERENCE
from tests.firms import uscc
from tests.small_city import DAYS, TODAY, SmallCity

HOLD = "import sys; from pathlib import Path; from pipeline.settings import Settings; from pipeline.stores.lock import build_lock\n"
HOLD += "with build_lock(Settings.load(Path(sys.argv[1]))):\n    print('held', flush=True); sys.stdin.read()"


def build_id(settings: Settings, days: list[date] | None = None) -> str:
    """The id that a build of the deployment would have now."""
    deliveries = register(settings, Mappings.load(settings.mappings, BY_CODE), BY_CODE)
    return build_id_of(settings, deliveries, days or DAYS)


def written(settings: Settings) -> dict[str, tuple[int, int]]:
    """Every file below var with its size and time of change."""
    files = (p for p in settings.var.rglob("*") if p.is_file() and p.name != "build.lock")
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in files}


def published(settings: Settings) -> tuple[str | None, bytes]:
    """What readers have: the id and the content of its file."""
    current = current_build(settings)
    return current, build_file(settings, current).read_bytes() if current else b""


def own(city: SmallCity, folder: str) -> Path:
    """The deployment's own copy of a folder of declarations."""
    source, target = getattr(city.settings, folder), city.folder / folder
    if source != target:
        shutil.copytree(source, target)
    return target


@contextmanager
def another_process_building(settings: Settings) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of the deployment."""
    command = [sys.executable, "-c", HOLD, str(settings.data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_same_input_is_already_published_and_nothing_is_written(small: SmallCity) -> None:
    before, current = written(small.settings), current_build(small.settings)
    summary = build(small.settings, [*reversed(DAYS), DAYS[0]])
    assert (summary.already, summary.published, summary.build_id, summary.as_of) == (True, True, current, tuple(DAYS))
    assert written(small.settings) == before


def test_policies_are_sealed_even_if_the_publishing_run_died_before(
    small: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = replace(small.settings, city=replace(small.settings.city, synthetic=False))
    current = current_build(real)
    monkeypatch.setattr(builder, "_register", lambda *_: [])
    monkeypatch.setattr(builder, "build_id_of", lambda *_: current)
    assert build(real, DAYS).already
    assert "2020-07" in (real.var / "grade.lock").read_text(encoding="utf-8")


def test_without_a_date_the_build_is_as_of_tomorrow(small: SmallCity, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[date]] = []
    monkeypatch.setattr(builder, "build_id_of", lambda _, __, days: asked.append(days) or current_build(small.settings))
    build(small.settings)
    assert asked == [[TODAY + timedelta(days=1)]]


def test_two_deployments_of_the_same_deliveries_have_the_same_id(small: SmallCity, tmp_path: Path) -> None:
    other = SmallCity(tmp_path / "other")
    other.deliver_all()
    assert build_id(other.settings) == build_id(small.settings) == current_build(small.settings)
    for folder in ("policy", "mappings", "reference"):
        own(other, folder)
    assert build_id(other.settings) == current_build(small.settings)


def _new_version(folder: Path) -> None:
    path = folder / "grade.toml"
    text = re.sub(
        r'"A", at_least = (\d+)', lambda cut: f'"A", at_least = {int(cut[1]) + 1}', path.read_text(encoding="utf-8")
    )
    path.write_text(text, encoding="utf-8")


def _new_mapping(folder: Path) -> None:
    path = folder / "legal" / "new.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('feed = "penalty"\nfiles = ["新*.csv"]\n', encoding="utf-8")


CHANGES: dict[str, Callable[[SmallCity], object]] = {
    "policy": lambda city: _new_version(own(city, "policy")),
    "mapping": lambda city: _new_mapping(own(city, "mappings")),
    "code list": lambda city: (own(city, "reference") / "calendar.csv").open("a").write("\n"),
    "city.toml": lambda city: (city.folder / "city.toml").open("a").write("# a remark\n"),
    "new delivery": lambda city: city.complaints("complaints/2020-10-12/complaint.csv", 45, 5),
    "same rows from another supplier": lambda city: city.complaints("zc/2020-10-05/complaint.csv"),
    "accepted file": lambda city: accept(city.settings, "complaint.csv"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_id_changes_with_everything_that_decides_the_result(
    small: SmallCity, change: Callable[[SmallCity], object]
) -> None:
    assert build_id(small.settings) == current_build(small.settings)
    change(small)
    assert build_id(small.settings) != current_build(small.settings)


def test_the_id_changes_with_the_dates_and_with_the_code(small: SmallCity, monkeypatch: pytest.MonkeyPatch) -> None:
    assert build_id(small.settings, DAYS[:1]) != current_build(small.settings)
    monkeypatch.setattr(builder, "CODE_ROOMS", ("pipeline",))
    assert build_id(small.settings) != current_build(small.settings)


def test_a_published_build_whose_file_is_gone_is_built_again(small: SmallCity, monkeypatch: pytest.MonkeyPatch) -> None:
    def begun(*_: object, **__: object) -> None:
        raise InterruptedError

    monkeypatch.setattr(builder, "ingest", begun)
    assert build(small.settings, DAYS).already
    build_file(small.settings, current_build(small.settings) or "").unlink()
    with pytest.raises(InterruptedError):
        build(small.settings, DAYS)


@pytest.mark.parametrize("synthetic", [True, False])
def test_real_and_synthetic_deliveries_never_mix(small: SmallCity, tmp_path: Path, synthetic: bool) -> None:
    city = small if synthetic else SmallCity(tmp_path / "real", synthetic=False)
    before = published(city.settings)
    city.synthetic = not synthetic
    city.complaints("complaints/2020-10-13/complaint.csv", 45, 5)
    with pytest.raises(BadDelivery, match="never mix"):
        build(city.settings, DAYS)
    assert published(city.settings) == before


def test_a_synthetic_archive_never_becomes_a_real_deployment(small: SmallCity) -> None:
    before = published(small.settings)
    city = small.folder / "city.toml"
    city.write_text(city.read_text(encoding="utf-8").replace("synthetic = true", "synthetic = false"), encoding="utf-8")
    with pytest.raises(BadDelivery, match="never mix"):
        build(small.settings, DAYS)
    assert published(small.settings) == before


def test_a_file_set_aside_is_named_until_it_is_accepted(
    faulty: tuple[Settings, subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    shutil.copytree(faulty[0].data, tmp_path / "city")
    settings = Settings.load(tmp_path / "city")
    again = build(settings, DAYS)
    assert again.already and [line.split("：")[0] for line in again.set_aside] == ["unknown.csv", "坏的.csv"]
    assert "120 行中有 20 行不合格" in again.set_aside[1]
    accept(settings, "坏的.csv")
    with Warehouse.create(work_file(settings)) as warehouse:
        taken = ingest(settings, warehouse, REFERENCE, BY_CODE)
        assert [line.split("：")[0] for line in taken.set_aside] == ["unknown.csv"]
        assert warehouse.value("SELECT count(*) FROM core.complaint WHERE ticket_no LIKE 'B%'") == 100


def test_a_register_set_aside_stops_the_build(small: SmallCity) -> None:
    before = published(small.settings)
    small.deliver(
        "registry/2020-10-13/ent_registration.csv",
        ("uscc", "entity_name"),
        [("?" if n % 5 else uscc(n), "某店") for n in range(150)],
    )
    with pytest.raises(BadDelivery, match="登记信息被搁置"):
        build(small.settings, DAYS)
    assert published(small.settings) == before


def test_a_build_without_a_register_stops(tmp_path: Path) -> None:
    city = SmallCity(tmp_path / "city")
    city.complaints()
    with pytest.raises(BadDelivery, match="ent_registration"):
        build(city.settings, DAYS)
    assert current_build(city.settings) is None


TAMPERINGS = {
    "rows do not add up": "UPDATE mart.delivery SET accepted = accepted - 1 WHERE delivery_no = 1",
    "points do not add up": "UPDATE mart.contribution SET base = base + 1 WHERE uscc = '{firm}'",
    "whose points do not add up": "DELETE FROM mart.contribution WHERE uscc = '{firm}'",
    "firms whose points": "UPDATE mart.risk_score SET raw_score = NULL WHERE uscc = '{firm}'",
    "without a grade": "DELETE FROM mart.grade WHERE uscc = '{firm}'",
    "enterprises without a grade": "UPDATE mart.grade SET grade = NULL WHERE uscc = '{firm}'",
    "graded twice": "INSERT INTO mart.grade SELECT * FROM mart.grade WHERE uscc = '{firm}'",
    "without indicators": "DELETE FROM mart.indicator WHERE uscc = '{firm}'",
}


@pytest.mark.parametrize(("words", "sql"), TAMPERINGS.items(), ids=TAMPERINGS.keys())
def test_a_build_that_contradicts_itself_is_not_published(small: SmallCity, words: str, sql: str) -> None:
    before = published(small.settings)
    shutil.copyfile(build_file(small.settings, before[0] or ""), work_file(small.settings))
    with Warehouse.open(work_file(small.settings)) as warehouse:
        warehouse.execute(sql.format(firm=uscc(1)))
    with pytest.raises(ChecksFailed, match=words):
        builder.publish(small.settings)
    assert published(small.settings) == before


def test_the_main_job_checks_itself_before_it_publishes(small: SmallCity, monkeypatch: pytest.MonkeyPatch) -> None:
    grade = builder.grade

    def forgetful(settings: Settings, warehouse: Warehouse, *rest: object, **named: object) -> object:
        summary = grade(settings, warehouse, *rest, **named)  # type: ignore[arg-type]
        warehouse.execute("DELETE FROM mart.grade WHERE uscc = ?", [uscc(1)])
        return summary

    monkeypatch.setattr(builder, "grade", forgetful)
    small.complaints("complaints/2020-10-12/complaint.csv", 45, 5)
    before, issued = published(small.settings), sorted(small.settings.grades.iterdir())
    with pytest.raises(ChecksFailed, match="1 户应评未评"):
        build(small.settings, DAYS[-1:])
    assert published(small.settings) == before and sorted(small.settings.grades.iterdir()) == issued


def test_a_second_build_says_who_builds_and_since_when(small: SmallCity) -> None:
    with another_process_building(small.settings) as other:
        with pytest.raises(Busy, match=rf"pid {other.pid}.*since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d") as refusal:
            build(small.settings, DAYS)
        assert refusal.value.code is Exit.BUSY
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        with build_lock(small.settings):
            assert current_build(small.settings)


def test_a_file_that_arrives_after_ingest_is_not_taken_for_published(small: SmallCity) -> None:
    shutil.copyfile(build_file(small.settings, current_build(small.settings) or ""), work_file(small.settings))
    small.complaints("complaints/2020-10-12/complaint.csv", 45, 5)
    assert builder.publish(small.settings).build_id == current_build(small.settings)
    assert build_id(small.settings) != current_build(small.settings)
