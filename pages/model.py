"""模型治理: champion and candidates, calibration, drift, parity; roll-back by promotion."""

from __future__ import annotations

from pages.parts import frame
from pipeline.domain import Text
from pipeline.stores.access import Actor, Role

PAGE = frame.Page(
    title=Text("模型治理", "Model"),
    question=Text("模型还准吗，谁换的？", "Is the model still right, and who put it in office?"),
    roles=frozenset({Role.LEADER, Role.SUPERVISOR}),
)


def render(actor: Actor) -> None:
    """Draw the page."""
    here = frame.open_page(PAGE, actor)
    frame.close_page(here)
