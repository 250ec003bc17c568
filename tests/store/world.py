"""A small world in a store: ten antennas, one link, and whoever asks for contacts. Minutes are those of `planning`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from passplan.domain.contacts import (
    CONTACT_TRANSITIONS,
    REQUEST_TRANSITIONS,
    ContactId,
    ContactState,
    RequestState,
    Transition,
)
from passplan.domain.errors import StoreError
from passplan.domain.facts import ContactsChanged, LegacyText, NetworkReplaced, Note, Outage
from passplan.domain.schedule import Assignment
from passplan.store import accounts, contacts, elements, lease, networks, passes, requests, revisions, small
from passplan.store.database import Database, Transaction
from passplan.store.schema import hold, metadata, microseconds
from tests import planning
from tests.pass_rows import forecast_pass

NOW = planning.START
LINK = ("ISS", "up")
ANTENNAS = tuple(f"{station}/{antenna}" for station, _ in planning.STATIONS for antenna in "ab")


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever does something."""

    account: str = "ada"
    os_user: str = "root"


def us(minutes: float) -> int:
    """So many minutes after the start, as the store has it."""
    return microseconds(planning.at(minutes))


def furnish(database: Database, *, channels: int = 1) -> None:
    """A network of ten antennas and one link, and the first revision of the schedule."""
    resources = dict.fromkeys(ANTENNAS, "antenna") | {f"ISS/up#{k}": "channel" for k in range(1, channels + 1)}

    def work(transaction: Transaction) -> None:
        network = networks.NetworkRevision(number=1, at=NOW, document="{}", sha256="0")
        networks.add(transaction, network, resources)
        revisions.add(transaction, revision(1), revisions.packed("the plan\n"))

    database.write(work)


def revision(number: int) -> revisions.Revision:
    """A revision of the schedule of which only the number matters."""
    return revisions.Revision(
        number=number,
        at=NOW,
        span=planning.WHOLE,
        lane="daily",
        network_revision=1,
        change=ContactsChanged(new=1),
        causes=(NetworkReplaced(revision=2, before=1), Outage(station="wlp"), LegacyText(text="an old sentence")),
        made_on="{}",
        contacts=1,
        refusals=0,
        value=1.5,
        bound=2.5,
        inputs_sha256="0",
    )


def request(name: str, state: RequestState = RequestState.SUBMITTED) -> requests.StoredRequest:
    """NASA asks for something."""
    whole = planning.WHOLE
    return requests.StoredRequest(
        id=name,
        agency="NASA",
        state=state,
        start=whole.start,
        end=whole.end,
        document="{}",
        submitted=NOW,
        submitted_by="ada",
        changed=NOW,
    )


def add_contact(transaction: Transaction, assignment: Assignment) -> ContactId:
    """A request, unless it is there, and a contact of it that holds nothing yet."""
    if requests.get(transaction.connection, assignment.request) is None:
        requests.add(transaction, request(assignment.request))
    return contacts.add(transaction, [assignment], 1, NOW)[0]


def book(database: Database, assignments: Iterable[Assignment], *, channels: int = 1) -> list[ContactId]:
    """Contacts that hold their antennas and channels, all in one transaction."""

    def work(transaction: Transaction) -> list[ContactId]:
        ids = [add_contact(transaction, a) for a in assignments]
        contacts.replace_holds(transaction, ids, {LINK: channels})
        return ids

    return database.write(work)


def bare_contact(database: Database, name: str, state: str = ContactState.SCHEDULED) -> ContactId:
    """A contact that holds nothing, brought to a state along the table."""
    number = database.write(lambda transaction: add_contact(transaction, planning.contact(name, 0, 10)))
    for step in way(CONTACT_TRANSITIONS, state)[1:]:
        execute(database, "UPDATE contact SET state = :state WHERE id = :id", id=number, state=step)
    return number


def bare_request(database: Database, name: str, state: str) -> str:
    """A request, brought to a state along the table."""
    database.write(lambda transaction: requests.add(transaction, request(name)))
    for step in way(REQUEST_TRANSITIONS, state)[1:]:
        execute(database, "UPDATE request SET state = :state WHERE id = :id", id=name, state=step)
    return name


def way(transitions: Sequence[Transition], state: str) -> list[str]:
    """The states that lead from a birth to a state, the last being that one."""
    ways: dict[str, list[str]] = {"": []}
    while state not in ways:
        ways |= {str(after): [*ways[b], str(after)] for b, after in transitions if b in ways and after not in ways}
    return ways[state]


def add_twin(transaction: Transaction, table: sa.Table, key: Any, *, how: str = "", **changes: Any) -> None:
    """Insert a row that is like another but for some columns; `how`: "OR REPLACE", say."""
    row = transaction.connection.execute(sa.select(table).where(table.c.id == key)).mappings().one()
    values = {name: value for name, value in row.items() if name != "id"} | changes
    query = sa.insert(table).values(values)
    transaction.connection.execute(query.prefix_with(how) if how else query)


def execute(database: Database, statement: str, **values: Any) -> None:
    """One statement, in a transaction of its own."""
    database.write(lambda transaction: transaction.connection.execute(sa.text(statement), values))


def add_hold(
    database: Database, contact_id: ContactId, resource_id: int, start_us: int, end_us: int, *, live: bool = True
) -> int:
    """A hold as it is given, past all that `contacts` would see to; its id."""
    return database.write(lambda t: insert_hold(t, contact_id, resource_id, start_us, end_us, live=live))


def insert_hold(
    transaction: Transaction, contact_id: ContactId, resource_id: int, start_us: int, end_us: int, *, live: bool = True
) -> int:
    """The same, in a transaction that is under way."""
    values = {"contact_id": contact_id, "resource_id": resource_id, "start_us": start_us, "end_us": end_us}
    query = sa.insert(hold).values(live=live, **values).returning(hold.c.id)
    return int(transaction.connection.execute(query).scalar_one())


def update_hold(
    transaction: Transaction,
    hold_id: int,
    contact_id: ContactId,
    resource_id: int,
    start_us: int,
    end_us: int,
    *,
    live: bool = True,
) -> None:
    """Make all of a hold what is given."""
    values = {"contact_id": contact_id, "resource_id": resource_id, "start_us": start_us, "end_us": end_us}
    transaction.connection.execute(sa.update(hold).where(hold.c.id == hold_id).values(live=live, **values))


def rows(database: Database, query: str, **values: Any) -> list[tuple[Any, ...]]:
    """What a query finds."""
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query), values)]


def everything(database: Database, *, derived: bool = True) -> Mapping[str, list[tuple[Any, ...]]]:
    """Every row of every table, in order of the keys; without `derived`, no passes, as no backup has them."""
    found = {}
    with database.read() as connection:
        for table in metadata.sorted_tables:
            if table.name == "pass" and not derived:
                continue
            query = sa.select(table).order_by(*table.primary_key.columns)
            found[table.name] = [tuple(row) for row in connection.execute(query)]
    return found


def clear(database: Database) -> None:
    """Take away requests and contacts, and all that belongs to them."""

    def work(transaction: Transaction) -> None:
        for table in ("report", "hold", "contact", "request"):
            transaction.connection.execute(sa.text(f"DELETE FROM {table}"))

    database.write(work)


def populate(database: Database) -> None:
    """Put something into every table: a network, contacts in several states, elements, events and the rest."""
    furnish(database, channels=2)
    ids = book(
        database,
        [
            planning.contact("one", 0, 10, "wlp/a", setup_s=60.0),
            planning.contact("two", 5, 20, "wlp/b", "gds/a"),
            planning.contact("three", 60, 70, "krn/a"),
            planning.contact("four", 90, 1900, "mas/a"),  # longer than a day
        ],
        channels=2,
    )

    def work(transaction: Transaction) -> None:
        contacts.commit(transaction, ids[0], NOW, '{"elements": 1}', "0")
        contacts.acknowledge(transaction, ids[0], "ada", NOW)
        contacts.commit(transaction, ids[1], NOW, "{}", "1")
        contacts.set_state(transaction, ids[1], ContactState.COMPLETED, NOW, Note(text="as planned"))
        contacts.add_report(transaction, ids[1], now=NOW, actor="ada", outcome="completed", note="a clear sky")
        contacts.set_state(transaction, ids[2], ContactState.DROPPED, NOW, LegacyText(text="no room"))
        requests.set_state(transaction, "one", RequestState.ACCEPTED, NOW)
        requests.set_state(transaction, "three", RequestState.REJECTED, NOW, Note(text="no agreement"))
        requests.set_decision(transaction, "one", "ESA", "approved", actor="ada", now=NOW)
        requests.add_group(transaction, "group", "{}")
        requests.add_satellite_time(transaction, "0", '{"named": "dawn"}')
        stored = elements.StoredSet(
            id=0, catalog_number=25544, epoch=NOW, source="celestrak", received=NOW, document="{}", sha256="0"
        )
        (added,) = elements.add(transaction, [stored])
        elements.choose(transaction, added, now=NOW, pinned=True, record='{"bstar":0.1}')
        burn = elements.StoredManoeuvre(
            id=0,
            catalog_number=25544,
            time=NOW,
            delta_v_m_s=0.5,
            uncertainty_m_s=None,
            name="å",
            origin="person",
            source="ada",
            recorded=NOW,
        )
        elements.add_manoeuvre(transaction, burn)
        elements.save_source(transaction, elements.SourceState(name="celestrak", attempt_us=1, etag='"e"'))
        outage = networks.Outage(
            id=0, kind="outage", station="wlp", antenna="a", start=NOW, end=planning.at(60), note="wind"
        )
        networks.add_outage(transaction, outage, now=NOW, actor="ada")
        small.set_fact(transaction, "clock_offset_s", "0")
        accounts.save(transaction, accounts.Account(name="ada", role="operator", agency="NASA"))
        accounts.set_password(transaction, "ada", "$argon2id$", one_time=True, real_now=NOW)
        accounts.set_second_factor(transaction, "ada", accounts.SecondFactor(serial="0", last_step=1), real_now=NOW)
        accounts.add_session(
            transaction,
            accounts.Session(id_hash="0", account="ada", created=NOW, seen=NOW, proved=NOW, address="::1", agent="å"),
        )
        accounts.add_token(
            transaction,
            accounts.Token(
                prefix="0", account="ada", name="å", secret_hash="0", scope="read", created=NOW, expires=NOW
            ),
        )
        accounts.note_failure(transaction, "ada@::1", 3, NOW)
        contacts.add_log_entry(transaction, ids[0], now=NOW, actor="ada", text="å")
        small.remember(transaction, "NASA", "key", "0", {"id": "one"}, NOW)
        passes.replace_passes(transaction, "ISS", [forecast_pass(NOW, planning.at(10), station="å")])
        transaction.record(Actor(), NOW, "made", "store", after={"name": "Zürich", "value": 0.1})
        transaction.record(Actor(), NOW, "committed", f"contact {ids[0]}", before={"state": "scheduled"})

    database.write(work)
    epoch = lease.acquire(database, "one", 60.0)
    assert epoch is not None
    database.write(lambda t: lease.claim(t, "daily", NOW, epoch, started=NOW, ended=NOW))


def refusal(database: Database) -> str:
    """What verify says against a store; empty: it is well."""
    try:
        database.verify()
    except StoreError as error:
        return str(error)
    return ""
