"""Every figure that a page draws in these tests is looked at property by property, which the app itself leaves out."""

from __future__ import annotations

from typing import Any

import pytest
from plotly.graph_objects import Figure

from pages.parts import plot


@pytest.fixture(autouse=True)
def figures_are_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plotly's own check of each figure; an unknown property or a wrong value is an error on the page."""
    as_it_is = plot.Ready.to_dict

    def checked(self: plot.Ready) -> dict[str, Any]:
        figure = as_it_is(self)
        Figure(**figure)
        return figure

    monkeypatch.setattr(plot.Ready, "to_dict", checked)
