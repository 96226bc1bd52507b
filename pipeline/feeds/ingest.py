"""The verb `ingest`: landing -> raw archive -> core | quarantine.

Every delivered row is judged in one pass over its feed. Refused rows are kept whole in
quarantine.<feed>; the rest lies in core.<feed>, not yet attached to an enterprise nor compared with
other versions, which `match` does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

import pandas as pd

from pipeline.errors import BadDelivery
from pipeline.feeds.applicability import parse as parse_applicability
from pipeline.feeds.archive import Delivery, register, table_path
from pipeline.feeds.contract import FeedContract
from pipeline.feeds.identifiers import usable_key_sql
from pipeline.feeds.mapping import Mappings
from pipeline.feeds.own_results import deliver_own_results
from pipeline.feeds.parse import masked
from pipeline.feeds.texts import Numbered, numbered, texts_select
from pipeline.feeds.validate import delivered_json, judged_select, rejections
from pipeline.progress import Progress, silent
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse

SET_ASIDE_RULE = "delivery_set_aside"
SET_ASIDE_FROM_ROWS = 100
"""A delivery with fewer rows is never set aside for its share of bad rows."""
REGISTER = "ent_registration"
MOST_NAMED, LONGEST_TITLE = 60, 60
"""Columns and sheets that lead nowhere: so many are named, with so many characters each."""
UNRECOGNISED = "unrecognised"
"""quarantine.unrecognised holds the rows of files that fit no feed."""
_DELIVERY = {
    "delivery_no": "int32",
    **dict.fromkeys(("sha256", "feed", "supplier", "file_name", "path"), "string"),
    "received_on": "datetime64[us]",
    **dict.fromkeys(("is_history", "is_accepted"), "bool"),
    **dict.fromkeys(("state", "reason", "unknown_columns", "ignored"), "string"),
    "delivered": "int64",
}
"""Columns of mart.delivery; `ignored` names sheets and members beside the table that hold no records."""
_CALENDAR = (date(1990, 1, 1), date(2035, 12, 31))
_REFUSAL = (
    "outcome VARCHAR, rule VARCHAR, field VARCHAR, expected VARCHAR, received VARCHAR, faults VARCHAR[], delivered JSON"
)


@dataclass(frozen=True)
class IngestSummary:
    """What `ingest` did: tables taken, rows delivered, and the files that were set aside, with reasons."""

    deliveries: int
    delivered: int
    set_aside: tuple[str, ...]


def ingest(
    settings: Settings,
    warehouse: Warehouse,
    reference: Reference,
    contracts: dict[str, FeedContract],
    *,
    history: bool = False,
    deliveries: list[Delivery] | None = None,
    needs_register: bool = True,
    progress: Progress = silent,
) -> IngestSummary:
    """Register what is new in the landing folder and load every delivery ever received.

    `deliveries`: those that were registered already: what has arrived since belongs to the next build. Else the
    results entered in this system are delivered first.

    Writes core.<feed>, quarantine.<feed>, mart.delivery. Raises BadDelivery where the register can't be
    used (unless `needs_register` is false: a trial of one file), or where real and synthetic deliveries would mix.
    """
    mappings = Mappings.load(settings.mappings, contracts)
    steps = 2 * len(contracts)
    if deliveries is None:
        deliver_own_results(settings)
        deliveries = register(
            settings,
            mappings,
            contracts,
            history=history,
            progress=lambda d, t: progress(len(contracts) * d // max(t, 1), steps),
        )
    tables = numbered(deliveries, mappings, contracts)
    _write_deliveries(warehouse, tables)
    for position, contract in enumerate(contracts.values()):
        progress(len(contracts) + position, steps)
        mine = [t for t in tables if t.layout and t.layout.contract is contract and t.reason is None]
        if not mine and not needs_register:
            continue  # a trial looks at the feeds of its own file only
        _load_feed(settings, warehouse, reference, contract, mine)
    _keep_unrecognised(settings, warehouse, [t for t in tables if t.layout is None])
    if needs_register:
        _refuse_without_register(warehouse)
    progress(steps, steps)
    set_aside = warehouse.rows("SELECT file_name, reason FROM mart.delivery WHERE state = 'set_aside' ORDER BY 1")
    return IngestSummary(
        deliveries=len(tables),
        delivered=int(warehouse.value("SELECT coalesce(sum(delivered), 0) FROM mart.delivery")),
        set_aside=tuple(f"{name}：{reason}" for name, reason in set_aside),
    )


def _write_deliveries(warehouse: Warehouse, tables: list[Numbered]) -> None:
    """mart.delivery: one row a delivered table; `ledger` adds what became of its rows."""
    rows = [
        {
            "delivery_no": t.number,
            "sha256": t.delivery.sha256,
            "feed": t.layout.contract.code if t.layout else None,
            "supplier": t.delivery.supplier,
            "file_name": t.shown_name,
            "path": t.delivery.path,
            "received_on": t.delivery.received_at,
            "is_history": t.history,
            "is_accepted": t.delivery.accepted,
            "state": "set_aside" if t.reason else "taken",
            "reason": t.reason,
            "unknown_columns": _named(t.layout.unknown) if t.layout else None,
            "ignored": _named(t.table.ignored),
            "delivered": t.table.rows + len(t.table.broken),
        }
        for t in tables
    ]
    warehouse.load("mart.delivery", pd.DataFrame(rows, columns=list(_DELIVERY)).astype(_DELIVERY))
    warehouse.execute("ALTER TABLE mart.delivery ALTER received_on TYPE TIMESTAMP")


def _named(titles: tuple[str, ...]) -> str:
    """Titles in one line; of very many, or endless ones, the beginning and how many there are."""
    shown = "、".join(t if len(t) <= LONGEST_TITLE else f"{t[:LONGEST_TITLE]}…" for t in titles[:MOST_NAMED])
    return shown if len(titles) <= MOST_NAMED else f"{shown}…（共 {len(titles):,} 个 in all）"


def _load_feed(
    settings: Settings, warehouse: Warehouse, reference: Reference, contract: FeedContract, tables: list[Numbered]
) -> None:
    """Judge the rows of one feed and split them into core and quarantine."""
    code_lists = {name: reference.codes(name) for name in reference.code_lists}
    limits = _limit_table(warehouse, reference, contract.time_limit.count)
    rules = rejections(contract, code_lists, usable_key_sql("uscc", "reg_no"))
    texts = texts_select(settings, warehouse, contract, tables)
    warehouse.execute(
        f"CREATE OR REPLACE TABLE core.{contract.code} AS {judged_select(contract, code_lists, rules, texts, limits)}"
    )
    warehouse.execute(
        f"CREATE OR REPLACE TABLE quarantine.{contract.code} (delivery_no INTEGER, row_no INTEGER, {_REFUSAL})"
    )
    _refuse_inapplicable(warehouse, contract)
    _quarantine(
        warehouse,
        contract,
        f"SELECT delivery_no, row_no, unnest(refused) FROM core.{contract.code} WHERE refused IS NOT NULL",
    )
    _quarantine_broken(warehouse, contract, tables)
    _set_aside(warehouse, contract, texts)
    warehouse.execute(f"ALTER TABLE core.{contract.code} DROP COLUMN refused")


def _limit_table(warehouse: Warehouse, reference: Reference, working_days: int) -> str:
    """Name of a table (day, limit_day): the day by which a record of that day has to be gathered."""
    name = f"limit_{working_days}"
    if not warehouse.value("SELECT count(*) FROM duckdb_tables() WHERE table_name = ?", [name]):
        days = reference.working_day_frame(*_CALENDAR)
        warehouse.load("temp.working_day", days)
        warehouse.execute(f"""
            CREATE TEMP TABLE {name} AS
            SELECT CAST(a.day AS DATE) AS day, CAST(b.day AS DATE) AS limit_day
            FROM working_day a JOIN working_day b ON b.is_working AND b.ordinal = a.ordinal + {working_days}""")
    return name


def _refuse_inapplicable(warehouse: Warehouse, contract: FeedContract) -> None:
    """Refuse supervision items whose rule of application does not parse."""
    if "applies_to" not in contract.by_name:
        return
    for (text,) in warehouse.rows(
        f"SELECT DISTINCT applies_to FROM core.{contract.code} WHERE refused IS NULL AND applies_to IS NOT NULL"
    ):
        try:
            parse_applicability(text)
        except ValueError as error:
            warehouse.execute(
                f"""UPDATE core.{contract.code} SET refused = {{'outcome': 'quarantined', 'rule': 'applicability', 'field': 'applies_to',
                'expected': ?, 'received': ?, 'faults': ['applies_to:applicability'], 'delivered': to_json({{'applies_to': applies_to}})}}
                WHERE applies_to = ? AND refused IS NULL""",
                [str(error), text, text],
            )


def _quarantine(warehouse: Warehouse, contract: FeedContract, select: str) -> None:
    warehouse.execute(f"INSERT INTO quarantine.{contract.code} BY NAME {select}")
    warehouse.execute(f"DELETE FROM core.{contract.code} WHERE refused IS NOT NULL")


def _quarantine_broken(warehouse: Warehouse, contract: FeedContract, tables: list[Numbered]) -> None:
    """Lines whose number of cells does not fit the header."""
    broken = [
        {
            "delivery_no": t.number,
            "row_no": b.row_no,
            "outcome": "quarantined",
            "rule": "row_structure",
            "field": "",
            "expected": f"{b.expected} 列",
            "received": f"{b.received} 列",
            "faults": ["row_structure"],
            "delivered": json.dumps({"line": b.text}, ensure_ascii=False),
        }
        for t in tables
        for b in t.table.broken
    ]
    if broken:
        warehouse.append(f"quarantine.{contract.code}", pd.DataFrame(broken))


def _set_aside(warehouse: Warehouse, contract: FeedContract, texts: str) -> None:
    """Set a delivery aside whole if too many of its rows are refused: better none than a thinned one."""
    bad = warehouse.rows(f"""
        SELECT d.delivery_no, d.delivered, count(*) AS refused FROM mart.delivery d
        JOIN quarantine.{contract.code} q ON q.delivery_no = d.delivery_no AND q.outcome = 'quarantined'
        WHERE NOT d.is_accepted GROUP BY ALL
        HAVING d.delivered >= {SET_ASIDE_FROM_ROWS} AND count(*) > d.delivered * {contract.refuse_if_bad_over_pct} / 100""")
    for number, delivered, refused in bad:
        reason = (
            f"{delivered} 行中有 {refused} 行不合格（超过 {contract.refuse_if_bad_over_pct:g}%），整批搁置；"
            "请退回更正，或核对后用 --accept 接收（set aside: too many rows refused）"
        )
        warehouse.execute(
            "UPDATE mart.delivery SET state = 'set_aside', reason = ? WHERE delivery_no = ?", [reason, number]
        )
        warehouse.execute(f"""
            INSERT INTO quarantine.{contract.code}
            SELECT t.delivery_no, t.row_no, 'quarantined', '{SET_ASIDE_RULE}', '', '', '', ['{SET_ASIDE_RULE}'], {delivered_json(contract)}
            FROM ({texts}) t SEMI JOIN core.{contract.code} c ON c.delivery_no = t.delivery_no AND c.row_no = t.row_no
            WHERE t.delivery_no = {number}""")
        warehouse.execute(
            f"UPDATE quarantine.{contract.code} SET rule = '{SET_ASIDE_RULE}' WHERE delivery_no = {number} AND outcome = 'quarantined'"
        )
        warehouse.execute(f"DELETE FROM core.{contract.code} WHERE delivery_no = {number}")


def _keep_unrecognised(settings: Settings, warehouse: Warehouse, tables: list[Numbered]) -> None:
    """quarantine.unrecognised: the rows of tables that fit no feed, whole."""
    warehouse.execute(
        f"CREATE OR REPLACE TABLE quarantine.{UNRECOGNISED} (delivery_no INTEGER, row_no INTEGER, {_REFUSAL})"
    )
    for t in tables:
        if t.table.rows:
            row = masked("CAST(to_json(r) AS VARCHAR)")
            warehouse.execute(
                f"""INSERT INTO quarantine.{UNRECOGNISED}
                SELECT ?, row_no, 'quarantined', '{SET_ASIDE_RULE}', '', '', '', ['{SET_ASIDE_RULE}'], CAST({row} AS JSON)
                FROM read_parquet(?) r""",
                [t.number, str(table_path(settings, t.table))],
            )
        broken = [(t.number, b.row_no, json.dumps(b.text, ensure_ascii=False)) for b in t.table.broken]
        if broken:
            same = {"outcome": "quarantined", "rule": SET_ASIDE_RULE, "field": "", "expected": "", "received": ""}
            rows = pd.DataFrame(broken, columns=["delivery_no", "row_no", "delivered"])
            rows = rows.assign(**same, faults=[[SET_ASIDE_RULE]] * len(rows))
            warehouse.append(f"quarantine.{UNRECOGNISED}", rows)


def _refuse_without_register(warehouse: Warehouse) -> None:
    """Without its register a build would grade nobody, or too few: it stops."""
    reason = warehouse.value(
        f"SELECT min(file_name || '：' || reason) FROM mart.delivery WHERE feed = '{REGISTER}' AND state = 'set_aside'"
    )
    if reason:
        raise BadDelivery(f"登记信息被搁置，本次构建停止。{reason}")
    if not warehouse.value(f"SELECT count(*) FROM core.{REGISTER}"):
        raise BadDelivery(
            "没有可用的企业登记信息（ent_registration）：请先送达登记注册备案信息（no usable register has been delivered）"
        )
