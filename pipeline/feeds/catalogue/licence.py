"""Administrative licences (行政许可): the 双公示 layout of 2018 as implemented."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text, Uscc
from pipeline.feeds.catalogue.counterparty import COUNTERPARTY, NATURAL_PERSONS
from pipeline.feeds.contract import CodeOf, FeedContract, Field, Subject, WorkingDays

LICENCE = FeedContract(
    code="licence",
    title=Text("行政许可信息", "Administrative licences"),
    supplier="各业务科室 / 其他行政部门",
    channels=("gsxt", "jlhjg", "zc"),
    category=3,
    time_limit=WorkingDays(7),
    subject=Subject.ENTITY,
    key=("doc_no", "authority_uscc"),
    happened_on="decided_on",
    fields=(
        *COUNTERPARTY,
        Field("doc_name", str, Text("行政许可决定文书名称", "Title of the decision"), max_length=200),
        Field(
            "doc_no",
            str,
            Text("行政许可决定文书号", "Decision document no."),
            aliases=("许可文书号", "许可决定文书号"),
            max_length=128,
        ),
        Field("licence_category", CodeOf("licence_category"), Text("许可类别", "Category of licence")),
        Field(
            "cert_name", str, Text("许可证书名称", "Name of the certificate"), aliases=("许可证名称",), max_length=200
        ),
        Field(
            "cert_no", str, Text("许可编号", "Certificate no."), aliases=("许可证书编号", "许可证编号"), max_length=64
        ),
        Field("content", str, Text("许可内容", "Content of the licence")),
        Field("decided_on", date, Text("许可决定日期", "Decided on"), required=True, aliases=("行政许可决定日期",)),
        Field("valid_from", date, Text("有效期自", "Valid from"), aliases=("许可有效期自",)),
        Field("valid_to", date, Text("有效期至", "Valid to"), aliases=("许可有效期至",)),
        Field("authority", str, Text("许可机关", "Licensing authority"), aliases=("行政许可机关",), max_length=200),
        Field("authority_uscc", Uscc, Text("许可机关统一社会信用代码", "Credit code of the licensing authority")),
        Field("status", CodeOf("doc_status"), Text("当前状态", "Current status"), aliases=("数据状态",)),
        Field(
            "revoked_on",
            date,
            Text("撤销/注销/吊销日期", "Withdrawn, cancelled or revoked on"),
            aliases=("撤销日期",),
            learned_on="revoked_on",
        ),
        Field(
            "field",
            CodeOf("field"),
            Text("重点领域", "Key field"),
            note="derived from the certificate name where not delivered",
        ),
        Field("remark", str, Text("备注", "Remark")),
    ),
    exclusions=NATURAL_PERSONS,
    personal_data=True,
    basis=("SEED-4.1.2", "SEED-4.1.1", "SEED-4.1.3", "SEED-4.3.2-3", "LCOL"),
)
