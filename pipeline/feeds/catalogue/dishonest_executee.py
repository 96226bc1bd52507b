"""Dishonest judgment debtors (失信被执行人): entries and removals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, FeedContract, Field, OneOf, Subject, WorkingDays

DISHONEST_EXECUTEE = FeedContract(
    code="dishonest_executee",
    title=Text("失信被执行人信息", "Dishonest judgment debtors"),
    supplier="人民法院",
    channels=("dept",),
    category=7,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("case_no",),
    happened_on="published_on",
    fields=(
        *IDENTITY,
        Field("case_no", str, Text("案号", "Case no."), aliases=("执行案号",), max_length=64),
        Field("court", str, Text("执行法院", "Court of execution"), aliases=("法院",), max_length=100),
        Field("basis_no", str, Text("执行依据文号", "Document to be executed"), aliases=("执行依据",), max_length=100),
        Field("obligation", str, Text("义务内容", "Obligation"), aliases=("生效法律文书确定的义务",)),
        Field(
            "performance",
            OneOf(
                {
                    "none": Text("全部未履行", "Not performed"),
                    "partial": Text("部分履行", "Partly performed"),
                    "full": Text("全部履行", "Fully performed"),
                }
            ),
            Text("履行情况", "Performance"),
            aliases=("被执行人的履行情况",),
        ),
        Field("amount_wan", Decimal, Text("执行标的(万元)", "Amount to be executed (10,000 yuan)")),
        Field("filed_on", date, Text("立案日期", "Filed on"), aliases=("立案时间",)),
        Field("published_on", date, Text("发布日期", "Published on"), required=True, aliases=("发布时间", "公布日期")),
        Field(
            "removed_on",
            date,
            Text("移除日期", "Removed on"),
            aliases=("移除时间", "退出日期"),
            learned_on="removed_on",
        ),
    ),
    basis=("SEED-4.1.2", "SEED-4.3.2-7", "NB"),
)
