"""What the skip of a marked test means: a reason here, a failure where marked tests must run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.settings import REPOSITORY

MARKED = """
import pytest
@pytest.mark.real
def test_records(): pass
@pytest.mark.browser
def test_page(): pass
@pytest.mark.real
def test_chosen(): pytest.skip("not today")
@pytest.mark.slow
def test_other(): pytest.skip("allowed")
def test_plain(): pass
"""


def outcome(folder: Path, **environment: str) -> tuple[int, str]:
    """Exit code and report of a run of the marked tests where neither records nor a browser are at hand."""
    (folder / "test_marked.py").write_text(MARKED, encoding="utf-8")
    markers = (f"--override-ini=markers={m}" for m in ("real browser slow".replace(" ", "\n"),))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "-rs",
        *markers,
        "test_marked.py",
    ]
    kept = {k: v for k, v in os.environ.items() if k not in ("REAL_CASES", "MARKED_TESTS_MUST_RUN", "PYTEST_ADDOPTS")}
    kept |= {"PYTHONPATH": str(REPOSITORY), "PATH": str(folder)} | environment
    done = subprocess.run(command, cwd=folder, env=kept, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_what_is_missing_is_the_reason_of_a_skip(tmp_path: Path) -> None:
    code, report = outcome(tmp_path)
    assert code == 0 and "1 passed, 4 skipped" in report
    assert "REAL_CASES is not set" in report and "no chromium" in report


@pytest.mark.parametrize("records", ["here", "nowhere"])
def test_where_marked_tests_must_run_a_skip_is_a_failure(tmp_path: Path, records: str) -> None:
    (tmp_path / "here").mkdir()
    code, report = outcome(tmp_path, MARKED_TESTS_MUST_RUN="1", REAL_CASES=str(tmp_path / records))
    assert code == 1 and "must run here" in report and "no chromium" in report
    assert ("not today" if records == "here" else "which is no folder") in report
    assert ("2 passed, 1 skipped" if records == "here" else "1 passed, 1 skipped") in report
