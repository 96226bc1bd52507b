"""Who exists at a date: the register's exception to knowledge."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.world import build_world

X = "X"


def alive(rows: list[dict[str, object]], day: date) -> list[tuple[object, ...]]:
    with build_world({"ent_registration": rows}, day, indicators=()) as warehouse:
        return warehouse.rows(f"SELECT uscc, status, backfilled, entity_name FROM known.ent_registration(DATE '{day}')")


def version(received: date, number: int, until: date | None = None, **content: object) -> dict[str, object]:
    return {"uscc": X, "received_on": received, "version_no": number,
            "known_to": until and datetime.combine(until, datetime.min.time()), **content}  # fmt: skip


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2015, 1, 1), []),
        (date(2015, 1, 2), [(X, "1", True, "旧名")]),
        (date(2017, 1, 6), [(X, "1", False, "旧名")]),
        (date(2019, 1, 2), [(X, "1", False, "新名")]),
    ],
    ids=["not established", "established, the oldest row is all we have", "known", "second version known"],
)
def test_the_newest_known_version_else_the_oldest(day: date, expected: list[tuple[object, ...]]) -> None:
    rows = [
        version(date(2017, 1, 5), 1, date(2019, 1, 1), established_on=date(2015, 1, 1), entity_name="旧名"),
        version(date(2019, 1, 1), 2, established_on=date(2015, 1, 1), entity_name="新名"),
    ]
    assert alive(rows, day) == expected


def test_a_cancelled_entity_is_gone_from_the_day_that_is_known() -> None:
    rows = [
        version(date(2017, 1, 5), 1, date(2019, 1, 10)),
        version(date(2019, 1, 10), 2, status="4", cancelled_on=date(2019, 1, 2)),
    ]
    assert [len(alive(rows, d)) for d in (date(2019, 1, 10), date(2019, 1, 11))] == [1, 0]


def test_what_a_backfilled_row_says_of_a_later_end_is_not_known_yet() -> None:
    rows = [version(date(2017, 1, 5), 1, status="4", cancelled_on=date(2016, 6, 1))]
    assert alive(rows, date(2016, 6, 1)) == [(X, "1", True, X)]
    assert alive(rows, date(2016, 6, 2)) == []


def test_first_seen_before_its_day_of_establishment() -> None:
    assert len(alive([version(date(2017, 1, 5), 1, established_on=date(2018, 1, 1))], date(2017, 6, 1))) == 1
