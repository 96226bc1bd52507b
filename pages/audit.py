"""审计与用户: the log and its chain; accounts and builds for administrators."""

from __future__ import annotations

from pages.parts import frame
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role

PAGE = frame.Page(
    title=Text("审计与用户", "Audit and users"),
    question=Text("谁看了什么、做了什么？", "Who saw and did what?"),
    roles=frozenset({Role.SUPERVISOR, Role.ADMIN}),
    needs_build=False,
)


def render(actor: Actor) -> None:
    """Draw the page."""
    here = frame.open_page(PAGE, actor)
    frame.close_page(here)
