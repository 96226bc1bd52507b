"""The operators' front door: one verb a command, one summary line, one family of exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from commands.bars import bars, watched
from commands.draw import draw
from commands.learning import learning
from commands.output import DEMO, Data, Json, say
from commands.people import user
from commands.rehearse import rehearse
from commands.report import report
from commands.upkeep import upkeep
from models import build as builder
from models.checks import check_declarations
from models.next_day import days_to_build, move_today, on_next_day
from models.policy.grade import grade as grade_verb
from models.risk.score import score as score_verb
from pipeline.demo.city import is_complete, make_city
from pipeline.errors import Exit, PipelineError
from pipeline.feeds.archive import accept as accept_verb
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.ingest import ingest as ingest_verb
from pipeline.feeds.trial import try_file
from pipeline.identity.match import match as match_verb
from pipeline.indicators.catalogue import ALL
from pipeline.indicators.compute import compute as compute_verb
from pipeline.progress import Progress as Report
from pipeline.progress import reporting, silent
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.lock import build_lock
from pipeline.stores.operations.check import check_operations
from pipeline.stores.warehouse import Warehouse, work_file

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="企业信用风险分类监管 · Enterprise credit-risk classified supervision",
)
app.add_typer(learning)
app.add_typer(upkeep)
app.add_typer(user, name="user")
app.add_typer(draw, name="draw")

Landing = Annotated[Path | None, typer.Option("--landing", help="Where the deliveries lie (default: DATA/landing).")]
AsOf = Annotated[
    list[datetime] | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="Grade as of this date; repeatable (default: tomorrow of the business day).",
    ),
]
Told = Annotated[
    Path | None, typer.Option("--progress", help="Keep this file up to date with how far it is (one JSON object).")
]
History = Annotated[
    bool, typer.Option("--history", help="The new deliveries are history: known by event date and time limit.")
]


@app.command()
def demo(
    enterprises: Annotated[int, typer.Option(min=200, max=150_000, help="Graded enterprises.")] = 6000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 7,
    out: Annotated[Path, typer.Option(help="The deployment's folder.")] = DEMO,
    keep: Annotated[bool, typer.Option("--keep", help="Leave a complete city as it is.")] = False,
    as_json: Json = False,
) -> None:
    """Make a synthetic deployment: city.toml, landing/, truth/ (演示数据)."""
    if keep and is_complete(out):
        return
    with watched("demo") as report:
        summary = make_city(out, enterprises, seed, progress=lambda _, share: report(round(100 * share), 100))
    say(f"演示数据已写入 {out}", summary, as_json)


app.command()(rehearse)
app.command()(report)


@app.command()
def build(
    data: Data = DEFAULT_DATA,
    landing: Landing = None,
    as_of: AsOf = None,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="Take this set-aside file after a look; repeatable.")
    ] = None,
    history: History = False,
    next_day: Annotated[
        bool, typer.Option("--next-day", help="Go on to the next working day, once published (synthetic data only).")
    ] = False,
    keep_dates: Annotated[
        bool, typer.Option("--keep-dates", help="Grade as of the published build's dates, its newest being tomorrow.")
    ] = False,
    progress: Told = None,
    as_json: Json = False,
) -> None:
    """The main job: ingest, match, compute, train if there is no champion, score, grade, warn, publish."""
    with reporting(progress) as told:
        settings = Settings.load(data, landing)
        settings = on_next_day(settings) if next_day else settings
        for name in accept or []:
            accept_verb(settings, name)
        days = _days(as_of) or (days_to_build(settings) if next_day or keep_dates else None)
        with bars() as shown:
            summary = builder.build(settings, days, history=history, watch=told.watch if told else shown)
        if next_day:
            move_today(settings)
        if told:
            told.finish(Exit.BAD_DELIVERY if summary.set_aside else Exit.DONE, summary.line, is_whole=True)
    say(summary.line, summary, as_json)
    if summary.learned:
        print(summary.learned.line, file=sys.stderr)
    _tell_set_aside(summary.set_aside)


@app.command("try")
def try_(
    file: Annotated[Path, typer.Argument(help="The file, as it would be delivered.")],
    supplier: Annotated[str, typer.Option(help="Whose it is: a code of city.toml.")],
    name: Annotated[str, typer.Option(help="Its original name, where it lies under another.")] = "",
    data: Data = DEFAULT_DATA,
    progress: Told = None,
    as_json: Json = False,
) -> None:
    """Say what `ingest` would make of a file: which feed, rows accepted and refused, and why; keeps nothing."""
    with reporting(progress) as told:
        report = try_file(
            Settings.load(data), file, supplier, name or file.name, told.watch("ingest") if told else silent
        )
        if told:
            told.finish(Exit.DONE, "", is_whole=True)
    say(report.line, report, as_json)


@app.command()
def ingest(data: Data = DEFAULT_DATA, landing: Landing = None, history: History = False, as_json: Json = False) -> None:
    """Landing folder -> raw archive, core and quarantine (starts a new work file)."""
    settings = Settings.load(data, landing)
    with build_lock(settings), Warehouse.create(work_file(settings)) as warehouse, watched("ingest") as report:
        summary = ingest_verb(
            settings, warehouse, Reference.load(settings.reference), BY_CODE, history=history, progress=report
        )
    say(f"已归集 {summary.delivered:,} 行，{summary.deliveries} 个文件", summary, as_json)
    _tell_set_aside(summary.set_aside)


@app.command()
def match(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Attach records to enterprises (记名) and find their versions."""
    settings = Settings.load(data)
    with _stage(settings, "match") as (warehouse, report):
        summary = match_verb(settings, warehouse, BY_CODE, progress=report)
    say(f"记名 {summary.attached:,} / {summary.expected:,}", summary, as_json)


@app.command()
def compute(data: Data = DEFAULT_DATA, as_of: AsOf = None, as_json: Json = False) -> None:
    """Every indicator, one point-in-time value an entity."""
    settings = Settings.load(data)
    with _stage(settings, "compute") as (warehouse, report):
        summary = compute_verb(
            settings, warehouse, BY_CODE, ALL, _days(as_of) or [settings.tomorrow()], progress=report
        )
    say(f"{summary.indicators} 项指标 × {summary.entities:,} 户 × {len(summary.as_of)} 个时点", summary, as_json)


@app.command()
def score(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Score and explain every enterprise at the computed dates."""
    settings = Settings.load(data)
    with _stage(settings, "score") as (warehouse, _):
        summary = score_verb(settings, warehouse, _computed(warehouse))
    say(f"已评分 {summary.scored:,} 户次", summary, as_json)


@app.command()
def grade(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Scores -> grades A–E, with caps and red lines."""
    settings = Settings.load(data)
    with _stage(settings, "grade") as (warehouse, _):
        days = _computed(warehouse)
        summary = grade_verb(settings, warehouse, days, days[-1])
    say(f"已分级 {summary.graded:,} 户次：{_letters(summary.by_grade)}", summary, as_json)


@app.command()
def warn(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """The conditions of the warning rules that hold at the newest date."""
    settings = Settings.load(data)
    with _stage(settings, "warn") as (warehouse, report):
        summary = builder.warn_of(settings, warehouse, _computed(warehouse)[-1], report)
    say(f"预警 {summary.warnings:,} 条：{_letters(summary.by_rule)}", summary, as_json)


@app.command()
def publish(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Check the work file and make it the published build."""
    summary = builder.publish(Settings.load(data))
    say(summary.line, summary, as_json)
    _tell_set_aside(summary.set_aside)


@app.command()
def check(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Construct every declaration, read the models, verify the audit log and the accounts; touch no data."""
    summary = check_declarations(Settings.load(data))
    log = check_operations(Settings.load(data))
    say(
        f"声明无误：{summary.feeds} 个目录、{summary.indicators} 项指标、{summary.mappings} 个映射、{summary.policies} 个政策版本、{summary.models} 个模型；审计记录 {log.audit_rows:,} 条完整",
        summary,
        as_json,
    )


def _days(given: list[datetime] | None) -> list[date] | None:
    return sorted({d.date() for d in given}) if given else None


def _computed(warehouse: Warehouse) -> list[date]:
    return [r[0] for r in warehouse.rows("SELECT DISTINCT as_of FROM mart.population ORDER BY 1")]


def _letters(grades: dict[str, int]) -> str:
    return "　".join(f"{letter} {count:,}" for letter, count in grades.items())


def _tell_set_aside(files: tuple[str, ...]) -> None:
    """Name the files that were set aside; that there are some is an exit code too."""
    if files:
        print("以下文件被搁置（set aside）：", *(f"  - {line}" for line in files), sep="\n", file=sys.stderr)
        raise typer.Exit(Exit.BAD_DELIVERY)


@contextmanager
def _stage(settings: Settings, name: str) -> Iterator[tuple[Warehouse, Report]]:
    """The work file under the lock, and the stage's progress."""
    with build_lock(settings), builder.open_work(settings, name) as warehouse, watched(name) as report:
        yield warehouse, report


def main() -> int:
    """Run a command; map the family of errors to exit codes."""
    try:
        app(standalone_mode=True)
    except PipelineError as error:
        print(error, file=sys.stderr)
        if "--json" in sys.argv:
            print(json.dumps({"published": False, "exit": int(error.code), "error": str(error)}, ensure_ascii=False))
        return int(error.code)
    return 0


if __name__ == "__main__":
    sys.exit(main())
