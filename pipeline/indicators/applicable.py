"""Which supervision items apply to whom at a date: the declared rules evaluated against register and licences."""

from __future__ import annotations

from datetime import date

from pipeline.feeds.applicability import parse, to_sql
from pipeline.stores.warehouse import Warehouse, union_all

_COLUMNS = "uscc VARCHAR, item_code VARCHAR, is_key_item BOOLEAN, is_cross_dept BOOLEAN, list_kind VARCHAR"


def write_applicable_items(warehouse: Warehouse, as_of: date, population: str = "mart.population") -> None:
    """temp.applicable_item: one row an (entity of `population`, item in force at `as_of`) whose rule it satisfies."""
    day = f"DATE '{as_of.isoformat()}'"
    warehouse.execute(f"CREATE OR REPLACE TEMP TABLE applicable_item ({_COLUMNS})")
    warehouse.execute(f"""
        CREATE OR REPLACE TEMP TABLE subject AS
        SELECT p.uscc, p.industry_section, p.industry_code, p.entity_type, coalesce(l.fields, []) AS fields
        FROM {population} p
        LEFT JOIN (SELECT uscc, list(DISTINCT field) FILTER (field IS NOT NULL) AS fields FROM known.licence({day})
          WHERE uscc IS NOT NULL AND (valid_to IS NULL OR valid_to >= {day}) AND revoked_on IS NULL GROUP BY uscc) l USING (uscc)
        WHERE p.as_of = {day}""")
    items = warehouse.rows(f"""
        SELECT item_code, applies_to, coalesce(is_key_item, false), coalesce(is_cross_dept, false), list_kind
        FROM known.supervision_item({day}) WHERE applies_to IS NOT NULL AND (valid_to IS NULL OR valid_to >= {day}) ORDER BY item_code, valid_from""")
    selects = [
        f"SELECT uscc, '{_quoted(code)}', {key}, {cross}, '{_quoted(kind or '')}' FROM subject WHERE {to_sql(parse(rule))}"
        for code, rule, key, cross, kind in items
    ]
    if selects:
        warehouse.execute(f"INSERT INTO applicable_item {union_all(selects)}")


def _quoted(text: str) -> str:
    return str(text).replace("'", "''")
