"""The network file, `stations.toml`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.network import (
    Agency,
    Agreement,
    Antenna,
    Closure,
    Link,
    Network,
    Satellite,
    SatelliteTime,
    Staffing,
    Station,
)
from passplan.formats.limits import MAX_TOML_BYTES, require_size
from passplan.formats.tables import T, TableReader, place, table_of, toml_tables


def load_network(path: str | Path) -> Network:
    """The network of a file.

    Raises:
        InputError: with every mistake in it, each with its place, the value and the allowed values.
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
    """The network of a text; `source` names it in errors.

    Raises:
        InputError: as `load_network`.
    """
    return network_from_tables(toml_tables(text, source), source, written=True)


def network_from_tables(tables: dict[str, Any], source: str, *, written: bool = False) -> Network:
    """The network of parsed tables, from TOML or JSON; `written` as `TableReader` has it.

    Raises:
        InputError: as `load_network`.
    """
    reader = TableReader(source, written=written)
    for key in tables:
        if key not in ("agency", "station", "satellite", "agreement"):
            reader.problem("the file", f"{key!r} is not known here; it takes agency, agreement, satellite, station")
    agencies = _all(reader, Agency, tables, "agency")
    stations = _all(reader, Station, tables, "station", inner=_IN_STATION)
    satellites = _all(reader, Satellite, tables, "satellite", inner=_IN_SATELLITE)
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
        problems = (Message("found_in", "%(source)s: %(problem)s", source=source, problem=m) for m in error.messages)
        raise InputError(*problems) from None


def network_tables(network: Network) -> dict[str, Any]:
    """The tables of a network file; `network_from_tables` reads an equal network from them."""
    return {
        "agency": [table_of(agency) for agency in network.agencies],
        "station": [_with_keys(table_of(station), _IN_STATION) for station in network.stations],
        "satellite": [_with_keys(table_of(satellite), _IN_SATELLITE) for satellite in network.satellites],
        "agreement": [table_of(agreement) for agreement in network.agreements],
    }


@dataclass(frozen=True, slots=True)
class _Inner:
    """An array of tables inside another table."""

    key: str  # in the file
    into: str  # the field of the outer type
    kind: type[Any]
    preset: dict[str, Any] = field(default_factory=dict)  # fields that the outer table implies


_IN_STATION = (
    _Inner("antenna", "antennas", Antenna),
    _Inner("closed", "closures", Closure),
    _Inner("staffing", "staffing", Staffing),
)
_IN_SATELLITE = (_Inner("link", "links", Link), _Inner("time", "times", SatelliteTime, preset={"satellite": ""}))


def _all(
    reader: TableReader, kind: type[T], tables: dict[str, Any], key: str, inner: tuple[_Inner, ...] = ()
) -> tuple[T, ...]:
    """The values of all tables of an array, with the tables inside each."""
    values = []
    for index, table in enumerate(reader.tables(tables, key, "the file"), start=1):
        where = place(key, table, index)
        nested: dict[str, Any] = {}
        if isinstance(table, dict):
            known = len(reader.problems)
            nested = {i.into: _inside(reader, i, table, where) for i in inner}
            if len(reader.problems) > known:  # an antenna with a mistake is not reported as missing too
                nested = {i.into: () for i in inner}
            table = {name: value for name, value in table.items() if name not in {i.key for i in inner}}
        value = reader.build(kind, table, where, **nested)
        if value is not None:
            values.append(value)
    return tuple(values)


def _inside(reader: TableReader, inner: _Inner, table: dict[str, Any], where: str) -> tuple[Any, ...]:
    within = TableReader(
        f"{reader.source}: {where}", written=reader.written
    )  # so that the domain's messages have the place too
    parts = [
        within.build(inner.kind, part, place(inner.key, part, index), **inner.preset)
        for index, part in enumerate(reader.tables(table, inner.key, where), start=1)
    ]
    reader.problems += within.problems
    return tuple(part for part in parts if part is not None)


def _with_keys(table: dict[str, Any], inner: tuple[_Inner, ...]) -> dict[str, Any]:
    keys = {i.into: i.key for i in inner}
    return {keys.get(key, key): value for key, value in table.items()}


def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True
