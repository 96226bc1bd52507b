"""The process of one export: rows that were read within the actor's scope -> a workbook, away from the pages.

    python -m pages.parts.workbook_run FOLDER

FOLDER holds request.json and rows.arrow; `progress` says how many rows are written, `workbook.xlsx` is there when all are.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from pages.parts.workbook import Field, Heading, write

ROWS, REQUEST, PROGRESS, WORKBOOK = "rows.arrow", "request.json", "progress", "workbook.xlsx"
POLITE = 5
"""How much the process gives way to the pages."""


def ask(folder: Path, heading: Heading, fields: tuple[Field, ...]) -> None:
    """Write the request that `run` reads."""
    request = {
        "heading": {"title": heading.title, "lines": heading.lines, "mark": heading.mark},
        "fields": [
            {"title": f.title, "kind": f.kind, "chars": f.chars, "labels": dict(f.labels), "joint": f.joint}
            for f in fields
        ],
    }
    (folder / REQUEST).write_text(json.dumps(request, ensure_ascii=False), encoding="utf-8")


def run(folder: Path) -> int:
    """Write the workbook that the folder asks for; gives the number of rows."""
    request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
    head = request["heading"]
    heading = Heading(head["title"], tuple((w, v) for w, v in head["lines"]), head["mark"])
    fields = tuple(Field(**f) for f in request["fields"])
    part = folder / (WORKBOOK + ".part")
    done = write(part, heading, fields, _rows(folder / ROWS), lambda n: _say(folder, n))
    _say(folder, done)
    (folder / ROWS).unlink()
    os.replace(part, folder / WORKBOOK)
    return done


def _rows(path: Path) -> Iterator[tuple[Any, ...]]:
    with pa.memory_map(str(path)) as source, pa.ipc.open_stream(source) as reader:
        for batch in reader:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _say(folder: Path, rows: int) -> None:
    part = folder / (PROGRESS + ".part")
    part.write_text(str(rows))
    os.replace(part, folder / PROGRESS)


if __name__ == "__main__":
    os.nice(POLITE)
    run(Path(sys.argv[1]))
