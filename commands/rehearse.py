"""The command `rehearse`: let a synthetic deployment live through its September, once."""

from __future__ import annotations

from commands.bars import bars
from commands.output import DEMO, Data, Json, say
from models.rehearsal import rehearse as rehearse_verb
from pipeline.settings import Settings


def rehearse(data: Data = DEMO, as_json: Json = False) -> None:
    """Let the demo accounts work through the demo's September, once: warnings, a draw with results, pilot tasks (演练)."""
    with bars() as watch:
        summary = rehearse_verb(Settings.load(data), watch)
    say(summary.line, summary, as_json)
