"""Runs a build that is killed at one step of its publishing, the way a power cut would end it.

Arguments: data folder, name of the file about to be put in place, 'before' or 'after', dates.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import date
from pathlib import Path

from models.build import build
from pipeline.settings import Settings
from pipeline.stores import warehouse

_replace, _write = os.replace, warehouse.write_atomically


def main(data: str, name: str, moment: str, *days: str) -> None:
    """Build until the file `name` is about to be replaced, or has just been, and die."""

    def dies_at(target: str | Path) -> bool:
        return Path(target).match(name)

    def replace(source: Path, target: Path) -> None:
        if dies_at(target) and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        _replace(source, target)
        if dies_at(target):
            os.kill(os.getpid(), signal.SIGKILL)

    def write_atomically(path: Path, text: str, *, durable: bool = True) -> None:
        if dies_at(path) and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        _write(path, text, durable=durable)

    warehouse.os.replace = replace
    warehouse.write_atomically = write_atomically
    build(Settings.load(Path(data)), [date.fromisoformat(d) for d in days])


if __name__ == "__main__":
    main(*sys.argv[1:])
