"""Tax records (税务信息): credit grades, arrears, irregular taxpayers, penalties and yearly tax."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, Between, CodeOf, FeedContract, Field, Subject, WorkingDays

TAX_RECORD = FeedContract(
    code="tax_record",
    title=Text("税务信息", "Tax records"),
    supplier="税务部门",
    channels=("dept",),
    category=7,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("record_no",),
    happened_on="recorded_on",
    fields=(
        *IDENTITY,
        Field("record_no", str, Text("记录号", "Record no."), aliases=("文书编号",), max_length=64),
        Field(
            "record_type",
            CodeOf("tax_record_type"),
            Text("类型", "Kind of record"),
            required=True,
            aliases=("记录类型", "信息类型"),
        ),
        Field("grade", CodeOf("tax_credit_grade"), Text("纳税信用等级", "Tax credit grade"), aliases=("纳税信用级别",)),
        Field("year", int, Text("所属年度", "Year concerned"), aliases=("年度", "评价年度"), check=Between(1990, 2100)),
        Field("amount_wan", Decimal, Text("金额(万元)", "Amount (10,000 yuan)"), aliases=("欠税余额(万元)",)),
        Field(
            "recorded_on", date, Text("认定/发生日期", "Recorded on"), required=True, aliases=("认定日期", "发生日期")
        ),
        Field("released_on", date, Text("解除日期", "Released on"), aliases=("解除时间",), learned_on="released_on"),
    ),
    basis=("SEED-4.1.2", "SEED-4.3.2-7", "NB"),
)
