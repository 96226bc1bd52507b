"""The verb `warn`: the conditions of the warning rules that hold at the newest date of a run.

A warning here is a condition, not a case: its id is that of what triggers it, so the same trigger has the same id
in every build. What people do about it is in the operations store; models/build.py opens what is new there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from models.policy.warning_policy import WarningPolicy, warning_policies
from models.policy.warning_rules import RULES, WarningRule
from pipeline.progress import Progress, silent
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.operations.case_opening import Opened, open_cases
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import Warehouse, build_file

WARNING_COLUMNS = (
    "warning_id VARCHAR, rule VARCHAR, level TINYINT, subject VARCHAR, uscc VARCHAR, entity_name VARCHAR, unit VARCHAR,"
    " trigger_key VARCHAR, happened_on DATE, detail VARCHAR"
)


@dataclass(frozen=True)
class WarnSummary:
    """What `warn` did: conditions that hold at `as_of`, by rule and by level."""

    as_of: date
    warnings: int
    by_rule: dict[str, int]
    by_level: dict[int, int]
    policy_id: str


def warn(settings: Settings, warehouse: Warehouse, newest: date, *, progress: Progress = silent) -> WarnSummary:
    """Write mart.warning as of `newest`. Reads known.*, mart.grade, mart.population, mart.match, mart.delivery, mart.risk_score,
    mart.outcome_drift and mart.grade_history, the grades issued by earlier builds. Raises BadDeclaration with every fault
    of warning.toml.
    """
    policy = warning_policies(settings).of(newest)
    _write_month_end(warehouse, newest)
    _write_supply(settings, warehouse, newest, int(policy.rules["W18"].values["late_days"]))
    warehouse.execute(f"CREATE OR REPLACE TABLE mart.warning ({WARNING_COLUMNS})")
    for done, rule in enumerate(RULES.values()):
        progress(done, len(RULES))
        warehouse.execute(f"INSERT INTO mart.warning BY NAME {_conditions(rule, policy, newest)}")
    for table in ("month_end", "supply"):
        warehouse.execute(f"DROP TABLE temp.{table}")
    progress(len(RULES), len(RULES))
    return WarnSummary(
        as_of=newest,
        warnings=int(warehouse.value("SELECT count(*) FROM mart.warning")),
        by_rule=dict(warehouse.rows("SELECT rule, count(*) FROM mart.warning GROUP BY 1 ORDER BY 1")),
        by_level=dict(warehouse.rows("SELECT level, count(*) FROM mart.warning GROUP BY 1 ORDER BY 1")),
        policy_id=policy.head.id,
    )


def open_new_cases(settings: Settings, build_id: str) -> Opened:
    """Open in the operations store what the published build `build_id` warns of and nobody has seen."""
    with Warehouse.read(build_file(settings, build_id)) as build:
        conditions = build.frame("SELECT * FROM mart.warning")
        as_of = build.value("SELECT as_of FROM mart.build")
        homes = dict(build.rows("SELECT uscc, unit FROM mart.enterprise"))
    policy = warning_policies(settings).of(as_of)
    operations = Operations.open(settings)
    try:
        return open_cases(
            operations,
            conditions,
            policy.terms,
            build_id=build_id,
            merge_days=policy.merge_days,
            homes=homes,
        )
    finally:
        operations.close()


def _conditions(rule: WarningRule, policy: WarningPolicy, newest: date) -> str:
    """The rule's select with its numbers, one row a trigger, firms with name and unit."""
    found = rule.sql.format(
        day=f"DATE '{newest.isoformat()}'", current=policy.current_days, p=policy.rules[rule.code].values
    )
    firm = (
        f"JOIN mart.population p ON p.as_of = DATE '{newest.isoformat()}' AND p.uscc = f.uscc" if rule.of_firm else ""
    )
    named = "p.entity_name, p.unit" if rule.of_firm else "NULL AS entity_name, f.unit"
    return f"""
        SELECT left(sha256(concat_ws('|', '{rule.code}', f.subject, f.trigger_key)), 32) AS warning_id, '{rule.code}' AS rule,
            f.level, f.subject, f.uscc, {named}, f.trigger_key, f.happened_on, CAST(to_json(f.detail) AS VARCHAR) AS detail
        FROM ({found}) f {firm}
        QUALIFY row_number() OVER (PARTITION BY f.subject, f.trigger_key ORDER BY f.level DESC, f.happened_on DESC, detail) = 1"""


def _write_month_end(warehouse: Warehouse, newest: date) -> None:
    """temp.month_end: as_of, uscc, score_kind, grade of the last run of an earlier month, by kind of score.

    An as_of of the first of a month is the run of the month end before it. What was issued counts before what
    this build computed for that date afterwards.
    """
    day = f"DATE '{newest.isoformat()}'"
    warehouse.execute(f"""
        CREATE OR REPLACE TEMP TABLE month_end AS
        WITH run AS (
          SELECT as_of, uscc, score_kind, grade, NOT is_backcast AS is_issued, issued_at FROM mart.grade_history
          UNION ALL SELECT as_of, uscc, score_kind, grade, false, NULL FROM mart.grade
        ), last AS (
          SELECT score_kind, max(as_of) AS as_of FROM run
          WHERE date_trunc('month', as_of - 1) < date_trunc('month', {day} - 1) GROUP BY score_kind
        )
        SELECT as_of, uscc, score_kind, grade FROM run JOIN last USING (score_kind, as_of) WHERE grade IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY uscc, score_kind ORDER BY is_issued DESC, issued_at DESC NULLS LAST) = 1""")


def _write_supply(settings: Settings, warehouse: Warehouse, newest: date, late_days: int) -> None:
    """temp.supply: feed, supplier, unit, newest delivery and the day by which the next one is due, as expected in city.toml.

    Due: the newest delivery plus the cadence, plus the working days that gathering may take. `unit`: that of a
    supplier who reports for one unit only.
    """
    add_working_days = Reference.load(settings.reference).add_working_days
    received = {
        (feed, supplier): day
        for feed, supplier, day in warehouse.rows(
            "SELECT feed, supplier, CAST(max(received_on) AS DATE) FROM mart.delivery"
            " WHERE state = 'taken' AND received_on < ? GROUP BY ALL",
            [newest],
        )
    }
    rows = []
    for e in settings.city.expected:
        last = received.get((e.feed, e.supplier))
        due = None if last is None else add_working_days(last + timedelta(days=e.cadence_days), late_days)
        rows.append((e.feed, e.supplier, e.units[0] if len(e.units) == 1 else None, last, due))
    supply = pd.DataFrame(rows, columns=["feed", "supplier", "unit", "newest", "due_day"]).astype(
        {"feed": "str", "supplier": "str", "unit": "str", "newest": "datetime64[s]", "due_day": "datetime64[s]"}
    )
    warehouse.load("temp.supply", supply)
    for column in ("newest", "due_day"):
        warehouse.execute(f"ALTER TABLE temp.supply ALTER {column} TYPE DATE")
