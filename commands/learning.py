"""The verbs of learning: train, promote, evaluate."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from commands.bars import watched
from commands.output import Data, Json, say
from models.learn import described, learn
from models.promotion import promote_model
from models.risk.evaluate import evaluate as evaluate_verb
from pipeline.settings import DEFAULT_DATA, Settings
from pipeline.stores.lock import build_lock
from pipeline.stores.operations.store import Operations

learning = typer.Typer()

From = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of the checks.")]
To = Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The day after the last one.")]


@learning.command()
def train(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Fit and compare every candidate on what is known up to today; keep the model, propose bands."""
    settings = Settings.load(data)
    with build_lock(settings), described(settings) as warehouse, watched("train") as report:
        summary = learn(settings, warehouse, progress=report)
    say(summary.line, summary, as_json)


@learning.command()
def promote(
    model_id: Annotated[str, typer.Argument(help="A model below var/models.")],
    by: Annotated[str, typer.Option(help="Who decides.")],
    why: Annotated[str, typer.Option(help="Why, in a sentence.")],
    candidate: Annotated[
        str | None, typer.Option(help="booster, scorecard, count or expert (default: the model's own champion).")
    ] = None,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Make a trained model the one that scores; who, when and why are kept."""
    settings = Settings.load(data)
    store = Operations.open(settings)
    try:
        done = promote_model(store, by, model_id, candidate, why=why)
    finally:
        store.close()
    before = f"{done.before.model_id} {done.before.candidate}" if done.before else "—"
    say(f"评分模型：{before} → {done.after.model_id} {done.after.candidate}，下次 build 起生效", done, as_json)


@learning.command()
def evaluate(data: Data = DEFAULT_DATA, start: From = None, end: To = None, as_json: Json = False) -> None:
    """Rank finished checks by what was known before each, out of time: every candidate, by kind of check."""
    settings = Settings.load(data)
    with build_lock(settings), described(settings) as warehouse, watched("evaluate") as report:
        summary = evaluate_verb(settings, warehouse, start and start.date(), end and end.date(), progress=report)
    say(summary.line, summary, as_json)
