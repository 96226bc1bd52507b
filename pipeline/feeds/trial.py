"""What `ingest` would make of one file: read, recognised and judged in a folder of its own that is deleted at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.errors import BadDelivery, Refused
from pipeline.feeds.archive import SYNTHETIC_MARK, MixedDeliveries, find_delivery
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.ingest import REGISTER, UNRECOGNISED, ingest
from pipeline.feeds.read import fingerprint
from pipeline.progress import Progress, silent
from pipeline.reference import Reference
from pipeline.settings import Settings
from pipeline.stores.landing import put_file
from pipeline.stores.warehouse import Warehouse

_OWN_FOLDERS = ("reference", "mappings")
"""What decides how a file is read: linked into the trial's folder from the deployment."""
_MIXED = {
    True: f"{{name}}：没有“{SYNTHETIC_MARK}”字样，而本部署只收演示数据（this deployment takes synthetic data only）",
    False: f"{{name}}：是{SYNTHETIC_MARK}，而本部署只收真实数据（this deployment takes real data only）",
}


@dataclass(frozen=True)
class Fault:
    """Rows of one table that were refused or left out for the same reason."""

    outcome: str
    rule: str
    field: str
    expected: str
    records: int


@dataclass(frozen=True)
class TrialTable:
    """One table of the file: the feed it was read as (None: none fits), its rows by outcome, titles that lead nowhere.

    `reason`: why it would be set aside whole, None where it would be taken.
    """

    member: str
    feed: str | None
    delivered: int
    accepted: int
    excluded: int
    quarantined: int
    unknown_columns: str
    ignored: str
    reason: str | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class TrialReport:
    """What would become of a file. `refused`: why it can't be delivered at all; `seen_on`: when it already was.

    `is_fit`: it is new, something in it would be taken, and nothing in it would stop the next build.
    """

    file_name: str
    sha256: str
    tables: tuple[TrialTable, ...]
    refused: str | None
    seen_on: str | None
    is_fit: bool

    @property
    def line(self) -> str:
        """All of it in one line."""
        if self.refused:
            return self.refused
        told = [
            f"{t.member or self.file_name}：{BY_CODE[t.feed].title.zh if t.feed else '未能识别'}，"
            f"{t.delivered:,} 行 = 合格 {t.accepted:,} + 排除 {t.excluded:,} + 隔离 {t.quarantined:,}"
            f"{'；' + t.reason if t.reason else ''}"
            for t in self.tables
        ]
        return "\n".join([*told, *([f"此前已于 {self.seen_on} 送达"] if self.seen_on else [])])


def try_file(settings: Settings, path: Path, supplier: str, name: str, progress: Progress = silent) -> TrialReport:
    """Read and judge the file at `path`, which its supplier calls `name`, as the next build would; keeps nothing."""
    if supplier not in settings.city.suppliers:
        raise Refused(f"没有来源单位 {supplier}", f"no supplier {supplier}")
    sha = fingerprint(path)
    seen = find_delivery(settings, sha, supplier)
    seen_on = seen.received_at.date().isoformat() if seen and seen.unreadable is None else None
    settings.var.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="trial-", dir=settings.var) as made:
        scratch = _scratch(settings, Path(made), path, supplier, name)
        with Warehouse.create(scratch.warehouse / "trial.duckdb") as warehouse:
            reference = Reference.load(settings.reference)
            try:
                ingest(scratch, warehouse, reference, BY_CODE, needs_register=False, progress=progress)
            except MixedDeliveries:
                return TrialReport(name, sha, (), _MIXED[settings.city.synthetic].format(name=name), seen_on, False)
            except BadDelivery as error:
                return TrialReport(name, sha, (), str(error), seen_on, False)
            tables = _tables(warehouse, name)
    stops = any(t.feed == REGISTER and t.reason for t in tables)
    is_fit = seen_on is None and not stops and any(not t.reason for t in tables)
    return TrialReport(name, sha, tables, None, seen_on, is_fit)


def _scratch(settings: Settings, folder: Path, path: Path, supplier: str, name: str) -> Settings:
    """A deployment that has received nothing but this file today."""
    for own in _OWN_FOLDERS:
        (folder / own).symlink_to(getattr(settings, own))
    scratch = replace(settings, data=folder, landing=folder / "landing", day=settings.today())
    put_file(scratch, supplier, path, f"file{path.suffix}", name)
    return scratch


def _tables(warehouse: Warehouse, name: str) -> tuple[TrialTable, ...]:
    found = warehouse.rows(
        "SELECT delivery_no, file_name, feed, delivered, unknown_columns, ignored, reason FROM mart.delivery ORDER BY 1"
    )
    tables = []
    for number, file_name, feed, delivered, unknown, ignored, reason in found:
        faults = _faults(warehouse, feed or UNRECOGNISED, number)
        sums = {o: sum(f.records for f in faults if f.outcome == o) for o in ("excluded", "quarantined")}
        accepted = delivered - sums["excluded"] - sums["quarantined"]
        member = file_name.removeprefix(name).lstrip("/")
        counts = (accepted, sums["excluded"], sums["quarantined"])
        tables.append(TrialTable(member, feed, delivered, *counts, unknown or "", ignored or "", reason, faults))
    return tuple(tables)


def _faults(warehouse: Warehouse, room: str, number: int) -> tuple[Fault, ...]:
    rows = warehouse.rows(
        f"SELECT outcome, rule, field, max(expected), count(*)::BIGINT AS records FROM quarantine.{room}"
        " WHERE delivery_no = ? GROUP BY ALL ORDER BY records DESC, rule, field",
        [number],
    )
    return tuple(Fault(*r) for r in rows)
