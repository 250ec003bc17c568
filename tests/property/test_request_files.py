"""Request and plan files as properties: any book and any plan survive, nothing but a refusal comes out of rubbish."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from passplan.domain.errors import InputError
from passplan.domain.facts import ContactRef, LegacyText, NearestRoom, Outranked, Unusable
from passplan.domain.messages import Message
from passplan.domain.network import AntennaRef, SatelliteTime
from passplan.domain.requests import (
    ACTIVITIES,
    PREFERENCES,
    ContactRequest,
    Priority,
    Repetition,
    RequestBook,
    RequestGroup,
    Split,
)
from passplan.domain.schedule import MAX_SEED, Assignment, Blocker, Move, Obstacle, Plan, Reason, Refusal
from passplan.domain.span import Span
from passplan.domain.text import is_plain, normalized
from passplan.domain.windows import ContactWindow, Exclusion, Filter, Inadmissible, WindowSearch
from passplan.formats.plans import dump_plan, inputs_sha256, parse_plan
from passplan.formats.requests import book_tables, parse_requests
from passplan.resources import shipped
from tests.unit.test_plans import PLAN
from tests.unit.test_requests import GOOD

# --- any values ---

_names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12).map(normalized).filter(
    is_plain
) | st.sampled_from("ABC")
_notes = st.text(max_size=30).map(normalized).filter(is_plain)  # what people may write
_hours = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)) | st.just("24:00")
_seconds = st.floats(0.0, 86_400.0)
_EARLIEST, _LATEST = datetime(1, 1, 1, tzinfo=UTC), datetime(9990, 1, 1, tzinfo=UTC)
_spans = st.builds(
    lambda before, length: Span(_LATEST - before, _LATEST - before + length),
    st.timedeltas(min_value=timedelta(), max_value=_LATEST - _EARLIEST),
    st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=366)),
)
_repetitions = st.builds(
    Repetition,
    times=st.integers(1, 100),
    period=st.sampled_from(["day", "span"]),
    min_spacing_s=_seconds,
    max_gap_s=st.none() | st.floats(86_400.0, 8e6),
)
_whole_seconds = st.integers(1, 604_800).map(float)
_station_names = _names.filter(lambda name: "/" not in name)
_refs = st.builds(AntennaRef, _station_names, _names)
_arrays = st.lists(_refs, min_size=2, max_size=4, unique=True).map(tuple)


@st.composite
def _requests(draw: st.DrawFn, request: str, groups: list[str]) -> ContactRequest:
    least, most = sorted(draw(st.tuples(_whole_seconds, _whole_seconds)))
    is_array, is_split = draw(st.booleans()), draw(st.sampled_from(["", "split", "repeated"]))
    return ContactRequest(
        id=request,
        agency=draw(_names),
        satellite=draw(_names),
        link=draw(_names),
        span=draw(_spans),
        min_s=least,
        wanted_s=most,
        priority=draw(st.sampled_from(Priority)),
        weight=draw(st.floats(0.5, 2.0)),
        stations=() if is_array else tuple(draw(st.lists(_station_names | _refs, max_size=3))),
        arrays=tuple(draw(st.lists(_arrays, min_size=1, max_size=3))) if is_array else (),
        min_elevation_deg=draw(st.none() | st.floats(0.0, 90.0)),
        setup_s=draw(st.none() | _seconds),
        teardown_s=draw(st.none() | _seconds),
        during=tuple(draw(st.lists(_names, max_size=2))),
        repetition=draw(_repetitions) if is_split == "repeated" else None,
        split=Split(max_parts=draw(st.integers(2, 20)), min_part_s=draw(st.floats(1.0, 600_000.0)))
        if is_split == "split"
        else None,
        group=draw(st.sampled_from(["", *groups])),
        preference=draw(st.sampled_from(sorted(PREFERENCES))),
        activity=draw(st.sampled_from(sorted(ACTIVITIES))),
        note=draw(_notes),
    )


@st.composite
def _times(draw: st.DrawFn) -> SatelliteTime:
    daily = draw(st.none() | st.tuples(_hours, _hours))
    return SatelliteTime(
        name=draw(_names),
        satellite=draw(_names),
        daily=daily,
        span=draw(_spans) if daily is None else None,
        blocks=tuple(draw(st.lists(_names, max_size=2))),
    )


@st.composite
def books(draw: st.DrawFn) -> RequestBook:
    """Any requests that belong together."""
    groups = draw(st.lists(_names, max_size=2, unique=True))
    return RequestBook(
        requests=tuple(draw(_requests(name, groups)) for name in draw(st.lists(_names, max_size=4, unique=True))),
        groups=tuple(RequestGroup(id=g, kind=draw(st.sampled_from(["one_of", "all_of"]))) for g in groups),
        satellite_times=tuple(draw(st.lists(_times(), max_size=2))),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Plans of any requests, with windows and refusals that need not make sense."""
    book = draw(books())
    ids = st.sampled_from([r.id for r in book.requests] or [""])
    some = 4 if book.requests else 0
    numbers = st.floats(allow_nan=False, allow_infinity=False)
    parts = st.integers(1, 10**6)
    antennas = st.lists(_refs, min_size=1, max_size=3).map(tuple)
    pointings = st.lists(st.tuples(numbers, numbers), max_size=2).map(tuple)
    assignments = st.builds(
        Assignment,
        contact=_spans,
        occupies=_spans,
        antennas=antennas,
        request=ids,
        part=parts,
        satellite=_names,
        link=_names,
    )
    blockers = st.builds(Blocker, request=_names, part=parts, contact=_spans, held=st.booleans())
    obstacles = st.builds(
        Obstacle, antennas=antennas, window=_spans, blockers=st.lists(blockers, max_size=2).map(tuple)
    )
    parameters = st.one_of(
        st.text(max_size=5),
        parts,
        _spans.map(lambda span: span.start),
        st.lists(_names, max_size=2).map(tuple),
        st.builds(Message.of_text, st.text(max_size=5)),
    )
    messages = st.builds(Message.of_text, st.text(max_size=20)) | parameters.map(
        lambda cause: Message("of_a_test", "because of %(cause)s", cause=cause)
    )
    facts = st.one_of(
        st.builds(LegacyText, text=st.text(max_size=20)),
        st.builds(Unusable, station=_names, cause=messages),
        st.builds(Outranked, windows=parts, worth=st.floats(0.0, 1e6)),
        st.builds(
            NearestRoom,
            antennas=antennas,
            start=_spans.map(lambda s: s.start),
            taken_by=st.lists(st.builds(ContactRef, request=_names, part=parts), max_size=2).map(tuple),
        ),
    )
    refusals = st.builds(
        Refusal,
        request=ids,
        part=parts,
        reason=st.sampled_from(Reason),
        particulars=st.lists(facts, max_size=2).map(tuple),
        obstacles=st.lists(obstacles, max_size=2).map(tuple),
    )
    windows = st.builds(
        ContactWindow,
        request=ids,
        satellite=_names,
        link=_names,
        antennas=antennas,
        span=_spans,
        setup_s=numbers,
        teardown_s=numbers,
        peak_elevation_deg=numbers,
        timing_68_s=numbers,
        start_pointing=pointings,
        end_pointing=pointings,
    )
    exclusions = st.builds(
        Exclusion, request=ids, antennas=antennas, span=_spans, filter=st.sampled_from(Filter), longest_s=numbers
    )
    inadmissible = st.builds(Inadmissible, request=ids, station=_station_names | _refs, cause=messages)
    moves = st.builds(Move, before=assignments, after=st.none() | assignments, shift_s=st.none() | numbers)
    inputs = replace(
        PLAN.inputs,
        book=book,
        search=WindowSearch(
            windows=tuple(draw(st.lists(windows, max_size=some))),
            exclusions=tuple(draw(st.lists(exclusions, max_size=some))),
            inadmissible=tuple(draw(st.lists(inadmissible, max_size=some))),
        ),
        held=tuple(draw(st.lists(assignments, max_size=2))),
        previous=tuple(draw(st.lists(assignments, max_size=2))),
        seed=draw(st.integers(0, MAX_SEED)),
    )
    schedule = replace(
        PLAN.schedule,
        assignments=tuple(draw(st.lists(assignments, max_size=some))),
        refusals=tuple(draw(st.lists(refusals, max_size=some))),
        moves=tuple(draw(st.lists(moves, max_size=2))),
        value=draw(st.integers(-(10**9), 10**9)) / 7.0,
        bound=draw(st.integers(0, 10**9)) / 7.0,
        seed=inputs.seed,
        inputs_sha256=inputs_sha256(inputs),
    )
    return Plan(inputs=inputs, schedule=schedule)


@given(books())
def test_any_book_survives_its_file(book: RequestBook) -> None:
    text = json.dumps(book_tables(book))

    assert book == parse_requests(text, "x", form="json")
    assert text == json.dumps(book_tables(parse_requests(text, "x", form="json")))


@given(plans())
def test_any_plan_survives_its_file(plan: Plan) -> None:
    text = dump_plan(plan)

    assert plan == parse_plan(text, "x")
    assert text == dump_plan(parse_plan(text, "x"))


# --- rubbish ---

TOML = [GOOD, shipped("requests.toml").read_text(encoding="utf-8")]
BOOK_JSON = json.dumps(book_tables(parse_requests(GOOD, "x", form="toml")))
PLAN_JSON = dump_plan(PLAN)

_SCRAPS = [*"\x00\n\r \"',=<>[]{}\\-9:#.", "1e999", "NaN", "null", "\\ud800", "\ud800", "\u0661", "9999-12-31", "''''"]
_edits = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 12), st.sampled_from(_SCRAPS) | st.text(max_size=4)),
    max_size=6,
)


def with_edits(text: str, edits: list[tuple[float, int, str]]) -> str:
    """The text with some of it replaced here and there."""
    for where, removed, added in edits:
        at = int(where * len(text))
        text = text[:at] + added + text[at + removed :]
    return text


def book_of(text: str, form: Literal["toml", "json"]) -> RequestBook | None:
    """What the reader gives; None for a refusal that says where. Anything else that it raises fails the test."""
    try:
        return parse_requests(text, "x", form=form)
    except InputError as error:
        _require_places(error)
        return None


def plan_of(text: str) -> Plan | None:
    """As `book_of`."""
    try:
        return parse_plan(text, "x")
    except InputError as error:
        _require_places(error)
        return None


def _require_places(error: InputError) -> None:
    assert error.problems
    assert all(problem.startswith("x") and problem.isprintable() for problem in error.problems)


@given(st.sampled_from(TOML), _edits)
@settings(max_examples=400)
def test_a_damaged_toml_file_is_requests_or_a_refusal(text: str, edits: list[tuple[float, int, str]]) -> None:
    found = book_of(with_edits(text, edits), "toml")

    assert found is None or found == book_of(json.dumps(book_tables(found)), "json")


@given(_edits)
@settings(max_examples=400)
def test_a_damaged_json_file_is_requests_or_a_refusal(edits: list[tuple[float, int, str]]) -> None:
    found = book_of(with_edits(BOOK_JSON, edits), "json")

    assert found is None or found == book_of(json.dumps(book_tables(found)), "json")


@given(_edits)
@settings(max_examples=200)
def test_a_damaged_plan_is_the_plan_or_a_refusal(edits: list[tuple[float, int, str]]) -> None:
    found = plan_of(with_edits(PLAN_JSON, edits))

    assert found is None or found == plan_of(dump_plan(found))


@given(
    st.text(max_size=100),
    st.sampled_from(["", "{", '{"request": ', "[[request]]\n", '{"schema": "passplan.schedule/1", ']),
)
def test_any_text_is_read_or_refused(text: str, head: str) -> None:
    for found in (book_of(head + text, "toml"), book_of(head + text, "json")):
        assert found is None or not found.requests
    assert plan_of(head + text) is None


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from([10**39, -(10**39), 1e308, -1e308, 5e-324, -0.0, 0.5, 2**63])
    | st.sampled_from(
        ["", "x", "ISS", "R1", "R9", "*", "24:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "a\nb", "\x1b[31m"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["start", "id", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)


@st.composite
def _mutations(draw: st.DrawFn, document: Any) -> Any:
    """The document with some of its values lost, doubled, moved or replaced."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        inner, way = document, draw(st.integers(1, 7))
        while way > 1 and (deeper := [v for v in _items(inner) if isinstance(v, (dict, list)) and v]):
            inner, way = draw(st.sampled_from(deeper)), way - 1
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        if not keys:
            continue
        key, other = draw(st.sampled_from(keys)), draw(st.sampled_from(keys))
        change = draw(st.sampled_from(["lose", "replace", "copy", "add"]))
        if change == "lose":
            del inner[key]
        elif change == "replace":
            inner[key] = draw(_values)
        elif change == "copy":
            inner[key] = copy.deepcopy(inner[other])
        elif isinstance(inner, dict):
            inner[draw(st.sampled_from(["x", "note", "span", "\u2028", "part"]))] = draw(_values)
        else:
            inner.append(draw(_values))
    return document


def _items(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else list(value)


@given(_mutations(json.loads(BOOK_JSON)))
@settings(max_examples=400)
def test_a_mutated_book_is_requests_or_a_refusal(document: Any) -> None:
    found = book_of(json.dumps(document), "json")

    assert found is None or found == book_of(json.dumps(book_tables(found)), "json")


@given(_mutations(json.loads(PLAN_JSON)))
@example(json.loads(PLAN_JSON))
@settings(max_examples=600)
def test_a_mutated_plan_is_a_plan_or_a_refusal(document: Any) -> None:
    found = plan_of(json.dumps(document))

    assert found is None or found == plan_of(dump_plan(found))
