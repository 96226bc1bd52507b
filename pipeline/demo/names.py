"""Invented names: of firms, of persons (a surname, 某 and a code) and of addresses. None is meant to be real."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.demo.chance import choice
from pipeline.demo.clock import Bools, Ints

_FIRST = tuple("澜槿栎沐桦珑砚芷岑霁昱晗琮璟泓黛蔚苓荞楠榆椿枫岚峤砾禾稷黍蕴茗穗杉钧铎钰霖霏雁鹭鸢麒骏骅皓朔栩岱淞沄")
_SECOND = tuple("柏溪川岳泽野原畴坤衡秋晨暮星辰汀屿洲渡桥亭轩阁榭苑庭堂塬陌埠津浦港湾峰岭谷壑森林松竹梅兰菊莲萱蓬蒿")
_THIRD = tuple("悦诺恒拓硕沛翊臻翎羽翰墨朴素简和合协睿远志谦弘励勤俭让恭宽信敏惠允达通畅盈丰茂盛昶煦暄暖晴朗")
_SURNAMES = tuple("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗")
_ROADS = (
    "澜溪路", "柏川街", "槿原路", "霁月街", "沐野大街", "栎亭路", "禾黍街", "岚桥路", "珑泽街", "楠屿路", "桦林大街", "云岑路", "椿庭街", "枫渡路", "稷山街", "茗溪路",
)  # fmt: skip
_COMMUNITIES = tuple(f"{n}委" for n in "一二三四五六七八")


@dataclass(frozen=True)
class Parts:
    """The parts of firms' names as indices; equal parts mean equal names."""

    prefix: Ints
    trade: Ints
    word: Ints
    suffix: Ints

    def key(self) -> Ints:
        """One number for each name."""
        return ((self.trade.astype(np.int64) * 64 + self.prefix) * 512 + self.word) * 64 + self.suffix


def draw_trade(rng: np.random.Generator, size: int) -> Ints:
    """Numbers that stand for three invented syllables each."""
    return rng.integers(0, len(_FIRST) * len(_SECOND) * len(_THIRD), size)


def spell_trade(trade: Ints) -> pa.Array:
    """The three syllables."""
    first, rest = np.divmod(trade, len(_SECOND) * len(_THIRD))
    second, third = np.divmod(rest, len(_THIRD))
    return join(lookup(_FIRST, first), lookup(_SECOND, second), lookup(_THIRD, third))


def unique(parts: Parts, rng: np.random.Generator, taken: Ints | None = None) -> Parts:
    """The same parts with trade names drawn anew until no name comes twice, nor equals one in `taken`."""
    trade = parts.trade.copy()
    known = np.array([], dtype=np.int64) if taken is None else taken
    while True:
        now = Parts(parts.prefix, trade, parts.word, parts.suffix)
        keys = now.key()
        _, first = np.unique(keys, return_index=True)
        again = np.ones(len(keys), dtype=bool)
        again[first] = False
        again |= np.isin(keys, known)
        if not again.any():
            return now
        trade[again] = draw_trade(rng, int(again.sum()))


def spell(parts: Parts, prefixes: tuple[str, ...], words: tuple[str, ...], suffixes: tuple[str, ...]) -> pa.Array:
    """Full names."""
    return join(
        lookup(prefixes, parts.prefix),
        spell_trade(parts.trade),
        lookup(words, parts.word),
        lookup(suffixes, parts.suffix),
    )


def persons(rng: np.random.Generator, size: int) -> pa.Array:
    """Names that can't be anybody's: a surname, 某 and four hexadecimal digits."""
    digits = np.array([f"{i:04X}" for i in range(65536)])
    return join(
        lookup(_SURNAMES, rng.integers(0, len(_SURNAMES), size)),
        "某",
        pa.array(digits).take(pa.array(rng.integers(0, 65536, size))),
    )


def addresses(rng: np.random.Generator, place: pa.Array, in_country: Bools) -> pa.Array:
    """`place` (division and street), an invented road or community, a number and a room."""
    size = len(in_country)
    number = pc.cast(pa.array(rng.integers(1, 400, size)), pa.string())
    room = pc.cast(pa.array(rng.integers(101, 2500, size)), pa.string())
    road = join(lookup(_ROADS, rng.integers(0, len(_ROADS), size)), number, "号", room, "室")
    village = join(lookup(_COMMUNITIES, choice(rng, [4, 3, 2, 2, 1, 1, 1, 1], size)), number, "号")
    return join(place, pc.if_else(pa.array(in_country), village, road))


def lookup(words: tuple[str, ...] | pa.Array, index: Ints) -> pa.Array:
    """Words by position; a negative position gives null."""
    source = words if isinstance(words, pa.Array) else pa.array(list(words), pa.string())
    return source.take(pa.array(index, mask=np.asarray(index) < 0))


def join(*parts: pa.Array | str) -> pa.Array:
    """Texts one behind the other, row by row."""
    return pc.binary_join_element_wise(*parts, "")
