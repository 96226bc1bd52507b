"""Social insurance (社会保险缴纳): one row a firm and month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.domain import Month, Text
from pipeline.feeds.contract import IDENTITY, Between, FeedContract, Field, Subject, WorkingDays

SOCIAL_INSURANCE = FeedContract(
    code="social_insurance",
    title=Text("社会保险缴纳信息", "Social insurance contributions"),
    supplier="人社/税务部门",
    channels=("dept",),
    category=7,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("uscc", "period"),
    happened_on="period",
    fields=(
        *IDENTITY,
        Field(
            "period",
            Month,
            Text("费款所属期", "Month of contribution"),
            required=True,
            aliases=("所属期", "缴费所属期"),
            note="YYYY-MM",
        ),
        Field(
            "insured_count",
            int,
            Text("参保人数", "People insured"),
            aliases=("缴费人数",),
            check=Between(0, 10_000_000),
        ),
        Field("payable_wan", Decimal, Text("应缴金额(万元)", "Payable (10,000 yuan)")),
        Field("paid_wan", Decimal, Text("实缴金额(万元)", "Paid (10,000 yuan)"), learned_on="paid_on"),
        Field("paid_on", date, Text("缴费日期", "Paid on"), aliases=("缴费时间", "实缴日期"), learned_on="paid_on"),
    ),
    basis=("SEED-4.1.2", "SEED-4.3.2-7", "NB"),
)
