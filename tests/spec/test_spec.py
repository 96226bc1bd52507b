"""The examples in tests/spec/<dimension>/*.toml: small tables in, as_of, expected value out.

A file holds [[case]] blocks: code, title, as_of (default 2020-10-16), rows.<feed> = [rows], expected = {firm = value}.
"null" is a missing value, in rows and in expected. Firms are letters; cases of one as_of are computed in one world, where every
case has firms, addresses, persons and record numbers of its own. `alone = true` gives a case its own world.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pipeline.indicators.catalogue import ALL
from tests.world import build_world

FOLDER = Path(__file__).parent
AS_OF = date(2020, 10, 16)
OWN = frozenset({"uscc", "address", "person_pid", "doc_no", "list_id", "source_record_id", "target_record_id"})
"""Columns whose values a case has for itself."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One example; `number` tells its firms from those of other cases."""

    number: int
    path: str
    code: str
    title: str
    as_of: date
    alone: bool
    rows: dict[str, list[Row]]
    expected: dict[str, Any]

    @property
    def world(self) -> tuple[date, int]:
        """Which world the case lives in."""
        return self.as_of, self.number if self.alone else -1

    def own(self, value: str) -> str:
        """A name that no other case has."""
        return f"{value}{self.number:03d}"

    def _cell(self, column: str, value: Any) -> Any:
        return None if value == "null" else self.own(value) if column in OWN else value

    def delivered(self) -> dict[str, list[Row]]:
        """The rows under the case's own names, with a plain register row for firms that no row names."""
        rows = {
            feed: [{k: self._cell(k, v) for k, v in row.items()} for row in listed]
            for feed, listed in self.rows.items()
        }
        registered = {r["uscc"] for r in rows.get("ent_registration", [])}
        plain = [{"uscc": self.own(f), "received_on": date(2010, 2, 1)} for f in self.expected]
        rows["ent_registration"] = [
            *rows.get("ent_registration", []),
            *(r for r in plain if r["uscc"] not in registered),
        ]
        return rows


def _load() -> tuple[Case, ...]:
    blocks = [
        (path, block)
        for path in sorted(FOLDER.glob("*/*.toml"))
        for block in tomllib.loads(path.read_text(encoding="utf-8"))["case"]
    ]
    return tuple(
        Case(
            number=number,
            path=f"{path.parent.name}/{path.stem}",
            code=block["code"],
            title=block["title"],
            as_of=block.get("as_of", AS_OF),
            alone=block.get("alone", False),
            rows=block.get("rows", {}),
            expected=block["expected"],
        )
        for number, (path, block) in enumerate(blocks)
    )


CASES = _load()


@cache
def _values(world: tuple[date, int]) -> dict[str, Row]:
    """uscc -> the row of mart.indicator, for all cases of one world."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for case in CASES:
        if case.world == world:
            for feed, listed in case.delivered().items():
                rows[feed] += listed
    with build_world(dict(rows), world[0]) as warehouse:
        names = warehouse.columns("mart.indicator")
        return {
            row[names.index("uscc")]: dict(zip(names, row, strict=True))
            for row in warehouse.rows("FROM mart.indicator")
        }


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.number}-{c.code}")
def test_example(case: Case) -> None:
    values = _values(case.world)
    for firm, expected in case.expected.items():
        found = values[case.own(firm)][case.code]
        if expected == "null":
            assert found is None, f"{case.path} {firm}: expected no value, received {found}"
        elif isinstance(expected, str):
            assert found == expected, f"{case.path} {firm}"
        else:
            assert found == pytest.approx(expected, abs=1e-5), f"{case.path} {firm}"


def test_every_indicator_has_an_example() -> None:
    assert {i.code for i in ALL} - {c.code for c in CASES} == set()


def test_examples_name_indicators_of_their_dimension() -> None:
    home = {i.code: "rule_facts" if i.role.name == "RULE_FACT" else i.dimension.name.lower() for i in ALL}
    assert [(c.path, c.code) for c in CASES if home.get(c.code) != c.path.split("/")[0]] == []
