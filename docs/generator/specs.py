"""The examples of tests/spec as small tables: what was delivered, and which value follows from it."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

from docs.generator.markdown import joined, table

AS_OF = "2020-10-16"
"""The date of an example that names none."""


def cases_of(folder: Path) -> dict[str, tuple[str, ...]]:
    """Indicator code -> its examples as Markdown, in the order of the files; none if there is no such folder."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.glob("*/*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            found[case["code"]].append(_case(case))
    return {code: tuple(cases) for code, cases in found.items()}


def _case(case: dict[str, Any]) -> str:
    rows = case.get("rows", {})
    expected = "，".join(f"{firm} → **{_value(value)}**" for firm, value in case["expected"].items())
    return joined(
        [
            f"例 example：{case['title']}（`as_of` {case.get('as_of', AS_OF)}）",
            *(_rows(feed, listed) for feed, listed in rows.items()),
            f"结果 result：{expected}",
        ]
    ).rstrip()


def _rows(feed: str, listed: list[dict[str, Any]]) -> str:
    columns = list(dict.fromkeys(name for row in listed for name in row))
    rows = table(columns, ([_value(row[c]) if c in row else "" for c in columns] for row in listed))
    return f"`{feed}`\n\n{rows}"


def _value(value: object) -> str:
    if value == "null":
        return "缺失 missing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
