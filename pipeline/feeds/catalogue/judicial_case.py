"""Court cases (司法涉诉): one row a case and role."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, FeedContract, Field, OneOf, Subject, WorkingDays

JUDICIAL_CASE = FeedContract(
    code="judicial_case",
    title=Text("司法涉诉信息", "Court cases"),
    supplier="人民法院",
    channels=("dept", "third"),
    category=7,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("case_no", "role"),
    happened_on="filed_on",
    fields=(
        *IDENTITY,
        Field("case_no", str, Text("案号", "Case no."), aliases=("案件号",), max_length=64),
        Field("court", str, Text("法院", "Court"), aliases=("受理法院", "法院名称"), max_length=100),
        Field(
            "role",
            OneOf(
                {
                    "plaintiff": Text("原告", "Plaintiff"),
                    "defendant": Text("被告", "Defendant"),
                    "third_party": Text("第三人", "Third party"),
                }
            ),
            Text("诉讼地位", "Role"),
            required=True,
            aliases=("诉讼身份",),
        ),
        Field("cause", str, Text("案由", "Cause of action"), max_length=100),
        Field(
            "amount_wan", Decimal, Text("标的额(万元)", "Amount in dispute (10,000 yuan)"), aliases=("标的金额(万元)",)
        ),
        Field("filed_on", date, Text("立案日期", "Filed on"), required=True, aliases=("立案时间",)),
        Field("closed_on", date, Text("结案日期", "Closed on"), aliases=("结案时间",), learned_on="closed_on"),
        Field(
            "outcome",
            OneOf(
                {
                    "won": Text("胜诉", "Won"),
                    "lost": Text("败诉", "Lost"),
                    "settled": Text("调解", "Settled"),
                    "withdrawn": Text("撤诉", "Withdrawn"),
                    "unknown": Text("不详", "Unknown"),
                }
            ),
            Text("结果", "Outcome"),
            aliases=("裁判结果",),
            learned_on="closed_on",
        ),
    ),
    basis=("SEED-4.1.2", "SEED-4.3.2-7", "ITREE", "PROP"),
)
