"""The command `report`: the leadership's report of a deployment as a Word document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from commands.output import Data, Json, say
from pages.parts import report_request
from pages.views.reports import KINDS
from pipeline.errors import ChecksFailed
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.access import Actor, Role, Scope
from pipeline.stores.operations import accounts, audit
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import open_library

Kind = Annotated[str, typer.Option(help="pilot: progress of the pilot; evaluation: from December 2020 on.")]
Out = Annotated[Path, typer.Option(help="The Word document to write (.docx).")]
Language = Annotated[str, typer.Option(help="zh or en.")]


@dataclass(frozen=True)
class ReportSummary:
    """What was written: which report, where, of which build, and how much of it."""

    kind: str
    file: str
    build_id: str
    as_of: str
    tables: int
    figures: int
    size: int


def report(kind: Kind, out: Out, data: Data = DEFAULT_DATA, language: Language = "zh", as_json: Json = False) -> None:
    """Write the leadership's report as a Word document, from the published build and what people did (报告)."""
    if kind not in KINDS:
        raise typer.BadParameter(f"--kind: expected one of {', '.join(KINDS)}, received {kind!r}")
    if language not in report_request.LANGUAGES:
        raise typer.BadParameter(f"--language: expected zh or en, received {language!r}")
    if out.suffix.lower() != ".docx" or not out.absolute().parent.is_dir():
        raise typer.BadParameter(f"--out: expected a file .docx in a folder that exists, received {str(out)!r}")
    summary = _write(Settings.load(data), kind, out, language)
    say(f"报告已写入 {out}（批次 {summary.build_id[:8]}，{summary.tables} 表 {summary.figures} 图）", summary, as_json)


def operator() -> Actor:
    """Who asks at the command line: the user of the operating system, with a leader's rights to read."""
    return replace(accounts.operator(), role=Role.LEADER, scope=Scope(is_whole=True))


def _write(settings: Settings, kind: str, out: Path, language: str) -> ReportSummary:
    actor = operator()
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    if library is None:
        raise ChecksFailed("尚未发布构建，请先运行 build（nothing is published: run `build` first）")
    operations = Operations.open(settings)
    try:
        read = library.reader(actor)
        detail = {"kind": kind, "build": read.stamp.build_id, "language": language, "file": out.name}
        if refusal := KINDS[kind].refusal(operations):
            raise refusal
        audit.note(operations, actor, "export", KINDS[kind].title.zh, **detail)
        made = KINDS[kind].gather(settings, read, operations, actor)
        report_request.make(settings, made, language, out)
        blocks = [*made.blocks, *(b for appendix in made.appendices for b in appendix.blocks)]
        tables, figures = (sum(type(b).__name__ == name for b in blocks) for name in ("Table", "Figure"))
        stamp = read.stamp
        return ReportSummary(kind, str(out), stamp.build_id, str(stamp.as_of), tables, figures, out.stat().st_size)
    finally:
        operations.close()
        library.close()
