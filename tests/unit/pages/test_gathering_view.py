"""What became of delivered rows, which feeds are complete, and how a share is written."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path

import pytest

from pages.views import conclusions, gathering, grades, listings
from pages.views.gathering import Outcome, complete_feeds
from pipeline.settings import City
from tests.public_tables import Reader, city_file

AS_OF = date(2020, 10, 16)


def city(folder: Path, *, expected: bool = True) -> City:
    return City.load(city_file(folder, expected=expected) / "city.toml")


def test_delivered_rows_are_the_sum_of_their_outcomes() -> None:
    assert Outcome(255, 190, 7, 3, 4, 51).gap == 0
    assert Outcome(255, 180, 7, 3, 4, 51).gap == 10
    assert Outcome(0, 0, 0, 0, 0, 0).quarantine_share is None


def test_a_feed_is_complete_if_every_unit_due_is_in_time(tmp_path: Path) -> None:
    reader = Reader()
    assert complete_feeds(reader, AS_OF, city(tmp_path / "a")) == (1, 2)  # type: ignore[arg-type]
    reader.execute("UPDATE coverage SET covered_to = '2020-12-01'")
    assert complete_feeds(reader, AS_OF, city(tmp_path / "b")) == (2, 2)  # type: ignore[arg-type]
    assert complete_feeds(reader, AS_OF, city(tmp_path / "c", expected=False)) == (0, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [(0, 0, "—"), (0, 9, "0.0%"), (1, 9000, "<0.1%"), (8999, 9000, ">99.9%"), (9, 9, "100.0%"), (1, 3, "33.3%")],
)
def test_a_share_says_none_or_all_only_of_none_and_all(part: int, whole: int, written: str) -> None:
    assert conclusions.portion(part, whole) == written


@pytest.mark.parametrize("module", [gathering, grades, listings])
def test_every_field_of_a_view_has_a_label_and_a_help_in_both_languages(module: object) -> None:
    for view in (v for v in vars(module).values() if is_dataclass(v) and v.__module__ == module.__name__):  # type: ignore[attr-defined]
        for field in fields(view):
            for kind in ("label", "help"):
                text = field.metadata[kind]
                assert text.zh and text.en, f"{view}.{field.name}"
