"""Administrative penalties (行政处罚): the 双公示 layout of 2018 as implemented."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.domain import Text, Uscc
from pipeline.feeds.catalogue.counterparty import COUNTERPARTY, NATURAL_PERSONS
from pipeline.feeds.contract import Between, CodeOf, FeedContract, Field, Subject, WorkingDays

PENALTY = FeedContract(
    code="penalty",
    title=Text("行政处罚信息", "Administrative penalties"),
    supplier="执法/法规科室 / 其他行政部门",
    channels=("gsxt", "jlhjg", "zc"),
    category=4,
    time_limit=WorkingDays(7),
    subject=Subject.ENTITY,
    key=("doc_no", "authority_uscc"),
    happened_on="decided_on",
    fields=(
        *COUNTERPARTY,
        Field(
            "doc_no",
            str,
            Text("行政处罚决定书文号", "Decision document no."),
            aliases=("处罚决定书文号", "行政处罚决定文书号", "处罚文书号"),
            max_length=128,
        ),
        Field("violation_type", str, Text("违法行为类型", "Type of violation")),
        Field("violation_fact", str, Text("违法事实", "Facts of the violation"), aliases=("主要违法事实",)),
        Field("legal_basis", str, Text("处罚依据", "Legal basis of the penalty"), aliases=("行政处罚依据",)),
        Field(
            "penalty_category",
            CodeOf("penalty_category"),
            Text("处罚类别", "Category of penalty"),
            aliases=("行政处罚类别", "处罚种类"),
            many=";",
        ),
        Field("penalty_content", str, Text("处罚内容", "Content of the penalty"), aliases=("行政处罚内容",)),
        Field("fine_wan", Decimal, Text("罚款金额(万元)", "Fine (10,000 yuan)"), check=Between(0, 1_000_000)),
        Field(
            "confiscated_wan",
            Decimal,
            Text("没收违法所得、没收非法财物的金额(万元)", "Confiscated (10,000 yuan)"),
            aliases=("没收金额(万元)",),
            check=Between(0, 1_000_000),
        ),
        Field(
            "revoked_cert", str, Text("暂扣或吊销证照名称及编号", "Certificate suspended or revoked"), max_length=200
        ),
        Field(
            "decided_on",
            date,
            Text("处罚决定日期", "Decided on"),
            required=True,
            aliases=("行政处罚决定日期", "作出行政处罚决定日期", "处罚日期"),
        ),
        Field("valid_to", date, Text("处罚有效期", "Penalty valid to")),
        Field("publish_until", date, Text("公示截止期", "Published until"), aliases=("公示截止日期",)),
        Field(
            "authority",
            str,
            Text("处罚机关", "Penalising authority"),
            aliases=("行政处罚机关", "作出处罚决定机关"),
            max_length=200,
        ),
        Field("authority_uscc", Uscc, Text("处罚机关统一社会信用代码", "Credit code of the penalising authority")),
        Field(
            "severity",
            CodeOf("penalty_severity"),
            Text("严重程度", "Severity"),
            note="derived from the categories where not delivered",
        ),
        Field("field", CodeOf("field"), Text("重点领域", "Key field"), note="derived where not delivered"),
        Field(
            "withdrawn_on",
            date,
            Text("撤销/变更日期", "Withdrawn or changed on"),
            aliases=("撤销日期", "处罚撤销日期"),
            learned_on="withdrawn_on",
            note="the record leaves every count from this day",
        ),
        Field("remark", str, Text("备注", "Remark")),
    ),
    withdrawn_on="withdrawn_on",
    exclusions=NATURAL_PERSONS,
    personal_data=True,
    basis=("SEED-4.1.2", "SEED-4.1.1", "SEED-4.1.3", "SEED-4.3.2-4", "REG654-6", "PCOL", "LCOL"),
)
