"""The landing folder as seen by who puts a file there: landing/<supplier>/<date>/, whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from pipeline.settings import Settings


def name_file(path: Path) -> Path:
    """Where the original name of a file is kept that lies in the landing folder under a generated one."""
    return path.with_name(f".{path.name}.name")


def put_file(settings: Settings, supplier: str, source: Path, generated: str, name: str) -> Path:
    """Move `source` to today's folder of the supplier under the generated name; its original name lies beside it."""
    folder = settings.landing / supplier / settings.today().isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / generated
    name_file(target).write_text(name, encoding="utf-8")
    part = target.with_name(f".{generated}.part")
    shutil.copyfile(source, part)
    os.replace(part, target)
    return target
