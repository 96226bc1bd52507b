"""Naive values: what a firm is, how it changes and how it grows (basic, behaviour, growth)."""

from __future__ import annotations

import math
import re
from collections import Counter

from tests.property.naive_known import Known, Row, newest
from tests.property.naive_shapes import (
    Naive,
    Values,
    counted,
    month_end,
    number,
    of_entity,
    of_newest,
    ratio,
)

TYPE_GROUP = {
    "1130": "llc",
    "1190": "llc",
    "1150": "one_person_llc",
    "1151": "one_person_llc",
    "1152": "one_person_llc",
    "1153": "one_person_llc",
    "1211": "jsc",
    "1219": "jsc",
    "4531": "partnership",
    "4532": "partnership",
    "4540": "sole",
    "2000": "branch",
    "1110": "state",
    "3100": "state",
    "5000": "foreign",
}


def age(k: Known, row: Row) -> float | None:
    return None if row["established_on"] is None else (k.back(1) - row["established_on"]).days / 365.25


def is_new(k: Known, row: Row) -> int:
    return int(row["established_on"] is not None and row["established_on"] >= k.back(365))


def capital(k: Known, row: Row) -> float | None:
    is_yuan = row["currency"] is None or row["currency"] in {"CNY", "RMB", "156"}
    return math.log(1 + float(row["reg_capital_wan"])) if is_yuan and row["reg_capital_wan"] is not None else None


def type_group(k: Known, row: Row) -> str | None:
    return None if row["entity_type"] is None else TYPE_GROUP.get(row["entity_type"], "other")


def representatives(k: Known) -> set[tuple[str, str]]:
    """(uscc, person) of the legal representatives in office of existing entities."""
    found = set()
    for row in k.feeds["ent_person"]:
        in_office = (row["from_date"] is None or row["from_date"] < k.as_of) and k.lasts(row["to_date"])
        if in_office and "法定代表人" in (row["position"] or "") and row["uscc"] in k.entities:
            found.add((row["uscc"], row["person_pid"]))
    return found


def legal_rep_firms(k: Known) -> Values:
    heads = representatives(k)
    load = Counter(person for _, person in heads)
    return {firm: max(load[p] - 1 for f, p in heads if f == firm) for firm, _ in heads}


def place(row: Row) -> str:
    text = (row["address"] or "").upper().translate(str.maketrans("０１２３４５６７８９", "0123456789"))
    return "".join(c for c in text if (c.isdigit() and c.isascii()) or "A" <= c <= "Z" or "一" <= c <= "龥")


def same_address_firms(k: Known) -> Values:
    crowd = Counter(place(row) for row in k.entities.values() if row["status"] == "1")
    found: Values = {}
    for uscc, row in k.entities.items():
        if place(row):
            found[uscc] = math.log(1 + crowd[place(row)] - (row["status"] == "1"))
    return found


def equipment_count(k: Known) -> Values:
    in_use = k.firms("special_equipment", None, lambda r: r["status"] == "in_use")
    return {u: math.log(1 + len(rows)) for u, rows in in_use.items()}


def equipment_overdue(k: Known) -> Values:
    return counted(
        "special_equipment",
        None,
        lambda r: r["status"] == "in_use" and r["next_due_on"] is not None and r["next_due_on"] < k.as_of,
    )(k)


def is_valid(k: Known, licence: Row) -> bool:
    starts = licence["valid_from"] or licence["event_on"]
    return (
        starts < k.as_of
        and k.lasts(licence["valid_to"])
        and licence["status"] != "2"
        and k.lasts(licence["revoked_on"])
    )


def licences_valid(k: Known) -> Values:
    return counted("licence", None, lambda r: is_valid(k, r))(k)


def certificates(k: Known, *, key_fields_only: bool) -> dict[tuple[str, str | None], list[Row]]:
    """(firm, name of the certificate) -> its licences that were not taken away; active firms only."""
    found: dict[tuple[str, str | None], list[Row]] = {}
    for row in k.feeds["licence"]:
        entity = k.entities.get(row["uscc"])
        if entity is None or entity["status"] != "1" or row["status"] == "2" or not k.lasts(row["revoked_on"]):
            continue
        is_key = row["field"] is not None or re.search("食品|餐饮|药品|医疗器械|特种设备", row["cert_name"] or "")
        if is_key or not key_fields_only:
            found.setdefault((row["uscc"], row["cert_name"] or row["field"]), []).append(row)
    return found


def licence_expired(k: Known) -> Values:
    expired = []
    for (uscc, _), rows in certificates(k, key_fields_only=True).items():
        ends = [r["valid_to"] for r in rows]
        if None not in ends and k.back(365) <= max(ends) < k.as_of:
            expired.append(uscc)
    return dict(Counter(expired))


def licence_expiring(k: Known) -> Values:
    found: Values = {}
    for (uscc, _), rows in certificates(k, key_fields_only=False).items():
        ends = [r["valid_to"] for r in rows]
        if None not in ends and k.as_of <= max(ends) < k.back(-60):
            found[uscc] = 1
    return found


NEEDS = [
    (["食品生产"], ["食品生产许可"]),
    (["食品销售", "食品经营", "食品批发", "食品零售"], ["食品经营许可", "食品流通许可"]),
    (["餐饮服务"], ["食品经营许可", "餐饮服务许可"]),
    (["药品零售", "药品批发"], ["药品经营许可"]),
    (["三类医疗器械"], ["医疗器械经营许可"]),
]


def scope_needs_licence(k: Known) -> Values:
    held = k.firms("licence", None, lambda r: is_valid(k, r))
    found: Values = {}
    for uscc, entity in k.entities.items():
        names = [r["cert_name"] or "" for r in held.get(uscc, [])]
        found[uscc] = 0
        for words, licences in NEEDS:
            asks = any(w in (entity["business_scope"] or "") for w in words)
            if asks and not any(n in name for n in licences for name in names):
                found[uscc] = 1
    return found


def changes(item: str) -> Naive:
    return counted("ent_change", 1095, lambda r: r["change_item"] == item)


def wan(text: str | None) -> float | None:
    match = re.search(r"[0-9]+(\.[0-9]+)?", (text or "").replace(",", ""))
    if text is None or match is None:
        return None
    factor = 10000 if "亿" in text else 1 if "万" in text else 0.0001 if "元" in text else 1
    return float(match.group()) * factor


def capital_cut(k: Known) -> Values:
    found: Values = {}
    for uscc, rows in k.firms("ent_change", 1095, lambda r: r["change_item"] == "capital").items():
        cuts = [0.0]
        for row in rows:
            old, new = wan(row["before_value"]), wan(row["after_value"])
            if old and new is not None:
                cuts.append((old - new) / old)
        found[uscc] = max(cuts)
    return found


def complaints_by_size(k: Known) -> Values:
    def counts(row: Row) -> bool:
        return row["is_accepted"] is not False and not row["is_repeat"]

    staffed = k.firms("annual_report", None, lambda r: r["employees"] is not None)
    found: Values = {}
    for uscc, tickets in k.firms("complaint", 365, counts).items():
        employees = newest(staffed[uscc], "report_year")["employees"] if uscc in staffed else 1
        found[uscc] = len(tickets) / max(1, math.sqrt(employees))
    return found


def complaint_growth(k: Known) -> Values:
    found: Values = {}
    for uscc, rows in k.firms("complaint", 180).items():
        recent = sum(r["event_on"] >= k.back(90) for r in rows)
        found[uscc] = math.log((1 + recent) / (1 + len(rows) - recent))
    return found


def substantiated_rate(k: Known) -> Values:
    closed = k.firms("complaint", 730, lambda r: r["closed_on"] is not None and r["closed_on"] < k.as_of)
    worth = {"1": 1.0, "2": 0.5}
    return {u: sum(worth.get(r["result"], 0) for r in rows) / (len(rows) + 2) for u, rows in closed.items()}


def zero_operations(row: Row) -> int:
    return int(
        row["revenue_wan"] is not None
        and row["revenue_wan"] == 0
        and (row["employees"] or 0) <= 1
        and row["employees"] is not None
    )


def simple_cancellation(k: Known) -> Values:
    open_now = k.firms(
        "cancellation",
        None,
        lambda r: r["kind"] == "simplified" and r["notice_to"] is not None and r["notice_to"] >= k.as_of,
    )
    return {u: max(2 if (r["objection_count"] or 0) > 0 else 1 for r in rows) for u, rows in open_now.items()}


def negative_news(k: Known) -> Values:
    bad = k.firms("opinion", 30, lambda r: r["sentiment"] == "negative")
    return {u: sum(1 if r["verified"] else 0.3 for r in rows) for u, rows in bad.items()}


def negative_share(k: Known) -> Values:
    return {
        u: (sum(r["sentiment"] == "negative" for r in rows) + 0.5) / (len(rows) + 3)
        for u, rows in k.firms("opinion", 90).items()
    }


def revenue_growth(k: Known) -> Values:
    found: Values = {}
    for uscc, rows in k.firms("annual_report", None, lambda r: r["revenue_wan"] is not None).items():
        if len(rows) >= 2:
            later, earlier = (float(r["revenue_wan"]) for r in sorted(rows, key=lambda r: -r["report_year"])[:2])
            found[uscc] = min(3, max(-1, (later - earlier) / max(abs(earlier), 1)))
    return found


def loss_years(k: Known) -> Values:
    found: Values = {}
    for uscc, rows in k.firms("annual_report", 1095, lambda r: r["net_profit_wan"] is not None).items():
        latest = sorted(rows, key=lambda r: -r["report_year"])[:3]
        found[uscc] = sum(r["net_profit_wan"] < 0 for r in latest)
    return found


def insured_growth(k: Known) -> Values:
    found: Values = {}
    insured = k.firms("social_insurance", None)
    for uscc, rows in insured.items():
        last = max(r["event_on"] for r in rows)
        year_before = month_end(last.replace(day=1, year=last.year - 1))
        now = [r["insured_count"] for r in rows if r["event_on"] == last and r["insured_count"] is not None]
        then = [r["insured_count"] for r in rows if r["event_on"] == year_before and r["insured_count"] is not None]
        if last >= k.back(365) and now and then:
            found[uscc] = math.log((1 + max(now)) / (1 + max(then)))
    return found


def insured_log(k: Known) -> Values:
    found: Values = {}
    for uscc, rows in k.firms("social_insurance", 365).items():
        insured = newest(rows, "event_on")["insured_count"]
        found[uscc] = None if insured is None else math.log(1 + insured)
    return found


def guarantee(row: Row) -> float | None:
    return ratio(number(row["guarantee_wan"]) or 0, max(number(row["equity_wan"]) or 0, 1), 0, 5)


VALUES: dict[str, Naive] = {
    "C2_age_years": of_entity(age),
    "C2_is_new_1y": of_entity(is_new),
    "C2_reg_capital_log": of_entity(capital),
    "C2_paid_ratio": of_entity(lambda k, r: ratio(r["paid_capital_wan"], r["reg_capital_wan"], 0, 1)),
    "C2_entity_type": of_entity(type_group),
    "C2_industry_section": of_entity(lambda k, r: r["industry_section"]),
    "C2_legal_rep_firms": legal_rep_firms,
    "C2_same_address_firms": same_address_firms,
    "C2_equipment_count_log": equipment_count,
    "C3_licences_valid": licences_valid,
    "C2_name_changes_3y": changes("name"),
    "C2_legal_rep_changes_3y": changes("legal_rep"),
    "C2_address_changes_3y": changes("address"),
    "C2_scope_changes_3y": changes("scope"),
    "C2_capital_cut_3y": capital_cut,
    "C2_equipment_overdue": equipment_overdue,
    "C3_licence_expired": licence_expired,
    "C3_licence_expiring_60d": licence_expiring,
    "C3_scope_needs_licence": scope_needs_licence,
    "C5_complaints_1y": complaints_by_size,
    "C5_complaint_growth_3m": complaint_growth,
    "C5_substantiated_rate_2y": substantiated_rate,
    "C5_injury_tickets_2y": counted("complaint", 730, lambda r: r["injury"]),
    "C7_report_zero_ops": of_newest("annual_report", "report_year", zero_operations),
    "C7_simple_cancel_open": simple_cancellation,
    "C8_negative_news_30d": negative_news,
    "C8_negative_share_90d": negative_share,
    "C7_debt_ratio": of_newest(
        "annual_report", "report_year", lambda r: ratio(r["liabilities_wan"], r["assets_wan"], 0, 3)
    ),
    "C7_revenue_growth": revenue_growth,
    "C7_loss_years_3y": loss_years,
    "C7_insured_growth_1y": insured_growth,
    "C7_insured_log": insured_log,
    "C7_guarantee_ratio": of_newest("annual_report", "report_year", guarantee),
}
"""Code -> naive computation; a firm without a value is absent or None."""
