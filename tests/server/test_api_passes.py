"""Passes over the API: the table with its filters and pages, the sheet of one, pointing."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from passplan.domain.rows.columns import columns_of
from passplan.domain.rows.network import AgencyRow
from passplan.domain.rows.passes import ListedPass
from passplan.server.api.answering import table
from passplan.server.http.cache import EXTENSION, ResponseCache
from tests.server.site import Site, with_settings

SHEET = "/passes/ISS/RED/2026-08-10T09:21:00Z"


def passes(site: Site, query: str = "", by: str = "esa") -> list[dict[str, Any]]:
    answer = site.get(f"/passes?hours=70{query}", by=by)
    assert 200 == answer.status_code, answer.text
    found: list[dict[str, Any]] = answer.json["passes"]
    return found


def test_passes_come_in_order_of_their_aos_each_with_what_is_booked_in_it(still: Site) -> None:
    found = passes(still)

    assert sorted(p["aos"] for p in found) == [p["aos"] for p in found]
    assert [c.name for c in columns_of(ListedPass)] == list(found[0])
    assert {4, 5, 6, 7, 8, 9} == {c["id"] for p in found for c in p["contacts"]}  # 3 is over JAXA's station
    assert all(c["start"] < p["los"] and p["aos"] < c["end"] for p in found for c in p["contacts"])


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_pages_are_the_whole_list_once(still: Site, limit: int) -> None:
    whole = passes(still)
    address, found = f"/passes?hours=70&limit={limit}", []
    while address:
        answer = still.get(address, by="esa")
        found += answer.json["passes"]
        link = answer.headers.get("Link", "")
        assert (answer.json["next"] is not None) == bool(link)
        address = link.partition(">")[0].removeprefix("</api/v1")

    assert whole == found


def test_filters_leave_what_is_asked_for(still: Site) -> None:
    whole = passes(still)

    assert [p for p in whole if p["station"] == "RED"] == passes(still, "&station=RED")
    assert [p for p in whole if p["station"] in ("RED", "MSP")] == passes(still, "&agency=ESA")
    assert [p for p in whole if p["peak_elevation_deg"] >= 40.0] == passes(still, "&min_peak_elevation_deg=40")
    assert [p for p in whole if p["contacts"]] == passes(still, "&show=booked")
    assert [p for p in whole if not p["contacts"]] == passes(still, "&show=free")
    assert {"ESA"} == {c["agency"] for p in passes(still, "&show=mine") for c in p["contacts"] if c["request"]}


def test_a_table_without_passes_says_which_would_be_the_highest(still: Site) -> None:
    answer = still.get("/passes?hours=24&min_peak_elevation_deg=89.99&station=MSP", by="esa").json

    assert [] == answer["passes"]
    assert "MSP" == answer["highest"]["station"]


def test_the_same_passes_come_as_csv(still: Site) -> None:
    answer = still.get("/passes?hours=70", by="esa", headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(answer.text)))

    assert "text/csv; charset=utf-8" == answer.content_type
    assert [p["aos"] for p in passes(still)] == [row["aos"] for row in rows]
    assert [" ".join(str(c["id"]) for c in p["contacts"]) for p in passes(still)] == [row["contacts"] for row in rows]


def test_a_form_that_there_is_not_is_refused(still: Site) -> None:
    answer = still.get("/passes", by="esa", headers={"Accept": "text/html"})

    assert (406, "application/problem+json") == (answer.status_code, answer.content_type)
    assert 406 == still.get("/contacts/3", by="esa", headers={"Accept": "text/csv"}).status_code
    assert 200 == still.get("/contacts/3", by="jaxa", headers={"Accept": "text/html, */*;q=0.1"}).status_code


@pytest.mark.fault(30)
@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("start=2026-08-09T00:00:00", "not a time with its zone"),
        ("start=0.5", "not a time with its zone"),
        ("start=1786233600", "not a time with its zone"),
        ("start=2026-08-09T00:00:00Z&end=2026-08-09T00:00:00Z", "ends before it starts"),
        ("start=2026-08-09T00:00:00Z&end=2026-08-08T00:00:00Z", "ends before it starts"),
        ("start=2026-08-09T00:00:00Z&end=2036-08-08T00:00:00Z", "more than 31 days"),
        ("start=9999-12-31T23:00:00Z", "give an earlier one"),
        ("end=2026-08-10T00:00:00Z&hours=2", "give one of them"),
        ("hours=nan", "hours"),
        ("hours=1e999", "hours"),
        ("hours=745", "hours"),
        ("min_peak_elevation_deg=-1", "min_peak_elevation_deg"),
        ("limit=501", "limit"),
        ("limit=0", "limit"),
        ("show=theirs", "show"),
        ("min_el=10", "'min_el' is not known here; it takes agency"),
        ("limit=1&limit=2", "given 2 times"),
        ("station=a%00b", "station"),
        ("cursor=nonsense", "the cursor is none"),
        ("cursor=WzEsMl0", "the cursor is none"),  # [1,2]
        ("cursor=WzEsIlx1ZDgwMCIsIkEiXQ", "the cursor is none"),  # [1,"\ud800","A"]
        ("cursor=W1tbW1tb", "the cursor is none"),
    ],
)
def test_a_filter_that_is_none_is_refused_with_what_would_do(still: Site, query: str, told: str) -> None:
    answer = still.get(f"/passes?{query}", by="esa")

    assert 422 == answer.status_code
    assert told in answer.json["detail"]
    assert answer.json["errors"]


@pytest.mark.parametrize("query", ["satellite=MIR", "station=XXX", "agency=NOBODY"])
def test_what_the_network_does_not_have_is_not_there(still: Site, query: str) -> None:
    assert 404 == still.get(f"/passes?{query}", by="esa").status_code


def test_a_sheet_has_the_contact_why_it_is_used_and_where_to_point(still: Site) -> None:
    sheet = still.get(SHEET, by="esa").json

    assert ("RED", "ISS") == (sheet["pass"]["station"], sheet["pass"]["satellite"])
    assert 6 == sheet["contact"]["id"]
    assert "here" == next(u["outcome"] for u in sheet["uses"] if u["request"] == "ESA-3")
    assert ([], []) == (sheet["gaps"], sheet["cable_gaps"])  # its antenna has no limits
    assert {"contact.scheduled"} <= {e["action"] for e in sheet["history"]}
    times = [p["time"] for p in sheet["pointing"]]
    assert times[0] <= sheet["contact"]["occupied_from"]
    assert max(p["el_deg"] for p in sheet["pointing"]) <= sheet["pass"]["peak_elevation_deg"] + 0.01


def test_pointing_is_the_same_as_json_and_csv_in_steps_of_ones_own(still: Site) -> None:
    fine = still.get(f"{SHEET}/pointing", by="esa").json
    coarse = still.get(f"{SHEET}/pointing?step_s=10", by="esa").json
    rows = list(
        csv.DictReader(io.StringIO(still.get(f"{SHEET}/pointing", by="esa", headers={"Accept": "text/csv"}).text))
    )

    assert fine["points"][::10] == coarse["points"]
    assert [p["az_deg"] for p in fine["points"]] == [float(row["az_deg"]) for row in rows]
    assert 10.0 == coarse["step_s"]


def test_a_station_of_any_letters_has_its_file() -> None:
    answer = table(AgencyRow, [AgencyRow(id="ESA", name="")], 'pointing-Байконур"')

    assert "id,name\r\nESA,\r\n" == answer.get_data(as_text=True)
    assert 'attachment; filename="pointing-_________.csv"' == answer.headers["Content-Disposition"]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/passes/ISS/RED/0001-01-01T00:00:00Z", 404),
        ("/passes/ISS/RED/9999-12-31T23:59:59Z", 404),
        ("/passes/ISS/RED/2026-08-10T09:21:00", 422),
        ("/passes/ISS/XXX/2026-08-10T09:21:00Z", 404),
        ("/passes/MIR/RED/2026-08-10T09:21:00Z", 404),
        (f"{SHEET}?contact=3", 404),
        (f"{SHEET}?contact={10**30}", 422),
    ],
)
def test_a_pass_that_is_not_there_is_not_found(still: Site, address: str, status: int) -> None:
    assert status == still.get(address, by="esa").status_code


def test_an_answer_is_kept_for_its_second_and_not_longer(site: Site) -> None:
    clock_s = [100.0]
    site.app.extensions[EXTENSION] = ResponseCache(lambda: clock_s[0])
    first = site.get("/passes", by="esa")
    again = site.get("/passes", by="esa", headers={"If-None-Match": first.headers["ETag"]})
    site.office.now += timedelta(seconds=1)
    clock_s[0] += 1.0
    still = site.get("/passes", by="esa")
    clock_s[0] += 0.001
    later = site.get("/passes", by="esa")

    assert first.json == still.json
    assert (304, b"") == (again.status_code, again.data)
    assert first.json["span"] != later.json["span"]


def test_the_public_may_look_where_it_is_let_and_only_look(site: Site) -> None:
    assert 401 == site.get("/passes").status_code
    open_ = with_settings(site, public_view=True)

    assert {"times"} == {c["seen"] for p in passes(open_, by="") for c in p["contacts"]}
    assert 401 == open_.get("/requests").status_code
    assert 401 == open_.get("/me").status_code
    assert 401 == open_.post("/contacts/3/acknowledge").status_code
