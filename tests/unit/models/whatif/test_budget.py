"""Checks a year add up like a draw's, and ratios of equal budget keep their number and order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from models.policy.draw_policy import DrawPolicies, order_fault
from models.whatif.budget import checks_a_year, equal_budget, regular_checks
from pipeline.domain import Grade
from pipeline.settings import DEFAULT_DATA
from tests.deployment import REFERENCE

POLICY = DrawPolicies.load(DEFAULT_DATA / "policy", REFERENCE.legal_bases).of(date(2020, 10, 15))
STRATA = st.dictionaries(
    st.tuples(st.sampled_from(["TH-DC", "TH-ED", "TH-MH"]), st.sampled_from(list("ABCDE"))),
    st.integers(0, 3000),
    min_size=1,
)
RATIOS = st.lists(st.integers(1, 400), min_size=5, max_size=5, unique=True).map(
    lambda n: {g.value: Decimal(x) / 1000 for g, x in zip(Grade, sorted(n), strict=True)}
)


def policy_of(ratios: dict[str, Decimal]) -> object:
    return replace(POLICY, regular=ratios["C"], ratios=ratios)


def test_checks_are_those_of_a_draw_of_the_whole_year() -> None:
    strata = {("TH-DC", "A"): 40, ("TH-ED", "A"): 1, ("TH-DC", "C"): 101, ("TH-DC", "E"): 8}
    assert checks_a_year(strata, POLICY) == {"A": 2, "C": 6, "E": 2}
    assert regular_checks(strata, POLICY.regular) == 2 + 1 + 6 + 1


@given(STRATA, RATIOS)
def test_equal_budget_keeps_the_number_within_rounding_and_the_order(
    strata: dict[tuple[str, str], int], ratios: dict[str, Decimal]
) -> None:
    policy = replace(POLICY, regular=ratios["C"], ratios=ratios)
    assume(sum(strata.values()) > 0)
    scaled = equal_budget(strata, policy)
    assume(scaled.ratios["E"] <= 1)
    wanted, brought = regular_checks(strata, policy.regular), sum(checks_a_year(strata, scaled).values())
    assert abs(wanted - brought) <= len(strata) + 1
    assert order_fault(scaled.ratios, scaled.regular) is None
    for grade in "ABDE":
        was, now = policy.ratios[grade] / policy.regular, scaled.ratios[grade] / scaled.regular
        assert abs(now / was - 1) < Decimal("0.1")


def test_equal_budget_of_nobody_is_the_policy_itself() -> None:
    assert equal_budget({}, POLICY) == POLICY
