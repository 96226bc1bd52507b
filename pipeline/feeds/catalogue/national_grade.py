"""The grade that the national “Internet + Supervision” system issues: authoritative where there is one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, FeedContract, Field, OneOf, Subject, WorkingDays

NATIONAL_GRADE = FeedContract(
    code="national_grade",
    title=Text("国家“互联网+监管”系统信用风险等级", "Grade issued by the national “Internet + Supervision” system"),
    supplier="国家“互联网+监管”系统",
    channels=("jlhjg",),
    category=0,
    time_limit=WorkingDays(7),
    subject=Subject.ENTERPRISE,
    key=("uscc", "graded_on"),
    happened_on="graded_on",
    fields=(
        *IDENTITY,
        Field(
            "grade",
            OneOf(
                {
                    "A": Text("A级", "Grade A"),
                    "B": Text("B级", "Grade B"),
                    "C": Text("C级", "Grade C"),
                    "D": Text("D级", "Grade D"),
                    "E": Text("E级", "Grade E"),
                }
            ),
            Text("信用风险等级", "Credit-risk grade"),
            required=True,
            aliases=("信用等级", "风险等级"),
        ),
        Field("score", Decimal, Text("得分", "Score"), aliases=("信用得分",)),
        Field("graded_on", date, Text("生成日期", "Graded on"), required=True, aliases=("评定日期",)),
        Field("version", str, Text("模型版本", "Version of the model"), max_length=40),
    ),
    basis=("SEED-4.1.2", "SEED-4.3.3"),
)
