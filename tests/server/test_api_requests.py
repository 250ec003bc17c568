"""Requests over the API: asked once, checked, decided, withdrawn; and what is free instead."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from passplan.domain.requests import RequestBook, RequestGroup
from passplan.server.http.turns import Turns
from passplan.service.documents import document_of
from passplan.store import requests as stored_requests
from tests.server.site import Site
from tests.waiting import PATIENCE_S, wait_until

DAY = {"start": "2026-08-10T00:00:00Z", "end": "2026-08-10T12:00:00Z"}
ASKED: dict[str, Any] = {"satellite": "ISS", "link": "up", "min_s": 180, "stations": ["RED"], **DAY}
LONG = {**ASKED, "min_s": 3_000}  # no pass is so long


def test_a_request_is_taken_and_stands_where_it_says(site: Site) -> None:
    answer = site.post("/requests", {**ASKED, "id": "ESA-9", "note": "for the crew"}, by="esa")
    body = answer.json

    assert (201, "/api/v1/requests/ESA-9") == (answer.status_code, answer.headers["Location"])
    assert ("ESA-9", "accepted") == (body["id"], body["state"])
    assert ("ESA", 180.0, "for the crew") == tuple(body["request"][k] for k in ("agency", "wanted_s", "note"))
    found = site.get("/requests/ESA-9", by="esa")
    assert ("waiting", answer.headers["ETag"]) == (found.json["standing"], found.headers["ETag"])
    assert body["request"] == found.json["request"]
    assert found.json["look"]["as_asked"]


def test_what_is_answered_can_be_asked_again(site: Site) -> None:
    first = site.post("/requests", {**ASKED, "id": "ESA-9"}, by="esa").json
    again = site.post("/requests", first["request"], by="esa")

    assert (200, first["id"]) == (again.status_code, again.json["id"])


def test_a_request_without_an_id_gets_one_of_its_contents(site: Site) -> None:
    first = site.post("/requests", ASKED, by="esa")
    again = site.post("/requests", {**ASKED, "note": None}, by="esa")
    other = site.post("/requests", {**ASKED, "note": "another"}, by="esa")

    assert [201, 200, 201] == [a.status_code for a in (first, again, other)]
    assert first.json["id"] == again.json["id"] != other.json["id"]
    assert first.json["id"].startswith("ESA-")


@pytest.mark.fault(36)
def test_a_key_gets_the_first_answer_again_and_nothing_else_comes_under_it(site: Site) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = site.post("/requests", ASKED, by="esa", headers=key)
    site.post(f"/requests/{first.json['id']}/withdraw", by="esa")
    site.office.later(0.5)
    again = site.post("/requests", ASKED, by="esa", headers=key)
    other = site.post("/requests", {**ASKED, "min_s": 60}, by="esa", headers=key)
    own = site.post("/requests", {**ASKED, "stations": ["KTU"]}, by="jaxa", headers=key)

    assert (201, first.json, first.headers["Location"]) == (again.status_code, again.json, again.headers["Location"])
    assert (409, "/problems/conflict") == (other.status_code, other.json["type"])
    assert 201 == own.status_code
    assert 422 == site.post("/requests", ASKED, by="esa", headers={"Idempotency-Key": "x" * 201}).status_code


def test_where_there_is_no_room_nothing_is_taken_and_the_nearest_places_are_named(site: Site) -> None:
    night = {"start": "2026-08-10T09:30:00Z", "end": "2026-08-10T10:30:00Z"}  # between two passes
    refused = site.post("/requests", {**ASKED, **night, "id": "ESA-9"}, by="esa")
    body = refused.json

    assert (409, "/problems/no-place") == (refused.status_code, body["type"])
    assert body["alternatives"]
    assert {"other_time", "other_station", "other_time_and_station"} >= {a["kind"] for a in body["alternatives"]}
    assert 404 == site.get("/requests/ESA-9", by="esa").status_code
    assert 201 == site.post("/requests?wait=true", {**ASKED, **night, "id": "ESA-9"}, by="esa").status_code
    assert 409 == site.post("/requests?wait=false", {**ASKED, **night, "id": "ESA-10"}, by="esa").status_code


def test_an_alternative_can_be_asked_for_by_its_times_and_antennas(site: Site) -> None:
    night = {"start": "2026-08-10T09:30:00Z", "end": "2026-08-10T10:30:00Z"}
    place = site.post("/requests", {**ASKED, **night}, by="esa").json["alternatives"][0]
    exact = {"stations": place["antennas"], "start": place["start"], "end": place["end"], "min_s": place["duration_s"]}

    assert 201 == site.post("/requests", {**ASKED, **exact}, by="esa").status_code


def test_a_check_says_what_would_become_and_takes_nothing(site: Site) -> None:
    before = site.office.events()
    answer = site.post("/requests/check", {**ASKED, "id": "ESA-9"}, by="esa")
    body = answer.json

    assert 200 == answer.status_code
    assert {"as_asked"} == {p["kind"] for p in body["as_asked"]}
    assert all(p["antennas"] == ["RED/a"] and p["duration_s"] >= 180.0 for p in body["as_asked"])
    assert [] == body["causes"]
    assert before == site.office.events()
    assert site.post("/requests/check", LONG, by="esa").json["causes"]


@pytest.mark.fault(84)
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"satellite": "MIR"}, "satellite is"),
        ({"link": 5}, "link is 5"),
        ({"start": "2026-08-10T00:00:00"}, "start"),
        ({"start": 1786233600}, "start"),
        ({"end": "2026-08-09T00:00:00Z"}, "not after its start"),
        ({"end": "2026-08-10T00:00:00Z"}, "not after its start"),
        ({"start": "2026-08-10T00:00:00Z", "end": "2036-08-10T00:00:00Z"}, "31 days"),
        ({"min_s": 0}, "min_s"),
        ({"min_s": "180"}, "min_s"),
        ({"min_s": True}, "min_s"),
        ({"wanted_s": 60}, "less than min_s"),
        ({"priority": "urgent"}, "priority"),
        ({"stations": "RED"}, "stations"),
        ({"repetition": {"times": 0}}, "times"),
        ({"note": "\ud800"}, "U+D800"),
        ({"note": "a\x00b"}, "U+0000"),
        ({"note": "x" * 201}, "200 at most"),
        ({"id": "a/b"}, "without a slash"),
        ({"id": ".."}, "without a slash"),
        ({"id": "ESA-1"}, "is there already"),
        ({"id": "a b"}, "without spaces"),
        ({"group": "none"}, "group"),
        ({"colour": "red"}, "'colour' is not known here"),
        ({"min_s": None}, "min_s is missing"),
    ],
)
def test_a_request_with_a_mistake_is_refused_with_what_would_do(site: Site, change: dict[str, Any], told: str) -> None:
    answer = site.post("/requests", {**ASKED, "id": "ESA-9", **change}, by="esa")

    assert 422 == answer.status_code, answer.text
    assert told in " ".join(answer.json["errors"])


@pytest.mark.parametrize(
    "span",
    [
        {"start": "0001-01-01T00:00:00Z", "end": "0001-01-20T00:00:00Z"},
        {"start": "9999-12-01T00:00:00Z", "end": "9999-12-31T23:59:59Z"},
        {"start": "2026-07-20T00:00:00Z", "end": "2026-08-09T04:00:00Z"},
    ],
)
def test_a_span_at_the_end_of_time_is_a_span(site: Site, span: dict[str, str]) -> None:
    assert 200 == site.post("/requests/check", {**ASKED, **span}, by="esa").status_code
    assert site.post("/requests", {**ASKED, **span}, by="esa").status_code in (201, 409)


def test_agencies_ask_for_themselves_and_schedulers_for_those_whom_they_name(site: Site) -> None:
    assert 403 == site.post("/requests", {**ASKED, "agency": "ESA"}, by="jaxa").status_code
    assert 422 == site.post("/requests", ASKED, by="second").status_code
    assert 201 == site.post("/requests", {**ASKED, "agency": "ESA"}, by="second").status_code
    assert 403 == site.post("/requests", {**ASKED, "priority": "critical"}, by="esa").status_code
    assert 403 == site.post("/requests", ASKED, by="redu").status_code


def test_a_request_joins_a_group_that_is_there(site: Site) -> None:
    book = RequestBook(groups=(RequestGroup(id="either", kind="one_of"),))

    def work(transaction: Any) -> None:
        stored_requests.add_group(transaction, "either", document_of(book.groups[0]))

    site.office.store.database.write(work)
    answer = site.post("/requests", {**ASKED, "group": "either"}, by="esa")

    assert (201, "either") == (answer.status_code, answer.json["request"]["group"])
    assert 403 == site.post("/requests", {**ASKED, "stations": ["KTU"], "group": "either"}, by="jaxa").status_code


def test_an_owner_who_is_asked_sees_the_request_and_decides_on_it(site: Site) -> None:
    listed = site.get("/requests?state=submitted", by="redu").json
    seen = site.get("/requests/JAXA-2", by="redu")
    denied = site.post("/requests/JAXA-2/decide", {"accept": False}, by="redu")
    answer = site.post(
        "/requests/JAXA-2/decide", {"accept": True}, by="redu", headers={"If-Match": seen.headers["ETag"]}
    )

    assert ["JAXA-2"] == [r["id"] for r in listed["requests"]]
    assert 422 == denied.status_code
    assert (200, "accepted", []) == (answer.status_code, answer.json["state"], answer.json["still"])
    assert 404 == site.get("/requests/JAXA-2", by="redu").status_code
    assert 404 == site.get("/requests/JAXA-2", by="wallops").status_code
    assert 409 == site.post("/requests/JAXA-2/decide", {"accept": True}, by="admin").status_code


def test_who_submitted_an_emergency_does_not_decide_on_it(site: Site) -> None:
    asked = {**ASKED, "agency": "ESA", "id": "E", "priority": "emergency"}

    assert "submitted" == site.post("/requests", asked, by="second").json["state"]
    assert 403 == site.post("/requests/E/decide", {"accept": True}, by="second").status_code
    assert 200 == site.post("/requests/E/decide", {"accept": True}, by="admin").status_code


def test_a_request_is_withdrawn_in_the_version_that_was_seen(site: Site) -> None:
    seen = site.get("/requests/ESA-3", by="esa").headers["ETag"]
    stale = site.post("/requests/ESA-3/withdraw", by="esa", headers={"If-Match": '"1"'})
    answer = site.post("/requests/ESA-3/withdraw", {"reason": "not needed"}, by="esa", headers={"If-Match": seen})
    again = site.post("/requests/ESA-3/withdraw", by="esa")

    assert 412 == stale.status_code
    assert ("withdrawn", "not needed", []) == tuple(answer.json[k] for k in ("state", "reason", "stay"))
    assert answer.headers["ETag"] == site.get("/requests/ESA-3", by="esa").headers["ETag"] != seen
    assert 409 == again.status_code


def test_a_free_place_is_taken_instead_and_the_request_is_withdrawn(site: Site) -> None:
    short = {**ASKED, "id": "ESA-9", "min_s": 600, "wanted_s": 600}  # half of it can be had
    assert 201 == site.post("/requests?wait=true", short, by="esa").status_code
    look = site.get("/requests/ESA-9/alternatives", by="esa").json
    first = look["alternatives"][0]
    body = {"antennas": first["antennas"], "start": first["start"], "end": first["end"]}
    wrong = site.post("/requests/ESA-9/take", {**body, "end": "2026-08-10T23:00:00Z"}, by="esa")
    taken = site.post("/requests/ESA-9/take", body, by="esa")

    assert (409, "/problems/no-place") == (wrong.status_code, wrong.json["type"])
    assert (201, "/api/v1/requests/ESA-9.2") == (taken.status_code, taken.headers["Location"])
    assert "withdrawn" == site.get("/requests/ESA-9", by="esa").json["state"]
    assert first["start"] == taken.json["request"]["start"]


@pytest.mark.fault(33)
def test_of_many_who_want_one_place_at_once_one_gets_it(site: Site) -> None:
    look = site.post("/requests/check", {**ASKED, "stations": ["WLP/a"]}, by="esa").json
    place = look["as_asked"][0]
    exact = {
        **ASKED,
        "stations": ["WLP/a"],
        "start": place["start"],
        "end": place["end"],
        "min_s": int(place["duration_s"]),
    }

    def ask(k: int) -> int:
        while True:  # a client that is told to wait asks again
            answer = site.post("/requests", {**exact, "note": f"{k}"}, by=("esa", "nasa")[k % 2])
            if answer.status_code not in (429, 503):
                return int(answer.status_code)

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(ask, range(8)))

    assert [201, *[409] * 7] == found


def test_a_price_says_what_a_refused_request_would_cost(still: Site) -> None:
    answer = still.get("/requests/ESA-5/price", by="esa")

    assert (200, [], 0) == (answer.status_code, answer.json["places"], answer.json["moved"])
    assert 409 == still.get("/requests/ESA-3/price", by="esa").status_code
    assert 409 == still.get("/requests/ESA-5/price?part=2", by="esa").status_code
    assert 404 == still.get("/requests/ESA-5/price", by="jaxa").status_code


def test_requests_come_in_pages_in_order_of_their_ids(still: Site) -> None:
    address, found = "/requests?limit=3", []
    while address:
        answer = still.get(address, by="esa")
        found += [r["id"] for r in answer.json["requests"]]
        address = answer.headers.get("Link", "").partition(">")[0].removeprefix("</api/v1")

    assert [f"ESA-{k}" for k in range(1, 8)] == found
    assert ["ESA-7"] == [r["id"] for r in still.get("/requests?state=withdrawn", by="esa").json["requests"]]
    assert [] == still.get("/requests?agency=ESA", by="jaxa").json["requests"]


def test_what_is_done_over_the_api_is_told_by_events(site: Site) -> None:
    site.post("/requests", {**ASKED, "id": "ESA-9"}, by="esa")
    site.post("/requests/ESA-9/withdraw", by="esa")

    assert ["request.submitted", "request.accepted", "request.withdrawn"] == site.office.actions("request/ESA-9")
    assert {"esa"} == {e.actor for e in site.office.events("request/ESA-9")}


@pytest.mark.fault(79)
def test_an_agency_computes_one_thing_at_a_time_and_others_are_answered(site: Site) -> None:
    turns: Turns = site.app.extensions["passplan.turns"]
    with turns.of("agency ESA"), ThreadPoolExecutor(1) as threads:
        second = threads.submit(site.post, "/requests/check", ASKED, by="esa")
        wait_until(lambda: bool(turns._waiting), within_s=PATIENCE_S)
        third = site.post("/requests/check", ASKED, by="esa")
        others = site.post("/requests/check", {**ASKED, "stations": ["KTU"]}, by="jaxa")
    second.result()

    assert (429, "1") == (third.status_code, third.headers["Retry-After"])
    assert "own_turn_taken" == third.json["messages"][0]["code"]
    assert 200 == others.status_code


def test_an_id_of_another_agency_says_nothing_of_its_requests(site: Site) -> None:
    taken, free = (
        site.post("/requests?wait=true", {**ASKED, "stations": ["KTU"], "id": name}, by="jaxa")
        for name in ("ESA-1", "ESA-987654")
    )

    assert 422 == taken.status_code == free.status_code
    assert taken.json["messages"][0]["code"] == free.json["messages"][0]["code"] == "id_of_agency"
    assert 201 == site.post("/requests?wait=true", {**ASKED, "id": "ESA-98765"}, by="esa").status_code
    assert 201 == site.post("/requests?wait=true", {**ASKED, "id": "VOICE-1", "agency": "ESA"}, by="second").status_code
