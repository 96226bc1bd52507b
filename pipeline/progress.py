"""How a stage says how far it is, whoever listens."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

Progress = Callable[[int, int], None]
"""Called with (done, total) as a stage goes on."""


def silent(done: int, total: int) -> None:
    """A progress that nobody watches."""


class ProgressFile:
    """What a child process says of itself: one JSON object in a file that is replaced whole, never half written.

    pid, stage, done, total, finished (stage -> seconds), exit (None while it runs), is_whole (did it reach its end,
    whatever the exit code says besides) and said, its last line.
    """

    EVERY = 0.2
    """Seconds between two writings of the same stage."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._started = self._written = time.monotonic()
        self._state: dict[str, Any] = {
            "pid": os.getpid(), "stage": "", "done": 0, "total": 0, "finished": {}, "exit": None, "is_whole": False,
            "said": "",
        }  # fmt: skip
        self._write()

    def watch(self, stage: str) -> Progress:
        """The stage begins, the one before it is finished; gives what it calls as it goes on."""
        self._end_stage()
        self._state |= {"stage": stage, "done": 0, "total": 0}
        self._write()

        def report(done: int, total: int) -> None:
            self._state |= {"done": done, "total": total}
            if time.monotonic() - self._written >= self.EVERY:
                self._write()

        return report

    def finish(self, code: int, said: str, *, is_whole: bool) -> None:
        """The last word: exit code, what there is to say, and whether everything was done."""
        if is_whole:
            self._end_stage()
        self._state |= {"exit": int(code), "said": said, "is_whole": is_whole}
        self._write()

    def _end_stage(self) -> None:
        if self._state["stage"]:
            self._state["finished"][self._state["stage"]] = round(time.monotonic() - self._started, 1)
        self._started = time.monotonic()

    def _write(self) -> None:
        part = self._path.with_name(f"{self._path.name}.part")
        part.write_text(json.dumps(self._state, ensure_ascii=False), encoding="utf-8")
        os.replace(part, self._path)
        self._written = time.monotonic()


def read_progress(path: Path) -> dict[str, Any] | None:
    """What a ProgressFile says now, None if there is none."""
    if not path.is_file():
        return None
    state: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return state


@contextmanager
def reporting(path: Path | None) -> Iterator[ProgressFile | None]:
    """The progress file at `path`, which says so if the command fails; None without a path."""
    told = ProgressFile(path) if path else None
    try:
        yield told
    except BaseException as error:
        if told:
            with suppress(OSError):  # a full disk: the error itself tells
                told.finish(int(getattr(error, "code", None) or 1), str(error) or type(error).__name__, is_whole=False)
        raise
