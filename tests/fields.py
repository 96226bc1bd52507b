"""Key fields for the firms of a small published build, whether or not its deliveries name any."""

from __future__ import annotations

import duckdb

from pipeline.settings import Settings
from pipeline.stores.access import KEY_FIELDS
from pipeline.stores.warehouse import build_file, current_build


def give_fields(settings: Settings) -> None:
    """Deal key fields to the firms of a published build: none, one or two each."""
    with duckdb.connect(str(build_file(settings, str(current_build(settings))))) as connection:
        codes = ", ".join(f"'{f}'" for f in KEY_FIELDS)
        connection.execute("ALTER TABLE mart.enterprise ADD COLUMN IF NOT EXISTS fields VARCHAR[]")
        connection.execute(
            f"UPDATE mart.enterprise SET fields = list_distinct(list_transform(range((hash(uscc) % 3)::BIGINT),"
            f" lambda i: [{codes}][1 + (hash(uscc || i::VARCHAR) % {len(KEY_FIELDS)})::INTEGER]))"
        )
