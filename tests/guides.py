"""Guides, followed to the letter: the blocks of a how-to page, and a copy of the repository that they are applied to.

A block of a guide is one of these:

- commands: ```sh, run in the copy's root;
- a file: its first line is a comment that names it (`# pages/suppliers.py`); behind the name `末尾`: added to its end, `替换`: in its place,
  `：NAME 的最后一项`: the last entry of the tuple NAME in it;
- a change: ```diff, `--- name` first, then hunks without line numbers: what is there and what is put beside it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pipeline.settings import REPOSITORY

HOW_TO = "docs/how-to"
NOT_COPIED = (".git", ".venv", ".*_cache", ".hypothesis", "__pycache__", "wheels", "screenshots", "landing", "var")
_FENCE = re.compile(r"(?ms)^( *)```(\w+)\n(.*?)^ *```$")
_NAMED = re.compile(r"# ([\w./@-]*[./][\w./@-]+)(?: (末尾|替换)[^\n]*|：(\w+) 的最后一项[^\n]*)?\n")


@dataclass(frozen=True)
class Block:
    """A fenced block; `path`: the file that it is, or changes (a diff), or is added to: at its end (`how`), or `into` a tuple."""

    language: str
    text: str
    path: str = ""
    how: str = ""
    into: str = ""


def blocks(guide: str, language: str = "") -> list[Block]:
    """The blocks of a guide in their order, all or those of one language."""
    found = []
    for indent, kind, raw in _FENCE.findall((REPOSITORY / HOW_TO / f"{guide}.md").read_text(encoding="utf-8")):
        text = "".join(line.removeprefix(indent) for line in raw.splitlines(keepends=True))
        named = _NAMED.match(text)
        if kind == "diff":
            found.append(Block(kind, text, text.splitlines()[0].removeprefix("--- ").strip()))
        elif named and kind != "sh":
            found.append(Block(kind, text, named[1], how=named[2] or "", into=named[3] or ""))
        else:
            found.append(Block(kind, text))
    return [b for b in found if language in ("", b.language)]


def of_file(guide: str, path: str) -> Block:
    """The block that is this file."""
    (found,) = (b for b in blocks(guide) if b.path == path)
    return found


def commands(guide: str, beginning: str) -> str:
    """The one block of commands that holds a line beginning so."""
    (found,) = (b.text for b in blocks(guide, "sh") if re.search(rf"(?m)^{re.escape(beginning)}", b.text))
    return found


class Copy:
    """A copy of the repository in a temporary folder, with the libraries of the one that runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(REPOSITORY, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
        (folder / ".venv").symlink_to(sys.prefix)

    def apply(self, guide: str) -> list[str]:
        """Write every file of a guide and make every change; gives the names of the files."""
        touched = []
        for block in blocks(guide):
            if not block.path:
                continue
            target = self.folder / block.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if block.language == "diff":
                target.write_text(changed(target.read_text(encoding="utf-8"), block.text), encoding="utf-8")
            elif block.into:
                target.write_text(with_entry(target.read_text(encoding="utf-8"), block), encoding="utf-8")
            elif block.how == "末尾":
                with target.open("a", encoding="utf-8") as file:
                    file.write("\n" + block.text.partition("\n")[2])
            else:
                assert block.how == "替换" or not target.exists(), (
                    f"{guide}: {block.path} is there already: choose another example"
                )
                target.write_text(block.text.partition("\n")[2].lstrip("\n"), encoding="utf-8")
            touched.append(block.path)
        assert touched, f"{guide} changes nothing"
        return touched

    def run(self, script: str, *, code: int = 0, **more: str) -> str:
        """Run commands in the root and give what they print; the last one has to end with this exit code."""
        done = subprocess.run(
            ["bash", "-euc", script], cwd=self.folder, env=environment() | more, capture_output=True, text=True
        )
        assert done.returncode == code, f"exit code {done.returncode}\n{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


def environment() -> dict[str, str]:
    """That of the tests, without what names a deployment or steers pytest."""
    dropped = ("CREDIT_RISK_DATA", "PYTEST_ADDOPTS", "PYTHONPATH")
    return {k: v for k, v in os.environ.items() if k not in dropped} | {"OMP_NUM_THREADS": "1"}


def with_entry(text: str, block: Block) -> str:
    """The text with the block as the last entry of a tuple."""
    before, opening, rest = re.split(rf"(?m)^({block.into}: .*= \(\n)", text)
    inner, closing, after = rest.partition("\n)\n")
    entry = "\n".join(f"    {line}" for line in block.text.splitlines()[1:])
    return f"{before}{opening}{inner}\n{entry},{closing}{after}"


def changed(text: str, diff: str) -> str:
    """The text after the hunks of a diff: what a hunk finds must stand there exactly once."""
    for hunk in re.split(r"(?m)^@@.*\n", diff.partition("\n")[2])[1:]:
        lines = hunk.splitlines()
        before = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
        after = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
        assert text.count(before) == 1, f"stands there {text.count(before)} times:\n{before}"
        text = text.replace(before, after)
    return text
