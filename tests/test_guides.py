"""The how-to guides hold together with the code they speak of; tests/slow follows them to the end."""

from __future__ import annotations

import re
import subprocess

import pytest

from pipeline.errors import Exit
from pipeline.settings import REPOSITORY
from tests.guides import HOW_TO, blocks, changed, with_entry

GUIDES = sorted(p.stem for p in (REPOSITORY / HOW_TO).glob("*.md"))
ADDING = ("add-a-feed", "add-an-indicator", "add-a-page", "add-a-warning-rule")

each_guide = pytest.mark.parametrize("guide", GUIDES)


def text_of(guide: str) -> str:
    return (REPOSITORY / HOW_TO / f"{guide}.md").read_text(encoding="utf-8")


@each_guide
def test_every_guide_is_listed(guide: str) -> None:
    assert f"(how-to/{guide}.md)" in (REPOSITORY / "docs/index.md").read_text(encoding="utf-8")


@each_guide
def test_commands_are_shell(guide: str) -> None:
    for block in blocks(guide, "sh"):
        found = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
        assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("guide", ADDING)
def test_changes_fit_the_files_they_change(guide: str) -> None:
    """So that whoever changes one of them learns at once that a guide speaks of it."""
    for block in blocks(guide):
        target = REPOSITORY / block.path
        if block.language == "diff":
            before = target.read_text(encoding="utf-8")
            assert changed(before, block.text) != before
        elif block.into:
            assert block.into in with_entry(target.read_text(encoding="utf-8"), block)
        elif block.how:
            assert target.is_file(), f"{block.path} is gone"
        elif block.path:
            assert not target.exists(), f"{block.path} is there already: choose another example"


def test_a_hunk_changes_what_it_finds_once_and_nothing_else() -> None:
    diff = "--- x\n@@\n a\n+b\n@@\n-d\n+e\n"
    assert changed("a\nc\nd\n", diff) == "a\nb\nc\ne\n"
    for text in ("a\na\nd\n", "c\nd\n"):
        with pytest.raises(AssertionError, match="times"):
            changed(text, diff)


def test_the_nightly_guide_knows_every_exit_code_of_a_build() -> None:
    told = {int(n) for n in re.findall(r"(?m)^ *\| (\d+) \|", text_of("nightly"))}
    assert {int(e) for e in Exit} - told <= {Exit.USAGE}


def test_the_proxy_lets_through_what_a_page_takes() -> None:
    config = (REPOSITORY / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    (most,) = re.findall(r"(?m)^maxUploadSize = (\d+)", config)
    (through,) = re.findall(r"client_max_body_size (\d+)m;", text_of("proxy"))
    assert int(most) < int(through)


def test_service_proxy_and_install_name_the_same_places() -> None:
    for guide in ("service", "nightly", "upgrade", "backup"):
        assert "/opt/credit-risk" in text_of(guide) and "/srv/credit-risk" in text_of(guide), guide
    ports = set(re.findall(r"127\.0\.0\.1:(\d+) max_fails", text_of("proxy")))
    assert ports == set(re.findall(r"credit-risk@(\d+)", text_of("more-people")))
