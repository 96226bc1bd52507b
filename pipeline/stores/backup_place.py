"""Putting a restored deployment in its place: whole or not at all, and nothing that was there is deleted.

A missing or empty folder is replaced by one rename. In a folder that holds something, `var` is what makes it a deployment:
the old one goes aside first and the new one comes last, so that a power cut leaves the old deployment, none, or the
new one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from pipeline.domain import Text
from pipeline.errors import Busy, Refused
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.backup_archive import sync_folder
from pipeline.stores.backup_members import DECLARATIONS, OWN_FILES
from pipeline.stores.lock import build_lock
from pipeline.stores.operations.copy import acts_unknown_to, is_in_use
from pipeline.stores.warehouse import published_builds

_STAGE = "restoring"


@contextmanager
def staged(data: Path) -> Iterator[Path]:
    """An empty private folder on the disk of `data` in which a deployment is put together; gone afterwards unless it
    has become `data`. What an earlier restore left that was cut off is cleared away.
    """
    if data.exists() and not data.is_dir():
        raise Refused(f"{data} 不是目录", f"{data} is no folder")
    stage = _beside(data) if _is_vacant(data) else data / f".{_STAGE}"
    stage.parent.mkdir(parents=True, exist_ok=True)
    with _alone(stage.parent):
        shutil.rmtree(stage, ignore_errors=True)
        stage.mkdir(mode=0o700)
        try:
            yield stage
        finally:
            shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def held(data: Path, stage: Settings) -> Iterator[None]:
    """Both deployments held against builds, the one that is there and the one that comes. Raises Busy if one builds."""
    there = Settings(data, stage.city, data / "landing")
    with build_lock(stage):
        if not there.var.is_dir():
            yield
            return
        with build_lock(there):
            yield


def newer_than(stage: Settings, data: Path) -> Iterator[Text]:
    """What the deployment in `data` holds that the restored one does not: acts, published builds, deliveries.

    Raises Refused while the app or another process has its store open.
    """
    there = Settings(data, stage.city, data / "landing")
    if there.operations.is_file():
        if is_in_use(there.operations):
            raise Refused(
                f"{there.operations} 正在使用，请先停止网页服务", f"{there.operations} is in use: stop the app first"
            )
        yield from _newer_acts(stage, there)
    builds = [b for b in published_builds(there) if b not in published_builds(stage)]
    if builds:
        yield Text(f"{len(builds)} 个之后发布的批次（{builds[-1]}）", f"{len(builds)} builds published since")
    files = _deliveries(there) - _deliveries(stage)
    if files:
        yield Text(f"{len(files):,} 个之后送达的文件", f"{len(files):,} files delivered since")


def refuse_newer(data: Path, newer: tuple[Text, ...]) -> None:
    """Raise Refused with what would be put aside."""
    if newer:
        raise Refused(
            f"{data} 有备份里没有的内容：{'；'.join(t.zh for t in newer)}。确需恢复请加 --force，原有内容会移到旁边，不会删除",
            f"{data} holds what the backup does not: {'; '.join(t.en for t in newer)}. --force restores nevertheless"
            " and keeps what was there beside",
        )


def put_in_place(stage: Path, data: Path, moment: datetime) -> Path | None:
    """Make the staged deployment the one in `data`; gives the folder beside in which what was there lies, if anything."""
    os.sync()
    if _is_vacant(data):
        if data.is_dir():
            stage.chmod(data.stat().st_mode)
        os.replace(stage, data)
        sync_folder(data.parent)
        return None
    aside = data / f"before-{moment:%Y%m%d-%H%M%S}"
    for name in ("var", *_replaced(stage, data)):
        if (data / name).exists():
            aside.mkdir(exist_ok=True, mode=0o700)
            os.replace(data / name, aside / name)
    for name in (*OWN_FILES, *DECLARATIONS, "var"):
        if (stage / name).exists() and not (data / name).exists():
            os.replace(stage / name, data / name)
    sync_folder(data)
    return aside if aside.is_dir() else None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder against a second restore; raises Busy if one is at work there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise Busy(f"{folder} 中另一恢复正在进行（another restore is at work there）") from error
    finally:
        os.close(handle)


def _replaced(stage: Path, data: Path) -> Iterator[str]:
    """What lies beside var and differs from what comes. The repository's declarations stay where none come: they are shared."""
    for name in (*OWN_FILES, *DECLARATIONS):
        comes, there = stage / name, data / name
        if there.exists() and (comes.exists() or data != DEFAULT_DATA) and _content(comes) != _content(there):
            yield name


def _content(path: Path) -> dict[str, bytes]:
    if path.is_file():
        return {"": path.read_bytes()}
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in path.rglob("*") if p.is_file()}


def _newer_acts(stage: Settings, there: Settings) -> Iterator[Text]:
    if not stage.operations.is_file():
        yield Text("业务库（备份里没有）", "an operations store (the backup has none)")
        return
    unknown = acts_unknown_to(stage.operations, there.operations)
    if unknown is None:
        yield Text("业务库（已损坏，无法比较）", "an operations store (damaged: nobody can compare it)")
    elif unknown.rows:
        until = f"{unknown.until:%Y-%m-%d %H:%M}" if unknown.until else "—"
        yield Text(
            f"{unknown.rows:,} 条审计记录（最近 {until}）", f"{unknown.rows:,} rows of the log (the last of {until})"
        )


def _deliveries(settings: Settings) -> set[str]:
    return {p.name for p in (settings.raw / "deliveries").glob("*.json")}


def _is_vacant(data: Path) -> bool:
    """Whether `data` can be replaced by a rename: it is missing, or empty and no disk of its own."""
    if not data.exists():
        return True
    is_empty = not any(p for p in data.iterdir() if p.name != f".{_STAGE}")
    return is_empty and data.stat().st_dev == data.parent.stat().st_dev and not (data / f".{_STAGE}").exists()


def _beside(data: Path) -> Path:
    return data.parent / f".{data.name}.{_STAGE}"
