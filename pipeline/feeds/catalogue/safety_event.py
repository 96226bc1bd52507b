"""Accidents and recalls (事故与产品召回)."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, FeedContract, Field, OneOf, Subject, WorkingDays

SAFETY_EVENT = FeedContract(
    code="safety_event",
    title=Text("事故与产品召回信息", "Accidents and product recalls"),
    supplier="各业务科室",
    channels=("internal",),
    category=4,
    time_limit=WorkingDays(7),
    subject=Subject.ENTITY,
    key=("event_no",),
    happened_on="happened_on",
    fields=(
        *IDENTITY,
        Field("event_no", str, Text("事件编号", "Event no."), aliases=("事故编号",), max_length=64),
        Field(
            "kind",
            OneOf(
                {
                    "food_accident": Text("食品安全事故", "Food accident"),
                    "drug_adverse": Text("药品不良反应", "Adverse drug reaction"),
                    "device_adverse": Text("医疗器械不良事件", "Adverse device event"),
                    "equipment_accident": Text("特种设备事故", "Equipment accident"),
                    "recall": Text("产品召回", "Product recall"),
                    "stop_production": Text("停止生产", "Stop of production"),
                }
            ),
            Text("类别", "Kind"),
            required=True,
            aliases=("事件类别",),
        ),
        Field(
            "level",
            OneOf(
                {
                    "general": Text("一般", "General"),
                    "larger": Text("较大", "Larger"),
                    "major": Text("重大", "Major"),
                    "particularly_major": Text("特别重大", "Particularly major"),
                }
            ),
            Text("等级", "Level"),
            aliases=("事故等级",),
        ),
        Field("happened_on", date, Text("发生日期", "Happened on"), required=True, aliases=("发生时间", "事发日期")),
        Field("handled_properly", bool, Text("是否按规定处置", "Handled as prescribed")),
    ),
    basis=("SEED-4.1.2", "SEED-4.1.3", "SEED-4.3.2-4", "FD16", "PROP"),
)
