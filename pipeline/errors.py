"""One family of errors, each with the exit code that a scheduler sees."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line."""

    DONE = 0
    USAGE = 2
    BAD_DECLARATION = 10
    BAD_DELIVERY = 11
    NOT_PERMITTED = 12
    CHECKS_FAILED = 13
    BUSY = 14
    NO_ROOM = 15


LONGEST_LINE = 900
"""Characters of a message that quotes a delivered file."""


class PipelineError(Exception):
    """What went wrong, where, and what to do about it; the base of the family."""

    code: Exit = Exit.CHECKS_FAILED


class BadDeclaration(PipelineError):
    """A contract, indicator, policy, mapping or city file contradicts itself.

    `faults` holds every fault that was found, not only the first.
    """

    code = Exit.BAD_DECLARATION

    def __init__(self, where: str, faults: list[str]) -> None:
        self.where = where
        self.faults = faults
        super().__init__("\n".join([f"{where}: {len(faults)} fault(s)", *(f"  - {f}" for f in faults)]))


class BadDelivery(PipelineError):
    """A delivered file can't be used; says which, what was expected and what came.

    It quotes what others have written, for terminals and logs: one line, no control characters, not endless.
    """

    code = Exit.BAD_DELIVERY

    def __init__(self, said: str) -> None:
        line = "".join(c if c.isprintable() else " " for c in said)
        super().__init__(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…")


class NotPermitted(PipelineError):
    """Someone asked for what is not theirs."""

    code = Exit.NOT_PERMITTED


class ChecksFailed(PipelineError):
    """A finished build contradicts itself and is not published."""

    code = Exit.CHECKS_FAILED


class Busy(PipelineError):
    """Another build holds the lock; says who and since when."""

    code = Exit.BUSY


class Refused(PipelineError):
    """An act that a rule forbids, or that lacks something: says which, in both languages."""

    code = Exit.USAGE

    def __init__(self, zh: str, en: str) -> None:
        self.zh = zh
        self.en = en
        super().__init__(f"{zh}（{en}）")


class Outdated(Refused):
    """Somebody else changed the same thing first: look again."""

    code = Exit.BUSY


class Occupied(Refused):
    """The operations store is held by another process for too long: nothing was written, try again."""

    code = Exit.BUSY

    def __init__(self) -> None:
        super().__init__(
            "业务库正被其他进程占用，未写入任何内容，请稍后再试",
            "the operations store is held by another process: nothing was written, try again in a moment",
        )


class NoRoom(Refused):
    """The disk is full, or a file may not grow: what was published and entered before stands."""

    code = Exit.NO_ROOM

    def __init__(self, where: str = "") -> None:
        at = f"：{where}" if where else ""
        super().__init__(
            f"磁盘空间不足或达到限额{at}；未完成的内容已作废，此前发布和录入的内容不变。请清理空间后重试",
            f"the disk is full or at its limit{at}; nothing half-done counts, what was published and entered before stands:"
            " make room and try again",
        )


_FULL = ("no space left", "file too large", "disk quota exceeded", "disk is full", "could not write all bytes")
"""How the operating system, DuckDB and SQLite say that there is no room."""


def is_full(fault: Exception) -> bool:
    """Whether an error of the operating system, or of a library that writes, means that there is no room."""
    if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return True
    return any(words in str(fault).lower() for words in _FULL)


@contextmanager
def told_if_full(where: str = "") -> Iterator[None]:
    """Say in words that there is no room, whoever found out."""
    try:
        yield
    except PipelineError:
        raise
    except Exception as fault:
        if is_full(fault):
            raise NoRoom(where) from fault
        raise
