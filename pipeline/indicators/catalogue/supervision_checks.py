"""Dimension 监管信息, checks: which supervision items apply, which checks took place and what they found."""

from __future__ import annotations

from functools import partial

from pipeline.domain import Dimension, Text
from pipeline.feeds.catalogue.ent_registration import ENT_REGISTRATION
from pipeline.feeds.catalogue.licence import LICENCE
from pipeline.feeds.catalogue.spot_check_result import SPOT_CHECK_RESULT
from pipeline.feeds.catalogue.supervision_item import SUPERVISION_ITEM
from pipeline.indicators.indicator import Count, Days, Direction, Indicator, Query
from pipeline.indicators.readings import ANY_PROBLEM, COMPLETED_CHECK, RANDOM_CHECK, has_code, how_many, in_force

_itemised = partial(Indicator, dimension=Dimension.SUPERVISION, category=1, legal_basis=("SEED-4.3.2-1",))
_drawn = partial(Indicator, dimension=Dimension.SUPERVISION, category=6, legal_basis=("SEED-4.3.2-6", "SEED-4.4.1"))

_APPLICABILITY = (SUPERVISION_ITEM, ENT_REGISTRATION, LICENCE)

_ITEMS_APPLICABLE = """
SELECT uscc, count(DISTINCT item_code) AS value FROM {applicable_item} WHERE list_kind = 'directory' GROUP BY uscc
"""
_KEY_ITEMS = """
SELECT uscc, count(DISTINCT item_code) AS value FROM {applicable_item}
WHERE list_kind = 'directory' AND is_key_item GROUP BY uscc
"""
_CROSS_DEPT_ITEMS = """
SELECT uscc, count(DISTINCT item_code) AS value FROM {applicable_item}
WHERE list_kind = 'directory' AND is_cross_dept GROUP BY uscc
"""
_ITEM_COVERAGE = """
WITH applicable AS (
         SELECT DISTINCT uscc, item_code FROM {applicable_item} WHERE list_kind = 'check_implementation'
     ),
     checked AS (SELECT DISTINCT uscc, item_code FROM {spot_check_result} WHERE event_on >= as_of - 730)
SELECT a.uscc, count(c.item_code) / count(*) AS value
FROM applicable a LEFT JOIN checked c USING (uscc, item_code) GROUP BY a.uscc
"""

INDICATORS: tuple[Indicator, ...] = (
    _itemised(
        code="C1_items_applicable",
        title=Text("适用监管事项数", "Applicable supervision items"),
        form=Query(_ITEMS_APPLICABLE, reads=_APPLICABILITY, rests_on_absence=True),
        when_none=0,
        unit="项",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text("适用监管事项{value:.0f}项", "{value:.0f} supervision items apply"),
        definition=Text(
            "时点有效、适用规则对主体成立的目录清单事项数", "Items of the directory in force at as_of that apply"
        ),
    ),
    _itemised(
        code="C1_key_items",
        title=Text("适用重点检查事项数", "Applicable key items"),
        form=Query(_KEY_ITEMS, reads=_APPLICABILITY, rests_on_absence=True),
        when_none=0,
        unit="项",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text("适用重点检查事项{value:.0f}项", "{value:.0f} key items apply"),
        definition=Text("适用的目录清单事项中重点检查事项数", "Key items among the applicable items of the directory"),
    ),
    _itemised(
        code="C1_cross_dept_items",
        title=Text("跨部门监管事项数", "Cross-department items"),
        form=Query(_CROSS_DEPT_ITEMS, reads=_APPLICABILITY, rests_on_absence=True),
        when_none=0,
        unit="项",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text("适用跨部门监管事项{value:.0f}项", "{value:.0f} cross-department items apply"),
        definition=Text(
            "适用的目录清单事项中跨部门事项数", "Cross-department items among the applicable items of the directory"
        ),
    ),
    _itemised(
        code="C1_item_coverage_24m",
        title=Text("近两年监管事项检查覆盖率", "Share of applicable items checked, two years"),
        form=Query(
            _ITEM_COVERAGE,
            reads=(*_APPLICABILITY, SPOT_CHECK_RESULT),
            rests_on_absence=True,
            rows=((SPOT_CHECK_RESULT, "event_on >= as_of - 730"),),
        ),
        when_none=None,
        unit="比例",
        direction=Direction.NEUTRAL,
        reason=Text("近两年适用监管事项检查覆盖率{value:.0%}", "{value:.0%} of the applicable items were checked"),
        definition=Text(
            "适用的检查实施清单事项中近730日检查过的比例，无适用事项为缺失；原定义以目录清单事项为分母",
            "Share of the applicable items of the check-implementation list checked in the last 730 days, missing if none "
            "applies; a variant, as checks name the items of that list",
        ),
    ),
    Indicator(
        code="C4_overdue_rectification",
        title=Text("逾期未整改数", "Overdue rectifications"),
        dimension=Dimension.SUPERVISION,
        category=4,
        legal_basis=("SEED-4.3.2-4",),
        form=Count(
            SPOT_CHECK_RESULT, Days(730), "count(*)", where=f"rectify_due < as_of AND {in_force('rectified_on')}"
        ),
        when_none=0,
        unit="次",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text("检查发现问题逾期未整改{value:.0f}次", "{value:.0f} rectifications overdue"),
        definition=Text(
            "近730日检查中整改期限已过、时点未整改完成的次数",
            "Checks of the last 730 days whose term of rectification ended before as_of without completion",
        ),
    ),
    _drawn(
        code="C6_drawn_24m",
        title=Text("近两年被双随机抽查次数", "Times drawn, two years"),
        form=Count(SPOT_CHECK_RESULT, Days(730), "count(*)", where=RANDOM_CHECK),
        when_none=0,
        unit="次",
        direction=Direction.NEUTRAL,
        reason=Text("近两年被双随机抽查{value:.0f}次", "Drawn by double random {value:.0f} times in two years"),
        definition=Text(
            "近730日双随机检查（检查类型1至3）次数；未归集抽取任务，以检查结果计",
            "Double-random checks (kinds 1-3) of the last 730 days; counted by result, as the draws are not gathered",
        ),
    ),
    _drawn(
        code="C6_problem_rate_3y",
        title=Text("近三年双随机发现问题率", "Problem rate of double-random checks, three years"),
        form=Count(
            SPOT_CHECK_RESULT,
            Days(1095),
            f"({how_many(ANY_PROBLEM)} {{when}} + 0.5) / (count(*) {{when}} + 2)",
            where=f"{RANDOM_CHECK} AND {COMPLETED_CHECK}",
        ),
        when_none=0.25,
        unit="比例",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text(
            "近三年双随机抽查发现问题率（平滑）{value:.0%}", "Problem rate of random checks (smoothed): {value:.0%}"
        ),
        definition=Text(
            "近1095日双随机检查：(结果含02至07、09的次数+0.5)÷(完成次数+2)，无检查为0.25；结果仅为08、10、11的不计",
            "Double-random checks of the last 1095 days: (with a result 02-07 or 09 + 0.5) / (completed + 2), 0.25 if none; "
            "checks with only 08, 10 or 11 are left out",
        ),
    ),
    _drawn(
        code="C6_uncooperative_3y",
        title=Text("近三年不配合检查", "Refused inspection, three years"),
        form=Count(SPOT_CHECK_RESULT, Days(1095), "least(1, count(*) {when})", where=has_code("result", "07")),
        when_none=0,
        unit="是否",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text(
            "近三年不配合检查情节严重（1是0否）：{value:.0f}",
            "Gravely refused an inspection within three years (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "近1095日检查结果含07（不配合检查情节严重）为1", "1 if a check of the last 1095 days had result 07"
        ),
    ),
    _drawn(
        code="C6_unreachable_result_3y",
        title=Text("近三年检查失联", "Not reachable at inspection, three years"),
        form=Count(SPOT_CHECK_RESULT, Days(1095), "least(1, count(*) {when})", where=has_code("result", "05")),
        when_none=0,
        unit="是否",
        direction=Direction.HIGHER_IS_RISKIER,
        reason=Text(
            "近三年检查时住所无法联系（1是0否）：{value:.0f}",
            "Not reachable at an inspection within three years (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "近1095日检查结果含05（通过登记住所无法联系）为1", "1 if a check of the last 1095 days had result 05"
        ),
    ),
    _drawn(
        code="C6_days_since_check",
        title=Text("距最近检查天数", "Days since the last check"),
        form=Count(SPOT_CHECK_RESULT, Days(1826), "as_of - 1 - max(event_on) {when}"),
        when_none=1826,
        unit="天",
        direction=Direction.NEUTRAL,
        reason=Text("距最近一次检查{value:.0f}天", "{value:.0f} days since the last check"),
        definition=Text(
            "时点前一日至最近检查日（任何类型）的天数，近1826日无检查为1826",
            "Days from the last check of any kind to the day before as_of; 1826 if none within 1826 days",
        ),
    ),
)
"""The indicators of the dimension that rest on checks, in the order of their codes."""
