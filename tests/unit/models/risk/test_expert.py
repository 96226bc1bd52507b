"""The expert card: mid-ranks by hand, points with their sign, weights from the bureau's file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.risk.expert import ExpertCard, ExpertWeights, mid_rank
from pipeline.domain import Dimension, Text
from pipeline.errors import BadDeclaration
from pipeline.indicators.indicator import Direction, Indicator, Query
from pipeline.settings import DEFAULT_DATA

WEIGHTS = ExpertWeights(
    id="2020-07",
    effective_from=date(2020, 7, 27),
    legal_basis=("x",),
    approved_by="待确认",
    confirmed=False,
    base=600.0,
    by_dimension={
        Dimension.SUPERVISION: 18.0,
        Dimension.PERFORMANCE: 14.0,
        Dimension.BEHAVIOUR: 10.0,
        Dimension.BASIC: 6.0,
        Dimension.GROWTH: 6.0,
    },
)


def indicator(
    code: str,
    direction: Direction,
    dimension: Dimension = Dimension.SUPERVISION,
    levels: tuple[str, ...] = (),
    weight: float | None = None,
) -> Indicator:
    word = Text("词", "word")
    return Indicator(
        code=code, title=word, dimension=dimension, category=4, legal_basis=("x",), form=Query("SELECT 1", ()),
        when_none=None, unit="", direction=direction, reason=word, definition=word, levels=levels,
        expert_weight=weight,
    )  # fmt: skip


PENALTIES = indicator("Penalties", Direction.HIGHER_IS_RISKIER)
AGE = indicator("Age", Direction.LOWER_IS_RISKIER, Dimension.BASIC)
TRADE = indicator("Trade", Direction.NEUTRAL, Dimension.BASIC, levels=("A", "B"))
EVERYONE = np.ones(5, dtype=np.bool_)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0, 0, 1, 3], [-0.5, -0.5, -0.5, 0.5, 1]),  # the worked example of the module
        ([3, 1, 2], [1, -1, 0]),
        ([5, np.nan, 7, np.nan], [-1, 0, 1, 0]),  # a missing value gets 0 and is nobody's neighbour
        ([2, 2, np.nan, 4], [-0.5, -0.5, 0, 1]),
        ([4, 4, 4], [0, 0, 0]),
        ([9], [0]),
        ([np.nan, np.nan], [0, 0]),
        ([], []),
    ],
)
def test_mid_ranks_by_hand(values: list[float], expected: list[float]) -> None:
    assert mid_rank(np.array(values, dtype=np.float64)).tolist() == expected


def test_the_worked_example_of_the_docstring() -> None:
    card = ExpertCard((PENALTIES,), WEIGHTS)
    given = card.contributions({"Penalties": np.array([0.0, 0, 0, 1, 3])}, EVERYONE)
    assert given.points[:, 0].tolist() == [9, 9, 9, -9, -18]
    assert given.raw_score.tolist() == [609, 609, 609, 591, 582]


def test_direction_turns_the_sign_and_neutral_gives_nothing() -> None:
    values = pd.DataFrame({"Penalties": [0.0, 1], "Age": [2.0, 8], "Trade": ["A", None]})
    given = ExpertCard((PENALTIES, AGE, TRADE), WEIGHTS).contributions(values, np.array([True, True]))
    assert given.codes == ("Penalties", "Age", "Trade")
    assert given.points.tolist() == [[18, -6, 0], [-18, 6, 0]]
    assert given.points.dtype == np.float32


def test_an_indicator_may_weigh_on_its_own() -> None:
    card = ExpertCard((indicator("Own", Direction.HIGHER_IS_RISKIER, weight=40.0),), WEIGHTS)
    assert card.contributions({"Own": np.array([0.0, 1.0])}, np.array([True, True])).points.tolist() == [[40], [-40]]


def test_who_is_not_graded_gets_no_points_and_moves_no_rank() -> None:
    card = ExpertCard((PENALTIES,), WEIGHTS)
    graded = np.array([True, False, True, True])
    with_outsider = card.contributions({"Penalties": np.array([0.0, 99, 1, 2])}, graded)
    without = card.contributions({"Penalties": np.array([0.0, 1, 2])}, np.array([True, True, True]))
    assert with_outsider.points.tolist() == without.points.tolist() == [[18], [0], [-18]]


def test_the_mean_enterprise_has_the_base() -> None:
    values = np.random.default_rng(7).poisson(0.3, 1000).astype(np.float64)
    values[:50] = np.nan
    given = ExpertCard((PENALTIES,), WEIGHTS).contributions({"Penalties": values}, np.ones(1000, dtype=np.bool_))
    assert given.raw_score.mean() == pytest.approx(600, abs=1e-4)


def test_another_weight_is_another_model() -> None:
    plain = ExpertCard((PENALTIES, AGE), WEIGHTS).model_id
    own = ExpertCard((indicator("Penalties", Direction.HIGHER_IS_RISKIER, weight=20.0), AGE), WEIGHTS).model_id
    assert plain.startswith("expert-2020-07-")
    assert plain != own
    assert plain == ExpertCard((PENALTIES, AGE), WEIGHTS).model_id


def test_the_committed_weights_are_a_proposal() -> None:
    weights = ExpertWeights.load(DEFAULT_DATA / "policy" / "expert.toml", date(2026, 1, 1))
    assert weights.base == 600
    assert {d.name.lower(): w for d, w in weights.by_dimension.items()} == {
        "supervision": 18, "performance": 14, "behaviour": 10, "basic": 6, "growth": 6,
    }  # fmt: skip
    assert not weights.confirmed


def _version(name: str, day: str, base: float) -> str:
    return f"""
    [[version]]
    id = "{name}"
    effective_from = {day}
    legal_basis = ["x"]
    approved_by = "待确认"
    confirmed = false
    base = {base}
    weights = {{supervision = 18, performance = 14, behaviour = 10, basic = 6, growth = 6}}
    """


@pytest.mark.parametrize(("day", "expected"), [("2019-05-01", 600), ("2020-12-31", 600), ("2021-01-01", 610)])
def test_the_version_in_force_decides(tmp_path: Path, day: str, expected: float) -> None:
    path = tmp_path / "expert.toml"
    path.write_text(_version("later", "2021-01-01", 610) + _version("first", "2020-07-27", 600), encoding="utf-8")
    assert ExpertWeights.load(path, date.fromisoformat(day)).base == expected


def test_every_fault_is_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "expert.toml"
    path.write_text(
        _version("one", "2020-07-27", 600)
        + _version("one", "2020-07-27T10:00:00", 600)
        .replace("supervision = 18", "supervision = -1")
        .replace('["x"]', "[]")
        + '[[version]]\nid = "three"\nextra = 1\nconfirmed = "no"\nbase = "600"\n',
        encoding="utf-8",
    )
    with pytest.raises(BadDeclaration) as error:
        ExpertWeights.load(path, date(2020, 8, 1))
    text = "\n".join(error.value.faults)
    for expected in (
        "version.id: expected each once, received 'one' twice",
        "version 2, effective_from: expected date",
        "version 2, legal_basis: expected at least one clause, received []",
        "version 2, weights.supervision: expected a number of at least 0, received -1",
        "version 3, extra: expected one of",
        "version 3, confirmed: expected bool, received 'no'",
        "version 3, base: expected a number, received '600'",
        "version 3, weights: expected",
    ):
        assert expected in text
    assert error.value.where == str(path)


def test_an_unreadable_file_is_a_bad_declaration(tmp_path: Path) -> None:
    with pytest.raises(BadDeclaration, match="not readable as TOML"):
        ExpertWeights.load(tmp_path / "expert.toml", date(2020, 8, 1))
    (tmp_path / "expert.toml").write_text("version = 3", encoding="utf-8")
    with pytest.raises(BadDeclaration, match="at least one"):
        ExpertWeights.load(tmp_path / "expert.toml", date(2020, 8, 1))
