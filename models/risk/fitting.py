"""One origin: settle each candidate on the inner pair, fit it on all training dates, calibrate it, save it, test it."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.risk.calibrate import Line, fit_line, isotonic, log_odds
from models.risk.contest import FoldMargins
from models.risk.estimator import Estimator, Fitted, Sample
from models.risk.folds import Fold
from models.risk.matrix import Matrix
from models.risk.registry import save

PARTS = 3
"""Parts into which the firms are cut for calibration: each is judged by a model of the others."""


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
    """Settle on the inner pair, fit on all training dates, calibrate on the later period, keep the test dates' margins.

    The line is fitted on margins of firms that the model has not seen (`unseen`): those of firms that it learned from
    are too far apart, and a model of the earlier period alone knows too little, so that its slope would be too flat.
    """
    early, late, learned = rows.of(fold.early), rows.of(fold.late), rows.of(fold.train)
    test = rows.of(fold.test) if fold.test else None
    base = log_odds(float(learned.adverse.mean()))
    fitted, lines, margins, gaps = {}, {}, {}, {}
    for candidate in candidates:
        name = candidate.name
        with clock(name):
            settled = candidate.settle(early, late)
            margin = unseen(settled, learned, late)
            fitted[name] = settled.fit(learned)
        lines[name] = fit_line(margin, late.adverse)
        drawn = isotonic(margin, late.adverse).at(margin)
        gaps[name] = float(np.abs(drawn - lines[name].probability(margin)).mean())
        save(staged / fold.name / name, fitted[name], lines[name], base, fold.matured_on)
        if test is not None:
            margins[name] = fitted[name].margin(test.values)
    tested = FoldMargins(fold.name, test.firm, test.adverse, margins) if test is not None else None
    return Trained(fold, fitted, lines, base, tested, gaps)


def unseen(settled: Estimator, learned: Sample, late: Sample) -> NDArray[np.float64]:
    """The margin of each row of `late` by a model of `learned` without the rows of its firm (cross-fitting by firm)."""
    of = parts_of_firms(learned)
    part = np.array([of[firm] for firm in late.firm])
    margin = np.empty(len(late.adverse))
    others = np.array([of[firm] for firm in learned.firm])
    for n in range(PARTS):
        margin[part == n] = settled.fit(learned.only(others != n)).margin(late.only(part == n).values)
    return margin


def parts_of_firms(sample: Sample) -> dict[str, int]:
    """Firm -> one of PARTS equal parts, alike whatever the order of the rows; firms with an adverse row are spread evenly."""
    bad = set(sample.firm[sample.adverse])
    ordered = sorted(set(sample.firm), key=lambda firm: (firm in bad, zlib.crc32(firm.encode()), firm))
    return {firm: place % PARTS for place, firm in enumerate(ordered)}
