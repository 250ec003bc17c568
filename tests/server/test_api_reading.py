"""What the API reads, and what it does not: bodies, types, depths, numbers, addresses; and how it says so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.site import Site, with_settings

ASK = {
    "id": "ESA-9",
    "satellite": "ISS",
    "link": "up",
    "start": "2026-08-10T00:00:00Z",
    "end": "2026-08-10T12:00:00Z",
    "min_s": 180,
}
JSON = "application/json"


def send(site: Site, text: str | bytes, path: str = "/requests", content_type: str | None = JSON) -> tuple[int, Any]:
    answer = site.ask("POST", path, by="esa", data=text, content_type=content_type)
    assert "application/problem+json" == answer.content_type or answer.status_code < 400
    return answer.status_code, answer.json


@pytest.mark.fault(4)
@pytest.mark.fault(66)
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("{'id': 1}", "not JSON"),
        ("[" * 100_000, "nests deeper"),
        ('{"a":' * 100_000, "nests deeper"),
        ('{"min_s": NaN}', "NaN"),
        ('{"min_s": -Infinity}', "Infinity"),
        ('{"min_s": 1e999}', "beyond all bounds"),
        ('{"min_s": ' + "9" * 5_000 + "}", "digits"),
        ('{"min_s": 180, "min_s": 60}', "stands twice"),
        ("null", "an object in braces"),
        ("[]", "an object in braces"),
        (json.dumps(json.dumps(ASK)), "an object in braces"),  # JSON in a string is a string
        (b'{"id": "\xff"}', "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (json.dumps(ASK).encode("utf-16"), "UTF-8"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(still: Site, text: str | bytes, told: str) -> None:
    status, body = send(still, text)

    assert (400, "/problems/malformed") == (status, body["type"])
    assert told in body["detail"]


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
def test_what_does_not_say_that_it_is_json_is_not_read(still: Site, content_type: str | None) -> None:
    status, body = send(still, json.dumps(ASK), content_type=content_type)

    assert (415, "/problems/media-type") == (status, body["type"])


def test_json_may_say_its_charset(site: Site) -> None:
    assert 201 == send(site, json.dumps(ASK), content_type="application/json; charset=utf-8")[0]


def test_at_most_a_megabyte_is_read(still: Site) -> None:
    status, body = send(still, json.dumps({**ASK, "note": "x" * 1_100_000}))

    assert (413, "/problems/too-large") == (status, body["type"])


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("/contacts/3/cancel", {"why": "x"}, "why"),
        ("/contacts/3/cancel", {"reason": 5}, "reason"),
        ("/contacts/3/cancel", {"reason": "x" * 201}, "reason"),
        ("/contacts/3/cancel", {"reason": "\ud800"}, "reason"),
        ("/contacts/3/cancel", {"reason": "a\u0000"}, "reason"),
        ("/contacts/3/report", {}, "outcome"),
        ("/contacts/3/log", {"text": ""}, "text"),
        ("/requests/JAXA-2/decide", {"accept": "yes"}, "accept"),
        ("/requests/JAXA-2/decide", {"accept": 1}, "accept"),
        ("/requests/JAXA-2/take", {"antennas": [], "start": ASK["start"], "end": ASK["end"]}, "antennas"),
        ("/requests/JAXA-2/take", {"antennas": ["a"], "start": ASK["end"], "end": ASK["start"]}, "not after its start"),
        ("/stations/KTU/outages", {"end": 5}, "end"),
        ("/stations/KTU/outages", {"end": "2026-08-10T00:00:00"}, "end"),
        ("/stations/KTU/outages", {"end": "2026-08-09T00:00:00Z", "start": "2026-08-08T00:00:00Z"}, "it is over"),
        ("/stations/KTU/outages", {"end": "2026-08-10T00:00:00Z", "antenna": "z"}, "no antenna"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(still: Site, path: str, body: dict[str, Any], told: str) -> None:
    answer = still.post(path, body, by="admin")

    assert (422, "/problems/invalid") == (answer.status_code, answer.json["type"])
    assert told in " ".join(answer.json["errors"])


def test_every_problem_has_what_rfc_9457_asks_for(still: Site) -> None:
    for answer in (
        still.get("/passes"),
        still.get("/contacts/999", by="esa"),
        still.get("/nothing", by="esa"),
        still.get("/passes?limit=0", by="esa"),
        still.ask("PUT", "/passes", by="esa"),
    ):
        body = answer.json

        assert "application/problem+json" == answer.content_type
        assert {"type", "title", "status", "detail", "instance"} <= set(body)
        assert answer.status_code == body["status"]
        assert body["type"].startswith("/problems/")
        known = still.browser("esa").get(body["type"])
        assert 200 == known.status_code, body["type"]


def test_another_method_is_told_which_there_are(still: Site) -> None:
    answer = still.ask("PUT", "/requests", by="esa")

    assert 405 == answer.status_code
    assert {"GET", "HEAD", "OPTIONS", "POST"} == {name.strip() for name in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize("path", ["/me", "/stations", "/schedule", "/requests/ESA-1"])
def test_what_takes_no_parameters_takes_none(still: Site, path: str) -> None:
    answer = still.get(f"{path}?verbose=1", by="esa")

    assert 422 == answer.status_code
    assert "it takes none" in answer.json["detail"]


def test_a_cookie_is_nobody_and_a_token_counts_as_long_as_it_does(site: Site) -> None:
    browser = site.browser("esa")
    bearer = {"Authorization": f"bearer {site.tokens['esa']}"}

    assert 401 == browser.get("/api/v1/me").status_code
    assert 200 == browser.get("/api/v1/me", headers=bearer).status_code
    assert 401 == site.get("/me", headers={"Authorization": f"Bearer {site.tokens['esa'].swapcase()}"}).status_code
    assert 401 == site.get("/me", headers={"Authorization": "Basic ZXNhOng="}).status_code


def test_no_call_is_answered_with_html_or_a_cookie(still: Site) -> None:
    for path in ("/me", "/passes", "/contacts/999", "/nothing", "/map"):
        answer = still.get(path, by="esa", headers={"Accept": "*/*"})

        assert "json" in (answer.content_type or "")
        assert "Set-Cookie" not in answer.headers
        assert "no-store" == answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/requests", {**ASK, **{f"k{k}": k for k in range(50_000)}}),
        ("/requests", {**ASK, "stations": [f"S{k}" for k in range(50_000)]}),
        ("/requests", {**ASK, "arrays": [["RED/a"] * 50_000]}),
        ("/requests", {**ASK, "repetition": {f"k{k}": k for k in range(50_000)}}),
        ("/requests/check", {**ASK, "during": ["x"] * 50_000}),
        ("/contacts/3/cancel", {f"k{k}": k for k in range(50_000)}),
    ],
)
def test_many_mistakes_are_told_in_few_words(still: Site, path: str, body: dict[str, Any]) -> None:
    answer = still.post(path, body, by="admin" if "contacts" in path else "esa")

    assert 422 == answer.status_code
    assert len(answer.data) < 10_000


@pytest.mark.fault(77)
def test_who_calls_too_often_waits_and_nobody_else_does(site: Site) -> None:
    busy = with_settings(site, rate_limit_per_s=1.0)
    answers = [busy.get("/me", by="esa") for _ in range(4)]
    other = busy.get("/me", by="jaxa")

    refused = next(a for a in answers if a.status_code != 200)
    assert (429, "/problems/too-many") == (refused.status_code, refused.json["type"])
    assert 1 <= int(refused.headers["Retry-After"]) <= 2
    assert 200 == other.status_code
