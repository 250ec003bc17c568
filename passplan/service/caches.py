"""The caches of an open store: parsed documents, which are never edited, by number or text; and prices."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

from passplan.domain.errors import StoreError
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.network import Network
from passplan.domain.requests import ContactRequest
from passplan.domain.schedule import Plan, Price
from passplan.domain.sources import Segment, Source
from passplan.formats.plans import parse_plan
from passplan.service.documents import network_of, segment_of, value_of
from passplan.store import networks, revisions
from passplan.store.database import Connection
from passplan.store.elements import StoredSet

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The values that were used last, up to a maximum number."""

    def __init__(self, most: int) -> None:
        self._values: OrderedDict[K, V] = OrderedDict()
        self._most = most
        self._lock = Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """A value, made on its first use. Two threads may make the same one at the same time."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value


@dataclass(frozen=True, slots=True)
class Caches:
    """The caches of one open store."""

    networks: Recent[int, Network] = field(default_factory=lambda: Recent(4))
    networks_by_version: Recent[int, Network | None] = field(default_factory=lambda: Recent(4))
    sites: Recent[int, str] = field(default_factory=lambda: Recent(2))  # of a network: what passes depend on
    plans: Recent[int, Plan | None] = field(default_factory=lambda: Recent(4))
    segments: Recent[str, Segment] = field(default_factory=lambda: Recent(1_024))
    sources: Recent[Hashable, Source] = field(default_factory=lambda: Recent(256))  # by satellite and inputs
    requests: Recent[str, ContactRequest] = field(default_factory=lambda: Recent(4_096))
    prices: Recent[tuple[int, str, int], Price] = field(default_factory=lambda: Recent(256))
    pricing: Lock = field(default_factory=Lock)  # prices are computed one at a time

    def network(self, connection: Connection) -> tuple[int, Network]:
        """The newest network and its number.

        Raises:
            StoreError: when there is none yet.
        """
        number = networks.newest(connection)
        if number is None:
            raise StoreError(Message("no_network", "the store has no network yet"), hint=Hint.APPLY_NETWORK)
        return number, self.networks.get(number, lambda: network_of(networks.document(connection, number)))

    def network_of_version(self, connection: Connection, version: int) -> Network | None:
        """The newest network of a version of the store, the number of its last event; None: there is none yet.

        A network is applied with an event, so that a version has one network, and is asked for once.
        """

        def newest() -> Network | None:
            number = networks.newest(connection)
            return None if number is None else self.network(connection)[1]

        return self.networks_by_version.get(version, newest)

    def plan(self, connection: Connection, number: int) -> Plan | None:
        """The plan of a schedule revision; None: it was deleted."""

        def parsed() -> Plan | None:
            text = revisions.plan_text(connection, number)
            return None if text is None else parse_plan(text, f"revision {number}")

        return self.plans.get(number, parsed)

    def segment(self, stored: StoredSet) -> Segment:
        """The segment of a satellite's timeline in a stored set."""
        return self.segments.get(stored.sha256, lambda: segment_of(stored.document))

    def request(self, document: str) -> ContactRequest:
        """The request of a document."""
        return self.requests.get(document, lambda: value_of(ContactRequest, document))
