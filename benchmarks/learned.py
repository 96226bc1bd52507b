"""What learning costs and what it is worth, on a synthetic city: the second half of `make bench` (after run.py).

  train       every candidate and fold; beside each fit of the booster the same fit called bare on the same matrix, in
              turns, so that other work on the machine meets both alike; the other parts by name
  score       scoring with points and reasons against bare pred_contribs of the same rows
  truth       calibration and grades of every test year against the truth
  efficiency  a model of a city of 15,000 against that of the big one, on a fresh city of another seed

CPU seconds are those of this process, all threads. Each line ends in ok or MISSED.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import xgboost

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.truth import Period, expected_auc, judged, periods, said  # noqa: E402
from models.build import build  # noqa: E402
from models.learn import described  # noqa: E402
from models.risk import registry  # noqa: E402
from models.risk.booster import PATIENCE, ROUNDS_AT_MOST, Booster, FittedBooster  # noqa: E402
from models.risk.coding import Coding  # noqa: E402
from models.risk.estimator import Sample  # noqa: E402
from models.risk.score import score, values_at  # noqa: E402
from models.risk.train import estimators, train  # noqa: E402
from pipeline.demo.city import is_complete, make_city  # noqa: E402
from pipeline.feeds.catalogue import BY_CODE  # noqa: E402
from pipeline.feeds.ingest import ingest  # noqa: E402
from pipeline.identity.match import match  # noqa: E402
from pipeline.indicators.catalogue import ALL, INDICATORS  # noqa: E402
from pipeline.indicators.compute import compute  # noqa: E402
from pipeline.reference import Reference  # noqa: E402
from pipeline.settings import Settings  # noqa: E402
from pipeline.stores.warehouse import Warehouse, build_file, current_build  # noqa: E402

AS_OF = date(2020, 10, 16)
NEWEST = date(2020, 10, 1)
"""The newest quarter of the truth: scored by the models that have learned from all there is."""
FIT_RATIO, SCORE_RATIO, TRAIN_SECONDS = 1.3, 1.3, 600
CALIBRATION, EFFICIENCY = 0.02, 0.02
SMALL, SMALL_SEED, FRESH_SEED = 15_000, 8, 9
PARTS = ("train", "score", "truth", "efficiency")


def verdict(what: str, found: float, limit: float, form: str = ".2f") -> dict[str, Any]:
    """Say whether a number stays within its limit."""
    print(f"  {what}: {found:{form}} (limit {limit}) {'ok' if found <= limit else 'MISSED'}", flush=True)
    return {"what": what, "found": round(found, 4), "limit": limit, "ok": bool(found <= limit)}


@dataclass
class Spent:
    """CPU seconds of the booster's fits within `train` and of the same fits bare; `wall` of what train would not do."""

    within: float = 0.0
    bare: float = 0.0
    wall: float = 0.0

    def run(self, which: str, work: Callable[[], Any]) -> Any:
        """Run, and add the CPU seconds to `within` or `bare`."""
        start = time.process_time()
        found = work()
        setattr(self, which, getattr(self, which) + time.process_time() - start)
        return found


@dataclass(frozen=True)
class Beside:
    """The booster as a candidate of `train` that fits everything a second time, bare, and compares the two models."""

    booster: Booster
    spent: Spent = field(default_factory=Spent)

    @property
    def name(self) -> str:
        return self.booster.name

    def settle(self, earlier: Sample, later: Sample) -> Beside:
        settled = self.spent.run("within", lambda: self.booster.settle(earlier, later))
        start = time.perf_counter()
        one, other = self._matrix(earlier), self._matrix(later)

        def bare() -> int:
            learned = _data(one, earlier)
            evals = [(_data(other, later, ref=learned), "later")]
            return int(self._train(learned, ROUNDS_AT_MOST, evals=evals, early_stopping_rounds=PATIENCE).best_iteration)

        assert self.spent.run("bare", bare) + 1 == settled.rounds, "not the same fit"
        self.spent.wall += time.perf_counter() - start
        return replace(self, booster=settled)

    def fit(self, sample: Sample) -> FittedBooster:
        fitted: FittedBooster = self.spent.run("within", lambda: self.booster.fit(sample))
        start = time.perf_counter()
        matrix = self._matrix(sample)
        bare = self.spent.run("bare", lambda: self._train(_data(matrix, sample), self.booster.rounds))
        assert bare.trees_to_dataframe().shape == fitted.model.trees_to_dataframe().shape, "not the same fit"
        self.spent.wall += time.perf_counter() - start
        return fitted

    def _matrix(self, sample: Sample) -> Any:
        return Coding(self.booster.indicators).matrix(sample.values)

    def _train(self, data: Any, rounds: int | None, **more: Any) -> Any:
        return xgboost.train(self.booster._parameters(), data, rounds, verbose_eval=False, **more)


def _data(matrix: Any, sample: Sample, ref: Any = None) -> Any:
    return xgboost.QuantileDMatrix(matrix, label=sample.adverse.astype("float32"), ref=ref)


def train_cost(settings: Settings) -> list[dict[str, Any]]:
    """Train on the published build, with the bare fits in between."""
    with described(settings) as warehouse:
        candidates = estimators(settings, INDICATORS, settings.tomorrow(), 10**9)
        booster = candidates[0]
        assert isinstance(booster, Booster)
        beside = Beside(booster)
        wall, cpu = time.perf_counter(), time.process_time()
        summary = train(settings, warehouse, BY_CODE, INDICATORS, candidates=(beside, *candidates[1:]), by="bench")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    spent = beside.spent
    seconds = summary.seconds | {"booster": round(summary.seconds["booster"] - spent.wall, 2)}
    seconds["lines, files and card"] = round(wall - spent.wall - sum(seconds.values()), 2)
    print(f"  {summary.rows:,} rows, {len(summary.origins)} origins, {cpu - spent.bare:.0f} s CPU; AUC {summary.auc}")
    print("  seconds by part (wall):", ", ".join(f"{part} {s:.1f}" for part, s in seconds.items()))
    print(f"  booster fits: {spent.within:.1f} s CPU within train, {spent.bare:.1f} s bare")
    return [
        verdict("booster fits within train against the same fits bare, CPU", spent.within / spent.bare, FIT_RATIO),
        verdict("train with all candidates and folds, s wall", wall - spent.wall, TRAIN_SECONDS, ".0f"),
        {"seconds": seconds, "cpu": round(cpu - spent.bare, 1), "auc": summary.auc},
    ]


def score_cost(settings: Settings, scratch: Path, turns: int = 2) -> list[dict[str, Any]]:
    """Score the newest date, in turns with bare contributions of the same rows."""
    spent = Spent()
    chosen = _champion(settings)
    model = registry.newest_model(settings, registry.Champion(chosen.model_id, "booster"), AS_OF, INDICATORS)
    assert model is not None and isinstance(model.fitted, FittedBooster)
    fitted = model.fitted
    with Warehouse.open(_copy(settings, scratch)) as warehouse:
        values = values_at(warehouse, INDICATORS, AS_OF)
        graded = values[values["is_graded"].to_numpy(dtype=bool)]
        matrix = fitted.coding.matrix(graded)
        names = list(fitted.coding.columns)
        for _ in range(turns):
            spent.run("within", lambda: score(settings, warehouse, [AS_OF]))
            spent.run(
                "bare",
                lambda: fitted.model.predict(xgboost.DMatrix(matrix, feature_names=names), pred_contribs=True),
            )
    print(f"  {len(graded):,} rows, {fitted.model.num_boosted_rounds()} trees, {turns} turns:", end=" ")
    print(f"{spent.within / turns:.1f} s CPU with points, reasons and tables, {spent.bare / turns:.1f} s bare")
    return [verdict("score with reasons against bare pred_contribs, CPU", spent.within / spent.bare, SCORE_RATIO)]


def against_truth(settings: Settings, scratch: Path) -> list[dict[str, Any]]:
    """Every test date of the published build's champion."""
    chosen, days = _champion(settings), test_days(settings)
    with Warehouse.open(_copy(settings, scratch)) as warehouse:
        compute(settings, warehouse, BY_CODE, ALL, days)
        rows = judged(settings, warehouse, days, lambda day: registry.newest_model(settings, chosen, day, INDICATORS))
    found: list[dict[str, Any]] = []
    for year in periods(rows):
        print("  " + "\n  ".join(said(year)))
        found.append(verdict(f"{year.year}: calibration error against the truth", year.error, CALIBRATION, ".4f"))
        print(f"  {year.year}: problem rate rises from A to E, found and true: {'ok' if year.is_rising else 'MISSED'}")
        found.append(_numbers(year))
    return found


def _numbers(year: Period) -> dict[str, Any]:
    """What the report keeps of a test year."""
    return {
        "year": year.year,
        "rising": year.is_rising,
        "error_all_graded": year.error_of_all,
        "error_outcomes": year.error_of_outcomes,
        "groups": {name: vars(g) for name, g in year.groups.items()},
        "rates": {r.grade: r.rate.value for r in year.rates.rates},
        "true_rates": year.true_rates,
    }


def efficiency(settings: Settings, folder: Path) -> list[dict[str, Any]]:
    """Two models on one fresh city: what ten times the data are worth, and how far both are from the truth."""
    small = city(folder / f"{SMALL}-{SMALL_SEED}", SMALL_SEED)
    if registry.fitting_champion(small, INDICATORS) is None:
        build(small, [AS_OF])
    fresh = city(folder / f"{SMALL}-{FRESH_SEED}", FRESH_SEED)
    days = [*test_days(settings), NEWEST]
    judgements: dict[str, pd.DataFrame] = {}
    with Warehouse.create(fresh.var / "bench.duckdb") as warehouse:
        ingest(fresh, warehouse, Reference.load(fresh.reference), BY_CODE)
        match(fresh, warehouse, BY_CODE)
        compute(fresh, warehouse, BY_CODE, ALL, days)
        for name, of in (("big", settings), ("small", small)):
            chosen = registry.Champion(_champion(of).model_id, "booster")

            def model_of(day: date, of: Settings = of, chosen: registry.Champion = chosen) -> Any:
                return registry.newest_model(of, chosen, day, INDICATORS)

            judgements[name] = judged(fresh, warehouse, days, model_of)
    print(f"  champions: big {_champion(settings).candidate}, small {_champion(small).candidate}; compared: booster")
    return [_lost(*both) for both in _by_year_and_group(judgements["big"], judgements["small"])]


def _by_year_and_group(big: pd.DataFrame, small: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """The same rows judged by both, all graded ones and, where outcomes are complete, the observed ones."""
    years = pd.to_datetime(big["as_of"]).dt.year
    for year in sorted(set(years)):
        for group in ("graded", "observed") if year < NEWEST.year else ("graded",):
            rows = (years == year) & big[f"is_{group}"]
            yield f"{year} {group}", big[rows], small[rows]


def _lost(what: str, big: pd.DataFrame, small: pd.DataFrame) -> dict[str, Any]:
    """What the small city's model loses against the big one's, and what both lose against the truth."""
    true = big["probability"].to_numpy()
    one, other, ceiling = (expected_auc(p, true) for p in (big["p"].to_numpy(), small["p"].to_numpy(), true))
    print(
        f"  {what}: AUC against the truth {one:.4f} learned from the big city, {other:.4f} from {SMALL:,};"
        f" the truth itself {ceiling:.4f} (gaps {ceiling - one:.4f}, {ceiling - other:.4f})"
    )
    lost = verdict(f"{what}: AUC lost with {SMALL:,}", one - other, EFFICIENCY, "+.4f")
    return lost | {"big": one, "small": other, "ceiling": ceiling}


def city(folder: Path, seed: int) -> Settings:
    """A city of SMALL enterprises, made where it is missing."""
    if not is_complete(folder):
        make_city(folder, SMALL, seed)
    return Settings.load(folder)


def test_days(settings: Settings) -> list[date]:
    """The dates on which the champion's folds were tested."""
    origins = registry.card(settings, _champion(settings).model_id)["origins"].values()
    return sorted({date.fromisoformat(day) for origin in origins for day in origin["test"]})


def _champion(settings: Settings) -> registry.Champion:
    chosen = registry.champion(settings)
    assert chosen is not None, "nothing was learned: run benchmarks/run.py before"
    return chosen


def _copy(settings: Settings, scratch: Path) -> Path:
    """The published build, to be written into."""
    build_id = current_build(settings)
    assert build_id is not None, "nothing is published: run benchmarks/run.py before"
    scratch.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(build_file(settings, build_id), scratch / "bench.duckdb"))


def main(arguments: Iterable[str] | None = None) -> None:
    """Measure the parts that were asked for (all, if none was named)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which parts (default: all)")
    parser.add_argument("--enterprises", type=int, default=150_000)
    parser.add_argument("--data", type=Path, default=ROOT / "data" / "var" / "bench")
    given = parser.parse_args(None if arguments is None else list(arguments))
    settings = Settings.load(given.data / str(given.enterprises))
    scratch = settings.var / "bench"
    work: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "train": lambda: train_cost(settings),
        "score": lambda: score_cost(settings, scratch),
        "truth": lambda: against_truth(settings, scratch),
        "efficiency": lambda: efficiency(settings, given.data),
    }
    out = settings.var / "bench-learned.json"
    report: dict[str, Any] = json.loads(out.read_text()) if out.is_file() else {}
    for part in given.parts or PARTS:
        print(f"{part}, {given.enterprises:,} enterprises", flush=True)
        report[part] = work[part]()
        out.write_text(json.dumps(report, indent=2, default=str))
    shutil.rmtree(scratch, ignore_errors=True)
    print(f"written to {out}")


if __name__ == "__main__":
    main()
