"""Records of business life: complaints, media, yearly reports, taxes, insurance, courts, grades of others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.demo.chance import choice, happens, sigmoid
from pipeline.demo.clock import LAST, NEVER, Ints, days, plus
from pipeline.demo.codes import serials
from pipeline.demo.lives import Outlook
from pipeline.demo.names import join, lookup
from pipeline.demo.records import Records, concat, dates, number, numbered, same, truth, whole
from pipeline.demo.state import Journal, World
from pipeline.demo.supervision_feeds import ending

_COURTS = (
    "通化市中级人民法院",
    "东昌区人民法院",
    "二道江区人民法院",
    "通化县人民法院",
    "辉南县人民法院",
    "柳河县人民法院",
    "梅河口市人民法院",
    "集安市人民法院",
)
_TOPICS = (
    "quality",
    "price",
    "advert",
    "food_safety",
    "drug",
    "equipment",
    "contract",
    "after_sale",
    "unlicensed",
    "other",
)


def complaints(world: World, journal: Journal) -> Records:
    """Tickets; a later version says how they ended."""
    c = journal.table("complaint", firm="i8", day="M8[D]", disorder="f8")
    rng = world.chance.of("complaint records")
    firm, day, size = c["firm"], c["day"], len(c["firm"])
    food = np.isin(world.sections[firm], ["F", "H"])
    accepted = happens(rng, 0.9, size)
    true = happens(rng, sigmoid(-0.5 + 0.8 * world.traits.risk[firm] + 0.5 * c["disorder"]), size)
    result = np.where(
        accepted, np.where(true, choice(rng, [5, 3, 0, 0, 2], size), choice(rng, [0, 1, 5, 0, 3, 2], size)), 3
    )
    slow = happens(rng, 0.07, size)
    closed = plus(day, np.where(accepted, rng.integers(4, 40, size) + 50 * slow, rng.integers(1, 6, size)))
    closed = np.where(happens(rng, 0.015, size), NEVER, closed)
    columns = {
        "ticket_no": serials("TS", np.arange(size), 9), "kind": lookup(("complaint", "report"), happens(rng, 0.3, size).astype(int)),
        "received_on": dates(day), "channel": lookup(("12315", "12345", "letter", "visit", "transfer", "online"), choice(rng, [50, 22, 3, 5, 8, 12], size)),
        "topic": lookup(_TOPICS, np.where(food, choice(rng, [25, 10, 6, 30, 4, 0, 4, 10, 5, 6], size), choice(rng, [25, 14, 8, 1, 1, 2, 20, 18, 3, 8], size))),
        "is_accepted": truth(accepted), "result": lookup(("1", "2", "3", "4", "5", "6"), np.where(np.isnat(closed), -1, result)),
        "closed_on": dates(closed), "is_repeat": truth(happens(rng, 0.04, size)), "is_overdue": truth(slow | np.isnat(closed)),
        "injury": truth(happens(rng, 0.008 + 0.01 * food, size)),
    }  # fmt: skip
    return numbered("complaint", "TSJB", firm, day, columns).with_update(
        np.where(closed <= LAST, closed, NEVER), ("result", "closed_on")
    )


def opinions(world: World, journal: Journal) -> Records:
    """Items that a monitoring service found."""
    o = journal.table("opinion", firm="i8", day="M8[D]", bad="?")
    rng = world.chance.of("opinion records")
    firm, size = o["firm"], len(o["firm"])
    columns = {
        "item_id": serials("YQ", np.arange(size), 8), "published_on": dates(o["day"]),
        "platform": lookup(("论坛", "短视频平台", "新闻网站", "社交平台"), rng.integers(0, 4, size)),
        "sentiment": lookup(("positive", "neutral", "negative"), np.where(o["bad"], 2, choice(rng, [1, 2], size))),
        "topic": lookup(("quality", "food_safety", "labour", "fraud", "environment", "other"), rng.integers(0, 6, size)),
        "heat": whole(np.exp(rng.normal(3.5, 1.2, size))), "verified": truth(happens(rng, 0.4, size)),
    }  # fmt: skip
    return numbered("opinion", "YQ", firm, o["day"], columns)


def annual_reports(world: World, journal: Journal) -> Records:
    """Yearly reports with their figures; a few are corrected later."""
    r = journal.table("report", firm="i8", year="i8", day="M8[D]", late="?", distress="?", dormant="?")
    rng = world.chance.of("report figures")
    firm, year, size = r["firm"], r["year"], len(r["firm"])
    firms, traits = world.firms, world.traits
    scale = 4.6 + 1.1 * firms.size + rng.normal(0, 0.7, firms.count)
    drift = 0.03 + 0.05 * traits.solvency + 0.02 * traits.management
    revenue = np.exp(scale[firm] + drift[firm] * (year - 2014) + rng.normal(0, 0.18, size)) * np.where(
        r["distress"], 0.62, 1.0
    )
    revenue = np.where(r["dormant"], 0.0, revenue)
    margin = 0.05 + 0.035 * traits.solvency[firm] + rng.normal(0, 0.04, size) - 0.12 * r["distress"]
    assets = np.exp(scale[firm] + 0.3 + rng.normal(0, 0.1, size))
    debt = np.clip(0.48 - 0.13 * traits.solvency[firm] + 0.3 * r["distress"] + rng.normal(0, 0.06, size), 0.02, 2.2)
    profit = revenue * margin - r["dormant"] * assets * 0.01
    people = np.where(r["dormant"], choice(rng, [2, 1], size), np.round(np.exp(1.2 + 0.8 * firms.size[firm])) + 1)
    corrected = happens(rng, 0.006, size)
    columns = {
        "report_year": whole(year), "reported_on": dates(r["day"]),
        "operating_status": lookup(("open", "suspended"), r["dormant"].astype(int)), "employees": whole(people),
        "assets_wan": number(assets, 2), "liabilities_wan": number(assets * debt, 2), "equity_wan": number(assets * (1 - debt), 2),
        "revenue_wan": number(revenue, 2), "main_revenue_wan": number(revenue * 0.95, 2), "profit_wan": number(profit, 2),
        "net_profit_wan": number(profit * np.where(profit > 0, 0.8, 1.0), 2), "tax_wan": number(np.maximum(profit, 0) * 0.2 + revenue * 0.02, 2),
        "guarantee_wan": number(np.where(happens(rng, 0.03, size), assets * rng.random(size), 0.0), 2),
        "has_website": truth((firm % 9) == 0), "is_corrected": truth(np.zeros(size, dtype=bool)),
        "source_record_id": serials("NB", firm * 10 + year % 10, 9),
    }  # fmt: skip
    base = Records("annual_report", firm, firm * 10 + year % 10, r["day"], columns)
    again = np.flatnonzero(corrected & (plus(r["day"], np.full(size, 60)) <= LAST))
    fixed = base.take(again).at(plus(r["day"][again], rng.integers(15, 60, len(again))))
    return concat((base, fixed.with_columns(is_corrected=truth(np.ones(len(again), dtype=bool)))))


def tax_grades(world: World) -> Records:
    """Yearly credit grades of some taxpayers, given in April."""
    firms, traits, rng = world.firms, world.traits, world.chance.of("tax grades")
    rated = np.flatnonzero(
        ~firms.is_individual & happens(rng, world.rates.tax_graded_share * np.exp(0.4 * firms.size), firms.count)
    )
    parts = []
    for at, year in enumerate(range(2014, 2020)):
        day = days(f"{year + 1}-04-01", rng.integers(0, 25, len(rated)))
        here = (firms.established[rated] < np.datetime64(f"{year}-07-01")) & ~(firms.ended[rated] < day)
        firm, day = rated[here], day[here]
        latent = 0.75 * traits.solvency[firm] + 0.55 * traits.compliance[firm] + rng.normal(0, 0.7, len(firm))
        grade = np.where(
            firms.established[firm] > np.datetime64(f"{year - 1}-01-01"),
            2,
            4 - np.digitize(latent, [-2.1, -1.2, -0.4, 1.2]),
        )
        record = 10_000_000 * (at + 1) + firm
        columns = {"record_no": serials("NSXY", record, 9), "grade": lookup(("A", "B", "M", "C", "D"), grade), "year": whole(np.full(len(firm), year)),
                   "recorded_on": dates(day), "source_record_id": serials("SWP", record, 9)}  # fmt: skip
        parts.append(Records("tax_record", firm, record, day, {**columns, "record_type": same("1", len(firm))}))
    return concat(tuple(parts))


def tax_arrears(world: World, journal: Journal) -> Records:
    """Arrears, with their release as a later version."""
    a = journal.table("arrears", firm="i8", entry="i8", day="M8[D]")
    e = journal.table("arrears end", entry="i8", day="M8[D]")
    rng = world.chance.of("arrears")
    size, released = len(a["firm"]), ending(a["entry"], e["entry"], e["day"])
    columns = {
        "record_no": serials("QS", np.arange(size), 8), "record_type": same("2", size),
        "amount_wan": number(np.exp(1.0 + 0.6 * world.firms.size[a["firm"]] + rng.normal(0, 1, size)), 4),
        "recorded_on": dates(a["day"]), "released_on": dates(released),
    }  # fmt: skip
    return numbered("tax_record", "SWQ", a["firm"], a["day"], columns).with_update(released, ("released_on",))


def insurance(world: World, journal: Journal) -> Records:
    """Monthly contributions; what was paid late is a later version."""
    i = journal.table("insurance", firm="i8", period="M8[M]", insured="i4", unpaid="?", delay="i8")
    firm, period, size = i["firm"], i["period"], len(i["firm"])
    end = (period + 1).astype("datetime64[D]") - 1
    paid = np.where(i["unpaid"], NEVER, plus(end, i["delay"]))
    payable = i["insured"] * 0.118
    record = period.astype("int64") * world.firms.count + firm
    columns = {
        "period": pa.array(np.datetime_as_string(period)), "insured_count": whole(i["insured"]), "payable_wan": number(payable, 3),
        "paid_wan": number(np.where(np.isnat(paid), np.nan, payable), 3), "paid_on": dates(paid), "source_record_id": serials("SB", record, 10),
    }  # fmt: skip
    base = Records("social_insurance", firm, record, plus(end, np.full(size, 26)), columns)
    made = base.with_update(np.where(paid <= LAST, paid, NEVER), ("paid_wan", "paid_on"))
    return made.take(np.flatnonzero(made.ready <= LAST))


def lawsuits(world: World, journal: Journal) -> Records:
    """Court cases, with their end as a later version."""
    c = journal.table("lawsuit", firm="i8", day="M8[D]", role="i8")
    rng = world.chance.of("court")
    firm, day, size = c["firm"], c["day"], len(c["firm"])
    closed = plus(day, rng.integers(45, 260, size))
    closed = np.where(closed <= LAST, closed, NEVER)
    year = pa.array(np.datetime_as_string(day, "Y")) if size else pa.array([], pa.string())
    outcome = np.where(c["role"] == 1, choice(rng, [2, 6, 3, 1], size), choice(rng, [6, 1, 3, 1], size))
    columns = {
        "case_no": join("(", year, ")吉05民初", serials("", np.arange(size), 7), "号"), "court": lookup(_COURTS, world.firms.unit[firm]),
        "role": lookup(("plaintiff", "defendant"), c["role"]), "cause": lookup(("买卖合同纠纷", "民间借贷纠纷", "劳动争议", "建设工程合同纠纷"), rng.integers(0, 4, size)),
        "amount_wan": number(np.exp(2.3 + 0.7 * world.firms.size[firm] + rng.normal(0, 1, size)), 4), "filed_on": dates(day),
        "closed_on": dates(closed), "outcome": lookup(("won", "lost", "settled", "withdrawn"), np.where(np.isnat(closed), -1, outcome)),
    }  # fmt: skip
    return numbered("judicial_case", "FYA", firm, day, columns).with_update(closed, ("closed_on", "outcome"))


def debtors(world: World, journal: Journal) -> Records:
    """Dishonest judgment debtors and their removal."""
    d = journal.table("executee", firm="i8", entry="i8", day="M8[D]")
    e = journal.table("executee end", entry="i8", day="M8[D]")
    rng = world.chance.of("debtors")
    firm, day, size = d["firm"], d["day"], len(d["firm"])
    removed = ending(d["entry"], e["entry"], e["day"])
    year = pa.array(np.datetime_as_string(day, "Y")) if size else pa.array([], pa.string())
    columns = {
        "case_no": join("(", year, ")吉05执", serials("", np.arange(size), 6), "号"), "court": lookup(_COURTS, world.firms.unit[firm]),
        "obligation": same("支付货款及利息", size), "performance": lookup(("none", "partial"), happens(rng, 0.25, size).astype(int)),
        "amount_wan": number(np.exp(2.8 + rng.normal(0, 0.9, size)), 4), "filed_on": dates(plus(day, -rng.integers(20, 120, size))),
        "published_on": dates(day), "removed_on": dates(removed),
    }  # fmt: skip
    return numbered("dishonest_executee", "FYS", firm, day, columns).with_update(removed, ("removed_on",))


def findings(world: World, journal: Journal) -> Records:
    """Lists of other departments: black, watch and red."""
    f = journal.table("finding", firm="i8", day="M8[D]", kind="i8")
    rng = world.chance.of("findings")
    firm, day, size = f["firm"], f["day"], len(f["firm"])
    kind = np.where((f["kind"] == 0) & happens(rng, 0.3, size), 1, f["kind"])
    removed = np.where(happens(rng, 0.3, size), plus(day, rng.integers(200, 900, size)), NEVER)
    removed = np.where(removed <= LAST, removed, NEVER)
    columns = {
        "finding_no": serials("RD", np.arange(size), 7), "list_name": lookup(("严重失信主体名单", "重点关注名单", "守信激励名单"), kind),
        "list_kind": lookup(("black", "watch", "red"), kind), "listed_on": dates(day), "removed_on": dates(removed),
        "authority": lookup(("税务部门", "人力资源社会保障部门", "生态环境部门", "交通运输部门"), rng.integers(0, 4, size)),
    }  # fmt: skip
    return numbered("gov_dishonesty", "FGW", firm, day, columns).with_update(removed, ("removed_on",))


def national_grades(world: World, outlook: Outlook) -> Records:
    """Grades of the national system for some firms: the true outlook, seen through noise."""
    firms, rng = world.firms, world.chance.of("national grades")
    chosen = ~firms.is_individual & happens(rng, world.rates.nationally_graded_share, firms.count)
    parts = []
    for at, when in enumerate(("2018-01-01", "2019-01-01", "2020-01-01", "2020-07-01")):
        day = np.datetime64(when)
        now = (outlook.as_of == day) & chosen[outlook.firm]
        firm, p = outlook.firm[now], np.clip(outlook.probability[now], 1e-6, 1 - 1e-6)
        latent = np.log(p / (1 - p)) + rng.normal(0, 0.8, len(firm))
        cuts = np.quantile(latent, [0.46, 0.82, 0.94, 0.985]) if len(firm) else np.zeros(4)
        parts.append(_grades_of(firm, latent, cuts, np.full(len(firm), day + 4), at))
    return concat(tuple(parts))


def _grades_of(firm: Ints, latent: np.ndarray, cuts: np.ndarray, day: np.ndarray, at: int) -> Records:
    record = 10_000_000 * at + firm
    columns = {
        "grade": lookup(("A", "B", "C", "D", "E"), np.digitize(latent, cuts)), "score": number(np.clip(600 - 72 * latent, 300, 900), 2),
        "graded_on": dates(day), "version": same(f"演示{2018 + at}", len(firm)), "source_record_id": serials("GJ", record, 9),
    }  # fmt: skip
    return Records("national_grade", firm, record, day, columns)
