"""How a stage says how far it is, whoever listens."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with (done, total) as a stage goes on."""


def silent(done: int, total: int) -> None:
    """A progress that nobody watches."""
