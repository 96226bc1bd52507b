"""Notices of cancellation and simplified cancellation (注销与简易注销公告)."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, Between, FeedContract, Field, OneOf, Subject, WorkingDays

CANCELLATION = FeedContract(
    code="cancellation",
    title=Text("注销与简易注销公告", "Notices of cancellation"),
    supplier="登记注册科",
    channels=("gsxt",),
    category=2,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("notice_no",),
    happened_on="notice_from",
    fields=(
        *IDENTITY,
        Field("notice_no", str, Text("公告编号", "Notice no."), max_length=64),
        Field(
            "kind",
            OneOf({"simplified": Text("简易注销", "Simplified"), "general": Text("一般注销", "General")}),
            Text("类型", "Kind"),
            required=True,
            aliases=("注销类型",),
        ),
        Field("notice_from", date, Text("公告期自", "Notice from"), required=True, aliases=("公告开始日期",)),
        Field("notice_to", date, Text("公告期至", "Notice to"), aliases=("公告结束日期",)),
        Field("objection_count", int, Text("异议数", "Objections"), aliases=("异议次数",), check=Between(0, 100_000)),
        Field(
            "result",
            OneOf(
                {
                    "passed": Text("准予注销", "Passed"),
                    "objected": Text("有异议", "Objected"),
                    "withdrawn": Text("撤回", "Withdrawn"),
                    "pending": Text("办理中", "Pending"),
                }
            ),
            Text("结果", "Outcome"),
            aliases=("注销结果",),
            learned_on="notice_to",
        ),
    ),
    basis=("SEED-4.1.2", "SEED-4.1.3", "SEED-4.3.2-2", "GK", "PROP"),
)
