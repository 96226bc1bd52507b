"""Dimension 经营行为, the firm: changes of registration, equipment, licences. Signals are in behaviour_signals."""

from __future__ import annotations

from functools import partial

from pipeline.domain import Dimension, Text
from pipeline.feeds.catalogue.ent_change import ENT_CHANGE
from pipeline.feeds.catalogue.ent_registration import ENT_REGISTRATION
from pipeline.feeds.catalogue.licence import LICENCE
from pipeline.feeds.catalogue.special_equipment import SPECIAL_EQUIPMENT
from pipeline.indicators.indicator import Count, Days, Direction, Indicator, Query
from pipeline.indicators.readings import (
    KEY_FIELD_LICENCE,
    LICENCE_VALID,
    NOT_DELETED,
    flag,
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
        form=Query(
            _LICENCE_EXPIRED,
            reads=(LICENCE, ENT_REGISTRATION),
            rests_on_absence=True,
            rows=((LICENCE, f"{KEY_FIELD_LICENCE} AND valid_to >= as_of - 365 AND valid_to < as_of"),),
        ),
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
        form=Query(
            _LICENCE_EXPIRING,
            reads=(LICENCE, ENT_REGISTRATION),
            rests_on_absence=True,
            rows=((LICENCE, "valid_to >= as_of AND valid_to < as_of + 60"),),
        ),
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
        form=Query(
            _SCOPE_NEEDS_LICENCE,
            reads=(ENT_REGISTRATION, LICENCE),
            rests_on_absence=True,
            rows=((ENT_REGISTRATION, ""), (LICENCE, LICENCE_VALID)),
        ),
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
)
"""The indicators of the dimension that rest on the firm's own papers, in the order of their codes."""
