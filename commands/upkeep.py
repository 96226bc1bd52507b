"""The verbs of upkeep: back a deployment up, restore it, go back to the build before."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from commands.bars import bars, watched
from commands.output import Data, Json, say
from models.restore import restore as restore_verb
from pipeline.errors import Exit
from pipeline.feeds.waiting import waiting_files
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.backup import backup as backup_verb
from pipeline.stores.operations.accounts import operator
from pipeline.stores.operations.rollbacks import roll_back_build
from pipeline.stores.operations.store import Operations

upkeep = typer.Typer()

_NAMED = 5
"""How many waiting files are named; --json has all of them."""


@upkeep.command()
def backup(
    out: Annotated[Path, typer.Option(help="The backup's file, or a folder in which it gets a name with its time.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file of this name.")] = False,
    wait: Annotated[float, typer.Option(min=0, help="Minutes to wait for a build that is running.")] = 0,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Everything that can't be derived again into one file, checked by hashes; people may go on working."""
    settings = Settings.load(data)
    with watched("backup") as report:
        summary = backup_verb(
            settings,
            out,
            operator(),
            waiting=waiting_files(settings),
            force=force,
            wait_seconds=60 * wait,
            progress=report,
        )
    say(summary.line, summary, as_json)
    _tell("以下送达文件尚未归集，不在备份中（delivered, not in the backup: build first）：", summary.not_included)
    _tell("var 中以下内容不在备份中（not known to belong）：", summary.unknown)
    _fail("备份完整，但部署本身有误（the backup is whole, the deployment is not）：", summary.faults)


@upkeep.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    force: Annotated[
        bool, typer.Option("--force", help="Over a newer deployment too; what was there is kept beside.")
    ] = False,
    no_build: Annotated[bool, typer.Option("--no-build", help="Leave the computing to `build`.")] = False,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Verify a backup, put it in place and compute its published build again; everybody signs in anew."""
    with bars() as watch:
        summary = restore_verb(file, data, operator(), force=force, rebuild=not no_build, watch=watch)
    say(summary.line, summary, as_json)
    _tell("与备份时不同（differs from then）：", summary.differs)
    _fail("已恢复，但有误（restored, with faults）：", summary.faults)


@upkeep.command()
def rollback(
    to: Annotated[str | None, typer.Option(help="A published build (default: the one before).")] = None,
    why: Annotated[str, typer.Option(help="Why, in a sentence; stands in the log.")] = "",
    force: Annotated[
        bool, typer.Option("--force", help="Also where people acted on the published build: none of it is undone.")
    ] = False,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Publish the build before again; issued grades, cases and draws stay as they are."""
    operations = Operations.open(Settings.load(data))
    try:
        done = roll_back_build(operations, operator(), why=why, force=force, to=to)
    finally:
        operations.close()
    say(done.line, done, as_json)


def _tell(heading: str, lines: tuple[str, ...]) -> None:
    """Some lines on standard error, the first few of them."""
    if lines:
        more = [f"  … 共 {len(lines):,} 项"] if len(lines) > _NAMED else []
        print(heading, *(f"  - {line}" for line in lines[:_NAMED]), *more, sep="\n", file=sys.stderr)


def _fail(heading: str, faults: tuple[str, ...]) -> None:
    """Name what is wrong, which is an exit code too."""
    if faults:
        _tell(heading, faults)
        raise typer.Exit(Exit.CHECKS_FAILED)
