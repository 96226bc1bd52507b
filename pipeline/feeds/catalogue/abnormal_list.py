"""The abnormal-operation list (经营异常名录): entries and removals."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, CodeOf, FeedContract, Field, Subject, WorkingDays

ABNORMAL_LIST = FeedContract(
    code="abnormal_list",
    title=Text("经营异常名录信息", "Abnormal-operation list"),
    supplier="信用监管科 / 各县(市)局",
    channels=("gsxt",),
    category=4,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("list_id",),
    happened_on="listed_on",
    fields=(
        *IDENTITY,
        Field("list_id", str, Text("名录记录号", "Entry no."), aliases=("经营异常名录记录号",), max_length=64),
        Field(
            "cause", CodeOf("abnormal_cause"), Text("列入原因", "Cause of the entry"), aliases=("列入经营异常名录原因",)
        ),
        Field(
            "listed_on",
            date,
            Text("列入日期", "Listed on"),
            required=True,
            aliases=("列入时间", "列入经营异常名录日期"),
        ),
        Field(
            "listing_org",
            str,
            Text("作出决定机关(列入)", "Authority that listed"),
            aliases=("列入决定机关",),
            max_length=100,
        ),
        Field(
            "removed_on",
            date,
            Text("移出日期", "Removed on"),
            aliases=("移出时间", "移出经营异常名录日期"),
            learned_on="removed_on",
        ),
        Field(
            "removal_cause",
            str,
            Text("移出原因", "Cause of the removal"),
            aliases=("移出经营异常名录原因",),
            max_length=200,
            learned_on="removed_on",
        ),
        Field(
            "removal_org",
            str,
            Text("作出决定机关(移出)", "Authority that removed"),
            aliases=("移出决定机关",),
            max_length=100,
            learned_on="removed_on",
        ),
    ),
    basis=("SEED-4.1.2", "SEED-4.1.3", "SEED-4.3.2-4", "ABN", "NB", "GSF"),
)
