"""Dimension 履约历史: duties kept and debts paid, towards the State, courts, staff and customers."""

from __future__ import annotations

from functools import partial

from pipeline.domain import Dimension, Text
from pipeline.feeds.catalogue.abnormal_list import ABNORMAL_LIST
from pipeline.feeds.catalogue.annual_report import ANNUAL_REPORT
from pipeline.feeds.catalogue.complaint import COMPLAINT
from pipeline.feeds.catalogue.credit_repair import CREDIT_REPAIR
from pipeline.feeds.catalogue.dishonest_executee import DISHONEST_EXECUTEE
from pipeline.feeds.catalogue.ent_person import ENT_PERSON
from pipeline.feeds.catalogue.ent_registration import ENT_REGISTRATION
from pipeline.feeds.catalogue.gov_dishonesty import GOV_DISHONESTY
from pipeline.feeds.catalogue.judicial_case import JUDICIAL_CASE
from pipeline.feeds.catalogue.licence import LICENCE
from pipeline.feeds.catalogue.serious_violation_list import SERIOUS_VIOLATION_LIST
from pipeline.feeds.catalogue.social_insurance import SOCIAL_INSURANCE
from pipeline.feeds.catalogue.tax_record import TAX_RECORD
from pipeline.indicators.indicator import Count, Days, Direction, Indicator, Query, State
from pipeline.indicators.readings import LEGAL_REPRESENTATIVES, ON_LIST, REPRESENTATIVE_IN_OFFICE, in_force

_recorded = partial(
    Indicator,
    dimension=Dimension.PERFORMANCE,
    category=7,
    legal_basis=("SEED-4.3.2-7",),
    when_none=0,
    direction=Direction.HIGHER_IS_RISKIER,
)
_supervised = partial(
    Indicator, dimension=Dimension.PERFORMANCE, category=4, legal_basis=("SEED-4.3.2-4",), when_none=0
)

REPORT_GRACE_DAYS = 14
"""Days after a deadline before a missing report counts: one filed in time may arrive 7 working days later (待确认)."""

_RELATED_BAD_SHARE = f"""
WITH representative AS ({LEGAL_REPRESENTATIVES}),
bad AS (
    SELECT uscc FROM {{abnormal_list}} WHERE {ON_LIST}
    UNION SELECT uscc FROM {{serious_violation_list}} WHERE {ON_LIST}
    UNION SELECT uscc FROM {{dishonest_executee}} WHERE {ON_LIST}
), link AS (
    SELECT r.uscc, r.person_pid, CASE WHEN bad.uscc IS NULL THEN 0 ELSE 1 END AS is_bad
    FROM representative r LEFT JOIN bad USING (uscc)
), person AS (SELECT person_pid, count(*) AS firms, sum(is_bad) AS bad_firms FROM link GROUP BY person_pid)
SELECT uscc, coalesce(sum(bad_firms - is_bad) / nullif(sum(firms - 1), 0), 0) AS value
FROM link JOIN person USING (person_pid) GROUP BY uscc
"""

_REPORT_MISSING = f"""
WITH due AS (
    SELECT report_year, deadline FROM {{report_deadline}}
    WHERE deadline >= as_of - {1095 + REPORT_GRACE_DAYS} AND deadline < as_of - {REPORT_GRACE_DAYS}
), filed AS (
    SELECT uscc, report_year, min(event_on) AS filed_on FROM {{annual_report}} GROUP BY uscc, report_year
)
SELECT e.uscc, count(*) - count(filed.uscc) AS value
FROM {{ent_registration}} e JOIN due ON e.established_on <= make_date(due.report_year, 12, 31)
LEFT JOIN filed ON filed.uscc = e.uscc AND filed.report_year = due.report_year AND filed.filed_on <= due.deadline
WHERE e.entity_type IS DISTINCT FROM '9500' GROUP BY e.uscc
"""

_LAWSUIT_AMOUNT = """
WITH claim AS (
    SELECT uscc, sum(amount_wan) AS claimed FROM {judicial_case}
    WHERE role = 'defendant' AND event_on >= as_of - 1095 GROUP BY uscc
), size AS (
    SELECT uscc, arg_max(assets_wan, report_year) AS assets
    FROM {annual_report} WHERE assets_wan IS NOT NULL GROUP BY uscc
)
SELECT claim.uscc, claimed / greatest(1, coalesce(assets, 0), coalesce(reg_capital_wan, 0)) AS value
FROM claim LEFT JOIN size USING (uscc) LEFT JOIN {ent_registration} e ON e.uscc = claim.uscc
WHERE claimed IS NOT NULL
"""

INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        code="C2_related_bad_share",
        title=Text("关联企业违法失信比例", "Share of related firms in trouble"),
        dimension=Dimension.PERFORMANCE,
        category=2,
        legal_basis=("SEED-4.3.2-2",),
        form=Query(
            _RELATED_BAD_SHARE,
            reads=(ENT_PERSON, ENT_REGISTRATION, ABNORMAL_LIST, SERIOUS_VIOLATION_LIST, DISHONEST_EXECUTEE),
            rests_on_absence=True,
            rows=((ENT_PERSON, REPRESENTATIVE_IN_OFFICE),),
        ),
        when_none=0,
        unit="比例",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text(
            "同一法定代表人的其他企业中{value:.0%}在列失信名单", "{value:.0%} of the related firms are on a list"
        ),
        definition=Text(
            "同一法定代表人的其他存续主体中，现列经营异常、严重违法失信或失信被执行人名单的比例；原定义另含股权关联",
            "Share of other entities of the same legal representative on the abnormal, serious or judgment-debtor list; "
            "a variant without links by shares",
        ),
    ),
    _supervised(
        code="C3_licence_revoked_3y",
        title=Text("近三年许可被撤销吊销次数", "Licences withdrawn or revoked, three years"),
        category=3,
        legal_basis=("SEED-4.3.2-3",),
        form=Count(LICENCE, None, "count(*)", where="revoked_on >= as_of - 1095 AND revoked_on < as_of"),
        unit="次",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text(
            "近三年许可被撤销、注销或吊销{value:.0f}次", "{value:.0f} licences ended by decision in three years"
        ),
        definition=Text(
            "撤销/注销/吊销日期在近1095日内的许可数", "Licences withdrawn, cancelled or revoked in the last 1095 days"
        ),
    ),
    _supervised(
        code="C4_serious_history_5y",
        title=Text("近五年曾列严重违法失信名单", "On the serious-violation list within five years"),
        form=Count(SERIOUS_VIOLATION_LIST, Days(1826), "least(1, count(*) {when})"),
        unit="是否",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text(
            "近五年曾被列入严重违法失信名单（1是0否）：{value:.0f}",
            "Listed for serious violations within five years (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text("近1826日内列入过为1，含已移出", "1 if listed in the last 1826 days, entries ended included"),
    ),
    _supervised(
        code="C4_repaired_recent",
        title=Text("近一年信用修复", "Credit repair within a year"),
        form=Count(CREDIT_REPAIR, Days(365), "least(1, count(*) {when})", where="result = 'granted'"),
        unit="是否",
        direction=Direction.LOWER_IS_RISKIER,
        reason=Text(
            "近一年获准信用修复（1是0否）：{value:.0f}",
            "Credit repair granted within a year (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text("近365日有准予信用修复决定为1", "1 if a credit repair was granted in the last 365 days"),
    ),
    Indicator(
        code="C5_unresolved_overdue",
        title=Text("投诉逾期未办结数", "Complaints open and overdue"),
        dimension=Dimension.PERFORMANCE,
        category=5,
        legal_basis=("SEED-4.3.2-5",),
        form=Count(COMPLAINT, Days(365), "count(*)", where=f"is_overdue AND {in_force('closed_on')}"),
        when_none=0,
        unit="件",
        direction=Direction.NEUTRAL,
        reason=Text(
            "近一年投诉举报逾期未办结{value:.0f}件", "{value:.0f} complaints of the last year open and overdue"
        ),
        definition=Text(
            "近365日登记、时点未办结且逾期的件数", "Tickets of the last 365 days not closed at as_of and overdue"
        ),
    ),
    _recorded(
        code="C7_report_missing_3y",
        title=Text("近三年未按时年报次数", "Annual reports missing or late, three years"),
        legal_basis=("SEED-4.3.2-7", "REG654-8"),
        form=Query(
            _REPORT_MISSING,
            reads=(ENT_REGISTRATION, ANNUAL_REPORT),
            rests_on_absence=True,
            rows=((ANNUAL_REPORT, f"event_on >= as_of - {1095 + 365 + REPORT_GRACE_DAYS}"),),
        ),
        unit="次",
        reason=Text("近三年未按时报送年报{value:.0f}次", "{value:.0f} annual reports missing or late in three years"),
        definition=Text(
            "截止日满14日(归集时限)起、近1095日内各年报年度，截止日前未报送的次数；自成立当年度起算，不含个体工商户",
            "Report years whose deadline passed within 1095 days (14 days of grace for gathering) without a report filed "
            "by it; from the year of establishment, individual businesses left out",
        ),
    ),
    _recorded(
        code="C7_insurance_arrears_1y",
        title=Text("近一年社保欠缴月数", "Months of unpaid insurance, one year"),
        form=Count(
            SOCIAL_INSURANCE,
            Days(365),
            "count(*)",
            where="payable_wan > 0 AND coalesce(paid_wan, 0) < 0.99 * payable_wan AND last_day(event_on + 1) < as_of",
        ),
        unit="月",
        reason=Text(
            "近一年社会保险欠缴{value:.0f}个月", "Social insurance unpaid for {value:.0f} months of the last year"
        ),
        definition=Text(
            "近365日内实缴不足应缴99%的月数，允许迟缴至次月底",
            "Months of the last 365 days with less than 99 % paid by the end of the next month",
        ),
    ),
    _recorded(
        code="C7_tax_grade",
        title=Text("纳税信用等级", "Tax credit grade"),
        form=State(
            TAX_RECORD,
            "CASE grade WHEN 'A' THEN 0 WHEN 'B' THEN 1 WHEN 'M' THEN 1.5 WHEN 'C' THEN 2 WHEN 'D' THEN 3 END",
            newest_by="(coalesce(year, year(event_on) - 1), event_on)",
            where="record_type = '1' AND grade IS NOT NULL",
        ),
        when_none=1.5,
        unit="级",
        reason=Text(
            "最近年度纳税信用等级（A=0、B=1、M=1.5、C=2、D=3）：{value:.1f}",
            "Latest tax credit grade (A=0, B=1, M=1.5, C=2, D=3): {value:.1f}",
        ),
        definition=Text("最近所属年度的纳税信用等级换算值", "Grade of the latest tax year as a number"),
    ),
    _recorded(
        code="C7_tax_arrears_active",
        title=Text("欠税或非正常户", "Tax arrears or irregular taxpayer"),
        form=Count(
            TAX_RECORD,
            None,
            "least(1, count(*) {when})",
            where=f"record_type IN ('2', '3', '4') AND {in_force('released_on')}",
        ),
        unit="是否",
        reason=Text(
            "现有欠税、非正常户或重大税收违法记录（1是0否）：{value:.0f}",
            "Tax arrears, irregular status or major tax violation (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "时点未解除的欠税、非正常户认定、重大税收违法失信记录，有为1",
            "1 if a record of arrears, irregular status or major tax violation is not released at as_of",
        ),
    ),
    _recorded(
        code="C7_executee_active",
        title=Text("当前失信被执行人", "Dishonest judgment debtor now"),
        form=Count(DISHONEST_EXECUTEE, None, "least(1, count(*) {when})", where=ON_LIST),
        unit="是否",
        reason=Text(
            "现为失信被执行人（1是0否）：{value:.0f}", "On the judgment-debtor list (1 yes, 0 no): {value:.0f}"
        ),
        definition=Text("时点在失信被执行人名单上为1", "1 if on the list of dishonest judgment debtors at as_of"),
    ),
    _recorded(
        code="C7_lawsuits_def_3y",
        title=Text("近三年被诉件数（对数）", "Cases as defendant, three years (log)"),
        form=Count(JUDICIAL_CASE, Days(1095), "ln(1 + count(*) {when})", where="role = 'defendant'"),
        unit="ln(件)",
        reason=Text("近三年被诉件数的对数值为{value:.2f}", "Log of cases as defendant in three years: {value:.2f}"),
        definition=Text("ln(1+近1095日立案的被告案件数)", "ln(1 + cases as defendant filed in the last 1095 days)"),
    ),
    _recorded(
        code="C7_lawsuit_amount_3y",
        title=Text("近三年涉诉金额占比", "Amount in dispute, three years"),
        form=Query(
            _LAWSUIT_AMOUNT,
            reads=(JUDICIAL_CASE, ANNUAL_REPORT, ENT_REGISTRATION),
            rests_on_absence=True,
            rows=((JUDICIAL_CASE, "role = 'defendant' AND event_on >= as_of - 1095"),),
        ),
        unit="倍",
        reason=Text("近三年被诉金额为资产或注册资本的{value:.2f}倍", "Claims of {value:.2f} times assets or capital"),
        definition=Text(
            "近1095日立案的被告案件标的额合计÷max(最近年报资产总额，注册资本，1万元)",
            "Amounts of cases as defendant filed in the last 1095 days / max(assets, registered capital, 10,000 yuan)",
        ),
    ),
    _recorded(
        code="C7_gov_blacklist",
        title=Text("其他部门失信认定", "Black lists of other departments"),
        form=Count(GOV_DISHONESTY, None, "count(*)", where=f"list_kind = 'black' AND {ON_LIST}"),
        unit="项",
        reason=Text("现有其他部门失信（黑名单）认定{value:.0f}项", "{value:.0f} black findings of other departments"),
        definition=Text("时点未退出的黑名单认定数", "Black findings in force at as_of"),
    ),
    _recorded(
        code="C7_gov_redlist",
        title=Text("其他部门守信认定", "Red lists of other departments"),
        form=Count(GOV_DISHONESTY, None, "count(*)", where=f"list_kind = 'red' AND {ON_LIST}"),
        unit="项",
        direction=Direction.LOWER_IS_RISKIER,
        reason=Text("现有其他部门守信（红名单）认定{value:.0f}项", "{value:.0f} red findings of other departments"),
        definition=Text(
            "时点未退出的红名单认定数；自拟(PROP)，代替守信荣誉数",
            "Red findings in force at as_of; own proposal (PROP) in place of honours",
        ),
    ),
)
"""The indicators of the dimension, in the order of their codes."""
