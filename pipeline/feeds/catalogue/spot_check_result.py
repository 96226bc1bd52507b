"""Results of spot checks and inspections (抽查检查结果), double-random draws included."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, Between, CodeOf, Exclusion, FeedContract, Field, Subject, WorkingDays

SPOT_CHECK_RESULT = FeedContract(
    code="spot_check_result",
    title=Text("抽查检查结果信息", "Spot-check and inspection results"),
    supplier="各业务科室 / 各县(市)局",
    channels=("gsxt", "jlhjg"),
    category=4,
    time_limit=WorkingDays(7),
    subject=Subject.ENTITY,
    key=("check_id",),
    happened_on="checked_on",
    fields=(
        *IDENTITY,
        Field("check_id", str, Text("检查记录号", "Check no."), aliases=("检查单号", "检查编号"), max_length=64),
        Field("plan_code", str, Text("计划编号", "Plan no."), aliases=("抽查计划编号",), max_length=40),
        Field("task_code", str, Text("任务编号", "Task no."), aliases=("抽查任务编号",), max_length=40),
        Field(
            "check_kind", CodeOf("check_kind"), Text("检查类型", "Kind of check"), aliases=("检查类别", "监督检查形式")
        ),
        Field("check_mode", CodeOf("check_mode"), Text("检查方式", "Mode of check")),
        Field("item_code", str, Text("抽查事项编码", "Item code"), aliases=("检查事项编码",), max_length=40),
        Field(
            "checked_on",
            date,
            Text("检查日期", "Checked on"),
            required=True,
            aliases=("监督检查日期", "抽查日期", "检查时间"),
        ),
        Field(
            "result",
            CodeOf("check_result"),
            Text("检查结果", "Result"),
            required=True,
            aliases=("监督检查结果", "抽查结果", "抽查检查结果"),
            many=";",
            note="01 excludes every other code",
        ),
        Field("problem_count", int, Text("问题项数", "Problems found"), aliases=("问题数",), check=Between(0, 100_000)),
        Field("checklist_total", int, Text("应查项数", "Items to be checked"), check=Between(0, 100_000)),
        Field(
            "checklist_failed",
            int,
            Text("不符合项数", "Items not met"),
            check=Between(0, 100_000),
            note="drives the dynamic score of the key fields",
        ),
        Field("rectify_due", date, Text("整改期限", "To be rectified by"), aliases=("整改截止日期",)),
        Field("rectified_on", date, Text("整改完成日期", "Rectified on"), learned_on="rectified_on"),
        Field("published_on", date, Text("公示日期", "Published on"), aliases=("公示时间",), learned_on="published_on"),
        Field(
            "inspectors",
            str,
            Text("检查人员编号", "Inspectors"),
            aliases=("检查人员",),
            many=";",
            max_length=200,
            note="numbers of the inspector directory, at least two",
        ),
        Field(
            "check_org",
            str,
            Text("检查机关", "Inspecting authority"),
            aliases=("监督检查机关", "检查主体"),
            max_length=100,
        ),
        Field("field", CodeOf("field"), Text("重点领域", "Key field")),
    ),
    exclusions=(
        Exclusion(
            rule="statistical_check",
            title=Text("统计抽查检查结果（检查类型含“统计”）", "Statistical spot check (kind of check says so)"),
            column="check_kind",
            pattern="统计",
            basis="SEED-4.1.3",
        ),
    ),
    basis=("SEED-4.1.2", "SEED-4.1.3", "SEED-4.4.1", "SEED-4.3.2-4", "DRR", "TN17"),
)
