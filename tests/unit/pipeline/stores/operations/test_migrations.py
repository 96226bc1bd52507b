"""The migrations make exactly the schema that the code declares, and opening a store twice changes nothing."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from pipeline.stores.operations.revisions import MIGRATIONS
from pipeline.stores.operations.schema import METADATA
from pipeline.stores.operations.store import Operations
from tests.deployment import Deployment
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


def test_a_store_of_the_first_schema_is_brought_up_and_keeps_its_rows(tmp_path: Path) -> None:
    settings = Deployment(tmp_path / "old").settings
    settings.var.mkdir()
    engine = create_engine(f"sqlite:///{settings.operations}")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        assert "policy_proposal" not in inspect(connection).get_table_names()
        connection.execute(
            text("INSERT INTO pilot_step (task, state, evidence, file_name, user, business_at, wall_at)"
                 " VALUES ('T01', 'done', '文件', '', 'u', '2020-10-15', '2020-10-15')")
        )  # fmt: skip
        connection.commit()
    engine.dispose()
    operations = Operations.open(settings)
    with operations.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert connection.execute(text("SELECT evidence FROM pilot_step")).scalar_one() == "文件"
    operations.close()
