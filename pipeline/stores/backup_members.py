"""What belongs into a backup: everything that can't be derived again, and nothing else (docs/adr/0017-backup.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipeline.settings import Settings

STORE = "var/operations.sqlite"
KEPT_FOLDERS = ("raw", "grades", "models", "secret", "builds")
"""Folders of var that are kept: deliveries, issued grades, models, keys, how started builds ended."""
KEPT_FILES = ("operations.sqlite", "grade.lock", "today")
LEFT_OUT = (
    "warehouse",
    "exports",
    "uploads",
    "demo",
    "build.lock",
    "build.json",
    "operations.sqlite-wal",
    "operations.sqlite-shm",
)
"""What lies in var and is left out on purpose: derived again, of one moment, or a deployment of its own."""
OWN_FILES = ("city.toml", "demo.toml", "accounts.txt")
"""Files beside var; the last two are a synthetic deployment's."""
DECLARATIONS = ("policy", "reference", "mappings")
SHARED = "shared"
"""Under this name stand the declarations of the repository that were in force where the deployment had none of its own."""
_UNFINISHED = (".part", ".tmp")
_TRIAL = "trial-"


@dataclass(frozen=True)
class Member:
    """A file of a backup: its name there, and where it lies now."""

    name: str
    path: Path


def members_of(settings: Settings) -> Iterator[Member]:
    """Every file of the deployment that belongs into its backup, in the order in which it is written."""
    for name in OWN_FILES:
        if (settings.data / name).is_file():
            yield Member(name, settings.data / name)
    for name in DECLARATIONS:
        own = settings.data / name
        folder: Path = getattr(settings, name)
        yield from _below(folder, name if own.is_dir() else f"{SHARED}/{name}")
    for name in KEPT_FILES:
        if (settings.var / name).is_file():
            yield Member(f"var/{name}", settings.var / name)
    for name in KEPT_FOLDERS:
        yield from _below(settings.var / name, f"var/{name}")


def unknown_in_var(settings: Settings) -> tuple[str, ...]:
    """What lies in var and is neither kept nor left out on purpose: said, so that nothing is lost in silence."""
    known = {*KEPT_FOLDERS, *KEPT_FILES, *LEFT_OUT}
    found = (p.name for p in settings.var.iterdir()) if settings.var.is_dir() else ()
    return tuple(sorted(n for n in found if n not in known and not n.startswith((".", _TRIAL))))


def belongs(name: str) -> bool:
    """Whether a backup may hold a member of this name: a plain path to a place that this module knows."""
    path = PurePosixPath(name)
    if path.is_absolute() or str(path) != name or "\\" in name or not name.isprintable():
        return False
    match path.parts:
        case (file,):
            return file in OWN_FILES
        case ("var", file):
            return file in KEPT_FILES
        case ("var", folder, *rest):
            return folder in KEPT_FOLDERS and _is_plain(rest)
        case ("shared", folder, *rest):
            return folder in DECLARATIONS and bool(rest) and _is_plain(rest)
        case (folder, *rest):
            return folder in DECLARATIONS and _is_plain(rest)
    return False


def is_private(name: str) -> bool:
    """Whether only the owner may read this member once it is back in its place."""
    return name in {STORE, "accounts.txt"} or name.startswith("var/secret/")


def _below(folder: Path, name: str) -> Iterator[Member]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and _is_plain(parts) and path.suffix not in _UNFINISHED:
            yield Member(f"{name}/{'/'.join(parts)}", path)


def _is_plain(parts: tuple[str, ...] | list[str]) -> bool:
    return not any(part.startswith(".") for part in parts)
