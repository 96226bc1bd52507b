"""The register (企业登记注册备案): one current row an entity, the root of all matching."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pipeline.domain import Text, Uscc
from pipeline.feeds.contract import Between, CodeOf, FeedContract, Field, Subject, WorkingDays

ENT_REGISTRATION = FeedContract(
    code="ent_registration",
    title=Text("企业登记注册备案信息", "Enterprise registration and filing"),
    supplier="登记注册科 / 各县(市)局",
    channels=("gsxt", "zc"),
    category=2,
    time_limit=WorkingDays(7),
    subject=Subject.ROOT,
    key=("uscc",),
    happened_on="approved_on",
    fields=(
        Field(
            "uscc",
            Uscc,
            Text("统一社会信用代码", "Unified social credit code"),
            aliases=("社会信用代码",),
            max_length=40,
        ),
        Field(
            "entity_name",
            str,
            Text("主体名称", "Name of the entity"),
            required=True,
            aliases=("企业名称", "市场主体名称", "名称"),
            max_length=200,
        ),
        Field("reg_no", str, Text("注册号(15位)", "Registration no. (15 digits)"), aliases=("注册号",), max_length=40),
        Field(
            "status", CodeOf("entity_status"), Text("登记状态", "Registration status"), aliases=("企业状态", "经营状态")
        ),
        Field(
            "entity_type",
            CodeOf("entity_type"),
            Text("主体类型代码", "Type of entity"),
            aliases=("主体类型", "企业类型", "市场主体类型"),
        ),
        Field(
            "economic_type",
            CodeOf("economic_type"),
            Text("登记注册(经济)类型", "Economic type of registration"),
            aliases=("登记注册类型", "经济类型"),
        ),
        Field("established_on", date, Text("成立日期", "Established on"), aliases=("成立时间", "设立日期")),
        Field("approved_on", date, Text("核准日期", "Approved on"), aliases=("核准时间",)),
        Field("cancelled_on", date, Text("注销/吊销日期", "Cancelled or revoked on"), aliases=("注销日期", "吊销日期")),
        Field(
            "legal_rep",
            str,
            Text("法定代表人", "Legal representative"),
            aliases=("法定代表人(负责人)", "法定代表人姓名", "负责人"),
            max_length=60,
            note="personal data: masked in lists",
        ),
        Field(
            "legal_rep_pid",
            str,
            Text("法定代表人标识(脱敏哈希)", "Pseudonym of the legal representative"),
            aliases=("法定代表人标识",),
            max_length=64,
            note="salted hash, never the number of an identity card",
        ),
        Field(
            "reg_capital_wan",
            Decimal,
            Text("注册资本(万元)", "Registered capital (10,000)"),
            aliases=("注册资金(万元)",),
            check=Between(0, 100_000_000),
        ),
        Field("currency", str, Text("币种", "Currency"), aliases=("注册资本币种",), max_length=3, note="ISO 4217"),
        Field(
            "paid_capital_wan",
            Decimal,
            Text("实缴资本(万元)", "Paid-in capital (10,000)"),
            check=Between(0, 100_000_000),
        ),
        Field(
            "address",
            str,
            Text("住所", "Registered address"),
            aliases=("住所地址", "注册地址", "企业住所"),
            max_length=300,
        ),
        Field(
            "division",
            CodeOf("division"),
            Text("住所所在行政区划", "Division of the registered address"),
            aliases=("行政区划", "行政区划代码"),
            note="GB/T 2260",
        ),
        Field("street", str, Text("街道/乡镇代码", "Street or township code"), aliases=("街道代码",), max_length=9),
        Field(
            "prod_address",
            str,
            Text("生产经营地址", "Address of operation"),
            aliases=("经营场所", "生产经营场所"),
            max_length=300,
        ),
        Field(
            "industry_section",
            CodeOf("industry_section"),
            Text("行业门类", "Industry section"),
            aliases=("门类",),
            note="GB/T 4754-2017",
        ),
        Field(
            "industry_code",
            str,
            Text("行业小类", "Industry class"),
            aliases=("行业代码", "国民经济行业代码"),
            max_length=4,
            note="GB/T 4754-2017, four digits",
        ),
        Field("business_scope", str, Text("经营范围", "Business scope"), aliases=("经营(业务)范围",)),
        Field("term_from", date, Text("经营期限起", "Term of operation from"), aliases=("营业期限自", "经营期限自")),
        Field(
            "term_to",
            date,
            Text("经营期限止", "Term of operation to"),
            aliases=("营业期限至", "经营期限至"),
            note="empty or 9999-09-09: no limit",
        ),
        Field("reg_authority", str, Text("登记机关", "Registration authority"), max_length=100),
        Field(
            "jurisdiction_unit",
            str,
            Text("日常管辖单位", "Jurisdiction unit"),
            aliases=("管辖单位", "管辖机关"),
            max_length=20,
            note="code of city.toml; decides who may see the row",
        ),
        Field("is_micro", bool, Text("是否小微企业", "Small or micro enterprise"), aliases=("小微企业",)),
    ),
    personal_data=True,
    basis=("SEED-4.1.2", "SEED-4.1.3", "SEED-4.3.2-2", "LCOL", "NB"),
)
