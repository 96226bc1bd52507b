"""The verb `match`: which enterprise a record belongs to (记名), by exact steps, each with its name.

1 valid credit code; 2 15-digit registration number; 3 organisation code inside the credit code;
4 normalised full name, unique in the city or, where two firms share it, in the division of record or supplier;
5 former name through ent_change. A step that finds two firms ends the search: the record stays unattached and is counted as
ambiguous. A wrong penalty on a firm is worse than a missing one.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.feeds.contract import FeedContract, Subject
from pipeline.feeds.identifiers import organisation_code, registration_number, uscc_is_valid
from pipeline.feeds.ingest import REGISTER
from pipeline.identity.ledger import UNATTACHED, write_completeness, write_ledger, write_match
from pipeline.identity.normalise import name_key
from pipeline.identity.versions import write_versions
from pipeline.progress import Progress, silent
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse

EXPECTS_ENTITY = (Subject.ENTERPRISE, Subject.ENTITY)
"""Feeds whose records should belong to an entity: the denominator of 记名率 counts these."""
REPAIRABLE = ("penalty", "abnormal_list", "serious_violation_list")


@dataclass(frozen=True)
class MatchSummary:
    """Records for which an entity is expected, and how many of them are attached."""

    expected: int
    attached: int

    @property
    def named_rate(self) -> float | None:
        """记名率: attached / expected; None without records."""
        return self.attached / self.expected if self.expected else None


def match(
    settings: Settings, warehouse: Warehouse, contracts: dict[str, FeedContract], *, progress: Progress = silent
) -> MatchSummary:
    """Attach every record to its entity, then find its versions and account for every delivered row.

    Rewrites core.<feed> with uscc, delivered_uscc, match_method, row_outcome, version_no, known_to and
    repaired_from; writes mart.match, mart.completeness, and the outcomes in mart.delivery. Can be run again.
    """
    _write_entities(settings, warehouse, contracts)
    ordered = sorted(contracts.values(), key=lambda c: c.code in REPAIRABLE)
    for done, contract in enumerate(ordered):
        progress(done, len(ordered))
        relation = _attached(warehouse, contract)
        write_versions(warehouse, contract, relation, repairable=contract.code in REPAIRABLE)
    expecting = [c for c in contracts.values() if c.subject in EXPECTS_ENTITY]
    write_match(warehouse, expecting)
    write_completeness(warehouse, tuple(contracts.values()))
    write_ledger(warehouse, tuple(contracts.values()))
    progress(len(ordered), len(ordered))
    counts = warehouse.rows(
        f"SELECT coalesce(sum(records), 0), coalesce(sum(records) FILTER (method NOT IN {UNATTACHED}), 0) FROM mart.match"
    )
    return MatchSummary(expected=int(counts[0][0]), attached=int(counts[0][1]))


def _delivered(warehouse: Warehouse, table: str) -> str:
    """The column with the delivered code: `uscc` until the first match, `delivered_uscc` from then on."""
    return "delivered_uscc" if "delivered_uscc" in warehouse.columns(table) else "uscc"


def _write_entities(settings: Settings, warehouse: Warehouse, contracts: dict[str, FeedContract]) -> None:
    """Temporary tables of identifiers: entity_key (register row -> key), and one lookup a step."""
    register, change = f"core.{REGISTER}", "core.ent_change"
    code = _delivered(warehouse, register)
    number = registration_number(code, "reg_no")
    warehouse.execute(f"""
        CREATE OR REPLACE TEMP TABLE alias AS
        SELECT 'R' || before_value AS old_key, max(upper(after_value)) AS new_key FROM {change}
        WHERE regexp_full_match(before_value, '[0-9]{{15}}') AND {uscc_is_valid("upper(after_value)")}
        GROUP BY 1 HAVING count(DISTINCT upper(after_value)) = 1""")
    warehouse.execute(f"""
        CREATE OR REPLACE TEMP TABLE entity_key AS
        SELECT delivery_no, row_no, coalesce(alias.new_key, k.key) AS key,
          CASE WHEN starts_with(k.key, 'R') THEN 'reg_no' ELSE 'uscc' END AS method
        FROM (SELECT delivery_no, row_no, CASE WHEN {uscc_is_valid(code)} THEN {code} ELSE 'R' || {number} END AS key FROM {register}) k
        LEFT JOIN alias ON alias.old_key = k.key""")
    warehouse.execute(f"""
        CREATE OR REPLACE TEMP TABLE entity AS
        SELECT k.key AS uscc, arg_max(r.entity_name, (r.known_from, r.delivery_no, r.row_no)) AS entity_name,
          arg_max(r.division, (r.known_from, r.delivery_no, r.row_no)) AS division, max({registration_number(f"r.{code}", "r.reg_no")}) AS reg_no
        FROM {register} r JOIN entity_key k USING (delivery_no, row_no) WHERE k.key IS NOT NULL GROUP BY 1""")
    _write_lookups(settings, warehouse)


def _write_lookups(settings: Settings, warehouse: Warehouse) -> None:
    """One table a step: identifier -> the firm if only one has it, else NULL (two_firms)."""
    warehouse.execute("""
        CREATE OR REPLACE TEMP TABLE by_code AS SELECT uscc AS id, uscc FROM entity WHERE NOT starts_with(uscc, 'R')""")
    warehouse.execute("""
        CREATE OR REPLACE TEMP TABLE by_number AS
        SELECT reg_no AS id, CASE WHEN count(*) = 1 THEN min(uscc) END AS uscc FROM entity WHERE reg_no IS NOT NULL GROUP BY 1""")
    warehouse.execute("""
        CREATE OR REPLACE TEMP TABLE by_organisation AS
        SELECT substr(uscc, 9, 9) AS id, CASE WHEN count(*) = 1 THEN min(uscc) END AS uscc FROM by_code GROUP BY 1""")
    warehouse.execute(f"""
        CREATE OR REPLACE TEMP TABLE holder AS
        SELECT {name_key("entity_name")} AS id, uscc, division, true AS now FROM entity
        UNION
        SELECT {name_key("c.before_value")}, e.uscc, e.division, false
        FROM core.ent_change c JOIN entity e ON e.uscc = c.{_delivered(warehouse, "core.ent_change")} WHERE c.change_item = 'name'""")
    warehouse.execute("""
        CREATE OR REPLACE TEMP TABLE by_name AS
        SELECT id, CASE WHEN count(DISTINCT uscc) = 1 THEN min(uscc) END AS uscc,
          CASE WHEN bool_or(now) THEN 'name' ELSE 'former_name' END AS method
        FROM holder WHERE id IS NOT NULL GROUP BY 1""")
    warehouse.execute("""
        CREATE OR REPLACE TEMP TABLE by_place AS
        SELECT id, division, CASE WHEN count(DISTINCT uscc) = 1 THEN min(uscc) END AS uscc,
          CASE WHEN bool_or(now) THEN 'name' ELSE 'former_name' END AS method
        FROM holder WHERE id IS NOT NULL AND division IS NOT NULL GROUP BY 1, 2""")
    warehouse.execute("CREATE OR REPLACE TEMP TABLE supplier_place (feed VARCHAR, supplier VARCHAR, division VARCHAR)")
    places = {u.code: u.divisions for u in settings.city.units}
    for expected in settings.city.expected:
        divisions = {d for u in expected.units for d in places[u]}
        if len(expected.units) == 1 and len(divisions) == 1:
            warehouse.execute(
                "INSERT INTO supplier_place VALUES (?, ?, ?)", [expected.feed, expected.supplier, divisions.pop()]
            )


def _attached(warehouse: Warehouse, contract: FeedContract) -> str:
    """Name of a relation: the feed's rows with uscc, delivered_uscc and match_method."""
    table = f"core.{contract.code}"
    if "uscc" not in contract.by_name:
        return f"(SELECT *, CAST(NULL AS VARCHAR) AS uscc, CAST(NULL AS VARCHAR) AS delivered_uscc, 'none' AS match_method FROM {_bare(warehouse, contract)})"
    code = _delivered(warehouse, table)
    codes = ", ".join(dict.fromkeys(("uscc", code)))
    rows = f"(SELECT * EXCLUDE ({codes}), {code} AS delivered_uscc FROM {_bare(warehouse, contract, keep=code)})"
    if contract.subject is Subject.ROOT:
        return f"(SELECT r.*, k.key AS uscc, k.method AS match_method FROM {rows} r JOIN entity_key k USING (delivery_no, row_no))"
    _write_found(warehouse, contract, table, code)
    return f"""(SELECT r.*, coalesce(c.uscc, f.uscc) AS uscc,
          CASE WHEN c.uscc IS NOT NULL THEN 'uscc' ELSE coalesce(f.method, 'none') END AS match_method
        FROM {rows} r LEFT JOIN by_code c ON c.id = r.delivered_uscc
        LEFT JOIN found_row f ON f.delivery_no = r.delivery_no AND f.row_no = r.row_no)"""


def _bare(warehouse: Warehouse, contract: FeedContract, keep: str = "") -> str:
    """The feed's table as `ingest` left it: what an earlier match added is taken off again."""
    table = f"core.{contract.code}"
    added = {"row_outcome", "version_no", "known_to", "repaired_from", "match_method", "delivered_uscc"} - {keep}
    if "uscc" not in contract.by_name:
        added.add("uscc")
    present = [c for c in warehouse.columns(table) if c in added]
    return f"(SELECT * EXCLUDE ({', '.join(present)}) FROM {table})" if present else table


def _write_found(warehouse: Warehouse, contract: FeedContract, table: str, code: str) -> None:
    """found_row: the rows that no valid code attaches, with what steps 2 to 5 say of them.

    A valid code that the register doesn't know belongs to another entity: its name is not tried.
    """
    has = contract.by_name
    numbers = [c for c in (code, "reg_no", "cp_code_2") if c == code or c in has]
    organisation = (
        f"coalesce({organisation_code('cp_code_3')}, {organisation_code(code)})"
        if "cp_code_3" in has
        else organisation_code(code)
    )
    name = (
        f"coalesce({name_key('entity_name')}, {name_key('cp_name')})" if "cp_name" in has else name_key("entity_name")
    )
    division = "coalesce(r.division, p.division)" if "division" in has else "p.division"
    warehouse.execute(f"""
        CREATE OR REPLACE TEMP TABLE open_row AS
        SELECT r.delivery_no, r.row_no, {registration_number(*numbers)} AS number, {organisation} AS organisation,
          CASE WHEN NOT {uscc_is_valid(f"r.{code}")} THEN {name} END AS name,
          {division} AS division
        FROM (SELECT r.* FROM {table} r ANTI JOIN by_code c ON c.id = r.{code}) r
        JOIN mart.delivery d USING (delivery_no)
        LEFT JOIN supplier_place p ON p.feed = '{contract.code}' AND p.supplier = d.supplier""")
    warehouse.execute("""
        CREATE OR REPLACE TEMP TABLE found_row AS
        SELECT o.delivery_no, o.row_no,
          CASE WHEN n.id IS NOT NULL THEN n.uscc WHEN g.id IS NOT NULL THEN g.uscc ELSE coalesce(m.uscc, l.uscc) END AS uscc,
          CASE WHEN n.id IS NOT NULL THEN if(n.uscc IS NULL, 'ambiguous', 'reg_no')
               WHEN g.id IS NOT NULL THEN if(g.uscc IS NULL, 'ambiguous', 'organisation')
               WHEN m.uscc IS NOT NULL THEN m.method
               WHEN l.uscc IS NOT NULL THEN l.method
               WHEN m.id IS NOT NULL THEN 'ambiguous'
               ELSE 'none' END AS method
        FROM open_row o
        LEFT JOIN by_number n ON n.id = o.number
        LEFT JOIN by_organisation g ON g.id = o.organisation
        LEFT JOIN by_name m ON m.id = o.name
        LEFT JOIN by_place l ON l.id = o.name AND l.division = o.division""")
