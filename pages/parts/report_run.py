"""The process that draws the figures of a report and writes its document: `python -m pages.parts.report_run FOLDER`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace

from pages.parts.document import write
from pages.parts.report_charts import drawn
from pages.parts.report_request import DOCUMENT, REFUSED, REQUEST
from pipeline.errors import PipelineError

POLITE = 5
"""How much the process gives way to the pages."""


def run(folder: Path) -> None:
    """Write the document that the folder asks for."""
    text = (folder / REQUEST).read_text(encoding="utf-8")
    request = json.loads(text, object_hook=lambda of: SimpleNamespace(**of))
    part = folder / (DOCUMENT + ".part")
    write(part, request.report, request.language, lambda figure: drawn(figure, request.language))
    os.replace(part, folder / DOCUMENT)


if __name__ == "__main__":
    os.nice(POLITE)
    try:
        run(Path(sys.argv[1]))
    except PipelineError as error:
        print(error, file=sys.stderr)
        sys.exit(REFUSED)
