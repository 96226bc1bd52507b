"""Decisions on credit repair (信用修复), each naming the record that it repairs."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, FeedContract, Field, OneOf, Subject, WorkingDays

CREDIT_REPAIR = FeedContract(
    code="credit_repair",
    title=Text("信用修复信息", "Credit repair"),
    supplier="信用监管科",
    channels=("gsxt",),
    category=4,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("repair_no",),
    happened_on="repaired_on",
    fields=(
        *IDENTITY,
        Field("repair_no", str, Text("修复决定文号", "Decision no."), aliases=("修复文号",), max_length=64),
        Field(
            "target_feed",
            OneOf(
                {
                    "penalty": Text("行政处罚", "Administrative penalty"),
                    "abnormal_list": Text("经营异常名录", "Abnormal-operation list"),
                    "serious_violation_list": Text("严重违法失信企业名单", "Serious-violation list"),
                }
            ),
            Text("对应信息类别", "Feed of the repaired record"),
            required=True,
            aliases=("修复信息类别",),
        ),
        Field(
            "target_record_id",
            str,
            Text("对应记录号", "Record repaired"),
            required=True,
            aliases=("修复记录号",),
            max_length=64,
        ),
        Field("applied_on", date, Text("申请日期", "Applied on"), aliases=("申请时间",)),
        Field("repaired_on", date, Text("修复日期", "Repaired on"), required=True, aliases=("修复时间",)),
        Field(
            "result",
            OneOf({"granted": Text("准予修复", "Granted"), "refused": Text("不予修复", "Refused")}),
            Text("结果", "Decision"),
            required=True,
            aliases=("修复结果",),
        ),
    ),
    basis=("SEED-4.1.2", "SEED-4.1.3", "ITREE", "PROP"),
)
