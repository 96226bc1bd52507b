"""Food operators (食品生产经营者): the facts behind the static score, one row a firm and field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.domain import Text
from pipeline.feeds.contract import IDENTITY, Between, CodeOf, FeedContract, Field, OneOf, Subject, WorkingDays

FOOD_OPERATOR = FeedContract(
    code="food_operator",
    title=Text("食品生产经营者档案", "Food operator profiles"),
    supplier="食品生产科/食品流通科/餐饮服务监管科/特殊食品监管科",
    channels=("internal", "jlhjg"),
    category=2,
    time_limit=WorkingDays(7),
    subject=Subject.ENTITY,
    key=("uscc", "field"),
    happened_on=None,
    fields=(
        *IDENTITY,
        Field("field", CodeOf("field"), Text("领域", "Field"), required=True, aliases=("食品领域",)),
        Field("food_format", CodeOf("food_format"), Text("业态", "Format"), aliases=("主体业态",)),
        Field(
            "category_codes",
            str,
            Text("食品类别", "Food categories"),
            max_length=300,
            note="categories of the production licence",
        ),
        Field(
            "area_m2",
            Decimal,
            Text("经营场所面积(㎡)", "Area of the premises (m²)"),
            aliases=("经营面积(㎡)",),
            check=Between(0, 10_000_000),
        ),
        Field("sku_pre_ambient", int, Text("预包装常温单品数", "Prepacked ambient products")),
        Field("sku_pre_chilled", int, Text("预包装冷藏单品数", "Prepacked chilled products")),
        Field("sku_pre_frozen", int, Text("预包装冷冻单品数", "Prepacked frozen products")),
        Field("sku_bulk_ambient", int, Text("散装常温单品数", "Bulk ambient products")),
        Field("sku_bulk_chilled", int, Text("散装冷藏单品数", "Bulk chilled products")),
        Field("sku_bulk_frozen", int, Text("散装冷冻单品数", "Bulk frozen products")),
        Field("supplier_count", int, Text("供货者数量", "Suppliers"), aliases=("供货商数量",)),
        Field("diners", int, Text("供餐人数", "Diners"), aliases=("就餐人数",)),
        Field("special_population", bool, Text("是否供特定人群", "Serves vulnerable people")),
        Field(
            "hc_material",
            OneOf(
                {
                    "ordinary": Text("普通食品原料", "Ordinary food material"),
                    "new_resource": Text("新食品原料", "New food resource"),
                    "food_medicine": Text("药食同源物质", "Both food and medicine"),
                    "usable_fungi_probiotic": Text("可用真菌或益生菌", "Permitted fungi or probiotics"),
                    "extract": Text("提取物", "Extract"),
                    "vitamin_mineral": Text("维生素或矿物质", "Vitamins or minerals"),
                }
            ),
            Text("保健食品主要原料属性", "Main material of the health food"),
        ),
        Field(
            "hc_formula",
            OneOf({"single": Text("单方", "Single"), "compound": Text("复方", "Compound")}),
            Text("配方复杂程度", "Complexity of the formula"),
        ),
        Field(
            "hc_function",
            OneOf(
                {"prone_to_adulteration": Text("易非法添加", "Prone to adulteration"), "other": Text("其他", "Other")}
            ),
            Text("保健功能", "Health function"),
        ),
        Field(
            "hc_unsuitable",
            OneOf(
                {
                    "children_and_pregnant": Text("少年儿童及孕产妇", "Children and pregnant women"),
                    "children": Text("少年儿童", "Children"),
                    "pregnant": Text("孕产妇", "Pregnant women"),
                    "none": Text("无", "None"),
                }
            ),
            Text("不适宜人群", "Unsuitable for"),
        ),
        Field(
            "hc_storage",
            OneOf({"cold": Text("冷藏冷冻", "Cold"), "ambient": Text("常温", "Ambient")}),
            Text("贮藏方法", "Storage"),
        ),
        Field(
            "static_score",
            Decimal,
            Text("静态风险分(0-40)", "Static risk score (0-40)"),
            aliases=("静态风险分",),
            check=Between(0, 40),
            learned_on="graded_on",
        ),
        Field(
            "dynamic_score",
            Decimal,
            Text("动态风险分(0-60)", "Dynamic risk score (0-60)"),
            aliases=("动态风险分",),
            check=Between(0, 60),
            learned_on="graded_on",
        ),
        Field(
            "field_grade",
            OneOf(
                {
                    "A": Text("A级", "Grade A"),
                    "B": Text("B级", "Grade B"),
                    "C": Text("C级", "Grade C"),
                    "D": Text("D级", "Grade D"),
                }
            ),
            Text("上年度风险等级", "Risk grade of last year"),
            aliases=("风险等级",),
            learned_on="graded_on",
        ),
        Field("graded_on", date, Text("评定日期", "Graded on"), aliases=("评定时间",), learned_on="graded_on"),
        Field("has_haccp", bool, Text("是否通过HACCP/GMP认证", "HACCP or GMP certified")),
        Field("quality_award", bool, Text("是否获地市级以上政府质量奖", "Government quality award (city or above)")),
    ),
    basis=("SEED-4.1.2", "SEED-4.3.2-2", "SEED-4.2.1", "FD16", "FDS", "FDH"),
)
