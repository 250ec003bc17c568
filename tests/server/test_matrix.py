"""Every route, for every role, of one's own agency and of another: who comes in, and that the others change nothing.

The routes are the application's own. One that is new and not in the table below fails the first test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from passplan.domain.contacts import ContactState
from tests.refs import ref
from tests.server.site import Site, open_site, with_settings
from tests.service.office import ask

EVERYBODY = frozenset({"", "guest", "esa", "jaxa", "nasa", "wallops", "redu", "second", "admin"})
SIGNED_IN = EVERYBODY - {""}
SCHEDULERS = frozenset({"second", "admin"})
ADMIN = frozenset({"admin"})
OF_ESA = frozenset({"esa", "redu"}) | SCHEDULERS  # see what ESA asks for, and what happens at Redu
SEE_REDU = OF_ESA | {"guest"}  # and who belongs to no agency sees times
ASK_FOR_ESA = frozenset({"esa"}) | SCHEDULERS
RUN_REDU = frozenset({"redu"}) | SCHEDULERS
ASKING = frozenset({"esa", "jaxa", "nasa"}) | SCHEDULERS


@dataclass(frozen=True)
class Route:
    """A route on something of ESA's: who may, and what is sent."""

    may: frozenset[str]
    given: tuple[tuple[str, str], ...] = ()  # arguments of the address; {contact} and so on are filled in
    form: tuple[tuple[str, str], ...] = ()
    body: Any = None


CONTACT = (("number", "{contact}"),)
REQUEST = (("name", "ESA-3"),)
STATION = (("name", "RED"),)
OUTAGE = (*STATION, ("number", "{outage}"))
PASS = (("satellite", "ISS"), ("station", "RED"), ("near", "{near}"))
WHEN = (("start", "2026-08-11T00:00:00Z"), ("end", "2026-08-11T01:00:00Z"))
PLACE = (("antennas", "RED/a"), *WHEN)
NEW = (
    ("link", "ISS/up"),
    ("min_s", "180"),
    ("wanted_s", "300"),
    ("start", "2026-08-10T00:00:00Z"),
    ("end", "2026-08-11T00:00:00Z"),
    ("wait", "1"),
)
NEW_BODY = {
    "satellite": "ISS",
    "link": "up",
    "start": "2026-08-10T00:00:00Z",
    "end": "2026-08-11T00:00:00Z",
    "min_s": 180,
    "wanted_s": 300,
}

ROUTES = {
    # Doors and words: for everybody.
    "GET signing.sign_in": Route(EVERYBODY),
    "GET health.healthz": Route(EVERYBODY),
    "GET health.readyz": Route(EVERYBODY),
    "GET health.metrics": Route(EVERYBODY),
    "GET openapi.described": Route(EVERYBODY),
    "POST signing.preferences": Route(EVERYBODY, form=(("theme", "dark"),)),
    # What whoever is signed in looks at, each as much as may be seen.
    **{
        f"GET {name}": Route(SIGNED_IN)
        for name in (
            "today.today",
            "passes.table",
            "passes.as_csv",
            "passes.as_json",
            "schedule.day",
            "schedule.revisions",
            "world.map",
            "stations.all",
            "agencies.all",
            "live.state",
            "live.keys",
            "signing.account",
            "signing.again",
            "requests.board",
            "api_network.agencies",
            "api_network.satellites",
            "api_network.whole",
            "api_network.overhead",
            "api_passes.listed",
            "api_contacts.listed",
            "api_requests.listed",
            "api_schedule.current",
            "api_schedule.revisions",
            "api_service.me",
            "api_service.tokens",
            "api_stations.listed",
        )
    },
    "GET problems.one": Route(SIGNED_IN, (("kind", "denied"),)),
    "GET agencies.one": Route(SIGNED_IN, (("name", "ESA"),)),
    "GET api_network.agency": Route(SIGNED_IN, (("name", "ESA"),)),
    "GET api_network.satellite": Route(SIGNED_IN, (("name", "ISS"),)),
    "GET api_schedule.one_day": Route(SIGNED_IN, (("day", "2026-08-09"),)),
    "GET api_schedule.one_revision": Route(SIGNED_IN, (("number", "1"),)),
    "GET api_schedule.revision_changes": Route(SIGNED_IN, (("number", "2"),)),
    "GET stations.one": Route(SIGNED_IN, STATION),
    "GET api_stations.one": Route(SIGNED_IN, STATION),
    "GET passes.sheet": Route(SIGNED_IN, PASS),
    "GET passes.pointing": Route(SIGNED_IN, PASS),
    "GET api_passes.sheet": Route(SIGNED_IN, PASS),
    "GET api_passes.pointing": Route(SIGNED_IN, PASS),
    # ESA's own.
    "GET contacts.one": Route(SEE_REDU, CONTACT),
    "GET api_contacts.one": Route(SEE_REDU, CONTACT),
    "GET api_contacts.log": Route(OF_ESA, CONTACT),
    "GET requests.one": Route(OF_ESA, REQUEST),
    "GET api_requests.one": Route(OF_ESA, REQUEST),
    "GET api_requests.alternatives": Route(OF_ESA, REQUEST),
    "GET api_requests.price": Route(OF_ESA, (("name", "ESA-5"),)),
    "POST contacts.acknowledge": Route(OF_ESA, CONTACT),
    "POST contacts.cancel": Route(OF_ESA, CONTACT, form=(("reason", "for a test"),)),
    "POST contacts.report": Route(OF_ESA, (("number", "{over}"),), form=(("outcome", "completed"),)),
    "POST contacts.write_log": Route(OF_ESA, CONTACT, form=(("text", "heard"),)),
    "POST api_contacts.acknowledge": Route(OF_ESA, CONTACT),
    "POST api_contacts.cancel": Route(OF_ESA, CONTACT, body={"reason": "for a test"}),
    "POST api_contacts.report": Route(OF_ESA, (("number", "{over}"),), body={"outcome": "completed"}),
    "POST api_contacts.write_log": Route(OF_ESA, CONTACT, body={"text": "heard"}),
    "POST requests.withdraw": Route(ASK_FOR_ESA, REQUEST),
    "POST requests.take": Route(ASK_FOR_ESA, REQUEST, form=PLACE),
    "POST api_requests.withdraw": Route(ASK_FOR_ESA, REQUEST, body={}),
    "POST api_requests.take": Route(ASK_FOR_ESA, REQUEST, body=dict(PLACE) | {"antennas": ["RED/a"]}),
    # JAXA asks for an antenna of ESA's, and ESA is asked.
    "POST requests.decide": Route(RUN_REDU, (("name", "JAXA-2"),), form=(("accept", "1"),)),
    "POST api_requests.decide": Route(RUN_REDU, (("name", "JAXA-2"),), body={"accept": True}),
    # Whoever asks, asks for its own agency.
    "POST requests.new": Route(ASKING, form=(*NEW, ("agency", "ESA"))),
    "POST api_requests.submit": Route(ASK_FOR_ESA, body=NEW_BODY | {"id": "ESA-NEW", "agency": "ESA"}),
    "POST api_requests.check": Route(ASK_FOR_ESA, body=NEW_BODY | {"id": "ESA-NEW", "agency": "ESA"}),
    # Stations of ESA's.
    "POST stations.add_outage": Route(RUN_REDU, STATION, form=(*WHEN, ("note", "a test"))),
    "POST stations.finish_outage": Route(RUN_REDU, OUTAGE),
    "POST api_stations.add_outage": Route(RUN_REDU, STATION, body=dict(WHEN)),
    "POST api_stations.finish_outage": Route(RUN_REDU, OUTAGE),
    # The whole.
    "POST schedule.publish": Route(SCHEDULERS),
    "POST api_schedule.publish": Route(SCHEDULERS, body={}),
    "GET administration.overview": Route(SCHEDULERS),
    "GET administration.events": Route(SCHEDULERS),
    "GET api_service.status": Route(SCHEDULERS),
    "GET api_service.events": Route(SCHEDULERS),
    "GET administration.accounts": Route(ADMIN),
    "GET api_service.accounts": Route(ADMIN),
    "POST administration.save": Route(ADMIN, form=(("name", "ada"), ("role", "viewer"))),
    "POST administration.password": Route(ADMIN, form=(("name", "guest"),)),
    # One's own account.
    "POST signing.again": Route(SIGNED_IN, form=(("password", "wrong"),)),
    "POST signing.password": Route(SIGNED_IN, form=(("new", "short"), ("repeated", "short"))),
    "POST signing.end_session": Route(SIGNED_IN, form=(("session", "{session}"),)),
    "POST signing.create_token": Route(SIGNED_IN, form=(("name", "x"), ("scope", "read"), ("days", "1"))),
    "POST signing.offer_second_factor": Route(SIGNED_IN),
    "POST signing.add_second_factor": Route(SIGNED_IN, form=(("serial", "0" * 16), ("code", "000000"))),
    "POST signing.remove_second_factor": Route(SIGNED_IN),
    "POST signing.revoke_token": Route(frozenset({"esa", "admin"}), form=(("token", "{token}"),)),
    "DELETE api_service.revoke": Route(frozenset({"esa", "admin"}), (("prefix", "{token}"),)),
    "POST signing.sign_out": Route(SIGNED_IN),
    "POST signing.sign_in": Route(EVERYBODY, form=(("account", "esa"), ("password", "a wrong password"))),
}
_REFUSED = (401, 403, 404)
# To whomever: the session is none of theirs, and nobody has a second factor.
_ANSWERS_404 = {"POST signing.end_session", "POST signing.remove_second_factor"}


def routes_of(site: Site) -> dict[str, str]:
    """Every route but static files, with its address."""
    return {
        f"{method} {rule.endpoint}": rule.rule
        for rule in sorted(site.app.url_map.iter_rules(), key=lambda r: len(r.rule), reverse=True)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }


def test_every_route_is_in_the_matrix(still: Site) -> None:
    assert set(routes_of(still)) == set(ROUTES)


def things_of(site: Site) -> dict[str, str]:
    """What the addresses of the matrix name."""
    office = site.office
    at_redu = [
        c for c in office.contacts() if c.assignment.antennas == (ref("RED/a"),) and c.assignment.request[:3] == "ESA"
    ]
    to_come = next(c for c in at_redu if c.holds and c.assignment.contact.start > office.now)
    over = next(
        c
        for c in at_redu
        if c.state in (ContactState.COMMITTED, ContactState.PARTIAL, ContactState.UNREPORTED)
        and c.assignment.contact.end < office.now
    )
    near = over.assignment.contact.start
    return {
        "contact": str(to_come.id),
        "over": str(over.id),
        "near": f"{near:%Y-%m-%dT%H:%M:%SZ}",
        "outage": "1",
        "token": site.tokens["esa"].split("_")[1],
        "session": "none",
    }


def call(site: Site, name: str, who: str, things: dict[str, str]) -> TestResponse:
    """Call a route as somebody: pages in a browser, the API with a token."""
    method, endpoint = name.split(" ")
    route = ROUTES[name]
    address = routes_of(site)[name]
    for key, value in route.given:
        address = re.sub(rf"<(\w+:)?{key}>", value.format(**things), address)
    address = re.sub(r"<\w+>$", "", address)
    if endpoint.startswith("api_"):
        body = {} if route.body is None else {"json": route.body}
        headers = {"Authorization": f"Bearer {site.tokens[who]}"} if who else {}
        return site.app.test_client().open(address, method=method, headers=headers, **body)
    client = site.browser(who) if who else site.app.test_client()
    form = {key: value.format(**things) for key, value in route.form}
    if method == "POST" and who:
        found = re.search(r'name="form_token" value="([^"]+)"', client.get("/keys").text)
        assert found is not None
        form["form_token"] = found[1]
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"} if method == "POST" else {}
    return client.open(address, method=method, data=form or None, headers=headers)


def came_in(response: TestResponse) -> bool:
    """Whether somebody was let in: whatever came of it then, they were not turned away."""
    to_the_door = response.status_code in (302, 303) and "/sign-in" in response.headers["Location"]
    return response.status_code not in _REFUSED and not to_the_door


@pytest.mark.fault(70)
@pytest.mark.parametrize("name", sorted(ROUTES))
def test_who_comes_in(name: str, template: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    site = open_site(template[0], tmp_path, template[1])
    things = things_of(site)
    route = ROUTES[name]
    known = [e.id for e in site.office.events()][-1]
    refused = {who: call(site, name, who, things) for who in sorted(EVERYBODY - route.may)}
    events = [e.action for e in site.office.events() if e.id > known]
    site.office.store.database.close()
    require_login: dict[str, TestResponse] = {}
    for who in sorted(route.may):
        if not name.startswith("GET ") or not require_login:  # what changes something needs its own
            folder = tmp_path / f"as-{who}"
            folder.mkdir()
            site = open_site(template[0], folder, template[1])
        require_login[who] = call(site, name, who, things)
        if not name.startswith("GET "):
            site.office.store.database.close()
    site.office.store.database.close()

    assert {} == {who: r.status_code for who, r in refused.items() if came_in(r)}
    assert [] == [a for a in events if not a.startswith("session.")], "who was turned away has changed something"
    if name not in _ANSWERS_404 and name != "POST signing.sign_in" and name != "POST signing.again":
        assert {} == {who: (r.status_code, r.text[-600:]) for who, r in require_login.items() if not came_in(r)}
    assert not [who for who, r in {**refused, **require_login}.items() if r.status_code >= 500]


def test_the_public_looks_where_a_setting_lets_it_and_changes_nothing(site: Site) -> None:
    public = with_settings(site, public_view=True)
    things = things_of(public)
    looked = {
        name: call(public, name, "", things).status_code
        for name, route in ROUTES.items()
        if name.startswith("GET ") and route.may >= SIGNED_IN
    }
    needs_an_account = {
        "GET signing.account",
        "GET signing.again",
        "GET requests.board",
        "GET api_requests.listed",
        "GET api_service.me",
        "GET api_service.tokens",
    }
    known = len(public.office.events())
    changed = {
        name: call(public, name, "", things).status_code
        for name, route in ROUTES.items()
        if not name.startswith("GET ") and "" not in route.may
    }

    assert needs_an_account == {name for name, status in looked.items() if status not in (200, 304)}
    assert {} == {name: s for name, s in changed.items() if s not in _REFUSED}
    assert known == len(public.office.events())


def test_a_token_that_may_read_changes_nothing(site: Site) -> None:
    things = things_of(site)
    reader = Site(site.office, site.app, site.tokens | {"esa": site.tokens["reader"]})
    known = len(site.office.events())
    changing = [n for n in ROUTES if not n.startswith("GET ") and n.split(" ")[1].startswith("api_")]
    found = {name: call(reader, name, "esa", things).status_code for name in changing}

    assert {403} == set(found.values()), found
    assert known == len(site.office.events())


def test_an_operator_who_is_asked_sees_the_request_until_it_is_decided(site: Site) -> None:
    site.office.submit(ask("JAXA-3", "JAXA", hours=(24.0, 60.0), stations=("MSP",)))
    before = [site.get("/requests/JAXA-3", by=who).status_code for who in ("redu", "wallops", "nasa")]
    site.post("/requests/JAXA-3/decide", {"accept": True}, by="redu")
    after = site.get("/requests/JAXA-3", by="redu").status_code

    assert [200, 404, 404] == before
    assert 404 == after
