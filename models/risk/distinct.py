"""Rows that a model cannot tell apart are explained once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


@dataclass(frozen=True)
class DistinctRows:
    """Which rows of a matrix are different: row i equals row first[inverse[i]].

    `first` holds for each different row its first place; `inverse` has one entry a row.
    """

    first: NDArray[np.int64]
    inverse: NDArray[np.int64]

    @staticmethod
    def of(keys: NDArray[np.uint16]) -> DistinctRows:
        """The different rows of `keys` (rows, columns). Exact: the hash that finds them is checked against the rows."""
        hashed = np.full(len(keys), _FNV_START)
        for column in range(keys.shape[1]):
            hashed = (hashed ^ keys[:, column]) * _FNV_PRIME
        _, first, inverse = np.unique(hashed, return_index=True, return_inverse=True)
        if any((keys[:, c] != keys[first, c][inverse]).any() for c in range(keys.shape[1])):  # a collision
            _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
        return DistinctRows(first.astype(np.int64), inverse.reshape(-1).astype(np.int64))
