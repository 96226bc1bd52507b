"""The verb `grade`: from a credit_score to A–E, with start, caps and red lines, and what each rule did.

A rule is a condition in SQL's three-valued logic: TRUE, it fired; FALSE, it did not; NULL, the feeds can't say,
which is reported as unavailable and never taken for "no".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from models.policy.grade_faults import Vocabulary
from models.policy.grade_policy import Effect, GradePolicies, GradePolicy, Rule, Test, seal
from pipeline.indicators.catalogue import ALL
from pipeline.indicators.population import INDIVIDUAL_BUSINESS
from pipeline.indicators.roster import roster
from pipeline.progress import Progress, silent
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, union_all

_TABLES = {
    "grade": (
        "as_of DATE, uscc VARCHAR, score_kind VARCHAR, credit_score DOUBLE, model_grade VARCHAR, grade VARCHAR,"
        " rules VARCHAR[], moved_by VARCHAR, flags VARCHAR[], unavailable VARCHAR[], is_counted BOOLEAN,"
        " is_backcast BOOLEAN, national_grade VARCHAR, policy_id VARCHAR"
    ),
    "grade_summary": "as_of DATE, unit VARCHAR, industry_section VARCHAR, grade VARCHAR, enterprises BIGINT",
    "rule_effect": "as_of DATE, rule VARCHAR, fired BIGINT, moved BIGINT, unavailable BIGINT",
    "grade_agreement": "as_of DATE, national_grade VARCHAR, grade VARCHAR, enterprises BIGINT",
}
_COMPARISONS = {"at_least": ">=", "at_most": "<=", "below": "<"}


@dataclass(frozen=True)
class GradeSummary:
    """What `grade` did. Counts of the newest date, except `graded`, which is over all dates.

    `early`: the dates before the first policy version, to which that version was applied nevertheless.
    """

    as_of: tuple[date, ...]
    graded: int
    by_grade: dict[str, int]
    uncounted: int
    moved: int
    unavailable: dict[str, int]
    policy_ids: tuple[str, ...]
    early: tuple[date, ...]


def grade(
    settings: Settings, warehouse: Warehouse, as_of: list[date], newest: date, *, progress: Progress = silent
) -> GradeSummary:
    """Grade every scored enterprise at each date, and what a red line grades without a score.

    Reads mart.risk_score, mart.population, mart.indicator and known.national_grade; writes mart.grade,
    mart.grade_summary, mart.rule_effect, mart.grade_agreement (a repeated date is replaced) and, for the date
    `newest` of the run, mart.enterprise. Raises BadDeclaration with every fault of grade.toml.
    """
    policies = grade_policies(settings)
    for table, columns in _TABLES.items():
        warehouse.execute(f"CREATE TABLE IF NOT EXISTS mart.{table} ({columns})")
    days = sorted(as_of)
    for done, day in enumerate(days):
        progress(done, len(days))
        _grade_day(warehouse, policies.of(day), day, newest)
    _write_enterprise(warehouse, newest)
    progress(len(days), len(days))
    return _summary(warehouse, days, newest, policies)


def grade_policies(settings: Settings) -> GradePolicies:
    """Every version of the deployment's grade.toml, checked against the indicators and the legal bases."""
    numeric = frozenset(i.code for i in ALL if not i.levels)
    legal_basis = frozenset(Reference.load(settings.reference).legal_bases)
    return GradePolicies.load(settings.policy, Vocabulary(numeric, legal_basis), settings.var)


def seal_policies(settings: Settings, as_of: list[date]) -> tuple[str, ...]:
    """Seal the versions that a published build used for these dates; gives the ids that are newly sealed.

    A synthetic deployment seals nothing: its grades bind nobody.
    """
    if settings.city.synthetic:
        return ()
    policies = grade_policies(settings)
    return seal(settings.var, [policies.of(day) for day in as_of])


def _grade_day(warehouse: Warehouse, policy: GradePolicy, as_of: date, newest: date) -> None:
    day = f"DATE '{as_of.isoformat()}'"
    warehouse.execute(f"CREATE OR REPLACE TEMP TABLE judged AS {judgement(policy, as_of)}")
    for table in _TABLES:
        warehouse.execute(f"DELETE FROM mart.{table} WHERE as_of = {day}")
    warehouse.execute(
        f"""INSERT INTO mart.grade BY NAME
        SELECT {day} AS as_of, j.uscc, score_kind, credit_score, model_grade, j.grade, rules, moved_by, flags,
            unavailable, is_counted, {as_of < newest} AS is_backcast, n.grade AS national_grade, $policy AS policy_id
        FROM temp.judged j LEFT JOIN (
            SELECT uscc, arg_max(grade, (event_on, grade)) AS grade
            FROM known.national_grade({day}) WHERE uscc IS NOT NULL GROUP BY uscc
        ) n USING (uscc)
        WHERE j.grade IS NOT NULL""",
        {"policy": policy.label},
    )
    warehouse.execute(
        f"""INSERT INTO mart.grade_summary BY NAME
        SELECT as_of, unit, industry_section, grade, count(*) AS enterprises
        FROM mart.grade JOIN mart.population USING (as_of, uscc) WHERE as_of = {day} AND is_counted GROUP BY ALL"""
    )
    warehouse.execute(
        f"""INSERT INTO mart.grade_agreement BY NAME
        SELECT as_of, national_grade, grade, count(*) AS enterprises FROM mart.grade
        WHERE as_of = {day} AND is_counted AND national_grade IS NOT NULL GROUP BY ALL"""
    )
    if policy.rules:
        effects = union_all(_effect_of(rule, day) for rule in policy.rules)
        warehouse.execute(f"INSERT INTO mart.rule_effect BY NAME {effects}")
    warehouse.execute("DROP TABLE temp.judged")


def judgement(policy: GradePolicy, as_of: date, scores: str = "mart.risk_score", room: str = "mart.") -> str:
    """The select that judges every enterprise of the register at `as_of`, graded or not, by its score in `scores`.

    `room`: what stands before the names of population and indicator; nothing for a reader of bare names.
    One row an enterprise: uscc, score_kind, credit_score, model_grade, grade (NULL: none), rules, moved_by, flags,
    unavailable, is_counted, and a BOOLEAN column for each rule, named by its id (NULL: the feeds can't say).
    """
    rules = policy.rules
    day = f"DATE '{as_of.isoformat()}'"
    fired = {r: f'"{r.id}"' for r in rules}
    verdicts = "".join(f", {_condition(r)} AS {fired[r]}" for r in rules)
    starts, caps, reds, exempt = ([r for r in rules if r.effect is e] for e in Effect)
    uncounted = " OR ".join(f"coalesce({fired[r]}, false)" for r in rules if not r.is_counted) or "false"
    not_graded = " OR ".join(f"coalesce({fired[r]}, false)" for r in exempt) or "false"
    return f"""
    WITH facts AS (
        SELECT i.* EXCLUDE (as_of, uscc), p.uscc, p.status, s.credit_score,
            coalesce(s.score_kind, run.score_kind) AS score_kind
        FROM {room}population p
        LEFT JOIN {room}indicator i ON i.as_of = p.as_of AND i.uscc = p.uscc
        LEFT JOIN {scores} s ON s.as_of = p.as_of AND s.uscc = p.uscc
        CROSS JOIN (SELECT max(score_kind) AS score_kind FROM {scores} WHERE as_of = {day}) run
        WHERE p.as_of = {day} AND p.entity_type IS DISTINCT FROM '{INDIVIDUAL_BUSINESS}'
    ), judged AS (
        SELECT uscc, score_kind, credit_score, {_model_grade(policy)} AS model_grade{verdicts} FROM facts
    ), stepped AS (
        SELECT *,
            CASE WHEN model_grade IS NOT NULL THEN coalesce({_worst("NULL", starts)}, model_grade) END AS started,
            CASE WHEN model_grade IS NOT NULL THEN {_worst("started", caps)} END AS capped,
            {_worst("capped", reds)} AS red,
            CASE WHEN NOT ({not_graded}) THEN red END AS grade
        FROM judged
    )
    SELECT * EXCLUDE (started, capped, red),
        {_list_of(f"WHEN {fired[r]} THEN '{r.id}'" for r in rules)} AS rules,
        {_list_of(f"WHEN {fired[r]} THEN {_quoted(r.flag.zh)}" for r in rules if r.flag)} AS flags,
        {_list_of(f"WHEN {fired[r]} IS NULL THEN '{r.id}'" for r in rules)} AS unavailable,
        NOT ({uncounted}) AS is_counted,
        CASE WHEN grade IS NULL OR grade IS NOT DISTINCT FROM model_grade THEN NULL
            WHEN red IS DISTINCT FROM capped THEN {_first("red", reds)}
            WHEN capped IS DISTINCT FROM started THEN {_first("capped", caps)}
            ELSE {_first("started", starts)} END AS moved_by
    FROM stepped"""


def _condition(rule: Rule) -> str:
    joined = (" AND " if rule.needs_all else " OR ").join(_comparison(t) for t in rule.tests)
    return f"({joined})"


def _comparison(test: Test) -> str:
    if isinstance(test.value, tuple):
        return f'"{test.name}" IN ({", ".join(_quoted(v) for v in test.value)})'
    return f'"{test.name}" {_COMPARISONS[test.comparison]} {test.value!r}'


def _model_grade(policy: GradePolicy) -> str:
    """The bands as one CASE; NULL without a score."""
    by_kind = []
    for kind, bands in policy.bands.items():
        cuts = " ".join(
            f"WHEN credit_score >= {b.at_least!r} THEN '{b.grade}'" for b in bands if b.at_least is not None
        )
        by_kind.append(f"WHEN '{kind}' THEN CASE {cuts} ELSE '{bands[-1].grade}' END")
    return f"CASE WHEN credit_score IS NOT NULL THEN CASE score_kind {' '.join(by_kind)} END END"


def _worst(start: str, rules: list[Rule]) -> str:
    """The worst of `start` and the grades of the rules that fired; NULL if there is none. As text A < E."""
    given = [f"CASE WHEN \"{r.id}\" THEN '{r.grade}' END" for r in rules]
    return f"greatest({', '.join([start, *given])})::VARCHAR"


def _first(decided: str, rules: list[Rule]) -> str:
    """The id of the first rule that fired with the grade in the column `decided`."""
    given = [f"CASE WHEN \"{r.id}\" AND {decided} = '{r.grade}' THEN '{r.id}' END" for r in rules]
    return f"coalesce({', '.join(['NULL', *given])})::VARCHAR"


def _list_of(whens: Iterable[str]) -> str:
    """A list of the texts whose condition holds, in order; `whens` are WHEN … THEN … parts."""
    cases = ", ".join(f"CASE {when} END" for when in whens)
    return f"[x FOR x IN ([{cases}]::VARCHAR[]) IF x IS NOT NULL]"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _effect_of(rule: Rule, day: str) -> str:
    return f"""SELECT {day} AS as_of, '{rule.id}' AS rule, count(*) FILTER ("{rule.id}") AS fired,
        count(*) FILTER (moved_by = '{rule.id}') AS moved, count(*) FILTER ("{rule.id}" IS NULL) AS unavailable
        FROM temp.judged"""


def _write_enterprise(warehouse: Warehouse, newest: date) -> None:
    """mart.enterprise: one row an entity of the register at `newest`, individual businesses without a grade included.

    previous_grade is that of the run before, if it had the same kind of score. Sorted by unit, so that a county's
    rows lie together.
    """
    warehouse.execute(
        f"""CREATE OR REPLACE TABLE mart.enterprise AS
        WITH now AS (SELECT * FROM mart.grade WHERE as_of = DATE '{newest.isoformat()}'),
        before AS (
            SELECT uscc, score_kind, grade FROM mart.grade
            WHERE as_of = (SELECT max(as_of) FROM mart.grade WHERE as_of < DATE '{newest.isoformat()}')
        )
        SELECT p.*, i.data_share, g.score_kind, g.credit_score, g.model_grade, g.grade, b.grade AS previous_grade,
            coalesce(g.rules, []) AS rules, g.moved_by, coalesce(g.flags, []) AS flags,
            coalesce(g.unavailable, []) AS unavailable, coalesce(g.is_counted, false) AS is_counted,
            g.national_grade, g.policy_id, r.* EXCLUDE (uscc)
        FROM mart.population p
        LEFT JOIN ({roster(newest)}) r ON r.uscc = p.uscc
        LEFT JOIN mart.indicator i ON i.as_of = p.as_of AND i.uscc = p.uscc
        LEFT JOIN now g ON g.uscc = p.uscc
        LEFT JOIN before b ON b.uscc = p.uscc AND b.score_kind = g.score_kind
        WHERE p.as_of = DATE '{newest.isoformat()}'
        ORDER BY p.unit, p.uscc"""
    )


def _summary(warehouse: Warehouse, days: list[date], newest: date, policies: GradePolicies) -> GradeSummary:
    of_newest = "FROM mart.grade WHERE as_of = ?"
    in_force = [policies.of(day) for day in days]
    return GradeSummary(
        as_of=tuple(days),
        graded=warehouse.value("SELECT count(*) FROM mart.grade WHERE list_contains(?::DATE[], as_of)", [days]),
        by_grade=dict(warehouse.rows(f"SELECT grade, count(*) {of_newest} AND is_counted GROUP BY 1", [newest])),
        uncounted=warehouse.value(f"SELECT count(*) {of_newest} AND NOT is_counted", [newest]),
        moved=warehouse.value(f"SELECT count(*) {of_newest} AND moved_by IS NOT NULL", [newest]),
        unavailable=dict(
            warehouse.rows(
                "SELECT rule, unavailable FROM mart.rule_effect WHERE as_of = ? AND unavailable > 0", [newest]
            )
        ),
        policy_ids=tuple(dict.fromkeys(p.id for p in in_force)),
        early=tuple(day for day, policy in zip(days, in_force, strict=True) if policy.is_early),
    )
