"""Special equipment (特种设备): lifts, boilers and their like, with the last inspection."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, Between, CodeOf, FeedContract, Field, OneOf, Subject, WorkingDays

SPECIAL_EQUIPMENT = FeedContract(
    code="special_equipment",
    title=Text("特种设备基础信息", "Special equipment"),
    supplier="特种设备科 / 检验机构",
    channels=("jlhjg", "internal"),
    category=2,
    time_limit=WorkingDays(7),
    subject=Subject.ENTITY,
    key=("equipment_code",),
    happened_on="in_use_from",
    fields=(
        *IDENTITY,
        Field(
            "equipment_code",
            str,
            Text("设备注册代码", "Registration no. of the equipment"),
            required=True,
            aliases=("设备代码", "注册代码"),
            max_length=20,
        ),
        Field(
            "equipment_class", CodeOf("equipment_class"), Text("设备种类", "Class of equipment"), aliases=("设备类别",)
        ),
        Field(
            "use_cert_no",
            str,
            Text("使用登记证编号", "Certificate of use no."),
            aliases=("使用登记证号",),
            max_length=40,
        ),
        Field("made_on", date, Text("制造日期", "Made on")),
        Field("in_use_from", date, Text("投用日期", "In use from"), aliases=("投用时间", "投入使用日期")),
        Field(
            "status",
            OneOf(
                {
                    "in_use": Text("在用", "In use"),
                    "stopped": Text("停用", "Stopped"),
                    "scrapped": Text("报废", "Scrapped"),
                }
            ),
            Text("使用状态", "Status of use"),
            aliases=("设备状态",),
        ),
        Field("crowd_place", bool, Text("是否公众聚集场所", "In a place where crowds gather")),
        Field("key_monitored", bool, Text("是否重点监控", "Under key monitoring")),
        Field(
            "last_inspected_on",
            date,
            Text("上次检验日期", "Last inspected on"),
            aliases=("检验日期",),
            learned_on="last_inspected_on",
        ),
        Field(
            "next_due_on", date, Text("下次检验日期", "Next inspection due on"), aliases=("下次检验时间", "下检日期")
        ),
        Field(
            "inspect_result",
            OneOf(
                {
                    "pass": Text("合格", "Passed"),
                    "pass_after_fix": Text("整改后合格", "Passed after rectification"),
                    "fail": Text("不合格", "Failed"),
                }
            ),
            Text("检验结论", "Result of the inspection"),
            aliases=("检验结果",),
            learned_on="last_inspected_on",
        ),
        Field("operators_required", int, Text("应持证人数", "Certified operators required"), check=Between(0, 100_000)),
        Field(
            "operators_certified",
            int,
            Text("持证人数", "Certified operators"),
            aliases=("持证作业人数",),
            check=Between(0, 100_000),
        ),
        Field("accident_count", int, Text("事故数", "Accidents"), check=Between(0, 100_000)),
    ),
    basis=("SEED-4.1.2", "SEED-4.3.2-2", "SEED-4.2.1", "SEH", "SER"),
)
