"""Going back to a build that was published before: only the pointer moves, nothing that was issued is taken back.

warehouse/WITHDRAWN names the builds that were rolled back from, until a build brings them back: going back twice must not
lead to what was found wrong the first time. It lies beside the files that it is about and is lost with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow.compute as compute
import pyarrow.parquet as parquet

from pipeline.domain import Text
from pipeline.errors import Refused
from pipeline.settings import Settings
from pipeline.stores.warehouse import (
    build_file,
    build_shape,
    current_build,
    published_builds,
    write_atomically,
)

_NAMED = 3
"""How many missing tables and columns a refusal names."""


@dataclass(frozen=True)
class Target:
    """Where a roll-back leads: from the published build to another one, each with the date of its newest grades."""

    before: str
    after: str
    before_as_of: date
    after_as_of: date


def find_target(settings: Settings, to: str | None = None) -> Target:
    """The build to go back to: the one published before, passing over those withdrawn, or the one that is named.

    Raises Refused where there is none, its file is gone, or this version of the program can't read it. The published
    build may be damaged or gone itself.
    """
    current = current_build(settings)
    if current is None:
        raise Refused("还没有发布任何批次", "no build has been published yet")
    after = _named(settings, current, to) if to else next(_earlier(settings, current), None)
    if after is None:
        raise Refused(
            "没有可以回退到的批次：更早的批次文件已不在", "there is no earlier build whose file is still there"
        )
    fault = shape_fault(settings, current, after)
    if fault:
        raise Refused(fault.zh, fault.en)
    return Target(current, after, _issued_as_of(settings, current), _issued_as_of(settings, after))


def shape_fault(settings: Settings, current: str, after: str) -> Text | None:
    """Why the program that reads `current` can't read `after`: tables or columns that it lacks; None if it can."""
    shape = build_shape(build_file(settings, after))
    missing = sorted((build_shape(build_file(settings, current)) or frozenset()) - (shape or frozenset()))
    if shape is not None and not missing:
        return None
    what = "、".join(missing[:_NAMED]) if shape is not None else "—"
    return Text(
        f"批次 {after} 由旧版程序生成，当前程序读不了（缺 {what}）：请改用当时的程序，或重新构建",
        f"build {after} was made by another version and can't be read (it lacks {what}): build again instead",
    )


def move_back(settings: Settings, target: Target) -> None:
    """Move CURRENT to the target, atomically; what it pointed to is withdrawn. For who holds the build lock."""
    withdrawn = dict.fromkeys((*withdrawn_builds(settings), target.before))
    _write_withdrawn(settings, [b for b in withdrawn if b != target.after])
    write_atomically(settings.warehouse / "CURRENT", target.after + "\n")


def bring_back(settings: Settings, build_id: str) -> None:
    """Move CURRENT to a build that was published before and would come out the same; it is withdrawn no more."""
    write_atomically(settings.warehouse / "CURRENT", build_id + "\n")
    _write_withdrawn(settings, [b for b in withdrawn_builds(settings) if b != build_id])


def withdrawn_builds(settings: Settings) -> tuple[str, ...]:
    """The builds that were rolled back from and not brought back since."""
    path = settings.warehouse / "WITHDRAWN"
    return tuple(path.read_text().split()) if path.is_file() else ()


def _write_withdrawn(settings: Settings, builds: list[str]) -> None:
    if tuple(builds) != withdrawn_builds(settings):
        write_atomically(settings.warehouse / "WITHDRAWN", "".join(f"{b}\n" for b in builds))


def _earlier(settings: Settings, current: str) -> Iterator[str]:
    """Builds published before the current one, the newest first, that can be gone back to."""
    published, withdrawn = published_builds(settings), withdrawn_builds(settings)
    for build_id in reversed(published[: published.index(current)]):
        if build_id not in withdrawn and build_file(settings, build_id).is_file():
            yield build_id


def _issued_as_of(settings: Settings, build_id: str) -> date:
    """The date of the newest grades that a build issued: known even where its own file is gone."""
    path = settings.grades / f"{build_id}.parquet"
    if not path.is_file():
        raise Refused(
            f"批次 {build_id} 已发出的等级文件不在，请先从备份恢复",
            f"the grades that build {build_id} issued are gone: restore a backup first",
        )
    issued = parquet.read_table(path, columns=["as_of"])
    newest: date = compute.max(issued.column("as_of")).as_py()
    return newest


def _named(settings: Settings, current: str, to: str) -> str:
    """The published build that `to` begins the id of."""
    found = [b for b in published_builds(settings) if b.startswith(to)]
    if len(found) != 1:
        raise Refused(
            f"没有编号为 {to} 的已发布批次" if not found else f"{to} 不止一个批次，请写全编号",
            f"no published build is called {to}" if not found else f"{to} names several builds: write all of it",
        )
    if found[0] == current:
        raise Refused(f"{current} 就是现行批次", f"{current} is the published build already")
    if not build_file(settings, found[0]).is_file():
        raise Refused(f"批次 {found[0]} 的文件已不在", f"the file of build {found[0]} is gone")
    return found[0]
