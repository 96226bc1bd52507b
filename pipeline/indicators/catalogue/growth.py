"""Dimension 成长潜力: size, solvency and growth as the firm itself reports them."""

from __future__ import annotations

from functools import partial

from pipeline.domain import Dimension, Text
from pipeline.feeds.catalogue.annual_report import ANNUAL_REPORT
from pipeline.feeds.catalogue.social_insurance import SOCIAL_INSURANCE
from pipeline.indicators.indicator import Count, Days, Direction, Indicator, Query, State
from pipeline.indicators.readings import clipped

_reported = partial(Indicator, dimension=Dimension.GROWTH, category=7, legal_basis=("SEED-4.3.2-7",))

_REVENUE_GROWTH = """
WITH newest AS (
    SELECT uscc, arg_max(revenue_wan, report_year, 2) AS revenue
    FROM {annual_report} WHERE revenue_wan IS NOT NULL GROUP BY uscc
)
SELECT uscc, greatest(-1, least(3, (revenue[1] - revenue[2]) / greatest(abs(revenue[2]), 1))) AS value
FROM newest WHERE len(revenue) = 2
"""

_INSURED_GROWTH = """
WITH monthly AS (
    SELECT uscc, event_on, max(insured_count) AS insured
    FROM {social_insurance} WHERE event_on >= as_of - 800 GROUP BY uscc, event_on
), newest AS (SELECT uscc, max(event_on) AS event_on FROM monthly WHERE event_on >= as_of - 365 GROUP BY uscc)
SELECT uscc, ln((1 + later.insured) / (1 + earlier.insured)) AS value
FROM newest JOIN monthly AS later USING (uscc, event_on) JOIN monthly AS earlier USING (uscc)
WHERE earlier.event_on = last_day(newest.event_on - INTERVAL 1 YEAR)
"""

INDICATORS: tuple[Indicator, ...] = (
    _reported(
        code="C7_debt_ratio",
        title=Text("资产负债率", "Debt ratio"),
        form=State(ANNUAL_REPORT, clipped("liabilities_wan / nullif(assets_wan, 0)", 0, 3), newest_by="report_year"),
        when_none=None,
        unit="比例",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text("最近年报资产负债率{value:.0%}", "Debt ratio of the latest annual report: {value:.0%}"),
        definition=Text("最近年报负债总额÷资产总额，限0至3", "Liabilities / assets of the latest report, 0..3"),
    ),
    _reported(
        code="C7_revenue_growth",
        title=Text("营业收入增长率", "Revenue growth"),
        form=Query(_REVENUE_GROWTH, reads=(ANNUAL_REPORT,), rows=((ANNUAL_REPORT, "revenue_wan IS NOT NULL"),)),
        when_none=None,
        unit="比例",
        direction=Direction.LOWER_IS_RISKIER,
        reason=Text(
            "最近两次年报营业收入变动{value:+.0%}", "Revenue change between the two latest reports: {value:+.0%}"
        ),
        definition=Text(
            "最近两次填有营收的年报：(后−前)÷max(|前|，1万元)，限−1至3",
            "Two latest reports with revenue: (later - earlier) / max(|earlier|, 10,000 yuan), -1..3",
        ),
    ),
    _reported(
        code="C7_loss_years_3y",
        title=Text("近三年亏损年数", "Loss years, three years"),
        form=Count(
            ANNUAL_REPORT,
            Days(1095),
            "len(list_filter(arg_max(net_profit_wan, report_year, 3) {when}, lambda profit: profit < 0))",
        ),
        when_none=0,
        unit="年",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text("近三年年报有{value:.0f}年亏损", "A loss in {value:.0f} of the last three annual reports"),
        definition=Text(
            "近1095日报送、填有净利润的最近三份年报中净利润为负的份数",
            "Negative net profits in the latest three reports with a profit, filed within 1095 days",
        ),
    ),
    _reported(
        code="C7_insured_growth_1y",
        title=Text("参保人数变动", "Change of insured staff"),
        form=Query(_INSURED_GROWTH, reads=(SOCIAL_INSURANCE,), rows=((SOCIAL_INSURANCE, "event_on >= as_of - 800"),)),
        when_none=None,
        unit="ln比",
        direction=Direction.LOWER_IS_RISKIER,
        reason=Text(
            "参保人数较上年同月变动（对数比）{value:+.2f}", "Log change of insured staff over a year: {value:+.2f}"
        ),
        definition=Text(
            "ln((1+近365日内最近月参保人数)÷(1+上年同月参保人数))",
            "ln((1 + insured in the newest month within 365 days) / (1 + insured in that month a year before))",
        ),
    ),
    _reported(
        code="C7_insured_log",
        title=Text("参保人数（对数）", "Insured staff (log)"),
        form=State(SOCIAL_INSURANCE, "ln(1 + insured_count)", where="event_on >= as_of - 365"),
        when_none=None,
        unit="ln(人)",
        direction=Direction.NEUTRAL,
        reason=Text("最近月参保人数的对数值为{value:.2f}", "Log of the insured staff of the newest month: {value:.2f}"),
        definition=Text(
            "ln(1+近365日内最近月参保人数)；自拟(PROP)，反映规模",
            "ln(1 + insured in the newest month within 365 days); own proposal (PROP), a measure of size",
        ),
    ),
    _reported(
        code="C7_guarantee_ratio",
        title=Text("对外担保比例", "External guarantee load"),
        form=State(
            ANNUAL_REPORT,
            clipped("coalesce(guarantee_wan, 0) / greatest(coalesce(equity_wan, 0), 1)", 0, 5),
            newest_by="report_year",
        ),
        when_none=0,
        unit="比例",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text("最近年报对外担保为所有者权益的{value:.1f}倍", "Guarantees of {value:.1f} times the equity"),
        definition=Text(
            "最近年报对外担保金额÷max(所有者权益，1万元)，限0至5",
            "Guarantees / max(equity, 10,000 yuan) of the latest report, 0..5",
        ),
    ),
)
"""The indicators of the dimension, in the order of their codes."""
