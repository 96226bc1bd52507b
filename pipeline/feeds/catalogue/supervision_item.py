"""Supervision items (监管事项清单): what may be checked, and on whom."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.domain import Applicability, Text
from pipeline.feeds.contract import Between, FeedContract, Field, OneOf, Subject, WorkingDays

SUPERVISION_ITEM = FeedContract(
    code="supervision_item",
    title=Text("监管事项目录清单与检查实施清单", "Supervision items and check lists"),
    supplier="各业务科室 (权责清单)",
    channels=("jlhjg",),
    category=1,
    time_limit=WorkingDays(7),
    subject=Subject.NONE,
    key=("item_code", "valid_from"),
    happened_on="valid_from",
    fields=(
        Field("item_code", str, Text("监管事项编码", "Item code"), required=True, aliases=("事项编码",), max_length=40),
        Field("item_name", str, Text("监管事项名称", "Item"), aliases=("事项名称",), max_length=200),
        Field(
            "list_kind",
            OneOf(
                {
                    "directory": Text("监管事项目录清单", "Directory of supervision items"),
                    "check_implementation": Text("检查实施清单", "Check implementation list"),
                }
            ),
            Text("清单类别", "Kind of list"),
            required=True,
            aliases=("清单类型",),
        ),
        Field("dept_code", str, Text("主管科室", "Division in charge"), max_length=20),
        Field(
            "level",
            OneOf(
                {"province": Text("省级", "Province"), "city": Text("市级", "City"), "county": Text("县级", "County")}
            ),
            Text("实施层级", "Level of implementation"),
        ),
        Field(
            "applies_to",
            Applicability,
            Text("适用规则(行业/许可/类型表达式)", "Applies to"),
            aliases=("适用规则",),
            note="grammar: pipeline/feeds/applicability.py",
        ),
        Field("is_key_item", bool, Text("是否重点检查事项", "Key item")),
        Field("is_cross_dept", bool, Text("是否跨部门事项", "Cross-department item")),
        Field("ratio_cap", Decimal, Text("抽查比例上限", "Greatest sampling ratio"), check=Between(0, 1)),
        Field(
            "freq_cap",
            int,
            Text("抽查频次上限(次/年)", "Greatest number of checks a year"),
            aliases=("抽查频次上限",),
            check=Between(0, 1_000),
        ),
        Field("basis", str, Text("设定依据", "Legal basis of the item"), aliases=("检查依据",)),
        Field("valid_from", date, Text("生效日期", "In force from"), aliases=("生效时间",)),
        Field("valid_to", date, Text("失效日期", "In force to"), aliases=("失效时间",)),
    ),
    basis=("SEED-4.1.2", "SEED-4.3.2-1", "SEED-4.2.2", "DR38"),
)
