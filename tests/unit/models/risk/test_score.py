"""The verb `score` on a small hand-made warehouse: points add up, reasons are the lowest points, dates are replaced."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.risk import registry
from models.risk import score as scoring
from models.risk.expert import ExpertCard
from models.risk.learned import LearnedModel
from models.risk.score import ScoreSummary, champion_of, score, top_reasons
from pipeline.domain import Text
from pipeline.indicators.catalogue import INDICATORS
from pipeline.indicators.indicator import Direction
from pipeline.settings import DEFAULT_DATA, City, Settings
from pipeline.stores.warehouse import Warehouse
from tests.learning import DATES, FEW, Learned

JULY, AUGUST = date(2020, 8, 1), date(2020, 9, 1)
GRADED, OTHERS = 40, 6
CODES = [i.code for i in INDICATORS]
SUM = "+".join(["base::DOUBLE", *(f'"{c}"' for c in CODES)])


def values_of(seed: int, rows: int) -> pd.DataFrame:
    """Indicator columns with many equal values and every tenth one missing."""
    random = np.random.default_rng(seed)
    columns: dict[str, object] = {}
    for i in INDICATORS:
        if i.levels:
            columns[i.code] = random.choice(np.array(i.levels, dtype=object), rows)
        else:
            drawn = random.poisson(0.7, rows).astype(np.float64)
            drawn[random.random(rows) < 0.1] = np.nan
            columns[i.code] = drawn
    return pd.DataFrame(columns)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    city = City(Text("通化", "Tonghua"), Text("局", "Bureau"), "Asia/Shanghai", True, (), {})
    return Settings(tmp_path, city, tmp_path / "landing")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    uscc = [f"F{n:03d}" for n in range(GRADED + OTHERS)]
    population, indicators = [], []
    for seed, day in enumerate((JULY, AUGUST)):
        head = {"as_of": pd.Timestamp(day), "uscc": uscc}
        population.append(pd.DataFrame({**head, "is_graded": [n < GRADED for n in range(len(uscc))]}))
        indicators.append(values_of(seed, len(uscc)).assign(**head, data_share=1.0))
    with Warehouse.create(tmp_path / "small.duckdb") as made:
        for table, frames in (("population", population), ("indicator", indicators)):
            made.load(f"mart.{table}", pd.concat(frames))
            made.execute(f"ALTER TABLE mart.{table} ALTER as_of TYPE DATE")
        yield made


def test_points_add_up_to_the_raw_score_of_every_enterprise(settings: Settings, warehouse: Warehouse) -> None:
    summary = score(settings, warehouse, [AUGUST, JULY])
    assert isinstance(summary, ScoreSummary)
    assert (summary.as_of, summary.scored) == ((JULY, AUGUST), 2 * GRADED)
    assert len(summary.model_ids) == 1
    off = warehouse.rows(
        f"SELECT max(abs(raw_score - ({SUM}))), count(*) FROM mart.risk_score JOIN mart.contribution USING (as_of, uscc)"
    )
    assert off[0][0] < 1e-3
    assert off[0][1] == 2 * GRADED
    assert set(warehouse.columns("mart.contribution")) == {"as_of", "uscc", "base", *CODES}
    types = warehouse.rows(
        "SELECT DISTINCT data_type FROM information_schema.columns WHERE table_name = 'contribution'"
    )
    assert {t for (t,) in types} == {"DATE", "VARCHAR", "FLOAT"}


def test_who_is_not_graded_has_no_score(settings: Settings, warehouse: Warehouse) -> None:
    score(settings, warehouse, [JULY])
    for table in ("risk_score", "contribution", "reason"):
        assert not warehouse.rows(
            f"SELECT 1 FROM mart.{table} JOIN mart.population USING (as_of, uscc) WHERE NOT is_graded"
        )
    assert warehouse.value("SELECT count(*) FROM mart.risk_score WHERE as_of = ?", [JULY]) == GRADED


def test_a_reason_is_one_of_the_five_lowest_points_below_zero(settings: Settings, warehouse: Warehouse) -> None:
    score(settings, warehouse, [JULY])
    points = warehouse.frame("SELECT * EXCLUDE (as_of, base) FROM mart.contribution").set_index("uscc")
    values = warehouse.frame("SELECT * FROM mart.indicator WHERE as_of = ?", [JULY]).set_index("uscc")
    reasons = warehouse.frame("SELECT * FROM mart.reason ORDER BY uscc, rank")
    assert set(reasons["uscc"]) == set(points.index)
    for uscc, given in reasons.groupby("uscc"):
        of_firm = points.loc[uscc].sort_values(kind="stable").head(5)
        expected = of_firm[of_firm < 0]
        assert given["rank"].tolist() == list(range(1, len(expected) + 1))
        assert given["code"].tolist() == expected.index.tolist()
        assert given["points"].tolist() == expected.tolist()
        assert given["value"].tolist() == [values.loc[uscc, code] for code in expected.index]


def test_neutral_indicators_and_levels_give_no_points(settings: Settings, warehouse: Warehouse) -> None:
    score(settings, warehouse, [JULY])
    neutral = [i.code for i in INDICATORS if i.direction is Direction.NEUTRAL]
    assert neutral
    greatest = ", ".join(f'max(abs("{c}"))' for c in neutral)
    assert set(warehouse.rows(f"SELECT {greatest} FROM mart.contribution")[0]) == {0.0}


def test_a_repeated_date_is_replaced_and_the_others_stay(settings: Settings, warehouse: Warehouse) -> None:
    score(settings, warehouse, [JULY, AUGUST])
    tables = ("risk_score", "contribution", "reason")
    before = [warehouse.rows(f"SELECT * FROM mart.{t} ORDER BY ALL") for t in tables]
    score(settings, warehouse, [AUGUST])
    assert [warehouse.rows(f"SELECT * FROM mart.{t} ORDER BY ALL") for t in tables] == before


def test_the_credit_score_is_clipped_and_the_raw_score_is_not(settings: Settings, warehouse: Warehouse) -> None:
    policy = settings.data / "policy"
    policy.mkdir()
    text = (DEFAULT_DATA / "policy" / "expert.toml").read_text(encoding="utf-8")
    (policy / "expert.toml").write_text(text.replace("base = 600", "base = 1500"), encoding="utf-8")
    score(settings, warehouse, [JULY])
    assert warehouse.rows("SELECT min(credit_score), max(credit_score), min(raw_score) > 900 FROM mart.risk_score") == [
        (900, 900, True)
    ]


def test_a_city_without_a_graded_enterprise_gets_empty_tables(settings: Settings, warehouse: Warehouse) -> None:
    warehouse.execute("UPDATE mart.population SET is_graded = false")
    assert score(settings, warehouse, [JULY]).scored == 0
    assert warehouse.value("SELECT count(*) FROM mart.contribution") == 0


def test_equal_points_keep_the_order_of_the_catalogue() -> None:
    points = np.array([[0, -2, -2, -5], [1, 1, 0, 0]], dtype=np.float32)
    assert top_reasons(points, 3).tolist() == [[3, 1, 2], [2, 3, 0]]
    assert top_reasons(points, 9).shape == (2, 4)
    assert points[0, 3] == -5  # the caller's points are left alone


def test_a_date_is_scored_by_the_card_until_a_model_has_matured(
    learned: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "INDICATORS", FEW)
    early, late = champion_of(learned.settings, date(2018, 1, 1)), champion_of(learned.settings, date(2020, 10, 16))
    assert isinstance(early, ExpertCard) and isinstance(late, LearnedModel)
    assert (early.score_kind, late.score_kind) == ("expert", "learned")


def test_what_was_explained_at_an_earlier_date_is_not_explained_again(
    learned: Learned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "INDICATORS", FEW)
    chosen = registry.champion(learned.settings)
    assert chosen
    newest = registry.newest_model(learned.settings, chosen, date(2020, 10, 16), FEW)
    monkeypatch.setattr(scoring, "model_at", lambda *_: newest)
    shutil.copyfile(learned.world, tmp_path / "world.duckdb")
    explained: list[int] = []
    parts = type(newest.fitted).parts  # type: ignore[union-attr]

    def counted(self: object, values: dict[str, np.ndarray]) -> object:
        explained.append(len(values[FEW[0].code]))
        return parts(self, values)  # type: ignore[arg-type]

    monkeypatch.setattr(type(newest.fitted), "parts", counted)  # type: ignore[union-attr]
    tables = ("risk_score", "contribution", "reason")
    with Warehouse.open(tmp_path / "world.duckdb") as world:
        together = score(learned.settings, world, DATES[-3:])
        first, *later = explained
        found = [world.rows(f"SELECT * FROM mart.{t} ORDER BY ALL") for t in tables]
        for day in DATES[-3:]:
            score(learned.settings, world, [day])
        assert [world.rows(f"SELECT * FROM mart.{t} ORDER BY ALL") for t in tables] == found
    assert together.scored == 3 * first and max(later[:2]) < first
