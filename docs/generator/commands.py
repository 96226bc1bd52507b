"""docs/reference/cli.md: every command and option of cli.py, and the exit codes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

import cli
from docs.generator.markdown import anchor, joined, table
from pipeline.domain import Text
from pipeline.errors import Exit
from pipeline.settings import REPOSITORY

EXITS = {
    Exit.DONE: Text("完成", "done"),
    Exit.USAGE: Text("命令或参数写错", "wrong command or option"),
    Exit.BAD_DECLARATION: Text("声明有误：目录、指标、政策、对照文件或 city.toml", "a declaration contradicts itself"),
    Exit.BAD_DELIVERY: Text(
        "文件不能用；`--json` 的 `published` 说明构建是否仍已发布",
        "a delivered file can't be used; `published` in the JSON says whether the build stands nevertheless",
    ),
    Exit.NOT_PERMITTED: Text("无权", "not permitted"),
    Exit.CHECKS_FAILED: Text("构建自检未通过，未发布", "the build contradicts itself and is not published"),
    Exit.BUSY: Text("另一构建正在运行", "another build is running"),
    Exit.NO_ROOM: Text("磁盘空间不足，未发布", "the disk is full: nothing is published"),
}
INTRODUCTION = """\
在仓库根目录运行：`.venv/bin/python cli.py 命令`。结果一行，进度写到标准错误；`--json` 时标准输出是一个 JSON 对象。

Run in the repository's root: `.venv/bin/python cli.py COMMAND`. One summary line, progress on standard error; with `--json`
standard output is one JSON object."""


def page() -> str:
    """The whole page."""
    group: Any = typer.main.get_command(cli.app)
    commands = list(_flat(group))
    return joined(
        [
            "# 命令行 / Command line",
            INTRODUCTION,
            table(
                ("命令 command", "用途 purpose"),
                ((f"[`{n}`](#{n.replace(' ', '-')})", _help(c.help)) for n, c in commands),
            ),
            *(block for name, command in commands for block in _command(name, command)),
            "## 退出码 / Exit codes",
            table(("代码 code", "中文", "English"), ((e.value, EXITS[e].zh, EXITS[e].en) for e in Exit)),
        ]
    )


def _flat(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its full name; those of a group stand after each other."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _flat(command, f"{prefix}{name} ")
        else:
            yield prefix + name, command


def _command(name: str, command: Any) -> list[str]:
    rows = ((f"`{_flags(p)}`", _help(getattr(p, "help", "")), _default(p)) for p in command.params if p.name != "help")
    return [
        anchor(name.replace(" ", "-")),
        f"## {name}",
        _help(command.help),
        table(("选项 option", "说明 meaning", "默认 default"), rows),
    ]


def _flags(option: Any) -> str:
    names = [*option.opts, *option.secondary_opts]
    given = "" if getattr(option, "is_flag", False) else f" {option.name.upper()}"
    return ", ".join(names) + given + (" …" if option.multiple else "")


def _help(text: str | None) -> str:
    return " ".join((text or "").split())


def _default(option: Any) -> str:
    """The default as written on the command line; folders of the repository without the place where it lies."""
    default = option.default
    if default is None or isinstance(default, bool) or default == () or default == []:
        return ""
    if isinstance(default, str | Path) and str(default).startswith(str(REPOSITORY)):
        return f"`{Path(default).relative_to(REPOSITORY).as_posix()}`"
    return f"`{default}`"
