"""Dimension 监管信息, records: lists, penalties, sampling tests, accidents. Checks are in supervision_checks."""

from __future__ import annotations

from functools import partial

from pipeline.domain import Dimension, Text
from pipeline.feeds.catalogue.abnormal_list import ABNORMAL_LIST
from pipeline.feeds.catalogue.penalty import PENALTY
from pipeline.feeds.catalogue.product_sampling import PRODUCT_SAMPLING
from pipeline.feeds.catalogue.safety_event import SAFETY_EVENT
from pipeline.feeds.catalogue.serious_violation_list import SERIOUS_VIOLATION_LIST
from pipeline.indicators.indicator import Count, Days, Direction, Indicator
from pipeline.indicators.readings import ON_LIST, PENALTY_SEVERITY, REAL_PENALTY, how_many

_supervised = partial(
    Indicator,
    dimension=Dimension.SUPERVISION,
    category=4,
    legal_basis=("SEED-4.3.2-4",),
    direction=Direction.HIGHER_IS_RISKIER,
)

_DAYS_LISTED = (
    "least(1095, sum(greatest(0, least(coalesce(removed_on, as_of), as_of) - greatest(listed_on, as_of - 1095))))"
)

INDICATORS: tuple[Indicator, ...] = (
    _supervised(
        code="C4_abnormal_active",
        title=Text("当前列入经营异常名录", "On the abnormal list now"),
        form=Count(ABNORMAL_LIST, None, "least(1, count(*) {when})", where=ON_LIST),
        when_none=0,
        unit="是否",
        reason=Text("现被列入经营异常名录（1是0否）：{value:.0f}", "On the abnormal list (1 yes, 0 no): {value:.0f}"),
        definition=Text("时点已列入且未移出为1", "1 if listed and not removed at as_of"),
    ),
    _supervised(
        code="C4_abnormal_days_3y",
        title=Text("近三年列异天数", "Days on the abnormal list, three years"),
        form=Count(ABNORMAL_LIST, None, _DAYS_LISTED),
        when_none=0,
        unit="天",
        reason=Text("近三年列入经营异常名录累计{value:.0f}天", "{value:.0f} days on the abnormal list in three years"),
        definition=Text(
            "近1095日内在列天数（列入日计、移出日不计），重叠的列入分别累计，上限1095",
            "Days listed within the last 1095 days (first day in, day of removal out), entries added up, at most 1095",
        ),
    ),
    _supervised(
        code="C4_abnormal_count_3y",
        title=Text("近三年列异次数", "Entries in the abnormal list, three years"),
        form=Count(ABNORMAL_LIST, Days(1095), "count(*)"),
        when_none=0,
        unit="次",
        reason=Text("近三年被列入经营异常名录{value:.0f}次", "{value:.0f} entries in the abnormal list in three years"),
        definition=Text("近1095日内列入次数，含已移出", "Entries in the last 1095 days, ended ones included"),
    ),
    _supervised(
        code="C4_unreachable_ever_3y",
        title=Text("近三年因失联列异", "Listed as unreachable, three years"),
        form=Count(ABNORMAL_LIST, Days(1095), "least(1, count(*) {when})", where="cause = '4'"),
        when_none=0,
        unit="是否",
        reason=Text(
            "近三年曾因住所无法联系被列异（1是0否）：{value:.0f}",
            "Listed as unreachable within three years (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "近1095日内因通过登记住所无法联系被列入为1", "1 if listed in the last 1095 days because it was unreachable"
        ),
    ),
    _supervised(
        code="C4_serious_active",
        title=Text("当前列入严重违法失信名单", "On the serious-violation list now"),
        form=Count(SERIOUS_VIOLATION_LIST, None, "least(1, count(*) {when})", where=ON_LIST),
        when_none=0,
        unit="是否",
        reason=Text(
            "现被列入严重违法失信名单（1是0否）：{value:.0f}",
            "On the serious-violation list (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text("时点已列入且未移出为1", "1 if listed and not removed at as_of"),
    ),
    _supervised(
        code="C4_penalty_count_1y",
        title=Text("近一年行政处罚次数", "Penalties, one year"),
        form=Count(PENALTY, Days(365), "count(*)", where=REAL_PENALTY),
        when_none=0,
        unit="次",
        reason=Text("近一年受到{value:.0f}次行政处罚", "{value:.0f} penalties in the last year"),
        definition=Text(
            "近365日决定、未撤销、严重程度2及以上（警告、通报批评除外）的处罚次数",
            "Penalties of severity 2 or more (no mere warnings) decided in the last 365 days and not withdrawn",
        ),
    ),
    _supervised(
        code="C4_penalty_count_3y",
        title=Text("近三年行政处罚次数", "Penalties, three years"),
        form=Count(PENALTY, Days(1095), "count(*)", where=REAL_PENALTY),
        when_none=0,
        unit="次",
        reason=Text("近三年受到{value:.0f}次行政处罚", "{value:.0f} penalties in the last three years"),
        definition=Text(
            "近1095日决定、未撤销、严重程度2及以上（警告、通报批评除外）的处罚次数",
            "Penalties of severity 2 or more (no mere warnings) decided in the last 1095 days and not withdrawn",
        ),
    ),
    _supervised(
        code="C4_penalty_amount_3y_log",
        title=Text("近三年罚没金额（对数）", "Fines and confiscations, three years (log)"),
        form=Count(PENALTY, Days(1095), "ln(1 + sum(coalesce(fine_wan, 0) + coalesce(confiscated_wan, 0)) {when})"),
        when_none=0,
        unit="ln(万元)",
        reason=Text(
            "近三年罚没金额的对数值为{value:.2f}", "Log of fines and confiscations in three years: {value:.2f}"
        ),
        definition=Text(
            "ln(1+近1095日罚款与没收金额合计万元)", "ln(1 + fines and confiscations of the last 1095 days, 10,000 yuan)"
        ),
    ),
    _supervised(
        code="C4_penalty_max_severity_3y",
        title=Text("近三年处罚最高严重度", "Highest severity of a penalty, three years"),
        form=Count(PENALTY, Days(1095), f"max({PENALTY_SEVERITY})"),
        when_none=0,
        unit="级",
        reason=Text(
            "近三年处罚最高严重程度为{value:.0f}级", "Highest severity of a penalty in three years: {value:.0f}"
        ),
        definition=Text(
            "近1095日处罚严重程度最大值（1轻微至4严重），无处罚为0",
            "Highest severity of the penalties of the last 1095 days (1 minor to 4 grave), 0 if none",
        ),
    ),
    _supervised(
        code="C4_days_since_penalty",
        title=Text("距最近处罚天数", "Days since the last penalty"),
        form=Count(PENALTY, Days(1826), "as_of - 1 - max(event_on) {when}"),
        when_none=1826,
        unit="天",
        direction=Direction.LOWER_IS_RISKIER,
        reason=Text("距最近一次行政处罚{value:.0f}天", "{value:.0f} days since the last penalty"),
        definition=Text(
            "时点前一日至最近处罚决定日的天数，近1826日无处罚为1826",
            "Days from the last penalty to the day before as_of; 1826 if none within 1826 days",
        ),
    ),
    _supervised(
        code="C4_sampling_fail_rate_3y",
        title=Text("近三年监督抽检不合格率", "Product test fail rate, three years"),
        form=Count(
            PRODUCT_SAMPLING, Days(1095), f"({how_many('NOT is_pass')} {{when}} + 0.2) / (count(*) {{when}} + 4)"
        ),
        when_none=0.05,
        unit="比例",
        reason=Text("近三年监督抽检不合格率（平滑）{value:.0%}", "Product test fail rate (smoothed): {value:.0%}"),
        definition=Text(
            "近1095日(不合格+0.2)÷(批次+4)，无抽检为0.05",
            "(fails + 0.2) / (samples + 4) over the last 1095 days, 0.05 without samples",
        ),
    ),
    _supervised(
        code="C4_safety_events_3y",
        title=Text("近三年事故与召回", "Accidents and recalls, three years"),
        form=Count(
            SAFETY_EVENT,
            Days(1095),
            "sum(CASE WHEN kind IN ('recall', 'stop_production') THEN 1 ELSE 2 END)",
            where="kind NOT IN ('recall', 'stop_production') OR NOT handled_properly",
        ),
        when_none=0,
        unit="分",
        reason=Text("近三年事故与未妥善处置的召回折算{value:.0f}分", "{value:.0f} points for accidents and recalls"),
        definition=Text(
            "近1095日：每起事故或不良事件2分，未按规定处置的召回、停产每起1分",
            "Last 1095 days: 2 for an accident or adverse event, 1 for a recall or stop of production not handled properly",
        ),
    ),
)
"""The indicators of the dimension that rest on records, in the order of their codes."""
