"""Records -> files in the landing folder, stream by stream, with the true owner of every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.demo import render
from pipeline.demo.chance import Chance
from pipeline.demo.clock import Ints
from pipeline.demo.dirt import BAD_FILE, plant, repeated, soil
from pipeline.demo.identify import Registry
from pipeline.demo.layouts import SHAPES, Form, Shape
from pipeline.demo.names import lookup
from pipeline.demo.rates import Dirt
from pipeline.demo.records import Records, dates, same
from pipeline.demo.schedule import Timing, delivery_dates, time
from pipeline.demo.state import World
from pipeline.demo.writers import MARK, write_table
from pipeline.errors import BadDeclaration
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.mapping import Mappings

LARGEST_WORKBOOK = 20_000
_TWICE = ("tax_record", "2019-06")
"""Feed and folder month of a file that comes a second time, five days later."""


@dataclass(frozen=True)
class Owned:
    """The true owners of the rows of one file: `path` below landing, first row number, one key a row."""

    path: str
    feed: str
    first_row: int
    owner: pa.Array


@dataclass(frozen=True)
class Post:
    """Where and how files are written: the landing folder, suppliers' names and their mappings."""

    landing: Path
    suppliers: dict[str, str]
    mappings: Mappings
    dirt: Dirt


def deliver(
    world: World, registry: Registry, records: dict[str, Records], post: Post, progress: Callable[[str, float], None]
) -> list[Owned]:
    """Write every stream; `records`: stream name (`Shape.name`) -> records."""
    owned: list[Owned] = []
    for at, shape in enumerate(SHAPES):
        progress("deliveries", at / len(SHAPES))
        mine = records[shape.name]
        if shape.unit is not None:
            mine = mine.take(np.flatnonzero(world.firms.unit[mine.firm] == shape.unit))
        owned += _Stream(world, registry, shape, post).write(mine.newest_of_history())
    return owned


class _Stream:
    """One supplier's files of one feed."""

    def __init__(self, world: World, registry: Registry, shape: Shape, post: Post) -> None:
        self.world, self.registry, self.shape, self.post = world, registry, shape, post
        self.contract = BY_CODE[shape.feed]
        self.rng = Chance(world.chance.seed).of(f"deliveries {shape.name} {shape.supplier}")
        self.dates = delivery_dates(shape, self.rng)

    def write(self, records: Records) -> list[Owned]:
        """Write all files of the stream."""
        records = plant(records, self.post.dirt, self.rng)
        records, timing = time(records, self.shape, self.dates, self.rng)
        texts, owner = self._texts(records, timing)
        again = np.flatnonzero(repeated(records, self.post.dirt, self.rng) & (timing.file + 1 < len(self.dates)))
        row = np.concatenate([np.arange(records.count), again])
        file = np.concatenate([timing.file, timing.file[again] + 1])
        order = np.lexsort((records.record[row], records.ready[row], file))
        row, file = row[order], file[order]
        at = pa.array(row)
        texts = {name: column.take(at) for name, column in texts.items()}
        texts = soil(texts, self.contract, self.post.dirt, self.rng, file, self._bad_file())
        return self._files(texts, owner.take(at), file)

    def _texts(self, records: Records, timing: Timing) -> tuple[dict[str, pa.Array], pa.Array]:
        shape, columns, owner = self.shape, {}, pa.nulls(records.count, pa.string())
        if shape.feed == "ent_registration":
            identity = self.registry.of_register(self.world, records)
            columns, owner = dict(identity.columns), identity.owner
        elif records.count and (records.firm >= 0).all():
            counterparty = "cp_name" in self.contract.by_name
            identity = self.registry.identify(self.world, records, shape.naming, self.rng, counterparty=counterparty)
            columns, owner = dict(identity.columns), identity.owner
        for name, column in records.columns.items():
            words = render.in_words(column, name, self.contract) if shape.words else column
            columns[name] = render.as_text(words, shape.dates)
        columns["produced_at"] = render.date_text(dates(timing.produced), shape.dates)
        if shape.says_received:
            columns["received_at"] = render.timestamp_text(timing.received, self.rng)
        supplier = same(f"{MARK}·{self.post.suppliers[shape.supplier]}", records.count)
        given = columns.get("supplier_org")
        columns["supplier_org"] = supplier if given is None else pa.compute.coalesce(given, supplier)
        return columns, owner

    def _bad_file(self) -> int:
        feed, month = BAD_FILE
        return next(
            (i for i, d in enumerate(self.dates) if i and feed == self.shape.feed and d.isoformat().startswith(month)),
            -1,
        )

    def _files(self, texts: dict[str, pa.Array], owner: pa.Array, file: Ints) -> list[Owned]:
        edges = np.searchsorted(file, np.arange(len(self.dates) + 1))
        owned = []
        tables: dict[bool, pa.Table] = {}
        for number, day in enumerate(self.dates):
            history = number == 0
            name = self._file_name(day, history)
            if history not in tables:
                tables[history] = self._table(texts, name)
            start, end = int(edges[number]), int(edges[number + 1])
            owned += self._put(
                tables[history].slice(start, end - start), name, day, owner.slice(start, end - start), history
            )
        return owned

    def _table(self, texts: dict[str, pa.Array], name: str) -> pa.Table:
        mapping = self.post.mappings.of(self.shape.supplier, name)
        return pa.table(render.mapped(texts, mapping, self.contract, titles=self.shape.titles))

    def _put(self, table: pa.Table, name: str, day: date, owner: pa.Array, history: bool) -> list[Owned]:
        shape = self.shape
        plain = (
            history
            or day.isoformat() < shape.xlsx_from
            or (shape.form is Form.XLSX and table.num_rows > LARGEST_WORKBOOK)
        )
        form = Form.CSV if plain else shape.form
        stem, days = name.rpartition(".")[0], [day]
        if shape.part == "arrears" and day.isoformat().startswith(_TWICE[1]):
            days.append(day + timedelta(days=5))
        numeric = (
            tuple(n for n in table.column_names if "日期" in n or n.endswith("_on")) if shape.dates == "serial" else ()
        )
        owned = []
        for folder_day in days:
            folder = self.post.landing / shape.supplier / folder_day.isoformat()
            title = f"{stem}（截至{day.isoformat()}）"
            path, first_row = write_table(table, folder, stem, title, form, shape.encoding, numeric=numeric)
            owned.append(Owned(path.relative_to(self.post.landing).as_posix(), shape.feed, first_row, owner))
        return owned

    def _file_name(self, day: date, history: bool) -> str:
        shape = self.shape
        if history:
            return f"{MARK}_历史存量_{shape.name}.csv"
        if shape.by_code:
            return f"{shape.feed}_{MARK}_{shape.title}_{day:%Y-%m}.csv"
        return f"{MARK}_{shape.title}_{day:%Y-%m}.csv"


def undelivered(records: dict[str, Records]) -> None:
    """Stop if a stream has no records, or records have no stream."""
    streams = {s.name for s in SHAPES}
    faults = [f"{n}: no stream delivers it" for n in sorted(set(records) - streams)]
    faults += [f"{n}: no records are made for it" for n in sorted(streams - set(records))]
    if faults:
        raise BadDeclaration("pipeline/demo", faults)


def owner_table(owned: list[Owned]) -> pa.Table:
    """path, row_no (as a spreadsheet shows it, header included), feed and the true owner's key, row by row."""
    sizes = np.array([len(o.owner) for o in owned])
    which = np.repeat(np.arange(len(owned)), sizes)
    row = np.concatenate([np.arange(n) + o.first_row for o, n in zip(owned, sizes, strict=True)])
    return pa.table(
        {
            "path": pa.DictionaryArray.from_arrays(pa.array(which.astype(np.int32)), pa.array([o.path for o in owned])),
            "row_no": pa.array(row.astype(np.int32)),
            "feed": lookup(tuple(o.feed for o in owned), which),
            "owner": pa.concat_arrays([o.owner for o in owned]),
        }
    )
