"""One origin: settle and calibrate each candidate on the inner pair, refit it on all training dates, save it, test it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.risk.calibrate import Line, fit_line, isotonic, log_odds, logistic
from models.risk.contest import FoldMargins
from models.risk.estimator import Estimator, Fitted
from models.risk.folds import Fold
from models.risk.matrix import Matrix
from models.risk.registry import save


@dataclass(frozen=True)
class Trained:
    """One origin: what each candidate was settled to, and how it did on the test dates (None: nothing to test on)."""

    fold: Fold
    fitted: dict[str, Fitted]
    lines: dict[str, Line]
    log_odds: float
    tested: FoldMargins | None
    isotonic_gap: dict[str, float]


class Clock:
    """Seconds by part, summed."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """Add the seconds within to `part`."""
        start = time.perf_counter()
        yield
        self.seconds[part] = round(self.seconds.get(part, 0.0) + time.perf_counter() - start, 2)


def train_fold(staged: Path, rows: Matrix, fold: Fold, candidates: tuple[Estimator, ...], clock: Clock) -> Trained:
    """Settle and calibrate on the inner pair, refit on all training dates, and keep the margins of the test dates.

    The slope of the line is that of the inner pair, out of time. Its level is set anew for the refitted model, which
    knows the later period's rate itself: the inner model's intercept would correct the same drift twice.
    """
    early, late, learned = rows.of(fold.early), rows.of(fold.late), rows.of(fold.train)
    test = rows.of(fold.test) if fold.test else None
    base = log_odds(float(learned.adverse.mean()))
    fitted, lines, margins, gaps = {}, {}, {}, {}
    for candidate in candidates:
        name = candidate.name
        with clock(name):
            settled = candidate.settle(early, late)
            margin = settled.fit(early).margin(late.values)
            fitted[name] = settled.fit(learned)
        line = fit_line(margin, late.adverse)
        drawn = isotonic(margin, late.adverse).at(margin)
        gaps[name] = float(np.abs(drawn - line.probability(margin)).mean())
        lines[name] = at_level(line, fitted[name].margin(late.values), late.adverse)
        save(staged / fold.name / name, fitted[name], lines[name], base, fold.matured_on)
        if test is not None:
            margins[name] = fitted[name].margin(test.values)
    tested = FoldMargins(fold.name, test.firm, test.adverse, margins) if test is not None else None
    return Trained(fold, fitted, lines, base, tested, gaps)


def at_level(line: Line, margin: NDArray[np.float64], adverse: NDArray[np.bool_]) -> Line:
    """The line with the same slope whose mean probability over these rows is their rate of adverse outcomes."""
    low, high = -60.0, 60.0
    scaled = line.slope * margin
    for _ in range(80):  # the mean rises with the intercept: halve the interval
        middle = (low + high) / 2
        if logistic(scaled + middle).mean() < adverse.mean():
            low = middle
        else:
            high = middle
    return Line(line.slope, round((low + high) / 2, 9))
