"""Use cases at the same moment, in several threads: one after the other, whichever comes first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import timedelta

from passplan.domain.contacts import HOLDING
from passplan.domain.errors import ConflictError
from passplan.domain.span import Span
from passplan.service.contacts import lifecycle as contacts
from passplan.service.network import revisions as networks
from passplan.service.requests import submit as requesting
from passplan.service.schedule import drafting
from passplan.service.schedule import publishing as schedules
from passplan.store import backup
from tests.service.office import ADMIN, ESA, NOW, Office, ask


def at_once(*works: object) -> None:
    """Let them all start together; a conflict is an answer."""

    def run(work: object) -> None:
        with suppress(ConflictError):
            work()  # type: ignore[operator]

    with ThreadPoolExecutor(len(works)) as pool:
        done, _ = wait([pool.submit(run, work) for work in works])
    for future in done:
        future.result()


def test_a_request_that_is_withdrawn_while_its_plan_is_published_has_no_contact(office: Office) -> None:
    for k in range(12):
        name = f"R{k}"
        office.submit(ask(name, hours=(26.0, 48.0)))
        draft = drafting.draft(office.store, now=office.now, effort="quick")
        at_once(
            lambda draft=draft: schedules.publish(office.store, draft, actor=ADMIN, now=office.now),
            lambda name=name: requesting.withdraw(office.store, name, actor=ESA, now=office.now),
        )

        assert [] == [c for c in office.contacts(*HOLDING) if c.assignment.request == name]
        assert "withdrawn" == office.state(name)


def test_what_is_frozen_while_a_plan_would_move_it_stays(office: Office) -> None:
    office.submit(ask("A", hours=(26.0, 48.0), wanted_s=900.0))
    office.plan()
    there = office.contact("A").assignment
    station = there.antennas[0].station
    networks.record_outage(office.store, station, Span(NOW, NOW + timedelta(hours=60)), actor=ADMIN, now=office.now)
    draft = drafting.draft(office.store, now=office.now, effort="quick")
    office.now = there.occupies.start - timedelta(hours=23)
    at_once(
        lambda: schedules.publish(office.store, draft, actor=ADMIN, now=office.now),
        lambda: contacts.freeze(office.store, actor=ADMIN, now=office.now),
    )
    actions = office.actions(f"contact/{office.contact('A').id}")

    assert "contact.moved" not in "".join(actions).partition("contact.committed")[2]
    # Where the plan comes first the contact is moved and frozen; where the freeze does, its outage cancels it.
    cancelled = "contact.cancelled_by_network" in actions
    assert (0 if cancelled else 1) == len(office.contacts(*HOLDING))
    assert cancelled == ("contact.moved" not in actions)
    with office.store.database.read() as connection:
        assert [] == backup.integrity_problems(connection)


def test_one_key_at_once_is_one_request(office: Office) -> None:
    answers: list[object] = []
    at_once(*[lambda: answers.append(office.submit(ask("A"), actor=ESA, key="k"))] * 6)

    assert 6 == len(answers)
    assert 1 == len(set(answers))
    assert 1 == office.actions("request/A").count("request.submitted")
