"""Figures are sent as they are; what Plotly would have refused is found by the tests."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import plot

BARS = {"data": [{"type": "bar", "x": [1, 2], "y": [3, 4]}], "layout": plot.layout(100, 0, 0, 0, 0)}


def script(figure):  # type: ignore[no-untyped-def]  # its source runs alone: no name of this file is known there
    from pages.parts import plot  # noqa: PLC0415 - the script runs alone

    plot.show(figure, "bars", "bars")


def test_a_figure_is_sent_as_it_is() -> None:
    app = AppTest.from_function(script, kwargs={"figure": BARS}).run()
    assert not app.exception
    assert json.loads(app.get("plotly_chart")[0].proto.spec) == BARS


@pytest.mark.parametrize("fault", [{"colour": "red"}, {"opacity": 7}])
def test_a_wrong_property_does_not_pass_the_tests(fault: dict[str, object]) -> None:
    wrong = {**BARS, "data": [{**BARS["data"][0], **fault}]}
    assert AppTest.from_function(script, kwargs={"figure": wrong}).run().exception
    assert plot.Ready(BARS).to_dict() is BARS
