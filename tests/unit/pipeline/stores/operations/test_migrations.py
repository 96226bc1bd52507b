"""The migrations make exactly the schema that the code declares, and opening a store twice changes nothing."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from pipeline.stores.operations.schema import METADATA
from pipeline.stores.operations.store import Operations
from tests.small_city import SmallCity


def test_migrations_make_the_declared_schema(small: SmallCity) -> None:
    operations = Operations.open(small.settings)
    with operations.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_opening_again_changes_nothing(small: SmallCity) -> None:
    def version() -> str:
        operations = Operations.open(small.settings)
        with operations.engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        operations.close()
        return str(found)

    assert version() == version()
