"""Versions of a record: which delivered rows are the same record, and when each version was the newest.

Natural keys are compared after attachment. A row whose key has an empty part has no other version: its
content is its key. Rows of one key are ordered by known_from, then by order of receipt.
"""

from __future__ import annotations

from pipeline.feeds.contract import PROVENANCE, FeedContract
from pipeline.stores.warehouse import Warehouse

_NOT_CONTENT = frozenset(f.name for f in PROVENANCE) | {"uscc"}
_ORDER = "known_from, delivery_no, row_no"


def write_versions(warehouse: Warehouse, contract: FeedContract, attached: str, *, repairable: bool) -> None:
    """Rewrite core.<feed> from `attached`, each row with its row_outcome, version_no, known_to and repaired_from.

    Only keys with several rows are sorted; the rest of the feed is copied in one pass.
    """
    content = ", ".join(f.name for f in contract.all_fields if f.name not in _NOT_CONTENT)
    parts = [f"CAST({k} AS VARCHAR)" for k in contract.key]
    complete = " AND ".join(f"{k} IS NOT NULL" for k in contract.key)
    warehouse.execute(f"""
        CREATE OR REPLACE TEMP TABLE keyed AS
        SELECT *, hash(uscc, {content}) AS content_hash, CASE WHEN {complete} THEN hash({", ".join(parts)}) ELSE hash(uscc, {content}) END AS key_hash
        FROM {attached}""")
    warehouse.execute(
        "CREATE OR REPLACE TEMP TABLE shared_key AS SELECT key_hash FROM keyed GROUP BY 1 HAVING count(*) > 1"
    )
    repair = _repair_join(contract) if repairable else ""
    repaired = "p.repaired_from" if repairable else "CAST(NULL AS DATE)"
    warehouse.execute(f"""
        CREATE OR REPLACE TABLE core.{contract.code} AS
        WITH ordered AS (
          SELECT delivery_no, row_no, key_hash, known_from,
            content_hash IS NOT DISTINCT FROM lag(content_hash) OVER w AND lag(key_hash) OVER w IS NOT NULL AS is_duplicate
          FROM keyed SEMI JOIN shared_key USING (key_hash)
          WINDOW w AS (PARTITION BY key_hash ORDER BY {_ORDER})),
        versions AS (
          SELECT delivery_no, row_no, 'accepted' AS row_outcome, CAST(row_number() OVER w AS INTEGER) AS version_no,
            lead(known_from) OVER w AS known_to
          FROM ordered WHERE NOT is_duplicate WINDOW w AS (PARTITION BY key_hash ORDER BY {_ORDER})),
        judged AS (
          SELECT delivery_no, row_no, if(known_to IS NULL, 'accepted', 'superseded') AS row_outcome, version_no, known_to FROM versions
          UNION ALL
          SELECT delivery_no, row_no, 'duplicate', NULL, known_from FROM ordered WHERE is_duplicate)
        SELECT k.* EXCLUDE (content_hash, key_hash), coalesce(j.row_outcome, 'accepted') AS row_outcome,
          if(j.row_outcome IS NULL, 1, j.version_no) AS version_no, j.known_to, {repaired} AS repaired_from
        FROM keyed k LEFT JOIN judged j ON j.delivery_no = k.delivery_no AND j.row_no = k.row_no
        {repair}""")
    warehouse.execute("DROP TABLE keyed")


def _repair_join(contract: FeedContract) -> str:
    """Join to the day from which a granted repair was known for the record that it names, same firm."""
    return f"""
        LEFT JOIN (
          SELECT uscc, target_record_id, min(CAST(known_from AS DATE)) AS repaired_from FROM core.credit_repair
          WHERE target_feed = '{contract.code}' AND result = 'granted' AND uscc IS NOT NULL AND row_outcome <> 'duplicate'
          GROUP BY ALL) p
        ON p.uscc = k.uscc AND p.target_record_id = coalesce(
          CASE WHEN k.source_record_id IN (SELECT target_record_id FROM core.credit_repair) THEN k.source_record_id END, k.{contract.key[0]})"""
