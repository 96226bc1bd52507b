"""The real checks of the culture market: the table on which the model was chosen, and its one run on a later year.

  python -m benchmarks.real_checks --folds        rolling folds that end before 2024-01-01
  python -m benchmarks.real_checks --year 2024    trained on what was known before that year, tested on all of its checks
  python -m benchmarks.real_checks --drift 2025   the outcome alarm, quarter by quarter

REAL_CASES names the folder of real records; --data a deployment that was built from them (else one is built, in 20 s).
A year after CHOSEN_BEFORE is shown only if the choice (CHOICE) is committed, and the commit is printed with it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import xgboost
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from models.build import build  # noqa: E402
from models.risk.calibrate import Line, fit_line, log_odds, logistic  # noqa: E402
from models.risk.champion import Values  # noqa: E402
from models.risk.check_model import PAST, estimator, feature, features, past  # noqa: E402
from models.risk.coding import Coding  # noqa: E402
from models.risk.contest import FoldMargins, contest  # noqa: E402
from models.risk.drift import OutcomeDrift, Shift, feature_shifts, quarters  # noqa: E402
from models.risk.estimator import Sample  # noqa: E402
from models.risk.history import checks, known_by, rows_of  # noqa: E402
from models.risk.metrics import METRICS, Interval, Measured, measure, metric  # noqa: E402
from models.risk.scorecard import Scorecard  # noqa: E402
from pipeline.domain import Text  # noqa: E402
from pipeline.feeds.archive import accept  # noqa: E402
from pipeline.indicators.indicator import Indicator  # noqa: E402
from pipeline.indicators.readings import PROBLEM_FOUND  # noqa: E402
from pipeline.settings import Settings  # noqa: E402
from pipeline.stores.warehouse import Warehouse, build_file, current_build  # noqa: E402

CASE = ROOT / "tests" / "cases" / "beijing"
FIRST = date(2021, 1, 1)
CHOSEN_BEFORE = date(2024, 1, 1)
CHOICE = ("check_model.py", "history.py", "booster.py", "coding.py")
"""Files of models/risk that make the model: they must be committed before a later year is looked at."""
CULTURE = "delivery_no IN (SELECT delivery_no FROM mart.delivery WHERE file_name LIKE 'culture_inspections.csv%')"
HALF_YEARS = tuple(
    (date(y, m, 1), date(y + (m == 7), 7 if m == 1 else 1, 1)) for y, m in ((2022, 1), (2022, 7), (2023, 1), (2023, 7))
)
YEARS = ((date(2022, 1, 1), date(2023, 1, 1)), (date(2023, 1, 1), date(2024, 1, 1)))
PUBLISHED = 0.768
PUBLISHED_SE = 0.016
"""The best AUC of the published table for 2024 (a WOE scorecard) and its standard error: its scores were not published."""

SHOWN = ("auc", "average_precision", "lift_top_tenth")

Spans = tuple[tuple[date, date], ...]
Floats = NDArray[np.float64]
Rule = Callable[[Sample, Values], Floats]
"""Learns from the first and gives a score for each row of the second."""


@dataclass(frozen=True)
class Span:
    """Checks up to a day with every feature, and when each result was known."""

    sample: Sample
    known: NDArray[np.datetime64]

    def before(self, day: date) -> Sample:
        """Checks of firms whose result was known before `day`: what a model made then may learn from."""
        attached = np.array([f is not None for f in self.sample.firm])
        return rows_of(self.sample, attached & (self.known < np.datetime64(day)))

    def between(self, start: date, end: date) -> Sample:
        """All checks with a day in [start, end), attached or not."""
        day = self.sample.as_of
        return rows_of(self.sample, (day >= np.datetime64(start)) & (day < np.datetime64(end)))


def deployment(cases: Path, folder: Path) -> Settings:
    """A deployment in `folder` (new), built from the real files; penalties.csv is accepted after a look."""
    shutil.copytree(CASE, folder, dirs_exist_ok=True)
    landing = folder / "landing" / "beijing" / "2026-01-20"
    landing.mkdir(parents=True)
    for path in sorted((cases / "beijing").rglob("*.csv")):
        shutil.copyfile(path, landing / path.name)
    settings = Settings.load(folder)
    build(settings, [date(2026, 1, 21)])
    accept(settings, "penalties.csv")
    build(settings, [date(2026, 1, 21)])
    return settings


def span(settings: Settings, end: date) -> Span:
    """The culture market's checks before `end`: later ones are not read at all."""
    with Warehouse.read(build_file(settings, str(current_build(settings)))) as warehouse:
        wanted = (*features(settings), *SIMPLE)
        sample = checks(warehouse, wanted, FIRST, end, where=CULTURE)
        return Span(sample, known_by(warehouse, FIRST, end, where=CULTURE))


SIMPLE = (
    feature("R_checks", Text("既往检查次数", "Checks so far"), past("count(*)"), when_none=0),
    feature("R_failures", Text("既往不合格次数", "Failures so far"), past("count(*)", where=PROBLEM_FOUND), when_none=0),
    feature("R_failure_rate", Text("既往不合格率", "Failure rate so far"), past(f"avg(CAST({PROBLEM_FOUND} AS INT))")),
    feature("R_since_check", Text("距上次检查", "Days since the last check"), past("min(as_of - event_on)")),
    feature("R_first_seen", Text("距首次检查", "Days since the first check"), past("max(as_of - event_on)")),
    feature("R_last_failed", Text("上次不合格", "Last check failed"), past(f"arg_max(CAST({PROBLEM_FOUND} AS INT), (event_on, row_no))")),
)  # fmt: skip
"""Simple features of a firm's own past, as a quick model would take them: for the models of the published table, made again."""


def rules(settings: Settings, threads: int | None = None) -> dict[str, Rule]:
    """The chosen model, what it is measured against, and the published table's models made again."""
    chosen = features(settings)
    who = tuple(i for i in chosen if i.code in ("W_unit", "W_code_kind"))
    no_trade = tuple(i for i in chosen if i.code != "W_trade")

    def learned(make: Callable[[tuple[Indicator, ...]], object], over: tuple[Indicator, ...]) -> Rule:
        return lambda train, values: make(over).fit(train).margin(values)  # type: ignore[attr-defined]

    def plain_booster(shape: dict[str, float], over: tuple[Indicator, ...]) -> Rule:
        def rule(train: Sample, values: Values) -> Floats:
            model = xgboost.XGBClassifier(random_state=7, n_jobs=threads, **shape)
            model.fit(Coding(over).matrix(train.values), train.adverse)
            return np.asarray(model.predict(Coding(over).matrix(values), output_margin=True), np.float64)

        return rule

    return {
        "chosen: booster": learned(lambda f: estimator(f, threads), chosen),
        "  without the trade": learned(lambda f: estimator(f, threads), no_trade),
        "  own past only": learned(lambda f: estimator(f, threads), PAST),
        "scorecard, chosen features": learned(Scorecard, chosen),
        "scorecard, own past only": learned(Scorecard, PAST),
        "made again: count of failures": lambda _, values: np.asarray(values["R_failures"], np.float64),
        "made again: XGBoost defaults": plain_booster({}, (*SIMPLE, *who)),
        "made again: XGBoost 3/200/0.05": plain_booster(
            {"max_depth": 3, "n_estimators": 200, "learning_rate": 0.05}, (*SIMPLE, *who)
        ),
        "made again: WOE scorecard": learned(Scorecard, (*SIMPLE, *who)),
    }


def scores(rule: Rule, train: Sample, test: Sample) -> Floats:
    """A score for each test check; those attached to no firm get the base rate (of a count: its mean)."""
    attached = np.array([f is not None for f in test.firm])
    found = np.empty(len(test.firm))
    found[attached] = rule(train, rows_of(test, attached).values)
    known = rule(train, train.values)
    is_count = float(known.min()) >= 0 and bool((known == np.round(known)).all())
    found[~attached] = known.mean() if is_count else log_odds(float(train.adverse.mean()))
    return found


def folds(settings: Settings, known: Span, spans: Spans, threads: int | None = None) -> list[FoldMargins]:
    """Every rule's scores for the checks of each span, learned from what was known before it."""
    found = []
    for start, end in spans:
        train, test = known.before(start), known.between(start, end)
        ranked = {name: scores(rule, train, test) for name, rule in rules(settings, threads).items()}
        firm = np.array([f or f"unattached {n}" for n, f in enumerate(test.firm)], dtype=object)
        name = (
            str(start.year)
            if end.year - start.year == 1 and start.month == 1 == end.month
            else f"{start.year}H{1 + start.month // 7}"
        )
        found.append(FoldMargins(name, firm, test.adverse, ranked))
    return found


def one_year(settings: Settings, known: Span, year: int) -> tuple[Measured, float]:
    """All rules on all checks of `year`, learned from what was known before it; and the share that is attached."""
    test = known.between(date(year, 1, 1), date(year + 1, 1, 1))
    train = known.before(date(year, 1, 1))
    ranked = {name: scores(rule, train, test) for name, rule in rules(settings).items()}
    attached = float(np.mean([f is not None for f in test.firm]))
    return measure(ranked, test.adverse, test.firm, test.as_of), attached


def drift_of(settings: Settings, known: Span, year: int) -> tuple[OutcomeDrift, ...]:
    """The outcome alarm for each quarter of `year`, by the chosen model as it stood on 1 January of it.

    The slope of its line comes from the year before, seen by a model that did not know it; the level from the refit.
    """
    before, now, after = date(year - 1, 1, 1), date(year, 1, 1), date(year + 1, 1, 1)
    rule = rules(settings)["chosen: booster"]
    last, train, test = known.between(before, now), known.before(now), known.between(now, after)
    slope = fit_line(scores(rule, known.before(before), last), last.adverse)
    line = at_level(slope, scores(rule, train, last), last.adverse)
    return quarters(line.probability(scores(rule, train, test)), test.adverse, test.as_of)


def at_level(line: Line, margin: NDArray[np.float64], adverse: NDArray[np.bool_]) -> Line:
    """The line with the same slope whose mean probability over these rows is their rate of adverse outcomes."""
    low, high = -60.0, 60.0
    scaled = line.slope * margin
    for _ in range(80):  # the mean rises with the intercept: halve the interval
        middle = (low + high) / 2
        if logistic(scaled + middle).mean() < adverse.mean():
            low = middle
        else:
            high = middle
    return Line(line.slope, round((low + high) / 2, 9))


def shifts_of(settings: Settings, known: Span, year: int) -> tuple[Shift, ...]:
    """PSI of each feature of the chosen model between what it learned from and the checks of `year`."""
    now, after = date(year, 1, 1), date(year + 1, 1, 1)
    used = features(settings)
    return feature_shifts(used, known.before(now).values, known.between(now, after).values)


def committed_choice() -> str:
    """The commit that holds the choice; ends the program if a file of it is not committed as it stands."""
    files = [f"models/risk/{name}" for name in CHOICE]
    run = ["git", "-C", str(ROOT)]
    changed = subprocess.run([*run, "status", "--porcelain", "--", *files], capture_output=True, text=True, check=True)
    if changed.stdout.strip():
        sys.exit(f"the choice is not committed, so nothing after {CHOSEN_BEFORE} is looked at:\n{changed.stdout}")
    log = subprocess.run(
        [*run, "log", "-1", "--format=%h %cs", "--", *files], capture_output=True, text=True, check=True
    )
    return log.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a deployment that was built from the real records")
    parser.add_argument("--folds", action="store_true")
    parser.add_argument("--year", type=int)
    parser.add_argument("--drift", type=int)
    asked = parser.parse_args()
    last = max((y for y in (asked.year, asked.drift) if y), default=0)
    if last >= CHOSEN_BEFORE.year:
        print(f"choice committed: {committed_choice()}")
    with tempfile.TemporaryDirectory() as scratch:
        settings = (
            Settings.load(asked.data) if asked.data else deployment(Path(os.environ["REAL_CASES"]), Path(scratch))
        )
        known = span(settings, date(last + 1, 1, 1) if last else CHOSEN_BEFORE)
        if asked.folds:
            print_folds(folds(settings, known, HALF_YEARS), folds(settings, known, YEARS))
        if asked.year:
            print_year(*one_year(settings, known, asked.year), asked.year)
        if asked.drift:
            print_drift(drift_of(settings, known, asked.drift))
            print_shifts(shifts_of(settings, known, asked.drift))


def print_folds(halves: list[FoldMargins], years: list[FoldMargins]) -> None:
    print(
        "AUC / average precision / lift in the top tenth, tested on each span after learning from what was known before it"
    )
    print(f"{'':34}" + "".join(f"{t.fold:>19}" for t in (*halves, *years)) + f"{'mean of half-years':>22}")
    for rule in halves[0].margins:
        cells = [[metric(m, t.margins[rule], t.adverse) for m in SHOWN] for t in (*halves, *years)]
        mean = np.mean(cells[: len(halves)], axis=0)
        print(f"{rule:34}" + "".join(f"{a:9.3f}/{p:.3f}/{x:3.1f}" for a, p, x in [*cells, mean]))
    print(
        "checks and failures: " + ", ".join(f"{t.fold} {len(t.adverse):,}/{t.adverse.sum()}" for t in (*halves, *years))
    )
    result = contest(halves)
    print("\nmean AUC of the half-years, and difference to the chosen one, paired by firm")
    for rule, mean_auc in result.mean_auc.items():
        ahead = f"  {_said(result.ahead[rule])}" if rule in result.ahead else ""
        print(f"{rule:34}{_said(mean_auc)}{ahead}")


def print_year(measured: Measured, attached: float, year: int) -> None:
    print(
        f"{year}: {measured.checks:,} checks, {measured.problems} failures, {attached:.1%} attached, {measured.firms:,} clusters"
    )
    for name in measured.draws:
        print(f"{name:34}" + "  ".join(f"{m} {_said(measured.of(name)[m])}" for m in METRICS))
    chosen = next(iter(measured.draws))
    print(f"\npaired differences, {chosen} minus …")
    for name in list(measured.draws)[1:]:
        ahead = measured.difference(chosen, name)
        print(f"{name:34}" + "  ".join(f"{m} {_said(ahead[m])}" for m in METRICS))
    draws = measured.draws[chosen][:, METRICS.index("auc")]
    gap, error = draws[0] - PUBLISHED, float(np.hypot(np.nanstd(draws[1:]), PUBLISHED_SE))
    print(
        f"\nagainst the published {PUBLISHED} (SE {PUBLISHED_SE}; its scores are not published, so this is not paired):"
        f" {gap:+.3f} [{gap - 1.96 * error:+.3f}, {gap + 1.96 * error:+.3f}]"
    )


def print_shifts(found: tuple[Shift, ...]) -> None:
    """PSI of the inputs, beside the alarm on outcomes."""
    for shift in sorted(found, key=lambda s: -s.psi):
        alarm = "ALARM" if shift.is_alarm else "quiet"
        print(f"{shift.name}: PSI {shift.psi:.3f} (critical {shift.critical:.3f})  {alarm}")


def print_drift(found: tuple[OutcomeDrift, ...]) -> None:
    for q in found:
        alarm = "ALARM" if q.is_alarm else "quiet"
        print(
            f"{q.period}: {q.checks:,} checks, {q.observed} failures, expected {q.expected:.1f}"
            f" (99 %: {q.low} to {q.high}), ratio {q.ratio:.2f}  {alarm}"
        )


def _said(x: Interval) -> str:
    return f"{x.value:.3f} [{x.low:.3f}, {x.high:.3f}]"


if __name__ == "__main__":
    main()
