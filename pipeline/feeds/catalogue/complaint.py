"""Complaints and reports (投诉举报); who complained is not collected."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, CodeOf, FeedContract, Field, OneOf, Subject, WorkingDays

COMPLAINT = FeedContract(
    code="complaint",
    title=Text("投诉举报信息", "Complaints and reports"),
    supplier="12315 / 消费者权益保护",
    channels=("jlhjg", "internal"),
    category=5,
    time_limit=WorkingDays(7),
    subject=Subject.ENTITY,
    key=("ticket_no",),
    happened_on="received_on",
    fields=(
        *IDENTITY,
        Field("ticket_no", str, Text("工单号", "Ticket no."), aliases=("工单编号", "登记编号"), max_length=64),
        Field(
            "kind",
            OneOf({"complaint": Text("投诉", "Complaint"), "report": Text("举报", "Report")}),
            Text("类型", "Kind"),
            aliases=("业务类型",),
        ),
        Field("received_on", date, Text("登记日期", "Registered on"), required=True, aliases=("登记时间", "接收日期")),
        Field(
            "channel",
            OneOf(
                {
                    "12315": Text("12315平台", "12315 platform"),
                    "12345": Text("12345热线", "12345 hotline"),
                    "letter": Text("来信", "Letter"),
                    "visit": Text("来访", "Visit"),
                    "transfer": Text("转办", "Transferred"),
                    "online": Text("网络", "Online"),
                }
            ),
            Text("来源", "Channel"),
            aliases=("来源渠道",),
        ),
        Field(
            "topic",
            OneOf(
                {
                    "quality": Text("质量", "Quality"),
                    "price": Text("价格", "Price"),
                    "advert": Text("广告", "Advertising"),
                    "food_safety": Text("食品安全", "Food safety"),
                    "drug": Text("药品", "Drugs"),
                    "equipment": Text("特种设备", "Special equipment"),
                    "contract": Text("合同", "Contract"),
                    "after_sale": Text("售后服务", "After-sales service"),
                    "unlicensed": Text("无证无照经营", "Unlicensed operation"),
                    "other": Text("其他", "Other"),
                }
            ),
            Text("问题类别", "Topic"),
            aliases=("投诉类别",),
        ),
        Field("is_accepted", bool, Text("是否受理", "Accepted")),
        Field(
            "result",
            CodeOf("complaint_result"),
            Text("处理结果", "Outcome"),
            aliases=("办理结果",),
            learned_on="closed_on",
        ),
        Field("closed_on", date, Text("办结日期", "Closed on"), aliases=("办结时间",), learned_on="closed_on"),
        Field("is_repeat", bool, Text("是否重复", "Repeated")),
        Field("is_overdue", bool, Text("是否逾期未办结", "Overdue and open")),
        Field("injury", bool, Text("是否涉人身伤害", "Personal injury involved")),
    ),
    basis=("SEED-4.1.2", "SEED-4.3.2-5", "ITREE", "PROP"),
)
