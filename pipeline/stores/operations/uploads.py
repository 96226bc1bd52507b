"""Files that people upload: kept aside, tried in a child process, and put into the landing folder only then.

The name that the sender gave is metadata: the file lies under a generated name, first in var/uploads, then in landing.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.errors import NoRoom, Refused, told_if_full
from pipeline.stores.access import Actor, Role
from pipeline.stores.landing import put_file
from pipeline.stores.operations import audit
from pipeline.stores.operations.child import Limits, is_alive, start, state_of
from pipeline.stores.operations.store import Operations

UPLOADERS = (Role.SUPERVISOR, Role.ADMIN)
ENDINGS = ("csv", "xlsx", "xls", "parquet", "zip")
LARGEST_MEGABYTES = 100
LONGEST_NAME = 120
TRIAL_LIMITS = Limits(megabytes=6_000, seconds=150)
LONGEST_SECONDS = 180
"""Wall-clock seconds after which a trial is ended."""
_KEPT = timedelta(days=1)
"""How long a file that nobody confirmed is kept."""


@dataclass(frozen=True)
class Upload:
    """A file that waits for its trial and somebody's word: whose it is, what its sender calls it, where it lies."""

    token: str
    supplier: str
    name: str
    size: int
    path: Path
    staged_at: datetime

    @property
    def progress(self) -> Path:
        """What its trial says of itself."""
        return self.path.with_name("trial.json")


@dataclass(frozen=True)
class Trial:
    """How far a trial is: a share of 1, and, once `is_over`, its report as the command gave it."""

    share: float
    is_over: bool
    report: dict[str, Any] | None


def checked_name(name: str) -> str:
    """The name if it is a plain file name of a kind that can be read; raises Refused with what is wrong with it."""
    if not name or not name.isprintable():
        raise Refused(
            "文件名为空或含有控制字符（如 NUL），请改名后再上传", "the name is empty or holds control characters"
        )
    if any(c in name for c in "/\\") or name.startswith((".", "~$")):
        raise Refused(
            f"文件名“{name}”不能含路径，也不能以“.”或“~$”开头", f"“{name}” is a path or a hidden file, not a name"
        )
    if len(name) > LONGEST_NAME:
        raise Refused(f"文件名超过 {LONGEST_NAME} 个字符", f"the name is longer than {LONGEST_NAME} characters")
    if Path(name).suffix.lower().lstrip(".") not in ENDINGS:
        kinds = "、".join(ENDINGS)
        raise Refused(f"“{name}”不是可以归集的文件：只收 {kinds}", f"“{name}” can't be read: {', '.join(ENDINGS)} only")
    return name


def stage(operations: Operations, actor: Actor, supplier: str, name: str, content: bytes) -> Upload:
    """Keep a file aside and start its trial; nothing is delivered. Raises Refused for what can't be a delivery."""
    actor.must_be(*UPLOADERS)
    if supplier not in operations.settings.city.suppliers:
        raise Refused("请选择来源单位", "choose whose delivery it is")
    ending = Path(checked_name(name)).suffix.lower()
    if not content:
        raise Refused(f"“{name}”是空文件", f"“{name}” is empty")
    if len(content) > LARGEST_MEGABYTES << 20:
        raise Refused(
            f"文件超过 {LARGEST_MEGABYTES} MB，请拆分", f"the file is larger than {LARGEST_MEGABYTES} MB: split it"
        )
    folder = _folder(operations)
    _forget_old(folder)
    token = secrets.token_hex(8)
    (folder / token).mkdir(mode=0o700)
    path = folder / token / f"upload{ending}"
    try:
        with told_if_full(name):
            path.write_bytes(content)
    except NoRoom:
        shutil.rmtree(path.parent, ignore_errors=True)
        raise
    upload = Upload(token, supplier, name, len(content), path, operations.settings.now())
    audit.note(operations, actor, "upload.try", name, supplier=supplier, size=len(content))
    words = ["try", str(path), "--supplier", supplier, f"--name={name}", "--json"]
    start(operations.settings, words, upload.progress, TRIAL_LIMITS)
    return upload


def trial_of(operations: Operations, actor: Actor, upload: Upload) -> Trial:
    """How far the trial of an upload is; raises Refused where it failed or took too long."""
    actor.must_be(*UPLOADERS)
    state = state_of(upload.progress)
    if state.get("is_whole"):
        report: dict[str, Any] = json.loads(upload.progress.with_suffix(".out").read_text(encoding="utf-8"))
        return Trial(1.0, True, report)
    waited = (operations.settings.now() - upload.staged_at).total_seconds()
    if state.get("exit") is not None:
        raise Refused(f"试读失败：{state['said']}", f"the trial failed: {state['said']}")
    if waited > LONGEST_SECONDS or (state and not is_alive(state["pid"])):
        if state and is_alive(state["pid"]):
            os.killpg(state["pid"], signal.SIGKILL)
        raise Refused(
            "试读超出时间或内存限度，请拆分文件后再上传", "the trial took too much time or memory: split the file"
        )
    return Trial(state["done"] / state["total"] if state.get("total") else 0.0, False, None)


def receive(operations: Operations, actor: Actor, upload: Upload) -> str:
    """Put a tried file into the landing folder, where the next build takes it; gives its place there.

    Raises Refused unless its trial found it fit.
    """
    actor.must_be(*UPLOADERS)
    report = trial_of(operations, actor, upload).report
    if report is None or not report["is_fit"]:
        raise Refused(
            "此文件不能送达，请按提示更正后再上传", "this file can't be delivered: correct it and upload it again"
        )
    generated = f"upload-{upload.token}{upload.path.suffix}"
    with operations.transaction() as transaction:
        audit.record(
            operations, transaction, actor, "upload.receive", upload.name, supplier=upload.supplier,
            sha256=report["sha256"], stored_as=generated,
        )  # fmt: skip
        target = put_file(operations.settings, upload.supplier, upload.path, generated, upload.name)
    discard(upload)
    return target.relative_to(operations.settings.landing).as_posix()


def discard(upload: Upload) -> None:
    """Forget a file that is kept aside."""
    shutil.rmtree(upload.path.parent, ignore_errors=True)


def _folder(operations: Operations) -> Path:
    folder = operations.settings.var / "uploads"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _forget_old(folder: Path) -> None:
    limit = datetime.now().timestamp() - _KEPT.total_seconds()
    for old in folder.iterdir():
        if old.stat().st_mtime < limit:
            shutil.rmtree(old, ignore_errors=True)
