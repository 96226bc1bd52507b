"""Commands of double-random draws: plan, hold, verify, list. An operator acts with the rights of the credit division."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from commands.output import Data, Json, say
from models.policy.draw import hold
from models.policy.draw_frame import DIRECTED, UNDIRECTED, DrawRequest, Split
from models.policy.draw_plan import DrawPlan, ExclusionCount, GradeLine, plan
from models.policy.draw_verify import verify
from pipeline.errors import ChecksFailed, Refused
from pipeline.feeds.catalogue import FEEDS
from pipeline.indicators.known import known_relations
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.access import Actor, Role, Scope
from pipeline.stores.operations.draws import draws
from pipeline.stores.operations.store import Operations
from pipeline.stores.reader import ScopedReader, open_library

draw = typer.Typer(no_args_is_help=True, help="Double-random draws: plan, hold, prove (双随机抽查).")
OPERATOR = Actor("cli", "命令行", Role.SUPERVISOR, Scope(is_whole=True))

Title = Annotated[str, typer.Option(help="What the draw is called.")]
Item = Annotated[list[str], typer.Option(help="Code of a supervision item; repeatable.")]
Due = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The checks are due on this day.")]
Units = Annotated[list[str] | None, typer.Option("--unit", help="Only this unit; repeatable.")]
Sectors = Annotated[list[str] | None, typer.Option("--sector", help="Only this section letter; repeatable.")]
Fields = Annotated[list[str] | None, typer.Option("--field", help="Only this key field; repeatable.")]
Share = Annotated[str, typer.Option(help="The draw's part of a year, above 0 and at most 1.")]
Directed = Annotated[bool, typer.Option("--directed", help="A directed draw (else undirected).")]
Full = Annotated[list[str] | None, typer.Option("--full", help="Draw everybody of this grade; repeatable.")]
Ungraded = Annotated[bool, typer.Option("--with-ungraded", help="Individual businesses too, at the regular ratio.")]


@dataclass(frozen=True)
class PlanSummary:
    """A plan in figures: by grade, what is left out and why, and what keeps it from being held."""

    number: int
    frame_hash: str
    policy: str
    by_grade: tuple[GradeLine, ...]
    exclusions: tuple[ExclusionCount, ...]
    faults: tuple[str, ...]


@dataclass(frozen=True)
class DrawList:
    """The draws of a deployment, newest first."""

    draws: tuple[dict[str, object], ...]


@draw.command("plan")
def plan_(
    title: Title,
    item: Item,
    due: Due,
    unit: Units = None,
    sector: Sectors = None,
    field: Fields = None,
    share: Share = "1",
    directed: Directed = False,
    full: Full = None,
    with_ungraded: Ungraded = False,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Show frame, ratio and number of each grade; draw nothing."""
    request = _request(title, item, due, unit, sector, field, share, directed, full, with_ungraded)
    with _open(data) as (operations, read):
        planned = plan(operations, read, OPERATOR, request)
    say(_table(planned), _summary(planned), as_json)


@draw.command("hold")
def hold_(
    title: Title,
    item: Item,
    due: Due,
    unit: Units = None,
    sector: Sectors = None,
    field: Fields = None,
    share: Share = "1",
    directed: Directed = False,
    full: Full = None,
    with_ungraded: Ungraded = False,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Hold a draw: firms, inspectors and tasks; the random seed is kept, so anyone can repeat it."""
    request = _request(title, item, due, unit, sector, field, share, directed, full, with_ungraded)
    with _open(data) as (operations, read):
        held = hold(operations, read, OPERATOR, plan(operations, read, OPERATOR, request))
    say(f"{held.draw_id}：派出 {held.tasks} 项，未派出 {held.not_made} 项；种子 {held.seed}", held, as_json)


@draw.command("verify")
def verify_(
    draw_id: Annotated[str, typer.Argument(help="The draw, e.g. SC20201015-01.")],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Repeat a draw from its seed and compare everything; exit code 13 if anything differs."""
    with _open(data) as (operations, read):
        found = verify(operations, draw_id, read)
    against = "含与构建核对" if found.with_build else "构建已更换，未与其核对"
    verdict = "重演结果一致" if found.is_same else "重演结果不一致：" + "；".join(found.faults)
    say(f"{draw_id}：{verdict}（抽取范围 {found.firms:,} 户，抽中 {found.drawn:,} 户，{against}）", found, as_json)
    if not found.is_same:
        raise ChecksFailed(f"{draw_id}：{'；'.join(found.faults)}")


@draw.command("list")
def list_(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List the draws, newest first."""
    operations = Operations.open(Settings.load(data))
    found = draws(operations, OPERATOR)
    columns = ["draw_id", "title", "as_of", "due_on", "firms", "drawn", "excluded", "voided_at"]
    rows = tuple({str(k): v for k, v in r.items()} for r in found[columns].to_dict("records"))
    lines = [
        f"{r['draw_id']}　{r['title']}　范围 {r['firms']:,}　抽中 {r['drawn']:,}　期限 {r['due_on']}" for r in rows
    ]
    say("\n".join(lines) or "还没有抽查", DrawList(rows), as_json)


def _request(
    title: str,
    item: list[str],
    due: datetime,
    unit: list[str] | None,
    sector: list[str] | None,
    field: list[str] | None,
    share: str,
    directed: bool,
    full: list[str] | None,
    with_ungraded: bool,
) -> DrawRequest:
    try:
        part = Decimal(share)
    except InvalidOperation as error:
        raise Refused(f"份额应为数字，收到 {share}", f"share: expected a number, received {share}") from error
    return DrawRequest(
        title=title,
        items=tuple(item),
        due_on=due.date(),
        units=tuple(unit or ()),
        sectors=tuple(sector or ()),
        fields=tuple(field or ()),
        share=part,
        kind=DIRECTED if directed else UNDIRECTED,
        full_coverage=tuple(full or ()),
        with_ungraded=with_ungraded,
        split=Split.NONE,
    )


def _table(planned: DrawPlan) -> str:
    lines = [
        f"规则 {planned.policy.head.id}　时点 {planned.as_of}　批次 {planned.build_id}　共抽 {planned.number:,} 户"
    ]
    lines += [
        f"  {g.grade}  范围 {g.frame:>7,}  年比例 {g.nominal:.1%} → {g.mixed:.2%}  抽取 {g.number:>5,}"
        for g in planned.by_grade
    ]
    lines += [f"  未纳入：{e.title.zh} {e.firms:,}" for e in planned.exclusions]
    return "\n".join([*lines, *(f"  不能举行：{f.zh}" for f in planned.faults)])


def _summary(planned: DrawPlan) -> PlanSummary:
    return PlanSummary(
        planned.number,
        planned.frame_hash,
        planned.policy.head.id,
        planned.by_grade,
        planned.exclusions,
        tuple(f.zh for f in planned.faults),
    )


@contextmanager
def _open(data: Path) -> Iterator[tuple[Operations, ScopedReader]]:
    """The operations store and the published build; raises ChecksFailed where nothing is published."""
    settings = Settings.load(data)
    library = open_library(settings, lambda day, core: known_relations(FEEDS, day, core))
    if library is None:
        raise ChecksFailed("尚未发布构建，请先运行 build（nothing is published: run `build` first）")
    operations = Operations.open(settings)
    try:
        yield operations, library.reader(OPERATOR)
    finally:
        operations.close()
        library.close()
