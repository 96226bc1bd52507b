"""Dimension 基本信息: what the register and the licences say of a firm."""

from __future__ import annotations

from functools import partial

from pipeline.domain import Dimension, Text
from pipeline.feeds.catalogue.ent_person import ENT_PERSON
from pipeline.feeds.catalogue.ent_registration import ENT_REGISTRATION
from pipeline.feeds.catalogue.licence import LICENCE
from pipeline.feeds.catalogue.special_equipment import SPECIAL_EQUIPMENT
from pipeline.indicators.indicator import Count, Direction, Indicator, Query, State
from pipeline.indicators.readings import (
    ADDRESS,
    LEGAL_REPRESENTATIVES,
    LICENCE_VALID,
    REPRESENTATIVE_IN_OFFICE,
    clipped,
    flag,
)

_registered = partial(Indicator, dimension=Dimension.BASIC, category=2, legal_basis=("SEED-4.3.2-2",))

ENTITY_TYPE_GROUPS: dict[str, tuple[str, ...]] = {
    "llc": ("1130", "1190"),
    "one_person_llc": ("1150", "1151", "1152", "1153"),
    "jsc": ("1211", "1219"),
    "partnership": ("4531", "4532"),
    "sole": ("4540",),
    "branch": ("2000",),
    "state": ("1110", "3100"),
    "foreign": ("5000",),
}
"""Group of entity types -> codes of the list entity_type; every other type is 'other'."""

_ENTITY_TYPE_GROUP = "CASE {} WHEN entity_type IS NOT NULL THEN 'other' END".format(
    " ".join(
        f"WHEN entity_type IN ({', '.join(repr(code) for code in codes)}) THEN '{group}'"
        for group, codes in ENTITY_TYPE_GROUPS.items()
    )
)

_LEGAL_REPRESENTATIVE_FIRMS = f"""
WITH representative AS ({LEGAL_REPRESENTATIVES}),
     load AS (SELECT person_pid, count(*) - 1 AS others FROM representative GROUP BY person_pid)
SELECT uscc, max(others) AS value FROM representative JOIN load USING (person_pid) GROUP BY uscc
"""

_SAME_ADDRESS_FIRMS = f"""
WITH placed AS (
    SELECT uscc, {ADDRESS} AS place, {flag("status = '1'")} AS is_active FROM {{ent_registration}}
), crowd AS (SELECT place, sum(is_active) AS active FROM placed WHERE place <> '' GROUP BY place)
SELECT uscc, ln(1 + active - is_active) AS value FROM placed JOIN crowd USING (place)
"""

INDICATORS: tuple[Indicator, ...] = (
    _registered(
        code="C2_age_years",
        title=Text("经营年限", "Age in years"),
        form=State(ENT_REGISTRATION, "(as_of - 1 - established_on) / 365.25"),
        when_none=None,
        unit="年",
        direction=Direction.LOWER_IS_RISKIER,
        reason=Text("成立至今{value:.1f}年", "{value:.1f} years since establishment"),
        definition=Text(
            "成立日期至时点前一日的天数÷365.25", "Days from establishment to the day before as_of / 365.25"
        ),
    ),
    _registered(
        code="C2_is_new_1y",
        title=Text("新设企业", "New within a year"),
        form=State(ENT_REGISTRATION, flag("established_on >= as_of - 365")),
        when_none=0,
        unit="是否",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text(
            "成立不满一年（1是0否）：{value:.0f}", "Established within the last year (1 yes, 0 no): {value:.0f}"
        ),
        definition=Text("成立日期在近365日内为1，否则为0", "1 if established within the last 365 days, else 0"),
    ),
    _registered(
        code="C2_reg_capital_log",
        title=Text("注册资本（对数）", "Registered capital (log)"),
        form=State(
            ENT_REGISTRATION,
            "CASE WHEN coalesce(currency, 'CNY') IN ('CNY', 'RMB', '156') THEN ln(1 + reg_capital_wan) END",
        ),
        when_none=None,
        unit="ln(万元)",
        direction=Direction.NEUTRAL,
        reason=Text("注册资本对数值为{value:.2f}", "Log of the registered capital: {value:.2f}"),
        definition=Text(
            "ln(1+注册资本万元)，仅人民币；外币缺失", "ln(1 + registered capital in 10,000 yuan); missing if not in CNY"
        ),
    ),
    _registered(
        code="C2_paid_ratio",
        title=Text("实缴比例", "Paid-in ratio"),
        form=State(ENT_REGISTRATION, clipped("paid_capital_wan / nullif(reg_capital_wan, 0)", 0, 1)),
        when_none=None,
        unit="比例",
        direction=Direction.LOWER_IS_RISKIER,
        reason=Text("注册资本实缴比例{value:.0%}", "{value:.0%} of the registered capital is paid in"),
        definition=Text(
            "登记的实缴资本÷注册资本，限0至1；原定义按股东出资计，此处用登记数",
            "Paid-in / registered capital of the register, 0..1; a variant of the sum over shareholders",
        ),
    ),
    _registered(
        code="C2_entity_type",
        title=Text("主体类型", "Type of entity"),
        form=State(ENT_REGISTRATION, _ENTITY_TYPE_GROUP),
        when_none="unknown",
        unit="类别",
        direction=Direction.NEUTRAL,
        reason=Text("主体类型为{value}", "Type of entity: {value}"),
        definition=Text(
            "主体类型代码归为九组，缺失为unknown", "The code of the type in nine groups; unknown where it is missing"
        ),
        levels=(*ENTITY_TYPE_GROUPS, "other", "unknown"),
    ),
    _registered(
        code="C2_industry_section",
        title=Text("行业门类", "Industry section"),
        form=State(ENT_REGISTRATION, "industry_section"),
        when_none="unknown",
        unit="类别",
        direction=Direction.NEUTRAL,
        reason=Text("所属行业门类为{value}", "Industry section: {value}"),
        definition=Text("国民经济行业门类A至T，缺失为unknown", "Section A..T of GB/T 4754-2017, else unknown"),
        levels=(*"ABCDEFGHIJKLMNOPQRST", "unknown"),
    ),
    _registered(
        code="C2_legal_rep_firms",
        title=Text("法定代表人任职企业数", "Other firms of the legal representative"),
        form=Query(
            _LEGAL_REPRESENTATIVE_FIRMS,
            reads=(ENT_PERSON, ENT_REGISTRATION),
            rows=((ENT_PERSON, REPRESENTATIVE_IN_OFFICE),),
        ),
        when_none=0,
        unit="户",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text(
            "法定代表人同时在另外{value:.0f}户企业任法定代表人",
            "The legal representative also heads {value:.0f} other firms",
        ),
        definition=Text(
            "时点在任的同一法定代表人所任其他存续主体户数",
            "Other entities alive with the same legal representative in office at as_of",
        ),
    ),
    _registered(
        code="C2_same_address_firms",
        title=Text("同址企业数（对数）", "Firms at the same address (log)"),
        form=Query(_SAME_ADDRESS_FIRMS, reads=(ENT_REGISTRATION,)),
        when_none=0,
        unit="ln(户)",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text(
            "同一住所其他在营主体数的对数值为{value:.2f}", "Log of other firms at the same address: {value:.2f}"
        ),
        definition=Text(
            "ln(1+住所文字规范后相同的其他在营主体数)；无场所信息，未剔除集群登记",
            "ln(1 + other active entities at the same normalised address); cluster registrations are not taken out",
        ),
    ),
    _registered(
        code="C2_equipment_count_log",
        title=Text("特种设备台数（对数）", "Special equipment in use (log)"),
        form=Count(SPECIAL_EQUIPMENT, None, "ln(1 + count(*) {when})", where="status = 'in_use'"),
        when_none=0,
        unit="ln(台)",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text("在用特种设备台数的对数值为{value:.2f}", "Log of special equipment in use: {value:.2f}"),
        definition=Text("ln(1+在用特种设备台数)", "ln(1 + pieces of special equipment in use)"),
    ),
    Indicator(
        code="C3_licences_valid",
        title=Text("有效许可数", "Valid licences"),
        dimension=Dimension.BASIC,
        category=3,
        legal_basis=("SEED-4.3.2-3",),
        form=Count(LICENCE, None, "count(*)", where=LICENCE_VALID),
        when_none=0,
        unit="件",
        direction=Direction.NEUTRAL,
        reason=Text("持有有效行政许可{value:.0f}件", "{value:.0f} valid licences"),
        definition=Text(
            "时点有效、未撤销注销的许可数；无有效期至视为长期", "Licences valid at as_of; without an end date: no limit"
        ),
    ),
)
"""The indicators of the dimension, in the order of their codes."""
