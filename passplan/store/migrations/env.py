"""The script that Alembic runs: the migrations, on the caller's connection, in one transaction."""

from alembic import context

from passplan.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
