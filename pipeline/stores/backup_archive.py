"""The file of a backup: a tar whose last two members are its manifest and the manifest's own digest.

Uncompressed: Parquet does not shrink, and a reader can see each member where it lies. Every byte is read once, hashed
on its way, and the file has its name only when all of it is on the disk.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pipeline.errors import PipelineError, Refused, told_if_full
from pipeline.progress import Progress, silent
from pipeline.stores.backup_manifest import BadBackup, Entry, Manifest
from pipeline.stores.backup_members import DECLARATIONS, Member, belongs, is_private

MANIFEST, SEAL = "MANIFEST.json", "MANIFEST.sha256"
_CHUNK = 1 << 20
_LARGEST_MANIFEST = 256 << 20


class BackupFailed(PipelineError):
    """A backup could not be written or put in place; nothing is left of it."""


class _Hashed(io.RawIOBase):
    """A file that is hashed while it is read, up to the size that it had when it was opened."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        chunk = self._file.read(size)
        self.digest.update(chunk)
        return chunk


class Writer:
    """An archive that is being written: members, then the manifest."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.entries: list[Entry] = []

    def add(self, member: Member) -> None:
        """Copy a file into the archive; its content is that of the moment in which it was opened."""
        with member.path.open("rb") as file:
            stat = os.fstat(file.fileno())
            hashed = _Hashed(file)
            self._tar.addfile(_head(member.name, stat.st_size, int(stat.st_mtime)), hashed)
        self.entries.append(Entry(member.name, stat.st_size, hashed.digest.hexdigest()))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and its digest: an archive without them is not whole."""
        content = manifest.to_json().encode()
        seal = f"{hashlib.sha256(content).hexdigest()}  {MANIFEST}\n".encode()
        for name, text in ((MANIFEST, content), (SEAL, seal)):
            self._tar.addfile(_head(name, len(text), int(time.time())), io.BytesIO(text))


@contextmanager
def new_archive(target: Path, part: Path) -> Iterator[Writer]:
    """Write an archive as `part` (mode 600), which becomes `target` beside it once it is whole and on the disk.

    Raises NoRoom where the disk is full, BackupFailed where it does not do; nothing is left then. What was left under the name of
    `part` by a run that was killed is replaced.
    """
    part.unlink(missing_ok=True)
    try:
        with told(target):
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                with tarfile.TarFile(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, copybufsize=_CHUNK) as tar:
                    yield Writer(tar)
                out.flush()
                os.fsync(out.fileno())
            os.replace(part, target)
            sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


def unpack(file: Path, folder: Path, progress: Progress = silent) -> Manifest:
    """Unpack an archive into an empty folder, every member checked against the manifest on the way.

    Raises BadBackup with the first member that is cut off, changed, missing, or does not belong.
    """
    found: dict[str, Entry] = {}
    texts: dict[str, bytes] = {}
    last = ""
    with told(folder):
        size = file.stat().st_size
        try:
            with tarfile.open(file, mode="r:") as tar:
                while (info := tar.next()) is not None:
                    last = info.name
                    progress(info.offset, size)
                    _take(tar, info, folder, found, texts)
        except tarfile.TarError as error:
            raise BadBackup(_at(last, f"不可读（not readable）：{error}")) from error
    manifest = _checked(texts, found, last)
    for name in manifest.own:
        (folder / name).mkdir(exist_ok=True)
    return manifest


@contextmanager
def told(where: Path) -> Iterator[None]:
    """An error of the disk as words; whoever writes cleans up by himself. Raises NoRoom or BackupFailed."""
    try:
        with told_if_full(str(where)):
            yield
    except OSError as error:
        raise BackupFailed(
            f"{error.filename or where}：{error.strerror or error}（nothing was left behind）"
        ) from error


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def refuse_existing(target: Path, *, force: bool) -> None:
    """Raise Refused where a backup of this name is there already."""
    if target.exists() and not force:
        raise Refused(f"{target} 已存在；要覆盖请加 --force", f"{target} exists: --force replaces it")


def _head(name: str, size: int, mtime: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, mtime, 0o600
    return info


def _take(
    tar: tarfile.TarFile, info: tarfile.TarInfo, folder: Path, found: dict[str, Entry], texts: dict[str, bytes]
) -> None:
    """One member: the manifest is read, a file is written to its place below `folder`, everything else is refused."""
    content = tar.extractfile(info) if info.isreg() else None
    if content is None or info.name in found or info.name in texts:
        raise BadBackup(_at(info.name, "不是普通文件，或出现两次（no plain file, or there twice）"))
    if info.name in (MANIFEST, SEAL):
        if info.size > _LARGEST_MANIFEST:
            raise BadBackup(_at(info.name, "过大（too large）"))
        texts[info.name] = content.read()
        return
    if not belongs(info.name):
        raise BadBackup(_at(info.name, "不属于备份（does not belong into a backup）"))
    target = folder / info.name
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    mode = 0o600 if is_private(info.name) else 0o644
    if is_private(info.name) and target.parent.name == "secret":
        target.parent.chmod(0o700)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        for chunk in iter(_chunks(content), b""):
            digest.update(chunk)
            out.write(chunk)
    found[info.name] = Entry(info.name, info.size, digest.hexdigest())


def _chunks(content: IO[bytes]) -> Callable[[], bytes]:
    return lambda: content.read(_CHUNK)


def _checked(texts: dict[str, bytes], found: dict[str, Entry], last: str) -> Manifest:
    """The manifest, if everything that it names was found as it names it, and nothing else."""
    if SEAL not in texts or MANIFEST not in texts:
        raise BadBackup(_at(last, "之后中断：没有清单，文件不完整（cut off after it: the file has no manifest）"))
    if texts[SEAL] != f"{hashlib.sha256(texts[MANIFEST]).hexdigest()}  {MANIFEST}\n".encode():
        raise BadBackup(_at(MANIFEST, "被改动（was changed）"))
    manifest = Manifest.from_json(texts[MANIFEST].decode())
    for entry in manifest.members:
        there = found.pop(entry.name, None)
        if there != entry:
            raise BadBackup(_at(entry.name, "缺失（is missing）" if there is None else "被改动（was changed）"))
    if found:
        raise BadBackup(_at(min(found), "清单中没有（is not in the manifest）"))
    if not set(manifest.own) <= set(DECLARATIONS):
        raise BadBackup(_at(MANIFEST, f"不认识 {manifest.own}（unknown folders）"))
    return manifest


def _at(name: str, fault: str) -> str:
    return f"备份损坏，未恢复任何内容（damaged, nothing was restored）：{name or '文件开头'} {fault}"
