"""What a view works with: the store, the time, the actor, and how values are displayed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app, g, request
from flask_babel import get_locale

from passplan.domain.errors import StoreError
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.network import Network
from passplan.queries.snapshot import Beginning, begin
from passplan.server.shared.display import THEMES, ZONES, Display, zone_named
from passplan.service.access.actors import Actor
from passplan.service.access.keys import Keys
from passplan.service.access.login import Identity
from passplan.service.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """What all requests share: one store, one clock, the keys, and whether the server uses TLS."""

    store: Store
    clock: Callable[[], datetime]  # real time
    keys: Keys
    secure: bool

    @property
    def session_cookie(self) -> str:
        """The name of the session's cookie: with the prefix `__Host-` over TLS, where browsers accept it."""
        return "__Host-passplan" if self.secure else "passplan"


class RequestContext:
    """What one request works with."""

    def __init__(self, app: AppContext) -> None:
        self.app = app
        self.real_now = app.clock()
        self.now = app.store.mission_time(self.real_now)
        self.visit: Identity | None = None
        self._begun: Beginning | None = None

    @property
    def store(self) -> Store:
        """The store."""
        return self.app.store

    @property
    def actor(self) -> Actor | None:
        """The actor; None: a visitor without a sign-in."""
        return self.visit.actor if self.visit is not None else None

    @property
    def me(self) -> Actor:
        """The actor, on pages that need a sign-in: `require_login` has checked it."""
        assert self.visit is not None
        return self.visit.actor

    @contextmanager
    def opening(self) -> Iterator[Beginning]:
        """The read transaction that a request begins with: it reads the actor and the version of the store."""
        with begin(self.store) as begun:
            self._begun = begun
            yield begun

    @property
    def version(self) -> int:
        """The store's version when the request began."""
        return self._beginning().version

    @property
    def network(self) -> Network:
        """The newest network when the request began.

        Raises:
            StoreError: when there is none yet.
        """
        network = self._beginning().network
        if network is None:
            raise StoreError(Message("no_network", "the store has no network yet"), hint=Hint.APPLY_NETWORK)
        return network

    def _beginning(self) -> Beginning:
        if self._begun is None:
            with self.opening():
                pass
        assert self._begun is not None
        return self._begun

    def display(self, station: str = "") -> Display:
        """How times are shown. The station's zone is that of `station`, or of the first of the actor's agency."""
        theme = request.cookies.get("theme", "auto")
        choice = request.cookies.get("zone", "utc")
        browser = request.cookies.get("browser_zone", "")[:64]
        zone, name = UTC, "UTC"
        if choice == "browser" and (browser_tz := zone_named(browser)) is not None:
            zone, name = browser_tz, browser  # type: ignore[assignment]
        elif choice == "station" and (home := self._home(station)) is not None:
            zone, name = zone_named(home[1]) or UTC, f"{home[1]} ({home[0]})"  # type: ignore[assignment]
        return Display(
            theme=theme if theme in THEMES else "auto",
            choice=choice if choice in ZONES else "utc",
            zone=zone,
            zone_name=name,
            browser_zone=browser,
            locale=str(get_locale() or "en"),
        )

    def _home(self, station: str) -> tuple[str, str] | None:
        stations = self.network.stations
        agency = self.actor.agency if self.actor is not None else ""
        chosen = [s for s in stations if s.id == station] or [s for s in stations if agency and s.agency == agency]
        return (chosen[0].id, chosen[0].time_zone) if chosen else None


def app_context() -> AppContext:
    """What all requests of the running server share."""
    app: AppContext = current_app.extensions["passplan"]
    return app


def context() -> RequestContext:
    """The context of the current request."""
    current: RequestContext = g.context
    return current
