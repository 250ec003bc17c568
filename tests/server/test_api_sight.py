"""Who sees and does what over the API: every address by every account, and a word that nobody else may read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.site import ACCOUNTS, CANARY, Site, open_site, with_settings

ALL = frozenset(ACCOUNTS)
WHOLE = frozenset({"admin", "second"})
OF_ESA = WHOLE | {"esa", "redu"}
SEES_MSP = OF_ESA | {"jaxa", "guest"}
ASK_FOR_ESA = WHOLE | {"esa"}
AT_ESA = WHOLE | {"redu"}
NOBODY: frozenset[str] = frozenset()
SHEET = "/passes/ISS/MSP/2026-08-10T14:11:00Z"
ASKED = {
    "agency": "ESA",
    "satellite": "ISS",
    "link": "up",
    "start": "2026-08-10T00:00:00Z",
    "end": "2026-08-10T12:00:00Z",
    "min_s": 180,
}
PLACE = {"antennas": ["RED/a"], "start": "2026-08-10T09:18:17Z", "end": "2026-08-10T09:23:17Z"}

# Of each operation: what is called, who is let in, and who is told that they may not. All others find nothing there.
# Contact 8 and request ESA-3 are ESA's, the contact at a station where JAXA sees times; ESA is asked for JAXA-2.
TABLE: list[tuple[str, str, Any, frozenset[str], frozenset[str]]] = [
    ("GET /passes", "/passes", None, ALL, NOBODY),
    ("GET /passes/{satellite}/{station}/{near}", SHEET, None, ALL, NOBODY),
    ("GET /passes/{satellite}/{station}/{near}/pointing", f"{SHEET}/pointing", None, ALL, NOBODY),
    ("GET /contacts", "/contacts", None, ALL, NOBODY),
    ("GET /contacts/{number}", "/contacts/8", None, SEES_MSP, NOBODY),
    ("POST /contacts/{number}/acknowledge", "/contacts/8/acknowledge", None, OF_ESA, SEES_MSP - OF_ESA),
    ("POST /contacts/{number}/report", "/contacts/8/report", {"outcome": "partial"}, OF_ESA, SEES_MSP - OF_ESA),
    ("GET /contacts/{number}/log", "/contacts/8/log", None, OF_ESA, NOBODY),
    ("POST /contacts/{number}/log", "/contacts/8/log", {"text": "x"}, OF_ESA, SEES_MSP - OF_ESA),
    ("POST /contacts/{number}/cancel", "/contacts/8/cancel", {"reason": "x"}, OF_ESA, SEES_MSP - OF_ESA),
    ("GET /requests", "/requests", None, ALL, NOBODY),
    ("POST /requests", "/requests?wait=true", ASKED, ASK_FOR_ESA, ALL - ASK_FOR_ESA),
    ("POST /requests/check", "/requests/check", ASKED, ASK_FOR_ESA, ALL - ASK_FOR_ESA),
    ("GET /requests/{name}", "/requests/ESA-3", None, OF_ESA, NOBODY),
    ("GET /requests/{name}/alternatives", "/requests/ESA-3/alternatives", None, OF_ESA, NOBODY),
    ("GET /requests/{name}/price", "/requests/ESA-5/price", None, OF_ESA, NOBODY),
    ("POST /requests/{name}/take", "/requests/ESA-3/take", PLACE, ASK_FOR_ESA, frozenset({"redu"})),
    ("POST /requests/{name}/withdraw", "/requests/ESA-3/withdraw", None, ASK_FOR_ESA, frozenset({"redu"})),
    ("POST /requests/{name}/decide", "/requests/JAXA-2/decide", {"accept": True}, AT_ESA, frozenset({"jaxa"})),
    ("GET /schedule", "/schedule", None, ALL, NOBODY),
    ("GET /schedule/days/{day}", "/schedule/days/2026-08-10", None, ALL, NOBODY),
    ("GET /schedule/revisions", "/schedule/revisions", None, ALL, NOBODY),
    ("GET /schedule/revisions/{number}", "/schedule/revisions/1", None, ALL, NOBODY),
    ("GET /schedule/revisions/{number}/changes", "/schedule/revisions/2/changes", None, ALL, NOBODY),
    ("POST /schedule/publish", "/schedule/publish", None, WHOLE, ALL - WHOLE),
    ("GET /stations", "/stations", None, ALL, NOBODY),
    ("GET /stations/{name}", "/stations/RED", None, ALL, NOBODY),
    ("POST /stations/{name}/outages/{number}/end", "/stations/RED/outages/1/end", None, AT_ESA, ALL - AT_ESA),
    ("POST /stations/{name}/outages", "/stations/MSP/outages", {"end": "2026-08-12T00:00:00Z"}, AT_ESA, ALL - AT_ESA),
    ("GET /satellites", "/satellites", None, ALL, NOBODY),
    ("GET /satellites/{name}", "/satellites/ISS", None, ALL, NOBODY),
    ("GET /agencies", "/agencies", None, ALL, NOBODY),
    ("GET /agencies/{name}", "/agencies/ESA", None, ALL, NOBODY),
    ("GET /network", "/network", None, ALL, NOBODY),
    ("GET /map", "/map", None, ALL, NOBODY),
    ("GET /me", "/me", None, ALL, NOBODY),
    ("GET /status", "/status", None, WHOLE, ALL - WHOLE),
    ("GET /events", "/events", None, WHOLE, ALL - WHOLE),
    ("GET /accounts", "/accounts", None, frozenset({"admin"}), ALL - {"admin"}),
    ("GET /tokens", "/tokens?everybody=true", None, frozenset({"admin"}), ALL - {"admin"}),
    ("DELETE /tokens/{prefix}", "/tokens/{prefix}", None, frozenset({"admin", "esa"}), NOBODY),
]  # fmt: skip
_NOT_LET_IN = (401, 403, 404)


def test_every_operation_is_in_the_table(still: Site) -> None:
    document: Any = still.app.test_client().get("/openapi.json").json
    there = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, item in document["paths"].items()
        for method in item
    }

    assert there == {label for label, *_ in TABLE}


@pytest.mark.fault(70)
@pytest.mark.parametrize("who", sorted(ACCOUNTS))
def test_every_account_does_what_it_may_and_finds_nothing_else(site: Site, who: str) -> None:
    prefix = site.tokens["reader"][3:11]  # a token of esa
    wrong = {}
    for label, path, body, require_login, denied in TABLE:
        more = {} if body is None else {"json": body}
        answer = site.ask(label.partition(" ")[0], path.format(prefix=prefix), by=who, **more)
        expected = "in" if who in require_login else 403 if who in denied else 404
        found = answer.status_code if answer.status_code in _NOT_LET_IN else "in"
        if expected != found:
            wrong[label] = (expected, answer.status_code)

    assert {} == wrong


@pytest.mark.parametrize("public_view", [False, True])
def test_nobody_reads_what_the_public_may_see_and_does_nothing(still: Site, public_view: bool) -> None:
    site = with_settings(still, public_view=public_view)
    signed_in = {"/me", "/status", "/events", "/accounts", "/tokens"}
    for label, path, body, *_ in TABLE:
        method = label.partition(" ")[0]
        answer = site.ask(method, path.format(prefix="00000000"), **({} if body is None else {"json": body}))
        looks = public_view and method == "GET" and path.partition("?")[0] not in signed_in and "/requests" not in path

        assert (401 if not looks else 404 if "/contacts/8/log" in path else 200) == answer.status_code, label


def everything(site: Site) -> Iterator[str]:
    """Addresses of all that can be read."""
    rows = site.get("/passes?start=2026-08-08T00:00:00Z&hours=96&limit=500", by="admin").json
    yield from ("/passes?start=2026-08-08T00:00:00Z&hours=96&limit=500", "/passes?show=booked", "/passes?show=mine")
    yield from ("/contacts?start=2026-08-08T00:00:00Z", "/requests", "/requests?agency=ESA", "/schedule", "/network")
    yield from ("/stations", "/satellites", "/agencies", "/map", "/me", "/status", "/events", "/accounts", "/tokens")
    yield from (f"/schedule/days/2026-08-{day:02}" for day in range(7, 13))
    yield "/schedule/revisions"
    yield from (f"/schedule/revisions/{n}{more}" for n in (1, 2) for more in ("", "/changes"))
    yield from (f"/contacts/{n}{more}" for n in range(1, 12) for more in ("", "/log"))
    yield from (f"/requests/ESA-{n}{more}" for n in range(1, 8) for more in ("", "/alternatives", "/price"))
    yield from (f"/stations/{name}" for name in ("RED", "MSP", "WLP", "KTU"))
    yield from (f"/agencies/{name}" for name in ("ESA", "JAXA", "NASA"))
    for p in rows["passes"]:
        if p["contacts"]:
            sheet = f"/passes/{p['satellite']}/{p['station']}/{p['tca']}"
            yield from (sheet, f"{sheet}/pointing?step_s=60")
            yield from (f"{sheet}?contact={c['id']}" for c in p["contacts"])


@pytest.mark.parametrize("who", ["jaxa", "guest", ""])
def test_nobody_else_ever_reads_an_agency_s_notes_reasons_log_or_the_names_of_its_requests(
    still: Site, who: str
) -> None:
    site = with_settings(still, public_view=True)
    told, read = [], 0
    for path in everything(site):
        for form in ("application/json", "text/csv", "application/geo+json"):
            answer = site.get(path, by=who, headers={"Accept": form})
            read += answer.status_code == 200
            text = answer.text.replace(path, "").replace(path.partition("?")[0], "")  # a problem says what was asked
            if CANARY in text or (re.search(r"\bESA-\d", text) and answer.status_code == 200):
                told.append(path)

    assert [] == told
    assert read > 40


def test_the_agency_itself_reads_them(still: Site) -> None:
    found = {path for path in everything(still) if CANARY in still.get(path, by="esa").text}

    assert {"/requests", "/schedule", "/schedule/revisions", "/contacts/1/log", "/contacts/8"} <= found
    assert {"/requests/ESA-7", "/stations/RED", "/schedule/revisions/2/changes"} <= found


@pytest.mark.fault(70)
@pytest.mark.parametrize(("noun", "hidden", "missing"), [("requests", "ESA-3", "ESA-9"), ("contacts", "6", "8000")])
def test_what_is_hidden_is_told_like_what_is_not_there(still: Site, noun: str, hidden: str, missing: str) -> None:
    first, second = (still.get(f"/{noun}/{name}", by="jaxa") for name in (hidden, missing))

    assert 404 == first.status_code
    assert first.text.replace(hidden, "*") == second.text.replace(missing, "*")


def test_an_agency_sees_its_own_agreements(still: Site) -> None:
    def pairs(who: str) -> set[tuple[str, str]]:
        found = still.get("/network", by=who).json
        return {(a["owner"], a["user"]) for a in found["agreements"]}

    assert {("ESA", "JAXA")} == pairs("jaxa")
    assert {("ESA", "JAXA"), ("NASA", "ESA")} == pairs("esa") == pairs("admin")
    assert set() == pairs("guest")


def test_a_store_of_its_own_is_changed_alone(template: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    first, second = (tmp_path / name for name in ("first", "second"))
    for folder in (first, second):
        folder.mkdir()
    one, other = (open_site(template[0], folder, template[1]) for folder in (first, second))
    one.post("/contacts/6/cancel", by="esa")

    assert "scheduled" == other.get("/contacts/6", by="esa").json["state"]
    for site in (one, other):
        site.office.store.database.close()
