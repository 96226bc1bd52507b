"""The manifest of a backup: what it holds, of which moment, and how its published build came about."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from pipeline.errors import PipelineError
from pipeline.settings import REPOSITORY, Settings
from pipeline.stores.operations.copy import Log
from pipeline.stores.warehouse import Warehouse, build_file, current_build, known_history, published_builds

FORMAT = 1
CODE_ROOMS = ("pipeline", "models")
"""The rooms whose code decides what a build says."""


class BadBackup(PipelineError):
    """A file is no backup, or not a whole one; says which member is the first that is wrong."""


@dataclass(frozen=True)
class Entry:
    """One member: name, bytes, SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Taken:
    """A delivery that is in a build, accepted or not as it was then."""

    supplier: str
    sha256: str
    path: str
    accepted: bool


@dataclass(frozen=True)
class Published:
    """The published build and all that is needed to make it again.

    `as_of`: its dates. `today`, `built_at`: the business day and the moment of its making. `history`: the builds whose
    issued grades it knew. `seconds`: how long each stage took.
    """

    build_id: str
    as_of: tuple[date, ...]
    today: date
    built_at: datetime
    history: tuple[str, ...]
    deliveries: tuple[Taken, ...]
    seconds: dict[str, float]


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `code`: digest of the code that was installed; `published`: None before the first.

    `own`: which declarations are the deployment's own, an empty folder too: it hides the repository's.
    """

    made_at: datetime
    code: str
    city: str
    synthetic: bool
    today: date
    own: tuple[str, ...]
    published: Published | None
    audit: Log
    deliveries: int
    members: tuple[Entry, ...]
    format: int = FORMAT

    def to_json(self) -> str:
        """The manifest as it stands in the file, readable for people too."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, default=str) + "\n"

    @staticmethod
    def from_json(text: str) -> Manifest:
        """Read it back; raises BadBackup if it is not one that this version can read."""
        try:
            raw = json.loads(text)
            if raw["format"] != FORMAT:
                raise BadBackup(f"备份的格式为 {raw['format']}，本程序读的是 {FORMAT}（made by another version）")
            published, log = raw["published"], raw["audit"]
            return Manifest(
                made_at=datetime.fromisoformat(raw["made_at"]),
                code=raw["code"],
                city=raw["city"],
                synthetic=raw["synthetic"],
                today=date.fromisoformat(raw["today"]),
                own=tuple(raw["own"]),
                published=_published(published) if published else None,
                audit=Log(log["rows"], datetime.fromisoformat(log["until"]) if log["until"] else None, log["head"]),
                deliveries=raw["deliveries"],
                members=tuple(Entry(**m) for m in raw["members"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadBackup(f"MANIFEST.json 不可读（not readable）：{error}") from error


def code_digest() -> str:
    """Digest of the code that decides what a build says (16 hex digits)."""
    digest = hashlib.sha256()
    for room in CODE_ROOMS:
        for path in sorted((REPOSITORY / room).rglob("*.py")):
            digest.update(path.relative_to(REPOSITORY).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def published_of(settings: Settings) -> Published | None:
    """The published build as a rebuild needs it; None where there is none or its file is gone."""
    build_id = current_build(settings)
    if build_id is None or not build_file(settings, build_id).is_file():
        return None
    known = known_history(settings, build_id)
    with Warehouse.read(build_file(settings, build_id)) as build:
        today, built_at = build.rows("SELECT today, built_at FROM mart.build")[0]
        taken = build.rows("SELECT DISTINCT supplier, sha256, path, is_accepted FROM mart.delivery ORDER BY ALL")
        return Published(
            build_id=build_id,
            as_of=tuple(r[0] for r in build.rows("SELECT DISTINCT as_of FROM mart.population ORDER BY 1")),
            today=today,
            built_at=built_at,
            history=tuple(b for b in published_builds(settings) if b in known),
            deliveries=tuple(Taken(*row) for row in taken),
            seconds=dict(build.rows("SELECT stage, seconds FROM mart.stage_seconds")),
        )


def _published(raw: dict[str, Any]) -> Published:
    return Published(
        build_id=raw["build_id"],
        as_of=tuple(date.fromisoformat(day) for day in raw["as_of"]),
        today=date.fromisoformat(raw["today"]),
        built_at=datetime.fromisoformat(raw["built_at"]),
        history=tuple(raw["history"]),
        deliveries=tuple(Taken(**taken) for taken in raw["deliveries"]),
        seconds=raw["seconds"],
    )
