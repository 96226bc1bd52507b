"""One family of errors, each with the exit code that a scheduler sees."""

from __future__ import annotations

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
    """A delivered file can't be used; says which, what was expected and what came."""

    code = Exit.BAD_DELIVERY


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
