"""The landing folder as seen by who puts a file there: landing/<supplier>/<date>/, whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipeline.settings import Settings

LONGEST_SUPPLIER = 60
"""Characters of a supplier's folder that stand in the names of our own files."""


def name_file(path: Path) -> Path:
    """Where the original name of a file is kept that lies in the landing folder under a generated one."""
    return path.with_name(f".{path.name}.name")


def original_name(path: Path) -> str:
    """What its sender calls a file that lies in the landing folder: the name kept beside it, else its own."""
    kept = name_file(path)
    return kept.read_text(encoding="utf-8", errors="replace") if kept.is_file() else plain(path.name)


def plain(name: str) -> str:
    """A name of the file system as text that every store can keep: bytes that are no UTF-8 are read as GB18030.

    Windows programs in China send such names; Python gives them with lone surrogates, which no file can be written with.
    """
    if name.isprintable():
        return name
    try:
        text = os.fsencode(name).decode("utf-8")
    except UnicodeDecodeError:
        text = os.fsencode(name).decode("gb18030", errors="replace")
    except UnicodeEncodeError:
        text = name.encode(errors="replace").decode()
    return "".join(c if c.isprintable() else "_" for c in text)


def leads_out(landing: Path, path: Path) -> bool:
    """Whether a link in the landing folder leads to what does not lie there: nobody delivers our own files to us."""
    return not path.resolve().is_relative_to(landing.resolve())


def put_file(settings: Settings, supplier: str, source: Path, generated: str, name: str) -> Path:
    """Move `source` to today's folder of the supplier under the generated name; its original name lies beside it."""
    folder = settings.landing / supplier / settings.today().isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / generated
    name_file(target).write_text(plain(name), encoding="utf-8")
    part = target.with_name(f".{generated}.part")
    try:
        shutil.copyfile(source, part)
        os.replace(part, target)
    except OSError:  # no room: neither half a file nor its name stays behind
        part.unlink(missing_ok=True)
        name_file(target).unlink(missing_ok=True)
        raise
    return target
