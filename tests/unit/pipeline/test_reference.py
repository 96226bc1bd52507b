"""The reference: working days of 2020, its code lists, and every fault at once."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import BadDeclaration
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, City

FOLDER = DEFAULT_DATA / "reference"
REFERENCE = Reference.load(FOLDER)
DAYS = st.dates(date(2019, 1, 1), date(2021, 12, 31))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the reference that a test may spoil."""
    return Path(shutil.copytree(FOLDER, tmp_path / "reference"))


@pytest.mark.parametrize(
    ("day", "is_working"),
    [
        (date(2020, 4, 26), True),  # Sunday, made up for Labour Day
        (date(2020, 4, 30), True),
        (date(2020, 5, 1), False),
        (date(2020, 5, 4), False),
        (date(2020, 5, 5), False),
        (date(2020, 5, 6), True),
        (date(2020, 5, 9), True),  # Saturday, made up for Labour Day
        (date(2020, 5, 10), False),
        (date(2020, 6, 25), False),
        (date(2020, 6, 28), True),  # Sunday, made up for the Dragon Boat Festival
        (date(2020, 9, 27), True),  # Sunday, made up for the National Day
        (date(2020, 10, 1), False),
        (date(2020, 10, 8), False),
        (date(2020, 10, 9), True),
        (date(2020, 10, 10), True),  # Saturday, made up for the National Day
        (date(2020, 10, 11), False),
        (date(2035, 10, 1), True),  # a Monday of a year without a calendar
        (date(2035, 10, 6), False),
    ],
)
def test_holidays_and_make_up_days(day: date, is_working: bool) -> None:
    assert REFERENCE.is_working(day) is is_working


@pytest.mark.parametrize(
    ("produced", "due"),
    [
        (date(2020, 7, 1), date(2020, 7, 10)),  # no holiday: Wednesday to Friday of the next week
        (date(2020, 4, 24), date(2020, 5, 7)),  # 26 April worked, 1-5 May off
        (date(2020, 4, 30), date(2020, 5, 13)),  # 9 May worked
        (date(2020, 5, 2), date(2020, 5, 13)),  # produced on the holiday itself
        (date(2020, 9, 25), date(2020, 10, 12)),  # 27 September and 10 October worked, 1-8 October off
        (date(2020, 9, 30), date(2020, 10, 16)),
    ],
)
def test_seven_working_days_of_2020(produced: date, due: date) -> None:
    assert REFERENCE.add_working_days(produced, 7) == due
    assert REFERENCE.working_days_between(produced, due) == 7


def test_no_working_days_is_the_day_itself_and_fewer_are_refused() -> None:
    assert REFERENCE.add_working_days(date(2020, 10, 1), 0) == date(2020, 10, 1)
    with pytest.raises(ValueError, match="received -1"):
        REFERENCE.add_working_days(date(2020, 10, 1), -1)


@given(DAYS, st.integers(1, 30))
def test_adding_and_counting_are_each_other_s_inverse(day: date, count: int) -> None:
    due = REFERENCE.add_working_days(day, count)
    assert REFERENCE.is_working(due)
    assert REFERENCE.working_days_between(day, due) == count
    assert REFERENCE.working_days_between(due, day) == -count


@given(DAYS, st.integers(0, 60))
def test_the_frame_says_the_same_as_the_functions(first: date, length: int) -> None:
    frame = REFERENCE.working_day_frame(first, first + timedelta(days=length))
    days = [first + timedelta(days=n) for n in range(length + 1)]
    assert [d.date() for d in frame["day"]] == days
    assert list(frame["is_working"]) == [REFERENCE.is_working(d) for d in days]
    before = first - timedelta(days=1)
    assert list(frame["ordinal"]) == [REFERENCE.working_days_between(before, d) for d in days]


def test_sql_adds_a_time_limit_by_joining_the_frame_with_itself() -> None:
    frame = REFERENCE.working_day_frame(date(2020, 4, 1), date(2020, 12, 31))
    with duckdb.connect() as connection:
        connection.register("working_day", frame)
        due = connection.execute(
            """
            SELECT due.day::DATE
            FROM (VALUES (DATE '2020-04-30'), (DATE '2020-05-02'), (DATE '2020-09-30')) AS record(produced_at)
            JOIN working_day AS start ON start.day = record.produced_at
            JOIN working_day AS due ON due.is_working AND due.ordinal = start.ordinal + 7
            ORDER BY record.produced_at
            """
        ).fetchall()
    assert due == [(date(2020, 5, 13),), (date(2020, 5, 13),), (date(2020, 10, 16),)]


def test_code_lists_have_labels_in_both_languages_and_a_source() -> None:
    for name, codes in REFERENCE.code_lists.items():
        assert codes.source, name
        assert codes.title.zh, name
        assert codes.labels, name
        assert all(label.zh and label.en for label in codes.labels.values()), name
    assert REFERENCE.codes("check_result")["01"].zh == "未发现问题"
    assert REFERENCE.codes("division")["220581"].zh == "梅河口市"
    assert len(REFERENCE.codes("industry_section")) == 20
    assert not REFERENCE.code_lists["penalty_severity"].confirmed


def test_trades_places_and_bases() -> None:
    assert REFERENCE.industries["27"].zh == "医药制造业"
    assert REFERENCE.sections["27"] == "C"
    assert len(REFERENCE.sections) == 97
    assert REFERENCE.streets["220502001"].division == "220502"
    assert REFERENCE.legal_bases["SEED-4.3.2-4"].clause.startswith("四(三)2(4)")
    assert REFERENCE.legal_bases["SEED-4.1.2"].confirmed
    assert not REFERENCE.legal_bases["PROP"].confirmed


def test_every_division_of_a_unit_is_known() -> None:
    city = City.load(DEFAULT_DATA / "city.toml")
    assert {d for unit in city.units for d in unit.divisions} == set(REFERENCE.divisions)


def test_check_names_everyone_who_names_something_unknown() -> None:
    REFERENCE.check({"feed a": ["field"]}, {"feed a": ["SEED-4.1.2"]})
    with pytest.raises(BadDeclaration) as error:
        REFERENCE.check({"feed a": ["feild"], "feed b": ["field"]}, {"feed b": ["SEED-4.1.9", "nowhere"]})
    assert len(error.value.faults) == 3
    assert "feed a: code list 'feild' is not in code_lists.toml; did you mean 'field'?" in error.value.faults
    assert "feed b: legal basis 'nowhere' is not in legal_basis.csv" in error.value.faults


def test_all_faults_of_a_folder_are_reported_at_once(folder: Path) -> None:
    (folder / "code_lists.toml").write_text("[field]\ntitle = {zh = '领域', en = 'Field'}\n", encoding="utf-8")
    with (folder / "calendar.csv").open("a", encoding="utf-8") as file:
        file.write("2027-13-01,holiday,New Year's Day\n2027-01-02,half_day,New Year's Day\n")
        file.write("2027-01-03,holiday,New Year's Day\n2027-01-03,makeup_workday,New Year's Day\n")
    with (folder / "streets.csv").open("a", encoding="utf-8") as file:
        file.write("999999001,某街道,999999\n")
    with (folder / "industry.csv").open("a", encoding="utf-8") as file:
        file.write("98,Z,某业,Some trade,maybe\n")
    (folder / "divisions.csv").write_text("code,name\n220502,东昌区\n", encoding="utf-8")
    (folder / "legal_basis.csv").unlink()
    with pytest.raises(BadDeclaration) as error:
        Reference.load(folder)
    for part in (
        "code_lists.toml: field: expected title, source, confirmed and codes",
        "calendar.csv: date: expected YYYY-MM-DD, received '2027-13-01'",
        "calendar.csv: 2027-01-02: type: expected holiday or makeup_workday, received 'half_day'",
        "calendar.csv: date '2027-01-03' stands twice",
        "streets.csv: '999999001' lies in '999999'",
        "industry.csv: '98' names section 'Z'",
        "industry.csv: 98: confirmed: expected true or false, received 'maybe'",
        "divisions.csv: expected columns",
        "legal_basis.csv: not readable",
    ):
        assert any(part in fault for fault in error.value.faults), part


def test_unreadable_files_are_named(folder: Path) -> None:
    (folder / "code_lists.toml").write_text("[field", encoding="utf-8")
    (folder / "streets.csv").write_bytes("编码".encode("gb18030"))
    with pytest.raises(BadDeclaration) as error:
        Reference.load(folder)
    assert [f.split(":")[0] for f in error.value.faults] == ["code_lists.toml", "streets.csv"]


def test_a_file_saved_by_a_spreadsheet_with_a_byte_order_mark_is_read(folder: Path) -> None:
    path = folder / "divisions.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert Reference.load(folder) == REFERENCE
