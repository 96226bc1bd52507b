"""Archived tables -> one relation of delivered texts a feed, under each supplier's layout."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pipeline.errors import BadDelivery
from pipeline.feeds.archive import DeliveredTable, Delivery, table_path
from pipeline.feeds.contract import FeedContract
from pipeline.feeds.mapping import Layout, Mappings, layout_of
from pipeline.feeds.parse import literal
from pipeline.feeds.validate import TEXT_PREFIX
from pipeline.settings import Settings
from pipeline.stores.warehouse import Warehouse, union_all


@dataclass(frozen=True)
class Numbered:
    """One delivered table with its number in this build; `layout` is None where no feed fits."""

    number: int
    delivery: Delivery
    table: DeliveredTable
    layout: Layout | None
    reason: str | None

    @property
    def history(self) -> bool:
        """Whether its rows are a history load."""
        mapping = self.layout.mapping if self.layout else None
        return self.delivery.history or bool(mapping and mapping.history)

    @property
    def shown_name(self) -> str:
        """File name, with the sheet or zip member where there is one."""
        return f"{self.delivery.file_name}/{self.table.member}" if self.table.member else self.delivery.file_name


def numbered(deliveries: list[Delivery], mappings: Mappings, contracts: dict[str, FeedContract]) -> list[Numbered]:
    """Every delivered table with its layout, numbered in the order of receipt."""
    found: list[Numbered] = []
    for delivery in deliveries:
        tables = delivery.tables or (DeliveredTable("", (), 0, 0, (), (), ""),)
        for table in tables:
            layout, reason = None, delivery.unreadable
            if reason is None:
                try:
                    mapping = mappings.of(delivery.supplier, delivery.file_name)
                    layout = layout_of(table.header, delivery.file_name, mapping, contracts)
                except BadDelivery as error:
                    reason = str(error)
            found.append(Numbered(len(found) + 1, delivery, table, layout, reason))
    return found


def texts_select(settings: Settings, warehouse: Warehouse, contract: FeedContract, tables: list[Numbered]) -> str:
    """One select over the archived texts of a feed: tables of one header and mapping are read together."""
    groups: dict[tuple[object, ...], list[Numbered]] = {}
    for t in tables:
        if t.table.rows and t.layout:
            mapping = t.layout.mapping
            groups.setdefault(
                (t.table.header, mapping and mapping.name, t.delivery.supplier if mapping else ""), []
            ).append(t)
    if not groups:
        nothing = ", ".join(f"CAST(NULL AS VARCHAR) AS {TEXT_PREFIX}{f.name}" for f in contract.all_fields)
        return (
            "SELECT CAST(NULL AS INTEGER) AS delivery_no, CAST(NULL AS INTEGER) AS row_no, false AS is_history,"
            f" CAST(NULL AS TIMESTAMP) AS delivered_at, {nothing} WHERE false"
        )
    files = pd.DataFrame(
        [
            (str(table_path(settings, t.table)), t.number, t.history, t.delivery.received_at)
            for g in groups.values()
            for t in g
        ],
        columns=["path", "delivery_no", "is_history", "delivered_at"],
    )
    warehouse.load(f"temp.file_{contract.code}", files)
    return union_all(_group_select(settings, contract, group) for group in groups.values())


def _group_select(settings: Settings, contract: FeedContract, group: list[Numbered]) -> str:
    layout = group[0].layout
    assert layout is not None
    texts = ", ".join(f"{_source_text(layout, f.name)} AS {TEXT_PREFIX}{f.name}" for f in contract.all_fields)
    paths = ", ".join(literal(str(table_path(settings, t.table))) for t in group)
    return (
        f"SELECT CAST(d.delivery_no AS INTEGER) AS delivery_no, CAST(r.row_no AS INTEGER) AS row_no, d.is_history,"
        f" CAST(d.delivered_at AS TIMESTAMP) AS delivered_at, {texts}"
        f" FROM read_parquet([{paths}], filename = true) r JOIN temp.file_{contract.code} d ON d.path = r.filename"
    )


def _source_text(layout: Layout, column: str) -> str:
    """SQL of the delivered text of a column under a layout: fixed value, or source with codes and units."""
    mapping = layout.mapping
    sources = [f"r.c{position}" for position in layout.sources.get(column, ())]
    fixed = mapping.fixed.get(column) if mapping else None
    text = "NULL" if not sources else sources[0] if len(sources) == 1 else f"coalesce({', '.join(sources)})"
    if mapping and sources and column in mapping.codes:
        cases = " ".join(f"WHEN {literal(k)} THEN {literal(v)}" for k, v in mapping.codes[column].items())
        text = f"CASE {text} {cases} ELSE {text} END"
    if mapping and sources and mapping.units.get(column) == "yuan":
        text = f"{text} || '元'"
    if fixed is not None:
        text = f"coalesce({text}, {literal(fixed)})" if sources else literal(fixed)
    return f"CAST({text} AS VARCHAR)"
