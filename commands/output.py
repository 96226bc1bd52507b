"""What every command shares: the deployment's folder, --json, and one summary line."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.settings import DEFAULT_DATA

DEMO = DEFAULT_DATA / "var" / "demo"
"""Where the synthetic city lives."""
Data = Annotated[Path, typer.Option("--data", help="The deployment's folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")]


def say(line: str, summary: Any, as_json: bool) -> None:
    """The line for people; with --json the whole summary on standard output and the line on standard error."""
    print(line, file=sys.stderr if as_json else sys.stdout)
    if as_json:
        print(json.dumps(dataclasses.asdict(summary), ensure_ascii=False, default=str))
