"""A record with several versions: what was known when, counted once at every date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pipeline.identity.match import match
from pipeline.indicators.known import write_known
from tests.deployment import Deployment
from tests.firms import uscc

A = uscc(1)
PENALTY = [
    "uscc",
    "doc_no",
    "authority_uscc",
    "decided_on",
    "penalty_category",
    "fine_wan",
    "withdrawn_on",
    "source_record_id",
]
LISTED = ["uscc", "list_id", "cause", "listed_on", "removed_on", "removal_cause"]


def deployment_of(folder: Path) -> Deployment:
    deployment = Deployment(folder)
    deployment.register((A, "通化甲商贸有限公司"))
    return deployment


def fine_known(folder_deployment: Deployment, *days: str) -> list[list[tuple[object, ...]]]:
    warehouse, _ = folder_deployment.match()
    with warehouse:
        return [
            warehouse.rows(f"SELECT fine_wan::DOUBLE FROM known.penalty(DATE '{d}') WHERE NOT is_repaired")
            for d in days
        ]


def test_two_versions_are_counted_once_with_the_content_known_then(tmp_path: Path) -> None:
    deployment = deployment_of(tmp_path)
    deployment.deliver("legal/2020-02-01/penalty.csv", PENALTY, [(A, "D1", "X", "2020-01-05", "02", 1, None, None)])
    deployment.deliver("legal/2020-03-01/penalty.csv", PENALTY, [(A, "D1", "X", "2020-01-05", "02", 3, None, None)])
    found = fine_known(deployment, "2020-02-01", "2020-02-02", "2020-03-01", "2020-03-02")
    assert found == [[], [(1.0,)], [(1.0,)], [(3.0,)]]


def test_outcomes_of_a_chain_of_versions(tmp_path: Path) -> None:
    deployment = deployment_of(tmp_path)
    for month, fine in (("02", 1), ("03", 1), ("04", 2), ("05", 1)):
        rows = [(A, "D1", "X", "2020-01-05", "02", fine, None, f"file {month}")]
        deployment.deliver(f"legal/2020-{month}-01/penalty.csv", PENALTY, rows)
    warehouse, _ = deployment.match()
    with warehouse:
        rows = warehouse.rows(
            "SELECT month(known_from), row_outcome, version_no, known_to::DATE FROM core.penalty ORDER BY 1"
        )
    assert rows == [
        (2, "superseded", 1, date(2020, 4, 1)),
        (3, "duplicate", None, date(2020, 3, 1)),
        (4, "superseded", 2, date(2020, 5, 1)),
        (5, "accepted", 3, None),
    ]


def test_a_key_with_an_empty_part_has_no_other_version(tmp_path: Path) -> None:
    deployment = deployment_of(tmp_path)
    rows = [(A, None, "X", "2020-01-05", "02", fine, None, None) for fine in (1, 2, 2)]
    deployment.deliver("legal/2020-02-01/penalty.csv", PENALTY, rows)
    warehouse, _ = deployment.match()
    with warehouse:
        assert warehouse.rows("SELECT fine_wan::INT, row_outcome FROM core.penalty ORDER BY row_no") == [
            (1, "accepted"),
            (2, "accepted"),
            (2, "duplicate"),
        ]


def test_keys_are_compared_after_attachment(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, ("ent_registration", "ent_change", "credit_repair", "annual_report"))
    deployment.register((A, "通化甲商贸有限公司"))
    header = ["uscc", "entity_name", "report_year", "reported_on", "employees"]
    deployment.deliver("credit/2020-07-01/annual_report.csv", header, [(A, None, 2019, "2020-05-01", 5)])
    deployment.deliver(
        "credit/2020-08-01/annual_report.csv", header, [(None, "通化甲商贸有限公司", 2019, "2020-05-01", 7)]
    )
    warehouse, _ = deployment.match()
    with warehouse:
        assert warehouse.rows("SELECT row_outcome FROM core.annual_report ORDER BY delivery_no") == [
            ("superseded",),
            ("accepted",),
        ]


def test_a_withdrawn_penalty_leaves_from_the_day_that_was_received(tmp_path: Path) -> None:
    deployment = deployment_of(tmp_path)
    deployment.deliver("legal/2020-02-01/penalty.csv", PENALTY, [(A, "D1", "X", "2020-01-05", "02", 1, None, None)])
    deployment.deliver(
        "legal/2020-05-01/penalty.csv", PENALTY, [(A, "D1", "X", "2020-01-05", "02", 1, "2020-04-01", None)]
    )
    assert fine_known(deployment, "2020-04-15", "2020-05-01", "2020-05-02") == [[(1.0,)], [(1.0,)], []]


def test_a_granted_repair_takes_its_record_out_and_a_refused_one_does_not(tmp_path: Path) -> None:
    deployment = deployment_of(tmp_path)
    rows = [(A, f"D{n}", "X", "2020-01-05", "02", n, None, f"S{n}") for n in (1, 2, 3)]
    deployment.deliver("legal/2020-02-01/penalty.csv", PENALTY, rows)
    header = ["uscc", "repair_no", "target_feed", "target_record_id", "repaired_on", "result"]
    repairs = [(A, "R1", "penalty", "D1", "2020-04-10", "granted"), (A, "R2", "penalty", "S2", "2020-04-10", "granted"),
               (A, "R3", "penalty", "D3", "2020-04-10", "refused"), (uscc(9), "R4", "penalty", "D3", "2020-04-10", "granted")]  # fmt: skip
    deployment.deliver("credit/2020-05-01/credit_repair.csv", header, repairs)
    before, after = fine_known(deployment, "2020-05-01", "2020-05-02")
    assert (len(before), sorted(after)) == (3, [(3.0,)])


def test_what_is_learned_later_is_blank_until_then(tmp_path: Path) -> None:
    deployment = deployment_of(tmp_path)
    deployment.deliver(
        "credit/2020-02-01/abnormal_list.csv", LISTED, [(A, "L1", "1", "2020-01-05", "2020-06-01", "已补报")]
    )
    warehouse, _ = deployment.match()
    with warehouse:
        rows = [
            warehouse.rows(f"SELECT removed_on, removal_cause FROM known.abnormal_list(DATE '{d}')")
            for d in ("2020-06-01", "2020-06-02")
        ]
    assert rows == [[(None, None)], [(date(2020, 6, 1), "已补报")]]


def test_a_history_load_is_known_by_event_date_and_time_limit(tmp_path: Path) -> None:
    deployment = deployment_of(tmp_path)
    # 2016-01-04 is a Monday: seven working days later is 2016-01-13. Removal 2016-03-01 -> 2016-03-10.
    deployment.deliver(
        "credit/2017-02-01/abnormal_list.csv", LISTED, [(A, "L1", "1", "2016-01-04", "2016-03-01", "已补报")]
    )
    warehouse, _ = deployment.ingest(history=True)
    with warehouse:
        match(deployment.settings, warehouse, deployment.contracts)
        write_known(warehouse, tuple(deployment.contracts.values()))
        days = ("2016-01-13", "2016-01-14", "2016-03-10", "2016-03-11")
        found = [warehouse.rows(f"SELECT known_assumed, removed_on FROM known.abnormal_list(DATE '{d}')") for d in days]
    assert found == [[], [(True, None)], [(True, None)], [(True, date(2016, 3, 1))]]


def test_received_at_in_the_row_counts_before_the_folder(tmp_path: Path) -> None:
    deployment = deployment_of(tmp_path)
    deployment.deliver(
        "legal/2020-02-01/penalty.csv",
        [*PENALTY, "received_at"],
        [(A, "D1", "X", "2020-01-05", "02", 1, None, None, "2020-01-20 09:30:00")],
    )
    assert fine_known(deployment, "2020-01-20", "2020-01-21") == [[], [(1.0,)]]
