"""The plan file: a plan survives it, equal plans are equal bytes, and a changed file is refused with its place."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from passplan.domain.errors import InputError
from passplan.domain.facts import ContactRef, LegacyText, NearestRoom, Outranked
from passplan.domain.messages import Message
from passplan.domain.network import (
    Agency,
    Agreement,
    Antenna,
    Closure,
    HorizonMask,
    Link,
    Network,
    Satellite,
    SatelliteTime,
    Staffing,
    Station,
)
from passplan.domain.requests import ContactRequest, Priority, Repetition, RequestBook, RequestGroup
from passplan.domain.rows.contacts import AssignmentRow, assignment_row, move_row
from passplan.domain.rows.schedule import refusal_row, share_row
from passplan.domain.schedule import (
    AgencyShare,
    Assignment,
    Blocker,
    Fairness,
    Move,
    Obstacle,
    Plan,
    PlanInputs,
    Policy,
    Reason,
    Refusal,
    Schedule,
)
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow, Exclusion, Filter, Inadmissible, WindowSearch
from passplan.formats import tables
from passplan.formats.network import load_network
from passplan.formats.plans import dump_plan, inputs_sha256, load_plan, parse_plan, plan_document
from passplan.formats.rows import csv_columns, row_document
from passplan.formats.times import parse_instant
from passplan.resources import shipped
from tests.refs import ref, refs

DAY = datetime(2026, 8, 8, tzinfo=UTC)


def span(start_s: float, end_s: float) -> Span:
    """A span of seconds after the day's start."""
    return Span(DAY + timedelta(seconds=start_s), DAY + timedelta(seconds=end_s))


def assignment(request: str, start_s: float, end_s: float, *antennas: str, part: int = 1) -> Assignment:
    """A contact with five minutes of setup and two of teardown."""
    return Assignment(
        contact=span(start_s, end_s),
        occupies=span(start_s - 300.0, end_s + 120.0),
        antennas=refs(*antennas),
        request=request,
        part=part,
        satellite="ISS",
        link="tv",
    )


def window(request: str, start_s: float, end_s: float, *antennas: str, timing_68_s: float = 0.1) -> ContactWindow:
    """A window with a peak that no decimal writes exactly."""
    return ContactWindow(
        request=request,
        satellite="ISS",
        link="tv",
        antennas=refs(*antennas),
        span=span(start_s, end_s),
        setup_s=300.0,
        teardown_s=120.0,
        peak_elevation_deg=100.0 / 3.0,
        timing_68_s=timing_68_s,
    )


NETWORK = Network(
    agencies=(Agency(id="ESA", name="Europe"), Agency(id="CSA")),
    stations=(
        Station(
            id="RED",
            name="Redu, Ardennes\u2026",
            latitude_deg=50.002,
            longitude_deg=5.145,
            horizon_mask=HorizonMask(((0.0, 3.0), (90.5, 7.0))),
            time_zone="Europe/Brussels",
            agency="ESA",
            antennas=(
                Antenna(id="s", bands=("S", "Ku"), cable_stops_deg=(-270.0, 270.0)),
                Antenna(id="t", bands=("S",)),
            ),
            closures=(Closure(span=span(0.0, 60.5), antenna="s", note="gear box"), Closure(span=span(90.0, 91.0))),
            staffing=(Staffing(days=("mon", "sat"), opens="08:00", closes="18:00"), Staffing(days=())),
        ),
        Station(id="GAT", latitude_deg=45.6, longitude_deg=-75.8, agency="CSA"),
    ),
    satellites=(
        Satellite(
            id="ISS",
            catalog_number=25544,
            links=(Link(id="tv", direction="downlink", band="S", frequency_hz=2.395e9, capacity=8),),
            times=(
                SatelliteTime(name="crew-awake", daily=("06:00", "21:30")),
                SatelliteTime(name="EVA", span=span(600.0, 900.0), blocks=("*",)),
            ),
        ),
    ),
    agreements=(Agreement(owner="ESA", user="CSA", stations=("RED",), minutes_per_week=60.0, approval=True),),
)
BOOK = RequestBook(
    requests=(
        ContactRequest(
            id="R1",
            agency="ESA",
            satellite="ISS",
            link="tv",
            span=span(0.0, 86_400.0),
            min_s=180.0,
            wanted_s=480.0,
            priority=Priority.HIGH,
            repetition=Repetition(times=2),
            activity="payload",
            note="morning and evening",
        ),
        ContactRequest(
            id="R2", agency="CSA", satellite="ISS", link="tv", span=span(0.0, 86_400.0), min_s=180.0, wanted_s=180.0
        ),
        ContactRequest(
            id="R3",
            agency="CSA",
            satellite="ISS",
            link="tv",
            span=span(0.0, 9_000.0),
            min_s=180.0,
            wanted_s=180.0,
            arrays=((ref("RED/s"), ref("RED/t")),),
            group="g",
        ),
    ),
    groups=(RequestGroup(id="g", kind="one_of"),),
    satellite_times=(SatelliteTime(name="tv-on", satellite="ISS", daily=("06:00", "05:00")),),
)
SEARCH = WindowSearch(
    windows=(
        window("R1", 3_600.0, 4_100.125, "RED/s"),
        replace(
            window("R1", 9_600.0, 10_000.000_001, "RED/t"),
            start_pointing=((12.5, 5.0),),
            end_pointing=((200.0, 5.0),),
        ),
        window("R3", 3_600.0, 4_100.0, "RED/s", "RED/t", timing_68_s=math.nan),
        window("R1", 50_000.0, 50_400.0, "RED/s"),
    ),
    exclusions=(
        Exclusion(
            request="R2", antennas=(ref("RED/s"),), span=span(3_600.0, 4_100.0), filter=Filter.CLOSED, longest_s=7.5
        ),
    ),
    inadmissible=(
        Inadmissible(request="R2", station="GAT", cause=Message("c", "no antenna has S")),
        Inadmissible(request="R3", station="GAT", cause=Message("c", "no antenna has S")),
    ),
)
FIRST, SECOND, THIRD = (
    assignment("R1", 3_600.0, 4_080.0, "RED/s"),
    assignment("R1", 9_600.0, 10_000.000_001, "RED/t", part=2),
    assignment("R3", 50_000.0, 50_180.0, "RED/s", "RED/t"),
)
INPUTS = PlanInputs(
    span=span(0.0, 86_400.0),
    book=BOOK,
    network=NETWORK,
    search=SEARCH,
    held=(FIRST,),
    previous=(FIRST, THIRD),
    policy=Policy(per_minute=0.25),
    effort="quick",
    seed=7,
)
PLAN = Plan(
    inputs=INPUTS,
    schedule=Schedule(
        span=INPUTS.span,
        assignments=(FIRST, SECOND),
        refusals=(
            Refusal(
                request="R2",
                part=1,
                reason=Reason.OUTRANKED,
                particulars=(
                    Outranked(windows=2, worth=4.5),
                    NearestRoom(
                        antennas=(ref("RED/s"),),
                        start=span(3_600.0, 4_100.0).start,
                        taken_by=(ContactRef(request="R1", part=2, agency="ESA", start=SECOND.contact.start),),
                        held=True,
                        cost=1.5,
                    ),
                    LegacyText(text="a sentence of an older plan"),
                ),
                obstacles=(
                    Obstacle(
                        antennas=(ref("RED/s"),),
                        window=span(3_600.0, 4_100.0),
                        blockers=(
                            Blocker(request="R1", part=1, contact=FIRST.contact, held=True),
                            Blocker(request="R1", part=2, contact=SECOND.contact),
                        ),
                    ),
                ),
            ),
            Refusal(request="R3", part=1, reason=Reason.NO_PASS, particulars=()),
        ),
        value=1.0 / 3.0,
        bound=2.0 / 3.0,
        fairness=Fairness(
            agencies=(
                AgencyShare(
                    agency="CSA",
                    requests_asked=2,
                    requests_served=0,
                    minutes_asked=6.0,
                    minutes_given=0.0,
                    minutes_entitled=60.0,
                    minutes_used=0.0,
                ),
                AgencyShare(
                    agency="ESA",
                    requests_asked=2,
                    requests_served=2,
                    minutes_asked=16.0,
                    minutes_given=14.666_666_7,
                    minutes_entitled=None,
                    minutes_used=0.0,
                ),
            ),
            penalty=0.125,
            price=0.01,
        ),
        policy=INPUTS.policy,
        effort="quick",
        seed=7,
        inputs_sha256=inputs_sha256(INPUTS),
        moves=(
            Move(before=FIRST, after=SECOND, shift_s=6_000.0),
            Move(before=THIRD, after=None, shift_s=None),
        ),
    ),
)


# --- round trip ---


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(dump_plan(PLAN), encoding="utf-8")

    assert PLAN == load_plan(path)


def test_the_shipped_network_survives_a_plan_file() -> None:
    inputs = replace(INPUTS, network=load_network(shipped("stations.toml")))
    plan = Plan(inputs=inputs, schedule=replace(PLAN.schedule, inputs_sha256=inputs_sha256(inputs)))

    assert plan == parse_plan(dump_plan(plan), "plan.json")


def test_a_plan_is_told_in_a_line() -> None:
    assert repr(PLAN.schedule) == (
        f"<schedule: 2026-08-08T00:00Z to 2026-08-09T00:00Z, {len(PLAN.schedule.assignments)} contacts, "
        f"{len(PLAN.schedule.refusals)} refusals, priority value {PLAN.schedule.priority_value:.2f}, "
        f"fairness penalty {PLAN.schedule.fairness.penalty:.2f}, gap {PLAN.schedule.gap:.2%}>"
    )
    assert len(repr(PLAN)) < 500


def test_equal_plans_are_equal_bytes() -> None:
    whole = replace(PLAN.inputs, policy=Policy(per_minute=0.25, per_request=1))  # a whole number for a float
    again = replace(PLAN, inputs=whole)

    assert dump_plan(PLAN) == dump_plan(again)
    assert dump_plan(PLAN) == dump_plan(parse_plan(dump_plan(PLAN), "x"))


def test_a_plan_file_that_another_program_wrote_anew_is_the_same_plan() -> None:
    def as_javascript(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: as_javascript(item) for key, item in value.items()}
        if isinstance(value, list):
            return [as_javascript(item) for item in value]
        return int(value) if isinstance(value, float) and value.is_integer() else value

    assert PLAN == parse_plan(json.dumps(as_javascript(plan_document(PLAN)), sort_keys=True, indent=4), "x")


def test_the_schedule_comes_first_and_its_inputs_last() -> None:
    document = json.loads(dump_plan(PLAN))

    assert [
        "schema",
        "span",
        "assignments",
        "refusals",
        "value",
        "bound",
        "gap",
        "fairness",
        "moves",
        "least_moves",
        "policy",
        "effort",
        "seed",
        "inputs_sha256",
        "inputs",
    ] == list(document)
    assert {
        "start": "2026-08-08T01:00:00.000000Z",
        "end": "2026-08-08T01:08:00.000000Z",
        "occupied_from": "2026-08-08T00:55:00.000000Z",
        "occupied_to": "2026-08-08T01:10:00.000000Z",
        "antennas": ["RED/s"],
        "request": "R1",
        "part": 1,
        "satellite": "ISS",
        "link": "tv",
    } == document["assignments"][0]
    assert 0.5 == document["gap"]
    assert ["R1", "R3", "R1"] == [group["request"] for group in document["inputs"]["windows"]["groups"]]


@pytest.mark.parametrize(
    "change",
    [
        lambda i: replace(i, seed=8),
        lambda i: replace(i, effort="long"),
        lambda i: replace(i, policy=Policy()),
        lambda i: replace(i, span=span(0.0, 86_401.0)),
        lambda i: replace(i, held=()),
        lambda i: replace(i, previous=()),
        lambda i: replace(i, book=replace(BOOK, groups=(RequestGroup(id="g", kind="all_of"),))),
        lambda i: replace(i, search=replace(SEARCH, windows=SEARCH.windows[1:])),
        lambda i: replace(i, network=replace(NETWORK, agreements=())),
    ],
)
def test_other_inputs_have_another_sum(change: Callable[[PlanInputs], PlanInputs]) -> None:
    assert inputs_sha256(INPUTS) != inputs_sha256(change(INPUTS))


def test_a_schedule_of_other_inputs_is_not_written() -> None:
    with pytest.raises(InputError, match="the plan: inputs_sha256 is 'x', and that of its inputs is"):
        dump_plan(replace(PLAN, schedule=replace(PLAN.schedule, inputs_sha256="x")))
    with pytest.raises(InputError, match="the plan: seed of the schedule is not that of its inputs"):
        dump_plan(replace(PLAN, schedule=replace(PLAN.schedule, seed=8)))


# --- size and time ---


def test_a_day_of_200_requests_is_a_megabyte_and_each_time_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = _large_plan()
    text = dump_plan(plan)
    times_read: Counter[str] = Counter()

    def counted(time: str) -> datetime:
        times_read[time] += 1
        return parse_instant(time)

    monkeypatch.setattr(tables, "parse_instant", counted)
    found = parse_plan(text, "plan.json")

    assert plan == found
    assert len(text) < 1_250_000
    assert len(plan.inputs.search.windows) > 10 * len(times_read)  # windows share the times of their pass
    assert max(times_read.values()) <= 4  # each part of the file has a reader of its own


def _large_plan() -> Plan:
    chance = random.Random(1)
    requests = tuple(replace(BOOK.requests[1], id=f"CSA-{k:03}", note="telemetry of an experiment") for k in range(200))
    passes = sorted((chance.uniform(0.0, 86_000.0), f"S{chance.randrange(40):02}/s-11m") for _ in range(184))
    windows = [
        replace(
            window(request.id, start_s, start_s + 390.123_456, antenna),
            peak_elevation_deg=chance.uniform(5.0, 90.0),
            timing_68_s=chance.uniform(0.01, 2.0),
        )
        for request in requests
        for start_s, antenna in sorted(chance.sample(passes, 40))
    ]
    inputs = replace(
        INPUTS,
        book=RequestBook(requests=requests),
        network=load_network(shipped("stations.toml")),
        search=WindowSearch(windows=tuple(windows)),
    )
    schedule = replace(PLAN.schedule, assignments=(), refusals=(), moves=(), inputs_sha256=inputs_sha256(inputs))
    return Plan(inputs=inputs, schedule=schedule)


# --- files that are not as they were written ---


def _changed(path: str, value: object) -> str:
    """The text of the plan with one value changed; `path` leads there."""
    document = json.loads(dump_plan(PLAN))
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner: Any = document
    for step in way:
        inner = inner[step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("schema", "passplan.schedule/9", 'schema is .passplan.schedule/9.; a plan file says "passplan.schedule/2"'),
        ("schema", None, "schema is None; a plan file says"),
        ("fairness", None, "the file: fairness is missing"),
        ("colour", "red", "the file: 'colour' is not known here; it takes schema, span"),
        ("inputs", [], r"inputs: it is \[\]; it is an object with requests, network"),
        ("inputs.windows", None, "inputs: windows is missing"),
        ("inputs.requests", [], r"inputs: requests is \[\]; it is an object"),
        ("inputs.network", 3, "inputs: network is 3; it is an object"),
        ("span.end", "soon", "span: end: 'soon' is not a time with its zone"),
        ("span.end", "2020-01-01T00:00:00Z", "span: the span ends at 2020-01-01T00:00:00.00:00, not after its start"),
        ("value", "much", "the file: value is 'much'; it is a number"),
        ("gap", 0.25, "the file: gap is 0.25; from the rest of the file it is 0.5"),
        ("fairness.u_max", 0, "the file: u_max is 0; from the rest of the file it is 1.0"),
        ("fairness.agencies.0.agency", 3, r"the file: fairness: agencies\[0\]: agency is 3; it is text in quotes"),
        ("policy.move_cost", 3, "the file: policy: move_cost is 3; it lies between 0 and 0.5"),
        ("policy.per_request", 2, "inputs_sha256 is .*, and that of its inputs is .*; they were changed"),
        ("seed", 8, "inputs_sha256 is .*, and that of its inputs is .*; they were changed"),
        ("inputs_sha256", "0", "inputs_sha256 is '0', and that of its inputs is .*; they were changed"),
        ("assignments.0.antennas", "RED", r"the file: assignments\[0\]: antennas is 'RED'; it is a list"),
        ("assignments.1.occupied_to", None, r"the file: assignments\[1\]: occupied_to is missing"),
        ("assignments.1.request", "R9", "assignments: request is 'R9', which is not there"),
        ("refusals.0.reason", "dislike", r"refusals\[0\]: reason is 'dislike'; it is one of agreement, filtered"),
        ("refusals.0.obstacles.0.blockers.0.part", 1.5, r"obstacles\[0\]: blockers\[0\]: part is 1.5; it is a whole"),
        ("moves.0.after", 1, r"moves\[0\]: after: it is 1; it is a table"),
        ("inputs.held.0.link", None, r"inputs: held\[0\]: link is missing"),
        ("inputs.requests.request.0.min_s", 0, 'inputs: request "R1": min_s is 0; it lies between'),
        ("inputs.requests.request.0.note", "evening", "they were changed"),
        ("inputs.network.station.0.latitude_deg", 91, 'inputs: station "RED": latitude_deg is 91; it lies between'),
        ("inputs.windows.columns", ["antennas"], r"windows: columns is \['antennas'\]; it is \['antennas', 'start'"),
        ("inputs.windows.groups", 4, "windows: groups is not an array of tables"),
        ("inputs.windows.groups.1.satellite", None, "windows: group 2: satellite is missing"),
        ("inputs.windows.groups.0.rows.1", [], 'windows: request "R1" row 2: antennas is missing'),
        ("inputs.windows.groups.0.rows.1", 5, 'windows: request "R1" row 2: it is 5; it is a list of 9'),
        ("inputs.windows.groups.0.rows.1.3", "x", "windows: request \"R1\" row 2: setup_s is 'x'; it is a number"),
        ("inputs.windows.groups.0.rows.1.2", "x", "windows: request \"R1\" row 2: end: 'x' is not a time"),
        ("inputs.windows.groups.0.request", "R7", "windows: request is 'R7', which is not there"),
        ("inputs.exclusions.groups.0.rows.0.3", "x", "exclusions: request \"R2\" row 1: filter is 'x'; it is one of"),
        ("inputs.inadmissible.groups.0.rows.0.1", 4, 'inadmissible: request "R2" row 1: cause is 4; it is text'),
    ],
)
def test_a_file_that_was_changed_is_refused_with_the_place(path: str, value: object, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        parse_plan(_changed(path, value), "plan.json")

    assert all(problem.startswith("plan.json: ") for problem in caught.value.problems)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_is_refused(share: float) -> None:
    text = dump_plan(PLAN)

    with pytest.raises(InputError, match=r"^plan\.json line \d+ column \d+: it is not JSON"):
        parse_plan(text[: int(share * len(text))], "plan.json")


def test_a_file_of_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(InputError, match=r"^plan\.json: byte 0 is not UTF-8 text$"):
        load_plan(path)


# --- rows ---


def test_an_assignment_is_a_row() -> None:
    row = row_document(assignment_row(SECOND, BOOK.requests[0]))

    assert list(csv_columns(AssignmentRow)) == list(row)
    assert {
        "start": "2026-08-08T02:40:00.000000Z",
        "end": "2026-08-08T02:46:40.000001Z",
        "occupied_from": "2026-08-08T02:35:00.000000Z",
        "occupied_to": "2026-08-08T02:48:40.000001Z",
        "duration_s": 400.000001,
        "agency": "ESA",
        "request": "R1",
        "part": 2,
        "satellite": "ISS",
        "link": "tv",
        "antennas": "RED/t",
        "activity": "payload",
        "priority": "high",
        "note": "morning and evening",
    } == row
    assert "RED/s RED/t" == row_document(assignment_row(THIRD, BOOK.requests[2]))["antennas"]


def test_a_refusal_is_a_row() -> None:
    row = row_document(refusal_row(PLAN.schedule.refusals[0], BOOK.requests[1]))

    assert {
        "request": "R2",
        "part": 1,
        "agency": "CSA",
        "reason": "outranked",
        "particulars": list(PLAN.schedule.refusals[0].particulars),
        "given_to": "R1/1 R1/2",
    } == row
    assert "" == row_document(refusal_row(PLAN.schedule.refusals[1], BOOK.requests[2]))["given_to"]


def test_a_share_is_a_row() -> None:
    csa, esa = (row_document(share_row(share)) for share in PLAN.schedule.fairness.agencies)

    assert (1.0, 60.0, 0.0) == (csa["unserved_share"], csa["minutes_entitled"], csa["entitled_share"])
    assert (14.667, 0.0833) == (esa["minutes_given"], esa["unserved_share"])
    assert (None, None) == (esa["minutes_entitled"], esa["entitled_share"])


def test_a_move_is_a_row() -> None:
    moved, gone = (row_document(move_row(move)) for move in PLAN.schedule.moves)

    assert ("RED/t", "RED/s", 6_000.0) == (moved["antennas"], moved["antennas_before"], moved["shift_s"])
    assert (None, None, "RED/s RED/t") == (gone["start"], gone["shift_s"], gone["antennas_before"])
