"""Changes that guards are tried with."""

from __future__ import annotations

from typing import Any

from passplan.store import guards
from passplan.store.database import Database
from tests.store import world

HOUR_US = 3_600_000_000
SHAPES = {
    "the same": (10, 20),
    "inside": (12, 15),
    "around": (5, 25),
    "over its start": (5, 11),
    "over its end": (19, 30),
}


def overlap_words(database: Database) -> str:
    """What the refusal of an overlap says."""
    return guards.OVERLAP if database.is_sqlite else "hold_no_overlap"


def antenna(database: Database, name: str = "wlp/a") -> int:
    """The number of an antenna."""
    return int(world.rows(database, "SELECT id FROM resource WHERE name = :name", name=name)[0][0])


def add_hold(database: Database, holder: int, start: float, end: float, name: str = "wlp/a", live: bool = True) -> int:
    """A hold of an antenna over some minutes."""
    return world.add_hold(database, holder, antenna(database, name), world.us(start), world.us(end), live=live)


def change_hold(database: Database, number: int, **columns: object) -> None:
    """Change some columns of a hold, and name no other: a trigger may look at those alone that are named."""
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    world.execute(database, f"UPDATE hold SET {changes} WHERE id = :id", id=number, **columns)


def times(start: float, end: float) -> dict[str, int]:
    """Minutes as columns of a hold."""
    return {"start_us": world.us(start), "end_us": world.us(end)}


def holds(database: Database) -> list[tuple[Any, ...]]:
    return world.rows(database, "SELECT * FROM hold ORDER BY id")


def states(database: Database, table: str) -> list[tuple[Any, ...]]:
    return world.rows(database, f"SELECT state, count(*) FROM {table} GROUP BY state")
