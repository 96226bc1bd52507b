from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from pipeline.domain import Month, Text, Uscc
from pipeline.feeds.contract import CodeOf, Field
from pipeline.feeds.parse import tidy, typed

CATEGORIES = {"01": Text("警告", "Warning"), "02": Text("罚款", "Fine"), "99": Text("其他(注明)", "Other")}


def value_of(kind: object, text: str, name: str = "x", many: str | None = None) -> object:
    field = Field(name, kind, Text("列", "column"), many=many)  # type: ignore[arg-type]
    expression = typed(field, "filled", CATEGORIES)
    sql = f"SELECT {expression} FROM (SELECT {tidy(field, 't')} AS filled FROM (SELECT ?::VARCHAR AS t))"
    return duckdb.connect().execute(sql, [text]).fetchone()[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-07-27", date(2020, 7, 27)),
        ("2020/7/27", date(2020, 7, 27)),
        ("2020.07.27", date(2020, 7, 27)),
        ("20200727", date(2020, 7, 27)),
        ("2020年7月27日", date(2020, 7, 27)),
        ("2020年 7月 5日", date(2020, 7, 5)),
        ("2020-07-27 08:30:00", date(2020, 7, 27)),
        ("2020/7/27 8:30", date(2020, 7, 27)),
        ("44039", date(2020, 7, 27)),
        ("44039.75", date(2020, 7, 27)),
        ("２０２０－０７－２７", date(2020, 7, 27)),
        ("长期", None),
        ("9999-09-09", None),
        ("2020-02-30", None),
        ("2020-13-01", None),
        ("27/07/2020", None),
        ("1020-01-01", None),
        ("七月", None),
    ],
)
def test_dates(text: str, expected: date | None) -> None:
    assert value_of(date, text) == expected


def test_times_keep_the_hour() -> None:
    assert value_of(datetime, "2020.7.27 10:05:06") == datetime(2020, 7, 27, 10, 5, 6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", "5"),
        ("1,234.5", "1234.5"),
        ("5000元", "0.5"),
        ("５０００元", "0.5"),
        ("5万元", "5"),
        ("5万元元", "5"),
        ("1.2亿元", "12000"),
        ("￥500元", "0.05"),
        ("-3", "-3"),
        ("约五万", None),
        ("—", None),
    ],
)
def test_money_in_wan(text: str, expected: str | None) -> None:
    assert value_of(Decimal, text, "fine_wan") == (Decimal(expected) if expected else None)


def test_a_unit_means_nothing_outside_money() -> None:
    assert value_of(Decimal, "5元", "area_m2") is None


@pytest.mark.parametrize(
    ("text", "expected"), [("12", 12), ("12.0", 12), ("１２", 12), ("1,200", 1200), ("12.7", None)]
)
def test_integers(text: str, expected: int | None) -> None:
    assert value_of(int, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("是", True), ("否", False), ("Y", True), ("0", False), ("不合格", False), ("也许", None)]
)
def test_yes_and_no(text: str, expected: bool | None) -> None:
    assert value_of(bool, text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-07", "2020-07"),
        ("202007", "2020-07"),
        ("2020年7月", "2020-07"),
        ("2020-07-31", "2020-07"),
        ("2020-13", None),
    ],
)
def test_months(text: str, expected: str | None) -> None:
    assert value_of(Month, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("02", "02"),
        ("2", "02"),
        ("罚款", "02"),
        ("其他", "99"),
        ("其他（注明）", "99"),
        ("警告；罚款", "01;02"),
        ("罚款;乱", None),
    ],
)
def test_codes_are_taken_as_code_or_label(text: str, expected: str | None) -> None:
    assert value_of(CodeOf("penalty_category"), text, many=";") == expected


def test_credit_codes_come_in_one_form() -> None:
    assert value_of(Uscc, "９１２２０５０２ ma0y4h3k0x") == "91220502MA0Y4H3K0X"


CARD = "220502" + "19800101" + "0011"


def test_identity_card_numbers_are_never_stored() -> None:
    assert value_of(Uscc, CARD) is None
    assert value_of(Uscc, CARD + "01") is None
    assert value_of(str, f"当事人身份证号{CARD}，住通化市") == "当事人身份证号〔身份证号〕，住通化市"
    assert value_of(str, "通市监罚〔2020〕123456789012345678号") == "通市监罚〔2020〕123456789012345678号"
