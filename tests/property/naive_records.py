"""Naive values: what is on record about a firm (performance, supervision, rule facts)."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date, timedelta

from tests.property.naive_firms import representatives
from tests.property.naive_known import Known, Row, newest
from tests.property.naive_shapes import (
    Naive,
    Values,
    active,
    active_count,
    codes,
    counted,
    days_since,
    flagged,
    has,
    logged,
    month_end,
    of_entity,
)


def severity(row: Row) -> int:
    if row["severity"] is not None:
        return int(row["severity"])
    kinds = codes(row, "penalty_category")
    if kinds & {"07", "08", "10"}:
        return 4
    if kinds & {"04", "05", "06"} or (row["fine_wan"] or 0) >= 10:
        return 3
    return 2 if not kinds or kinds & {"02", "03", "99"} else 1


def is_random(check: Row) -> bool:
    return check["check_kind"] in {"1", "2", "3"}


def is_completed(check: Row) -> bool:
    return bool(codes(check, "result") - {"08", "10", "11"})


def related_bad_share(k: Known) -> Values:
    bad: set[str] = set()
    for feed in ("abnormal_list", "serious_violation_list", "dishonest_executee"):
        bad |= set(k.firms(feed, None, lambda r: k.lasts(r["removed_on"])))
    heads = representatives(k)
    found: Values = {}
    for firm in {f for f, _ in heads}:
        related = [other for f, person in heads if f == firm for other, p in heads if p == person and other != firm]
        found[firm] = sum(other in bad for other in related) / len(related) if related else 0
    return found


def licences_revoked(k: Known) -> Values:
    return counted("licence", None, lambda r: r["revoked_on"] and k.back(1095) <= r["revoked_on"] < k.as_of)(k)


def unresolved_overdue(k: Known) -> Values:
    return counted("complaint", 365, lambda r: r["is_overdue"] and k.lasts(r["closed_on"]))(k)


def report_missing(k: Known) -> Values:
    latest = k.back(14)
    due = [d for d in k.report_deadlines if latest - timedelta(days=1095) <= d["deadline"] < latest]
    reports = k.firms("annual_report")
    found: Values = {}
    for uscc, entity in k.entities.items():
        if entity["entity_type"] == "9500" or entity["established_on"] is None:
            continue
        owed = [d for d in due if entity["established_on"] <= date(d["report_year"], 12, 31)]
        if owed:
            found[uscc] = sum(not _in_time(reports.get(uscc, []), d) for d in owed)
    return found


def _in_time(reports: list[Row], duty: Row) -> bool:
    return any(r["report_year"] == duty["report_year"] and r["event_on"] <= duty["deadline"] for r in reports)


def insurance_arrears(k: Known) -> Values:
    def unpaid(row: Row) -> bool:
        owed = float(row["payable_wan"] or 0)
        grace_over = month_end(row["event_on"] + timedelta(days=1)) < k.as_of
        return owed > 0 and float(row["paid_wan"] or 0) < 0.99 * owed and grace_over

    return counted("social_insurance", 365, unpaid)(k)


def tax_grade(k: Known) -> Values:
    scale = {"A": 0, "B": 1, "M": 1.5, "C": 2, "D": 3}
    found: Values = {}
    graded = k.firms("tax_record", None, lambda r: r["record_type"] == "1" and r["grade"] is not None)
    for uscc, rows in graded.items():
        for row in rows:
            row["of_year"] = row["year"] if row["year"] is not None else row["event_on"].year - 1
        found[uscc] = scale[newest(rows, "of_year", "event_on")["grade"]]
    return found


def lawsuit_amount(k: Known) -> Values:
    sized = k.firms("annual_report", None, lambda r: r["assets_wan"] is not None)
    cases = k.firms("judicial_case", 1095, lambda r: r["role"] == "defendant" and r["amount_wan"] is not None)
    found: Values = {}
    for uscc, rows in cases.items():
        assets = float(newest(sized[uscc], "report_year")["assets_wan"]) if uscc in sized else 0
        registered = float(k.entities.get(uscc, {}).get("reg_capital_wan") or 0)
        found[uscc] = sum(float(r["amount_wan"]) for r in rows) / max(1, assets, registered)
    return found


def abnormal_days(k: Known) -> Values:
    found: Values = {}
    for uscc, rows in k.firms("abnormal_list").items():
        total = 0
        for row in rows:
            ends = min(row["removed_on"] or k.as_of, k.as_of)
            total += max(0, (ends - max(row["listed_on"], k.back(1095))).days)
        found[uscc] = min(1095, total)
    return found


def penalty_amount(k: Known) -> Values:
    return {
        u: math.log(1 + sum(float(r["fine_wan"] or 0) + float(r["confiscated_wan"] or 0) for r in rows))
        for u, rows in k.firms("penalty", 1095).items()
    }


def max_severity(k: Known) -> Values:
    return {u: max(severity(r) for r in rows) for u, rows in k.firms("penalty", 1095).items()}


def sampling_fail_rate(k: Known) -> Values:
    return {
        u: (sum(r["is_pass"] is False for r in rows) + 0.2) / (len(rows) + 4)
        for u, rows in k.firms("product_sampling", 1095).items()
    }


def safety_events(k: Known) -> Values:
    def points(row: Row) -> int:
        if row["kind"] in {"recall", "stop_production"}:
            return int(row["handled_properly"] is False)
        return 2

    events = k.firms("safety_event", 1095, points)
    return {u: sum(points(r) for r in rows) for u, rows in events.items()}


def items(wanted: str | None) -> Naive:
    """How many items of the directory apply; `wanted` names a column that must be true."""

    def value(k: Known) -> Values:
        kept = {
            (r["uscc"], r["item_code"])
            for r in k.applicable_items
            if r["list_kind"] == "directory" and (wanted is None or r[wanted])
        }
        return dict(Counter(uscc for uscc, _ in kept))

    return value


def item_coverage(k: Known) -> Values:
    checked = {(u, r["item_code"]) for u, rows in k.firms("spot_check_result", 730).items() for r in rows}
    applicable = {(r["uscc"], r["item_code"]) for r in k.applicable_items if r["list_kind"] == "check_implementation"}
    total = Counter(uscc for uscc, _ in applicable)
    done = Counter(uscc for uscc, _ in applicable & checked)
    return {uscc: done[uscc] / total[uscc] for uscc in total}


def overdue_rectification(k: Known) -> Values:
    def overdue(row: Row) -> bool:
        return row["rectify_due"] is not None and row["rectify_due"] < k.as_of and k.lasts(row["rectified_on"])

    return counted("spot_check_result", 730, overdue)(k)


def problem_rate(k: Known) -> Values:
    problem = has("result", "02", "03", "04", "05", "06", "07", "09")
    drawn = k.firms("spot_check_result", 1095, lambda r: is_random(r) and is_completed(r))
    return {u: (sum(bool(problem(r)) for r in rows) + 0.5) / (len(rows) + 2) for u, rows in drawn.items()}


def abnormal_severe(k: Known) -> Values:
    def severe(row: Row) -> bool:
        return k.lasts(row["removed_on"]) and (row["cause"] in {"3", "4"} or (k.as_of - row["event_on"]).days > 365)

    return flagged("abnormal_list", None, severe)(k)


def debtor_or_tax(k: Known) -> Values:
    major = active("tax_record", "released_on", lambda r: r["record_type"] == "4")
    return active("dishonest_executee")(k) | major(k)


def new_without_adverse(k: Known) -> Values:
    problem = has("result", "03", "04", "05", "06", "07", "09")
    bad = set(k.firms("spot_check_result", None, problem))
    for feed in ("penalty", "abnormal_list", "serious_violation_list", "dishonest_executee"):
        bad |= set(k.firms(feed))
    return {
        u: 1
        for u, row in k.entities.items()
        if row["established_on"] is not None and row["established_on"] >= k.back(365) and u not in bad
    }


def before_first_report(k: Known) -> Values:
    reported = k.firms("annual_report")
    return {u: 1 for u, row in k.entities.items() if u not in reported and row["entity_type"] != "9500"}


def objected(row: Row) -> bool:
    has_objection = (row["objection_count"] or 0) > 0 or row["result"] == "objected"
    return row["kind"] == "simplified" and has_objection


def moved_to_police(row: Row) -> bool:
    papers = (row["penalty_content"] or "", row["remark"] or "")
    said = any(re.search("移送(公安|司法)", text) for text in papers)
    return said or "10" in codes(row, "penalty_category")


VALUES: dict[str, Naive] = {
    "C2_related_bad_share": related_bad_share,
    "C3_licence_revoked_3y": licences_revoked,
    "C4_serious_history_5y": flagged("serious_violation_list", 1826),
    "C4_repaired_recent": flagged("credit_repair", 365, lambda r: r["result"] == "granted"),
    "C5_unresolved_overdue": unresolved_overdue,
    "C7_report_missing_3y": report_missing,
    "C7_insurance_arrears_1y": insurance_arrears,
    "C7_tax_grade": tax_grade,
    "C7_tax_arrears_active": active("tax_record", "released_on", lambda r: r["record_type"] in {"2", "3", "4"}),
    "C7_executee_active": active("dishonest_executee"),
    "C7_lawsuits_def_3y": logged("judicial_case", 1095, lambda r: r["role"] == "defendant"),
    "C7_lawsuit_amount_3y": lawsuit_amount,
    "C7_gov_blacklist": active_count("gov_dishonesty", keep=lambda r: r["list_kind"] == "black"),
    "C7_gov_redlist": active_count("gov_dishonesty", keep=lambda r: r["list_kind"] == "red"),
    "C4_abnormal_active": active("abnormal_list"),
    "C4_abnormal_days_3y": abnormal_days,
    "C4_abnormal_count_3y": counted("abnormal_list", 1095),
    "C4_unreachable_ever_3y": flagged("abnormal_list", 1095, lambda r: r["cause"] == "4"),
    "C4_serious_active": active("serious_violation_list"),
    "C4_penalty_count_1y": counted("penalty", 365, lambda r: severity(r) >= 2),
    "C4_penalty_count_3y": counted("penalty", 1095, lambda r: severity(r) >= 2),
    "C4_penalty_amount_3y_log": penalty_amount,
    "C4_penalty_max_severity_3y": max_severity,
    "C4_days_since_penalty": days_since("penalty", 1826),
    "C4_sampling_fail_rate_3y": sampling_fail_rate,
    "C4_safety_events_3y": safety_events,
    "C1_items_applicable": items(None),
    "C1_key_items": items("is_key_item"),
    "C1_cross_dept_items": items("is_cross_dept"),
    "C1_item_coverage_24m": item_coverage,
    "C4_overdue_rectification": overdue_rectification,
    "C6_drawn_24m": counted("spot_check_result", 730, is_random),
    "C6_problem_rate_3y": problem_rate,
    "C6_uncooperative_3y": flagged("spot_check_result", 1095, has("result", "07")),
    "C6_unreachable_result_3y": flagged("spot_check_result", 1095, has("result", "05")),
    "C6_days_since_check": days_since("spot_check_result", 1826),
    "F_business_licence_revoked": of_entity(lambda k, r: int(r["status"] == "2")),
    "F_left_register": of_entity(lambda k, r: int(r["status"] in {"3", "4", "5", "6"})),
    "F_new_without_adverse": new_without_adverse,
    "F_before_first_report": before_first_report,
    "F_cancellation_objected": flagged("cancellation", 365, objected),
    "F_licence_revoked_by_penalty_3y": flagged("penalty", 1095, has("penalty_category", "07", "08")),
    "F_false_registration": active("serious_violation_list", keep=lambda r: r["cause"] == "02"),
    "F_major_safety_event_3y": flagged("safety_event", 1095, lambda r: r["level"] in {"major", "particularly_major"}),
    "F_moved_to_police_3y": flagged("penalty", 1095, moved_to_police),
    "F_uncooperative_1y": flagged("spot_check_result", 365, has("result", "07")),
    "F_abnormal_severe_active": abnormal_severe,
    "F_penalty_severity3_1y": flagged("penalty", 365, lambda r: severity(r) >= 3),
    "F_executee_or_major_tax_active": debtor_or_tax,
    "F_black_finding_active": active("gov_dishonesty", keep=lambda r: r["list_kind"] == "black"),
}
"""Code -> naive computation; a firm without a value is absent or None."""
