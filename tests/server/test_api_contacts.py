"""Contacts over the API: what is seen, what is done, and by whom; versions."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest

from tests.server.site import Site

# 1 took place (ESA), 2 too and nobody reported, 3 is JAXA's and committed, 5 NASA's and committed, 6 ESA's and to come,
# 8 is at MSP, where JAXA sees times.


def test_contacts_come_in_pages_in_order_of_time(still: Site) -> None:
    address, found = "/contacts?start=2026-08-08T00:00:00Z&limit=2", []
    while address:
        answer = still.get(address, by="admin")
        found += answer.json["contacts"]
        address = answer.headers.get("Link", "").partition(">")[0].removeprefix("</api/v1")

    assert sorted(c["start"] for c in found) == [c["start"] for c in found]
    assert set(range(1, 10)) == {c["id"] for c in found}
    assert 9 == len(found)


def test_contacts_are_asked_for_by_state_station_and_satellite(still: Site) -> None:
    def ids(query: str) -> set[int]:
        answer = still.get(f"/contacts?start=2026-08-08T00:00:00Z&{query}", by="admin")
        return {c["id"] for c in answer.json["contacts"]}

    assert {1} == ids("state=partial")
    assert {3, 5} == ids("state=committed&station=KTU&station=WLP") - {2}
    assert {8} == ids("station=MSP&satellite=ISS")
    assert 404 == still.get("/contacts?station=XXX", by="admin").status_code
    assert 422 == still.get("/contacts?state=lost", by="admin").status_code
    assert 422 == still.get("/contacts?start=2026-01-01T00:00:00Z&end=2026-03-01T00:00:00Z", by="admin").status_code


@pytest.mark.fault(76)
def test_contacts_come_as_csv_that_no_spreadsheet_takes_for_formulas(site: Site) -> None:
    reason = '=HYPERLINK("http://x")'
    assert 200 == site.post("/contacts/6/cancel", {"reason": reason}, by="esa").status_code
    answer = site.get("/contacts?state=cancelled_by_agency", by="esa", headers={"Accept": "text/csv"})
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(answer.text))}

    assert f"'{reason}" == rows["6"]["reason"]


def test_a_contact_says_how_much_of_it_is_seen(still: Site) -> None:
    own = still.get("/contacts/8", by="esa").json
    other = still.get("/contacts/8", by="jaxa").json

    assert ("all", "ESA-6", 1) == (own["seen"], own["request"], own["part"])
    assert ("times", "", None, []) == (other["seen"], other["request"], other["part"], other["actions"])
    assert own["start"] == other["start"]
    assert 404 == still.get("/contacts/6", by="jaxa").status_code


def test_an_acknowledged_contact_has_another_version(site: Site) -> None:
    before = site.get("/contacts/3", by="jaxa")
    answer = site.post("/contacts/3/acknowledge", by="jaxa", headers={"If-Match": before.headers["ETag"]})
    after = site.get("/contacts/3", by="jaxa")

    assert ("", ["acknowledge", "cancel", "log"]) == (before.json["acknowledged_by"], before.json["actions"])
    assert (200, "jaxa") == (answer.status_code, answer.json["acknowledged_by"])
    assert answer.headers["ETag"] == after.headers["ETag"]
    assert int(before.headers["ETag"].strip('"')) < int(after.headers["ETag"].strip('"'))


@pytest.mark.parametrize("call", ["acknowledge", "cancel", "report"])
def test_what_was_changed_meanwhile_is_not_changed_again(site: Site, call: str) -> None:
    number = {"acknowledge": 3, "cancel": 5, "report": 2}[call]
    body = {"acknowledge": None, "cancel": {"reason": "storm"}, "report": {"outcome": "completed"}}[call]
    seen = site.get(f"/contacts/{number}", by="admin").headers["ETag"]
    site.post(f"/contacts/{number}/log", {"text": "a line"}, by="admin")
    before = site.get(f"/contacts/{number}", by="admin")
    refused = site.post(f"/contacts/{number}/{call}", body, by="admin", headers={"If-Match": seen})
    still = site.get(f"/contacts/{number}", by="admin")
    weak = site.post(f"/contacts/{number}/{call}", body, by="admin", headers={"If-Match": f"W/{still.headers['ETag']}"})
    done = site.post(
        f"/contacts/{number}/{call}", body, by="admin", headers={"If-Match": f'"1", {still.headers["ETag"]}'}
    )

    assert (412, "/problems/changed") == (refused.status_code, refused.json["type"])
    assert (before.json, before.headers["ETag"]) == (still.json, still.headers["ETag"])
    assert 412 == weak.status_code
    assert 200 == done.status_code


def test_any_version_may_be_changed_by_a_star_or_by_who_names_none(site: Site) -> None:
    assert 200 == site.post("/contacts/3/acknowledge", by="jaxa", headers={"If-Match": "*"}).status_code
    assert 200 == site.post("/contacts/3/acknowledge", by="jaxa").status_code


def test_an_agency_cancels_for_itself_and_the_network_gives_a_reason(site: Site) -> None:
    assert 422 == site.post("/contacts/5/cancel", by="wallops").status_code
    assert "cancelled_by_network" == site.post("/contacts/5/cancel", {"reason": "ice"}, by="wallops").json["state"]
    assert "cancelled_by_agency" == site.post("/contacts/6/cancel", by="esa").json["state"]
    assert 409 == site.post("/contacts/6/cancel", by="esa").status_code


def test_a_report_settles_a_contact_and_stands_in_its_log(site: Site) -> None:
    answer = site.post("/contacts/2/report", {"outcome": "completed", "note": "all of it"}, by="redu")
    log = site.get("/contacts/2/log", by="esa").json

    assert (200, "completed") == (answer.status_code, answer.json["state"])
    assert [("redu", "all of it", "completed")] == [(e["actor"], e["text"], e["outcome"]) for e in log["entries"]]
    assert 422 == site.post("/contacts/2/report", {"outcome": "scheduled"}, by="redu").status_code
    assert 409 == site.post("/contacts/3/report", {"outcome": "completed"}, by="jaxa").status_code


def test_a_line_in_the_log_is_read_by_those_whom_the_contact_concerns(site: Site) -> None:
    answer = site.post("/contacts/8/log", {"text": "one line"}, by="esa")

    assert ["one line"] == [e["text"] for e in answer.json["entries"]]
    assert 200 == site.get("/contacts/8/log", by="redu").status_code
    assert 404 == site.get("/contacts/8/log", by="jaxa").status_code
    assert 422 == site.post("/contacts/8/log", {"text": "   "}, by="esa").status_code
    for wrong in ("a\u0000b", "two\nlines", "\u202eback", "\u3164"):
        refused = site.post("/contacts/8/log", {"text": wrong}, by="esa")
        assert (422, "text_not_plain") == (refused.status_code, refused.json["messages"][0]["code"])


def test_what_may_not_be_seen_is_not_there_and_what_may_be_is_not_done_for_anybody(site: Site) -> None:
    for call, body in (
        ("acknowledge", None),
        ("cancel", {"reason": "x"}),
        ("report", {"outcome": "partial"}),
        ("log", {"text": "x"}),
    ):
        assert 404 == site.post(f"/contacts/6/{call}", body, by="jaxa").status_code
        assert 403 == site.post(f"/contacts/6/{call}", body, by="guest").status_code
        assert 404 == site.post(f"/contacts/999/{call}", body, by="admin").status_code
    assert 403 == site.post("/contacts/8/cancel", {"reason": "x"}, by="jaxa").status_code


@pytest.mark.parametrize("number", ["0", "-1", "abc", "1.0", "9" * 30, "9" * 5000, "4611686018427387904"])
def test_a_number_that_is_none_is_of_no_contact(still: Site, number: str) -> None:
    assert 404 == still.get(f"/contacts/{number}", by="admin").status_code


def test_a_token_that_may_read_reads(site: Site) -> None:
    answer = site.post("/contacts/6/cancel", by="reader")

    assert 403 == answer.status_code
    assert "the token may only read" in answer.json["detail"]
    assert 200 == site.get("/contacts/6", by="reader").status_code


def test_what_an_account_may_do_counts_from_call_to_call(site: Site) -> None:
    assert 200 == site.get("/contacts/6", by="esa").status_code
    site.office.now += timedelta(days=91)

    answer = site.get("/contacts/6", by="esa")

    assert (401, 'Bearer realm="passplan"') == (answer.status_code, answer.headers["WWW-Authenticate"])


def test_an_empty_if_match_is_refused(site: Site) -> None:
    answer = site.post("/contacts/8/acknowledge", by="esa", headers={"If-Match": ""})

    assert (400, True) == (answer.status_code, "If-Match has no ETag" in answer.json["detail"])


def test_a_body_in_chunks_that_is_too_long_is_413(site: Site) -> None:
    answer = site.ask(
        "POST",
        "/contacts/8/log",
        by="esa",
        input_stream=io.BytesIO(b"x" * 2_000_000),
        content_type="application/json",
        headers={"Content-Length": "2000000"},
    )

    assert 413 == answer.status_code
