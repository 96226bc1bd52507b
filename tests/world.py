"""Small worlds: rows put straight into core.<feed>, as `match` would have left them, then computed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pandas as pd

from pipeline.domain import Month
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.contract import FeedContract, Subject
from pipeline.indicators.catalogue import ALL
from pipeline.indicators.compute import compute
from pipeline.indicators.indicator import Indicator
from pipeline.settings import DEFAULT_DATA, City, Settings
from pipeline.stores.warehouse import Warehouse

SYSTEM = {
    "delivered_uscc": "VARCHAR",
    "match_method": "VARCHAR",
    "delivery_no": "INTEGER",
    "row_no": "INTEGER",
    "event_on": "DATE",
    "known_from": "TIMESTAMP",
    "known_to": "TIMESTAMP",
    "version_no": "INTEGER",
    "known_assumed": "BOOLEAN",
    "repaired_from": "DATE",
    "row_outcome": "VARCHAR",
}
Rows = dict[str, list[dict[str, Any]]]


def world_settings() -> Settings:
    """The settings of the Tonghua city over an empty folder."""
    folder = Path(mkdtemp(prefix="world-"))
    return Settings(folder, City.load(DEFAULT_DATA / "city.toml"), folder / "landing")


def build_world(
    rows: Rows,
    as_of: date | Iterable[date],
    *,
    delivered: Iterable[str] | None = None,
    indicators: tuple[Indicator, ...] = ALL,
) -> Warehouse:
    """A warehouse with these rows in core and mart.indicator computed at `as_of`.

    A row may leave out anything; `received_on` (default: the day after the event) gives known_from. Every
    firm that no register row names gets a plain one. `delivered`: the feeds that count as delivered for
    all units (default: all of them).
    """
    days = sorted([as_of] if isinstance(as_of, date) else as_of)
    warehouse = Warehouse.create(Path(mkdtemp(prefix="world-")) / "world.duckdb")
    rows = {**rows, "ent_registration": [*rows.get("ent_registration", []), *_plain_register(rows)]}
    for contract in BY_CODE.values():
        fill(warehouse, contract, [_complete(contract, r, n) for n, r in enumerate(rows.get(contract.code, []), 1)])
    _deliver(warehouse, BY_CODE if delivered is None else delivered, days)
    compute(world_settings(), warehouse, BY_CODE, indicators, days)
    return warehouse


def event_on(contract: FeedContract, row: dict[str, Any]) -> date | None:
    """The event date of a row of the world."""
    value = row.get(contract.happened_on) if contract.happened_on else None
    if value is None:
        return None
    if contract.by_name[contract.happened_on or ""].kind is Month:
        first = date.fromisoformat(f"{value}-01")
        return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    return value.date() if isinstance(value, datetime) else value


def _plain_register(rows: Rows) -> list[dict[str, Any]]:
    named = {r.get("uscc") for r in rows.get("ent_registration", [])}
    others = {r["uscc"] for feed, listed in rows.items() if feed != "ent_registration" for r in listed if r.get("uscc")}
    return [{"uscc": u, "received_on": date(2010, 2, 1)} for u in sorted(others - named)]


def _complete(contract: FeedContract, row: dict[str, Any], number: int) -> dict[str, Any]:
    plain = {
        "entity_name": row.get("uscc"),
        "status": "1",
        "entity_type": "1130",
        "established_on": date(2010, 1, 1),
        "division": "220502",
        "jurisdiction_unit": "TH-DC",
        "industry_section": "F",
        "industry_code": "5211",
    }
    defaults = plain if contract.subject is Subject.ROOT else {}
    happened = event_on(contract, row)
    received = row.get("received_on") or (happened + timedelta(days=1) if happened else date(2010, 2, 1))
    learned = {f"{d}_known": row.get(d) for d in contract.learned_dates}
    system = {
        "delivered_uscc": row.get("uscc"),
        "match_method": "uscc",
        "delivery_no": 1,
        "row_no": number,
        "event_on": happened,
        "known_from": datetime.combine(received, datetime.min.time()),
        "version_no": 1,
        "known_assumed": False,
        "row_outcome": "accepted",
    }
    return {**defaults, **learned, **system, **{k: v for k, v in row.items() if k != "received_on"}}


def fill(warehouse: Warehouse, contract: FeedContract, rows: list[dict[str, Any]]) -> None:
    """Make core.<feed> of these rows, complete as `match` leaves them; none of them: an empty table."""
    columns = {f.name: f.sql_type for f in contract.all_fields}
    columns.setdefault("uscc", "VARCHAR")
    columns |= SYSTEM | {f"{d}_known": "DATE" for d in contract.learned_dates}
    unknown = sorted({k for r in rows for k in r} - columns.keys())
    assert not unknown, f"{contract.code}: no such columns {unknown}"
    ddl = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    warehouse.execute(f"CREATE TABLE core.{contract.code} ({ddl})")
    names = ", ".join(f'"{c}"' for c in columns)
    marks = ", ".join("?" for _ in columns)
    for row in rows:
        warehouse.execute(f"INSERT INTO core.{contract.code} ({names}) VALUES ({marks})", [row.get(c) for c in columns])


def _deliver(warehouse: Warehouse, feeds: Iterable[str], days: list[date]) -> None:
    """One delivery a feed shortly before each date, by a supplier that nobody has to expect."""
    frame = pd.DataFrame(
        [
            {
                "delivery_no": n,
                "feed": feed,
                "supplier": "world",
                "received_on": pd.Timestamp(day) - pd.Timedelta(days=5),
            }
            for n, (feed, day) in enumerate(((f, d) for f in feeds for d in days), 1000)
        ],
        columns=["delivery_no", "feed", "supplier", "received_on"],
    ).astype({"feed": "string", "supplier": "string", "received_on": "datetime64[us]"})
    frame["is_history"], frame["state"] = False, "taken"
    warehouse.load("mart.delivery", frame)
