"""All four candidates alike: points add up, missing stays missing, order follows direction, the same twice, kept as text."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.risk.calibrate import POINTS, fit_line, log_odds
from models.risk.estimator import Estimator, Fitted
from models.risk.expert_estimator import AS_OF
from models.risk.learned import LearnedModel, load_fitted
from models.risk.score import top_reasons
from pipeline.indicators.indicator import Direction
from tests.cohort import CODES, INDICATORS, TRADE, candidates, cohort

SAMPLE, LATER = cohort(seed=7), cohort(seed=8)
FITTED = {e.name: e.fit(SAMPLE) for e in candidates()}
M0 = log_odds(float(SAMPLE.adverse.mean()))
NUMBER = st.none() | st.floats(-1e6, 1e6, width=32) | st.sampled_from([0.0, -0.0, 1.0, 2.0, 1e38, float("inf")])
FIRM = st.tuples(st.none() | st.sampled_from(TRADE.levels), *[NUMBER] * (len(CODES) - 1))
each = pytest.mark.parametrize("name", list(FITTED))


def model_of(name: str) -> LearnedModel:
    fitted = FITTED[name]
    line = fit_line(fitted.margin(LATER.values), LATER.adverse)
    return LearnedModel(fitted, line, M0, name, date(2019, 4, 1))


MODELS = {name: model_of(name) for name in FITTED}


def table(firms: list[tuple[Any, ...]]) -> dict[str, NDArray[Any]]:
    columns = {"Trade": np.array([f[0] for f in firms], dtype=object)}
    numeric = [code for code in CODES if code != "Trade"]
    for place, code in enumerate(numeric, 1):
        columns[code] = np.array([np.nan if f[place] is None else f[place] for f in firms], dtype=np.float64)
    return columns


@each
@settings(max_examples=30, deadline=None)
@given(firms=st.lists(FIRM, min_size=1, max_size=30))
def test_points_add_up_to_the_score_of_every_enterprise(name: str, firms: list[tuple[Any, ...]]) -> None:
    model, values = MODELS[name], table(firms)
    if name == "count":  # its unit is one trouble: no more than a thousand
        values = {c: v if c == "Trade" else np.clip(v, 0, 1000) for c, v in values.items()}
    given_points = model.contributions(values, np.ones(len(firms), dtype=np.bool_))
    expected = 600 - POINTS * (model.line.log_odds(model.fitted.margin(values)) - M0)
    stored = np.float32(given_points.base) + given_points.points.sum(axis=1, dtype=np.float64)
    scale = np.maximum(1.0, np.abs(given_points.points).max(axis=1) / 1000)  # float32 holds seven digits
    assert (np.abs(stored - expected) <= 1e-3 * scale).all()
    assert given_points.codes == CODES
    assert given_points.points.dtype == np.float32


@each
def test_points_add_up_on_a_cohort(name: str) -> None:
    model = MODELS[name]
    everyone = np.ones(len(LATER.adverse), dtype=np.bool_)
    found = model.contributions(LATER.values, everyone)
    expected = 600 - POINTS * (model.line.log_odds(model.fitted.margin(LATER.values)) - M0)
    assert np.abs(found.raw_score - expected).max() < 1e-3
    assert np.abs(model.fitted.parts(LATER.values).margin - model.fitted.margin(LATER.values)).max() < 1e-4
    ranks = top_reasons(found.points)
    assert (np.take_along_axis(found.points, ranks[:, :1], axis=1)[:, 0] == found.points.min(axis=1)).all()


@each
def test_the_line_rises_and_the_riskier_score_lower(name: str) -> None:
    model = MODELS[name]
    assert model.line.slope > 0
    margin = model.fitted.margin(LATER.values)
    score = model.contributions(LATER.values, np.ones(len(margin), dtype=np.bool_)).raw_score
    order = np.argsort(margin, kind="stable")
    assert (np.diff(score[order]) < 1e-3).all()
    assert np.corrcoef(margin, LATER.adverse)[0, 1] > 0.1


@each
@pytest.mark.parametrize("indicator", [i for i in INDICATORS if i.direction.value], ids=lambda i: i.code)
def test_a_riskier_value_never_lowers_the_margin(name: str, indicator: Any) -> None:
    fitted = FITTED[name]
    rows, steps = 25, 40
    known = np.asarray(LATER.values[indicator.code], dtype=np.float64)
    ladder = np.linspace(np.nanmin(known) - 1, np.nanmax(known) + 1, steps)
    values = {c: np.repeat(np.asarray(v)[:rows], steps) for c, v in dict(LATER.values).items() if c != AS_OF}
    values[indicator.code] = np.tile(ladder, rows)
    if name == "expert":  # ranks within a day: each firm's ladder is a day of its own
        values[AS_OF] = np.repeat(np.datetime64("2018-01-01") + np.arange(rows), steps)
    margin = fitted.margin(values).reshape(rows, steps)
    sign = 1 if indicator.direction is Direction.HIGHER_IS_RISKIER else -1
    assert (sign * np.diff(margin, axis=1) >= -1e-6).all()


@each
def test_missing_stays_missing(name: str) -> None:
    """A model that filled a missing value with some number could not tell the two apart."""
    fitted = FITTED[name]
    nothing = table([(None,) * len(CODES)] * 2)
    assert np.isfinite(fitted.margin(nothing)).all()
    if name in ("booster", "scorecard"):  # firms with a missing debt were made riskier than any with one
        one = {c: np.asarray(v)[:400].copy() for c, v in dict(LATER.values).items()}
        column = CODES.index("Debt")
        one["Debt"][:] = np.nan
        missing = fitted.parts(one).parts[:, column]
        one["Debt"][:] = 0.5
        assert (missing != fitted.parts(one).parts[:, column]).mean() > 0.9


@each
def test_training_twice_gives_the_same_files(name: str, tmp_path: Path) -> None:
    kept = []
    for turn in ("one", "two"):
        (tmp_path / turn).mkdir()
        estimator = next(e for e in candidates() if e.name == name)
        _settled(estimator).fit(cohort(seed=7)).save(tmp_path / turn)
        kept.append({p.name: p.read_bytes() for p in (tmp_path / turn).iterdir()})
    assert kept[0] == kept[1] and len(kept[0]) == 1
    assert {Path(file).suffix for file in kept[0]} <= {".json", ".ubj"}
    assert not any(content.startswith(b"\x80") for content in kept[0].values())  # how a pickle begins


def _settled(estimator: Estimator) -> Estimator:
    return estimator.settle(cohort(400, seed=1), cohort(400, seed=2))


@each
def test_what_was_saved_is_what_is_loaded(name: str, tmp_path: Path) -> None:
    fitted: Fitted = FITTED[name]
    fitted.save(tmp_path)
    loaded = load_fitted(name, tmp_path, INDICATORS)
    assert loaded.estimator == name
    np.testing.assert_array_equal(loaded.margin(LATER.values), fitted.margin(LATER.values))
    again, first = loaded.parts(LATER.values), fitted.parts(LATER.values)
    np.testing.assert_array_equal(again.parts, first.parts)
    assert (again.base, again.codes) == (first.base, first.codes)
    (tmp_path / "again").mkdir()
    loaded.save(tmp_path / "again")
    assert [p.read_bytes() for p in sorted((tmp_path / "again").iterdir())] == [
        p.read_bytes() for p in sorted(tmp_path.iterdir()) if p.is_file()
    ]
