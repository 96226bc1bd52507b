"""Which sets of indicators grades were issued under, and what the change log says of them.

A set is named by the hash of its declarations; each issued grade keeps the name of its set. Who changed a declaration, and
why, stands in CHANGELOG.md under 指标与政策, in the words in which it was written there; nothing else is known of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from pages.views.fields import shown
from pipeline.indicators.catalogue import ALL, INDICATORS
from pipeline.indicators.indicator import set_version
from pipeline.settings import REPOSITORY
from pipeline.stores.reader import ScopedReader

CHANGELOG = REPOSITORY / "CHANGELOG.md"
_RELEASE = re.compile(r"## \[(?P<name>[^\]]+)\](?: - (?P<day>\S+))?")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_CODES = frozenset(i.code for i in ALL)


@dataclass(frozen=True)
class SetVersion:
    """One set of indicators under which grades were issued."""

    id: str = field(metadata=shown("指标集", "Set", "计分指标声明的摘要", "Hash of the scored declarations"))
    first: date = field(metadata=shown("首个时点", "First date", "最早的数据时点", "Its earliest date of grades"))
    issued: datetime = field(metadata=shown("首次签发", "First issued", "最早的签发时间", "When first issued"))
    latest: datetime = field(metadata=shown("最近签发", "Last issued", "最近的签发时间", "When last issued"))
    builds: int = field(metadata=shown("批次", "Builds", "签发的批次数", "Builds that issued grades under it"))
    is_current: bool = field(metadata=shown("现行", "In force", "本批次所用", "Used by this build"))


@dataclass(frozen=True)
class Change:
    """A line of the change log about indicators."""

    release: str = field(metadata=shown("版本", "Release", "程序版本", "Release of the product"))
    day: str = field(metadata=shown("日期", "Day", "发布日期", "Day of the release, empty for the next one"))
    words: str = field(metadata=shown("变更", "Change", "登记的原文", "As it was written"))


@dataclass(frozen=True)
class ChangeLog:
    """The sets, newest first, and the lines of the change log, newest first."""

    versions: tuple[SetVersion, ...] = field(metadata=shown("指标集", "Sets", "历次指标集", "The sets"))
    changes: tuple[Change, ...] = field(metadata=shown("变更", "Changes", "登记的变更", "Recorded changes"))
    declared: str = field(
        metadata=shown("程序声明", "Declared", "程序现声明的指标集", "The set that the program declares")
    )

    @property
    def current(self) -> SetVersion:
        """The set of the build that is shown."""
        return next(v for v in self.versions if v.is_current)

    @property
    def is_ahead(self) -> bool:
        """The program declares another set than the build used: the next build will use it."""
        return self.current.id != self.declared

    def of(self, code: str) -> tuple[Change, ...]:
        """The lines that are about this indicator, or about the whole set."""
        return tuple(c for c in self.changes if code in c.words or not _named(c.words))


def change_log(read: ScopedReader, path: Path = CHANGELOG) -> ChangeLog:
    """What the issued grades within the scope and the change log say."""
    own, as_of, built = read.rows("SELECT indicator_set, as_of, built_at FROM build")[0]
    found = {own: (as_of, built, built, 1)}
    if read.has("grade_history"):
        for name, first, issued, latest, builds in read.rows(
            "SELECT indicator_set, min(as_of), min(issued_at), max(issued_at), count(DISTINCT build_id)"
            " FROM grade_history WHERE NOT is_backcast AND indicator_set IS NOT NULL GROUP BY 1"
        ):
            one = found.get(name)
            found[name] = (first, issued, latest, builds) if one is None else (
                min(first, one[0]), min(issued, one[1]), max(latest, one[2]), builds + 1
            )  # fmt: skip
    sets = [
        SetVersion(name, first - timedelta(days=1), issued, latest, int(builds), name == own)
        for name, (first, issued, latest, builds) in found.items()
    ]
    sets.sort(key=lambda v: (v.is_current, v.latest), reverse=True)
    return ChangeLog(tuple(sets), tuple(_changes(path)), set_version(INDICATORS))


def _changes(path: Path) -> Iterator[Change]:
    """The lines under 指标与政策 that are about indicators."""
    if not path.is_file():
        return
    release, day, inside, lines = "", "", False, list[tuple[str, str, str]]()
    for line in path.read_text(encoding="utf-8").splitlines():
        if head := _RELEASE.match(line):
            release, day, inside = head["name"], head["day"] or "", False
        elif line.startswith("#"):
            inside = line.startswith("### 指标与政策")
        elif inside and line.startswith("- "):
            lines.append((release, day, line[2:]))
        elif inside and lines and line.startswith("  "):
            lines[-1] = (*lines[-1][:2], f"{lines[-1][2]} {line.strip()}")
    for release, day, words in lines:
        if words.lower().startswith("indicator") or words.startswith("指标") or _named(words):
            yield Change(release, day, _LINK.sub(r"\1", words).replace("`", ""))


def _named(words: str) -> bool:
    """Whether a line names an indicator by its code."""
    return any(word in _CODES for word in re.findall(r"\w+", words))
