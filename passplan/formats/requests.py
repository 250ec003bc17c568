"""The request file: the requests of agencies, as TOML or JSON with one schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.network import AntennaRef, Network, SatelliteTime
from passplan.domain.requests import ContactRequest, RequestBook, RequestGroup
from passplan.formats.limits import MAX_REQUESTS_JSON_BYTES, MAX_TOML_BYTES, require_size
from passplan.formats.tables import T, TableReader, json_tables, place, shown, table_of, toml_tables

SCHEMA = "passplan.requests/1"

_KEYS = ("schema", "request", "group", "satellite_time")
_MOST_NAMES = 20


def load_requests(path: str | Path) -> RequestBook:
    """The requests of a file: TOML when it is named `.toml`, JSON when it is named `.json` or begins with a brace.

    Raises:
        InputError: with every mistake in it, each with its place, the value and the allowed values.
        OSError: when it cannot be read.
    """
    path = Path(path)
    require_size(path.name, path.stat().st_size, max(MAX_TOML_BYTES, MAX_REQUESTS_JSON_BYTES))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: byte {error.start} is not UTF-8 text") from None
    ending = path.suffix.lower()
    is_json = ending == ".json" or (ending != ".toml" and text.lstrip().startswith("{"))
    return parse_requests(text, path.name, form="json" if is_json else "toml")


def parse_requests(text: str, source: str, *, form: Literal["toml", "json"]) -> RequestBook:
    """The requests of a text; `source` names it in errors.

    Raises:
        InputError: as `load_requests`.
    """
    is_json = form == "json"
    tables = json_tables(text, source, max_bytes=MAX_REQUESTS_JSON_BYTES) if is_json else toml_tables(text, source)
    return book_from_tables(tables, source, written=True)


def book_from_tables(tables: Mapping[str, Any], source: str, *, written: bool = False) -> RequestBook:
    """The requests of parsed tables; `written` as `TableReader` has it.

    Raises:
        InputError: as `load_requests`.
    """
    reader = TableReader(source, written=written)
    for key in tables:
        if key not in _KEYS:
            reader.problem("the file", f"{shown(key)} is not known here; it takes {', '.join(sorted(_KEYS))}")
    if tables.get("schema", SCHEMA) != SCHEMA:
        reader.problem("the file", f'schema is {shown(tables["schema"])}; this version reads "{SCHEMA}"')
    requests = _all(reader, ContactRequest, tables, "request", {"wanted_s": "min_s"})
    before = len(reader.problems)
    groups = _all(reader, RequestGroup, tables, "group")
    groups_are_complete = len(reader.problems) == before
    times = _all(reader, SatelliteTime, tables, "satellite_time")
    try:
        book = RequestBook(requests=requests, groups=groups, satellite_times=times)
    except InputError as error:
        if groups_are_complete:  # else a group may be missing because of its own mistake
            reader.problems += _found_in(source, error.messages)
        book = RequestBook()
    reader.raise_problems()
    return book


def book_tables(book: RequestBook) -> dict[str, Any]:
    """The tables of a request file; `book_from_tables` reads an equal book from them."""
    return {
        "schema": SCHEMA,
        "request": [table_of(request) for request in book.requests],
        "group": [table_of(group) for group in book.groups],
        "satellite_time": [table_of(time) for time in book.satellite_times],
    }


def check_against(book: RequestBook, network: Network, source: str) -> None:
    """Refuse requests that name objects missing from the network.

    Raises:
        InputError: with every unknown name, and the known ones.
    """
    problems = [problem for request in book.requests for problem in _in_request(request, book, network)]
    problems += [problem for time in book.satellite_times for problem in _in_time(time, network)]
    if problems:
        raise InputError(*_found_in(source, problems))


def _found_in(source: str, problems: Iterable[Message]) -> list[Message]:
    return [Message("found_in", "%(source)s: %(problem)s", source=source, problem=problem) for problem in problems]


def _all(
    reader: TableReader,
    kind: type[T],
    tables: Mapping[str, Any],
    key: str,
    same_as: Mapping[str, str] | None = None,
) -> tuple[T, ...]:
    values = (
        reader.build(kind, table, place(key, table, index), same_as=same_as)
        for index, table in enumerate(reader.tables(tables, key, "the file"), start=1)
    )
    return tuple([value for value in values if value is not None])


def _in_request(request: ContactRequest, book: RequestBook, network: Network) -> Iterator[Message]:
    where = Message("of_request", 'request "%(request)s"', request=request.id)
    yield from _unknown(where, "agency", [request.agency], {a.id for a in network.agencies})
    satellites = {s.id: s for s in network.satellites}
    yield from _unknown(where, "satellite", [request.satellite], satellites)
    if (satellite := satellites.get(request.satellite)) is not None:
        yield from _unknown(where, "link", [request.link], {link.id for link in satellite.links})
        request_times = {t.name for t in book.satellite_times if t.satellite == satellite.id}
        yield from _unknown(where, "during", request.during, request_times | {t.name for t in satellite.times})
    stations = {s.id for s in network.stations}
    for name in request.stations:
        known = _beside(name, network) if isinstance(name, AntennaRef) else ()
        yield from _unknown(where, "stations", [str(name)], known or stations)
    for ref in (ref for array in request.arrays for ref in array):
        yield from _unknown(where, "arrays", [str(ref)], _beside(ref, network) or set(map(str, network.antennas)))


def _beside(ref: AntennaRef, network: Network) -> set[str]:
    """The text forms of all antennas of the station; none when the network has no such station."""
    return {str(other) for other in network.antennas if other.station == ref.station}


def _in_time(time: SatelliteTime, network: Network) -> Iterator[Message]:
    where = Message("of_satellite_time", 'satellite time "%(time)s"', time=time.name)
    satellites = {s.id: s for s in network.satellites}
    yield from _unknown(where, "satellite", [time.satellite], satellites)
    if (satellite := satellites.get(time.satellite)) is not None:
        yield from _unknown(where, "blocks", time.blocks, {"*", *(link.id for link in satellite.links)})


def _unknown(where: Message, field: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Message]:
    listed = sorted(set(known))
    for name in names:
        if name in listed:
            continue
        problem = Message(
            "unknown_name",
            "%(where)s: %(field)s is %(name)s, which is not there; known: %(known)s",
            where=where,
            field=field,
            name=shown(name),
            known=tuple(listed[:_MOST_NAMES]),
        )
        more = len(listed) - _MOST_NAMES
        yield (
            Message("and_more", "%(problem)s and %(count)s more", problem=problem, count=more) if more > 0 else problem
        )
