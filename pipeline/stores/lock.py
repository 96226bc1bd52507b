"""One build at a time: a lock that says who holds it and since when."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import Busy
from pipeline.settings import Settings


@contextmanager
def build_lock(settings: Settings) -> Iterator[None]:
    """Hold var/build.lock; raises Busy with the holder's process and start if another build runs.

    The kernel lets the lock go when its process ends, however it ends.
    """
    settings.var.mkdir(parents=True, exist_ok=True)
    path = settings.var / "build.lock"
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise Busy(
                f"另一构建正在运行（{lock.read().strip() or '未知'}），请稍后再试（another build is running）"
            ) from None
        lock.truncate(0)
        lock.write(f"进程 pid {os.getpid()}，始于 since {settings.now():%Y-%m-%d %H:%M:%S}")
        lock.flush()
        yield
