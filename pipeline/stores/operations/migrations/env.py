"""Runs migrations inside the connection that the store has opened."""

from __future__ import annotations

from alembic import context

from pipeline.stores.operations.schema import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
