"""Pages: whatever things are called, whoever looks, however empty the store is; and what guards them."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from passplan import find_passes
from passplan.domain.network import Agency, Antenna, Network, Station
from passplan.domain.span import Span
from passplan.queries.snapshot import begin
from passplan.server.app import create_app
from passplan.service.access.second_factor import code_at
from passplan.service.network import revisions as networks
from passplan.service.operations.forecast import work_out_passes
from passplan.store.database import Database
from tests import sets
from tests.server.site import CANARY, Site, with_settings
from tests.service.office import ADMIN, NETWORK, Office, ask, open_office
from tests.stores import new_store

PAGES = (
    "/",
    "/passes?hours=48",
    "/passes?min_el=89.9",
    "/passes?hours=48&column=tca&column=orbit&column=timing&column=what",
    "/schedule/",
    "/schedule/2026-08-10",
    "/schedule/revisions",
    "/map",
    "/requests/",
    "/stations/",
    "/agencies/",
    "/account",
    "/keys",
    "/administration/",
    "/administration/accounts",
    "/administration/events",
)
OWN_ORIGIN = {"Origin": "http://localhost"}


class Tags(HTMLParser):
    """The tags and attributes of a page, as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def pages_of(site: Site) -> list[str]:
    """Every page, with those of single things."""
    contacts = [f"/contacts/{c.id}" for c in site.office.contacts()]
    requests = [f"/requests/{name}" for name in ("ESA-1", "ESA-3", "ESA-5", "JAXA-2", "NASA-1")]
    stations = [f"/stations/{s.id}" for s in NETWORK.stations]
    agencies = [f"/agencies/{a.id}" for a in NETWORK.agencies]
    return [*PAGES, *contacts, *requests, *stations, *agencies]


@pytest.mark.parametrize("who", ["jaxa", "nasa", "wallops", "guest", ""])
def test_no_page_has_another_agency_s_words(site: Site, who: str) -> None:
    public = with_settings(site, public_view=True)
    client = public.browser(who) if who else public.app.test_client()
    texts = {path: client.get(path, follow_redirects=True).text for path in pages_of(public)}
    # A name that was asked for may come back in "there is no such request": only of others it would tell something.
    told = {
        path: found
        for path, text in texts.items()
        if (found := set(re.findall(rf"{CANARY}|ESA-\d", text)) - {path.rpartition("/")[2]})
    }

    if who in ("wallops", "nasa"):  # Wallops is NASA's: what ESA does there is seen there, its name included
        assert any(CANARY in found for found in told.values())
    else:
        assert {} == told
    assert CANARY in site.browser("esa").get("/requests/").text


EVIL = "<script>alert('x')</script>\"onload=\"y"


def evil_office(folder: Path) -> Office:
    """A network whose names are all scripts."""
    network = replace(
        NETWORK,
        agencies=tuple(replace(a, name=EVIL) for a in NETWORK.agencies),
        stations=tuple(replace(s, name=EVIL, note=EVIL, source=EVIL) for s in NETWORK.stations),
        satellites=tuple(
            replace(s, name=EVIL, links=tuple(replace(k, name=EVIL) for k in s.links)) for s in NETWORK.satellites
        ),
    )
    office = open_office(Database(new_store("sqlite", folder)), folder, network=network)
    office.submit(ask("E-1", note=EVIL), ask("E-2", hours=(0.0, 3.0), note=EVIL, min_s=3_000.0, wanted_s=3_000.0))
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    office.plan()
    networks.record_outage(
        office.store, "WLP", Span(office.now, office.now + timedelta(hours=9)), note=EVIL, actor=ADMIN, now=office.now
    )
    return office


@pytest.mark.fault(76)
def test_nothing_that_is_called_like_a_script_becomes_one(tmp_path: Path, site: Site) -> None:
    office = evil_office(tmp_path)
    evil = Site(office, create_app(office.store, clock=office.clock), site.tokens)
    from passplan.service.access.accounts import save_account

    save_account(office.store, "admin", "administrator", actor=ADMIN, now=office.now)
    client = evil.browser("admin")
    paths = [*PAGES, "/requests/E-1", "/requests/E-2", "/stations/WLP", "/agencies/ESA", "/contacts/1"]
    texts = {path: client.get(path, follow_redirects=True).text for path in paths}
    scripts = {
        path: [
            a
            for tag, a in Tags(text).found
            if tag == "script" and "src" not in a and a.get("type") != "application/json"
        ]
        for path, text in texts.items()
    }
    handlers = {
        path: [a for _, a in Tags(text).found if any(name.startswith("on") for name in a)]
        for path, text in texts.items()
    }
    office.store.database.close()

    assert any("&lt;script&gt;" in text for text in texts.values())
    assert {} == {path: found for path, found in scripts.items() if found}
    assert {} == {path: found for path, found in handlers.items() if found}
    assert {} == {path: 1 for path, text in texts.items() if 'style="' in text}


def test_every_answer_has_its_headers(still: Site) -> None:
    client = still.app.test_client()
    for path in ("/", "/passes", "/api/v1/stations", "/healthz", "/nothing", "/sign-in"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert ("nosniff", "same-origin") == (
            headers["X-Content-Type-Options"],
            headers["Cross-Origin-Resource-Policy"],
        ), path


def test_what_is_somebody_s_is_not_kept_by_the_browser(still: Site) -> None:
    mine = still.browser("esa").get("/requests/").headers
    style = re.search(r'href="(/static/[^"]+\.css)"', still.app.test_client().get("/sign-in").text)

    assert "no-store" == mine["Cache-Control"]
    assert style is not None
    with still.app.test_client().get(style[1]) as sheet:
        assert "max-age=31536000" in sheet.headers["Cache-Control"]


@pytest.mark.fault(71)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Referer": "https://evil.example/"},
    ],
)
def test_a_form_of_another_site_is_refused(site: Site, headers: dict[str, str]) -> None:
    client = site.browser("esa")
    form = {"form_token": token_of(client)}
    known = len(site.office.events())
    answer = client.post("/requests/ESA-3/withdraw", data=form, headers=headers)

    assert 403 == answer.status_code
    assert known == len(site.office.events())


@pytest.mark.parametrize("header", ["Origin", "Referer"])
@pytest.mark.parametrize("value", ["http://[", "http://localhost.evil.example/", "http://localhost:99/"])
def test_an_origin_that_is_none_is_refused(still: Site, header: str, value: str) -> None:
    client = still.browser("esa")

    assert 403 == client.post("/sign-out", data={"form_token": token_of(client)}, headers={header: value}).status_code


def test_a_form_needs_the_token_of_its_own_session(site: Site) -> None:
    esa, jaxa = site.browser("esa"), site.browser("jaxa")
    tokens = ["", "x" * 88, token_of(jaxa)]
    refused = [
        esa.post("/requests/ESA-3/withdraw", data={"form_token": t}, headers=OWN_ORIGIN).status_code for t in tokens
    ]
    one, other = token_of(esa), token_of(esa)
    done = esa.post("/requests/ESA-3/withdraw", data={"form_token": one}, headers=OWN_ORIGIN).status_code

    assert [403, 403, 403] == refused
    assert 303 == done
    assert one != other, "each page masks it anew, so that compression tells nothing"


def test_a_session_opens_no_api_and_a_token_no_page(still: Site) -> None:
    browser = still.browser("esa")
    bearer = {"Authorization": f"Bearer {still.tokens['esa']}"}

    assert 401 == browser.get("/api/v1/stations").status_code
    assert 303 == still.app.test_client().get("/requests/", headers=bearer).status_code


@pytest.mark.fault(71)
def test_another_host_is_refused(still: Site) -> None:
    assert 400 == still.app.test_client().get("/sign-in", headers={"Host": "evil.example"}).status_code


FOREIGN = ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"]


@pytest.mark.parametrize("target", FOREIGN)
def test_nobody_is_sent_to_another_site(site: Site, target: str) -> None:
    client = site.browser("esa")
    own = next(c.id for c in site.office.contacts() if c.assignment.request.startswith("ESA-"))
    form = {"form_token": token_of(client), "theme": "dark", "text": "a line", "next": target}
    answers = [client.post(path, data=form, headers=OWN_ORIGIN) for path in ("/preferences", f"/contacts/{own}/log")]

    assert ["/", f"/contacts/{own}"] == [a.headers["Location"] for a in answers]


def test_a_form_with_a_tab_in_an_address_is_refused(site: Site) -> None:
    client = site.browser("esa")
    form = {"form_token": token_of(client), "theme": "dark", "next": "/\t/evil.example"}

    assert 422 == client.post("/preferences", data=form, headers=OWN_ORIGIN).status_code


def test_after_a_form_one_comes_back_to_the_page_it_was_on(site: Site) -> None:
    client = site.browser("esa")
    form = {"form_token": token_of(client), "name": "for a test", "scope": "read", "days": "3"}
    made = client.post("/account/tokens", data=form, headers={"Referer": "http://localhost/account"})

    assert '<input type="hidden" name="next" value="/account">' in made.text


def test_a_first_sign_in_that_takes_its_time_still_comes_to_a_password(site: Site) -> None:
    from passplan.service.access.accounts import give_password

    one_time = give_password(site.office.store, "guest", actor=ADMIN, now=site.office.now, real_now=site.office.now)
    client = site.app.test_client()
    client.post("/sign-in", data={"account": "guest", "password": one_time}, headers=OWN_ORIGIN)
    site.office.now += timedelta(minutes=6)
    form = {"form_token": token_in(client.get("/account").text), "new": "a long new password", "repeated": "x"}
    asked = client.post("/account/password", data=form, headers=OWN_ORIGIN)
    again = client.get(asked.headers["Location"])

    assert 200 == again.status_code
    assert "it was not sent" in again.text


def test_a_page_that_stays_current_by_itself_does_not_keep_a_session(site: Site) -> None:
    client = site.browser("esa")
    for _ in range(3):
        site.office.now += timedelta(minutes=11)
        client.get("/live")
        client.get("/", headers={"X-Refresh": "1"})

    assert 303 == client.get("/").status_code


def test_who_signs_in_again_leaves_no_session_behind(site: Site) -> None:
    from passplan.service.access.accounts import give_password

    password = give_password(site.office.store, "esa", actor=ADMIN, now=site.office.now, real_now=site.office.now)
    client = site.app.test_client()
    client.post("/sign-in", data={"account": "esa", "password": password}, headers=OWN_ORIGIN)
    before = client.get_cookie("passplan")
    assert before is not None
    form = {"form_token": token_in(client.get("/account").text), "account": "esa", "password": password}
    assert 303 == client.post("/sign-in", data=form, headers=OWN_ORIGIN).status_code
    old = site.app.test_client()
    old.set_cookie("passplan", before.value)

    assert 303 == old.get("/account").status_code
    assert 200 == client.get("/account").status_code


def test_a_second_factor_is_set_up_by_its_key_and_asked_for_at_the_next_sign_in(site: Site) -> None:
    from passplan.service.access.accounts import save_password
    from passplan.service.access.passwords import hash_password

    password, now = "nine violet herons asleep", site.office.now
    store = site.office.store
    save_password(store, "esa", hash_password(password), one_time=False, actor=ADMIN, now=now, real_now=now)
    form = {"account": "esa", "password": password}
    client = site.app.test_client()
    client.post("/sign-in", data=form, headers=OWN_ORIGIN)
    token = {"form_token": token_in(client.get("/account").text)}
    offered = client.post("/account/second-factor/offer", data=token, headers=OWN_ORIGIN).text
    key, serial = (
        re.search(p, offered) for p in (r"<code class=\"token\">([A-Z2-7]{32})<", r'name="serial" value="(\w+)"')
    )
    assert key is not None
    assert serial is not None

    def code() -> str:
        return code_at(base64.b32decode(key[1]), int(site.office.now.timestamp()) // 30)

    wrong = client.post("/account/second-factor", data={**token, "serial": serial[1], "code": "0"}, headers=OWN_ORIGIN)
    right = client.post(
        "/account/second-factor", data={**token, "serial": serial[1], "code": code()}, headers=OWN_ORIGIN
    )
    shown = client.get("/account").text
    site.office.now += timedelta(minutes=1)
    new = site.app.test_client()
    without = new.post("/sign-in", data=form, headers=OWN_ORIGIN)
    with_ = new.post("/sign-in", data={**form, "code": code()}, headers=OWN_ORIGIN)

    assert f"secret={key[1]}" in offered
    assert (422, 303, 401, 303) == tuple(r.status_code for r in (wrong, right, without, with_))
    assert "From now on you sign in with your password and a code of your device." in shown
    assert "Turn it off" in shown
    assert "this account has a second factor" in without.text


def test_a_day_shows_the_antennas_that_its_address_asks_for(site: Site) -> None:
    client = site.browser("admin")

    def antennas(address: str) -> set[str]:
        return set(re.findall(r'class="tl-row[^>]*aria-label="(\w+/\w+),', client.get(address).text))

    every = antennas("/schedule/")

    assert {ref for ref in every if ref.startswith(("RED", "MSP"))} == antennas("/schedule/?agency=ESA") != every
    assert every == antennas("/schedule/?satellite=ISS")
    assert set() == antennas("/schedule/?agency=nobody")
    assert "WLP/a" not in antennas("/schedule/?first=WLP/b")
    assert 422 == client.get("/schedule/?first=nothing").status_code


def test_a_request_cannot_be_called_as_no_address_can_be(site: Site) -> None:
    client = site.browser("esa")
    form = {"form_token": token_of(client), "link": "ISS/s", "start": "2026-08-10 00:00", "end": "2026-08-10 12:00"}
    form |= {"min_s": "60", "wanted_s": "60", "id": "a/b"}
    answer = client.post("/requests/", data=form, headers=OWN_ORIGIN)

    assert (422, True) == (answer.status_code, "it stands in addresses" in answer.text), answer.text[-900:]
    assert "data-still" in answer.text, "what was typed stays until it is sent"


def test_who_tries_tokens_is_held_to_the_limit_of_calls(site: Site) -> None:
    client = with_settings(site, rate_limit_per_s=3.0).app.test_client()
    tried = [client.get("/api/v1/me", headers={"Authorization": "Bearer pp_no"}).status_code for _ in range(8)]

    assert {401, 429} == set(tried)


def test_an_invented_method_makes_no_figure(still: Site) -> None:
    client = still.app.test_client()
    client.open("/sign-in", method="FOO1")

    assert "FOO1" not in client.get("/metrics").text


@pytest.mark.fault(75)
def test_a_session_ends_when_its_role_is_taken_away(site: Site) -> None:
    from passplan.service.access.accounts import save_account

    client = site.browser("second")
    before = client.get("/administration/").status_code
    save_account(site.office.store, "second", "viewer", actor=ADMIN, now=site.office.now)
    after = client.get("/administration/").status_code
    save_account(site.office.store, "second", "viewer", active=False, actor=ADMIN, now=site.office.now)

    assert (200, 403) == (before, after)
    assert 303 == client.get("/").status_code


def test_a_session_is_over_when_nobody_uses_it(site: Site) -> None:
    client = site.browser("esa")
    site.office.now += timedelta(minutes=29)
    used = client.get("/").status_code
    site.office.now += timedelta(minutes=31)

    assert 200 == used
    assert 303 == client.get("/").status_code


def test_what_is_told_once_is_told_once(site: Site) -> None:
    client = site.browser("esa")
    form = {"form_token": token_of(client), "name": "for a test", "scope": "read", "days": "3"}
    made = client.post("/account/tokens", data=form, headers=OWN_ORIGIN)
    token = re.search(r"pp_\w{8}_[\w-]{43}", made.text)
    assert token is not None
    client.post(
        "/account/tokens/revoke", data={"form_token": token_of(client), "token": token[0][3:11]}, headers=OWN_ORIGIN
    )
    first, second = client.get("/account").text, client.get("/account").text

    assert "counts no more" in first
    assert "counts no more" not in second
    assert token[0] not in first + second


def test_an_answer_is_made_anew_when_something_was_written(site: Site) -> None:
    client = site.browser("esa")
    before = client.get("/requests/").text
    site.office.submit(ask("ESA-NEW", hours=(30.0, 50.0), note="a new wish"))
    after = client.get("/requests/").text

    assert "a new wish" not in before
    assert "a new wish" in after


def test_an_answer_that_the_browser_has_is_not_sent_again(site: Site) -> None:
    public = with_settings(site, public_view=True)
    client = public.app.test_client()
    first = client.get("/schedule/revisions", headers={"Accept-Encoding": "gzip"})
    again = client.get("/schedule/revisions", headers={"If-None-Match": first.headers["ETag"]})

    assert "gzip" == first.headers["Content-Encoding"]
    assert b"<!doctype html>" in gzip.decompress(first.data)
    assert (304, b"") == (again.status_code, again.data)


def test_two_who_see_different_things_never_share_an_answer(site: Site) -> None:
    public = with_settings(site, public_view=True)
    own = public.browser("esa").get("/schedule/").text
    others = [public.browser("jaxa").get("/schedule/").text, public.app.test_client().get("/schedule/").text]

    assert CANARY in own
    assert not [text for text in others if CANARY in text]


def test_a_live_page_learns_that_something_was_written(site: Site) -> None:
    client = site.browser("guest")
    before = client.get("/live").json
    site.office.submit(ask("NASA-9", "NASA", hours=(30.0, 50.0)))
    after = client.get("/live").json
    with begin(site.office.store) as begun:
        version = begun.version

    assert before is not None
    assert after is not None
    assert before["version"] < after["version"] == version


@pytest.mark.parametrize("path", [p for p in PAGES if "administration" not in p])
def test_an_empty_store_says_what_to_do(tmp_path: Path, path: str) -> None:
    office = open_office(Database(new_store("sqlite", tmp_path)), tmp_path, network=Network())
    site = Site(office, create_app(office.store, clock=office.clock), {})
    from passplan.service.access.accounts import save_account

    save_account(office.store, "admin", "administrator", actor=ADMIN, now=office.now)
    answer = site.browser("admin").get(path)
    office.store.database.close()

    assert 200 == answer.status_code
    if path in ("/", "/passes?hours=48", "/schedule/", "/stations/"):
        assert re.search(r"no station|No pass is known|no antenna", answer.text)


def test_forty_antennas_nine_agencies_and_long_names_are_shown(tmp_path: Path) -> None:
    agencies = tuple(Agency(id=name, name=f"The {name} Agency of the Long Name") for name in "ABCDEFGHI")
    network = Network(
        agencies=agencies,
        stations=tuple(
            Station(
                id=f"ST{k}",
                name=f"Station {k} of the Very Long Name Beside the Lake",
                agency=agencies[k % 9].id,
                latitude_deg=-60.0 + 3.0 * k,
                longitude_deg=-170.0 + 8.0 * k,
                antennas=(Antenna(id="a", bands=("S",)),),
            )
            for k in range(40)
        ),
        satellites=NETWORK.satellites,
    )
    office = open_office(Database(new_store("sqlite", tmp_path)), tmp_path, network=network, public_view=True)
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    client = create_app(office.store, clock=office.clock).test_client()
    schedule, today = client.get("/schedule/").text, client.get("/").text
    office.store.database.close()

    assert 40 == schedule.count('<svg class="tl-row')
    assert "ST39" in today
    assert '<b class="mark-letter" aria-hidden="true">I</b>' in schedule or ">I</b>" in schedule
    assert "url(#p-9)" not in schedule


def test_the_sheet_of_an_antenna_with_cable_stops_has_the_azimuth_that_it_drives(tmp_path: Path) -> None:
    red = next(s for s in NETWORK.stations if s.id == "RED")
    antenna = replace(red.antennas[0], cable_stops_deg=(180.0, 540.0), slew_deg_s=10.0)
    network = replace(NETWORK, stations=(replace(red, antennas=(antenna,)),), agreements=())
    office = open_office(Database(new_store("sqlite", tmp_path)), tmp_path, network=network)
    work_out_passes(office.store, actor=ADMIN, now=office.now)
    office.submit(ask("LONG", stations=("RED",), min_s=480.0, wanted_s=480.0))
    office.plan()
    site = Site(office, create_app(office.store, clock=office.clock), {})
    from passplan.service.access.accounts import save_account

    save_account(office.store, "admin", "administrator", actor=ADMIN, now=office.now)
    client = site.browser("admin")
    passes = find_passes([sets.ISS], [red], Span(office.now, office.now + timedelta(hours=24)))
    south = next(p for p in passes if p.aos_azimuth_deg > 180.0 > p.los_azimuth_deg and 480.0 < p.duration_s)
    address = f"/passes/ISS/RED/{south.tca:%Y-%m-%dT%H:%M:%SZ}"
    page = client.get(address).text
    csv_rows = list(csv.DictReader(io.StringIO(client.get(f"{address}/pointing.csv").text)))
    office.store.database.close()

    assert "it unwinds its cable, or waits at a cable stop (180° and 540°)" in page
    assert "cable stops 180°, 540°, 10°/s" in page
    assert "Az unwrapped °" in page
    assert '<small class="tag">cable</small>' in page
    assert "too short before and after the antenna unwinds its cable" in page
    driven_deg = [float(r["az_unwrapped_deg"]) for r in csv_rows]
    assert 180.0 <= min(driven_deg) <= max(driven_deg) <= 540.0
    turning = [abs(float(r["az_deg"]) - d % 360.0) for r, d in zip(csv_rows, driven_deg, strict=True)]
    assert 36 <= sum(off_deg > 0.01 for off_deg in turning)  # at least while it unwinds


def test_a_csv_file_holds_no_formula(still: Site) -> None:
    from passplan.formats.rows import safe_cell

    assert ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "ISS", -1.5] == [
        safe_cell(v) for v in ("=1+1", "+1", "-1", "@x", "\tx", "ISS", -1.5)
    ]
    lines = still.browser("esa").get("/passes.csv?hours=24").text.splitlines()
    assert lines[0].startswith("satellite,catalog_number,station,agency")
    assert len(lines) > 10


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/passes?hours=x", 422, "hours and least elevation are numbers"),
        ("/passes?hours=9999", 422, "at most 744"),
        ("/passes?start=yesterday", 422, "write it as 2026-08-08 13:54"),
        ("/passes?after=zzz", 422, "the cursor is none that was given here"),
        ("/passes?after=WzEsICJcdWQ4MDAiLCAiQSJd", 422, "the cursor is none that was given here"),  # half a surrogate
        ("/passes?station=NOWHERE", 404, "there is no station"),
        ("/passes?min_el=91", 422, "it lies between 0 and 90"),
        ("/schedule/someday", 422, "is no day"),
        ("/schedule/9999-12-31", 422, "between 1960 and 2100"),
        ("/contacts/999999", 404, "there is no contact"),
        ("/requests/NOBODY", 404, "there is no request"),
        ("/stations/NOWHERE", 404, "there is no station"),
        ("/agencies/NOBODY", 404, "there is no agency"),
        ("/passes/ISS/RED/never", 422, "is not a time with its zone"),
        ("/passes/MIR/RED/2026-08-08T12:00:00Z", 404, "there is no satellite"),
        ("/passes/ISS/RED/1957-10-04T12:00:00Z", 404, ""),
        ("/contacts/99999999999999999999999999", 404, ""),
        ("/administration/events?after=-1", 422, "it is the number of an event"),
        ("/administration/events?after=" + "9" * 5_000, 422, "it is the number of an event"),
        ("/schedule/9999-365", 422, "between 1960 and 2100"),
        ("/schedule/0001-001", 422, "between 1960 and 2100"),
        ("/schedule/2026-999", 422, "is no day"),
        ("/schedule/2026--99", 422, "is no day"),
        ("/stations/WLP?day=9999-365", 422, "between 1960 and 2100"),
        ("/passes?start=9999-12-31T23:00:00Z", 422, "between 1960 and 2100"),
        ("/passes?start=9999-12-31+23:00", 422, "between 1960 and 2100"),
        ("/passes?endpoint=1&_scheme=http&_anchor=x&_method=FOO&_external=1", 200, "Passes"),
        ("/requests/?start=9999-12-31T23:59:59Z&end=0001-01-01T00:00:00Z", 200, "Requests"),
        ("/passes?station=%00", 422, "the character U+0000"),
        ("/static/old/style.css", 404, ""),
    ],
)
def test_a_bad_address_says_what_would_do(still: Site, path: str, status: int, told: str) -> None:
    answer = still.browser("admin").get(path)

    assert (status, True) == (answer.status_code, told in answer.text), answer.text[-900:]


def token_of(client: FlaskClient) -> str:
    """The token of a form of the session."""
    return token_in(client.get("/keys").text)


def token_in(text: str) -> str:
    """The token of a form of a page."""
    found = re.search(r'name="form_token" value="([^"]+)"', text)
    assert found is not None
    return found[1]


def test_each_optional_column_has_a_head_and_cells(still: Site) -> None:
    client = still.browser("admin")
    plain = client.get("/passes?hours=24").get_data(as_text=True)
    found = client.get("/passes?hours=24&column=tca&column=orbit&column=timing&column=what")
    text = found.get_data(as_text=True)

    assert 200 == found.status_code
    assert 4 * text.count('<td class="c-state">') == text.count('<td class="c-more') > 0 == plain.count("c-more")
    assert all(f">{head}</th>" in text for head in ("Max at", "Timing 68 %", "Orbit", "What for"))
