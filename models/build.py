"""Runs the stages in order, skips what is done, reports progress; one build at a time."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from models.checks import check_build, check_declarations
from models.learn import LearnSummary, learn, training_table
from models.next_day import published_days, refuse_earlier_day
from models.policy.course import write_course
from models.policy.grade import grade, seal_policies
from models.policy.measures import write_window_flags
from models.policy.warn import WarnSummary, open_new_cases, warn
from models.risk.monitor import write_drift, write_outcome_drift
from models.risk.registry import artefacts, champion, fitting_champion, models_folder
from models.risk.score import champion_of, score
from models.risk.trades import write_trade_scale
from models.summaries import write_summaries
from pipeline.errors import ChecksFailed
from pipeline.feeds.archive import Delivery, archived, register
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.ingest import ingest
from pipeline.feeds.mapping import Mappings
from pipeline.feeds.own_results import deliver_own_results
from pipeline.identity.ledger import UNATTACHED
from pipeline.identity.match import match
from pipeline.indicators.catalogue import ALL, INDICATORS
from pipeline.indicators.compute import compute
from pipeline.indicators.indicator import set_version
from pipeline.indicators.known import assumed_share
from pipeline.indicators.timeline import write_timeline
from pipeline.progress import Progress, silent
from pipeline.reference import Reference
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.lock import build_lock
from pipeline.stores.operations import audit
from pipeline.stores.operations.case_opening import SYSTEM
from pipeline.stores.operations.store import Operations
from pipeline.stores.rollback import bring_back
from pipeline.stores.warehouse import (
    Warehouse,
    build_file,
    current_build,
    issue_grades,
    known_history,
    load_issued_grades,
    move_current,
    published_builds,
    work_file,
)

STAGES = ("register", "ingest", "match", "compute", "train", "score", "grade", "warn", "publish")
WRITES = {
    "ingest": "mart.delivery",
    "match": "mart.match",
    "compute": "mart.indicator",
    "score": "mart.risk_score",
    "grade": "mart.grade",
    "warn": "mart.warning",
}
"""The table by which one sees that a stage has run; `train` writes none, it runs only where there is no champion."""
CODE_ROOMS = ("pipeline", "models")

Watch = Callable[[str], Progress]
"""Gives the progress of a stage by its name."""


@dataclass(frozen=True)
class BuildSummary:
    """What a build did: dates, rows by outcome, named rate, grades of the newest date, seconds by stage.

    `already`: the same build was published before and nothing was done. `set_aside`: files, with reasons. `model_id`:
    what scored the newest date; `learned`: what training did, None where it was not tried. `returned`: it had been rolled
    back from, would come out the same, and is published again as it is.
    """

    build_id: str
    as_of: tuple[date, ...]
    published: bool
    already: bool
    rows: dict[str, int]
    named_rate: float | None
    assumed_share: float | None
    grades: dict[str, int]
    entities: int
    set_aside: tuple[str, ...]
    seconds: dict[str, float]
    model_id: str | None = None
    learned: LearnSummary | None = None
    returned: bool = False

    @property
    def line(self) -> str:
        """All of it in one line."""
        rate = "—" if self.named_rate is None else f"{self.named_rate:.1%}"
        state = "无变化，沿用已发布构建" if self.already else "已发布构建"
        state = "结果与回退前相同，重新发布原构建" if self.returned else state
        letters = "　".join(f"{letter} {count:,}" for letter, count in self.grades.items())
        seconds = sum(self.seconds.values())
        return f"{state} {self.build_id}：{self.rows['delivered']:,} 行，记名率 {rate}，{letters}（{seconds:.1f} 秒）"


def watch_nothing(stage: str) -> Progress:
    """A watch for runs that nobody looks at."""
    return silent


def build(
    settings: Settings, as_of: list[date] | None = None, *, history: bool = False, watch: Watch = watch_nothing
) -> BuildSummary:
    """The main job: deliveries -> published grades, as of each date (default: tomorrow of the business day).

    Raises one of the pipeline's errors; the published build stays as it was then.
    """
    if not as_of:
        refuse_earlier_day(settings, published_days(settings))
    days = sorted(set(as_of or [settings.tomorrow()]))
    seconds: dict[str, float] = {}
    with build_lock(settings):
        deliveries = _timed(seconds, "register", lambda: _register(settings, history, watch("register")))
        build_id = build_id_of(settings, deliveries, days)
        if current_build(settings) == build_id and build_file(settings, build_id).is_file():
            seal_policies(settings, days)
            open_new_cases(settings, build_id)
            return published_summary(settings, build_id, seconds)
        if _is_as_published(settings, build_id):
            return _bring_back(settings, build_id, days, seconds)
        summary = run_stages(settings, deliveries, days, seconds, watch)
        move_current(settings, summary.build_id)
        seal_policies(settings, days)
        open_new_cases(settings, summary.build_id)
    return summary


def run_stages(
    settings: Settings, deliveries: list[Delivery], days: list[date], seconds: dict[str, float], watch: Watch
) -> BuildSummary:
    """Every stage over these deliveries: a finished work file, checked, its grades issued, not yet published."""
    with Warehouse.create(work_file(settings)) as warehouse:
        check_declarations(settings)
        reference = Reference.load(settings.reference)
        _timed(
            seconds,
            "ingest",
            lambda: ingest(settings, warehouse, reference, BY_CODE, deliveries=deliveries, progress=watch("ingest")),
        )
        _timed(seconds, "match", lambda: match(settings, warehouse, BY_CODE, progress=watch("match")))
        _timed(seconds, "compute", lambda: compute(settings, warehouse, BY_CODE, ALL, days, progress=watch("compute")))
        learned = _timed(seconds, "train", lambda: _train(settings, warehouse, watch("train")))
        build_id = build_id_of(settings, deliveries, days)  # of a model trained just now, too
        _timed(seconds, "score", lambda: score(settings, warehouse, days, progress=watch("score")))
        _timed(seconds, "grade", lambda: grade(settings, warehouse, days, days[-1], progress=watch("grade")))
        _timed(seconds, "warn", lambda: warn_of(settings, warehouse, days[-1], watch("warn")))
        _timed(seconds, "publish", lambda: _finish(settings, warehouse, build_id, days, seconds, watch("publish")))
        summary = replace(_summary(warehouse, build_id, seconds, already=False), learned=learned)
        warehouse.close()
    return summary


def publish(settings: Settings) -> BuildSummary:
    """Publish the work file that the single stages have written.

    Its id is that of the deliveries that `ingest` took: what has arrived since belongs to the next build.
    """
    with build_lock(settings):
        seconds: dict[str, float] = {}
        with open_work(settings, "publish") as warehouse:
            days = [r[0] for r in warehouse.rows("SELECT DISTINCT as_of FROM mart.grade ORDER BY 1")]
            _check_models(settings, warehouse, days)
            build_id = build_id_of(settings, _ingested(settings, warehouse), days)
            _timed(seconds, "publish", lambda: _finish(settings, warehouse, build_id, days, seconds, silent))
            summary = _summary(warehouse, build_id, seconds, already=False)
            warehouse.close()
        move_current(settings, build_id)
        seal_policies(settings, days)
        open_new_cases(settings, build_id)
    return summary


def warn_of(settings: Settings, warehouse: Warehouse, newest: date, progress: Progress = silent) -> WarnSummary:
    """The stage `warn`: whether the model still holds, the conditions that hold at `newest`, and the flags for a registration window."""
    write_window_flags(settings, warehouse, newest)
    load_issued_grades(settings, warehouse, "")
    write_drift(settings, warehouse, newest)
    write_outcome_drift(warehouse, newest)
    return warn(settings, warehouse, newest, progress=progress)


def open_work(settings: Settings, stage: str) -> Warehouse:
    """The work file for one stage; raises ChecksFailed if the stage before it has not run."""
    warehouse = Warehouse.open(work_file(settings))
    before = [s for s in STAGES[: STAGES.index(stage)] if s in WRITES][-1]
    if not warehouse.has(WRITES[before]):
        warehouse.close()
        raise ChecksFailed(f"请先运行 {before}，再运行 {stage}（run `{before}` before `{stage}`）")
    return warehouse


def build_id_of(settings: Settings, deliveries: list[Delivery], days: list[date]) -> str:
    """Hash of all that decides the result; an equal id means that nothing would change (16 hex digits)."""
    digest = hashlib.sha256()
    for line in sorted(
        f"{d.sha256} {d.supplier} {d.received_at} {d.history} {d.accepted} {d.unreadable}\n" for d in deliveries
    ):
        digest.update(line.encode())
    digest.update(f"{[str(d) for d in days]} {set_version(ALL)}".encode())
    for folder in (settings.reference, settings.policy, settings.mappings, *(REPOSITORY / room for room in CODE_ROOMS)):
        _add_files(digest, folder)
    digest.update((settings.data / "city.toml").read_bytes())
    digest.update(f"{champion(settings)}".encode())
    for path in artefacts(settings):
        digest.update(path.relative_to(models_folder(settings)).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def published_summary(settings: Settings, build_id: str, seconds: dict[str, float]) -> BuildSummary:
    """The summary of a build that is already published."""
    with Warehouse.read(build_file(settings, build_id)) as warehouse:
        return _summary(warehouse, build_id, seconds, already=True)


def _is_as_published(settings: Settings, build_id: str) -> bool:
    """Whether the file of an earlier build lies there and holds all that it would hold if it were made again.

    Its id covers everything but the grades that other builds have issued since.
    """
    others = {b for b in published_builds(settings) if b != build_id and (settings.grades / f"{b}.parquet").is_file()}
    return (
        build_id in published_builds(settings)
        and build_file(settings, build_id).is_file()
        and known_history(settings, build_id) == others
    )


def _bring_back(settings: Settings, build_id: str, days: list[date], seconds: dict[str, float]) -> BuildSummary:
    """Publish the build again that was rolled back from, without making it again."""
    store = Operations.open(settings)
    try:
        with store.transaction() as transaction:
            audit.record(store, transaction, SYSTEM, "build.return", build_id, before=current_build(settings))
            bring_back(settings, build_id)
    finally:
        store.close()
    seal_policies(settings, days)
    open_new_cases(settings, build_id)
    return replace(published_summary(settings, build_id, seconds), already=False, returned=True)


def _register(settings: Settings, history: bool, progress: Progress) -> list[Delivery]:
    deliver_own_results(settings)
    return register(settings, Mappings.load(settings.mappings, BY_CODE), BY_CODE, history=history, progress=progress)


def _ingested(settings: Settings, warehouse: Warehouse) -> list[Delivery]:
    """The archived deliveries that are in the work file, accepted or not as they were then."""
    taken = warehouse.rows("SELECT supplier, sha256, path, is_accepted FROM mart.delivery")
    accepted = {(supplier, sha, path): was for supplier, sha, path, was in taken}
    known = (d for d in archived(settings) if (d.supplier, d.sha256, d.path) in accepted)
    return [replace(d, accepted=accepted[d.supplier, d.sha256, d.path]) for d in known]


def _train(settings: Settings, warehouse: Warehouse, progress: Progress) -> LearnSummary | None:
    """Learn where nothing that fits the indicators has been learned yet."""
    if fitting_champion(settings, INDICATORS) is not None:
        return None
    return learn(settings, warehouse, by="build", progress=progress)


def _check_models(settings: Settings, warehouse: Warehouse, days: list[date]) -> None:
    """Raise ChecksFailed unless the work file was scored by the models that would score now."""
    scored = dict(warehouse.rows("SELECT as_of, max(model_id) FROM mart.risk_score GROUP BY 1"))
    if any(scored.get(day, wanted) != wanted for day in days if (wanted := champion_of(settings, day).model_id)):
        raise ChecksFailed(
            "评分之后模型已更换，请重新运行 score 和 grade（another model scores now: `score` and `grade` again）"
        )


def _timed(seconds: dict[str, float], stage: str, run: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    result = run()
    seconds[stage] = round(time.perf_counter() - start, 2)
    return result


def _add_files(digest: Any, folder: Path) -> None:
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in {".py", ".toml", ".csv"}):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())


def _finish(
    settings: Settings,
    warehouse: Warehouse,
    build_id: str,
    days: list[date],
    seconds: dict[str, float],
    progress: Progress,
) -> None:
    """Stamp, check and issue: all of publishing but the moving of CURRENT."""
    newest = days[-1]
    training_table(warehouse)
    write_summaries(settings, warehouse, newest)
    write_trade_scale(warehouse, newest)
    write_timeline(settings, warehouse, newest)
    warehouse.execute("CREATE OR REPLACE TABLE mart.build AS SELECT ? AS build_id, ?::DATE AS as_of, ?::DATE AS today, ? AS is_synthetic,"
                      " (SELECT max(policy_id) FROM mart.grade WHERE as_of = ?) AS policy_id, ? AS indicator_set,"
                      " (SELECT max(model_id) FROM mart.risk_score WHERE as_of = ?) AS model_id, ?::DOUBLE AS assumed_share, ?::TIMESTAMP AS built_at",
                      [build_id, newest, settings.today(), settings.city.synthetic, newest, set_version(INDICATORS), newest,
                       assumed_share(warehouse, BY_CODE.values(), newest), settings.now()])  # fmt: skip
    progress(1, 3)
    check_build(warehouse)
    progress(2, 3)
    load_issued_grades(settings, warehouse, build_id)
    write_course(warehouse)
    warehouse.load("mart.stage_seconds", pd.DataFrame(list(seconds.items()), columns=["stage", "seconds"]))
    issue_grades(settings, warehouse, build_id)
    progress(3, 3)


def _summary(warehouse: Warehouse, build_id: str, seconds: dict[str, float], *, already: bool) -> BuildSummary:
    outcomes = ("delivered", "accepted", "duplicate", "superseded", "excluded", "quarantined")
    sums = warehouse.rows(f"SELECT {', '.join(f'coalesce(sum({o}), 0)::BIGINT' for o in outcomes)} FROM mart.delivery")[
        0
    ]
    days = tuple(r[0] for r in warehouse.rows("SELECT DISTINCT as_of FROM mart.population ORDER BY 1"))
    named = warehouse.value(
        f"SELECT sum(records) FILTER (method NOT IN {UNATTACHED}) / nullif(sum(records), 0) FROM mart.match"
    )
    aside = warehouse.rows("SELECT file_name, reason FROM mart.delivery WHERE state = 'set_aside' ORDER BY 1")
    grades = warehouse.rows(
        "SELECT grade, sum(enterprises)::BIGINT FROM mart.grade_summary WHERE as_of = ? GROUP BY 1 ORDER BY 1",
        [days[-1]],
    )
    return BuildSummary(
        build_id=build_id,
        as_of=days,
        published=True,
        already=already,
        rows=dict(zip(outcomes, map(int, sums), strict=True)),
        named_rate=named,
        assumed_share=warehouse.value("SELECT assumed_share FROM mart.build"),
        grades={g: int(n) for g, n in grades},
        entities=int(warehouse.value("SELECT count(*) FROM mart.population WHERE as_of = ?", [days[-1]])),
        set_aside=tuple(f"{name}：{reason}" for name, reason in aside),
        seconds=seconds,
        model_id=warehouse.value("SELECT model_id FROM mart.build"),
    )
