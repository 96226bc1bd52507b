"""Random numbers: one independent stream for each part, so that parts don't disturb each other."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from pipeline.demo.clock import Bools, Floats, Ints


@dataclass(frozen=True)
class Chance:
    """The streams of one seed; the same name gives the same numbers."""

    seed: int

    def of(self, part: str) -> np.random.Generator:
        """The stream of a part."""
        return np.random.default_rng(np.random.SeedSequence([self.seed, crc32(part.encode())]))


def choice(rng: np.random.Generator, weights: npt.ArrayLike, size: int) -> Ints:
    """Indices drawn with replacement, in proportion to `weights`."""
    cumulative = np.cumsum(np.asarray(weights, dtype=float))
    drawn = np.searchsorted(cumulative / cumulative[-1], rng.random(size), side="right")
    return np.minimum(drawn, len(cumulative) - 1).astype(np.int32)


def happens(rng: np.random.Generator, probability: npt.ArrayLike, size: int) -> Bools:
    """Independent events, each with its probability."""
    return np.asarray(rng.random(size) < np.asarray(probability))


def sigmoid(x: npt.ArrayLike) -> Floats:
    """Log odds -> probability."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(x, dtype=float))))
