"""Inspectors (执法检查人员名录库): whom a double-random draw may send."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import Between, CodeOf, FeedContract, Field, OneOf, Subject, WorkingDays

INSPECTOR = FeedContract(
    code="inspector",
    title=Text("执法检查人员名录库", "Directory of inspectors"),
    supplier="人事/法规科室",
    channels=("internal",),
    category=0,
    time_limit=WorkingDays(7),
    subject=Subject.STAFF,
    key=("inspector_id",),
    happened_on=None,
    fields=(
        Field(
            "inspector_id",
            str,
            Text("执法检查人员编号", "Inspector no."),
            required=True,
            aliases=("人员编号",),
            max_length=20,
        ),
        Field("name", str, Text("姓名", "Name"), aliases=("人员姓名",), max_length=60, note="personal data"),
        Field("cert_no", str, Text("执法证号", "Certificate no."), aliases=("执法证件号",), max_length=40),
        Field("cert_valid_to", date, Text("执法证有效期", "Certificate valid to"), aliases=("执法证有效期至",)),
        Field("unit", str, Text("所属单位", "Unit"), aliases=("所在单位",), max_length=20),
        Field("expertise", CodeOf("field"), Text("专业领域", "Fields of expertise"), aliases=("专业特长",), many=";"),
        Field(
            "status",
            OneOf({"active": Text("在岗", "Active"), "leave": Text("离岗", "On leave"), "left": Text("离职", "Left")}),
            Text("状态", "Status"),
            aliases=("在岗状态",),
        ),
        Field(
            "recuse_uscc",
            str,
            Text("需回避主体", "To be recused from"),
            aliases=("回避主体",),
            many=";",
            note="credit codes",
        ),
        Field(
            "yearly_quota",
            int,
            Text("年度任务上限", "Tasks a year at most"),
            aliases=("年度任务数",),
            check=Between(0, 100_000),
        ),
    ),
    personal_data=True,
    basis=("SEED-4.1.2", "SEED-4.2.2", "PROP"),
)
