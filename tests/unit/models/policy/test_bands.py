"""Proposed cut points: the final grades get the wanted shares, also where caps, starts and red lines have their say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.policy.bands import ROOM, TOLERANCE, WANTED, BandProposal, propose_bands
from models.policy.grade import grade_policies, judgement
from models.policy.grade_policy import Band, GradePolicy
from pipeline.domain import Grade, Text
from pipeline.indicators.catalogue import ALL
from pipeline.settings import City, Settings
from pipeline.stores.warehouse import Warehouse

DAY = date(2020, 11, 1)
FIRMS = 2000


@pytest.fixture
def policy(tmp_path: Path) -> GradePolicy:
    city = City(Text("通化", "Tonghua"), Text("局", "Bureau"), "Asia/Shanghai", True, (), {})
    return grade_policies(Settings(tmp_path, city, tmp_path / "landing")).of(DAY)


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """Enterprises with scores around 600 and no rule that fires."""
    with Warehouse.create(tmp_path / "small.duckdb") as made:
        head = {"as_of": pd.Timestamp(DAY), "uscc": [f"F{n:04d}" for n in range(FIRMS)]}
        score = np.random.default_rng(7).normal(600, 80, FIRMS)
        plain = {i.code: pd.Series([None if i.levels else 0.0] * FIRMS, dtype=None if i.levels else float) for i in ALL}
        made.load("mart.population", pd.DataFrame({**head, "status": "1", "entity_type": "1130"}))
        made.load("mart.indicator", pd.DataFrame({**head, "data_share": 1.0, **plain}))
        made.load("mart.risk_score", pd.DataFrame({**head, "score_kind": "learned", "credit_score": score}))
        for table in ("population", "indicator", "risk_score"):
            made.execute(f"ALTER TABLE mart.{table} ALTER as_of TYPE DATE")
        yield made


def fire(warehouse: Warehouse, indicator: str, below: float) -> None:
    """Let `indicator` be 1 for the share `below` of the firms, whatever their scores."""
    warehouse.execute(f"UPDATE mart.indicator SET {indicator} = 1 WHERE substr(uscc, 2)::INT % 1000 < {1000 * below}")


def final_shares(warehouse: Warehouse, policy: GradePolicy, proposal: BandProposal) -> dict[str, float]:
    """The shares of the grades that the policy would give with the proposed bands."""
    bands = tuple(Band(g, proposal.at_least.get(g.value)) for g in Grade)
    cut = replace(policy, bands={**policy.bands, "learned": bands})
    rows = warehouse.rows(f"SELECT grade, count(*) / {FIRMS} FROM ({judgement(cut, DAY)}) GROUP BY 1 ORDER BY 1")
    return dict(rows)


def test_without_a_rule_the_cuts_are_quantiles(warehouse: Warehouse, policy: GradePolicy) -> None:
    proposal = propose_bands(warehouse, policy, DAY)
    assert proposal and not proposal.missed and all(cut == round(cut) for cut in proposal.at_least.values())
    score = warehouse.frame("SELECT credit_score FROM mart.risk_score")["credit_score"]
    wanted = np.cumsum(list(WANTED.values()))[:-1]
    assert list(proposal.at_least.values()) == pytest.approx(np.quantile(score, 1 - wanted), abs=1)
    assert final_shares(warehouse, policy, proposal) == pytest.approx(proposal.shares, abs=1e-4)


def test_caps_and_starts_are_allowed_for(warehouse: Warehouse, policy: GradePolicy) -> None:
    fire(warehouse, "C4_abnormal_active", 0.08)
    fire(warehouse, "C2_is_new_1y", 0.3)
    warehouse.execute("UPDATE mart.indicator SET F_new_without_adverse = 1")
    proposal = propose_bands(warehouse, policy, DAY)
    assert proposal and not proposal.missed
    assert final_shares(warehouse, policy, proposal) == pytest.approx(proposal.shares, abs=1e-4)
    for grade, share in proposal.shares.items():
        assert share == pytest.approx(WANTED[Grade(grade)], abs=TOLERANCE)


@pytest.mark.parametrize(("forced", "is_missed"), [(0.055, False), (0.2, True)])
def test_where_rules_alone_bring_more_the_score_keeps_some_room(
    warehouse: Warehouse, policy: GradePolicy, forced: float, is_missed: bool
) -> None:
    fire(warehouse, "F_abnormal_severe_active", forced)
    proposal = propose_bands(warehouse, policy, DAY)
    assert proposal and ("D" in proposal.missed) == is_missed
    cuts = list(proposal.at_least.values())
    assert cuts == sorted(cuts, reverse=True) and len(set(cuts)) == 4
    assert proposal.shares["D"] + proposal.shares["E"] >= forced + ROOM - 0.002
    assert final_shares(warehouse, policy, proposal) == pytest.approx(proposal.shares, abs=1e-4)


def test_nobody_scored_no_proposal(warehouse: Warehouse, policy: GradePolicy) -> None:
    warehouse.execute("DELETE FROM mart.risk_score")
    assert propose_bands(warehouse, policy, DAY) is None


def test_scores_may_lie_elsewhere(warehouse: Warehouse, policy: GradePolicy) -> None:
    before = propose_bands(warehouse, policy, DAY)
    warehouse.execute(
        "CREATE TEMP TABLE others AS SELECT * REPLACE (credit_score - 50 AS credit_score) FROM mart.risk_score"
    )
    moved = propose_bands(warehouse, policy, DAY, "temp.others")
    assert before and moved
    assert [a - b for a, b in zip(before.at_least.values(), moved.at_least.values(), strict=True)] == [50] * 4
