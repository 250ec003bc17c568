"""What a writer does, and how it goes on after it was killed.

What has a key, or can be done only once, it asks for again until it is answered. The rest it asks for once: an
acknowledgement that is sent twice is two.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from passplan.domain.contacts import HOLDING, OPEN, OUTCOMES, Contact, ContactState
from passplan.domain.errors import PassplanError, StoreError
from passplan.domain.requests import ContactRequest, Priority, Repetition, RequestBook, RequestGroup
from passplan.domain.roles import Role
from passplan.domain.span import Span
from passplan.service.access.actors import Actor
from passplan.service.contacts import lifecycle as contacts
from passplan.service.network import revisions as networks
from passplan.service.requests import submit as requesting
from passplan.service.store import Store
from passplan.store import contacts as stored_contacts
from passplan.store import requests as stored_requests
from tests.chaos.clock import FastClock
from tests.chaos.journal import CUT_OFF, DONE, REFUSED, Deed, Journal

log = logging.getLogger("writer")

SUBMIT, WITHDRAW, ACKNOWLEDGE, CANCEL, REPORT, OUTAGE = (
    "submit",
    "withdraw",
    "acknowledge",
    "cancel",
    "report",
    "outage",
)
REPEATABLE = (SUBMIT, WITHDRAW, CANCEL)
_OFTEN = {SUBMIT: 50, ACKNOWLEDGE: 60, REPORT: 60, WITHDRAW: 10, CANCEL: 10, OUTAGE: 3}
_FEWEST_OPEN, _MOST_OPEN = 8, 25  # requests of a writer: fewer are not withdrawn, and no more are added
_LONGEST_PAUSE_S = 0.35

# The links and stations that an agency asks for: its own but for the last of ESA's, where a person is asked first.
_WISHES: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "NASA": (("nasa-vhf1-up", ("WPS-VHF", "WSC-VHF", "AFRC-VHF")), ("hamtv", ("KUS", "WGS"))),
    "Roscosmos": (("ru-vhf1", ()), ("ru-tlm-zvezda", ("SHK", "ULD", "USK"))),
    "ESA": (("hamtv", ("MSP", "RED", "VIL", "WHM")), ("ariss-voice-up-r1", ("SHK",))),
}
_OUTAGES = {
    "NASA": (("WPS-VHF", ""), ("WSC-VHF", "vhf"), ("KUS", "s-6m")),
    "Roscosmos": (("SHK", "vhf"), ("ULD", ""), ("BRN", "")),
    "ESA": (("MSP", "sx-15m"), ("RED", ""), ("VIL", "")),
}
AGENCIES = tuple(_WISHES)


@dataclass(slots=True, kw_only=True)
class Writer:
    """Somebody of an agency, with a journal."""

    store: Store
    clock: FastClock
    agency: str
    journal: Journal
    random: Random
    _stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def now(self) -> datetime:
        """Mission time."""
        return self.store.mission_time(self.clock())

    @property
    def requester(self) -> Actor:
        return Actor(account=self.agency.lower(), role=Role.REQUESTER, agency=self.agency)

    @property
    def operator(self) -> Actor:
        return Actor(account=f"{self.agency.lower()}-stations", role=Role.OPERATOR, agency=self.agency)

    def until_stopped(self) -> None:
        """Settle what was left open, and then do one thing after the other until SIGTERM."""
        signal.signal(signal.SIGTERM, lambda *_: self._stopping.set())
        for deed in self.journal.deeds:
            if not deed.outcome and deed.kind in REPEATABLE:
                self.journal.again(deed)
                self._carry_out(deed)
            elif not deed.outcome:
                self.journal.settle(deed, CUT_OFF)
        while not self._stopping.wait(self.random.uniform(0.0, _LONGEST_PAUSE_S)):
            (kind,) = self.random.choices(list(_OFTEN), list(_OFTEN.values()))
            try:
                asked = self._choose(kind)
            except StoreError as error:
                log.info("%s: %s", kind, error)
                continue
            if asked is not None:
                self._carry_out(self.journal.intend(kind, asked))

    def _carry_out(self, deed: Deed) -> None:
        while True:
            try:
                answer = self._do(deed)
            except StoreError as error:  # whether it was done is not known, where the database went away
                log.info("%s, %s: %s", deed.token, deed.kind, error)
                if deed.kind not in REPEATABLE or self._stopping.wait(0.2):
                    self.journal.settle(deed, CUT_OFF, why=str(error))
                    return
                self.journal.again(deed)
            except PassplanError as error:
                log.info("%s, %s: %s", deed.token, deed.kind, error)
                self.journal.settle(deed, REFUSED, why=str(error))
                return
            else:
                self.journal.settle(deed, DONE, **answer)
                return

    # --- what to do ---

    def _choose(self, kind: str) -> dict[str, Any] | None:
        """What is to be asked for; None: there is nothing of that kind to do."""
        choosing: Mapping[str, Callable[[], dict[str, Any] | None]] = {
            SUBMIT: self._wish,
            WITHDRAW: self._request_to_withdraw,
            ACKNOWLEDGE: lambda: self._contact_to(ACKNOWLEDGE, lambda c: c.state is ContactState.COMMITTED),
            CANCEL: lambda: self._contact_to(CANCEL, lambda c: c.assignment.contact.start > self._next_change),
            REPORT: self._contact_to_report,
            OUTAGE: self._outage,
        }
        return choosing[kind]()

    def _wish(self) -> dict[str, Any] | None:
        with self.store.database.read() as connection:
            if len(stored_requests.select(connection, states=OPEN, agency=self.agency)) >= _MOST_OPEN:
                return None
        link, stations = self.random.choice(_WISHES[self.agency])
        start = self.now + timedelta(hours=self.random.uniform(1.0, 30.0))
        return {
            "link": link,
            "stations": stations,
            "start": start.replace(microsecond=0).isoformat(),
            "hours": self.random.choice([8, 16, 30]),
            "repeats": self.random.choice(["", "", "", "day", "span"]),
            "twins": self.random.random() < 0.15,
            "high": self.random.random() < 0.3,
        }

    def _request_to_withdraw(self) -> dict[str, Any] | None:
        tried = {d.asked["request"] for d in self.journal.deeds if d.kind == WITHDRAW}
        with self.store.database.read() as connection:
            found = stored_requests.select(connection, states=OPEN, agency=self.agency)
        ids = [r.id for r in found if r.id not in tried] if len(found) >= _FEWEST_OPEN else []
        return {"request": self.random.choice(ids)} if ids else None

    def _contact_to_report(self) -> dict[str, Any] | None:
        found = self._contact_to(
            REPORT, lambda c: c.state is ContactState.COMMITTED and c.assignment.contact.start <= self.now
        )
        return found and found | {"outcome": self.random.choice(OUTCOMES).value}

    def _contact_to(self, kind: str, fits: Callable[[Contact], bool]) -> dict[str, Any] | None:
        """A contact of the agency to which this was not done yet."""
        tried = {d.asked["contact"] for d in self.journal.deeds if d.kind == kind}
        with self.store.database.read() as connection:
            own = {r.id for r in stored_requests.select(connection, agency=self.agency)}
            held = stored_contacts.select(connection, states=HOLDING, requests=own)
        ids = [c.id for c in held if c.id not in tried and fits(c)]
        return {"contact": self.random.choice(ids), "by": self.requester.account} if ids else None

    def _outage(self) -> dict[str, Any]:
        station, antenna = self.random.choice(_OUTAGES[self.agency])
        start = self.now + timedelta(hours=self.random.uniform(0.0, 40.0))
        return {
            "station": station,
            "antenna": antenna,
            "start": start.isoformat(),
            "hours": self.random.uniform(1.0, 6.0),
        }

    @property
    def _next_change(self) -> datetime:
        return self.now + timedelta(seconds=self.store.settings.lead_s)

    # --- doing it ---

    def _do(self, deed: Deed) -> dict[str, Any]:
        """Ask for it; what was answered."""
        asked, token, now = deed.asked, deed.token, self.now
        if deed.kind == SUBMIT:
            given = requesting.submit(self.store, self._book(deed), key=token, actor=self.requester, now=now)
            return {"states": {s.id: s.state.value for s in given}}
        if deed.kind == WITHDRAW:
            stay = requesting.withdraw(self.store, asked["request"], reason=token, actor=self.requester, now=now)
            return {"stay": [c.id for c in stay]}
        if deed.kind == ACKNOWLEDGE:
            c = contacts.acknowledge(self.store, asked["contact"], actor=self.requester, now=now)
            return {"state": c.state.value}
        if deed.kind == CANCEL:
            c = contacts.cancel(self.store, asked["contact"], reason=token, actor=self.requester, now=now)
            return {"state": c.state.value}
        if deed.kind == REPORT:
            outcome = ContactState(asked["outcome"])
            c = contacts.report_outcome(
                self.store, asked["contact"], outcome, note=token, actor=self.requester, now=now
            )
            return {"state": c.state.value}
        start = datetime.fromisoformat(asked["start"])
        number, cancelled = networks.record_outage(
            self.store,
            asked["station"],
            Span(start, start + timedelta(hours=asked["hours"])),
            antenna=asked["antenna"],
            note=token,
            actor=self.operator,
            now=now,
        )
        return {"outage": number, "cancelled": [c.id for c in cancelled]}

    def _book(self, deed: Deed) -> RequestBook:
        """The same book each time that a deed is tried."""
        asked = deed.asked
        start = datetime.fromisoformat(asked["start"])
        repeats = {
            "": None,
            "day": Repetition(times=1, period="day"),
            "span": Repetition(times=2, period="span", min_spacing_s=3_600.0),
        }
        group = RequestGroup(id=f"{deed.token}-group", kind="one_of")
        requests = tuple(
            ContactRequest(
                id=name,
                agency=self.agency,
                satellite="ISS",
                link=asked["link"],
                span=Span(start, start + timedelta(hours=asked["hours"])),
                min_s=180.0,
                wanted_s=360.0,
                priority=Priority.HIGH if asked["high"] else Priority.ROUTINE,
                stations=tuple(asked["stations"]),
                repetition=repeats[asked["repeats"]],
                group=group.id if asked["twins"] else "",
            )
            for name in request_ids(deed)
        )
        return RequestBook(requests=requests, groups=(group,) if asked["twins"] else ())


def request_ids(deed: Deed) -> tuple[str, ...]:
    """The requests that a submission brings: all of them, or none."""
    return (deed.token, f"{deed.token}-twin") if deed.asked["twins"] else (deed.token,)
