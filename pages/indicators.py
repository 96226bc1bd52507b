"""指标体系: what each indicator means, on which clause it rests, how it is distributed and what it weighs."""

from __future__ import annotations

from pages.parts import frame
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role

PAGE = frame.Page(
    title=Text("指标体系", "Indicators"),
    question=Text(
        "每个指标是什么、凭什么、起多大作用？", "What is each indicator, on what basis, and what does it weigh?"
    ),
    roles=frozenset({Role.SUPERVISOR, Role.COUNTY, Role.SECTION}),
)


def render(actor: Actor) -> None:
    """Draw the page."""
    here = frame.open_page(PAGE, actor)
    frame.close_page(here)
