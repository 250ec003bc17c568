"""The schedule of a store: drafted without a transaction, published in a short one, numbered, and never edited."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from passplan.domain.contacts import GIVEN, HOLDING, LOST_STATES, Contact, ContactState, RequestState
from passplan.domain.elements import ElementSet
from passplan.domain.errors import ConflictError, InputError, NoPlanError
from passplan.domain.network import Network, SatelliteId
from passplan.domain.requests import ContactRequest, RequestBook, RequestId
from passplan.domain.schedule import Assignment, Plan, PlanDiff
from passplan.domain.span import Span
from passplan.formats.plans import dump_plan, parse_plan
from passplan.service import planning
from passplan.service.access import Actor, require
from passplan.service.contacts import move_request
from passplan.service.documents import canonical, value_of
from passplan.service.elements import Chosen, sources_for
from passplan.service.networks import channels_of, current_network, touches
from passplan.service.planning import Report
from passplan.service.requesting import with_names
from passplan.service.stores import Closing, Store
from passplan.store import contacts, elements, networks, requests, revisions, small
from passplan.store.database import Connection, Transaction
from passplan.store.elements import Choice
from passplan.store.revisions import Revision
from passplan.store.schema import microseconds, moment

Key: TypeAlias = tuple[RequestId, int]  # request and part

DAILY, LATE, LOST, MANUAL = "daily", "late", "lost", "manual"
_PLANNED = (RequestState.ACCEPTED, RequestState.SATISFIED)
_RE_RUNS = 2
_MOST_TRIES = 6
_OF_THE_WHOLE = ("refusal", "value", "moves", "order", "held")  # rules that the rest of a plan need not keep
_LOOKED = "looked"


class OvertakenError(ConflictError):
    """What a draft was made on has changed meanwhile, and some of its contacts are touched by that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """The ids of all that a draft was made on."""

    network: int
    elements: Mapping[SatelliteId, int]  # id of the set that counts
    outages: tuple[int, ...]
    revision: int  # the newest of the schedule; 0: there was none

    @property
    def document(self) -> str:
        """As the store keeps it."""
        return canonical({"network": self.network, "elements": dict(self.elements), "outages": self.outages})


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A schedule that is made and not published."""

    plan: Plan
    lane: str
    basis: Basis
    movable: Mapping[Key, Contact]  # contacts that it may move or drop
    without: tuple[str, ...]  # why satellites have no elements that count


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published revision, and what it changed."""

    revision: Revision
    diff: PlanDiff
    left_out: tuple[str, ...] = ()  # contacts that could not be placed any more, and why


def draft(
    store: Store, *, now: datetime, lane: str = MANUAL, effort: str = "", seed: int = 1, report: Report | None = None
) -> Draft:
    """Plan what the store asks for, from `lead_min` after now on.

    What is frozen stays, and the rest moves as little as may be. In the late lane nothing moves, and only what begins
    within the freeze is looked for.

    Raises:
        NoPlanError: when something is asked for and no pass can be used.
        StoreError: when there is no network yet.
    """
    settings = store.settings
    start = _whole_second(now + timedelta(seconds=settings.lead_s))
    end = now + (timedelta(seconds=settings.freeze_s) if lane == LATE else timedelta(days=settings.horizon_d))
    if end <= start:
        raise NoPlanError(f"the freeze of {settings.freeze_h:g} h ends before {settings.lead_min:g} min from now")
    span = Span(start, end)
    with store.database.read() as connection:
        number, network = current_network(connection, after=now)
        choices = elements.choices(connection)
        basis = _basis(connection, number, network, choices, now)
        book, given = _asked_and_given(connection, span)
    held, movable = _held(given, book, now + timedelta(seconds=settings.freeze_s), everything=lane == LATE)
    sources, without = sources_for(network, choices, span)
    inputs = planning.make_inputs(
        book,
        sources,
        network,
        span,
        held=[c.assignment for c in held],
        previous=[c.assignment for c in movable],
        effort=effort or (settings.effort if lane in (DAILY, MANUAL) else "quick"),
        seed=seed,
    )
    asks = any(_meet(r.span, span) for r in book.requests)
    if asks and not inputs.search.windows and not held:
        raise NoPlanError(*without, *planning.why_no_window(inputs.search, book))
    plan = planning.make_plan(inputs, report=report)
    by_key = {_key(c.assignment): c for c in movable}
    return Draft(plan=plan, lane=lane, basis=basis, movable=by_key, without=without)


def publish(
    store: Store, found: Draft, *, actor: Actor, now: datetime, closing: Closing | None = None, rest: bool = False
) -> Published:
    """Make a draft the schedule: one transaction, in which every guard of the store has its say.

    Args:
        store: the store.
        found: the draft.
        actor: who publishes.
        now: mission time.
        closing: is called first in the transaction.
        rest: whether to publish the rest where some contacts are touched by what has changed meanwhile.

    Raises:
        OvertakenError: when some are, and not the rest is asked for; when another revision was published since the
            draft was made, or the rest alone would break a rule. Nothing is written then.
    """
    require(actor, "publish")
    plan_text = dump_plan(found.plan)

    def work(transaction: Transaction) -> Published:
        if closing is not None:
            closing(transaction)
        change = _Change(transaction, store, found, actor, now)
        if change.basis.revision != found.basis.revision:
            # Both might use the last minutes of an agreement, or serve one of a group that is served once.
            raise OvertakenError(f"revision {change.basis.revision} was published meanwhile")
        if change.overtaken and not rest:
            some = list(dict.fromkeys(change.overtaken.values()))[:3]
            raise OvertakenError(f"the plan is overtaken for {len(change.overtaken)} contacts: {'; '.join(some)}")
        return change.carry_out(plan_text, one_by_one=bool(change.overtaken))

    return store.write(work)


def changes(found: Draft) -> PlanDiff:
    """What a draft would change in the contacts that may move."""
    held = set(found.plan.inputs.held)
    before = [c.assignment for c in found.movable.values()]
    return planning.diff_assignments(before, [a for a in found.plan.schedule.assignments if a not in held])


def plan_and_publish(
    store: Store,
    *,
    lane: str,
    actor: Actor,
    clock: Callable[[], datetime],
    closing: Closing | None = None,
    effort: str = "",
    report: Report | None = None,
) -> Published:
    """Draft and publish. Where the draft is overtaken do both again; from the third time on publish the rest.

    Raises:
        NoPlanError: as `draft`.
        OvertakenError: when it is overtaken again and again.
        ConflictError: when the store refuses it.
    """
    require(actor, "publish")
    for attempt in range(_MOST_TRIES):
        found = draft(store, now=clock(), lane=lane, effort=effort, report=report)
        try:
            return publish(store, found, actor=actor, now=clock(), closing=closing, rest=attempt >= _RE_RUNS)
        except OvertakenError as error:
            overtaken = error
    raise overtaken


def lane_due(store: Store, *, now: datetime) -> str:
    """What has to be planned before the next daily schedule.

    Returns:
        LOST: elements or outages came since the last revision; LATE: requests that begin within the freeze ask;
        empty: nothing.
    """
    with store.database.read() as connection:
        last = revisions.get(connection)
        if last is None:
            return ""
        at, made_on = last.at, json.loads(last.made_on)
        if text := small.facts(connection).get(_LOOKED):
            looked = json.loads(text)
            if moment(looked["at_us"]) > at:
                at, made_on = moment(looked["at_us"]), looked["made_on"]
        number, network = current_network(connection)
        basis = _basis(connection, number, network, elements.choices(connection), now)
        later = set(basis.outages) - set(made_on["outages"])
        if (basis.network, dict(basis.elements)) != (made_on["network"], made_on["elements"]) or later:
            return LOST
        soon = Span(
            now + timedelta(seconds=store.settings.lead_s), now + timedelta(seconds=store.settings.freeze_s + 1)
        )
        asking = requests.select(connection, states=[RequestState.ACCEPTED])
        if any(r.changed > at and _meet(Span(r.start, r.end), soon) for r in asking):
            return LATE
    return ""


def look_no_more(store: Store, *, now: datetime, closing: Closing) -> None:
    """Note that there is no plan for what is asked, until something else comes."""
    with store.database.read() as connection:
        number, network = current_network(connection)
        basis = _basis(connection, number, network, elements.choices(connection), now)
    looked = canonical({"at_us": microseconds(now), "made_on": json.loads(basis.document)})

    def work(transaction: Transaction) -> None:
        closing(transaction)
        small.set_fact(transaction, _LOOKED, looked)

    store.write(work)


def load_revision(store: Store, number: int | None = None) -> tuple[Revision, Plan]:
    """A revision of the schedule, or the newest, with its plan.

    Raises:
        InputError: when there is none, or its plan was forgotten.
    """
    with store.database.read() as connection:
        found = revisions.get(connection, number)
        if found is None:
            newest = revisions.get(connection)
            told = f"there is no revision {number}; the newest is {newest.number}" if newest and number else ""
            raise InputError(told or "there is no schedule yet; passplan schedule publish makes one, or the daemon")
        text = revisions.plan_text(connection, found.number)
    if text is None:
        raise InputError(f"the plan of revision {found.number} was forgotten, for it is old (keep_d)")
    return found, parse_plan(text, f"revision {found.number}")


class _Change:
    """What a draft changes in the contacts as they are now."""

    def __init__(self, transaction: Transaction, store: Store, found: Draft, actor: Actor, now: datetime) -> None:
        self.transaction, self.store, self.found, self.actor, self.now = transaction, store, found, actor, now
        connection = transaction.connection
        number, self.network = current_network(connection)
        self.last = revisions.get(connection)
        self.choices = elements.choices(connection)
        self.basis = _basis(connection, number, self.network, self.choices, now)
        self.outages = networks.outages(connection, after=now)
        self.states = {r.id: r.state for r in requests.select(connection, states=_PLANNED)}
        self.live = {_key(c.assignment): c for c in contacts.select(connection, states=HOLDING)}
        held = set(found.plan.inputs.held)
        self.wanted = {_key(a): a for a in found.plan.schedule.assignments if a not in held}
        self.overtaken = dict(self._overtaken())

    def _overtaken(self) -> Iterable[tuple[Key, str]]:
        """Contacts of the draft that are touched by what has changed since it was made, and how."""
        was, is_ = self.found.basis, self.basis
        new_outages = [o for o in self.outages if o.id not in was.outages]
        bound = self.now + timedelta(seconds=self.store.settings.lead_s)
        movable = {key: c.assignment for key, c in self.found.movable.items()}
        for key in sorted({*self.wanted, *movable}):
            wanted, before, live = self.wanted.get(key), movable.get(key), self.live.get(key)
            both = [a for a in (wanted, before) if a is not None]
            where, changed = both[0], wanted != before
            if key[0] not in self.states:
                yield key, f'request "{key[0]}" is not asked any more'
            elif was.network != is_.network:
                yield key, f"the network is revision {is_.network} now"
            elif was.elements.get(where.satellite) != is_.elements.get(where.satellite):
                yield key, f"{where.satellite} has other elements now"
            elif any(touches(o, where) for o in new_outages):
                yield key, f"{'+'.join(where.antennas)} has an outage now"
            elif (live.assignment if live else None) != before:
                yield key, f"{key[0]}/{key[1]} was changed meanwhile"
            elif changed and live is not None and live.state is not ContactState.SCHEDULED:
                yield key, f"{key[0]}/{key[1]} is frozen by now"
            elif changed and any(a.contact.start < bound for a in both):
                yield key, f"{key[0]}/{key[1]} would change less than {self.store.settings.lead_min:g} min before"

    def carry_out(self, plan_text: str, *, one_by_one: bool) -> Published:
        """Write the revision and all that it changes."""
        schedule = self.found.plan.schedule
        revision = Revision(
            number=self.last.number + 1 if self.last else 1,
            at=self.now,
            span=schedule.span,
            lane=self.found.lane,
            network_revision=self.basis.network,
            sentence="",
            causes=tuple(self._causes()),
            made_on=self.found.basis.document,
            contacts=0,
            refusals=len(schedule.refusals),
            value=schedule.value,
            bound=schedule.bound,
            inputs_sha256=schedule.inputs_sha256,
        )
        revisions.add(self.transaction, revision, plan_text)
        dropped = [
            c for key, c in sorted(self.found.movable.items()) if key not in self.wanted and key not in self.overtaken
        ]
        placed = [(key, a) for key, a in sorted(self.wanted.items(), key=lambda w: w[1]) if key not in self.overtaken]
        for c in dropped:
            self._drop(c, revision.number)
        left_out = [f"{key[0]}/{key[1]}: {why}" for key, why in sorted(self.overtaken.items())]
        changed = [(key, a) for key, a in placed if key not in self.live or self.live[key].assignment != a]
        if one_by_one:
            changed, refused = self._place_one_by_one(changed, revision.number)
            left_out += refused
            self._check_rest({a for _, a in changed})
        else:
            self._place(changed, revision.number)
        before = [self.live[key].assignment for key, _ in changed if key in self.live]
        before += [c.assignment for c in (*dropped, *self._lost())]
        diff = planning.diff_assignments(before, [a for _, a in changed])
        self._settle_requests()
        now_live = contacts.select(self.transaction.connection, states=HOLDING, ends_after=self.now)
        revision = replace(revision, sentence=diff.sentence, contacts=len(now_live))
        revisions.describe(self.transaction, revision.number, revision.sentence, revision.contacts)
        self.transaction.record(
            self.actor,
            self.now,
            "schedule.published",
            f"schedule/{revision.number}",
            before={"revision": self.last.number if self.last else 0},
            after={
                "lane": revision.lane,
                "sentence": revision.sentence,
                "causes": revision.causes,
                "inputs_sha256": revision.inputs_sha256,
                "left_out": left_out,
            },
        )
        return Published(revision=revision, diff=diff, left_out=tuple(left_out))

    def _place(self, changed: Iterable[tuple[Key, Assignment]], revision: int) -> None:
        """Put contacts where the draft has them, all at once: some need what others give up."""
        ids = []
        for key, a in changed:
            live = self.live.get(key)
            if live is None:
                number = contacts.add(self.transaction, a, revision, self.now)
            else:
                number = live.id
                contacts.move(self.transaction, number, a, revision)
            ids.append(number)
            self.transaction.record(
                self.actor,
                self.now,
                "contact.moved" if live else "contact.scheduled",
                f"contact/{number}",
                before=_told(live.assignment) if live else {},
                after=_told(a) | {"revision": revision},
            )
        contacts.renew_holds(self.transaction, ids, channels_of(self.network))

    def _place_one_by_one(
        self, changed: Iterable[tuple[Key, Assignment]], revision: int
    ) -> tuple[list[tuple[Key, Assignment]], list[str]]:
        """Likewise, but one that has no place any more is left where it is."""
        placed, refused = [], []
        for key, a in changed:
            try:
                with self.transaction.savepoint():
                    self._place([(key, a)], revision)
                placed.append((key, a))
            except ConflictError:
                refused.append(f"{key[0]}/{key[1]}: its place is taken by now")
        return placed, refused

    def _check_rest(self, placed: set[Assignment]) -> None:
        """Refuse a rest that breaks a rule beside what was left where it is: an agreement's minutes, a group.

        Raises:
            OvertakenError: with the rules.
        """
        from passplan.scheduling.check import check

        inputs = self.found.plan.inputs
        known = {r.id for r in inputs.book.requests}
        live = contacts.select(self.transaction.connection, states=HOLDING)
        there = {*inputs.held, *(c.assignment for c in live if c.assignment.request in known)}
        whole = replace(self.found.plan.schedule, assignments=tuple(sorted(there)))
        found = check(whole, inputs.book, inputs.network, inputs.search.windows, held=tuple(there - placed))
        if broken := [v.sentence for v in found if v.rule not in _OF_THE_WHOLE]:
            raise OvertakenError(f"the rest of the plan alone would break rules: {'; '.join(broken[:3])}")

    def _lost(self) -> list[Contact]:
        """Contacts that were cancelled since the last revision, and are not back already."""
        if self.last is None:
            return []
        lost = contacts.select(self.transaction.connection, states=LOST_STATES, changed_after=self.last.at)
        return [c for c in lost if _key(c.assignment) not in self.live]

    def _drop(self, c: Contact, revision: int) -> None:
        why = {(r.request, r.part): r.particulars for r in self.found.plan.schedule.refusals}
        reason = next(iter(why.get(_key(c.assignment), ())), f"revision {revision} has no place for it")
        contacts.set_state(self.transaction, c.id, ContactState.DROPPED, self.now, reason)
        self.transaction.record(
            self.actor,
            self.now,
            "contact.dropped",
            f"contact/{c.id}",
            before=_told(c.assignment) | {"state": c.state.value},
            after={"state": ContactState.DROPPED.value, "reason": reason, "revision": revision},
        )

    def _settle_requests(self) -> None:
        """A request that has all that it asks for is satisfied; one that has not, asks."""
        schedule = self.found.plan.schedule
        lacking = {r.request for r in schedule.refusals}
        given = {a.request for a in schedule.assignments}
        for request in self.found.plan.inputs.book.requests:
            state = self.states.get(request.id)
            whole = request.id in given and request.id not in lacking and request.span.end <= schedule.span.end
            if any(key[0] == request.id for key in self.overtaken):
                whole = False
            wanted = RequestState.SATISFIED if whole else RequestState.ACCEPTED
            if state is not None and state is not wanted and not (self.found.lane == LATE and not whole):
                move_request(self.transaction, request.id, state, wanted, "", actor=self.actor, now=self.now)

    def _causes(self) -> Iterable[str]:
        """What came since the last revision: elements, outages, another network."""
        if self.last is None:
            return
        before = json.loads(self.last.made_on)
        if before["network"] != self.basis.network:
            yield f"network revision {self.basis.network} replaced {before['network']}"
        for satellite in self.network.satellites:
            old, choice = before["elements"].get(satellite.id), self.choices.get(satellite.catalog_number)
            if choice is not None and old != choice.set.id:
                known = elements.sets_of(self.transaction.connection, satellite.catalog_number)
                earlier = next((value_of(ElementSet, s.document) for s in known if s.id == old), None)
                yield str(
                    Chosen(satellite=satellite.id, before=earlier, after=value_of(ElementSet, choice.set.document))
                )
        for o in self.outages:
            if o.id not in before["outages"]:
                yield f"{o.kind} of {o.station}{'/' + o.antenna if o.antenna else ''}"


def _asked_and_given(connection: Connection, span: Span) -> tuple[RequestBook, list[Contact]]:
    """What is asked for in a span, and all contacts that count beside it.

    They are those of the requests that ask, and those of the week, for which agreements are charged. Requests that ask
    for nothing any more are in the book for the sake of their contacts: with a span that is over.
    """
    monday = (span.start - timedelta(days=span.start.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    asking = {r.id for r in requests.select(connection, states=_PLANNED) if r.start < span.end and r.end > span.start}
    given = {c.id: c for c in contacts.select(connection, states=GIVEN, ends_after=monday)}
    given |= {c.id: c for c in contacts.select(connection, states=GIVEN, requests=asking)}
    named = {c.assignment.request for c in given.values()}
    book = []
    for stored in requests.select(connection, ids=asking | named):
        request = value_of(ContactRequest, stored.document)
        if stored.id not in asking and request.span.start < span.start < request.span.end:
            request = replace(request, span=Span(request.span.start, span.start))
        book.append(request)
    return with_names(connection, book), [given[number] for number in sorted(given)]


def _held(
    given: Iterable[Contact], book: RequestBook, frozen_until: datetime, *, everything: bool
) -> tuple[list[Contact], list[Contact]]:
    """Contacts that stay, and those that may move. Of a request that is split, one part holds the others."""
    split = {r.id for r in book.requests if r.split is not None}
    given = list(given)
    stays = {
        c.id
        for c in given
        if everything or c.state is not ContactState.SCHEDULED or c.assignment.occupies.start < frozen_until
    }
    begun = {c.assignment.request for c in given if c.id in stays} & split
    held = [c for c in given if c.id in stays or c.assignment.request in begun]
    return held, [c for c in given if c not in held]


def _basis(
    connection: Connection, number: int, network: Network, choices: Mapping[int, Choice], now: datetime
) -> Basis:
    last = revisions.get(connection)
    return Basis(
        network=number,
        elements={s.id: choices[s.catalog_number].set.id for s in network.satellites if s.catalog_number in choices},
        outages=tuple(o.id for o in networks.outages(connection, after=now)),
        revision=last.number if last else 0,
    )


def _told(a: Assignment) -> dict[str, object]:
    """Where a contact is, for its events."""
    return {
        "antennas": list(a.antennas),
        "start": a.contact.start.isoformat(),
        "end": a.contact.end.isoformat(),
        "occupied_from": a.occupies.start.isoformat(),
        "occupied_to": a.occupies.end.isoformat(),
    }


def _key(a: Assignment) -> Key:
    return a.request, a.part


def _meet(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end


def _whole_second(moment: datetime) -> datetime:
    """The next whole second."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + timedelta(seconds=1)
