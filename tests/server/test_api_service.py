"""The rest of the API: schedule, stations, network, map, tokens, events, status."""

from __future__ import annotations

from itertools import pairwise

from tests.server.site import Site


def test_the_schedule_has_what_is_ahead_what_is_refused_and_how_even_it_is(still: Site) -> None:
    found = still.get("/schedule", by="esa").json

    assert 2 == found["revision"]["revision"]
    assert all(c["end"] > "2026-08-09T02:00:00" for c in found["contacts"])
    assert ["ESA-5"] == [r["request"] for r in found["refusals"]]
    assert {"ESA", "JAXA", "NASA"} == {a["agency"] for a in found["fairness"]["agencies"]}
    assert [] == still.get("/schedule", by="jaxa").json["refusals"]


def test_a_revision_is_as_it_was_made_whatever_came_of_its_contacts(site: Site) -> None:
    before = site.get("/schedule/revisions/2", by="esa").json
    site.post("/contacts/6/cancel", by="esa")
    after = site.get("/schedule/revisions/2", by="esa").json

    assert "ESA-3" in {c["request"] for c in before["contacts"]}
    assert before == after
    assert 404 == site.get("/schedule/revisions/3", by="esa").status_code


def test_a_revision_says_what_it_changed(still: Site) -> None:
    found = still.get("/schedule/revisions/2/changes", by="esa").json

    assert [("moved", "ESA-4")] == [(c["kind"], c["request"]) for c in found["changes"]]
    assert found["changes"][0]["start_before"] < found["changes"][0]["start"]
    assert ["outage of RED", "a contact of another agency was cancelled"] == (
        still.get("/schedule/revisions/2/changes", by="jaxa").json["causes"]
    )


def test_a_day_is_shown_antenna_by_antenna(still: Site) -> None:
    found = still.get("/schedule/days/2026-08-10", by="esa").json
    lanes = {lane["antenna"]: lane for lane in found["lanes"]}

    assert {"WLP/a", "WLP/b", "RED/a", "MSP/a", "KTU/a"} == set(lanes)
    assert [6] == lanes["RED/a"]["contacts"]
    assert ["zeisig nests in the dish"] == [c["note"] for c in lanes["RED/a"]["closed"]]
    assert found == still.get("/schedule/days/2026-222", by="esa").json
    assert 422 == still.get("/schedule/days/2026-13-01", by="esa").status_code
    assert 422 == still.get("/schedule/days/9999-12-31", by="esa").status_code


def test_a_schedule_is_published_by_those_who_may(site: Site) -> None:
    answer = site.post("/schedule/publish", by="second")

    assert (201, "/api/v1/schedule/revisions/3") == (answer.status_code, answer.headers["Location"])
    assert 3 == site.get("/schedule", by="esa").json["revision"]["revision"]


def test_an_outage_cancels_what_is_frozen_there_and_ends(site: Site) -> None:
    body = {"end": "2026-08-10T00:00:00Z", "antenna": "b", "note": "ice"}
    answer = site.post("/stations/WLP/outages", body, by="wallops")
    number = answer.json["outage"]["id"]
    ended = site.post(f"/stations/WLP/outages/{number}/end", by="wallops")

    assert (201, [5]) == (answer.status_code, answer.json["cancelled"])
    assert "2026-08-09T02:00:00.000000Z" == answer.json["outage"]["start"]
    assert "cancelled_by_network" == site.get("/contacts/5", by="nasa").json["state"]
    assert (200, "2026-08-09T02:00:00.000000Z") == (ended.status_code, ended.json["end"])
    assert 404 == site.post(f"/stations/WLP/outages/{number}/end", by="wallops").status_code
    assert 404 == site.post("/stations/WLP/outages/1/end", by="wallops").status_code  # it is of RED
    assert 404 == site.post("/stations/XXX/outages", body, by="wallops").status_code


def test_a_station_and_a_satellite_have_all_that_the_network_says(still: Site) -> None:
    station = still.get("/stations/WLP", by="guest").json
    satellite = still.get("/satellites/ISS", by="guest").json

    assert [("a", ["S"], 120.0), ("b", ["S"], 120.0)] == [
        (a["id"], a["bands"], a["setup_s"]) for a in station["antennas"]
    ]
    assert ("up", "uplink", 2) == tuple(satellite["links"][0][k] for k in ("id", "direction", "capacity"))
    assert 0.9 == satellite["elements"]["age_d"]
    assert station["id"] in {s["id"] for s in still.get("/network", by="guest").json["stations"]}
    assert 404 == still.get("/satellites/MIR", by="guest").status_code


def test_an_agency_s_months_are_its_own(still: Site) -> None:
    own = still.get("/agencies/ESA", by="esa").json
    other = still.get("/agencies/ESA", by="jaxa").json

    assert (True, ["2026-08"]) == (own["is_seen"], [m["month"] for m in own["months"]])
    assert [("NASA", ["WLP"])] == [(w["owner"], w["stations"]) for w in own["uses"]]
    assert (False, [], [], []) == tuple(other[k] for k in ("is_seen", "months", "uses", "grants"))
    assert own["share"] == other["share"]


def test_the_map_is_geojson_whose_lines_do_not_cross_the_date_line(still: Site) -> None:
    answer = still.get("/map?satellite=ISS", by="guest")
    found = {f["properties"]["kind"]: f for f in answer.json["features"]}

    assert "application/geo+json" == answer.content_type
    assert {"position", "ahead", "past", "footprint"} == set(found)
    longitude, latitude, altitude_m = found["position"]["geometry"]["coordinates"]
    assert 400_000.0 < altitude_m < 440_000.0
    assert abs(latitude) < 51.8
    lines = [line for kind in ("ahead", "past", "footprint") for line in found[kind]["geometry"]["coordinates"]]
    assert all(abs(a[0] - b[0]) < 180.0 for line in lines for a, b in pairwise(line))
    assert [longitude, latitude] == found["ahead"]["geometry"]["coordinates"][0][0]
    assert "application/json" == still.get("/map", by="guest", headers={"Accept": "application/json"}).content_type
    assert 404 == still.get("/map?satellite=MIR", by="guest").status_code


def test_a_token_says_whose_it_is_and_is_revoked_by_its_owner(site: Site) -> None:
    prefix = site.tokens["reader"].split("_")[1]
    me = site.get("/me", by="reader").json

    assert ("esa", "requester", "ESA", "read") == tuple(me[k] for k in ("account", "role", "agency", "scope"))
    assert 404 == site.ask("DELETE", f"/tokens/{prefix}", by="jaxa").status_code
    assert 403 == site.ask("DELETE", f"/tokens/{prefix}", by="reader").status_code
    gone = site.ask("DELETE", f"/tokens/{prefix}", by="esa")
    assert (204, b"") == (gone.status_code, gone.data)
    assert 401 == site.get("/me", by="reader").status_code
    assert [True] == [
        t["revoked"] is not None for t in site.get("/tokens", by="esa").json["tokens"] if t["prefix"] == prefix
    ]


def test_no_answer_has_a_secret(still: Site) -> None:
    text = still.get("/tokens?everybody=true", by="admin").text + still.get("/accounts", by="admin").text
    text += still.get("/events?limit=500", by="admin").text

    assert not any(token.split("_", 2)[2] in text for token in still.tokens.values())
    assert {"admin", "esa", "guest"} <= {a["name"] for a in still.get("/accounts", by="admin").json["accounts"]}


def test_events_are_read_from_a_number_on(still: Site) -> None:
    whole = still.get("/events?limit=500&after=0", by="admin").json["events"]
    after: int | None = 0
    found = []
    while after is not None:
        page = still.get(f"/events?limit=7&after={after}", by="admin").json
        found += page["events"]
        after = page["next"]

    assert whole == found
    assert whole[-3:] == still.get("/events?limit=3", by="admin").json["events"]
    assert {"contact/4"} == {e["object"] for e in still.get("/events?about=contact/4", by="admin").json["events"]}


def test_the_status_says_what_is_wrong(still: Site) -> None:
    found = still.get("/status", by="second").json

    assert "2026-08-09T02:00:00.000000Z" == found["mission_time"]
    assert 1 == found["contacts"]["cancelled_by_agency"]
    assert any("no daemon leads" in told for told in found["wrong"])
