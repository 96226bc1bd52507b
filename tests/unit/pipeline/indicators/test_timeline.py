"""The time line holds the known records of every firm, all of them and nothing later, in the order of the firms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from pipeline.errors import BadDeclaration
from pipeline.feeds.catalogue import FEEDS
from pipeline.feeds.contract import Subject
from pipeline.indicators.lines import LINE_OF, LINES, Lane, Line
from pipeline.indicators.timeline import SEPARATOR, record_sql, write_timeline
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, build_file, current_build
from tests.firms import uscc
from tests.small_city import DAYS, SmallCity

NEWEST = DAYS[-1]


@pytest.fixture(scope="module")
def built(tiny: Settings) -> Iterator[Warehouse]:
    build_id = current_build(tiny)
    assert build_id
    with Warehouse.read(build_file(tiny, build_id)) as warehouse:
        yield warehouse


def rows_of(warehouse: Warehouse, relation: str) -> set[tuple[int, int]]:
    return set(warehouse.rows(f"SELECT delivery_no, row_no FROM {relation}"))


def test_every_feed_about_firms_has_one_line() -> None:
    about = [f.code for f in FEEDS if f.subject not in (Subject.NONE, Subject.STAFF)]
    assert sorted(line.feed for line in LINES) == sorted(about)
    assert {line.lane for line in LINES} == set(Lane)


def test_no_line_says_a_persons_name() -> None:
    assert not {w for line in LINES for w in line.words} & {"legal_rep", "person_name", "legal_rep_pid", "person_pid"}


def test_a_line_names_columns_of_its_feed() -> None:
    with pytest.raises(BadDeclaration, match="nothing"):
        Line("penalty", Lane.PENALTY, ("nothing",))


@pytest.mark.parametrize("feed", [f for f in LINE_OF if f != "ent_registration"])
def test_its_rows_are_the_known_rows(built: Warehouse, feed: str) -> None:
    known = rows_of(built, f"known.{feed}(DATE '{NEWEST}') WHERE uscc IS NOT NULL")
    assert rows_of(built, f"mart.record WHERE feed = '{feed}'") == known


def test_the_registers_rows_are_those_known_and_those_that_are_gone(built: Warehouse) -> None:
    own = rows_of(built, "mart.record WHERE feed = 'ent_registration'")
    known = rows_of(built, f"known.ent_registration(DATE '{NEWEST}') WHERE NOT backfilled")
    gone = rows_of(
        built,
        f"core.ent_registration WHERE row_outcome <> 'duplicate' AND status IN ('3', '4', '5', '6')"
        f" AND known_from < DATE '{NEWEST}' AND (known_to IS NULL OR known_to >= DATE '{NEWEST}')",
    )
    assert own == known | gone and known


def test_nothing_of_the_future(built: Warehouse) -> None:
    assert built.value(f"SELECT count(*) FROM mart.record WHERE event_on >= DATE '{NEWEST}'") == 0
    assert built.value(f"SELECT count(*) FROM mart.record WHERE known_from >= DATE '{NEWEST}'") == 0
    assert built.value("SELECT count(*) FROM mart.record WHERE event_on IS NULL OR uscc IS NULL") == 0


def test_at_an_earlier_date_later_records_are_not_there(small: SmallCity) -> None:
    build_id = current_build(small.settings)
    assert build_id
    early = date(2020, 6, 1)
    with Warehouse.open(build_file(small.settings, build_id)) as warehouse:
        before = warehouse.value("SELECT count(*) FROM mart.record")
        assert 0 < write_timeline(small.settings, warehouse, early, table="mart.earlier") < before
        assert warehouse.value(f"SELECT count(*) FROM mart.earlier WHERE known_from >= DATE '{early}'") == 0


def test_firms_lie_together(built: Warehouse) -> None:
    firms = [r[0] for r in built.rows("SELECT uscc FROM mart.record ORDER BY rowid")]
    assert firms == sorted(firms)


def test_words_weights_and_amounts_of_a_penalty(built: Warehouse) -> None:
    found = built.rows(
        "SELECT r.words, r.weight, r.amount_wan, r.number, p.penalty_category, p.fine_wan, p.doc_no FROM mart.record r"
        f" JOIN known.penalty(DATE '{NEWEST}') p USING (delivery_no, row_no) WHERE r.feed = 'penalty'"
    )
    for words, weight, amount, number, category, fine, doc_no in found:
        assert words == (category or "") and number == doc_no
        assert weight == (1 if category == "01" else 2)
        assert amount == (None if fine is None else float(fine))
    assert len(found) > 10


def test_words_are_joined_by_a_character_that_no_cell_holds(built: Warehouse) -> None:
    lines = {line.feed: len(line.words) for line in LINES}
    for feed, words in built.rows("SELECT DISTINCT feed, words FROM mart.record"):
        assert words.count(SEPARATOR) == lines[feed] - 1, feed


def test_a_report_filed_late_is_noted(built: Warehouse) -> None:
    late = built.rows(
        "SELECT r.weight, a.reported_on > make_date(a.report_year::INTEGER + 1, 6, 30) FROM mart.record r"
        f" JOIN known.annual_report(DATE '{NEWEST}') a USING (delivery_no, row_no) WHERE r.feed = 'annual_report'"
    )
    assert late and all(weight == int(is_late) for weight, is_late in late)


def test_one_firm_has_what_was_delivered_of_it(built: Warehouse) -> None:
    feeds = {f for (f,) in built.rows("SELECT feed FROM mart.record WHERE uscc = ?", [uscc(0)])}
    assert {"ent_registration", "penalty"} <= feeds


def test_as_of_is_written_out_everywhere() -> None:
    for line in LINES:
        assert "as_of" not in record_sql(line, NEWEST).replace("is_repaired", "").split("FROM (")[0], line.feed
