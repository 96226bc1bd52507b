"""The schema of the operations store in steps: which one it has, and the way to the newest.

Steps are Alembic migrations, all that are missing in one transaction: one that is broken off leaves the store as it was.
A store that a newer program has brought further is refused, since nobody knows what an older one would do to it.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from pipeline.errors import ChecksFailed

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def upgrade(engine: Engine) -> None:
    """Bring the schema to the newest step; raises ChecksFailed if it is of a newer program.

    Of several processes that open an old store together one upgrades, and the others wait and find it done.
    """
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    with engine.connect() as connection:
        if revision_of(connection) == script.get_current_head():
            return
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        found = revision_of(connection)
        if found is not None and found not in {step.revision for step in script.walk_revisions()}:
            raise ChecksFailed(
                f"业务库已由更新版本的程序升级（{found}），这个版本不能打开：请用新版本，或用升级前的备份恢复"
                f"（the operations store is at {found}, of a newer program: use that one, or restore the backup made before）"
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision_of(connection: Connection) -> str | None:
    """The step that the store has reached; None for an empty file."""
    return MigrationContext.configure(connection).get_current_revision()
