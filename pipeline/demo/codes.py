"""Codes of invented entities: credit codes (GB 32100), old registration numbers and pseudonyms of persons."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.demo.clock import Bools, Ints
from pipeline.domain import ORGANISATION_ALPHABET, ORGANISATION_WEIGHTS, USCC_ALPHABET, USCC_WEIGHTS

_ALPHABET = np.frombuffer(USCC_ALPHABET.encode(), dtype=np.uint8)
_VALUE = np.zeros(128, dtype=np.int64)
_VALUE[_ALPHABET] = np.arange(31)
_ORGANISATION_VALUE = np.zeros(128, dtype=np.int64)
_ORGANISATION_VALUE[np.frombuffer(ORGANISATION_ALPHABET.encode(), dtype=np.uint8)] = np.arange(36)
_ORGANISATION_CHECK = np.frombuffer(b"0123456789X0", dtype=np.uint8)
_HEX = np.array([f"{i:02x}".encode() for i in range(256)], dtype="S2")
_PRIME = 99_999_989
"""Below 10^8: numbers a·i + b modulo it are all different."""


def text_of(characters: npt.NDArray[np.uint8]) -> pa.Array:
    """Rows of ASCII characters -> strings."""
    rows, width = characters.shape
    joined = np.ascontiguousarray(characters).view(f"S{width}").reshape(rows)
    return pa.array(joined.tolist(), pa.binary()).cast(pa.string())


def _digits(numbers: Ints, width: int) -> npt.NDArray[np.uint8]:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (numbers[:, None] // powers % 10 + 48).astype(np.uint8)


def _different(rng: np.random.Generator, size: int) -> Ints:
    step, start = int(rng.integers(1, _PRIME)), int(rng.integers(0, _PRIME))
    return (np.arange(size, dtype=np.int64) * step + start) % _PRIME


def make_uscc(rng: np.random.Generator, kind: Ints, division: Ints, is_new: Bools) -> npt.NDArray[np.uint8]:
    """Valid credit codes as (n, 18) ASCII characters, all different.

    `kind`: second character (1 enterprise, 2 individual business, 3 co-operative). `is_new`: registered
    since October 2015, so the organisation code starts with MA.
    """
    size = len(kind)
    number = _different(rng, size)
    code = np.empty((size, 18), dtype=np.uint8)
    code[:, 0] = ord("9")
    code[:, 1] = kind + 48
    code[:, 2:8] = _digits(division.astype(np.int64), 6)
    powers = 31 ** np.arange(5, -1, -1, dtype=np.int64)
    organisation = _digits(number, 8)
    letters = _ALPHABET[number[:, None] // powers % 31]
    organisation[is_new, :2] = np.frombuffer(b"MA", dtype=np.uint8)
    organisation[is_new, 2:] = letters[is_new]
    code[:, 8:16] = organisation
    total = (_ORGANISATION_VALUE[organisation] * np.array(ORGANISATION_WEIGHTS)).sum(axis=1)
    code[:, 16] = _ORGANISATION_CHECK[11 - total % 11]
    code[:, 17] = uscc_check(code[:, :17])
    return code


def uscc_check(first17: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The check characters of rows of 17 characters (GB 32100-2015)."""
    total = (_VALUE[first17] * np.array(USCC_WEIGHTS)).sum(axis=1)
    return np.asarray(_ALPHABET[(31 - total % 31) % 31])


def spoil_check(code: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """The same codes with another last character, so that the check digit is wrong."""
    spoilt = code.copy()
    shift = rng.integers(1, 31, len(code))
    spoilt[:, 17] = _ALPHABET[(_VALUE[code[:, 17]] + shift) % 31]
    return spoilt


def make_reg_no(rng: np.random.Generator, division: Ints) -> npt.NDArray[np.uint8]:
    """Old 15-digit registration numbers as (n, 15) characters; the last is ISO 7064 MOD 11,10."""
    number = np.empty((len(division), 15), dtype=np.uint8)
    number[:, :6] = _digits(division.astype(np.int64), 6)
    number[:, 6:14] = _digits(_different(rng, len(division)), 8)
    product = np.full(len(division), 10, dtype=np.int64)
    for position in range(14):
        product = (product + number[:, position] - 48) % 10
        product = np.where(product == 0, 10, product) * 2 % 11
    number[:, 14] = (11 - product) % 10 + 48
    return number


def pseudonyms(rng: np.random.Generator, size: int, width: int = 32) -> pa.Array:
    """Random hexadecimal identifiers that stand for persons."""
    return text_of(_HEX[rng.integers(0, 256, (size, width // 2))].view(np.uint8).reshape(size, width))


def serials(prefix: str, numbers: Ints, width: int = 7) -> pa.Array:
    """`prefix` and a zero-padded number for each row."""
    head = np.frombuffer(prefix.encode("ascii"), dtype=np.uint8)
    body = _digits(np.asarray(numbers, dtype=np.int64), width)
    return text_of(np.hstack([np.broadcast_to(head, (len(body), len(head))), body]))
