"""The builds that were published, as people who start builds see them: which, as of when, issued when, in force or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.settings import Settings
from pipeline.stores.access import Actor
from pipeline.stores.operations.builds import BUILDERS
from pipeline.stores.operations.store import Operations
from pipeline.stores.rollback import withdrawn_builds
from pipeline.stores.warehouse import build_file, current_build, published_builds


@dataclass(frozen=True)
class Published:
    """A build that was CURRENT once. `as_of`, `issued_at`: of its newest grades, None where their file is gone.

    `is_kept`: its warehouse is still there, so that one can go back to it. `is_withdrawn`: it was rolled back from.
    """

    build_id: str
    as_of: date | None
    issued_at: datetime | None
    is_current: bool
    is_kept: bool
    is_withdrawn: bool


def published(operations: Operations, actor: Actor, most: int = 6) -> list[Published]:
    """The last builds, newest first; the one in force is among them, however old."""
    actor.must_be(*BUILDERS)
    settings = operations.settings
    current, known = current_build(settings), published_builds(settings)
    chosen = [b for n, b in enumerate(reversed(known)) if n < most or b == current]
    return [_published(settings, build_id, current) for build_id in chosen]


def _published(settings: Settings, build_id: str, current: str | None) -> Published:
    as_of, issued_at = _stamp(settings.grades / f"{build_id}.parquet")
    is_kept, is_withdrawn = build_file(settings, build_id).is_file(), build_id in withdrawn_builds(settings)
    return Published(build_id, as_of, issued_at, build_id == current, is_kept, is_withdrawn)


def _stamp(path: Path) -> tuple[date | None, datetime | None]:
    """Newest as_of and issued_at of a file of grades, from the statistics in its footer: no row is read."""
    try:
        footer = pq.read_metadata(path)
    except (OSError, pa.ArrowInvalid):
        return None, None
    newest: dict[str, Any] = {}
    for n in range(footer.num_row_groups):
        group = footer.row_group(n)
        for c in range(group.num_columns):
            column = group.column(c)
            if column.path_in_schema in ("as_of", "issued_at") and column.statistics and column.statistics.has_min_max:
                value = column.statistics.max
                newest[column.path_in_schema] = max(value, newest.get(column.path_in_schema, value))
    return newest.get("as_of"), newest.get("issued_at")
