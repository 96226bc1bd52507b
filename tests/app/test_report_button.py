"""The button 导出报告 on the pilot page: made beside the page, offered when ready, in the log, and gone once fetched."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import docx
import pytest
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from pages.parts.report_button import Making
from pipeline.stores.access import Role
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from tests.app.test_pilot import opened
from tests.small_city import SmallCity

LONGEST = 120.0
"""Seconds that a report may take on a busy machine."""


def waited(making: Making) -> Making:
    end = time.monotonic() + LONGEST
    while not (making.is_ready or making.fault) and time.monotonic() < end:
        time.sleep(0.2)
    return making


def started(app: AppTest, kind: str = "pilot") -> Making:
    app.button(key=f"report_{kind}_begin").click().run()
    assert not app.exception
    making: Making = app.session_state[f"report_{kind}"]
    return making


def test_a_report_is_made_offered_and_noted(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    app = opened(monkeypatch, small.folder, Role.SUPERVISOR)
    assert "report_evaluation_begin" not in {b.key for b in app.button}
    making = waited(started(app))
    assert making.is_ready and making.fault is None
    app.run()
    assert not app.exception and app.get("download_button")
    file = docx.Document(io.BytesIO(making.fetch()))
    values = [t.rows[n].cells[1].text for t in file.tables for n in range(1, 7) if t.rows[0].cells[0].text == "指标"]
    assert values == [m.value.removeprefix(":red[").removesuffix("]") for m in app.metric]
    assert not making.folder.exists() and making.is_over
    operations = Operations.open(small.settings)
    row = operations.rows(select(AUDIT).where(AUDIT.c.action == "export"))[-1]
    operations.close()
    assert row.role == "SUPERVISOR" and json.loads(row.detail)["kind"] == "pilot"


def test_a_refusal_is_shown_and_can_be_put_away(
    monkeypatch: pytest.MonkeyPatch, small: SmallCity, tmp_path: Path
) -> None:
    refusal = "import sys; print('没有<b>字体', file=sys.stderr); sys.exit(3)"
    monkeypatch.setattr("pages.parts.report_request.command", lambda _: ["python3", "-c", refusal])
    app = opened(monkeypatch, small.folder, Role.LEADER)
    making = waited(started(app))
    assert making.fault == "没有<b>字体"
    app.run()
    assert "没有&lt;b&gt;字体" in "\n".join(e.proto.body for e in app.get("html"))
    app.button(key="report_pilot_end").click().run()
    assert making.is_over and not making.folder.exists()


def test_the_evaluation_is_offered_from_its_first_day(monkeypatch: pytest.MonkeyPatch, small: SmallCity) -> None:
    (small.settings.var / "today").write_text("2020-12-01\n", encoding="utf-8")
    app = opened(monkeypatch, small.folder, Role.LEADER)
    assert {"report_pilot_begin", "report_evaluation_begin"} <= {b.key for b in app.button}
