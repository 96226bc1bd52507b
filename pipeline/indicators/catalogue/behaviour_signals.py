"""Dimension 经营行为, signals: complaints, reports of no business, notices of cancellation, public opinion."""

from __future__ import annotations

from functools import partial

from pipeline.domain import Dimension, Text
from pipeline.feeds.catalogue.annual_report import ANNUAL_REPORT
from pipeline.feeds.catalogue.cancellation import CANCELLATION
from pipeline.feeds.catalogue.complaint import COMPLAINT
from pipeline.feeds.catalogue.opinion import OPINION
from pipeline.indicators.indicator import Count, Days, Direction, Indicator, Query, State
from pipeline.indicators.readings import (
    NEGATIVE_OPINION,
    PARTLY_TRUE_COMPLAINT,
    TRUE_COMPLAINT,
    flag,
    how_many,
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

_COUNTED_COMPLAINT = "event_on >= as_of - 365 AND coalesce(is_accepted, true) AND NOT coalesce(is_repeat, false)"
_COMPLAINTS_BY_SIZE = f"""
WITH size AS (
    SELECT uscc, arg_max(employees, report_year) AS employees
    FROM {{annual_report}} WHERE employees IS NOT NULL GROUP BY uscc
), tickets AS (
    SELECT uscc, count(*) AS tickets FROM {{complaint}}
    WHERE {_COUNTED_COMPLAINT} GROUP BY uscc
)
SELECT uscc, tickets / greatest(1, sqrt(coalesce(employees, 1))) AS value FROM tickets LEFT JOIN size USING (uscc)
"""

INDICATORS: tuple[Indicator, ...] = (
    _complained(
        code="C5_complaints_1y",
        title=Text("近一年投诉举报数（按规模）", "Complaints per size, one year"),
        form=Query(
            _COMPLAINTS_BY_SIZE,
            reads=(COMPLAINT, ANNUAL_REPORT),
            rests_on_absence=True,
            rows=((COMPLAINT, _COUNTED_COMPLAINT),),
        ),
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
"""The indicators of the dimension that rest on signals, in the order of their codes."""
