"""The verb `restore`: a backup becomes a deployment again, with the build that was published when it was made.

Everything happens in a folder beside: unpacked, every hash compared, the store brought to the newest schema, the warehouse
computed from the archive of deliveries. Only then is it put in place.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from models.build import Watch, build_id_of, run_stages, watch_nothing
from models.policy.grade import seal_policies
from models.risk.registry import PROMOTIONS, models_folder
from pipeline.errors import ChecksFailed, PipelineError
from pipeline.feeds.archive import Delivery, archived
from pipeline.settings import Settings
from pipeline.stores.access import Actor
from pipeline.stores.backup_archive import unpack
from pipeline.stores.backup_manifest import Manifest, Published, code_digest
from pipeline.stores.backup_members import DECLARATIONS, OWN_FILES, SHARED
from pipeline.stores.backup_place import held, newer_than, put_in_place, refuse_newer, staged
from pipeline.stores.operations import audit
from pipeline.stores.operations.check import check_operations
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import Warehouse, move_current, work_file, write_atomically

_WORKSHOP = ".workshop"
_CHANGED_BEFORE = (
    "备份之前程序、政策、参考数据或对照文件已经更换，而批次还是更换前算的"
    "（code or declarations had been changed after the build and before the backup）"
)


@dataclass(frozen=True)
class RestoreSummary:
    """What a restore put in place.

    `wanted`, `build_id`: the build that was published when the backup was made, and the one that was computed (None: not
    asked for, or it failed). `beside`: where what was there before lies now. `differs`: why answers may differ from those
    of then. `faults`: what is wrong with what was restored.
    """

    data: str
    file: str
    made_at: str
    wanted: str | None
    build_id: str | None
    as_of: tuple[date, ...]
    deliveries: int
    audit_rows: int
    beside: str | None
    differs: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def line(self) -> str:
        """All of it in one line."""
        if self.build_id is None:
            build = "尚未重算，请运行 build" if self.wanted else "备份时尚无批次"
        elif self.build_id == self.wanted:
            build = f"批次 {self.build_id} 已重算，与备份时相同"
        else:
            build = f"已重算为批次 {self.build_id}（备份时为 {self.wanted}）"
        beside = f"；原有内容移到 {self.beside}" if self.beside else ""
        return (
            f"已恢复到 {self.data}：{self.made_at[:16]} 的备份，送达 {self.deliveries:,}，审计 {self.audit_rows:,} 条，"
            f"{build}{beside}。所有人须重新登录"
        )


def restore(
    file: Path,
    data: Path,
    actor: Actor,
    *,
    force: bool = False,
    rebuild: bool = True,
    watch: Watch = watch_nothing,
) -> RestoreSummary:
    """Restore a backup into the folder `data`, which may be missing, empty, or hold an older deployment.

    Raises BadBackup if a byte of the file is wrong, Refused where `data` holds what the backup does not (unless
    `force`) or is in use, Busy while a build runs; `data` is as it was then.
    """
    data = Path(data).resolve()
    with staged(data) as stage:
        manifest = unpack(Path(file), stage, watch("unpack"))
        settings = Settings.load(stage)
        with held(data, settings):
            _refuse(settings, data, force=force)
            differs = tuple(_differences(settings, manifest))
            faults = tuple(_adopt(settings, actor, file, manifest))
            build_id = None
            if rebuild and manifest.published:
                try:
                    build_id = _rebuild(settings, manifest.published, watch)
                    if build_id != manifest.published.build_id and not differs:
                        differs = (_CHANGED_BEFORE,)
                except PipelineError as error:
                    faults += (f"build: {error}",)
            shutil.rmtree(stage / SHARED, ignore_errors=True)
            _refuse(settings, data, force=force)
            beside = put_in_place(stage, data, settings.now())
    return RestoreSummary(
        data=str(data),
        file=str(file),
        made_at=str(manifest.made_at),
        wanted=manifest.published.build_id if manifest.published else None,
        build_id=build_id,
        as_of=manifest.published.as_of if manifest.published else (),
        deliveries=manifest.deliveries,
        audit_rows=manifest.audit.rows,
        beside=str(beside) if beside else None,
        differs=differs,
        faults=faults,
    )


def _refuse(settings: Settings, data: Path, *, force: bool) -> None:
    newer = tuple(newer_than(settings, data))
    if not force:
        refuse_newer(data, newer)


def _differences(settings: Settings, manifest: Manifest) -> Iterator[str]:
    """Why the same deliveries may say something else here than where the backup was made."""
    if manifest.code != code_digest():
        yield f"程序版本不同：备份时 {manifest.code}，现在 {code_digest()}（made by other code）"
    for name in DECLARATIONS:
        then, now = settings.data / SHARED / name, getattr(settings, name)
        if then.is_dir() and _texts(then) != _texts(now):
            yield f"{name}：备份时用的是程序自带的另一版本（the repository's {name} were others then）"


def _texts(folder: Path) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def _adopt(settings: Settings, actor: Actor, file: Path, manifest: Manifest) -> Iterator[str]:
    """Bring the store to the newest schema, verify it, and note the restore in its log; gives what is wrong."""
    if not settings.operations.is_file():
        return
    try:
        check_operations(settings)
    except ChecksFailed as error:
        yield str(error)
    operations = Operations.open(settings)
    try:
        said = {"made_at": manifest.made_at, "rows": manifest.audit.rows, "head": manifest.audit.head}
        audit.note(operations, actor, "backup.restore", Path(file).name, **said)
    finally:
        operations.close()


def _rebuild(settings: Settings, published: Published, watch: Watch) -> str:
    """Compute the published build again and make it the current one of the restored deployment; gives its id.

    Where its id comes out the same, the moment and the times of its making are those of then: it is the same build.
    """
    deliveries = list(_deliveries_of(settings, published))
    days = list(published.as_of)
    with _workshop(settings, published, deliveries) as workshop:
        summary = run_stages(workshop, deliveries, days, {}, watch)
        is_same = summary.build_id == published.build_id
        if is_same:
            _stamp(workshop, published)
        settings.warehouse.mkdir(parents=True, exist_ok=True)
        os.replace(work_file(workshop), work_file(settings))
        issued = settings.grades / f"{summary.build_id}.parquet"
        if not issued.is_file():
            os.replace(workshop.grades / issued.name, issued)
    move_current(settings, summary.build_id)
    if not is_same:
        seal_policies(settings, days)
    return summary.build_id


@contextmanager
def _workshop(settings: Settings, published: Published, deliveries: list[Delivery]) -> Iterator[Settings]:
    """A deployment on the day of the build, that knows what the build knew and no more.

    Its archive and declarations are those of the restored one; of the issued grades only those that had been issued
    before, and of the promotions those by which the build's id comes out, where there are such.
    """
    folder = settings.data / _WORKSHOP
    (folder / "var" / "grades").mkdir(parents=True)
    for name in (*OWN_FILES, *DECLARATIONS, "var/raw", "var/grade.lock", "var/secret"):
        if (settings.data / name).exists():
            (folder / name).symlink_to(settings.data / name)
    for build_id in published.history:
        if (settings.grades / f"{build_id}.parquet").is_file():
            (folder / "var" / "grades" / f"{build_id}.parquet").symlink_to(settings.grades / f"{build_id}.parquet")
    write_atomically(folder / "var" / "grades" / "PUBLISHED", "".join(f"{b}\n" for b in published.history))
    workshop = replace(Settings.load(folder), day=published.today)
    try:
        _bring_models(settings, workshop, published, deliveries)
        yield workshop
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bring_models(settings: Settings, workshop: Settings, published: Published, deliveries: list[Delivery]) -> None:
    """The models, with the promotions up to the one after which the build was made; all of them if none gives its id."""
    there, here = models_folder(settings), models_folder(workshop)
    log = there / PROMOTIONS
    if log.is_file():
        shutil.copytree(there, here)
        lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
        for count in range(len(lines), -1, -1):
            (here / PROMOTIONS).write_text("".join(lines[:count]), encoding="utf-8")
            if build_id_of(workshop, deliveries, list(published.as_of)) == published.build_id:
                return
        shutil.rmtree(here)
    there.mkdir(parents=True, exist_ok=True)
    here.symlink_to(there)  # what is learned on the way stays


def _deliveries_of(settings: Settings, published: Published) -> Iterator[Delivery]:
    """The archived deliveries that the build held, accepted or not as they were then, in the order of a build."""
    accepted = {(t.supplier, t.sha256, t.path): t.accepted for t in published.deliveries}
    known = [d for d in archived(settings) if (d.supplier, d.sha256, d.path) in accepted]
    for delivery in sorted(known, key=lambda d: (d.received_at, d.supplier, d.file_name, d.sha256)):
        yield replace(delivery, accepted=accepted[delivery.supplier, delivery.sha256, delivery.path])


def _stamp(workshop: Settings, published: Published) -> None:
    """When the build was made and how long its stages took: then, not now."""
    seconds = pd.DataFrame(list(published.seconds.items()), columns=["stage", "seconds"])
    with Warehouse.open(work_file(workshop)) as warehouse:
        warehouse.execute("UPDATE mart.build SET built_at = ?", [published.built_at])
        warehouse.load("mart.stage_seconds", seconds)
        warehouse.close()
