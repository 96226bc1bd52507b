"""What the register holds on each firm beyond the population: addresses, representatives, capital."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.demo import names
from pipeline.demo.chance import Chance, happens
from pipeline.demo.clock import NEVER, Days, Floats, Ints, days
from pipeline.demo.codes import pseudonyms
from pipeline.demo.names import lookup
from pipeline.demo.population import DIVISIONS, PLACES, UNITS, Firms
from pipeline.demo.rates import Rates
from pipeline.demo.traits import Traits

_SEAT = "220502"
KEPT_CAPITAL = 0.4
"""What is left of the capital of a firm that cuts it."""


@dataclass(frozen=True)
class Papers:
    """Columns by firm; `…_later` hold from `moved_on`, `new_rep_on`, `capital_cut_on`."""

    unit: Ints
    street: pa.Array
    address: pa.Array
    street_later: pa.Array
    address_later: pa.Array
    unit_later: Ints
    moved_on: Days
    rep: pa.Array
    rep_pid: pa.Array
    rep_later: pa.Array
    rep_pid_later: pa.Array
    new_rep_on: Days
    capital: Floats
    capital_cut_on: Days
    paid_share: Floats


def make_papers(firms: Firms, traits: Traits, chance: Chance, rates: Rates, streets: list[tuple[str, str]]) -> Papers:
    """The papers of every firm; `streets`: (code, name) of the reference."""
    rng = chance.of("papers")
    n = firms.count
    moved = happens(rng, rates.moved_house * np.exp(-0.2 * traits.contactability), n)
    unit_later = np.where(moved & happens(rng, 0.06, n), rng.integers(0, len(UNITS), n), firms.unit).astype(np.int32)
    street, place = _streets_of(rng, firms.unit, streets)
    street_later, place_later = _streets_of(rng, unit_later, streets)
    country = happens(rng, 0.25, n)
    address = names.addresses(rng, place, country)
    people = int(firms.owner.max()) + 1
    owner_name, owner_pid = names.persons(rng, people), pseudonyms(rng, people)
    owner = pa.array(firms.owner)
    changes = happens(rng, rates.new_representative, n) & ~firms.is_individual
    cut = happens(rng, 0.012 * np.exp(-0.4 * traits.solvency), n) & ~firms.is_individual
    return Papers(
        unit=firms.unit,
        street=street,
        address=_crowded(rng, firms, traits, address),
        street_later=street_later,
        address_later=names.addresses(rng, place_later, country),
        unit_later=unit_later,
        moved_on=_some_day(rng, moved),
        rep=owner_name.take(owner),
        rep_pid=owner_pid.take(owner),
        rep_later=names.persons(rng, n),
        rep_pid_later=pseudonyms(rng, n),
        new_rep_on=_some_day(rng, changes),
        capital=np.round(np.exp(4.4 + 1.1 * firms.size - 3.0 * firms.is_individual + rng.normal(0, 0.6, n)), 0) + 1,
        capital_cut_on=_some_day(rng, cut),
        paid_share=np.clip(0.5 + 0.2 * traits.solvency + rng.normal(0, 0.2, n), 0.0, 1.0),
    )


def _some_day(rng: np.random.Generator, who: np.ndarray) -> Days:
    return np.where(who, days("2014-06-01", rng.integers(0, 2310, len(who))), NEVER)


def _crowded(rng: np.random.Generator, firms: Firms, traits: Traits, address: pa.Array) -> pa.Array:
    """Let some hard-to-contact firms of a county share one address, 8 to 40 together."""
    index = np.arange(firms.count)
    eager = np.argsort(traits.contactability + rng.normal(0, 1, firms.count), kind="stable")
    eager = eager[~firms.is_individual[eager]][: round(0.035 * firms.count)]
    for unit in range(len(UNITS)):
        members = eager[firms.unit[eager] == unit]
        hosts = members[::24]
        index[members] = hosts[np.minimum(np.arange(len(members)) // 24, len(hosts) - 1)] if len(hosts) else members
    return address.take(pa.array(index))


def _streets_of(rng: np.random.Generator, unit: Ints, streets: list[tuple[str, str]]) -> tuple[pa.Array, pa.Array]:
    """A street for each firm: its code, and its name behind the division's; the city level sits in the seat."""
    codes: list[str] = []
    texts: list[str] = []
    chosen = np.zeros(len(unit), dtype=np.int64)
    for u, division in enumerate(DIVISIONS):
        own = [s for s in streets if s[0].startswith(division)] or [s for s in streets if s[0].startswith(_SEAT)]
        here = unit == u
        chosen[here] = len(codes) + rng.integers(0, len(own), int(here.sum()))
        codes += [code for code, _ in own]
        texts += [PLACES[u] + name for _, name in own]
    return lookup(tuple(codes), chosen), lookup(tuple(texts), chosen)
