"""Passes computed in advance: derived, replaced by satellite, never referred to by an id."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from passplan.domain.rows.columns import columns_of
from passplan.domain.rows.passes import ForecastPass
from passplan.store.database import Transaction
from passplan.store.schema import is_scaled, microseconds, moment, stored_name, stored_pass

Line = sa.Row[Any]  # of `stored_pass`
Place = tuple[int, str, str]  # AOS in microseconds, satellite, station: the order of passes


@dataclass(frozen=True, slots=True, kw_only=True)
class PassQuery:
    """The passes that a query selects; empty sequences are no limit."""

    start: datetime
    end: datetime
    satellites: Sequence[str] = ()
    stations: Sequence[str] = ()
    min_peak_elevation_deg: float = 0.0
    after: Place | None = None  # later than this one, in order of AOS
    most: int = 500


def replace_passes(
    transaction: Transaction,
    satellite: str,
    rows: Iterable[ForecastPass],
    *,
    start: datetime | None = None,
    end: datetime | None = None,
) -> None:
    """Replace the passes of a satellite with an AOS from `start` to before `end`; None: no limit."""
    limits = [stored_pass.c.satellite == satellite]
    if start is not None:
        limits.append(stored_pass.c.aos_us >= microseconds(start))
    if end is not None:
        limits.append(stored_pass.c.aos_us < microseconds(end))
    connection = transaction.connection
    connection.execute(sa.delete(stored_pass).where(*limits))
    if values := [_values(row) for row in rows]:
        connection.execute(sa.insert(stored_pass), values)


def delete_others(transaction: Transaction, satellites: Iterable[str]) -> None:
    """Delete the passes of all satellites but these."""
    transaction.connection.execute(sa.delete(stored_pass).where(stored_pass.c.satellite.not_in(list(satellites))))


def select(connection: sa.Connection, query: PassQuery) -> list[ForecastPass]:
    """The passes that touch a span, in order of AOS."""
    return [row_of(line) for line in select_lines(connection, query)]


def select_lines(connection: sa.Connection, query: PassQuery) -> Sequence[Line]:
    """The lines of the table for the passes that touch a span, in order of AOS, for `row_of`."""
    order = (stored_pass.c.aos_us, stored_pass.c.satellite, stored_pass.c.station)
    statement = sa.select(stored_pass).where(*_limits(query)).order_by(*order).limit(query.most)
    if query.after is not None:
        statement = statement.where(sa.tuple_(*order) > sa.tuple_(*(sa.literal(value) for value in query.after)))
    return connection.execute(statement).all()


def row_of(line: Line) -> ForecastPass:
    """The row of a line of the table."""
    return ForecastPass(**values_of(line))


def values_of(line: Line) -> dict[str, Any]:
    """The values of a line of the table, by the columns of `ForecastPass` that are not computed."""
    values: dict[str, Any] = dict(zip(_NAMES, line, strict=True))
    for name in _INSTANTS:
        values[name] = moment(values[name])
    for name, scale in _SCALES:
        if (value := values[name]) is not None:
            values[name] = value / scale
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class PassPlace:
    """Where and when a pass is searched."""

    satellite: str
    stations: tuple[str, ...]
    start: datetime
    end: datetime


def touching(connection: sa.Connection, places: Sequence[PassPlace]) -> list[ForecastPass]:
    """The passes that touch the spans of satellites over stations, in order of AOS."""
    spans = [
        {"satellite": p.satellite, "station": station, "start": microseconds(p.start), "end": microseconds(p.end)}
        for p in places
        for station in p.stations
    ]
    lines: dict[Place, Line] = {}
    for k in range(0, len(spans), _AT_ONCE):
        batch = spans[k : k + _AT_ONCE]
        batch += batch[:1] * (_AT_ONCE - len(batch))  # a repeated span selects the same passes
        values = {f"{name}_{n}": value for n, span in enumerate(batch) for name, value in span.items()}
        lines |= {(line.aos_us, line.satellite, line.station): line for line in connection.execute(_TOUCHING, values)}
    return [row_of(lines[place]) for place in sorted(lines)]


# Built once: building such a statement takes SQLAlchemy longer than the database takes to run it.
_AT_ONCE = 8
_TOUCHING = sa.select(stored_pass).where(
    sa.or_(
        *(
            sa.and_(
                stored_pass.c.satellite == sa.bindparam(f"satellite_{n}"),
                stored_pass.c.station == sa.bindparam(f"station_{n}"),
                stored_pass.c.aos_us < sa.bindparam(f"end_{n}"),
                stored_pass.c.los_us > sa.bindparam(f"start_{n}"),
            )
            for n in range(_AT_ONCE)
        )
    )
)


def count(connection: sa.Connection, query: PassQuery | None = None, *, without: Iterable[str] = ()) -> int:
    """The number of passes, in all or of a query, without those of some satellites."""
    statement = sa.select(sa.func.count()).select_from(stored_pass)
    if query is not None:
        statement = statement.where(*_limits(query))
    if excluded := list(without):
        statement = statement.where(stored_pass.c.satellite.not_in(excluded))
    return int(connection.execute(statement).scalar_one())


def highest(connection: sa.Connection, query: PassQuery) -> ForecastPass | None:
    """The highest pass of a query, whose least elevation is ignored."""
    statement = sa.select(stored_pass).where(*_limits(replace(query, min_peak_elevation_deg=0.0)))
    line = connection.execute(statement.order_by(_PEAK.desc()).limit(1)).one_or_none()
    return None if line is None else row_of(line)


def next_at_stations(connection: sa.Connection, stations: Sequence[str], now: datetime) -> dict[str, ForecastPass]:
    """The pass that is under way or comes next, by station; stations without one are left out."""
    rows: dict[str, ForecastPass] = {}
    # Most stations have one within a day: the rest of the month is read only for stations that have none.
    for horizon in (now + timedelta(days=1), datetime.max.replace(tzinfo=UTC)):
        if missing := [name for name in stations if name not in rows]:
            values = {"now": microseconds(now), "horizon": microseconds(horizon), "stations": missing}
            rows |= {line.station: row_of(line) for line in connection.execute(_NEXT, values)}
    return rows


_FIRST = (
    sa.select(stored_pass.c.station, sa.func.min(stored_pass.c.aos_us).label("aos_us"))
    .where(
        stored_pass.c.los_us > sa.bindparam("now"),
        stored_pass.c.aos_us < sa.bindparam("horizon"),
        stored_pass.c.station.in_(sa.bindparam("stations", expanding=True)),
    )
    .group_by(stored_pass.c.station)
    .subquery()
)
_NEXT = sa.select(stored_pass).join(
    _FIRST, (_FIRST.c.station == stored_pass.c.station) & (_FIRST.c.aos_us == stored_pass.c.aos_us)
)


@dataclass(frozen=True, slots=True)
class Spans:
    """The times and names of passes, in order of AOS."""

    aos_us: list[int]
    los_us: list[int]
    names: list[tuple[str, str]]  # satellite, station
    longest_us: int

    def touching(self, start_us: int, end_us: int) -> list[tuple[str, str]]:
        """The passes that touch a span."""
        first = bisect_left(self.aos_us, start_us - self.longest_us)
        los_us, names = self.los_us, self.names
        return [names[k] for k in range(first, bisect_left(self.aos_us, end_us)) if los_us[k] > start_us]


def spans(connection: sa.Connection, start_us: int, end_us: int) -> Spans:
    """The times and names of the passes that touch a span."""
    columns = (stored_pass.c.aos_us, stored_pass.c.los_us, stored_pass.c.satellite, stored_pass.c.station)
    query = sa.select(*columns).where(stored_pass.c.aos_us < end_us, stored_pass.c.los_us > start_us)
    rows = connection.execute(query.order_by(stored_pass.c.aos_us)).all()
    return Spans(
        aos_us=[row[0] for row in rows],
        los_us=[row[1] for row in rows],
        names=[(row[2], row[3]) for row in rows],
        longest_us=max((row[1] - row[0] for row in rows), default=0),
    )


_STORED = tuple(c for c in columns_of(ForecastPass) if not c.is_computed)
_NAMES = tuple(c.name for c in _STORED)
_INSTANTS = tuple(c.name for c in _STORED if c.type is datetime)
_SCALES = tuple((c.name, 10**c.digits) for c in _STORED if c.digits is not None and is_scaled(c))
_COLUMNS = tuple((c.name, stored_name(c)) for c in _STORED)
_PEAK = stored_pass.c[stored_name(next(c for c in _STORED if c.name == "peak_elevation_deg"))]
_PEAK_SCALE = dict(_SCALES)["peak_elevation_deg"]


def _values(row: ForecastPass) -> dict[str, Any]:
    """The values of a pass, by the columns of its table."""
    values = {name: getattr(row, name) for name in _NAMES}
    for name in _INSTANTS:
        values[name] = microseconds(values[name])
    for name, scale in _SCALES:
        if (value := values[name]) is not None:
            values[name] = round(value * scale)
    return {column: values[name] for name, column in _COLUMNS}


def _limits(query: PassQuery) -> list[sa.ColumnElement[bool]]:
    limits = [stored_pass.c.aos_us < microseconds(query.end), stored_pass.c.los_us > microseconds(query.start)]
    if query.satellites:
        limits.append(stored_pass.c.satellite.in_(query.satellites))
    if query.stations:
        limits.append(stored_pass.c.station.in_(query.stations))
    if query.min_peak_elevation_deg:
        limits.append(round(query.min_peak_elevation_deg * _PEAK_SCALE) <= _PEAK)
    return limits
