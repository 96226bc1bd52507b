"""Two inspectors for each object, drawn by the same seed as the objects, so that anyone can repeat it.

Objects in the order given; for each, the least loaded candidates first and among equals the smaller SHA-256.
A candidate is of the object's unit, has a certificate that is valid on the due day, is not declared to be recused,
and has room in the year's quota. One of the two knows the field. A pair that checked the firm last time is
avoided where another one is possible. With fewer than two there is no task, and the reason is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from pipeline.domain import Text

NOT_MADE = {
    "no_inspectors": Text("本单位可派执法人员不足两名", "Fewer than two inspectors of the unit can be sent"),
    "no_expertise": Text("本单位无该领域的可派执法人员", "No inspector of the unit knows the field"),
}
"""Why a task is not made."""
_TRIED = 12
"""How many of the best candidates are tried for a pair that did not check the firm last time."""


@dataclass(frozen=True)
class Inspector:
    """Who may be sent: of the directory, active. `load`: tasks in the year so far; `quota`: at most so many."""

    id: str
    unit: str
    fields: tuple[str, ...]
    certificate_to: date | None
    recused: tuple[str, ...]
    load: int
    quota: int | None


@dataclass(frozen=True)
class Visited:
    """An object of the draw: whom the pair will check. `last_pair`: who checked it last time."""

    uscc: str
    unit: str
    field: str | None
    last_pair: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Who checks an object; both None where the task is not made, with the key of NOT_MADE."""

    uscc: str
    lead: str | None
    assist: str | None
    not_made: str | None


def rank(seed: bytes, draw_id: str, *names: str) -> bytes:
    """SHA-256 of seed ‖ draw id ‖ names: the order in which things are drawn."""
    return hashlib.sha256(seed + draw_id.encode() + "".join(names).encode()).digest()


def assign(
    objects: Sequence[Visited], inspectors: Sequence[Inspector], due_on: date, seed: bytes, draw_id: str
) -> tuple[Pair, ...]:
    """A pair for each object, in order; equal arguments give equal pairs."""
    load = {i.id: i.load for i in inspectors}
    certified = [i for i in inspectors if i.certificate_to is not None and i.certificate_to >= due_on]
    pairs = []
    for visited in objects:
        free = [
            i
            for i in certified
            if i.unit == visited.unit and visited.uscc not in i.recused and (i.quota is None or load[i.id] < i.quota)
        ]
        free.sort(key=lambda i: (load[i.id], rank(seed, draw_id, visited.uscc, i.id), i.id))
        pair = _pair(visited, free)
        for chosen in (pair.lead, pair.assist):
            if chosen is not None:
                load[chosen] += 1
        pairs.append(pair)
    return tuple(pairs)


def _pair(visited: Visited, free: list[Inspector]) -> Pair:
    """The best pair of the candidates, who come in order."""
    knowing = [i for i in free if visited.field is None or visited.field in i.fields]
    if len(free) < 2 or not knowing:
        reason = "no_inspectors" if len(free) < 2 else "no_expertise"
        return Pair(visited.uscc, None, None, reason)
    lead = knowing[0]
    others = [i for i in free if i.id != lead.id]
    last = set(visited.last_pair)
    if {lead.id, others[0].id} != last:
        return Pair(visited.uscc, lead.id, others[0].id, None)
    for one, other in combinations(free[:_TRIED], 2):
        if {one.id, other.id} != last and (one in knowing or other in knowing):
            first, second = (one, other) if one in knowing else (other, one)
            return Pair(visited.uscc, first.id, second.id, None)
    return Pair(visited.uscc, lead.id, others[0].id, None)
