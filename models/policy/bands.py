"""Cut points for the grades, proposed once: the bureau writes them into grade.toml, and no build ever cuts again.

What has to have the wanted shares are the final grades, after starts, caps and red lines. For each enterprise these
leave a grade that it can't be better than (`least`), or settle its grade whatever the score (`start`), so the cuts can be
found one after the other from the best grade down:

    share of grades up to g = wanted  ⇔  the cut of g is the quantile of the scores of those that may have g or better

Where the rules alone bring more bad grades than wanted, the cut would fall to the lowest score of all and the score
would have no say there; so it is left at least ROOM of the enterprises to move beyond what the rules move.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.policy.grade import judgement
from models.policy.grade_policy import Effect, GradePolicy, Rule
from pipeline.domain import Grade
from pipeline.stores.warehouse import Warehouse

WANTED: dict[Grade, float] = {Grade.A: 0.46, Grade.B: 0.36, Grade.C: 0.12, Grade.D: 0.045, Grade.E: 0.015}
"""Shares that the cut points aim at (待确认)."""
TOLERANCE = 0.02
ROOM = TOLERANCE / 2
"""Share of the enterprises that the score itself brings below every cut, whatever the rules do."""
_GRADES = tuple(Grade)


@dataclass(frozen=True)
class BandProposal:
    """Proposed cut points and what follows: grade -> least score (the last grade has none), final share of each grade.

    `missed`: the grades whose share lies outside WANTED ± TOLERANCE, which no cut can mend where rules alone bring more.
    """

    as_of: date
    at_least: dict[str, float]
    shares: dict[str, float]
    missed: tuple[str, ...]


def propose_bands(
    warehouse: Warehouse, policy: GradePolicy, as_of: date, scores: str = "mart.risk_score"
) -> BandProposal | None:
    """Cuts in whole points for the scores of `as_of`; None if nobody that counts has a score.

    `scores`: a relation (as_of, uscc, score_kind, credit_score). Reads mart.population and mart.indicator.
    """
    columns = ", ".join(f'"{r.id}"' for r in policy.rules)
    judged = warehouse.frame(
        f"""SELECT credit_score{", " + columns if columns else ""} FROM ({judgement(policy, as_of, scores)})
        WHERE credit_score IS NOT NULL AND grade IS NOT NULL AND is_counted"""
    )
    if judged.empty:
        return None
    score = judged["credit_score"].to_numpy(dtype=np.float64)
    by_effect = {e: [r for r in policy.rules if r.effect is e] for e in Effect}
    least = np.maximum(_worst(judged, [*by_effect[Effect.AT_BEST], *by_effect[Effect.SET]]), 0)
    start = _worst(judged, by_effect[Effect.START])
    cuts = _cuts(score, least, start)
    final = np.maximum(least, np.where(start >= 0, start, _model_grade(score, cuts)))
    shares = {g: float((final == n).mean()) for n, g in enumerate(_GRADES)}
    return BandProposal(
        as_of=as_of,
        at_least={g.value: cut for g, cut in zip(_GRADES, cuts, strict=False)},
        shares={g.value: round(share, 4) for g, share in shares.items()},
        missed=tuple(g.value for g in _GRADES if abs(shares[g] - WANTED[g]) > TOLERANCE),
    )


def _cuts(score: NDArray[np.float64], least: NDArray[np.int64], start: NDArray[np.int64]) -> list[float]:
    """The least score of each grade but the last, falling by at least one point from grade to grade."""
    cuts: list[float] = []
    total, wanted = len(score), 0.0
    for n, grade in enumerate(_GRADES[:-1]):
        wanted += WANTED[grade]
        settled = (start >= 0) & (np.maximum(least, start) <= n)
        free = (start < 0) & (least <= n)
        above = min(wanted, float((settled | free).mean()) - ROOM)
        may = np.sort(score[free])[::-1]
        place = int(np.clip(round(above * total) - int(settled.sum()), 1, max(len(may), 1))) - 1
        cut = float(np.round(may[place] if len(may) else score.min()))
        cuts.append(min(cut, cuts[-1] - 1) if cuts else cut)
    return cuts


def _model_grade(score: NDArray[np.float64], cuts: list[float]) -> NDArray[np.int64]:
    """0 for A … by the cuts."""
    grades: NDArray[np.int64] = np.sum([score < cut for cut in cuts], axis=0, dtype=np.int64)
    return grades


def _worst(judged: pd.DataFrame, rules: Iterable[Rule]) -> NDArray[np.int64]:
    """The worst grade of the rules that fired, as 0 for A … ; −1 where none did."""
    worst = np.full(len(judged), -1)
    for rule in rules:
        fired = judged[rule.id].fillna(False).to_numpy(dtype=np.bool_)
        if rule.grade is not None:
            worst[fired] = np.maximum(worst[fired], _GRADES.index(rule.grade))
    return worst
