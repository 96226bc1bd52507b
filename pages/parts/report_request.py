"""A report -> Word in a process of its own: neither the page's server nor the command carries what draws and writes it.

The request is the report in one language as JSON: strings, numbers and lists, nothing that could do anything.
"""

from __future__ import annotations

import dataclasses
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.domain import Text
from pipeline.errors import ChecksFailed
from pipeline.settings import REPOSITORY, Settings

REQUEST, DOCUMENT = "request.json", "report.docx"
LANGUAGES = ("zh", "en")
MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
LONGEST_SECONDS = 300
REFUSED = 3
"""Exit code of the process for a reason that it names itself."""


def folder_for(settings: Settings) -> Path:
    """A new folder for one report among the exports, readable by the server's account alone."""
    home = settings.var / "exports"
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    folder = home / secrets.token_hex(16)
    folder.mkdir(mode=0o700)
    return folder


def ask(folder: Path, report: Any, language: str) -> None:
    """Write the request that the process reads."""
    said_report = said(report, language)
    content = json.dumps({"language": language, "report": said_report}, ensure_ascii=False)
    (folder / REQUEST).write_text(content, encoding="utf-8")


def command(folder: Path) -> list[str]:
    """What makes the document of a folder."""
    return [sys.executable, "-m", "pages.parts.report_run", str(folder)]


def make(settings: Settings, report: Any, language: str, out: Path) -> None:
    """Make the document and put it at `out`, readable by its owner alone; waits for it.

    Raises ChecksFailed with what is missing (a Chinese font), or what the process said when it failed.
    """
    folder = folder_for(settings)
    try:
        ask(folder, report, language)
        done = subprocess.run(
            command(folder), cwd=REPOSITORY, capture_output=True, timeout=LONGEST_SECONDS, check=False
        )
        if done.returncode:
            raise ChecksFailed(done.stderr.decode(errors="replace").strip() or f"exit {done.returncode}")
        part = out.with_name(out.name + ".part")
        shutil.copyfile(folder / DOCUMENT, part)
        part.chmod(0o600)
        os.replace(part, out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def said(value: Any, language: str) -> Any:
    """A value as JSON can hold it: words in `language`, dates as text; a dataclass is an object that names its class."""
    if isinstance(value, Text):
        return value.of(language)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: said(getattr(value, f.name), language) for f in dataclasses.fields(value)}
        return {"block": type(value).__name__, **fields}
    if isinstance(value, Mapping):
        return {str(k): said(v, language) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [said(v, language) for v in value]
    return value.isoformat() if isinstance(value, date) else value
