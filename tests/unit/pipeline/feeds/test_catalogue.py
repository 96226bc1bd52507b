"""The catalogue of feeds: its list, its titles, and its agreement with data/reference and city.toml."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from pipeline.domain import CATEGORIES, Applicability, Month
from pipeline.feeds.catalogue import BY_CODE, FEEDS
from pipeline.feeds.contract import IDENTITY, PROVENANCE, CodeOf, FeedContract, OneOf, Subject
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, City

TITLES = {
    "ent_registration": "企业登记注册备案信息",
    "ent_change": "变更备案信息",
    "ent_person": "法定代表人及主要人员",
    "cancellation": "注销与简易注销公告",
    "licence": "行政许可信息",
    "food_operator": "食品生产经营者档案",
    "special_equipment": "特种设备基础信息",
    "penalty": "行政处罚信息",
    "abnormal_list": "经营异常名录信息",
    "serious_violation_list": "严重违法失信企业名单(黑名单)信息",
    "credit_repair": "信用修复信息",
    "spot_check_result": "抽查检查结果信息",
    "product_sampling": "监督抽检信息",
    "safety_event": "事故与产品召回信息",
    "complaint": "投诉举报信息",
    "annual_report": "企业年报信息",
    "tax_record": "税务信息",
    "social_insurance": "社会保险缴纳信息",
    "judicial_case": "司法涉诉信息",
    "dishonest_executee": "失信被执行人信息",
    "gov_dishonesty": "被政府部门认定为失信信息",
    "opinion": "互联网舆情信息",
    "national_grade": "国家“互联网+监管”系统信用风险等级",
    "supervision_item": "监管事项目录清单与检查实施清单",
    "inspector": "执法检查人员名录库",
}
REQUIRED = {
    "ent_registration": {"entity_name"},
    "ent_change": {"change_item", "changed_on"},
    "ent_person": {"person_pid"},
    "cancellation": {"kind", "notice_from"},
    "licence": {"decided_on"},
    "food_operator": {"field"},
    "special_equipment": {"equipment_code"},
    "penalty": {"decided_on"},
    "abnormal_list": {"listed_on"},
    "serious_violation_list": {"listed_on"},
    "credit_repair": {"target_feed", "target_record_id", "repaired_on", "result"},
    "spot_check_result": {"checked_on", "result"},
    "product_sampling": {"reported_on", "is_pass"},
    "safety_event": {"kind", "happened_on"},
    "complaint": {"received_on"},
    "annual_report": {"report_year", "reported_on"},
    "tax_record": {"record_type", "recorded_on"},
    "social_insurance": {"period"},
    "judicial_case": {"role", "filed_on"},
    "dishonest_executee": {"published_on"},
    "gov_dishonesty": {"list_kind", "listed_on"},
    "opinion": {"published_on", "sentiment"},
    "national_grade": {"grade", "graded_on"},
    "supervision_item": {"item_code", "list_kind"},
    "inspector": {"inspector_id"},
}
LEARNED = {
    "ent_person": {"to_date": "to_date"},
    "cancellation": {"result": "notice_to"},
    "licence": {"revoked_on": "revoked_on"},
    "food_operator": dict.fromkeys(("static_score", "dynamic_score", "field_grade", "graded_on"), "graded_on"),
    "special_equipment": dict.fromkeys(("last_inspected_on", "inspect_result"), "last_inspected_on"),
    "penalty": {"withdrawn_on": "withdrawn_on"},
    "abnormal_list": dict.fromkeys(("removed_on", "removal_cause", "removal_org"), "removed_on"),
    "serious_violation_list": dict.fromkeys(("removed_on", "removal_cause"), "removed_on"),
    "spot_check_result": {"rectified_on": "rectified_on", "published_on": "published_on"},
    "complaint": {"result": "closed_on", "closed_on": "closed_on"},
    "tax_record": {"released_on": "released_on"},
    "social_insurance": {"paid_wan": "paid_on", "paid_on": "paid_on"},
    "judicial_case": {"closed_on": "closed_on", "outcome": "closed_on"},
    "dishonest_executee": {"removed_on": "removed_on"},
    "gov_dishonesty": {"removed_on": "removed_on"},
}
KNOWN_IN_ADVANCE = {"valid_to", "rectify_due", "next_due_on", "notice_to", "cert_valid_to", "publish_until", "term_to"}

each_feed = pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.code)


def test_the_list_its_order_and_its_titles() -> None:
    assert {feed.code: feed.title.zh for feed in FEEDS} == TITLES
    assert [feed.code for feed in FEEDS] == list(TITLES)
    assert list(BY_CODE.values()) == list(FEEDS)


@each_feed
def test_only_what_a_record_cannot_live_without_is_required(feed: FeedContract) -> None:
    assert {f.name for f in feed.all_fields if f.required} == REQUIRED[feed.code]


@each_feed
def test_what_is_learned_later_says_from_which_date(feed: FeedContract) -> None:
    assert {f.name: f.learned_on for f in feed.fields if f.learned_on} == LEARNED.get(feed.code, {})
    assert not [f.name for f in feed.fields if f.name in KNOWN_IN_ADVANCE and f.learned_on]


@each_feed
def test_identity_comes_first_and_is_never_required(feed: FeedContract) -> None:
    if feed.subject in (Subject.NONE, Subject.STAFF):
        assert "uscc" not in feed.by_name
    else:
        assert [f.name for f in feed.fields[:3]] == [f.name for f in IDENTITY]
        assert not feed.by_name["uscc"].required
    assert feed.all_fields[-len(PROVENANCE) :] == PROVENANCE


@each_feed
def test_a_feed_says_who_delivers_what_and_under_which_limit(feed: FeedContract) -> None:
    assert feed.supplier
    assert feed.channels
    assert feed.time_limit.count == (3 if feed.code == "opinion" else 7)
    assert feed.category in {*CATEGORIES, 0}
    assert feed.basis


@each_feed
def test_every_text_is_in_both_languages(feed: FeedContract) -> None:
    labels = [label for f in feed.fields if isinstance(f.kind, OneOf) for label in f.kind.labels.values()]
    for text in (feed.title, *(f.title for f in feed.all_fields), *labels):
        assert text.zh.strip()
        assert text.en.strip()
        assert not re.search(r"[一-鿿]", text.en)


@each_feed
def test_an_amount_is_never_recognised_by_a_header_without_its_unit(feed: FeedContract) -> None:
    for field in feed.fields:
        if field.name.endswith("_wan"):
            assert all("万元" in title for title in field.titles[1:]), field.titles


@pytest.mark.parametrize(
    ("feed", "header", "column"),
    [
        ("penalty", "行政相对人代码_1", "uscc"),
        ("penalty", "行政处罚决定日期", "decided_on"),
        ("licence", "行政相对人代码_1", "uscc"),
        ("spot_check_result", "监督检查结果", "result"),
        ("ent_registration", "企业名称", "entity_name"),
    ],
)
def test_other_headers_lead_to_the_column(feed: str, header: str, column: str) -> None:
    assert BY_CODE[feed].by_title[header].name == column


@pytest.mark.parametrize(
    ("feed", "delivered", "out"),
    [
        ("penalty", "3", True),
        ("penalty", "自然人", True),
        ("licence", "自然人", True),
        ("penalty", "法人及非法人组织", False),
        ("spot_check_result", "统计抽查", True),
        ("spot_check_result", "双随机抽查(定向)", False),
        ("annual_report", "某市统计局", True),
        ("annual_report", "信用监管科", False),
    ],
)
def test_what_the_plan_leaves_out_is_kept_out(feed: str, delivered: str, out: bool) -> None:
    exclusion = BY_CODE[feed].exclusions[0]
    assert bool(re.search(exclusion.pattern, delivered)) is out


def test_special_kinds() -> None:
    assert BY_CODE["supervision_item"].by_name["applies_to"].kind is Applicability
    assert BY_CODE["social_insurance"].by_name["period"].kind is Month
    assert BY_CODE["penalty"].by_name["withdrawn_on"].kind is date
    assert BY_CODE["penalty"].withdrawn_on == "withdrawn_on"
    assert BY_CODE["ent_registration"].by_name["cancelled_on"].learned_on is None


def test_every_code_list_and_basis_that_a_feed_names_is_in_the_reference() -> None:
    reference = Reference.load(DEFAULT_DATA / "reference")
    reference.check(
        code_lists={
            f"feed {feed.code}": [f.kind.list_name for f in feed.fields if isinstance(f.kind, CodeOf)] for feed in FEEDS
        },
        bases={f"feed {feed.code}": [*feed.basis, *(x.basis for x in feed.exclusions)] for feed in FEEDS},
    )


def test_every_feed_is_expected_in_the_city() -> None:
    city = City.load(Path(DEFAULT_DATA) / "city.toml")
    assert {e.feed for e in city.expected} == set(BY_CODE)
    for feed in BY_CODE:
        assert {u for e in city.expected if e.feed == feed for u in e.units} == {u.code for u in city.units}
