"""分类政策: the rules in force, two versions side by side, and what a proposal would move."""

from __future__ import annotations

from pages.parts import frame
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role

PAGE = frame.Page(
    title=Text("分类政策", "Policy"),
    question=Text("规则怎么定，改了会怎样？", "What are the rules, and what would a change do?"),
    roles=frozenset({Role.LEADER, Role.SUPERVISOR}),
)


def render(actor: Actor) -> None:
    """Draw the page."""
    here = frame.open_page(PAGE, actor)
    frame.close_page(here)
