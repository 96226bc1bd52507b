"""Every feed that the product takes in, in reading order: the register first, then what happens to a firm."""

from __future__ import annotations

from pipeline.feeds.catalogue.abnormal_list import ABNORMAL_LIST
from pipeline.feeds.catalogue.annual_report import ANNUAL_REPORT
from pipeline.feeds.catalogue.cancellation import CANCELLATION
from pipeline.feeds.catalogue.complaint import COMPLAINT
from pipeline.feeds.catalogue.credit_repair import CREDIT_REPAIR
from pipeline.feeds.catalogue.dishonest_executee import DISHONEST_EXECUTEE
from pipeline.feeds.catalogue.ent_change import ENT_CHANGE
from pipeline.feeds.catalogue.ent_person import ENT_PERSON
from pipeline.feeds.catalogue.ent_registration import ENT_REGISTRATION
from pipeline.feeds.catalogue.food_operator import FOOD_OPERATOR
from pipeline.feeds.catalogue.gov_dishonesty import GOV_DISHONESTY
from pipeline.feeds.catalogue.inspector import INSPECTOR
from pipeline.feeds.catalogue.judicial_case import JUDICIAL_CASE
from pipeline.feeds.catalogue.licence import LICENCE
from pipeline.feeds.catalogue.national_grade import NATIONAL_GRADE
from pipeline.feeds.catalogue.opinion import OPINION
from pipeline.feeds.catalogue.penalty import PENALTY
from pipeline.feeds.catalogue.product_sampling import PRODUCT_SAMPLING
from pipeline.feeds.catalogue.safety_event import SAFETY_EVENT
from pipeline.feeds.catalogue.serious_violation_list import SERIOUS_VIOLATION_LIST
from pipeline.feeds.catalogue.social_insurance import SOCIAL_INSURANCE
from pipeline.feeds.catalogue.special_equipment import SPECIAL_EQUIPMENT
from pipeline.feeds.catalogue.spot_check_result import SPOT_CHECK_RESULT
from pipeline.feeds.catalogue.supervision_item import SUPERVISION_ITEM
from pipeline.feeds.catalogue.tax_record import TAX_RECORD
from pipeline.feeds.contract import FeedContract

FEEDS: tuple[FeedContract, ...] = (
    ENT_REGISTRATION,
    ENT_CHANGE,
    ENT_PERSON,
    CANCELLATION,
    LICENCE,
    FOOD_OPERATOR,
    SPECIAL_EQUIPMENT,
    PENALTY,
    ABNORMAL_LIST,
    SERIOUS_VIOLATION_LIST,
    CREDIT_REPAIR,
    SPOT_CHECK_RESULT,
    PRODUCT_SAMPLING,
    SAFETY_EVENT,
    COMPLAINT,
    ANNUAL_REPORT,
    TAX_RECORD,
    SOCIAL_INSURANCE,
    JUDICIAL_CASE,
    DISHONEST_EXECUTEE,
    GOV_DISHONESTY,
    OPINION,
    NATIONAL_GRADE,
    SUPERVISION_ITEM,
    INSPECTOR,
)
"""The catalogue of feeds (涉企信息归集资源目录)."""

BY_CODE: dict[str, FeedContract] = {feed.code: feed for feed in FEEDS}
"""Feed code -> contract."""
