"""A small served site to test: the office's service with accounts of each role, their tokens, and two days behind it.

ESA's notes, reasons and log entries have the word CANARY in them: nobody else may ever read it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache

from passplan.domain.contacts import ContactState
from passplan.domain.roles import Role
from passplan.domain.span import Span
from passplan.server.app import create_app
from passplan.service.access import accounts
from passplan.service.access import login as signing
from passplan.service.access.actors import Actor
from passplan.service.access.keys import load_keys
from passplan.service.contacts import lifecycle as contacts
from passplan.service.network import revisions as networks
from passplan.service.operations.forecast import work_out_passes
from passplan.service.requests import submit as requesting
from passplan.service.settings import Settings
from passplan.service.store import Store
from passplan.store import accounts as stored_accounts
from passplan.store.accounts import Session
from passplan.store.database import Database
from tests.service.office import ADMIN, ESA, NOW, Office, ask, open_office
from tests.stores import new_store

CANARY = "zeisig"
API = "/api/v1"
ACCOUNTS = {
    "admin": Actor(account="admin", role=Role.ADMINISTRATOR),
    "second": Actor(account="second", role=Role.SCHEDULER),
    "esa": ESA,
    "jaxa": Actor(account="jaxa", role=Role.REQUESTER, agency="JAXA"),
    "nasa": Actor(account="nasa", role=Role.REQUESTER, agency="NASA"),
    "wallops": Actor(account="wallops", role=Role.OPERATOR, agency="NASA"),
    "redu": Actor(account="redu", role=Role.OPERATOR, agency="ESA"),
    "guest": Actor(account="guest", role=Role.VIEWER),
}
_FILE = "site.sqlite"


@dataclass(slots=True)
class Site:
    """An application on a store, with a token for each account."""

    office: Office
    app: Flask
    tokens: dict[str, str]
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def ask(self, method: str, path: str, *, by: str = "", headers: dict[str, str] | None = None, **more: Any) -> Any:
        """Call the API by an account's token; by nobody where none is named."""
        known = {"Authorization": f"Bearer {self.tokens[by]}"} if by else {}
        client = self.clients.setdefault("", self.app.test_client())
        return client.open(f"{API}{path}", method=method, headers={**known, **(headers or {})}, **more)

    def get(self, path: str, *, by: str = "", **more: Any) -> Any:
        """Read."""
        return self.ask("GET", path, by=by, **more)

    def post(self, path: str, body: Any = None, *, by: str = "", **more: Any) -> Any:
        """Send JSON."""
        return self.ask("POST", path, by=by, **({} if body is None else {"json": body}), **more)

    def browser(self, account: str) -> FlaskClient:
        """A browser that is signed in."""
        house = self.app.extensions["passplan"]
        secret = token_urlsafe(32)
        now = self.office.now
        session = Session(
            id_hash=house.keys.digest(secret, "session"),
            account=account,
            created=now,
            seen=now,
            proved=now,
            address="127.0.0.1",
            agent="a test",
        )

        def work(transaction: Any) -> None:
            stored_accounts.set_password(transaction, account, "-", one_time=False, real_now=now)
            stored_accounts.add_session(transaction, session)

        self.office.store.database.write(work)
        client = self.app.test_client()
        client.set_cookie(house.session_cookie, secret)
        return client


def build(folder: Path) -> dict[str, str]:
    """Make the store of a site in a folder; the tokens of its accounts."""
    address = new_store("sqlite", folder)
    office = open_office(Database(address), folder, passes_d=3, horizon_d=3)
    store = office.store
    for name, actor in ACCOUNTS.items():
        accounts.save_account(store, name, actor.role.value, agency=actor.agency, actor=ADMIN, now=office.now)
    keys = load_keys(folder)
    tokens = {name: _token(store, keys, name, "write") for name in ACCOUNTS} | {
        "reader": _token(store, keys, "esa", "read")
    }
    _live(office)
    store.database.close()
    shutil.move(str(store.database.path), folder / _FILE)
    return tokens


def open_site(template: Path, folder: Path, tokens: dict[str, str], **settings: Any) -> Site:
    """A site of its own, on a copy of a store."""
    for name in (_FILE, "secret.keys"):
        shutil.copy(template / name, folder / name)
    chosen = Settings(**{"effort": "quick", "horizon_d": 3, "passes_d": 3, "rate_limit_per_s": 100_000.0, **settings})
    database = Database(f"sqlite:///{folder / _FILE}")
    office = Office(Store(folder=folder, settings=chosen, database=database, instance="test"), NOW + LATER)
    return Site(office, application(office.store, office.clock), dict(tokens))


def application(store: Store, clock: Callable[[], datetime]) -> Flask:
    """An application whose templates are compiled once for all applications of the process."""
    app = create_app(store, clock=clock)
    app.jinja_env.bytecode_cache = _COMPILED
    return app


class _Compiled(BytecodeCache):
    """The compiled templates of the process."""

    def __init__(self) -> None:
        self.codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.codes:
            bucket.bytecode_from_string(self.codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()
LATER = timedelta(hours=20)


def _token(store: Store, keys: Any, account: str, scope: str) -> str:
    return signing.create_token(
        store, keys, f"of {account}", account=account, scope=scope, actor=ADMIN, now=NOW, real_now=NOW
    )


def _live(office: Office) -> None:
    """A day: plans, contacts that took place and others that did not, an outage, requests that wait."""
    store = office.store
    secret: dict[str, Any] = {"note": f"{CANARY} for the crew"}
    office.submit(
        ask("ESA-1", hours=(0.0, 24.0), **secret),
        ask("ESA-2", hours=(0.0, 24.0), activity="payload", **secret),
        ask("ESA-3", hours=(20.0, 60.0), **secret),
        ask("ESA-4", hours=(20.0, 60.0), stations=("WLP",), **secret),
        ask("ESA-5", hours=(24.0, 60.0), min_s=3_000.0, wanted_s=3_000.0, **secret),  # no pass is so long
        ask("ESA-6", hours=(0.0, 60.0), stations=("MSP",), **secret),
        ask("NASA-1", "NASA", hours=(0.0, 60.0)),
        ask("NASA-2", "NASA", hours=(30.0, 60.0)),
        ask("JAXA-1", "JAXA", hours=(0.0, 60.0), note="an own note"),
        ask("JAXA-2", "JAXA", hours=(24.0, 60.0), stations=("MSP",)),  # ESA is asked
    )
    work_out_passes(store, actor=ADMIN, now=office.now)
    office.plan()
    office.freeze()
    office.later(LATER / timedelta(hours=1))
    over = [c for c in office.contacts(ContactState.COMMITTED) if c.assignment.contact.end < office.now]
    own = [c for c in over if c.assignment.request.startswith("ESA")]
    now: dict[str, Any] = {"actor": ESA, "now": office.now}
    contacts.write_log(store, own[0].id, f"{CANARY} heard on the uplink", **now)
    contacts.report_outcome(store, own[0].id, ContactState.PARTIAL, note=f"{CANARY} broke off", **now)
    to_come = office.contacts(ContactState.COMMITTED, ContactState.SCHEDULED)
    lost = next(c for c in to_come if c.assignment.request == "ESA-4")
    contacts.cancel(store, lost.id, reason=f"{CANARY} is ill", **now)
    office.submit(ask("ESA-7", hours=(21.0, 60.0), **secret))
    requesting.withdraw(store, "ESA-7", reason=f"{CANARY} changed its mind", **now)
    networks.record_outage(
        store,
        "RED",
        Span(office.now + timedelta(hours=40), office.now + timedelta(hours=41)),
        note=f"{CANARY} nests in the dish",
        actor=ACCOUNTS["redu"],
        now=office.now,
    )
    office.freeze()
    office.plan()
    work_out_passes(store, actor=ADMIN, now=office.now)


def with_settings(site: Site, **changes: Any) -> Site:
    """The same store, served with other settings."""
    store = replace(site.office.store, settings=replace(site.office.store.settings, **changes))
    office = Office(store, site.office.now)
    return Site(office, application(store, office.clock), site.tokens)
