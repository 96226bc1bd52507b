"""The policy files as they are written: every version as its block, and how one more block is written."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.domain import Text
from pipeline.errors import BadDeclaration

TITLES: dict[str, Text] = {
    "grade": Text("分级规则", "Grades"),
    "draw": Text("双随机抽查", "Random draws"),
    "measures": Text("激励与约束措施", "Measures"),
    "warning": Text("风险预警", "Warnings"),
    "field": Text("重点领域监管", "Key fields"),
    "expert": Text("专家评分卡", "Expert card"),
}
"""The policy files with versions, by the name before `.toml`."""
PROPOSABLE = ("grade", "draw")
"""Those of which a changed version can be tried out and proposed."""
_ALONE = ("ratio", "yearly", "ways", "weights")
"""Tables that stand below a heading of their own; other tables are written on one line."""
_LINE = 100


@dataclass(frozen=True)
class Paper:
    """One policy file. `versions`: its [[version]] blocks, oldest first."""

    name: str
    versions: tuple[dict[str, Any], ...] = field(hash=False)

    def of(self, day: date) -> dict[str, Any]:
        """The block in force on `day`; before the first takes effect, the first."""
        return next((v for v in reversed(self.versions) if v["effective_from"] <= day), self.versions[0])

    def version(self, version_id: str) -> dict[str, Any] | None:
        """The block of that id, None if the file has none."""
        return next((v for v in self.versions if v["id"] == version_id), None)


def paper(folder: Path, name: str) -> Paper:
    """One policy file of a folder; its content is checked by its own loader, not here."""
    path = folder / f"{name}.toml"
    try:
        raw = parse(path.read_text(encoding="utf-8"), name)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadDeclaration(str(path), [f"not readable as TOML: {error}"]) from error
    return Paper(name, tuple(sorted(raw["version"], key=lambda v: v["effective_from"])))


def parse(text: str, name: str) -> dict[str, Any]:
    """TOML as the loader of that policy reads it: grades with floats, the others with exact decimals."""
    return tomllib.loads(text, parse_float=float if name == "grade" else Decimal)


def block_text(block: Mapping[str, Any]) -> str:
    """One [[version]] block as TOML; reading it gives the same block."""
    return "\n".join(["[[version]]", *_lines(block, "version")]) + "\n"


def _lines(table: Mapping[str, Any], where: str) -> Iterator[str]:
    """Plain values first, then tables and lists of tables below headings of their own."""
    below = {k: v for k, v in table.items() if _stands_below(k, v)}
    for key, value in table.items():
        if key not in below:
            yield from _assigned(key, value)
    for key, value in below.items():
        head, blocks = (f"[[{where}.{key}]]", value) if isinstance(value, list) else (f"[{where}.{key}]", [value])
        for block in blocks:
            yield from ("", head, *_lines(block, f"{where}.{key}"))


def _stands_below(key: str, value: Any) -> bool:
    if isinstance(value, Mapping):
        return key in _ALONE or any(isinstance(v, Mapping) for v in value.values())
    return isinstance(value, list) and any(isinstance(v, Mapping) and len(v) > 3 for v in value)


def _assigned(key: str, value: Any) -> Iterator[str]:
    """`key = value`; a table of lists as dotted keys, a long list with an item a line."""
    if isinstance(value, Mapping) and value and all(isinstance(v, list) for v in value.values()):
        for inner, items in value.items():
            yield from _assigned(f"{key}.{inner}", items)
        return
    line = f"{key} = {_value(value)}"
    if isinstance(value, list) and len(line) > _LINE:
        yield from (f"{key} = [", *(f"    {_value(item)}," for item in value), "]")
    else:
        yield line


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(v) for v in value) + "]"
    return repr(value)
