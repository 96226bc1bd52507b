"""The lives of 3,000 firms against the rates that the city is aimed with; wide bounds, since firms are few."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline.demo.checks import COMPLETED, RANDOM, RESULTS
from pipeline.demo.city import simulate
from pipeline.demo.industries import FIELDS
from pipeline.demo.lives import Outlook
from pipeline.demo.state import Journal, World
from pipeline.settings import DEFAULT_DATA, City
from tests.unit.pipeline.demo.measures import auc, outcomes, probability

Lives = tuple[World, Journal, Outlook]
SIZE = 3000


def lives_of(enterprises: int) -> Lives:
    return simulate(enterprises, 7, City.load(DEFAULT_DATA / "city.toml"), lambda part, share: None)


@pytest.fixture(scope="module")
def lives() -> Lives:
    return lives_of(SIZE)


def share_of(world: World, firm: np.ndarray, among: np.ndarray) -> float:
    hit = np.zeros(world.firms.count, bool)
    hit[firm] = True
    return float(hit[among].mean())


def test_the_number_of_graded_enterprises_is_exact(lives: Lives) -> None:
    assert lives[0].firms.is_graded.sum() == SIZE
    assert (lives[0].firms.is_individual & np.isnat(lives[0].firms.ended)).sum() == pytest.approx(
        SIZE * 2500 / 3700, rel=0.01
    )


def test_lists_penalties_and_reports_come_at_their_rates(lives: Lives) -> None:
    world, journal, _ = lives
    graded, key = world.firms.is_graded, world.firms.is_graded & world.firms.has_key_field
    listed, removed = journal.table("abnormal"), journal.table("abnormal end")
    active = ~np.isin(listed["entry"], removed["entry"])
    assert 0.06 < share_of(world, listed["firm"][active], graded) < 0.11
    causes = listed["cause"][active]
    assert 0.55 < (causes == 1).mean() < 0.8
    assert 0.15 < (causes == 4).mean() < 0.4
    assert 0.003 < share_of(world, journal.table("serious")["firm"], graded) < 0.015
    penalties = journal.table("penalty")
    recent = penalties["firm"][penalties["day"] >= np.datetime64("2017-10-15")]
    assert 0.03 < share_of(world, recent, graded) < 0.055
    assert 0.10 < share_of(world, recent, key) < 0.20
    reports = journal.table("report")
    for year in range(2014, 2020):
        due = ~world.firms.is_individual & (world.firms.established <= np.datetime64(f"{year}-12-31"))
        due &= ~(world.firms.ended < np.datetime64(f"{year + 1}-07-01"))
        in_time = reports["firm"][(reports["year"] == year) & ~reports["late"]]
        assert 0.86 < share_of(world, in_time, due) < 0.95, year


def test_complaints_samples_and_checks_come_at_their_rates(lives: Lives) -> None:
    world, journal, _ = lives
    complaints, samples, checks = journal.table("complaint"), journal.table("sample"), journal.table("check")
    recent = (complaints["day"] >= np.datetime64("2017-01-01")).sum()
    assert 0.010 < recent / 45.5 / SIZE < 0.016
    assert 0.012 < samples["fails"].mean() < 0.04
    mine = (checks["kind"] == RANDOM) & ~world.firms.is_individual[checks["firm"]]
    finding = np.array([r not in ("01", "08", "10", "11") for r in RESULTS])[checks["code"]]
    assert 0.15 < finding[mine].mean() < 0.25
    for year in (2017, 2018, 2019):
        day = np.datetime64(f"{year}-07-01")
        alive = (world.firms.established < day) & ~(world.firms.ended < day)
        now = checks["firm"][checks["day"].astype("datetime64[Y]").astype(int) + 1970 == year]
        assert share_of(world, now, alive & ~world.firms.is_individual) >= 0.24
        assert share_of(world, now, alive & world.firms.fields[:, : len(FIELDS) - 1].any(axis=1)) > 0.45
        assert share_of(world, now, alive & ~world.firms.is_individual & world.firms.has_key_field) > 0.5


def test_inspectors_go_where_the_trouble_is(lives: Lives) -> None:
    world, journal, outlook = lives
    truth = probability(world, outlook, "2018-01-01")
    observed, _ = outcomes(world, journal, "2018-01-01")
    alive = truth > 0
    assert truth[observed].mean() > truth[alive & ~observed].mean() + 0.05


def test_firms_of_one_owner_share_their_fate(lives: Lives) -> None:
    world, journal, _ = lives
    firms, enterprise = world.firms, ~world.firms.is_individual
    listed = np.zeros(firms.count, bool)
    listed[journal.table("abnormal")["firm"]] = True

    def others(flag: np.ndarray) -> np.ndarray:
        return np.asarray(np.bincount(firms.owner, weights=flag & enterprise)[firms.owner] - (flag & enterprise))

    related = enterprise & (others(enterprise) > 0)
    bad_relative = others(listed) > 0
    assert listed[related & bad_relative].mean() > 1.2 * listed[related & ~bad_relative].mean()


def test_the_epidemic_and_the_autumn_can_be_seen(lives: Lives) -> None:
    world, journal, _ = lives
    checks, complaints = journal.table("check"), journal.table("complaint")
    month = checks["day"].astype("datetime64[M]")
    assert (month == np.datetime64("2020-02")).sum() < 0.6 * (month == np.datetime64("2019-02")).sum()
    season = np.isin(world.industry_codes[complaints["firm"]], ["0179", "5117", "1515"])
    autumn = np.isin(complaints["day"].astype("datetime64[M]").astype(int) % 12, [8, 9, 10])
    assert autumn[season].mean() > autumn[~season].mean() + 0.08


def test_three_years_on_the_list_lead_to_the_serious_list(lives: Lives) -> None:
    world, journal, _ = lives
    serious, listed = journal.table("serious"), journal.table("abnormal")
    first = np.full(world.firms.count, np.datetime64("2030-01-01"))
    np.minimum.at(first, listed["firm"], listed["day"])
    overdue = serious["cause"] == 1
    assert overdue.sum() > 5
    assert (serious["day"][overdue] - first[serious["firm"][overdue]] > np.timedelta64(1095, "D")).all()


def test_the_same_seed_gives_the_same_lives() -> None:
    (_, one, first), (_, two, second) = lives_of(400), lives_of(400)
    assert np.array_equal(first.probability, second.probability)
    for kind in one.entries:
        a, b = one.table(kind), two.table(kind)
        assert all(np.array_equal(a[c], b[c]) for c in a), kind


@pytest.mark.slow
def test_the_truth_ranks_the_outcomes_of_6000_firms() -> None:
    world, journal, outlook = lives_of(6000)
    for as_of in ("2018-01-01", "2019-01-01", "2019-07-01"):
        observed, adverse = outcomes(world, journal, as_of)
        truth = probability(world, outlook, as_of)
        found = auc(adverse[observed], truth[observed])
        assert 0.82 <= found <= 0.88, (as_of, found)
        assert truth[observed].mean() == pytest.approx(adverse[observed].mean(), abs=0.04)
    for as_of in ("2017-07-01", "2018-01-01", "2018-07-01", "2019-01-01", "2019-07-01"):
        observed, adverse = outcomes(world, journal, as_of)
        assert (observed & adverse & ~world.firms.is_individual).sum() >= 250, as_of
    assert COMPLETED.sum() == len(RESULTS) - 3
