"""One build at a time: a lock that says who holds it and since when."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from pipeline.errors import Busy, told_if_full
from pipeline.settings import Settings

_TRIES = 3
_PAUSE = 0.05
"""Seconds; `lock_holder` holds the lock for less."""


@dataclass(frozen=True)
class Holder:
    """The process that builds now, and since when."""

    pid: int
    since: datetime


def lock_holder(settings: Settings) -> Holder | None:
    """Who holds the lock now, None if nobody does."""
    path = settings.var / "build.lock"
    if not path.is_file():
        return None
    with path.open(encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            said = re.search(r"pid (\d+).*since (.+)", lock.read())
            return Holder(int(said[1]), datetime.fromisoformat(said[2].strip())) if said else Holder(0, settings.now())
    return None


@contextmanager
def build_lock(settings: Settings) -> Iterator[None]:
    """Hold var/build.lock; raises Busy with the holder's process and start if another build runs.

    The kernel lets the lock go when its process ends, however it ends. A disk that fills up meanwhile is told in words.
    """
    settings.var.mkdir(parents=True, exist_ok=True)
    path = settings.var / "build.lock"
    with told_if_full(str(settings.var)), path.open("a+", encoding="utf-8") as lock:
        _take(lock)
        lock.truncate(0)
        lock.write(f"进程 pid {os.getpid()}，始于 since {settings.now():%Y-%m-%d %H:%M:%S}")
        lock.flush()
        yield


def _take(lock: IO[str]) -> None:
    """Take the lock; who only looks at it (`lock_holder`) is waited for."""
    for attempt in range(_TRIES):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < _TRIES:
                time.sleep(_PAUSE)
        else:
            return
    lock.seek(0)
    raise Busy(f"另一构建正在运行（{lock.read().strip() or '未知'}），请稍后再试（another build is running）")
