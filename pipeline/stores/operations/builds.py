"""Builds that people start: a child process each, whose progress everybody who may build can watch."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select

from pipeline.domain import Text
from pipeline.errors import Exit, Refused
from pipeline.stores.access import Actor, Role
from pipeline.stores.lock import Holder, lock_holder
from pipeline.stores.operations import audit
from pipeline.stores.operations.child import is_alive, start, state_of
from pipeline.stores.operations.schema import BUILD_RUN
from pipeline.stores.operations.store import Operations

BUILDERS = (Role.SUPERVISOR, Role.ADMIN)
STAGES: dict[str, Text] = {
    "register": Text("登记送达文件", "Register files"),
    "ingest": Text("核验", "Check rows"),
    "match": Text("记名匹配", "Match"),
    "compute": Text("计算指标", "Indicators"),
    "train": Text("训练", "Train"),
    "score": Text("评分", "Score"),
    "grade": Text("分级", "Grade"),
    "warn": Text("预警", "Warn"),
    "publish": Text("发布", "Publish"),
}
"""The stages of a build in order, as people read them; one that a build does not name is passed over."""
_ENDS = {
    Exit.DONE: Text("已完成并发布", "Done and published"),
    Exit.USAGE: Text("未能开始", "Could not start"),
    Exit.BAD_DECLARATION: Text("声明有误，未发布", "A declaration is wrong: not published"),
    Exit.BAD_DELIVERY: Text("送达文件不能用，未发布", "A delivered file can't be used: not published"),
    Exit.NOT_PERMITTED: Text("无权，未发布", "Not permitted: not published"),
    Exit.CHECKS_FAILED: Text("自检未通过，未发布", "Its checks failed: not published"),
    Exit.NO_ROOM: Text("磁盘空间不足，未发布", "The disk is full: not published"),
    Exit.BUSY: Text("另一构建正在运行，未开始", "Another build was running: not started"),
}
_WITH_FILES = Text("已完成并发布；有文件被搁置", "Done and published; files were set aside")
_BROKEN = Text("出错中止，未发布", "It broke off: not published")
_CUT = Text("中断：进程已不在，未发布", "Cut off: the process is gone, nothing was published")
_RUNNING = Text("正在运行", "Running")
_WAITING_SECONDS = 60
"""How long a child may take before its first word."""


@dataclass(frozen=True)
class BuildRun:
    """One build that somebody started. `is_running`; else `is_whole` says whether it was published, `end` how it went.

    `stage`, `done`, `total`: where it stands; `seconds`: stage -> seconds of those that are finished. `said`: its
    last line, as the operator would see it.
    """

    run_id: int
    user: str
    started_at: datetime
    is_running: bool
    is_whole: bool
    end: Text
    stage: str
    done: int
    total: int
    seconds: dict[str, float]
    said: str


def start_build(operations: Operations, actor: Actor) -> int:
    """Start a build, in a synthetic deployment as of the next working day; gives the number of the run.

    Raises Refused while another build runs, whoever started it.
    """
    actor.must_be(*BUILDERS)
    settings = operations.settings
    business, wall = operations.clock()
    words = ["build", *(["--next-day"] if settings.city.synthetic else [])]
    progress = settings.var / "builds" / f"{wall:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}.json"
    with operations.transaction() as transaction:
        holder = lock_holder(settings)
        if holder or any(run.is_running for run in _runs(operations, 1)):
            raise _busy(holder)
        row = {"user": actor.user, "wall_at": wall, "business_at": business}
        made = transaction.execute(
            insert(BUILD_RUN).values(
                **row, command=" ".join(words), progress_file=str(progress.relative_to(settings.var))
            )
        )
        run_id = int(made.inserted_primary_key[0] if made.inserted_primary_key else 0)
        audit.record(operations, transaction, actor, "build.start", str(run_id), command=" ".join(words))
        start(settings, words, progress)
    return run_id


def build_runs(operations: Operations, actor: Actor, most: int = 8) -> list[BuildRun]:
    """The builds that people started, newest first."""
    actor.must_be(*BUILDERS)
    return _runs(operations, most)


def running_elsewhere(operations: Operations, actor: Actor) -> Holder | None:
    """Who holds the lock, if a build runs now; also one that was started on a command line."""
    actor.must_be(*BUILDERS)
    return lock_holder(operations.settings)


def _runs(operations: Operations, most: int) -> list[BuildRun]:
    columns = BUILD_RUN.c
    query = select(columns.run_id, columns.user, columns.wall_at, columns.progress_file)
    found = operations.rows(query.order_by(columns.run_id.desc()).limit(most))
    return [_run(operations, r.run_id, r.user, r.wall_at, operations.settings.var / r.progress_file) for r in found]


def _run(operations: Operations, run_id: int, user: str, started_at: datetime, progress: Path) -> BuildRun:
    state = state_of(progress)
    code = state.get("exit")
    is_young = (operations.settings.now() - started_at).total_seconds() < _WAITING_SECONDS
    is_running = code is None and (is_alive(state["pid"]) if state else is_young)
    return BuildRun(
        run_id=run_id,
        user=user,
        started_at=started_at,
        is_running=is_running,
        is_whole=bool(state.get("is_whole")),
        end=_RUNNING if is_running else _end(code, is_whole=bool(state.get("is_whole"))),
        stage=state.get("stage", ""),
        done=state.get("done", 0),
        total=state.get("total", 0),
        seconds=state.get("finished", {}),
        said=state.get("said", ""),
    )


def _end(code: int | None, *, is_whole: bool) -> Text:
    if code is None:
        return _CUT
    if is_whole and code == Exit.BAD_DELIVERY:
        return _WITH_FILES
    return _ENDS[Exit(code)] if code in set(Exit) else _BROKEN


def _busy(holder: Holder | None) -> Refused:
    if holder is None:
        return Refused("另一构建正在启动，请稍候", "another build is just starting: wait a moment")
    since = f"{holder.since:%Y-%m-%d %H:%M:%S}"
    return Refused(
        f"另一构建正在运行（进程 {holder.pid}，始于 {since}），请等它结束",
        f"another build is running (process {holder.pid}, since {since}): wait until it is done",
    )
