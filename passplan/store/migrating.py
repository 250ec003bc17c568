"""Bringing a store to the newest version, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passplan.domain.errors import StoreError
from passplan.domain.messages import Message
from passplan.store import guards
from passplan.store.database import Database, Transaction


def migrate(database: Database, target: str = "head", *, scripts: Path | None = None) -> None:
    """Go up or down to a revision of the migrations, in one transaction, and verify the guards at the newest.

    Args:
        database: the store; it may be empty.
        target: a revision, "head" (the newest) or "base" (no tables).
        scripts: another folder of revisions.

    Raises:
        StoreError: when the guards are not in place afterwards, or the store is newer; nothing is changed then.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    if scripts is not None:
        config.set_main_option("version_locations", str(scripts))
        config.set_main_option("path_separator", "newline")

    def work(transaction: Transaction) -> None:
        connection = transaction.connection
        config.attributes["connection"] = connection
        revisions = ScriptDirectory.from_config(config)
        now = MigrationContext.configure(connection).get_current_revision()
        if now is not None and now not in {s.revision for s in revisions.walk_revisions()}:
            raise StoreError(
                Message(
                    "store_version_unknown",
                    "%(database)s: it is at version %(version)s, which this passplan does not know; a newer one does",
                    database=str(database),
                    version=now,
                )
            )
        if _goes_down(connection, target, revisions):
            command.downgrade(config, target)
        else:
            command.upgrade(config, target)
        if MigrationContext.configure(connection).get_current_revision() == revisions.get_current_head():
            guards.require(connection, str(database))
        if database.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise StoreError(
                Message(
                    "rows_broken",
                    "%(database)s: %(rows)s rows refer to none; nothing was changed",
                    database=str(database),
                    rows=len(broken),
                )
            )

    database.write(work, keys=False)


def _goes_down(connection: Any, target: str, scripts: Any) -> bool:
    from alembic.migration import MigrationContext

    now = MigrationContext.configure(connection).get_current_revision()
    if target == "head" or now is None:
        return False
    if target == "base":
        return True
    return target != now and target in {s.revision for s in scripts.iterate_revisions(now, "base")}
