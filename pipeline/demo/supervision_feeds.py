"""Records of supervision: checks, penalties, the two lists, repairs, samples, accidents."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.demo.authorities import authority_codes, authority_names, document_no
from pipeline.demo.chance import choice, happens
from pipeline.demo.checks import ADVERSE, CLEAN, MILD, PENALTIES, RANDOM, RESULTS, UNFOUND
from pipeline.demo.clock import LAST, NEVER, Days, Ints, plus, years_of
from pipeline.demo.codes import serials
from pipeline.demo.directories import GENERAL_ITEMS, ITEM_OF_FIELD, inspector_ids, inspectors_per_unit, item_code
from pipeline.demo.industries import FIELDS
from pipeline.demo.names import join, lookup
from pipeline.demo.population import UNITS
from pipeline.demo.records import Records, concat, dates, number, numbered, same, truth, whole
from pipeline.demo.state import Journal, World

_VIOLATIONS = (
    ("违反食品安全管理规定", "《中华人民共和国食品安全法》"), ("未取得许可从事经营活动", "《无证无照经营查处办法》"),
    ("销售不合格产品", "《中华人民共和国产品质量法》"), ("发布违法广告", "《中华人民共和国广告法》"),
    ("价格违法行为", "《中华人民共和国价格法》"), ("使用未经检验的特种设备", "《中华人民共和国特种设备安全法》"),
    ("违反登记管理规定", "《中华人民共和国公司登记管理条例》"), ("违反药品经营质量管理规范", "《中华人民共和国药品管理法》"),
)  # fmt: skip
_CONTENTS = (
    "警告",
    "罚款",
    "没收违法所得并处罚款",
    "警告并处罚款",
    "责令停产停业",
    "暂扣许可证",
    "吊销许可证",
    "吊销营业执照",
    "责令改正",
)
_LAST_RANDOM_KIND = 3
_PRODUCTS = ("大米", "坚果", "葡萄酒", "糕点", "饮用水", "人参制品", "食用菌", "凉拌菜", "药品", "医用口罩")
_FAILS = ("菌落总数", "农药残留", "防腐剂超标", "标签不符合规定", "重金属")


def checks(world: World, journal: Journal) -> Records:
    """Results of checks; a later version says when a fault was made good."""
    c = journal.table("check", firm="i8", day="M8[D]", kind="i8", code="i8")
    rng = world.chance.of("check records")
    firm, day, code, size = c["firm"], c["day"], c["code"], len(c["firm"])
    kind = np.where(c["kind"] == RANDOM, choice(rng, [45, 40, 15], size) + 1, c["kind"])
    found = ADVERSE[code] & (code != UNFOUND)
    total = rng.integers(12, 45, size)
    failed = np.where(
        found, np.minimum(1 + rng.binomial(total, 0.12), total), (code == CLEAN) * rng.binomial(2, 0.25, size)
    )
    due = np.where(found, plus(day, rng.integers(10, 31, size)), NEVER)
    published = plus(day, rng.integers(1, 9, size))
    fixed_on = _made_good(world, rng, firm, day, due)
    columns = {
        "check_id": serials("JC", np.arange(size), 9),
        "check_kind": whole(kind).cast(pa.string()),
        "check_mode": whole(np.where(happens(rng, 0.12, size), 2, 1)).cast(pa.string()),
        "checked_on": dates(day),
        "result": lookup(RESULTS, code),
        "problem_count": whole(failed * found),
        "checklist_total": whole(total),
        "checklist_failed": whole(failed),
        "rectify_due": dates(due),
        "rectified_on": dates(fixed_on),
        "published_on": dates(published),
        **_assignment(world, rng, firm, day, kind),
    }
    base = numbered("spot_check_result", "JCJG", firm, published, columns)
    return _until_last(base.with_update(np.where(fixed_on <= LAST, fixed_on, NEVER), ("rectified_on",)))


def _made_good(world: World, rng: np.random.Generator, firm: Ints, day: Days, due: Days) -> Days:
    """When faults were made good: at once, around the day that was set, or never."""
    size = len(firm)
    fixed = ~np.isnat(due) & happens(rng, np.clip(0.86 + 0.1 * world.traits.management[firm], 0.3, 0.99), size)
    at_once = happens(rng, 0.45, size)
    when = np.where(at_once, plus(day, rng.integers(0, 2, size)), plus(due, rng.integers(-8, 12, size)))
    return np.asarray(np.where(fixed, when, NEVER))


def _assignment(world: World, rng: np.random.Generator, firm: Ints, day: Days, kind: Ints) -> dict[str, pa.Array]:
    """Plan and task of random checks, the item, the two inspectors, the authority and the field."""
    firms, size = world.firms, len(firm)
    field = np.where(firms.has_key_field[firm] & (kind != 1), firms.fields[firm].argmax(axis=1), -1)
    item = np.where(field >= 0, field, len(FIELDS) + rng.integers(0, len(GENERAL_ITEMS), size))
    unit, each = firms.unit[firm], inspectors_per_unit(int(firms.is_graded.sum()))
    lead = rng.integers(0, each, size)
    other = (lead + rng.integers(1, each, size)) % each
    planned = pa.array(kind <= _LAST_RANDOM_KIND)
    nothing = pa.scalar(None, pa.string())
    plan = join("SSJ", whole(years_of(day)).cast(pa.string()), "-", lookup(UNITS, unit))
    return {
        "plan_code": pc.if_else(planned, plan, nothing),
        "task_code": pc.if_else(planned, serials("RW", np.arange(size), 9), nothing),
        "item_code": lookup(tuple(item_code(i) + "B" for i in (*ITEM_OF_FIELD, *GENERAL_ITEMS)), item),
        "inspectors": join(inspector_ids(unit, lead), ";", inspector_ids(unit, other)),
        "check_org": authority_names(unit),
        "field": lookup(FIELDS, field),
    }


def penalties(world: World, journal: Journal) -> Records:
    """Decisions on penalties, a few of them withdrawn later."""
    p = journal.table("penalty", firm="i8", day="M8[D]", kind="i8", expired="?")
    rng = world.chance.of("penalty records")
    order = np.argsort(p["day"], kind="stable")
    firm, day, kind, expired = (p[name][order] for name in ("firm", "day", "kind", "expired"))
    size = len(firm)
    field = np.where(world.firms.has_key_field[firm], world.firms.fields[firm].argmax(axis=1), -1)
    violation = np.select(
        [expired, field == 6, field >= 4, field >= 0], [1, 5, 7, 0], choice(rng, [0, 0, 3, 3, 2, 0, 3], size)
    )
    fined = np.isin(kind, [1, 2, 3]) | (np.isin(kind, [4, 5]) & happens(rng, 0.5, size))
    fine = np.where(fined, np.round(np.exp(-0.7 + 1.25 * rng.normal(0, 1, size)) + 0.01, 3), np.nan)
    withdrawn = np.where(happens(rng, 0.018, size), plus(day, rng.integers(40, 300, size)), NEVER)
    unit = world.firms.unit[firm]
    what, law = (lookup(tuple(column), violation) for column in zip(*_VIOLATIONS, strict=True))
    columns = {
        "doc_no": document_no(unit, "罚", day, np.arange(size)), "violation_type": what,
        "violation_fact": join("经查，当事人存在", what, "的行为（演示数据）"), "legal_basis": law,
        "penalty_category": lookup(PENALTIES, kind), "penalty_content": lookup(_CONTENTS, kind), "fine_wan": number(fine, 4),
        "confiscated_wan": number(np.where(kind == 2, np.round(rng.exponential(0.6, size), 3), np.nan), 4),
        "revoked_cert": lookup(("许可证", "营业执照"), np.select([kind == 6, kind == 7], [0, 1], -1)),
        "decided_on": dates(day), "publish_until": dates(plus(day, np.full(size, 365))),
        "authority": authority_names(unit), "authority_uscc": authority_codes(unit),
        "severity": lookup(("1", "2", "3", "4"), np.where(np.arange(size) % 3 == 0, -1, _severity(kind))),
        "field": lookup(FIELDS, np.where(np.arange(size) % 4 == 0, -1, field)), "withdrawn_on": dates(withdrawn),
        "remark": same("演示数据", size),
    }  # fmt: skip
    base = numbered("penalty", "CF", firm, plus(day, rng.integers(0, 6, size)), columns)
    return _until_last(base.with_update(np.where(withdrawn <= LAST, withdrawn, NEVER), ("withdrawn_on",)))


def _severity(kind: Ints) -> Ints:
    return np.select([kind == MILD, np.isin(kind, [4, 5]), np.isin(kind, [6, 7])], [0, 2, 3], 1)


def revocations(journal: Journal) -> tuple[Ints, Days]:
    """Firms whose licence a penalty revoked, and when."""
    p = journal.table("penalty", firm="i8", day="M8[D]", kind="i8")
    gone = p["kind"] == PENALTIES.index("07")
    return p["firm"][gone], p["day"][gone]


def abnormal(world: World, journal: Journal) -> Records:
    """Entries of the abnormal list; a later version says when and why one was removed."""
    a = journal.table("abnormal", firm="i8", entry="i8", cause="i8", day="M8[D]")
    e = journal.table("abnormal end", entry="i8", day="M8[D]")
    removed = ending(a["entry"], e["entry"], e["day"])
    unit, size = world.firms.unit[a["firm"]], len(a["firm"])
    columns = {
        "list_id": serials("YC", np.arange(size), 8), "cause": whole(a["cause"]).cast(pa.string()), "listed_on": dates(a["day"]),
        "listing_org": authority_names(unit), "removed_on": dates(removed),
        "removal_cause": lookup(("已补报年度报告并公示", "已公示有关信息", "已更正公示信息", "已重新取得联系"), np.where(np.isnat(removed), -1, a["cause"] - 1)),
        "removal_org": pc.if_else(pa.array(np.isnat(removed)), pa.scalar(None, pa.string()), authority_names(unit)),
    }  # fmt: skip
    base = numbered("abnormal_list", "YCML", a["firm"], a["day"], columns)
    return base.with_update(np.where(removed <= LAST, removed, NEVER), ("removed_on", "removal_cause", "removal_org"))


def serious(world: World, journal: Journal) -> Records:
    """Entries of the serious-violation list; one in fifteen is removed after a repair."""
    s = journal.table("serious", firm="i8", cause="i8", day="M8[D]")
    rng = world.chance.of("serious records")
    size = len(s["firm"])
    removed = np.where(happens(rng, 1 / 15, size), plus(s["day"], rng.integers(120, 500, size)), NEVER)
    removed = np.where(removed <= LAST, removed, NEVER)
    columns = {
        "list_id": serials("YZ", np.arange(size), 8), "cause": join("0", whole(s["cause"]).cast(pa.string())),
        "doc_no": document_no(world.firms.unit[s["firm"]], "严", s["day"], np.arange(size)), "listed_on": dates(s["day"]),
        "listing_org": same("通化市市场监督管理局", size), "removed_on": dates(removed),
        "removal_cause": lookup(("经审核予以移出",), np.where(np.isnat(removed), -1, 0)),
    }  # fmt: skip
    return numbered("serious_violation_list", "YZWF", s["firm"], s["day"], columns).with_update(
        removed, ("removed_on", "removal_cause")
    )


def repairs(world: World, penalty: Records, listed: Records) -> Records:
    """Granted and refused repairs; they name the document number, the list entry or the source's number."""
    rng = world.chance.of("repairs")
    parts: list[Records] = []
    for feed, records, share, key, wait in (
        ("penalty", penalty, 0.13, "doc_no", 120),
        ("abnormal_list", listed, 0.05, "list_id", 30),
    ):
        begun = (
            records.columns["decided_on" if feed == "penalty" else "listed_on"]
            .to_numpy(zero_copy_only=False)
            .astype("datetime64[D]")
        )
        _, first = np.unique(records.record, return_index=True)
        chosen = first[happens(rng, share, len(first))]
        applied = plus(begun[chosen], wait + rng.integers(0, 500, len(chosen)))
        repaired = plus(applied, rng.integers(5, 25, len(chosen)))
        done = repaired <= LAST
        chosen, applied, repaired = chosen[done], applied[done], repaired[done]
        size, at = len(chosen), pa.array(chosen)
        by_source = np.arange(size) % 3 == 0
        columns = {
            "target_feed": same(feed, size),
            "target_record_id": pc.if_else(pa.array(by_source), records.columns["source_record_id"].take(at), records.columns[key].take(at)),
            "applied_on": dates(applied), "repaired_on": dates(repaired),
            "result": lookup(("granted", "refused"), happens(rng, 0.12, size).astype(int)),
        }  # fmt: skip
        parts.append(
            Records("credit_repair", records.firm[chosen], np.arange(size) + 1_000_000 * len(parts), repaired, columns)
        )
    both = concat(tuple(parts))
    return both.with_columns(repair_no=serials("XF", both.record, 8), source_record_id=serials("XYXF", both.record, 8))


def samples(world: World, journal: Journal) -> Records:
    """Product samples and their reports, two to four weeks later."""
    s = journal.table("sample", firm="i8", day="M8[D]", fails="?", field="i8")
    rng = world.chance.of("sample records")
    size = len(s["firm"])
    reported = plus(s["day"], rng.integers(12, 30, size))
    fails = s["fails"]
    columns = {
        "sample_no": serials("CJ", np.arange(size), 9), "field": lookup(FIELDS, s["field"]),
        "product": lookup(_PRODUCTS, rng.integers(0, len(_PRODUCTS), size)),
        "level": lookup(("national", "provincial", "city", "county"), choice(rng, [3, 12, 40, 45], size)),
        "sampled_on": dates(s["day"]), "reported_on": dates(reported), "is_pass": truth(~fails),
        "fail_items": lookup(_FAILS, np.where(fails, rng.integers(0, len(_FAILS), size), -1)),
        "is_safety_fail": truth(fails & happens(rng, 0.4, size)),
    }  # fmt: skip
    return _until_last(numbered("product_sampling", "CY", s["firm"], reported, columns))


def accidents(world: World, journal: Journal) -> Records:
    """Accidents and recalls, few and mostly small."""
    a = journal.table("accident", firm="i8", day="M8[D]", field="i8")
    rng = world.chance.of("accident records")
    size = len(a["firm"])
    of_field = np.array([0, 0, 0, 0, 1, 2, 3])[a["field"]]
    kind = np.where(happens(rng, 0.35, size), 4 + rng.integers(0, 2, size), of_field)
    columns = {
        "event_no": serials("SJ", np.arange(size), 7),
        "kind": lookup(("food_accident", "drug_adverse", "device_adverse", "equipment_accident", "recall", "stop_production"), kind),
        "level": lookup(("general", "larger", "major"), choice(rng, [80, 16, 4], size)), "happened_on": dates(a["day"]),
        "handled_properly": truth(happens(rng, 0.7, size)),
    }  # fmt: skip
    return numbered("safety_event", "AQ", a["firm"], a["day"], columns)


def ending(entries: Ints, ended: Ints, on: Days) -> Days:
    """For each entry the day on which it ended; NaT where it did not."""
    result = np.full(len(entries), NEVER)
    order = np.argsort(entries, kind="stable")
    at = order[np.searchsorted(entries[order], ended)] if len(ended) else ended
    result[at] = on
    return result


def _until_last(records: Records) -> Records:
    return records.take(np.flatnonzero(records.ready <= LAST))
