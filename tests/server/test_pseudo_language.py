"""A language that marks every message: what a page shows without a mark is data, or cannot be translated."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from gettext import GNUTranslations
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from passplan.domain.errors import NoPlanError
from passplan.domain.facts import ErrorMessage, Fact, JobFailed, LegacyText, Note, Tidied
from passplan.domain.hints import Hint
from passplan.domain.messages import KINDS, Message
from passplan.domain.requests import ContactRequest
from passplan.domain.windows import Filter
from passplan.labels import Language, fact_words, filter_words, hint_words
from passplan.resources import shipped
from passplan.server import app as factory
from passplan.server.shared.display import calendar_names
from passplan.service.access.actors import DAEMON
from passplan.service.documents import value_of
from passplan.service.operations.job_failures import keep_job_failure
from passplan.service.use_case import Change
from passplan.store import accounts as stored_accounts
from passplan.store import lease
from passplan.store import requests as stored_requests
from passplan.store.database import Transaction
from tests.server.site import Site, open_site
from tests.server.test_languages import MESSAGES, SAME
from tests.server.test_matrix import NEW, ROUTES, routes_of, things_of
from tests.service.office import Office
from tests.unit.test_facts import made

LANGUAGE = {"Accept-Language": "eo"}
ONE = {name: value for name, value in NEW if name != "wait"} | {"note": "zeisig"}  # it waits for no plan
OWN_ORIGIN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
READERS = ("", "esa", "admin")
SHOWN_ATTRIBUTES = ("title", "aria-label", "placeholder", "alt")
SILENT = ("script", "style", "svg", "code", "kbd", "template")
FORM_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
OF_OTHERS = (LegacyText, Note, ErrorMessage, Message, JobFailed)  # what a person or a program wrote
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[^\W\d_]{2,}[\w./+-]*")
# Data: what people named or typed, symbols and addresses, and what a program says in its own words.
POINTS = {"NNE", "NE", "ENE", "ESE", "SE", "SSE", "SSW", "SW", "WSW", "WNW", "NW", "NNW"}
DATA = {"a test", *POINTS, *SAME}


class Reading(HTMLParser):
    """What a reader sees of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        known = dict(attrs)
        self.texts += [known[name] or "" for name in SHOWN_ATTRIBUTES if known.get(name)]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data)


def pseudo_catalogue(folder: Path) -> Path:
    """A translation made of the template of the catalogue, each of whose messages stands in marks."""
    catalogue = read_po(io.BytesIO(MESSAGES.read_bytes()), locale="eo")
    for message in catalogue:
        if message.id:
            message.string = tuple(f"⟦{part}⟧" for part in message.id) if message.pluralizable else f"⟦{message.id}⟧"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    return folder / "messages.mo"


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pages are made of, with the language of marks: a file alone makes it."""
    folder = tmp_path_factory.mktemp("marked") / "web"
    shutil.copytree(shipped("web"), folder)
    pseudo_catalogue(folder / "translations" / "eo" / "LC_MESSAGES")
    return folder


def served(office: Office, web: Path, tokens: dict[str, str]) -> Site:
    """A site whose pages are made of a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factory, "shipped", lambda name: web if name == "web" else shipped(name))
        return Site(office, factory.create_app(office.store, clock=office.clock), tokens)


@pytest.fixture(scope="module")
def marked(
    template: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory, web: Path
) -> Iterator[Site]:
    """A site in the language of marks."""
    opened = open_site(template[0], tmp_path_factory.mktemp("marked-store"), template[1])
    yield served(opened.office, web, opened.tokens)
    opened.office.store.database.close()


@pytest.fixture(scope="module")
def pseudo(tmp_path_factory: pytest.TempPathFactory) -> Language:
    """The language of marks for facts alone."""
    with pseudo_catalogue(tmp_path_factory.mktemp("pseudo") / "LC_MESSAGES").open("rb") as file:
        found = GNUTranslations(file)
    return Language(gettext=found.gettext, ngettext=found.ngettext, commands=False)


def data_of(site: Site) -> set[str]:
    """Ids and names of what the site has, and what people typed."""
    with site.office.store.database.read() as connection:
        network = site.office.store.caches.network(connection)[1]
        requests = stored_requests.select(connection)
        tokens = stored_accounts.tokens_of(connection)
    found = {a.id for a in network.agencies} | {s.id for s in network.stations} | {s.id for s in network.satellites}
    found |= {k.id for s in network.satellites for k in s.links} | {a.id for s in network.stations for a in s.antennas}
    after = [e.after for e in site.office.events()]
    texts = {value_of(ContactRequest, r.document).note for r in requests} | {r.id for r in requests}
    texts |= {str(event[name]) for event in after for name in ("note", "text") if name in event}
    texts |= {event["reason"]["text"] for event in after if "text" in (event.get("reason") or ())}
    texts |= {f"{t.prefix} {t.name}" for t in tokens}
    for names in (calendar_names("wide", "eo"), calendar_names("abbreviated", "eo")):
        texts |= {*names.days, *names.months}
    return found | {word for text in texts for word in WORD.findall(text)} | set(site.tokens) | {"local", "root"}


def unmarked(text: str, data: set[str]) -> list[str]:
    """The words of a text that stand outside all marks and are no data."""
    before = None
    while before != text:
        before, text = text, MARKED.sub(" ", text)
    words = WORD.findall(text)
    return [w for w in words if not set(re.split(r"[/.+-]", w)) - {""} <= data | DATA and w not in data | DATA]


def strange(page: str, data: set[str]) -> dict[str, list[str]]:
    """The texts of a page that nobody can translate, with their words."""
    reading = Reading()
    reading.feed(page)
    found = {text.strip(): unmarked(text, data) for text in reading.texts}
    return {text: words for text, words in found.items() if words}


def pages_of(site: Site) -> dict[str, str]:
    """Each page that is read, with an address of it."""
    things = things_of(site)
    found = {}
    for name, rule in routes_of(site).items():
        if name.startswith("GET ") and not rule.startswith("/api") and ROUTES[name].may:
            given = {key: value.format(**things) for key, value in ROUTES[name].given}
            found[name] = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: given[m[1]], rule)  # noqa: B023 -- it is used at once
    return found


def test_a_text_without_a_mark_would_be_found() -> None:
    page = "<p title='Hello'>⟦Good ⟦old⟧⟧ day to RED/a</p><svg><title>no</title></svg>"

    assert {"Hello": ["Hello"], "⟦Good ⟦old⟧⟧ day to RED/a": ["day", "to"]} == strange(page, {"RED", "a"})


@pytest.mark.parametrize("account", READERS)
def test_every_text_of_every_page_is_marked(marked: Site, account: str) -> None:
    client = marked.browser(account) if account else marked.app.test_client()
    data = data_of(marked)
    pages: dict[str, dict[str, list[str]]] = {}
    for name, address in pages_of(marked).items():
        answer = client.get(address, headers=LANGUAGE)
        if answer.mimetype == "text/html" and answer.status_code not in (302, 303, 308):
            pages[name] = strange(answer.text, data)

    assert {} == {name: found for name, found in pages.items() if found}
    assert (18 if account else 1) <= len(pages)


def test_what_is_wrong_is_marked(marked: Site, web: Path) -> None:
    failure = NoPlanError(Message("no_requests", "nothing is asked for: there is no request"))

    now = marked.office.now

    def work(transaction: Transaction) -> None:
        change = Change(transaction=transaction, store=marked.office.store, actor=DAEMON, now=now)
        keep_job_failure(change, "daily", failure.message)
        for job, outcome in (("daily", failure.message), ("refresh", None), ("housekeeping", Tidied(plans=2))):
            lease.claim(transaction, job, now, 1, started=now, ended=now, state="failed", outcome=outcome)

    marked.office.store.database.write(work)
    late = served(Office(marked.office.store, marked.office.now + timedelta(days=20)), web, marked.tokens)
    client = late.browser("admin")
    pages = {path: client.get(path, headers=LANGUAGE).text for path in ("/", "/administration/", "/schedule/")}

    assert "⟦TOO OLD⟧" in pages["/administration/"]
    assert "⟦nothing is asked for: there is no request⟧" in pages["/administration/"]
    assert {} == {path: found for path, text in pages.items() if (found := strange(text, data_of(marked)))}


@pytest.mark.parametrize(
    ("account", "path", "form", "status"),
    [
        ("esa", "/contacts/999", None, 404),
        ("esa", "/nothing/at/all", None, 404),
        ("esa", "/requests/NONE", None, 404),
        ("esa", "/schedule/2026-13-99", None, 422),
        ("esa", "/schedule/1200-01-01", None, 422),
        ("esa", "/passes?hours=abc", None, 422),
        ("esa", "/passes/NONE/RED/2026-08-09T00:00:00Z", None, 404),
        ("esa", "/passes/ISS/RED/yesterday", None, 422),
        ("esa", "/administration/", None, 403),
        ("guest", "/requests/", dict(NEW), 403),
        ("esa", "/requests/", {"link": "ISS/up", "min_s": "x"}, 422),
        ("esa", "/requests/", {**ONE, "min_s": "3000", "wanted_s": "3000"}, 409),
        ("esa", "/requests/", {**ONE, "min_s": "3000", "wanted_s": "30"}, 422),
        ("esa", "/requests/", {**ONE, "stations": "KTU"}, 409),
        ("esa", "/contacts/1/cancel", {"reason": "none"}, 409),
        ("esa", "/contacts/1/report", {"outcome": "great"}, 422),
        ("esa", "/requests/ESA-7/withdraw", {}, 409),
        ("redu", "/requests/ESA-3/decide", {"accept": "1"}, 409),
        ("esa", "/account/tokens", {"name": "", "scope": "read", "days": "1"}, 422),
        ("esa", "/account/tokens", {"name": "x", "scope": "read", "days": "9999"}, 422),
        ("esa", "/account/password", {"new": "short", "repeated": "short"}, 422),
        ("esa", "/account/password", {"new": "passwordpassword", "repeated": "passwordpassword"}, 422),
        ("esa", "/sign-in/again", {"password": "wrong"}, 401),
        ("", "/sign-in", {"account": "esa", "password": "wrong"}, 401),
        ("redu", "/stations/RED/outages", {"start": "x", "end": "y"}, 422),
        ("redu", "/stations/RED/outages", {"start": "2020-01-01 00:00", "end": "2020-01-02 00:00"}, 422),
        ("redu", "/stations/RED/outages/99/end", {}, 422),
        ("admin", "/administration/accounts", {"name": "local", "role": "viewer"}, 422),
        ("admin", "/administration/accounts", {"name": "ada", "role": "requester"}, 422),
        ("admin", "/administration/events?after=x", None, 422),
        ("esa", "/?x=%00", None, 422),
    ],
)
def test_every_text_of_a_refusal_is_marked(
    marked: Site, account: str, path: str, form: dict[str, str] | None, status: int
) -> None:
    client = marked.browser(account or "esa")
    if form is None:
        answer = client.get(path, headers=LANGUAGE)
    else:
        token = FORM_TOKEN.search(client.get("/keys", headers=LANGUAGE).text)
        assert token is not None
        answer = client.post(path, data={**form, "form_token": token[1]}, headers={**LANGUAGE, **OWN_ORIGIN})

    assert (status, {}) == (answer.status_code, strange(answer.text, data_of(marked)))


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if kind not in OF_OTHERS], ids=lambda kind: kind.kind)
def test_every_fact_is_marked(pseudo: Language, kind: type[Fact]) -> None:
    assert [] == unmarked(fact_words(made(kind), pseudo), {"text", "note", "of", "has", "is", "it"})


def test_every_hint_and_filter_is_marked(pseudo: Language) -> None:
    told = [hint_words(hint, replace(pseudo, commands=commands)) for hint in Hint for commands in (True, False)]
    told += [filter_words(name, pseudo) for name in Filter]

    assert [] == [text for text in told if unmarked(text, set())]


def test_a_refusal_of_the_api_has_a_code_its_parameters_and_the_text_of_the_reader(marked: Site) -> None:
    answer = marked.get("/contacts/999", by="esa", headers=LANGUAGE)
    (message,) = answer.json["messages"]

    assert ("no_contact_id", {"contact": 999}) == (message["code"], message["parameters"])
    assert "⟦there is no contact 999⟧" == message["text"]
    assert answer.json["detail"].startswith("⟦there is no contact 999⟧")
