"""Nothing lost: every delivered row ends in exactly one place, whatever is delivered."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.feeds.archive import accept
from tests.deployment import Deployment
from tests.firms import uscc

FIRMS = [(uscc(n), f"通化{'甲乙丙丁戊'[n]}商贸有限公司") for n in range(5)]
HEADER = [
    "行政相对人代码_1",
    "行政相对人名称",
    "行政相对人类别",
    "行政处罚决定书文号",
    "处罚类别",
    "罚款金额(万元)",
    "处罚决定日期",
    "归集时间",
]

messy_dates = st.sampled_from(
    [
        "2020-01-05",
        "2020/1/5",
        "2020.01.06",
        "20200107",
        "2020年1月8日",
        "43837",
        "2031-01-01",
        "不详",
        "",
        "2020-13-40",
    ]
)
messy_rows = st.tuples(
    st.sampled_from([FIRMS[0][0], FIRMS[1][0], FIRMS[2][0][:17] + "*", "", "220502000012345"]),
    st.sampled_from([FIRMS[0][1], FIRMS[3][1], "通化（无此）公司", "", "张某"]),
    st.sampled_from(["1", "3", "自然人", "法人及非法人组织", "", "9"]),
    st.sampled_from(["A1", "A2", "A3", ""]),
    st.sampled_from(["02", "罚款", "警告;罚款", "77", ""]),
    st.sampled_from(["1", "0.5", "5000元", "若干", "-1", ""]),
    messy_dates,
    st.sampled_from(["", "2020-02-03 10:00:00", "2020-03-01"]),
)
files = st.lists(
    st.tuples(
        st.sampled_from(["2020-02-01", "2020-03-01", "2020-04-01"]),
        st.lists(messy_rows, max_size=12),
        st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(files)
def test_every_row_is_in_exactly_one_place(deliveries: list[tuple[str, list[tuple[str, ...]], str]]) -> None:
    folder = Path(tempfile.mkdtemp(prefix="rows-"))
    try:
        deployment = Deployment(folder)
        deployment.register(*FIRMS)
        contents = {}
        for number, (day, rows, encoding) in enumerate(deliveries):
            path = deployment.deliver(f"legal/{day}/penalty-{number}.csv", HEADER, rows, encoding=encoding)
            contents[path.read_bytes()] = sum(1 for row in rows if any(cell.strip() for cell in row))
        warehouse, _ = deployment.match()
        with warehouse:
            ledger = warehouse.frame("SELECT * FROM mart.delivery WHERE feed = 'penalty'")
            assert sorted(ledger.delivered) == sorted(contents.values())
            places = ["accepted", "duplicate", "superseded", "excluded", "quarantined"]
            assert (ledger[places].sum(axis=1) == ledger.delivered).all()
            rows = warehouse.rows(
                "SELECT delivery_no, row_no FROM core.penalty UNION ALL SELECT delivery_no, row_no FROM quarantine.penalty"
            )
            assert max(Counter(rows).values(), default=1) == 1
            assert len(rows) == ledger.delivered.sum()
            blank = warehouse.value(
                "SELECT count(*) FROM quarantine.penalty WHERE rule IS NULL OR delivered IS NULL OR field IS NULL"
            )
            assert blank == 0
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_bad_delivery_is_set_aside_whole_and_taken_after_a_look(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.register(*FIRMS)
    good = [(FIRMS[0][0], FIRMS[0][1], "1", f"D{n}", "02", "1", "2020-01-05", "") for n in range(94)]
    bad = [(FIRMS[0][0], FIRMS[0][1], "1", f"E{n}", "02", "1", "不详", "") for n in range(6)]
    deployment.deliver("legal/2020-02-01/penalty.csv", HEADER, [*good, *bad])
    warehouse, _ = deployment.match()
    with warehouse:
        assert warehouse.rows(
            "SELECT state, delivered, accepted, quarantined FROM mart.delivery WHERE feed = 'penalty'"
        ) == [("set_aside", 100, 0, 100)]
        assert warehouse.rows("SELECT DISTINCT rule FROM quarantine.penalty") == [("delivery_set_aside",)]
        assert "--accept" in warehouse.value("SELECT reason FROM mart.delivery WHERE feed = 'penalty'")
    accept(deployment.settings, "penalty.csv")
    warehouse, _ = deployment.match()
    with warehouse:
        assert warehouse.rows("SELECT state, accepted, quarantined FROM mart.delivery WHERE feed = 'penalty'") == [
            ("taken", 94, 6)
        ]
        assert warehouse.rows("SELECT DISTINCT rule, field, received FROM quarantine.penalty") == [
            ("kind", "decided_on", "不详")
        ]


def test_five_in_a_hundred_are_borne(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.register(*FIRMS)
    rows = [(FIRMS[0][0], "", "1", f"D{n}", "02", "1", "不详" if n < 5 else "2020-01-05", "") for n in range(100)]
    deployment.deliver("legal/2020-02-01/penalty.csv", HEADER, rows)
    warehouse, _ = deployment.match()
    with warehouse:
        assert warehouse.rows("SELECT state, accepted, quarantined FROM mart.delivery WHERE feed = 'penalty'") == [
            ("taken", 95, 5)
        ]


def test_an_unreadable_file_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.register(*FIRMS)
    deployment.deliver_bytes("legal/2020-02-01/penalty.xls", b"<html><table><tr><td>x</td></tr></table></html>")
    deployment.deliver("legal/2020-02-01/something.csv", ["甲", "乙"], [("1", "2")])
    deployment.deliver(
        "tax/2020-02-01/名单.csv", ["纳税人名称", "主体名称", "统一社会信用代码"], [("x", "y", "z"), ("x", "y", "z")]
    )
    warehouse, _ = deployment.match()
    with warehouse:
        aside = warehouse.rows(
            "SELECT file_name, delivered, quarantined FROM mart.delivery WHERE state = 'set_aside' ORDER BY 1"
        )
        assert aside == [("penalty.xls", 0, 0), ("something.csv", 0, 0), ("名单.csv", 2, 2)]
        assert warehouse.value("SELECT delivered->>'c0' FROM quarantine.unrecognised LIMIT 1") == "x"
        assert warehouse.value("SELECT count(*) FROM core.ent_registration") == len(FIRMS)
    assert list((tmp_path / "var/raw/unreadable").iterdir())


def test_natural_persons_are_excluded_by_rule(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.register(*FIRMS)
    deployment.deliver(
        "legal/2020-02-01/penalty.csv", HEADER, [("", "张某", "自然人", "D1", "02", "1", "2020-01-05", "")]
    )
    warehouse, _ = deployment.match()
    with warehouse:
        assert warehouse.rows("SELECT outcome, delivered->>'cp_name' FROM quarantine.penalty") == [("excluded", "张某")]


def test_the_same_file_delivered_twice_changes_nothing(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.register(*FIRMS)
    row = (FIRMS[0][0], FIRMS[0][1], "1", "D1", "02", "1", "2020-01-05", "")
    first = deployment.deliver("legal/2020-02-01/penalty.csv", HEADER, [row])
    warehouse, _ = deployment.match()
    with warehouse:
        before = warehouse.rows("SELECT * FROM core.penalty"), warehouse.rows("SELECT * FROM mart.delivery")
    deployment.deliver_bytes("legal/2020-03-01/again.csv", first.read_bytes())
    warehouse, _ = deployment.match()
    with warehouse:
        assert (warehouse.rows("SELECT * FROM core.penalty"), warehouse.rows("SELECT * FROM mart.delivery")) == before


def test_a_sheet_that_holds_no_records_is_named_not_silently_skipped(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.register(*FIRMS)
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        records, notes = book.add_worksheet("处罚"), book.add_worksheet("填表说明")
        records.write_row(0, 0, HEADER)
        records.write_row(1, 0, (FIRMS[0][0], FIRMS[0][1], "1", "D1", "02", "1", "2020-01-05", ""))
        notes.write_row(0, 0, ("请逐行填写",))
    deployment.deliver_bytes("legal/2020-02-01/penalty.xlsx", content.getvalue())
    warehouse, _ = deployment.match()
    with warehouse:
        found = warehouse.rows("SELECT file_name, ignored, accepted FROM mart.delivery WHERE feed = 'penalty'")
    assert found == [("penalty.xlsx/处罚", "填表说明", 1)]
