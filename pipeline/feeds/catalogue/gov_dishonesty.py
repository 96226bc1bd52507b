"""Findings of dishonesty, and of honesty, by other departments (被政府部门认定为失信)."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, FeedContract, Field, OneOf, Subject, WorkingDays

GOV_DISHONESTY = FeedContract(
    code="gov_dishonesty",
    title=Text("被政府部门认定为失信信息", "Findings of dishonesty by other departments"),
    supplier="发展改革等部门",
    channels=("dept", "jlhjg"),
    category=7,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("finding_no", "list_name"),
    happened_on="listed_on",
    fields=(
        *IDENTITY,
        Field("finding_no", str, Text("认定文号", "Finding no."), aliases=("认定文书号",), max_length=64),
        Field("list_name", str, Text("名单名称", "Name of the list"), max_length=200),
        Field(
            "list_kind",
            OneOf(
                {
                    "black": Text("黑名单", "Black list"),
                    "watch": Text("重点关注", "Watch list"),
                    "red": Text("红名单", "Red list"),
                }
            ),
            Text("红/黑/重点关注", "Kind of list"),
            required=True,
            aliases=("名单类别", "名单类型"),
        ),
        Field("listed_on", date, Text("认定日期", "Found on"), required=True, aliases=("列入日期",)),
        Field("removed_on", date, Text("退出日期", "Left the list on"), aliases=("移出日期",), learned_on="removed_on"),
        Field("authority", str, Text("认定部门", "Authority"), aliases=("认定机关",), max_length=200),
    ),
    basis=("SEED-4.1.2", "SEED-4.3.2-7", "NB"),
)
