"""The rules of warnings, declared: what is looked for in the known facts, how grave it is, and how it is said.

A warning is a condition that holds at as_of. Each rule is one select over known.<feed>(as_of) or a mart table that
gives: level (1 一般, 2 较大, 3 重大), subject, uscc, unit, trigger_key, happened_on, detail (a struct). The words
{day}, {current} and {p[name]} stand for the date, the days within which a record is new, and parameters of warning.toml.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.domain import Text
from pipeline.feeds.catalogue import BY_CODE
from pipeline.identity.ledger import UNATTACHED
from pipeline.indicators.arms import TITLES
from pipeline.indicators.readings import KEY_FIELD_LICENCE, NOT_DELETED, ON_LIST, PENALTY_SEVERITY
from pipeline.reference import Reference
from pipeline.settings import City

_NEW = "greatest(event_on, CAST(known_from AS DATE)) >= {day} - {current} AND event_on >= {day} - 365"
"""A record that happened or became known lately, and is not old history delivered late."""
_ON_LIST = ON_LIST.replace("as_of", "{day}")


@dataclass(frozen=True)
class WarningRule:
    """One rule. `sentences`: what it says, by the `variant` of the detail ('' where there is one only).

    `labels`: placeholder -> how its value is read: the name of a code list, or unit, section, feed, supplier, arm, number, percent.
    `of_firm`: its subjects are firms, which must exist at the date; else `subject` and `unit` are what the select says.
    """

    code: str
    title: Text
    sql: str
    sentences: Mapping[str, Text] = field(hash=False)
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    parameters: tuple[str, ...] = ()
    of_firm: bool = True
    note: Text | None = None


def _listed(feed: str, level: str, key: str, detail: str, *, also: str = "true") -> str:
    return f"""SELECT {level} AS level, uscc AS subject, uscc, NULL AS unit, {key} AS trigger_key, event_on AS happened_on,
        {detail} AS detail FROM known.{feed}({{day}}) WHERE uscc IS NOT NULL AND NOT is_repaired AND {also} AND {_NEW}"""


_W01 = """
SELECT CASE WHEN n.grade = 'E' THEN 3 ELSE 2 END AS level, uscc AS subject, uscc, NULL AS unit, CAST(b.as_of AS VARCHAR) AS trigger_key,
    b.as_of AS happened_on, {{'before': b.grade, 'after': n.grade, 'run': CAST(b.as_of AS VARCHAR)}} AS detail
FROM mart.grade n JOIN temp.month_end b USING (uscc, score_kind)
WHERE n.as_of = {day} AND n.is_counted AND n.grade > b.grade
  AND (n.grade = 'E' OR ascii(n.grade) - ascii(b.grade) >= {p[steps]})"""

_W05 = f"""
WITH held AS (
    SELECT *, coalesce(doc_no, cert_no, '') AS no, {KEY_FIELD_LICENCE} AS is_key FROM known.licence({{day}})
    WHERE uscc IS NOT NULL AND {NOT_DELETED} AND revoked_on IS NULL
)
SELECT CASE WHEN valid_to >= {{day}} THEN 1 WHEN is_key THEN 3 ELSE 2 END AS level, uscc AS subject, uscc, NULL AS unit,
    concat_ws('/', no, authority_uscc) AS trigger_key, valid_to AS happened_on,
    {{{{'variant': CASE WHEN valid_to >= {{day}} THEN 'ending' ELSE 'ended' END, 'cert_name': coalesce(cert_name, doc_name),
      'cert_no': coalesce(cert_no, no), 'valid_to': CAST(valid_to AS VARCHAR)}}}} AS detail
FROM held h SEMI JOIN (SELECT uscc FROM mart.population WHERE as_of = {{day}} AND status = '1') USING (uscc)
WHERE valid_to BETWEEN {{day}} - {{current}} AND {{day}} + {{p[ahead_days]}}
  AND NOT EXISTS (SELECT 1 FROM held later WHERE later.uscc = h.uscc AND coalesce(later.valid_to > h.valid_to, true)
    AND (later.field = h.field OR later.cert_name = h.cert_name))
QUALIFY row_number() OVER (PARTITION BY uscc, trigger_key ORDER BY valid_to DESC) = 1"""

_W11 = """
SELECT CASE WHEN {day} - rectify_due > {p[major_days]} THEN 2 ELSE 1 END AS level, uscc AS subject, uscc, NULL AS unit,
    check_id AS trigger_key, rectify_due AS happened_on,
    {{'rectify_due': CAST(rectify_due AS VARCHAR), 'late_days': {day} - 1 - rectify_due, 'checked_on': CAST(checked_on AS VARCHAR)}} AS detail
FROM known.spot_check_result({day})
WHERE uscc IS NOT NULL AND rectify_due < {day} - 1 AND rectify_due >= {day} - {p[longest_days]} AND rectified_on IS NULL"""

_DEBTOR = _listed(
    "dishonest_executee",
    "2",
    "'court/' || case_no",
    "{{'variant': 'debtor', 'case_no': case_no, 'court': court, 'on': CAST(event_on AS VARCHAR)}}",
    also=_ON_LIST,
)
_IRREGULAR = _listed(
    "tax_record",
    "2",
    "'tax/' || record_no",
    "{{'variant': 'tax', 'case_no': record_no, 'court': NULL, 'on': CAST(event_on AS VARCHAR)}}",
    also="record_type = '3' AND (released_on IS NULL OR released_on >= {day})",
)
_W13 = f"{_DEBTOR} UNION ALL {_IRREGULAR}"

_W17 = """
WITH graded AS (
    SELECT p.unit, p.industry_section AS section, (g.grade IN ('D', 'E'))::INTEGER AS is_bad
    FROM mart.grade g JOIN mart.population p USING (as_of, uscc) WHERE g.as_of = {day} AND g.is_counted
), city AS (SELECT avg(is_bad) AS share FROM graded),
cell AS (
    SELECT unit, section, count(*) AS firms, avg(is_bad) AS share FROM graded
    WHERE unit IS NOT NULL AND section IS NOT NULL GROUP BY ALL HAVING count(*) >= {p[least_firms]}
)
SELECT 2 AS level, cell.unit || '/' || section AS subject, NULL AS uscc, cell.unit, strftime({day} - 1, '%Y-%m') AS trigger_key,
    {day} - 1 AS happened_on, {{'unit': cell.unit, 'section': section, 'firms': firms, 'share': cell.share, 'city': city.share, 'sigma': {p[sigma]},
      'limit': city.share + {p[sigma]} * sqrt(city.share * (1 - city.share) / firms)}} AS detail
FROM cell CROSS JOIN city
WHERE cell.share > city.share + {p[sigma]} * sqrt(city.share * (1 - city.share) / firms)"""

_W18 = f"""
SELECT 1 AS level, feed || ':' || supplier AS subject, NULL AS uscc, unit, 'late/' || coalesce(CAST(due_day AS VARCHAR), '') AS trigger_key,
    due_day AS happened_on, {{{{'variant': CASE WHEN newest IS NULL THEN 'never' ELSE 'late' END, 'feed': feed, 'supplier': supplier,
      'newest': CAST(newest AS VARCHAR), 'due': CAST(due_day AS VARCHAR), 'rate': NULL, 'records': NULL}}}} AS detail
FROM temp.supply WHERE newest IS NULL OR due_day < {{day}} - 1
UNION ALL
SELECT 1, feed || ':' || supplier, NULL, any_value(s.unit), 'named/' || strftime({{day}} - 1, '%Y-%m'), {{day}} - 1,
    {{{{'variant': 'named', 'feed': feed, 'supplier': supplier, 'newest': NULL, 'due': NULL,
      'rate': sum(records) FILTER (method NOT IN {UNATTACHED}) / sum(records), 'records': sum(records)::BIGINT}}}}
FROM mart.match m LEFT JOIN temp.supply s USING (feed, supplier)
WHERE month >= {{day}} - 365 AND month < {{day}} GROUP BY feed, supplier
HAVING sum(records) >= {{p[least_records]}}
  AND coalesce(sum(records) FILTER (method NOT IN {UNATTACHED}), 0) < {{p[named_rate]}} * sum(records)"""

_W19 = """
SELECT 2 AS level, s.model_id AS subject, NULL AS uscc, NULL AS unit, d.period AS trigger_key, {day} - 1 AS happened_on,
    {{'model': s.model_id, 'period': d.period, 'kind': d.kind, 'checks': d.checks, 'observed': d.observed, 'expected': d.expected,
      'low': d.low, 'high': d.high}} AS detail
FROM mart.outcome_drift d CROSS JOIN (SELECT max(model_id) AS model_id FROM mart.risk_score WHERE as_of = {day}) s
WHERE d.is_alarm"""

_RULES = (
    WarningRule(
        "W01",
        Text("等级明显下降", "Grade fell sharply"),
        _W01,
        {
            "": Text(
                "信用风险等级由{before}级变为{after}级（对比时点 {run}）",
                "Grade went from {before} to {after} (compared with {run})",
            )
        },
        parameters=("steps",),
        note=Text(
            "只与上一个月末批次中同类得分（专家、模型）的等级相比。",
            "Compared with the last month-end run of the same kind of score only.",
        ),
    ),
    WarningRule(
        "W02",
        Text("新列入经营异常名录", "New on the abnormal list"),
        _listed(
            "abnormal_list",
            "CASE WHEN cause IN ('3', '4') THEN 2 ELSE 1 END",
            "coalesce(list_id, CAST(event_on AS VARCHAR))",
            "{{'on': CAST(event_on AS VARCHAR), 'cause': cause}}",
            also=_ON_LIST,
        ),
        {"": Text("{on} 被列入经营异常名录：{cause}", "Put on the abnormal list on {on}: {cause}")},
        labels={"cause": "abnormal_cause"},
    ),
    WarningRule(
        "W04",
        Text("列入严重违法失信名单", "On the serious-violation list"),
        _listed(
            "serious_violation_list",
            "3",
            "coalesce(list_id, CAST(event_on AS VARCHAR))",
            "{{'on': CAST(event_on AS VARCHAR), 'cause': cause}}",
            also=_ON_LIST,
        ),
        {"": Text("{on} 被列入严重违法失信名单：{cause}", "Put on the serious-violation list on {on}: {cause}")},
        labels={"cause": "serious_cause"},
    ),
    WarningRule(
        "W05",
        Text("许可到期", "Licence ends"),
        _W05,
        {
            "ending": Text(
                "{cert_name}（{cert_no}）将于 {valid_to} 到期", "{cert_name} ({cert_no}) ends on {valid_to}"
            ),
            "ended": Text(
                "{cert_name}（{cert_no}）已于 {valid_to} 到期，主体仍存续",
                "{cert_name} ({cert_no}) ended on {valid_to}, the firm is still in business",
            ),
        },
        parameters=("ahead_days",),
        note=Text(
            "同一领域或同名许可已延续的不提醒；到期超过“新”的天数后不再提醒。",
            "Not where a licence of the same field or name runs on; not for ends that lie further back.",
        ),
    ),
    WarningRule(
        "W06",
        Text("较重以上处罚", "Heavy or severe penalty"),
        _listed(
            "penalty",
            f"CASE WHEN {PENALTY_SEVERITY} >= 4 THEN 3 ELSE 2 END",
            "concat_ws('/', doc_no, authority_uscc)",
            f"{{{{'on': CAST(event_on AS VARCHAR), 'doc_no': doc_no, 'severity': CAST({PENALTY_SEVERITY} AS VARCHAR)}}}}",
            also=f"{PENALTY_SEVERITY} >= 3",
        ),
        {"": Text("{on} 受行政处罚（{doc_no}），程度{severity}", "Penalised on {on} ({doc_no}), severity: {severity}")},
        labels={"severity": "penalty_severity"},
    ),
    WarningRule(
        "W08",
        Text("抽检不合格", "Sample failed"),
        _listed(
            "product_sampling",
            "CASE WHEN is_safety_fail THEN 2 ELSE 1 END",
            "coalesce(sample_no, CAST(event_on AS VARCHAR))",
            "{{'on': CAST(event_on AS VARCHAR), 'product': product, 'items': fail_items, 'sample_no': sample_no}}",
            also="NOT is_pass",
        ),
        {
            "": Text(
                "{on} 报告：{product}抽检不合格（{items}），样品{sample_no}",
                "Reported on {on}: {product} failed ({items}), sample {sample_no}",
            )
        },
    ),
    WarningRule(
        "W11",
        Text("逾期未整改", "Rectification overdue"),
        _W11,
        {
            "": Text(
                "{checked_on} 检查发现问题，应于 {rectify_due} 前整改，逾期{late_days}天",
                "Problems found on {checked_on} were to be rectified by {rectify_due}: {late_days} days overdue",
            )
        },
        parameters=("major_days", "longest_days"),
    ),
    WarningRule(
        "W13",
        Text("司法、税务失信", "Judgment debtor or tax irregular"),
        _W13,
        {
            "debtor": Text(
                "{on} 被列为失信被执行人：{court}（{case_no}）",
                "Dishonest judgment debtor since {on}: {court} ({case_no})",
            ),
            "tax": Text("{on} 被认定为税务非正常户（{case_no}）", "Irregular taxpayer since {on} ({case_no})"),
        },
        note=Text("股权冻结没有数据来源，看不到。", "Frozen equity has no feed and is not seen."),
    ),
    WarningRule(
        "W17",
        Text("区域行业聚集", "Cluster of a trade in a county"),
        _W17,
        {
            "": Text(
                "{unit}的{section}：D、E级占{share}（{firms}户），高于全市{city}加{sigma}倍标准差的{limit}",
                "{section} in {unit}: {share} of {firms} are D or E, above {limit} (city {city} plus {sigma} standard deviations)",
            )
        },
        labels={"unit": "unit", "section": "section", "share": "percent", "city": "percent", "limit": "percent"},
        parameters=("least_firms", "sigma"),
        of_firm=False,
    ),
    WarningRule(
        "W18",
        Text("归集不及时或记名率低", "Data late or badly named"),
        _W18,
        {
            "late": Text(
                "{supplier}的{feed}最近于 {newest} 送达，应于 {due} 前再次送达",
                "{feed} of {supplier}: newest delivery {newest}, the next was due by {due}",
            ),
            "never": Text("{supplier}的{feed}尚未送达过", "{feed} of {supplier} was never delivered"),
            "named": Text(
                "{supplier}的{feed}近12个月记名率{rate}（{records}条），低于计划",
                "{feed} of {supplier}: named rate of 12 months {rate} of {records}, below the plan",
            ),
        },
        labels={"feed": "feed", "supplier": "supplier", "rate": "percent"},
        parameters=("late_days", "named_rate", "least_records"),
        of_firm=False,
    ),
    WarningRule(
        "W19",
        Text("结果漂移", "Outcomes drift"),
        _W19,
        {
            "": Text(
                "{period} {kind}{checks}次中发现问题{observed}次，按检查前得分应为{expected}次（99%区间{low}至{high}次）：请核对记录口径，确有变化的重新训练",
                "{period}, {kind}: {observed} problems in {checks} checks, {expected} expected from the scores before them"
                " (99 % interval {low} to {high}): look at what is recorded as a problem, train anew if it has changed",
            )
        },
        labels={"kind": "arm", "expected": "number"},
        of_firm=False,
        note=Text(
            "最近一个完整季度的问题数超出99%区间且相差1.5倍以上；每季度一件，只有全市范围的账号可见。",
            "Problems of the newest complete quarter outside the 99 % interval and off by a factor of 1.5; one a quarter,"
            " seen with the whole city as scope only.",
        ),
    ),
)
RULES: dict[str, WarningRule] = {r.code: r for r in _RULES}


def sentence(rule: str, detail: str | Mapping[str, Any], reference: Reference, city: City) -> Text:
    """What a warning says, with its values. `detail`: the JSON text of mart.warning, or what it holds."""
    said: Mapping[str, Any] = json.loads(detail) if isinstance(detail, str) else detail
    declared = RULES[rule]
    template = declared.sentences[str(said.get("variant") or "")]
    words = {name: _read(declared.labels.get(name), value, reference, city) for name, value in said.items()}
    return Text(
        template.zh.format_map({n: w.zh for n, w in words.items()}),
        template.en.format_map({n: w.en for n, w in words.items()}),
    )


def _read(label: str | None, value: Any, reference: Reference, city: City) -> Text:
    if value is None:
        return Text("—", "—")
    plain = Text(str(value), str(value))
    if label == "percent":
        return Text(f"{float(value):.1%}", f"{float(value):.1%}")
    if label == "number":
        return Text(f"{float(value):,.1f}", f"{float(value):,.1f}")
    if label == "arm":
        return TITLES.get(str(value), plain)
    if label == "unit":
        return next((u.name for u in city.units if u.code == value), plain)
    if label == "section":
        return reference.industries.get(str(value), plain)
    if label == "feed":
        return BY_CODE[value].title if value in BY_CODE else plain
    if label == "supplier":
        return city.supplier_name(str(value))
    return reference.codes(label).get(str(value), plain) if label else plain
