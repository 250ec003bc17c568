"""The network file, `stations.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from passplan.domain.errors import InputError
from passplan.domain.network import Agency, Agreement, Antenna, Link, Network, Satellite, Station
from passplan.formats.limits import MAX_TOML_BYTES, require_shallow_toml, require_size
from passplan.formats.tables import T, TableReader


def load_network(path: str | Path) -> Network:
    """The network of a file.

    Raises:
        InputError: with every mistake in it, each with its place, what was found and what is allowed.
        OSError: when it cannot be read.
    """
    path = Path(path)
    require_size(path.name, path.stat().st_size, MAX_TOML_BYTES)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: byte {error.start} is not UTF-8 text") from None
    return parse_network(text, path.name)


def parse_network(text: str, source: str) -> Network:
    """The network of a text; `source` is what errors call it.

    Raises:
        InputError: as `load_network`.
    """
    require_shallow_toml(source, text)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: it is not TOML: {error}") from None
    reader = TableReader(source)
    for key in tables:
        if key not in ("agency", "station", "satellite", "agreement"):
            reader.problem("the file", f"{key!r} is not known here; it takes agency, agreement, satellite, station")
    agencies = _all(reader, Agency, tables, "agency")
    stations = _all(reader, Station, tables, "station", inner=("antenna", "antennas", Antenna))
    satellites = _all(reader, Satellite, tables, "satellite", inner=("link", "links", Link))
    agreements = _all(reader, Agreement, tables, "agreement")
    for station in stations:
        if not _is_time_zone(station.time_zone):
            reader.problem(
                f'station "{station.id}"',
                f"time_zone is {station.time_zone!r}; it is an IANA name such as Europe/Berlin",
            )
    reader.raise_problems()
    try:
        return Network(agencies=agencies, stations=stations, satellites=satellites, agreements=agreements)
    except InputError as error:
        raise InputError(*(f"{source}: {problem}" for problem in error.problems)) from None


def _all(
    reader: TableReader,
    kind: type[T],
    tables: dict[str, Any],
    key: str,
    inner: tuple[str, str, type[Any]] | None = None,
) -> tuple[T, ...]:
    """Every table of an array, with the tables of an array inside each where there is one."""
    found = []
    for index, table in enumerate(_list(reader, tables, key, "the file"), start=1):
        where = _where(key, table, index)
        given: dict[str, Any] = {}
        if inner is not None and isinstance(table, dict):
            singular, field, inner_kind = inner
            parts = [
                reader.build(inner_kind, part, f"{where}: {_where(singular, part, k)}")
                for k, part in enumerate(_list(reader, table, singular, where), start=1)
            ]
            given[field] = tuple(part for part in parts if part is not None)
            table = {name: value for name, value in table.items() if name != singular}
        value = reader.build(kind, table, where, **given)
        if value is not None:
            found.append(value)
    return tuple(found)


def _list(reader: TableReader, table: dict[str, Any], key: str, where: str) -> list[Any]:
    value = table.get(key, [])
    if isinstance(value, list):
        return value
    reader.problem(where, f"{key} is not an array of tables; write [[{key}]]")
    return []


def _where(key: str, table: Any, index: int) -> str:
    name = table.get("id") if isinstance(table, dict) else None
    return f'{key} "{name}"' if isinstance(name, str) and len(name) <= 64 else f"{key} {index}"


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
