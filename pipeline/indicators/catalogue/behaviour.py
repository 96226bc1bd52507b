"""Dimension 经营行为: changes of registration, licences, complaints, reports of no business, public opinion."""

from __future__ import annotations

from functools import partial

from pipeline.domain import Dimension, Text
from pipeline.feeds.catalogue.annual_report import ANNUAL_REPORT
from pipeline.feeds.catalogue.cancellation import CANCELLATION
from pipeline.feeds.catalogue.complaint import COMPLAINT
from pipeline.feeds.catalogue.ent_change import ENT_CHANGE
from pipeline.feeds.catalogue.ent_registration import ENT_REGISTRATION
from pipeline.feeds.catalogue.licence import LICENCE
from pipeline.feeds.catalogue.opinion import OPINION
from pipeline.feeds.catalogue.special_equipment import SPECIAL_EQUIPMENT
from pipeline.indicators.indicator import Count, Days, Direction, Indicator, Query, State
from pipeline.indicators.readings import (
    KEY_FIELD_LICENCE,
    LICENCE_VALID,
    NEGATIVE_OPINION,
    NOT_DELETED,
    PARTLY_TRUE_COMPLAINT,
    TRUE_COMPLAINT,
    flag,
    how_many,
    in_force,
    wan_of,
)

_changed = partial(
    Indicator,
    dimension=Dimension.BEHAVIOUR,
    category=2,
    legal_basis=("SEED-4.3.2-2",),
    when_none=0,
    direction=Direction.HIGHER_IS_RISKIER,
)
_licensed = partial(
    Indicator,
    dimension=Dimension.BEHAVIOUR,
    category=3,
    legal_basis=("SEED-4.3.2-3",),
    when_none=0,
    direction=Direction.HIGHER_IS_RISKIER,
)
_complained = partial(
    Indicator,
    dimension=Dimension.BEHAVIOUR,
    category=5,
    legal_basis=("SEED-4.3.2-5",),
    when_none=0,
    direction=Direction.HIGHER_IS_RISKIER,
)
_published = partial(
    Indicator,
    dimension=Dimension.BEHAVIOUR,
    category=8,
    legal_basis=("SEED-4.3.2-8",),
    direction=Direction.HIGHER_IS_RISKIER,
)

LICENSED_ACTIVITIES: tuple[tuple[str, str], ...] = (
    ("食品生产", "食品生产许可"),
    ("食品销售|食品经营|食品批发|食品零售", "食品经营许可|食品流通许可"),
    ("餐饮服务", "食品经营许可|餐饮服务许可"),
    ("药品零售|药品批发", "药品经营许可"),
    ("三类医疗器械", "医疗器械经营许可"),
)
"""Words of a business scope -> names of the licence that they ask for (edition 2020-1, 待确认)."""


def _certificates_ending(period: str, which: str, value: str) -> str:
    """Firms with certificates whose last day of validity, renewals included, lies in `period`."""
    return f"""
WITH certificate AS (
    SELECT l.uscc, coalesce(cert_name, field) AS name, max(coalesce(valid_to, DATE '9999-12-31')) AS ends_on
    FROM {{licence}} l SEMI JOIN {{ent_registration}} e ON e.uscc = l.uscc AND e.status = '1'
    WHERE {which} AND {NOT_DELETED} AND {in_force("revoked_on")} GROUP BY l.uscc, name
)
SELECT uscc, {value} AS value FROM certificate WHERE {period} GROUP BY uscc
"""


_LICENCE_EXPIRED = _certificates_ending("ends_on >= as_of - 365 AND ends_on < as_of", KEY_FIELD_LICENCE, "count(*)")
_LICENCE_EXPIRING = _certificates_ending("ends_on >= as_of AND ends_on < as_of + 60", "true", "1")

_HELD = ", ".join(
    f"bool_or(regexp_matches(cert_name, '{name}')) AS licensed_{n}" for n, (_, name) in enumerate(LICENSED_ACTIVITIES)
)
_UNLICENSED = " OR ".join(
    f"(regexp_matches(business_scope, '{scope}') AND NOT coalesce(licensed_{n}, false))"
    for n, (scope, _) in enumerate(LICENSED_ACTIVITIES)
)
_SCOPE_NEEDS_LICENCE = f"""
WITH held AS (SELECT uscc, {_HELD} FROM {{licence}} WHERE {LICENCE_VALID} GROUP BY uscc)
SELECT uscc, {flag(_UNLICENSED)} AS value FROM {{ent_registration}} LEFT JOIN held USING (uscc)
"""

_COMPLAINTS_BY_SIZE = """
WITH size AS (
    SELECT uscc, arg_max(employees, report_year) AS employees
    FROM {annual_report} WHERE employees IS NOT NULL GROUP BY uscc
), tickets AS (
    SELECT uscc, count(*) AS tickets FROM {complaint}
    WHERE event_on >= as_of - 365 AND coalesce(is_accepted, true) AND NOT coalesce(is_repeat, false) GROUP BY uscc
)
SELECT uscc, tickets / greatest(1, sqrt(coalesce(employees, 1))) AS value FROM tickets LEFT JOIN size USING (uscc)
"""

_CAPITAL_CUT = (
    f"max(greatest(0, ({wan_of('before_value')} - {wan_of('after_value')}) / nullif({wan_of('before_value')}, 0)))"
)

INDICATORS: tuple[Indicator, ...] = (
    _changed(
        code="C2_name_changes_3y",
        title=Text("近三年名称变更次数", "Name changes, three years"),
        form=Count(ENT_CHANGE, Days(1095), "count(*)", where="change_item = 'name'"),
        unit="次",
        reason=Text("近三年变更名称{value:.0f}次", "{value:.0f} changes of name in the last three years"),
        definition=Text("近1095日名称变更次数", "Changes of the name in the last 1095 days"),
    ),
    _changed(
        code="C2_legal_rep_changes_3y",
        title=Text("近三年法定代表人变更次数", "Changes of legal representative, three years"),
        form=Count(ENT_CHANGE, Days(1095), "count(*)", where="change_item = 'legal_rep'"),
        unit="次",
        reason=Text(
            "近三年变更法定代表人{value:.0f}次", "{value:.0f} changes of legal representative in the last three years"
        ),
        definition=Text("近1095日法定代表人变更次数", "Changes of the legal representative in the last 1095 days"),
    ),
    _changed(
        code="C2_address_changes_3y",
        title=Text("近三年住所变更次数", "Address changes, three years"),
        form=Count(ENT_CHANGE, Days(1095), "count(*)", where="change_item = 'address'"),
        unit="次",
        reason=Text("近三年变更住所{value:.0f}次", "{value:.0f} changes of address in the last three years"),
        definition=Text("近1095日住所变更次数", "Changes of the registered address in the last 1095 days"),
    ),
    _changed(
        code="C2_scope_changes_3y",
        title=Text("近三年经营范围变更次数", "Scope changes, three years"),
        form=Count(ENT_CHANGE, Days(1095), "count(*)", where="change_item = 'scope'"),
        unit="次",
        direction=Direction.NEUTRAL,
        reason=Text("近三年变更经营范围{value:.0f}次", "{value:.0f} changes of scope in the last three years"),
        definition=Text("近1095日经营范围变更次数", "Changes of the business scope in the last 1095 days"),
    ),
    _changed(
        code="C2_capital_cut_3y",
        title=Text("近三年减资幅度", "Capital reduction, three years"),
        form=Count(ENT_CHANGE, Days(1095), _CAPITAL_CUT, where="change_item = 'capital'"),
        unit="比例",
        reason=Text("近三年最大减资幅度{value:.0%}", "Largest capital reduction in three years: {value:.0%}"),
        definition=Text(
            "近1095日历次注册资本变更中(变更前−变更后)÷变更前的最大值，不小于0",
            "Largest (before - after) / before over the changes of capital in the last 1095 days, at least 0",
        ),
    ),
    _changed(
        code="C2_equipment_overdue",
        title=Text("特种设备超期未检台数", "Special equipment overdue for inspection"),
        form=Count(SPECIAL_EQUIPMENT, None, "count(*)", where="status = 'in_use' AND next_due_on < as_of"),
        unit="台",
        reason=Text("在用特种设备超期未检{value:.0f}台", "{value:.0f} pieces of equipment overdue for inspection"),
        definition=Text(
            "下次检验日期早于时点的在用特种设备台数；自拟(PROP)",
            "Pieces in use whose next inspection was due before as_of; own proposal (PROP)",
        ),
    ),
    _licensed(
        code="C3_licence_expired",
        title=Text("许可证过期仍存续", "Licence expired while operating"),
        form=Query(_LICENCE_EXPIRED, reads=(LICENCE, ENT_REGISTRATION)),
        unit="件",
        reason=Text(
            "有{value:.0f}种重点领域许可证近一年内到期未延续",
            "{value:.0f} licences of key fields expired within a year and not renewed",
        ),
        definition=Text(
            "在营主体的重点领域许可证，同名许可证最后有效日在近365日内的种数",
            "Kinds of key-field licence of an active entity whose last valid day lies in the last 365 days",
        ),
    ),
    _licensed(
        code="C3_licence_expiring_60d",
        title=Text("许可证60日内到期", "Licence expiring within 60 days"),
        form=Query(_LICENCE_EXPIRING, reads=(LICENCE, ENT_REGISTRATION)),
        unit="是否",
        reason=Text(
            "有许可证60日内到期且未延续（1是0否）：{value:.0f}",
            "A licence ends within 60 days without renewal (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "在营主体有许可证（同名许可证最后有效日）在时点起60日内到期为1",
            "1 if a licence of an active entity, renewals included, ends within 60 days from as_of",
        ),
    ),
    _licensed(
        code="C3_scope_needs_licence",
        title=Text("经营范围涉许可未取得", "Scope asks for a licence not held"),
        form=Query(_SCOPE_NEEDS_LICENCE, reads=(ENT_REGISTRATION, LICENCE)),
        unit="是否",
        reason=Text(
            "经营范围含须许可事项而无相应有效许可（1是0否）：{value:.0f}",
            "The scope names a licensed activity without a valid licence (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "经营范围命中许可事项词表(2020-1)而无名称相符的有效许可为1",
            "1 if the scope matches the word list of licensed activities (2020-1) without a valid licence of that name",
        ),
    ),
    _complained(
        code="C5_complaints_1y",
        title=Text("近一年投诉举报数（按规模）", "Complaints per size, one year"),
        form=Query(_COMPLAINTS_BY_SIZE, reads=(COMPLAINT, ANNUAL_REPORT)),
        unit="件/√人",
        reason=Text("近一年投诉举报（按规模折算）{value:.1f}件", "{value:.1f} complaints in a year, adjusted for size"),
        definition=Text(
            "近365日受理的投诉举报件数（重复件不计）÷max(1,√最近年报从业人数)",
            "Tickets accepted in the last 365 days, repeats left out / max(1, sqrt(employees of the latest report))",
        ),
    ),
    _complained(
        code="C5_complaint_growth_3m",
        title=Text("近三个月投诉增长", "Complaint growth, three months"),
        form=Count(
            COMPLAINT,
            Days(180),
            f"ln((1 + {how_many('event_on >= as_of - 90')} {{when}}) / (1 + {how_many('event_on < as_of - 90')} {{when}}))",
        ),
        unit="ln比",
        reason=Text(
            "近三个月投诉举报环比（对数比）{value:+.2f}", "Log change of complaints over three months: {value:+.2f}"
        ),
        definition=Text(
            "ln((1+近90日件数)÷(1+此前90日件数))", "ln((1 + tickets of the last 90 days) / (1 + of the 90 days before))"
        ),
    ),
    _complained(
        code="C5_substantiated_rate_2y",
        title=Text("投诉举报属实率", "Substantiated share of complaints"),
        form=Count(
            COMPLAINT,
            Days(730),
            f"({how_many(TRUE_COMPLAINT)} {{when}} + 0.5 * {how_many(PARTLY_TRUE_COMPLAINT)} {{when}}) / (count(*) {{when}} + 2)",
            where="closed_on < as_of",
        ),
        unit="比例",
        reason=Text(
            "近两年投诉举报属实率（平滑）{value:.0%}", "Substantiated share of complaints (smoothed): {value:.0%}"
        ),
        definition=Text(
            "近730日登记且已办结件：(属实+0.5×部分属实)÷(办结+2)",
            "Tickets of the last 730 days closed by as_of: (true + 0.5 partly true) / (closed + 2)",
        ),
    ),
    _complained(
        code="C5_injury_tickets_2y",
        title=Text("近两年涉人身伤害投诉数", "Injury complaints, two years"),
        form=Count(COMPLAINT, Days(730), "count(*)", where="injury"),
        unit="件",
        reason=Text("近两年涉人身伤害的投诉举报{value:.0f}件", "{value:.0f} complaints about injury in two years"),
        definition=Text("近730日登记的涉人身伤害件数", "Tickets about personal injury registered in the last 730 days"),
    ),
    Indicator(
        code="C7_report_zero_ops",
        title=Text("年报零营收零从业", "No revenue and no staff reported"),
        dimension=Dimension.BEHAVIOUR,
        category=7,
        legal_basis=("SEED-4.3.2-7",),
        form=State(ANNUAL_REPORT, flag("revenue_wan = 0 AND employees <= 1"), newest_by="report_year"),
        when_none=0,
        unit="是否",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text(
            "最近年报营收为零且从业不超过1人（1是0否）：{value:.0f}",
            "Latest report without revenue and with one employee at most (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "最近年报营业总收入为0且从业人数不超过1为1", "1 if the latest report has revenue 0 and at most 1 employee"
        ),
    ),
    Indicator(
        code="C7_simple_cancel_open",
        title=Text("简易注销公告期内", "Simplified cancellation pending"),
        dimension=Dimension.BEHAVIOUR,
        category=7,
        legal_basis=("SEED-4.3.2-7",),
        form=Count(
            CANCELLATION,
            None,
            "max(CASE WHEN objection_count > 0 THEN 2 ELSE 1 END)",
            where="kind = 'simplified' AND notice_to >= as_of",
        ),
        when_none=0,
        unit="级",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text(
            "简易注销公告期内（1公告中、2有异议）：{value:.0f}",
            "Simplified cancellation pending (1 open, 2 objected): {value:.0f}",
        ),
        definition=Text(
            "时点在简易注销公告期内为1，有异议为2，否则为0",
            "1 if the notice of simplified cancellation is open at as_of, 2 with objections, else 0",
        ),
    ),
    _published(
        code="C8_negative_news_30d",
        title=Text("近一个月负面舆情数", "Negative items, 30 days"),
        form=Count(
            OPINION,
            Days(30),
            "sum(CASE WHEN verified THEN 1 ELSE 0.3 END)",
            where=NEGATIVE_OPINION,
        ),
        when_none=0,
        unit="条",
        reason=Text(
            "近一个月负面舆情（未核实折算0.3条）{value:.1f}条", "{value:.1f} negative items in 30 days, weighted"
        ),
        definition=Text(
            "近30日负面舆情条数，未核实的每条计0.3", "Negative items of the last 30 days; one not verified counts 0.3"
        ),
    ),
    _published(
        code="C8_negative_share_90d",
        title=Text("近三个月负面舆情占比", "Negative share, 90 days"),
        form=Count(OPINION, Days(90), f"({how_many(NEGATIVE_OPINION)} {{when}} + 0.5) / (count(*) {{when}} + 3)"),
        when_none=0.5 / 3,
        unit="比例",
        reason=Text(
            "近三个月负面舆情占比（平滑）{value:.0%}", "Negative share of public opinion (smoothed): {value:.0%}"
        ),
        definition=Text("近90日(负面+0.5)÷(全部+3)", "(negative + 0.5) / (all + 3) over the last 90 days"),
    ),
)
"""The indicators of the dimension, in the order of their codes."""
