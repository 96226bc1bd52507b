"""Features of a check: the firm's own past as it was known, who the firm is, and nothing of the check itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from models.risk.check_model import feature as declared
from models.risk.check_model import features, past
from models.risk.history import checks, known_by, rows_of
from pipeline.domain import Text
from pipeline.errors import BadDeclaration
from pipeline.feeds.catalogue.penalty import PENALTY
from pipeline.indicators.indicator import Count
from pipeline.stores.warehouse import Warehouse
from tests.world import build_world, world_settings

FEATURES = features(world_settings())
SPAN = (date(2019, 1, 1), date(2021, 1, 1))
FIRM, OTHER = "91220502MA10000001", "92220502700000002Y"


def check(uscc: str | None, day: date, result: str = "01", **more: Any) -> dict[str, Any]:
    return {"uscc": uscc, "check_id": f"{uscc}-{day}-{more.get('n', 0)}", "checked_on": day, "result": result} | {
        k: v for k, v in more.items() if k != "n"
    }


def world(*rows: dict[str, Any]) -> Warehouse:
    return build_world({"spot_check_result": list(rows)}, date(2020, 12, 1), indicators=())


def test_worked_example() -> None:
    with world(
        check(FIRM, date(2019, 1, 10), "06"),
        check(FIRM, date(2020, 1, 1)),
        check(FIRM, date(2020, 3, 1)),
        check(FIRM, date(2020, 4, 10), "03", entity_name="某某网吧"),
    ) as w:
        last = rows_of(checks(w, FEATURES, *SPAN), np.array([3])).values
    expected = {
        "P_since_check": 40,
        "P_since_failure": 456,
        "P_checks_90d": 1,
        "P_checks_365d": 2,
        "P_check_days_365d": 2,
        "P_failures_365d": 0,
        "P_checks_a_year": 365 * 3 / 456,
        "W_code_kind": "company",
        "W_trade": "internet_cafe",
    }
    for code, value in expected.items():
        assert last[code][0] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-6)), code
    assert last["W_registered"][0] > 1


def test_a_new_firm_has_no_past_and_an_unattached_check_nothing_at_all() -> None:
    with world(check(FIRM, date(2020, 1, 1)), check(None, date(2020, 1, 2), "06", entity_name="某公司")) as w:
        found = checks(w, FEATURES, *SPAN)
    assert list(found.firm) == [FIRM, None] and list(found.adverse) == [False, True]
    assert found.values["P_checks_365d"][0] == 0 and np.isnan(found.values["P_since_check"][0])
    for i in FEATURES:
        value = found.values[i.code][1]
        assert value is None or np.isnan(value), i.code


def test_what_was_known_later_or_happened_the_same_day_does_not_count() -> None:
    late = check(FIRM, date(2020, 1, 1), "06", received_on=date(2020, 3, 1))
    day = date(2020, 2, 1)
    with world(late, check(FIRM, day, "06"), check(FIRM, day, "01", n=1), check(FIRM, date(2020, 4, 1))) as w:
        found = checks(w, FEATURES, *SPAN)
        assert list(known_by(w, *SPAN)[:1]) == [np.datetime64("2020-03-01")]
    assert list(found.values["P_checks_365d"]) == [0, 0, 0, 3]
    assert list(found.values["P_failures_365d"]) == [0, 0, 0, 2]


def test_later_records_change_nothing() -> None:
    early = [check(FIRM, date(2020, m, 1), "06" if m % 2 else "01") for m in range(1, 7)]
    later = [check(FIRM, date(2020, 9, m), "06") for m in range(1, 9)] + [check(OTHER, date(2020, 9, 9))]
    until = (date(2019, 1, 1), date(2020, 7, 1))
    with world(*early) as one, world(*early, *later) as two:
        a, b = (checks(w, FEATURES, *until) for w in (one, two))
    for i in FEATURES:
        np.testing.assert_array_equal(a.values[i.code], b.values[i.code])


def test_nothing_of_the_check_itself_is_a_feature() -> None:
    """Other task, kind, authority, inspectors and result: the same features."""
    row = check(FIRM, date(2020, 5, 1), entity_name="某书店")
    other = row | {
        "check_kind": "6",
        "check_org": "某局",
        "inspectors": "A;B",
        "task_code": "T1",
        "item_code": "I",
        "result": "06",
    }
    with world(check(FIRM, date(2020, 1, 1)), row) as one, world(check(FIRM, date(2020, 1, 1)), other) as two:
        a, b = (checks(w, FEATURES, *SPAN) for w in (one, two))
    assert (a.adverse[1], b.adverse[1]) == (False, True)
    for i in FEATURES:
        np.testing.assert_array_equal(a.values[i.code], b.values[i.code])


def test_who_is_checked_is_all_that_a_state_may_name() -> None:
    from models.risk.check_model import _who  # noqa: PLC0415

    leaky = declared("X", Text("x", "x"), _who("result"))
    with world(check(FIRM, date(2020, 1, 1))) as w, pytest.raises(Exception, match="result"):
        checks(w, (leaky,), *SPAN)


def test_other_forms_are_refused() -> None:
    with world(check(FIRM, date(2020, 1, 1))) as w, pytest.raises(BadDeclaration, match="spot_check_result"):
        checks(w, (declared("X", Text("x", "x"), Count(PENALTY, None, "count(*)")),), *SPAN)
    assert past("count(*)").window is None


def test_only_completed_checks_count() -> None:
    with world(check(FIRM, date(2020, 1, 1), "10"), check(FIRM, date(2020, 2, 1), "06")) as w:
        found = checks(w, FEATURES, *SPAN)
    assert len(found.firm) == 1 and found.values["P_checks_365d"][0] == 0
