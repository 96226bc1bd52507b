"""How far a long command is: a bar a stage on a terminal, a plain line a stage elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from models.build import Watch
from pipeline.progress import Progress as Report
from pipeline.progress import silent


@contextmanager
def bars() -> Iterator[Watch]:
    """A bar a stage on a terminal, a plain line a stage elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain
        return
    columns = (TextColumn("{task.description:<10}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as shown:

        def watch(stage: str) -> Report:
            task = shown.add_task(stage, total=None)
            return lambda done, total: shown.update(task, completed=done, total=total)

        yield watch


def _plain(stage: str) -> Report:
    print(f"{stage} …", file=sys.stderr, flush=True)
    return silent


@contextmanager
def watched(stage: str) -> Iterator[Report]:
    """The progress of one stage."""
    with bars() as watch:
        yield watch(stage)
