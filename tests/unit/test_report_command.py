"""The command `report`: a document, a line in the log, and refusals in words."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import docx
import pytest
from sqlalchemy import select

import cli
from commands.report import operator
from pages.parts import report_request
from pages.views import report_pilot
from pages.views.report import whole
from pipeline.errors import Exit
from pipeline.stores.access import Role
from pipeline.stores.operations.schema import AUDIT
from pipeline.stores.operations.store import Operations
from pipeline.stores.warehouse import current_build
from tests.public_tables import city_file
from tests.small_city import SmallCity


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run the command in this process: gives exit code, standard output, standard error."""

    def command(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cli.py", "report", *map(str, words)])
        try:
            code = cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return command


def exports(small: SmallCity) -> list[Any]:
    operations = Operations.open(small.settings)
    found = operations.rows(select(AUDIT).where(AUDIT.c.action == "export"))
    operations.close()
    return found


def test_a_document_is_written_for_its_owner_alone_and_noted_in_the_log(
    run: Any, small: SmallCity, tmp_path: Path
) -> None:
    out = tmp_path / "报告.docx"
    code, said, err = run("--kind", "pilot", "--out", out, "--data", small.folder, "--json")
    assert code == Exit.DONE and "报告已写入" in err
    summary = json.loads(said)
    assert summary["build_id"] == current_build(small.settings) and summary["kind"] == "pilot"
    assert summary["size"] == out.stat().st_size and stat.S_IMODE(out.stat().st_mode) == 0o600
    file = docx.Document(str(out))
    assert summary["tables"] == len(file.tables) and summary["figures"] == len(file.inline_shapes)
    assert "".join(p.text for p in file.paragraphs[:2]) == whole(report_pilot.TITLE).zh
    row = exports(small)[-1]
    assert (row.user, row.role, row.subject) == (operator().user, "LEADER", whole(report_pilot.TITLE).zh)
    assert json.loads(row.detail)["file"] == "报告.docx"
    assert not list((small.settings.var / "exports").iterdir())


def test_in_english(run: Any, small: SmallCity, tmp_path: Path) -> None:
    code, _, _ = run("--kind", "pilot", "--out", tmp_path / "r.docx", "--data", small.folder, "--language", "en")
    text = "\n".join(p.text for p in docx.Document(str(tmp_path / "r.docx")).paragraphs)
    assert code == Exit.DONE and "Internal reference only" not in text and "1 Summary" in text
    assert not [c for c in text if "\u4e00" <= c <= "\u9fff" and c not in "一二三四五（）"]


def test_the_evaluation_is_refused_before_its_time_and_nothing_is_noted(
    run: Any, small: SmallCity, tmp_path: Path
) -> None:
    code, _, err = run("--kind", "evaluation", "--out", tmp_path / "e.docx", "--data", small.folder)
    assert code == Exit.USAGE and "2020年12月1日" in err and "--kind pilot" in err
    assert not (tmp_path / "e.docx").exists() and exports(small) == []
    (small.settings.var / "today").write_text("2020-12-01\n", encoding="utf-8")
    code, _, _ = run("--kind", "evaluation", "--out", tmp_path / "e.docx", "--data", small.folder)
    assert code == Exit.DONE and (tmp_path / "e.docx").is_file() and len(exports(small)) == 1


@pytest.mark.parametrize(
    "words",
    [("--kind", "other", "--out", "x.docx"), ("--kind", "pilot", "--out", "x.pdf"), ("--kind", "pilot", "--out", "no/x.docx"),
     ("--kind", "pilot", "--out", "x.docx", "--language", "fr")],
)  # fmt: skip
def test_wrong_options_are_usage_errors(run: Any, small: SmallCity, words: tuple[str, ...]) -> None:
    code, out, err = run(*words, "--data", small.folder)
    assert code == Exit.USAGE and not out and err


def test_before_the_first_build_it_says_what_to_run(run: Any, tmp_path: Path) -> None:
    code, _, err = run("--kind", "pilot", "--out", tmp_path / "r.docx", "--data", city_file(tmp_path / "city"))
    assert code == Exit.CHECKS_FAILED and "build" in err


def test_what_the_process_says_reaches_the_operator(
    run: Any, small: SmallCity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = "import sys; print('没有可用的中文字体；请安装 fonts-noto-cjk', file=sys.stderr); sys.exit(3)"
    monkeypatch.setattr(report_request, "command", lambda _: [sys.executable, "-c", refusal])
    code, _, err = run("--kind", "pilot", "--out", tmp_path / "r.docx", "--data", small.folder)
    assert code == Exit.CHECKS_FAILED and "fonts-noto-cjk" in err
    assert not (tmp_path / "r.docx").exists() and not list((small.settings.var / "exports").iterdir())


def test_the_operator_reads_as_a_leader() -> None:
    assert operator().role is Role.LEADER and operator().scope.is_whole and operator().user.startswith("cli:")
