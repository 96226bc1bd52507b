"""Supervisory sampling tests of products (监督抽检)."""

from __future__ import annotations

from datetime import date

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, CodeOf, FeedContract, Field, OneOf, Subject, WorkingDays

PRODUCT_SAMPLING = FeedContract(
    code="product_sampling",
    title=Text("监督抽检信息", "Supervisory sampling tests"),
    supplier="食品/药品/质量监督科室",
    channels=("internal", "jlhjg"),
    category=4,
    time_limit=WorkingDays(7),
    subject=Subject.ENTITY,
    key=("sample_no",),
    happened_on="reported_on",
    fields=(
        *IDENTITY,
        Field("sample_no", str, Text("样品编号", "Sample no."), aliases=("抽样编号",), max_length=64),
        Field("field", CodeOf("field"), Text("领域", "Field")),
        Field("product", str, Text("产品名称", "Product"), aliases=("样品名称",), max_length=200),
        Field(
            "level",
            OneOf(
                {
                    "national": Text("国家级", "National"),
                    "provincial": Text("省级", "Provincial"),
                    "city": Text("市级", "City"),
                    "county": Text("县级", "County"),
                }
            ),
            Text("组织层级", "Level of the organiser"),
            aliases=("任务级别",),
        ),
        Field("sampled_on", date, Text("抽样日期", "Sampled on"), aliases=("抽样时间",)),
        Field(
            "reported_on", date, Text("报告日期", "Reported on"), required=True, aliases=("报告时间", "检验报告日期")
        ),
        Field("is_pass", bool, Text("是否合格", "Passed"), required=True, aliases=("检验结论", "检验结果")),
        Field("fail_items", str, Text("不合格项目", "Items failed"), aliases=("不合格项",), max_length=300),
        Field("is_safety_fail", bool, Text("是否安全性指标不合格", "Failed on safety")),
    ),
    basis=("SEED-4.1.2", "SEED-4.1.3", "SEED-4.3.2-4", "FD16", "PROP"),
)
