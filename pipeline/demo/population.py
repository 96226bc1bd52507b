"""Who lives in the synthetic city: firms with their codes, names, places, trades, key fields and dates."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.demo import names
from pipeline.demo.chance import Chance, choice, happens
from pipeline.demo.clock import LAST, NEVER, Bools, Days, Floats, Ints, days, days_between, plus
from pipeline.demo.codes import make_reg_no, make_uscc
from pipeline.demo.industries import ACCENTS, FIELDS, INDIVIDUALS, INDUSTRIES, SECTION_SHARE, Industry
from pipeline.demo.rates import Rates

UNITS = ("TH-ZS", "TH-DC", "TH-ED", "TH-TH", "TH-HN", "TH-LH", "TH-MH", "TH-JA")
DIVISIONS = ("220500", "220502", "220503", "220521", "220523", "220524", "220581", "220582")
PLACES = ("通化市", "通化市东昌区", "通化市二道江区", "通化县", "辉南县", "柳河县", "梅河口市", "集安市")
_ENTERPRISES = (3000, 9500, 2600, 3900, 4100, 3700, 7200, 3000)
_INDIVIDUALS = (2000, 30000, 8500, 13000, 15500, 15000, 22000, 10000)
TYPES = (
    "1130",
    "1151",
    "1190",
    "1153",
    "1110",
    "1219",
    "2000",
    "4540",
    "4531",
    "4532",
    "3100",
    "3200",
    "5000",
    "9100",
    "9500",
)
"""Types of entities, in the order of `Firms.kind`."""
_TYPE_WEIGHTS = (50, 19, 4, 1, 1, 1.2, 10, 6, 1, 0.8, 1.2, 1.2, 0.6)
_SUFFIXES = ("有限公司", "有限公司", "有限责任公司", "有限公司", "有限公司", "股份有限公司", "有限公司分公司", "中心", "事务所(普通合伙)",
             "中心(有限合伙)", "公司", "厂", "有限公司", "农民专业合作社", "")  # fmt: skip
BRANCH, COOPERATIVE, INDIVIDUAL = TYPES.index("2000"), TYPES.index("9100"), TYPES.index("9500")
_PREFIXES = (
    *PLACES,
    "吉林省",
    *(
        f"{p}({q})"
        for p, q in zip(PLACES, ("江南", "老站", "桃园", "快大茂", "朝阳", "柳城", "新华", "团结"), strict=True)
    ),
)
ALL_INDUSTRIES: tuple[tuple[str, Industry], ...] = (
    *((section, i) for section, group in INDUSTRIES.items() for i in group),
    *((section, i) for section, i, _ in INDIVIDUALS),
)
_WORDS = tuple(dict.fromkeys(i.word for _, i in ALL_INDUSTRIES))
_NEW_CODES = np.datetime64("2015-10-01")
"""From this day the register gives credit codes and no more 15-digit numbers."""


@dataclass(frozen=True)
class Firms:
    """The population as arrays of one length: enterprises first, then individual businesses.

    `kind`: position in TYPES. `unit`: position in UNITS. `industry`: position in ALL_INDUSTRIES.
    `fields`: (n, 7) booleans over FIELDS. `ended_as`: 0, or the status on the day `ended`. `owner`: number
    of the person behind the firm. `size`: latent size. `coded_on`: the day from which the register gives
    a credit code: NaT = never. `named_later`, `renamed_on`: the name from that day.
    """

    kind: Ints
    unit: Ints
    industry: Ints
    established: Days
    fields: Bools
    size: Floats
    owner: Ints
    uscc: npt.NDArray[np.uint8]
    reg_no: npt.NDArray[np.uint8]
    has_reg_no: Bools
    name: pa.Array
    ended: Days
    ended_as: Ints
    coded_on: Days
    named_later: pa.Array
    renamed_on: Days

    @property
    def count(self) -> int:
        """How many firms there are or were."""
        return len(self.kind)

    @property
    def is_individual(self) -> Bools:
        """Individual businesses (type 9500)."""
        return np.asarray(self.kind == INDIVIDUAL)

    @property
    def is_graded(self) -> Bools:
        """Enterprises alive at the end of the story."""
        return np.asarray(~self.is_individual & np.isnat(self.ended))

    @property
    def has_key_field(self) -> Bools:
        """Holders of a licence of a key field or users of special equipment."""
        return np.asarray(self.fields.any(axis=1))


def make_firms(enterprises: int, chance: Chance, rates: Rates) -> Firms:
    """The population whose `enterprises` graded ones are alive at LAST; ends are given later by `lay_to_rest`."""
    rng = chance.of("population")
    living = enterprises
    gone = round(enterprises * (rates.cancelled_share + rates.revoked_share + rates.moved_share))
    traders = round(enterprises * rates.individuals_per_enterprise)
    gone_traders = round(traders * rates.individuals_gone_share)
    is_trader = np.repeat([False, True], [living + gone, traders + gone_traders])
    n = len(is_trader)
    unit = np.where(is_trader, choice(rng, _INDIVIDUALS, n), choice(rng, _ENTERPRISES, n))
    industry = _industries(rng, unit, is_trader)
    kind = _kinds(rng, industry, is_trader)
    established = _established(rng, n)
    is_new = established >= _NEW_CODES
    letter = np.select([kind == INDIVIDUAL, kind == COOPERATIVE], [2, 3], 1)
    division = np.array([int(d) for d in DIVISIONS])[unit]
    named, later, renamed_on = _names(rng, kind, unit, industry, rates)
    size = (
        rng.normal(0, 1, n)
        - 1.2 * is_trader
        + 0.9 * np.isin(kind, [TYPES.index(t) for t in ("1110", "1219", "3100", "5000")])
    )
    return Firms(
        kind=kind,
        unit=unit,
        industry=industry,
        established=established,
        fields=_fields(rng, industry, n),
        size=size,
        owner=_owners(rng, is_trader),
        uscc=make_uscc(rng, letter, division, is_new),
        reg_no=make_reg_no(rng, division),
        has_reg_no=~is_new,
        name=named,
        ended=np.full(n, NEVER),
        ended_as=np.zeros(n, dtype=np.int8),
        coded_on=_coded_on(rng, established, is_trader, rates),
        named_later=later,
        renamed_on=renamed_on,
    )


def lay_to_rest(firms: Firms, enterprises: int, frailty: Floats, chance: Chance, rates: Rates) -> Firms:
    """The population with its ends: exactly `enterprises` enterprises stay; the frail go first, with luck."""
    rng = chance.of("ends")
    old_enough = firms.established < np.datetime64("2019-12-01")
    order = np.argsort(-(frailty + rng.gumbel(0, 1.2, firms.count) - 1e6 * ~old_enough), kind="stable")
    ended, ended_as = firms.ended.copy(), firms.ended_as.copy()
    total = int((~firms.is_individual).sum())
    for pool, stay in ((~firms.is_individual, enterprises), (firms.is_individual, None)):
        members = order[pool[order]]
        leaving = (
            total - enterprises
            if stay is not None
            else round(len(members) * rates.individuals_gone_share / (1 + rates.individuals_gone_share))
        )
        gone = members[:leaving]
        start = np.maximum(plus(firms.established[gone], np.full(leaving, 150)), np.datetime64("2015-01-05"))
        span = np.maximum(days_between(np.datetime64(LAST), start), 1)
        ended[gone] = plus(start, np.floor(span * rng.random(leaving) ** 0.8))
        shares = [rates.cancelled_share, rates.revoked_share, rates.moved_share] if stay is not None else [1, 0, 0]
        ended_as[gone] = np.array([4, 2, 6])[choice(rng, shares, leaving)]
    coded_on = np.where(firms.coded_on > ended, NEVER, firms.coded_on)
    return replace(firms, ended=ended, ended_as=ended_as, coded_on=coded_on)


def _industries(rng: np.random.Generator, unit: Ints, is_trader: Bools) -> Ints:
    shop_from = len(ALL_INDUSTRIES) - len(INDIVIDUALS)
    drawn = np.empty(len(unit), dtype=np.int32)
    for u, division in enumerate(DIVISIONS):
        weights = []
        for section, industry in ALL_INDUSTRIES[:shop_from]:
            accent = next(
                (f for (d, start), f in ACCENTS.items() if d == division and industry.code.startswith(start)), 1.0
            )
            weights.append(
                SECTION_SHARE[section] * industry.weight / sum(i.weight for i in INDUSTRIES[section]) * accent
            )
        here = ~is_trader & (unit == u)
        drawn[here] = choice(rng, weights, int(here.sum()))
    drawn[is_trader] = shop_from + choice(rng, [w for _, _, w in INDIVIDUALS], int(is_trader.sum()))
    return drawn


def _kinds(rng: np.random.Generator, industry: Ints, is_trader: Bools) -> Ints:
    kind = choice(rng, _TYPE_WEIGHTS, len(industry))
    farms = np.array([section == "A" for section, _ in ALL_INDUSTRIES])[industry]
    kind[farms & happens(rng, 0.7, len(industry))] = COOPERATIVE
    kind[is_trader] = INDIVIDUAL
    return kind


def _established(rng: np.random.Generator, n: int) -> Days:
    spans = (
        ("1988-01-01", 4745),
        ("2001-01-01", 2922),
        ("2009-01-01", 1826),
        ("2014-01-01", 1096),
        ("2017-01-01", 1380),
    )
    which = choice(rng, [5, 13, 20, 25, 37], n)
    start = np.array([np.datetime64(s) for s, _ in spans])[which]
    return plus(start, np.floor(rng.random(n) * np.array([length for _, length in spans])[which]))


def _fields(rng: np.random.Generator, industry: Ints, n: int) -> Bools:
    chances = np.array(
        [[i.fields.get(f, 0.012 if f == "special_equipment" else 0.0) for f in FIELDS] for _, i in ALL_INDUSTRIES]
    )
    return np.asarray(rng.random((n, len(FIELDS))) < chances[industry])


def _owners(rng: np.random.Generator, is_trader: Bools) -> Ints:
    """Persons: most have one firm, some two to five, a few up to 22."""
    n = len(is_trader)
    sizes = np.array([1, 2, 3, 4, 5, 7, 10, 14, 22])[choice(rng, [83, 10.5, 3.6, 1.4, 0.7, 0.35, 0.2, 0.1, 0.04], n)]
    owner = np.repeat(np.arange(n), sizes)[:n]
    owner = owner[rng.permutation(n)]
    alone = is_trader & happens(rng, 0.9, n)
    owner[alone] = n + np.flatnonzero(alone)
    return owner


def _coded_on(rng: np.random.Generator, established: Days, is_trader: Bools, rates: Rates) -> Days:
    n = len(established)
    coded = established.copy()
    without = happens(rng, rates.without_code, n) & (established < _NEW_CODES) & ~is_trader
    coded[without] = days("2017-06-01", rng.integers(0, 1150, n))[without]
    coded[without & happens(rng, rates.never_coded, n)] = NEVER
    return coded


def _names(
    rng: np.random.Generator, kind: Ints, unit: Ints, industry: Ints, rates: Rates
) -> tuple[pa.Array, pa.Array, Days]:
    n = len(kind)
    provincial = len(PLACES)
    prefix = unit.astype(np.int64).copy()
    style = rng.random(n)
    prefix[style < 0.05] = provincial
    prefix[(style > 0.93) & (kind != INDIVIDUAL)] += provincial + 1
    prefix[(style > 0.82) & (style <= 0.93) & (unit <= 2)] = 0
    word = np.array([_WORDS.index(i.word) for _, i in ALL_INDUSTRIES])[industry]
    first = names.unique(names.Parts(prefix, names.draw_trade(rng, n), word, kind), rng)
    second = names.unique(names.Parts(prefix, names.draw_trade(rng, n), word, kind), rng, taken=first.key())
    name, later = (names.spell(p, _PREFIXES, _WORDS, _SUFFIXES) for p in (first, second))
    renamed_on = np.where(
        happens(rng, rates.renamed, n) & (kind != INDIVIDUAL), days("2014-06-01", rng.integers(0, 2300, n)), NEVER
    )
    return _plant_namesakes(rng, name, unit, kind, rates), later, renamed_on


def _plant_namesakes(rng: np.random.Generator, name: pa.Array, unit: Ints, kind: Ints, rates: Rates) -> pa.Array:
    """Give some firms the name of another one: of the same county, and of another."""
    candidates = np.flatnonzero(kind != INDIVIDUAL)
    pairs = max(2, round(len(candidates) * rates.namesakes))
    twins = rng.permutation(candidates)[: pairs * 3]
    source = np.arange(len(name))
    taken, free = twins[:pairs], twins[pairs:]
    by_unit = {u: [int(f) for f in free if unit[f] == u] for u in range(len(UNITS))}
    for at, firm in enumerate(taken):  # a handful of firms
        same = at % 2 == 0
        pool = [u for u in range(len(UNITS)) if (u == unit[firm]) is same and by_unit[u]]
        if pool:
            source[by_unit[pool[at % len(pool)]].pop()] = firm
    return name.take(pa.array(source))
