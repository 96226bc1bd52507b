"""The raw archive: every delivered file, kept for ever by its content.

`raw/<sha>-<n>.parquet` holds a delivered table as text, `raw/deliveries/<sha>-<supplier>.json` what is
known of the file, `raw/unreadable/<sha>` the bytes of a file that no reader understands. A file whose
content a supplier has delivered before is the same delivery, whatever its name. An empty table is another
matter: it says that there was nothing to report that day, and counts for each day anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path

from pipeline.domain import Text
from pipeline.errors import BadDelivery
from pipeline.feeds.contract import FeedContract
from pipeline.feeds.mapping import Mappings
from pipeline.feeds.raw import BrokenRow, RawTable, refusal
from pipeline.feeds.read import fingerprint, read_delivery, write_raw
from pipeline.progress import Progress, silent
from pipeline.settings import OWN_SUPPLIER, Settings
from pipeline.stores.landing import LONGEST_SUPPLIER, leads_out, original_name, plain
from pipeline.stores.warehouse import write_atomically

LOG = logging.getLogger("credit_risk.archive")
SYNTHETIC_MARK = "演示数据"
"""What every cell of a synthetic delivery's supplying unit says."""
_IGNORED_ENDINGS = (".part", ".tmp")
_SAMPLE_ROWS = 50
READERS = min(4, os.cpu_count() or 1)
"""Files read at the same time: decoding, parsing and compressing run outside Python's lock."""


class MixedDeliveries(BadDelivery):
    """A real delivery came to a synthetic deployment, or the other way round."""


@dataclass(frozen=True)
class DeliveredTable:
    """One table of a delivered file: a sheet, a member of a zip, or the whole file ('')."""

    member: str
    header: tuple[str, ...]
    rows: int
    blank_rows: int
    title_rows: tuple[str, ...]
    broken: tuple[BrokenRow, ...]
    parquet: str
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delivery:
    """One file received: where from, when, what it holds, and whether it could be read.

    `folder_date`: date of its landing folder. `history`, `accepted`: said on the command line.
    """

    sha256: str
    supplier: str
    file_name: str
    path: str
    size: int
    modified_ns: int
    folder_date: date | None
    registered_at: datetime
    synthetic: bool
    history: bool
    accepted: bool
    tables: tuple[DeliveredTable, ...]
    unreadable: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it was read and holds no row."""
        return self.unreadable is None and not any(t.rows or t.broken for t in self.tables)

    @property
    def identity(self) -> tuple[str, str, date | None]:
        """What makes two files the same delivery."""
        return self.supplier, self.sha256, self.folder_date if self.is_empty else None

    @property
    def received_at(self) -> datetime:
        """When its rows were received, unless they say so themselves."""
        if self.folder_date is None:
            return self.registered_at
        return datetime.combine(self.folder_date, datetime.min.time())


def register(
    settings: Settings,
    mappings: Mappings,
    contracts: dict[str, FeedContract],
    *,
    history: bool = False,
    progress: Progress = silent,
) -> list[Delivery]:
    """Take every new file of the landing folder into the archive; gives all deliveries ever received.

    A file that couldn't be read is tried again as long as it lies in the landing folder: a new mapping
    may make it readable. Raises BadDelivery where real and synthetic deliveries would mix.
    """
    known = {d.identity: d for d in archived(settings)}
    for earlier in known.values():
        _refuse_mixture(settings, earlier)
    seen = {(d.path, d.size, d.modified_ns) for d in known.values() if d.unreadable is None}
    waiting = [f for f in landing_files(settings, needed=not known) if _stamp(settings, f) not in seen]

    def read(path: Path) -> Delivery | None:
        supplier, folder_date = _origin(settings.landing, path)
        sha = _fingerprint(settings, path)
        if sha is None:
            return None
        before = known.get((supplier, sha, None)) or known.get((supplier, sha, folder_date))
        if before is not None and before.unreadable is None:
            return None
        is_history = history and supplier != OWN_SUPPLIER  # own results say when they were entered
        delivery = _take(settings, mappings, contracts, path, sha, supplier, folder_date, is_history)
        return replace(delivery, registered_at=before.registered_at, accepted=before.accepted) if before else delivery

    readers = ThreadPoolExecutor(READERS)
    try:
        for done, delivery in enumerate(readers.map(read, waiting)):
            progress(done, len(waiting))
            if delivery is not None and not _is_readable(known.get(delivery.identity)):
                _refuse_mixture(settings, delivery)
                _save(settings, delivery)
                known[delivery.identity] = delivery
    finally:
        readers.shutdown(cancel_futures=True)
    progress(len(waiting), len(waiting))
    return sorted(known.values(), key=lambda d: (d.received_at, d.supplier, d.file_name, d.sha256))


def _is_readable(delivery: Delivery | None) -> bool:
    return delivery is not None and delivery.unreadable is None


def archived(settings: Settings) -> Iterator[Delivery]:
    """Every delivery of the archive, in no order."""
    for path in sorted((settings.raw / "deliveries").glob("*.json")):
        yield _from_json(path.read_text(encoding="utf-8"))


def accept(settings: Settings, file_name: str) -> list[Delivery]:
    """Mark the deliveries of this file name as accepted after a look, however many rows are refused.

    A path, or a name with the zip member or sheet behind it, as a build prints it, is taken too.
    """
    everything = list(archived(settings))
    found = [d for d in everything if d.file_name in Path(file_name).parts]
    if not found:
        near = get_close_matches(Path(file_name).name, [d.file_name for d in everything], n=1)
        hint = f"；是否指 {near[0]}？" if near else ""
        raise BadDelivery(f"没有收到过名为 {file_name} 的文件{hint}（no delivered file has this name）")
    for delivery in found:
        _save(settings, replace(delivery, accepted=True))
    return found


def accept_delivery(settings: Settings, sha256: str, supplier: str) -> Delivery:
    """Mark one delivery, named by its content and supplier, as accepted; raises BadDelivery if there is none."""
    delivery = find_delivery(settings, sha256, supplier)
    if delivery is None:
        raise BadDelivery(f"没有收到过 {supplier} 的这个文件（no such delivery of {supplier}）")
    _save(settings, replace(delivery, accepted=True))
    return delivery


def find_delivery(settings: Settings, sha256: str, supplier: str) -> Delivery | None:
    """The delivery of this content by this supplier, None if it has not been received yet."""
    folder = settings.raw / "deliveries"
    found = (_from_json(p.read_text(encoding="utf-8")) for p in folder.glob(f"{sha256[:24]}-*.json"))
    return next((d for d in found if (d.sha256, d.supplier) == (sha256, supplier)), None)


def table_path(settings: Settings, table: DeliveredTable) -> Path:
    """Where the text of a delivered table lies."""
    return settings.raw / table.parquet


def _take(
    settings: Settings,
    mappings: Mappings,
    contracts: dict[str, FeedContract],
    path: Path,
    sha: str,
    supplier: str,
    folder_date: date | None,
    history: bool,
) -> Delivery:
    stat = path.stat()
    tables: list[DeliveredTable] = []
    name = original_name(path)
    unreadable, synthetic = None, SYNTHETIC_MARK in name
    try:
        for number, table in enumerate(_tables(settings, mappings, contracts, path, supplier, name)):
            target = f"{sha}-{number}.parquet"
            write_raw(table, settings.raw / target)
            synthetic = synthetic or _says_synthetic(table)
            tables.append(
                DeliveredTable(
                    table.member,
                    table.header,
                    table.rows,
                    table.blank_rows,
                    table.title_rows,
                    table.broken,
                    target,
                    table.ignored,
                )
            )
    except BadDelivery as error:
        unreadable = str(error)
        if not isinstance(error, _NotOurs):
            keep = settings.raw / "unreadable" / sha
            keep.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, keep)
    return Delivery(
        sha256=sha,
        supplier=supplier,
        file_name=name,
        path=_relative(settings, path),
        size=stat.st_size,
        modified_ns=stat.st_mtime_ns,
        folder_date=folder_date,
        registered_at=settings.now(),
        synthetic=synthetic,
        history=history,
        accepted=False,
        tables=tuple(tables),
        unreadable=unreadable,
    )


class _NotOurs(BadDelivery):
    """A file that can't be opened, or a link that leads out: there is nothing to keep."""


def _fingerprint(settings: Settings, path: Path) -> str | None:
    """SHA-256 of the content, of the name where it can't be opened; None for what has been moved away meanwhile."""
    try:
        return fingerprint(path)
    except FileNotFoundError:
        return None
    except PermissionError:
        return hashlib.sha256(_relative(settings, path).encode()).hexdigest()


def _tables(
    settings: Settings,
    mappings: Mappings,
    contracts: dict[str, FeedContract],
    path: Path,
    supplier: str,
    name: str,
) -> list[RawTable]:
    """The tables of a landed file; raises BadDelivery whatever is wrong with it: one file never stops a build."""
    mapping = mappings.of(supplier, name)
    sense = mappings.header_sense(supplier, name, contracts.values())
    encoding, sheet = (mapping.encoding, mapping.sheet) if mapping else (None, None)
    expected, again = Text("可以打开的文件", "a file that can be opened"), Text("请重新送达", "deliver it again")
    if leads_out(settings.landing, path):
        received = Text("指向送达目录之外的链接", "a link that leads out of the landing folder")
        raise refusal(name, expected, received, again, _NotOurs)
    try:
        return read_delivery(path, sense, encoding=encoding, sheet=sheet, name=name)
    except PermissionError:
        received = Text("没有读取权限的文件", "one that this program may not read")
        raise refusal(name, expected, received, again, _NotOurs) from None
    except (BadDelivery, OSError):
        raise
    except Exception as fault:
        LOG.exception("a reader failed on %s", name)
        received = Text(
            f"读取程序出错的文件（{type(fault).__name__}）", f"one that a reader fails on ({type(fault).__name__})"
        )
        raise refusal(name, Text("完好的文件", "a sound file"), received, again) from fault


def _says_synthetic(table: RawTable) -> bool:
    head = table.table.slice(0, _SAMPLE_ROWS).to_pydict()
    cells = (str(v) for values in head.values() for v in values if v is not None)
    return any(SYNTHETIC_MARK in text for text in (*table.title_rows, *cells))


def _refuse_mixture(settings: Settings, delivery: Delivery) -> None:
    if delivery.synthetic == settings.city.synthetic or (delivery.unreadable and settings.city.synthetic):
        return
    kinds = ("演示数据", "真实数据") if delivery.synthetic else ("真实数据", "演示数据")
    raise MixedDeliveries(
        f"{delivery.path} 是{kinds[0]}，而本部署（{settings.data}）只收{kinds[1]}：两者不得混用。"
        "请移走该文件后重试（real and synthetic deliveries never mix: move the file away）"
    )


def landing_files(settings: Settings, *, needed: bool) -> list[Path]:
    """The files that wait. A deployment's own landing folder may be gone once the archive holds deliveries."""
    landing = settings.landing
    if not landing.is_dir():
        if not needed and landing == settings.data / "landing":
            return []
        raise BadDelivery(f"找不到送达目录 {landing}（the landing folder does not exist）")
    found = (p for p in landing.rglob("*") if p.is_file() and p.parent != landing)
    return sorted(p for p in found if not p.name.startswith((".", "~$")) and p.suffix not in _IGNORED_ENDINGS)


def _origin(landing: Path, path: Path) -> tuple[str, date | None]:
    """Supplier and date of landing/<supplier>/<date>/<file>."""
    supplier, *folders, _ = map(plain, path.relative_to(landing).parts)
    for folder in folders:
        try:
            return supplier, date.fromisoformat(folder)
        except ValueError:
            continue
    return supplier, None


def _relative(settings: Settings, path: Path) -> str:
    return plain(path.relative_to(settings.landing).as_posix())


def _stamp(settings: Settings, path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return _relative(settings, path), stat.st_size, stat.st_mtime_ns


def _save(settings: Settings, delivery: Delivery) -> None:
    day = f"-{delivery.folder_date}" if delivery.is_empty else ""
    supplier = delivery.supplier
    if len(supplier) > LONGEST_SUPPLIER:  # any folder name may come; ours has to fit the file system
        supplier = supplier[:20] + hashlib.sha256(supplier.encode()).hexdigest()[:24]
    target = settings.raw / "deliveries" / f"{delivery.sha256[:24]}-{supplier}{day}.json"
    write_atomically(target, json.dumps(asdict(delivery), ensure_ascii=False, default=str), durable=False)


def _from_json(text: str) -> Delivery:
    raw = json.loads(text)
    tables = tuple(
        DeliveredTable(
            **{
                **t,
                "header": tuple(t["header"]),
                "title_rows": tuple(t["title_rows"]),
                "broken": tuple(BrokenRow(**b) for b in t["broken"]),
                "ignored": tuple(t["ignored"]),
            }
        )
        for t in raw.pop("tables")
    )
    folder_date = raw.pop("folder_date")
    return Delivery(
        **{**raw, "registered_at": datetime.fromisoformat(raw["registered_at"])},
        folder_date=date.fromisoformat(folder_date) if folder_date else None,
        tables=tables,
    )
