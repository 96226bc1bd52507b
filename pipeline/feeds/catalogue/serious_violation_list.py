"""The list of serious violations and dishonesty (严重违法失信企业名单)."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, CodeOf, FeedContract, Field, Subject, WorkingDays

SERIOUS_VIOLATION_LIST = FeedContract(
    code="serious_violation_list",
    title=Text("严重违法失信企业名单(黑名单)信息", "Serious-violation list (black list)"),
    supplier="信用监管科",
    channels=("gsxt",),
    category=4,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("list_id",),
    happened_on="listed_on",
    fields=(
        *IDENTITY,
        Field("list_id", str, Text("名单记录号", "Entry no."), max_length=64),
        Field("cause", CodeOf("serious_cause"), Text("列入原因", "Cause of the entry")),
        Field(
            "doc_no", str, Text("列入决定书文号", "Decision document no."), aliases=("列入决定文号",), max_length=128
        ),
        Field("listed_on", date, Text("列入日期", "Listed on"), required=True, aliases=("列入时间",)),
        Field(
            "listing_org",
            str,
            Text("作出决定机关(列入)", "Authority that listed"),
            aliases=("列入决定机关",),
            max_length=100,
        ),
        Field("removed_on", date, Text("移出日期", "Removed on"), aliases=("移出时间",), learned_on="removed_on"),
        Field("removal_cause", str, Text("移出原因", "Cause of the removal"), max_length=200, learned_on="removed_on"),
    ),
    basis=("SEED-4.1.2", "SEED-4.1.3", "SEED-4.3.2-4", "SER83-5", "SER83-8", "NB"),
)
