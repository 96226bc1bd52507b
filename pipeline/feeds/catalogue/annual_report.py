"""Annual reports (企业年报), filed from 1 January to 30 June for the year before."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, Between, Exclusion, FeedContract, Field, OneOf, Subject, WorkingDays

ANNUAL_REPORT = FeedContract(
    code="annual_report",
    title=Text("企业年报信息", "Annual reports"),
    supplier="企业自报 / 信用监管科",
    channels=("gsxt",),
    category=7,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("uscc", "report_year"),
    happened_on="reported_on",
    fields=(
        *IDENTITY,
        Field(
            "report_year",
            int,
            Text("年报年度", "Year reported"),
            required=True,
            aliases=("年度", "年报年份"),
            check=Between(1990, 2100),
        ),
        Field(
            "reported_on",
            date,
            Text("报送日期", "Filed on"),
            required=True,
            aliases=("年报日期", "填报日期", "公示日期"),
        ),
        Field(
            "operating_status",
            OneOf(
                {
                    "open": Text("开业", "Open"),
                    "suspended": Text("歇业", "Suspended"),
                    "liquidating": Text("清算", "In liquidation"),
                }
            ),
            Text("营运状况", "Operating status"),
            aliases=("经营状态", "企业经营状态"),
        ),
        Field("employees", int, Text("从业人数", "Employees"), aliases=("从业人员数",), check=Between(0, 10_000_000)),
        Field("assets_wan", Decimal, Text("资产总额(万元)", "Total assets (10,000 yuan)")),
        Field("liabilities_wan", Decimal, Text("负债总额(万元)", "Total liabilities (10,000 yuan)")),
        Field("equity_wan", Decimal, Text("所有者权益合计(万元)", "Total equity (10,000 yuan)")),
        Field(
            "revenue_wan", Decimal, Text("营业总收入(万元)", "Total revenue (10,000 yuan)"), aliases=("销售总额(万元)",)
        ),
        Field("main_revenue_wan", Decimal, Text("主营业务收入(万元)", "Revenue of the main business (10,000 yuan)")),
        Field("profit_wan", Decimal, Text("利润总额(万元)", "Total profit (10,000 yuan)")),
        Field("net_profit_wan", Decimal, Text("净利润(万元)", "Net profit (10,000 yuan)")),
        Field("tax_wan", Decimal, Text("纳税总额(万元)", "Total tax (10,000 yuan)")),
        Field("guarantee_wan", Decimal, Text("对外担保金额(万元)", "Guarantees given (10,000 yuan)")),
        Field("has_website", bool, Text("是否有网站网店", "Has a website or online shop")),
        Field("is_corrected", bool, Text("是否更正", "Corrected")),
    ),
    exclusions=(
        Exclusion(
            rule="statistical_report",
            title=Text(
                "企业统计年报（报表无类别列，按数据来源单位为统计局识别）",
                "Yearly report to the statistics bureau (no column tells its kind: recognised by the supplying unit)",
            ),
            column="supplier_org",
            pattern="统计局",
            basis="SEED-4.1.3",
        ),
    ),
    basis=("SEED-4.1.2", "SEED-4.1.3", "SEED-4.3.2-7", "REG654-8", "NB"),
)
