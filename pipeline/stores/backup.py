"""The verb `backup`: everything of a deployment that can't be derived again, into one file that proves itself.

The build lock is held while it copies, so raw archive, models and issued grades are of one moment; the operations store
is copied by SQLite, whole, while people go on working.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pipeline.errors import Busy, Refused
from pipeline.progress import Progress, silent
from pipeline.settings import Settings
from pipeline.stores.access import Actor
from pipeline.stores.backup_archive import Writer, new_archive, refuse_existing, told
from pipeline.stores.backup_manifest import Manifest, code_digest, published_of
from pipeline.stores.backup_members import DECLARATIONS, STORE, Member, members_of, unknown_in_var
from pipeline.stores.lock import build_lock
from pipeline.stores.operations import audit
from pipeline.stores.operations.copy import Log, check_copy, copy_store, log_of
from pipeline.stores.operations.store import Operations

_PAUSE = 2.0
"""Seconds between two looks at a lock that somebody holds."""
_NO_LOG = Log(0, None, None)


@dataclass(frozen=True)
class BackupSummary:
    """What a backup holds and what it does not.

    `audit_head`: the seal of the log's last row, to be compared with what the deployment says later. `not_included`:
    delivered files that no build has taken yet. `unknown`: names in var that are not known to belong. `faults`: what is
    wrong with the deployment itself; the backup is whole nevertheless.
    """

    file: str
    size: int
    seconds: float
    made_at: datetime
    build_id: str | None
    as_of: tuple[date, ...]
    members: int
    deliveries: int
    audit_rows: int
    audit_head: str
    not_included: tuple[str, ...]
    unknown: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def line(self) -> str:
        """All of it in one line."""
        build = f"批次 {self.build_id}" if self.build_id else "尚无批次"
        return (
            f"已备份到 {self.file}：{self.size / 1e6:,.1f} MB，{self.members:,} 个文件，{build}，"
            f"送达 {self.deliveries:,}，审计 {self.audit_rows:,} 条（末条 {self.audit_head[:12] or '—'}），{self.seconds:.1f} 秒"
        )


def backup(
    settings: Settings,
    out: Path,
    actor: Actor,
    *,
    waiting: tuple[str, ...] = (),
    force: bool = False,
    wait_seconds: float = 0,
    progress: Progress = silent,
) -> BackupSummary:
    """Back a deployment up into `out`, a file, or a folder in which the file gets a name of its own.

    `waiting`: delivered files that are not in the archive yet, to be named. Raises Refused where the file exists or
    would lie in the deployment, Busy where a build runs for longer than `wait_seconds`, NoRoom where the disk is full;
    nothing is left then.
    """
    start = time.perf_counter()
    target = _target(settings, out, force=force)
    aside = target.with_name(f".{hashlib.sha256(str(settings.data).encode()).hexdigest()[:8]}.backup")
    with ExitStack() as stack:
        _take_lock(stack, settings, wait_seconds)
        _note(settings, actor, target)
        copied = stack.enter_context(_copied_store(settings, aside.with_suffix(".sqlite")))
        with new_archive(target, aside.with_suffix(".part")) as archive:
            manifest = _write(settings, archive, copied, progress)
        chain = check_copy(settings, copied).fault if copied else None
    return BackupSummary(
        file=str(target),
        size=target.stat().st_size,
        seconds=round(time.perf_counter() - start, 2),
        made_at=manifest.made_at,
        build_id=manifest.published.build_id if manifest.published else None,
        as_of=manifest.published.as_of if manifest.published else (),
        members=len(manifest.members),
        deliveries=manifest.deliveries,
        audit_rows=manifest.audit.rows,
        audit_head=manifest.audit.head or "",
        not_included=waiting,
        unknown=unknown_in_var(settings),
        faults=(*((f"audit: {chain}",) if chain else ()), *_missing_tables(settings, manifest)),
    )


def _write(settings: Settings, archive: Writer, copied: Path | None, progress: Progress) -> Manifest:
    """Every member, then the manifest."""
    members = [Member(m.name, copied) if copied and m.name == STORE else m for m in members_of(settings)]
    for done, member in enumerate(members):
        progress(done, len(members))
        archive.add(member)
    manifest = Manifest(
        made_at=settings.now(),
        code=code_digest(),
        city=settings.city.name.zh,
        synthetic=settings.city.synthetic,
        today=settings.today(),
        own=tuple(name for name in DECLARATIONS if (settings.data / name).is_dir()),
        published=published_of(settings),
        audit=log_of(copied) if copied else _NO_LOG,
        deliveries=sum(m.name.startswith("var/raw/deliveries/") for m in members),
        members=tuple(archive.entries),
    )
    archive.finish(manifest)
    progress(len(members), len(members))
    return manifest


def _target(settings: Settings, out: Path, *, force: bool) -> Path:
    """Where the backup will lie; refused within the deployment, since it would be lost with it."""
    target = Path(out).resolve()
    if target.is_dir():
        target = target / f"credit-risk-{settings.now():%Y%m%d-%H%M%S}.tar"
    if target.is_relative_to(settings.data):
        raise Refused(
            f"备份不能放在部署目录 {settings.data} 之内，请放到另一处，最好是另一台机器",
            f"a backup can't lie in the deployment {settings.data}: keep it elsewhere, best on another machine",
        )
    if not target.parent.is_dir():
        raise Refused(f"没有目录 {target.parent}", f"there is no folder {target.parent}")
    refuse_existing(target, force=force)
    return target


def _take_lock(stack: ExitStack, settings: Settings, wait_seconds: float) -> None:
    """Hold the build lock; raises Busy with its holder once the patience is over."""
    until = time.monotonic() + wait_seconds
    while True:
        try:
            stack.enter_context(build_lock(settings))
        except Busy:
            if time.monotonic() >= until:
                raise
            time.sleep(min(_PAUSE, max(until - time.monotonic(), 0)))
        else:
            return


def _note(settings: Settings, actor: Actor, target: Path) -> None:
    """The audit row of the backup; written before the copy, so that the copy holds it."""
    if settings.operations.is_file():
        operations = Operations.open(settings)
        try:
            audit.note(operations, actor, "backup.make", target.name)
        finally:
            operations.close()


@contextmanager
def _copied_store(settings: Settings, copied: Path) -> Iterator[Path | None]:
    """A copy of the operations store (mode 600), for as long as it is needed; None without a store."""
    if not settings.operations.is_file():
        yield None
        return
    try:
        with told(copied):
            copied.unlink(missing_ok=True)
            os.close(os.open(copied, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            copy_store(settings.operations, copied)
        yield copied
    finally:
        for name in (copied.name, f"{copied.name}-journal", f"{copied.name}-wal", f"{copied.name}-shm"):
            copied.with_name(name).unlink(missing_ok=True)


def _missing_tables(settings: Settings, manifest: Manifest) -> Iterator[str]:
    """Deliveries whose table is not in the archive of deliveries: no rebuild can bring those rows back."""
    there = {entry.name for entry in manifest.members}
    for path in sorted((settings.raw / "deliveries").glob("*.json")):
        for table in json.loads(path.read_text(encoding="utf-8"))["tables"]:
            if f"var/raw/{table['parquet']}" not in there:
                yield f"raw: {table['parquet']}（{path.name}）"
