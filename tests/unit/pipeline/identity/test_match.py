"""Attachment by exact steps: what is certain is attached, what could be two firms is not."""

from pathlib import Path

import pytest

from pipeline.domain import Uscc
from pipeline.identity.match import match
from tests.deployment import Deployment
from tests.firms import uscc

A, B, C = uscc(1), uscc(2), uscc(3)
OLD = "220502000012345"
HEADER = ["uscc", "entity_name", "cp_code_2", "cp_code_3", "doc_no", "authority_uscc", "decided_on", "penalty_category"]


def wrong_check_digit(code: str) -> str:
    return code[:17] + ("0" if code[17] != "0" else "1")


def wrong_organisation(code: str) -> str:
    return code[:10] + ("7" if code[10] != "7" else "8") + code[11:]


def attached(folder: Path, rows: list[list[object]], supplier: str = "legal") -> dict[str, tuple[str | None, str]]:
    """doc_no -> (key, method) for penalties against a small register."""
    deployment = Deployment(folder)
    deployment.register((A, "通化甲商贸有限公司"), (B, "通化乙餐饮(东昌)有限公司"), (C, "通化丙药业有限公司"), (OLD, "通化丁加工厂"),
                        (uscc(8), "通化同名商店有限公司"), (uscc(9), "通化同名商店有限公司"))  # fmt: skip
    changes = ["uscc", "change_item", "before_value", "after_value", "changed_on", "change_seq"]
    deployment.deliver(
        "registry/2020-01-03/ent_change.csv",
        changes,
        [(C, "name", "通化旧名药业有限公司", "通化丙药业有限公司", "2019-05-01", 1)],
    )
    filled = [[*r[:4], f"D{n}", "X", "2020-01-05", "02"] for n, r in enumerate(rows)]
    deployment.deliver(f"{supplier}/2020-02-01/penalty.csv", HEADER, filled)
    warehouse, _ = deployment.match()
    with warehouse:
        return {d: (u, m) for d, u, m in warehouse.rows("SELECT doc_no, uscc, match_method FROM core.penalty")}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([A, None, None, None], (A, "uscc")),
        ([A, "另一个名称", None, None], (A, "uscc")),
        ([OLD, None, None, None], ("R" + OLD, "reg_no")),
        ([None, None, OLD, None], ("R" + OLD, "reg_no")),
        ([None, None, None, B[8:17]], (B, "organisation")),
        ([wrong_check_digit(B), None, None, None], (B, "organisation")),
        ([wrong_organisation(B), None, None, None], (None, "none")),
        ([None, "通化乙餐饮（东昌）有限公司", None, None], (B, "name")),
        ([None, " 通化乙餐饮(东昌) 有限公司 ", None, None], (B, "name")),
        ([None, "通化旧名药业有限公司", None, None], (C, "former_name")),
        ([None, "通化同名商店有限公司", None, None], (None, "ambiguous")),
        ([None, "通化无此公司有限公司", None, None], (None, "none")),
        ([uscc(77), "通化甲商贸有限公司", None, None], (None, "none")),
        ([None, None, None, None], (None, "none")),
    ],
    ids=["code", "code beats name", "number in code column", "number", "organisation code", "wrong check digit",
         "wrong organisation code", "full-width brackets", "spaces", "former name", "two firms of one name", "unknown",
         "valid but unknown code: its name is not tried", "nothing given"],
)  # fmt: skip
def test_steps(tmp_path: Path, row: list[object], expected: tuple[str | None, str]) -> None:
    assert attached(tmp_path, [row])["D0"] == expected


def test_the_same_name_in_two_counties_is_told_apart_by_the_supplier(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    header = ["uscc", "entity_name", "status", "division", "jurisdiction_unit", "established_on"]
    rows = [
        (A, "通化和平商店", "1", "220502", "TH-DC", "2015-01-01"),
        (B, "通化和平商店", "1", "220581", "TH-MH", "2015-01-01"),
    ]
    deployment.deliver("registry/2020-01-02/ent_registration.csv", header, rows)
    penalty = ["entity_name", "doc_no", "decided_on", "penalty_category"]
    deployment.deliver("county-220581/2020-02-01/penalty.csv", penalty, [("通化和平商店", "D0", "2020-01-05", "02")])
    deployment.deliver("legal/2020-02-01/penalty.csv", penalty, [("通化和平商店", "D1", "2020-01-05", "02")])
    warehouse, summary = deployment.match()
    with warehouse:
        found = dict(warehouse.rows("SELECT doc_no, uscc FROM core.penalty"))
        assert found == {"D0": B, "D1": None}
        assert warehouse.rows("SELECT supplier, method, records FROM mart.match ORDER BY ALL") == [
            ("county-220581", "name", 1),
            ("legal", "ambiguous", 1),
        ]
    assert (summary.expected, summary.attached, summary.named_rate) == (2, 1, 0.5)


def test_an_old_number_becomes_one_entity_with_its_later_code(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.register((OLD, "通化丁加工厂"))
    deployment.register((A, "通化丁加工厂"), path="registry/2020-03-02/ent_registration.csv")
    deployment.deliver("registry/2020-03-02/ent_change.csv", ["uscc", "change_item", "before_value", "after_value", "changed_on", "change_seq"],
                       [(A, "other", OLD, A, "2020-02-20", 1)])  # fmt: skip
    warehouse, _ = deployment.match()
    with warehouse:
        rows = warehouse.rows("SELECT uscc, row_outcome, version_no FROM core.ent_registration ORDER BY version_no")
        assert rows == [(A, "superseded", 1), (A, "accepted", 2)]
        assert warehouse.value("SELECT count(*) FROM known.ent_registration(DATE '2020-02-01')") == 1


def test_match_can_be_run_again(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path)
    deployment.register((A, "通化甲商贸有限公司"))
    deployment.deliver(
        "legal/2020-02-01/penalty.csv", HEADER, [(A, None, None, None, "D0", "X", "2020-01-05", "02")] * 2
    )
    warehouse, first = deployment.match()
    with warehouse:
        before = [warehouse.rows(f"SELECT * FROM core.{f} ORDER BY ALL") for f in deployment.contracts]
        again = match(deployment.settings, warehouse, deployment.contracts)
        after = [
            warehouse.rows(f"SELECT {', '.join(warehouse.columns(f'core.{f}'))} FROM core.{f} ORDER BY ALL")
            for f in deployment.contracts
        ]
    assert again == first
    assert [len(b) for b in before] == [len(a) for a in after]


def test_check_digits_agree_with_an_independent_library() -> None:
    stdnum = pytest.importorskip("stdnum.cn.uscc")
    for number in range(200):
        code = uscc(number)
        assert stdnum.is_valid(code) and Uscc.is_valid(code)
        assert stdnum.is_valid(wrong_check_digit(code)) == Uscc.is_valid(wrong_check_digit(code)) is False
