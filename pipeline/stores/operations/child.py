"""Commands that the app starts: always another process, at low priority, whose end somebody waits for."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.progress import read_progress
from pipeline.settings import REPOSITORY, Settings

_SHELL = 'ulimit -v "$1"; ulimit -t "$2"; shift 2; exec nice -n 10 "$@"'
"""Limits are set by a shell, since a process with threads must not run Python between fork and exec."""


@dataclass(frozen=True)
class Limits:
    """What a child may use at most: megabytes of address space, seconds of CPU; None: as much as there is."""

    megabytes: int | None = None
    seconds: int | None = None


UNLIMITED = Limits()


def start(
    settings: Settings, words: Sequence[str], progress: Path, limits: Limits = UNLIMITED
) -> subprocess.Popen[Any]:
    """Start `cli.py` with these words for the deployment; its output lies beside the progress file."""
    progress.parent.mkdir(parents=True, exist_ok=True)
    most = [str(limits.megabytes * 1024) if limits.megabytes else "unlimited", str(limits.seconds or "unlimited")]
    command = [sys.executable, str(REPOSITORY / "cli.py"), *words, "--data", str(settings.data)]
    with progress.with_suffix(".out").open("wb") as out, progress.with_suffix(".err").open("wb") as err:
        child = subprocess.Popen(
            ["/bin/sh", "-c", _SHELL, "sh", *most, *command, "--progress", str(progress)],
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    threading.Thread(target=child.wait, daemon=True).start()  # else a dead child would look alive
    return child


def is_alive(pid: int) -> bool:
    """Whether a process of this number runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def state_of(progress: Path) -> dict[str, Any]:
    """What the child says of itself; `exit` None: it runs or was cut off. Empty before its first word."""
    return read_progress(progress) or {}
