"""The operators' front door: one verb a command, one summary line, one family of exit codes."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from models import build as builder
from models.checks import check_declarations
from models.policy.grade import grade as grade_verb
from models.risk.score import score as score_verb
from pipeline.demo.city import is_complete, make_city
from pipeline.errors import Exit, PipelineError
from pipeline.feeds.archive import accept as accept_verb
from pipeline.feeds.catalogue import BY_CODE
from pipeline.feeds.ingest import ingest as ingest_verb
from pipeline.identity.match import match as match_verb
from pipeline.indicators.catalogue import ALL
from pipeline.indicators.compute import compute as compute_verb
from pipeline.progress import Progress as Report
from pipeline.progress import silent
from pipeline.reference import Reference
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.lock import build_lock
from pipeline.stores.warehouse import Warehouse, work_file

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="企业信用风险分类监管 · Enterprise credit-risk classified supervision",
)
DEMO = DEFAULT_DATA / "var" / "demo"

Data = Annotated[Path, typer.Option("--data", help="The deployment's folder.")]
Landing = Annotated[Path | None, typer.Option("--landing", help="Where the deliveries lie (default: DATA/landing).")]
AsOf = Annotated[
    list[datetime] | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="Grade as of this date; repeatable (default: tomorrow of the business day).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")]
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
    with _watched("demo") as report:
        summary = make_city(out, enterprises, seed, progress=lambda _, share: report(round(100 * share), 100))
    _say(f"演示数据已写入 {out}", summary, as_json)


@app.command()
def build(
    data: Data = DEFAULT_DATA,
    landing: Landing = None,
    as_of: AsOf = None,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="Take this set-aside file after a look; repeatable.")
    ] = None,
    history: History = False,
    as_json: Json = False,
) -> None:
    """The main job: ingest, match, compute, score, grade, publish."""
    settings = Settings.load(data, landing)
    for name in accept or []:
        accept_verb(settings, name)
    with _bars() as bars:
        summary = builder.build(settings, _days(as_of), history=history, watch=bars)
    _say(_build_line(summary), summary, as_json)
    _tell_set_aside(summary.set_aside)


@app.command()
def ingest(data: Data = DEFAULT_DATA, landing: Landing = None, history: History = False, as_json: Json = False) -> None:
    """Landing folder -> raw archive, core and quarantine (starts a new work file)."""
    settings = Settings.load(data, landing)
    with build_lock(settings), Warehouse.create(work_file(settings)) as warehouse, _watched("ingest") as report:
        summary = ingest_verb(
            settings, warehouse, Reference.load(settings.reference), BY_CODE, history=history, progress=report
        )
    _say(f"已归集 {summary.delivered:,} 行，{summary.deliveries} 个文件", summary, as_json)
    _tell_set_aside(summary.set_aside)


@app.command()
def match(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Attach records to enterprises (记名) and find their versions."""
    settings = Settings.load(data)
    with _stage(settings, "match") as (warehouse, report):
        summary = match_verb(settings, warehouse, BY_CODE, progress=report)
    _say(f"记名 {summary.attached:,} / {summary.expected:,}", summary, as_json)


@app.command()
def compute(data: Data = DEFAULT_DATA, as_of: AsOf = None, as_json: Json = False) -> None:
    """Every indicator, one point-in-time value an entity."""
    settings = Settings.load(data)
    with _stage(settings, "compute") as (warehouse, report):
        summary = compute_verb(
            settings, warehouse, BY_CODE, ALL, _days(as_of) or [settings.tomorrow()], progress=report
        )
    _say(f"{summary.indicators} 项指标 × {summary.entities:,} 户 × {len(summary.as_of)} 个时点", summary, as_json)


@app.command()
def score(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Score and explain every enterprise at the computed dates."""
    settings = Settings.load(data)
    with _stage(settings, "score") as (warehouse, _):
        summary = score_verb(settings, warehouse, _computed(warehouse))
    _say(f"已评分 {summary.scored:,} 户次", summary, as_json)


@app.command()
def grade(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Scores -> grades A–E, with caps and red lines."""
    settings = Settings.load(data)
    with _stage(settings, "grade") as (warehouse, _):
        days = _computed(warehouse)
        summary = grade_verb(settings, warehouse, days, days[-1])
    _say(f"已分级 {summary.graded:,} 户次：{_letters(summary.by_grade)}", summary, as_json)


@app.command()
def publish(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Check the work file and make it the published build."""
    summary = builder.publish(Settings.load(data))
    _say(_build_line(summary), summary, as_json)
    _tell_set_aside(summary.set_aside)


@app.command()
def check(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Construct every declaration (feeds, mappings, indicators, policies, reference); touch no data."""
    summary = check_declarations(Settings.load(data))
    _say(
        f"声明无误：{summary.feeds} 个目录、{summary.indicators} 项指标、{summary.mappings} 个映射、{summary.policies} 个分级政策版本",
        summary,
        as_json,
    )


def _days(given: list[datetime] | None) -> list[date] | None:
    return sorted({d.date() for d in given}) if given else None


def _computed(warehouse: Warehouse) -> list[date]:
    return [r[0] for r in warehouse.rows("SELECT DISTINCT as_of FROM mart.population ORDER BY 1")]


def _letters(grades: dict[str, int]) -> str:
    return "　".join(f"{letter} {count:,}" for letter, count in grades.items())


def _build_line(summary: builder.BuildSummary) -> str:
    rate = "—" if summary.named_rate is None else f"{summary.named_rate:.1%}"
    state = "无变化，沿用已发布构建" if summary.already else "已发布构建"
    seconds = sum(summary.seconds.values())
    return f"{state} {summary.build_id}：{summary.rows['delivered']:,} 行，记名率 {rate}，{_letters(summary.grades)}（{seconds:.1f} 秒）"


def _say(line: str, summary: Any, as_json: bool) -> None:
    """The line for people; with --json the whole summary on standard output and the line on standard error."""
    print(line, file=sys.stderr if as_json else sys.stdout)
    if as_json:
        print(json.dumps(dataclasses.asdict(summary), ensure_ascii=False, default=str))


def _tell_set_aside(files: tuple[str, ...]) -> None:
    """Name the files that were set aside; that there are some is an exit code too."""
    if files:
        print("以下文件被搁置（set aside）：", *(f"  - {line}" for line in files), sep="\n", file=sys.stderr)
        raise typer.Exit(Exit.BAD_DELIVERY)


@contextmanager
def _bars() -> Iterator[builder.Watch]:
    """A bar a stage on a terminal, a plain line a stage elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain
        return
    columns = (TextColumn("{task.description:<10}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as shown:

        def watch(stage: str) -> Report:
            task = shown.add_task(stage, total=None)
            return lambda done, total: shown.update(task, completed=done, total=total)

        yield watch


def _plain(stage: str) -> Report:
    print(f"{stage} …", file=sys.stderr, flush=True)
    return silent


@contextmanager
def _watched(stage: str) -> Iterator[Report]:
    with _bars() as watch:
        yield watch(stage)


@contextmanager
def _stage(settings: Settings, name: str) -> Iterator[tuple[Warehouse, Report]]:
    """The work file under the lock, and the stage's progress."""
    with build_lock(settings), builder.open_work(settings, name) as warehouse, _watched(name) as report:
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
