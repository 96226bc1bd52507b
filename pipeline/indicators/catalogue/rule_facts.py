"""Facts that only the red lines of the grade policy read; they never enter the score."""

from __future__ import annotations

from functools import partial

from pipeline.domain import Dimension, Text
from pipeline.feeds.catalogue.abnormal_list import ABNORMAL_LIST
from pipeline.feeds.catalogue.annual_report import ANNUAL_REPORT
from pipeline.feeds.catalogue.cancellation import CANCELLATION
from pipeline.feeds.catalogue.dishonest_executee import DISHONEST_EXECUTEE
from pipeline.feeds.catalogue.ent_registration import ENT_REGISTRATION
from pipeline.feeds.catalogue.gov_dishonesty import GOV_DISHONESTY
from pipeline.feeds.catalogue.penalty import PENALTY
from pipeline.feeds.catalogue.safety_event import SAFETY_EVENT
from pipeline.feeds.catalogue.serious_violation_list import SERIOUS_VIOLATION_LIST
from pipeline.feeds.catalogue.spot_check_result import SPOT_CHECK_RESULT
from pipeline.feeds.catalogue.tax_record import TAX_RECORD
from pipeline.indicators.indicator import Count, Days, Direction, Indicator, Query, Role, State
from pipeline.indicators.readings import (
    MOVED_TO_POLICE,
    ON_LIST,
    PENALTY_SEVERITY,
    PROBLEM_FOUND,
    flag,
    has_code,
    in_force,
)

_fact = partial(Indicator, when_none=0, unit="是否", direction=Direction.NEUTRAL, role=Role.RULE_FACT)
_registered = partial(_fact, dimension=Dimension.BASIC, category=2, legal_basis=("SEED-4.3.2-2",))
_supervised = partial(_fact, dimension=Dimension.SUPERVISION, category=4, legal_basis=("SEED-4.3.2-4",))
_recorded = partial(_fact, dimension=Dimension.PERFORMANCE, category=7, legal_basis=("SEED-4.3.2-7",))

_ANY = "least(1, count(*) {when})"

_DEBTOR_OR_TAX = f"""
SELECT uscc, 1 AS value FROM (
    SELECT uscc FROM {{dishonest_executee}} WHERE {ON_LIST}
    UNION SELECT uscc FROM {{tax_record}} WHERE record_type = '4' AND {in_force("released_on")}
)
"""

_NEW_WITHOUT_ADVERSE = f"""
WITH adverse AS (
    SELECT uscc FROM {{penalty}}
    UNION SELECT uscc FROM {{abnormal_list}}
    UNION SELECT uscc FROM {{serious_violation_list}}
    UNION SELECT uscc FROM {{dishonest_executee}}
    UNION SELECT uscc FROM {{spot_check_result}} WHERE {PROBLEM_FOUND}
)
SELECT e.uscc, 1 AS value FROM {{ent_registration}} e ANTI JOIN adverse ON adverse.uscc = e.uscc
WHERE e.established_on >= as_of - 365
"""

_BEFORE_FIRST_REPORT = """
SELECT e.uscc, 1 AS value FROM {ent_registration} e ANTI JOIN {annual_report} r ON r.uscc = e.uscc
WHERE e.entity_type IS DISTINCT FROM '9500'
"""

INDICATORS: tuple[Indicator, ...] = (
    _registered(
        code="F_business_licence_revoked",
        title=Text("营业执照被吊销未注销", "Business licence revoked, not deregistered"),
        form=State(ENT_REGISTRATION, flag("status = '2'")),
        reason=Text(
            "营业执照被吊销未注销（1是0否）：{value:.0f}", "Business licence revoked (1 yes, 0 no): {value:.0f}"
        ),
        definition=Text("登记状态为2（吊销，未注销）为1；用于RL-03", "1 if the status is 2 (revoked); for RL-03"),
    ),
    _registered(
        code="F_left_register",
        title=Text("已退出登记", "Left the register"),
        form=State(ENT_REGISTRATION, flag("status IN ('3', '4', '5', '6')")),
        reason=Text(
            "已注销、撤销登记或迁出（1是0否）：{value:.0f}", "Deregistered or moved away (1 yes, 0 no): {value:.0f}"
        ),
        definition=Text("登记状态为3、4、5、6为1；用于RL-13", "1 if the status is 3, 4, 5 or 6; for RL-13"),
    ),
    _registered(
        code="F_new_without_adverse",
        title=Text("无不良记录的新设企业", "New without adverse record"),
        form=Query(
            _NEW_WITHOUT_ADVERSE,
            reads=(
                ENT_REGISTRATION,
                PENALTY,
                ABNORMAL_LIST,
                SERIOUS_VIOLATION_LIST,
                DISHONEST_EXECUTEE,
                SPOT_CHECK_RESULT,
            ),
            rests_on_absence=True,
        ),
        reason=Text(
            "成立不满一年且无不良记录（1是0否）：{value:.0f}", "New without adverse record (1 yes, 0 no): {value:.0f}"
        ),
        definition=Text(
            "近365日内成立，且无处罚、列异、严重违法、失信被执行人记录，检查未发现问题（03至07、09）为1；用于RL-11",
            "1 if established within 365 days without penalty, listing, judgment debt or check result 03-07, 09; for RL-11",
        ),
    ),
    _registered(
        code="F_before_first_report",
        title=Text("尚无首份年报", "Before the first annual report"),
        form=Query(_BEFORE_FIRST_REPORT, reads=(ENT_REGISTRATION, ANNUAL_REPORT), rests_on_absence=True),
        reason=Text("尚未报送首份年报（1是0否）：{value:.0f}", "No annual report yet (1 yes, 0 no): {value:.0f}"),
        definition=Text(
            "时点前无任何年报为1，不含个体工商户；用于RL-11",
            "1 if no annual report is known, individual businesses left out; for RL-11",
        ),
    ),
    _registered(
        code="F_cancellation_objected",
        title=Text("简易注销有异议", "Simplified cancellation objected"),
        form=Count(
            CANCELLATION,
            Days(365),
            _ANY,
            where="kind = 'simplified' AND (objection_count > 0 OR result = 'objected')",
        ),
        reason=Text(
            "近一年简易注销有异议（1是0否）：{value:.0f}", "Simplified cancellation objected (1 yes, 0 no): {value:.0f}"
        ),
        definition=Text(
            "近365日简易注销公告有异议为1（期限待确认）；用于RL-14",
            "1 if a simplified cancellation of the last 365 days met objections (term to be confirmed); for RL-14",
        ),
    ),
    _supervised(
        code="F_licence_revoked_by_penalty_3y",
        title=Text("近三年因处罚吊销许可证或执照", "Licence revoked by penalty, three years"),
        form=Count(PENALTY, Days(1095), _ANY, where=has_code("penalty_category", "07", "08")),
        reason=Text(
            "近三年被处罚吊销许可证或执照（1是0否）：{value:.0f}",
            "Licence revoked by penalty within three years (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "近1095日处罚类别含07或08为1；用于RL-02", "1 if a penalty of 1095 days has 07 or 08; for RL-02"
        ),
    ),
    _supervised(
        code="F_false_registration",
        title=Text("虚假材料登记被撤销", "Registration by false papers cancelled"),
        form=Count(SERIOUS_VIOLATION_LIST, None, _ANY, where=f"cause = '02' AND {ON_LIST}"),
        reason=Text(
            "因虚假材料取得登记被撤销而列严重违法（1是0否）：{value:.0f}",
            "Registration by false papers cancelled (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "时点在严重违法失信名单且列入原因为02为1；用于RL-04", "1 if on the serious list with cause 02; for RL-04"
        ),
    ),
    _supervised(
        code="F_major_safety_event_3y",
        title=Text("近三年重大事故", "Major accident, three years"),
        form=Count(SAFETY_EVENT, Days(1095), _ANY, where="level IN ('major', 'particularly_major')"),
        reason=Text(
            "近三年发生重大及以上事故（1是0否）：{value:.0f}",
            "Major accident within three years (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text("近1095日等级为重大、特别重大为1；用于RL-05", "1 if an event was major or above; for RL-05"),
    ),
    _supervised(
        code="F_moved_to_police_3y",
        title=Text("近三年移送公安司法", "Case moved to the police, three years"),
        form=Count(
            PENALTY,
            Days(1095),
            _ANY,
            where=f"{has_code('penalty_category', '10')} OR {MOVED_TO_POLICE}",
        ),
        reason=Text(
            "近三年案件移送公安司法机关（1是0否）：{value:.0f}",
            "Case moved to the police within three years (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "近1095日处罚类别含10，或处罚内容、备注写明移送公安、司法为1；用于RL-05",
            "1 if a penalty of 1095 days has category 10 or says that the case was moved; for RL-05",
        ),
    ),
    _supervised(
        code="F_uncooperative_1y",
        title=Text("近一年不配合检查情节严重", "Gravely refused an inspection, one year"),
        form=Count(SPOT_CHECK_RESULT, Days(365), _ANY, where=has_code("result", "07")),
        reason=Text(
            "近一年不配合检查情节严重（1是0否）：{value:.0f}",
            "Gravely refused an inspection within a year (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text("近365日检查结果含07为1；用于RL-06", "1 if a check of 365 days had result 07; for RL-06"),
    ),
    _supervised(
        code="F_abnormal_severe_active",
        title=Text("列异且情形较重", "On the abnormal list for a grave cause or long"),
        form=Count(ABNORMAL_LIST, None, _ANY, where=f"{ON_LIST} AND (cause IN ('3', '4') OR as_of - event_on > 365)"),
        reason=Text(
            "因弄虚作假、失联列异或列异逾一年（1是0否）：{value:.0f}",
            "On the abnormal list for fraud, unreachable or over a year (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "时点在经营异常名录，且列入原因为3、4或列入超过365日为1；用于RL-07",
            "1 if on the abnormal list with cause 3 or 4, or for more than 365 days; for RL-07",
        ),
    ),
    _supervised(
        code="F_penalty_severity3_1y",
        title=Text("近一年较重以上处罚", "Severe penalty, one year"),
        form=Count(PENALTY, Days(365), _ANY, where=f"{PENALTY_SEVERITY} >= 3"),
        reason=Text(
            "近一年受较重及以上处罚（1是0否）：{value:.0f}", "Severe penalty within a year (1 yes, 0 no): {value:.0f}"
        ),
        definition=Text(
            "近365日处罚严重程度3及以上为1；用于RL-09", "1 if a penalty of 365 days has severity 3 or 4; for RL-09"
        ),
    ),
    _recorded(
        code="F_executee_or_major_tax_active",
        title=Text("失信被执行人或重大税收违法", "Judgment debtor or major tax violation"),
        form=Query(
            _DEBTOR_OR_TAX,
            reads=(DISHONEST_EXECUTEE, TAX_RECORD),
            rows=((DISHONEST_EXECUTEE, ON_LIST), (TAX_RECORD, f"record_type = '4' AND {in_force('released_on')}")),
        ),
        reason=Text(
            "现为失信被执行人或有重大税收违法记录（1是0否）：{value:.0f}",
            "Judgment debtor or major tax violation (1 yes, 0 no): {value:.0f}",
        ),
        definition=Text(
            "时点在失信被执行人名单，或重大税收违法失信记录未解除为1；用于RL-08",
            "1 if on the list of judgment debtors or with a major tax violation not released; for RL-08",
        ),
    ),
    _recorded(
        code="F_black_finding_active",
        title=Text("其他部门黑名单", "Black finding of another department"),
        form=Count(GOV_DISHONESTY, None, _ANY, where=f"list_kind = 'black' AND {ON_LIST}"),
        reason=Text(
            "现在其他部门黑名单（1是0否）：{value:.0f}", "On another department's black list (1 yes, 0 no): {value:.0f}"
        ),
        definition=Text("时点未退出的黑名单认定，有为1；用于RL-10", "1 if a black finding is in force; for RL-10"),
    ),
)
"""The rule facts; RL-01, RL-07 (first step) and RL-12 read C4_serious_active, C4_abnormal_active and data_share."""
