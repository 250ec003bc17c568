"""The schedule of a store: published in a short transaction, numbered, and never edited."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from passplan.domain.contacts import HOLDING, LOST_STATES, Contact, ContactState, RequestState
from passplan.domain.errors import ConflictError, InputError
from passplan.domain.facts import (
    CancelledBy,
    CancelledContact,
    Closed,
    ContactRef,
    ElementsReplaced,
    Fact,
    MoreCancelled,
    NetworkReplaced,
    NoContact,
    NotInRevision,
    Outage,
    plain_of,
)
from passplan.domain.hints import Hint
from passplan.domain.messages import Message, together
from passplan.domain.roles import Capability
from passplan.domain.schedule import Assignment, Plan, PlanDiff
from passplan.formats.plans import dump_plan, parse_plan
from passplan.service.access.actors import Actor, require
from passplan.service.contacts.lifecycle import move_request
from passplan.service.documents import element_ids, serve_as_before
from passplan.service.network.revisions import channels_of, current_network
from passplan.service.operations.job_failures import drop_job_failures
from passplan.service.schedule import planning
from passplan.service.schedule.drafting import LATE, PLANNED, Draft, Key, basis_of, draft, key_of
from passplan.service.schedule.planning import Report
from passplan.service.store import Closing, Store
from passplan.service.use_case import Change, use_case
from passplan.store import contacts, elements, networks, requests, revisions
from passplan.store.revisions import Revision

PLANNING_JOBS = ("daily", "replan")

_RE_RUNS = 2
_MOST_TRIES = 6
_MOST_CAUSES = 5  # contacts that are named
_CANCELLED_BY = {
    ContactState.CANCELLED_BY_AGENCY: CancelledBy.AGENCY,
    ContactState.CANCELLED_BY_NETWORK: CancelledBy.NETWORK,
    ContactState.PREEMPTED: CancelledBy.EMERGENCY,
}
_RULES_OF_A_PLAN = ("refusal", "value", "moves", "order", "held")  # they apply to a complete plan only

_PLACE_TAKEN = Message("place_taken_by_now", "its place is taken by now")


class OvertakenError(ConflictError):
    """Inputs of a draft changed after it was planned, and some of its contacts are affected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published revision and its changes."""

    revision: Revision
    diff: PlanDiff
    without: tuple[Message, ...] = ()  # what was not planned, and why
    left_out: tuple[Message, ...] = ()  # contacts that could no longer be placed, and why


def publish(
    store: Store, draft: Draft, *, actor: Actor, now: datetime, closing: Closing | None = None, rest: bool = False
) -> Published:
    """Publish a draft as the schedule, in one transaction that every guard of the store checks.

    Args:
        store: the store.
        draft: the draft.
        actor: the account that publishes.
        now: mission time.
        closing: is called first in the transaction.
        rest: whether to publish the other contacts where changes affect some of them.

    Raises:
        OvertakenError: when some contacts are affected by changes and `rest` is not set; when another revision was
            published since the draft was made, or the rest alone would break a rule. Nothing is written then.
    """
    return _publish(
        store, draft, revisions.packed(dump_plan(draft.plan)), rest=rest, actor=actor, now=now, closing=closing
    )


@use_case(Capability.PUBLISH)
def _publish(
    change: Change, draft: Draft, plan: bytes, /, *, rest: bool, actor: Actor, now: datetime, closing: Closing | None
) -> Published:
    publication = _Publication(change, draft)
    if publication.basis.revision != draft.basis.revision:
        # Both revisions might use the last minutes of an agreement, or serve a group that is served only once.
        raise OvertakenError(
            Message(
                "revision_overtaken",
                "revision %(revision)s was published meanwhile",
                revision=publication.basis.revision,
            )
        )
    if publication.overtaken and not rest:
        causes = list(dict.fromkeys(publication.overtaken.values()))[:3]
        raise OvertakenError(
            Message(
                "plan_overtaken",
                "the plan is overtaken for %(contacts)s contacts: %(causes)s",
                contacts=len(publication.overtaken),
                causes=together(*causes),
            )
        )
    published = publication.carry_out(plan, is_partial=bool(publication.overtaken))
    drop_job_failures(change.transaction, PLANNING_JOBS)
    return published


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
    """Draft and publish. An overtaken draft is planned again; from the third time on the unaffected part is published.

    Raises:
        NoPlanError, StaleElementsError: as `draft`.
        OvertakenError: when every draft is overtaken.
        ConflictError: when the store refuses it.
    """
    require(actor, Capability.PUBLISH)
    for attempt in range(_MOST_TRIES):
        current = draft(store, now=clock(), lane=lane, effort=effort, report=report)
        try:
            return publish(store, current, actor=actor, now=clock(), closing=closing, rest=attempt >= _RE_RUNS)
        except OvertakenError as error:
            overtaken = error
    raise overtaken


def load_revision(store: Store, number: int | None = None) -> tuple[Revision, Plan]:
    """A revision of the schedule, or the newest, with its plan.

    Raises:
        InputError: when there is none, or its plan was deleted.
    """
    with store.database.read() as connection:
        revision = revisions.get(connection, number)
        if revision is None:
            newest = revisions.get(connection)
            if newest and number:
                raise InputError(
                    Message(
                        "no_revision_newest",
                        "there is no revision %(revision)s; the newest is %(newest)s",
                        revision=number,
                        newest=newest.number,
                    )
                )
            raise InputError(Message("no_schedule", "there is no schedule yet"), hint=Hint.PUBLISH_SCHEDULE)
        text = revisions.plan_text(connection, revision.number)
    if text is None:
        raise InputError(
            Message(
                "plan_forgotten",
                "the plan of revision %(revision)s was forgotten, for it is old (keep_d)",
                revision=revision.number,
            )
        )
    return revision, parse_plan(text, f"revision {revision.number}")


class _Publication:
    """The changes that a draft makes to the present contacts."""

    def __init__(self, change: Change, draft: Draft) -> None:
        self.change, self.transaction, self.store, self.now = change, change.transaction, change.store, change.now
        self.draft = draft
        connection, now = change.connection, change.now
        number, self.network = current_network(change.store.caches, connection)
        self.last = revisions.get(connection)
        self.choices = elements.choices(connection)
        self.basis = basis_of(connection, number, self.network, self.choices, now)
        self.outages = networks.outages(connection, after=now)
        self.states = {r.id: r.state for r in requests.select(connection, states=PLANNED)}
        self.live = {key_of(c.assignment): c for c in contacts.select(connection, states=HOLDING)}
        held = set(draft.plan.inputs.held)
        self.drafted = {key_of(a): a for a in draft.plan.schedule.assignments if a not in held}
        self.overtaken = dict(self._overtaken())

    def _overtaken(self) -> Iterable[tuple[Key, Message]]:
        """Contacts of the draft that are affected by later changes, each with the change."""
        was, is_ = self.draft.basis, self.basis
        new_outages = [o for o in self.outages if o.id not in was.outages]
        bound = self.now + timedelta(seconds=self.store.settings.lead_s)
        movable = {key: c.assignment for key, c in self.draft.movable.items()}
        for key in sorted({*self.drafted, *movable}):
            after, before, live = self.drafted.get(key), movable.get(key), self.live.get(key)
            both = [a for a in (after, before) if a is not None]
            where, changed, contact = both[0], after != before, _name(key)
            if key[0] not in self.states:
                yield (
                    key,
                    Message("request_not_open_now", 'request "%(request)s" is not asked any more', request=key[0]),
                )
            elif was.network != is_.network:
                yield key, Message("network_changed", "the network is revision %(revision)s now", revision=is_.network)
            elif not serve_as_before(is_.elements.get(where.satellite, ()), was.elements.get(where.satellite, ())):
                yield (
                    key,
                    Message("elements_changed", "%(satellite)s has other elements now", satellite=where.satellite),
                )
            elif any(o.touches(where) for o in new_outages):
                antennas = "+".join(map(str, where.antennas))
                yield key, Message("outage_since", "%(antennas)s has an outage now", antennas=antennas)
            elif (live.assignment if live else None) != before:
                yield key, Message("contact_changed", "%(contact)s was changed meanwhile", contact=contact)
            elif changed and live is not None and live.state is not ContactState.SCHEDULED:
                yield key, Message("contact_frozen", "%(contact)s is frozen by now", contact=contact)
            elif changed and any(a.contact.start < bound for a in both):
                yield (
                    key,
                    Message(
                        "contact_soon",
                        "%(contact)s would change less than %(minutes)g min before",
                        contact=contact,
                        minutes=self.store.settings.lead_min,
                    ),
                )

    def carry_out(self, plan: bytes, *, is_partial: bool) -> Published:
        """Write the revision and its changes."""
        schedule = self.draft.plan.schedule
        revision = Revision(
            number=self.last.number + 1 if self.last else 1,
            at=self.now,
            span=schedule.span,
            lane=self.draft.lane,
            network_revision=self.basis.network,
            change=NoContact(),
            causes=tuple(self._causes()),
            made_on=self.draft.basis.document,
            contacts=0,
            refusals=len(schedule.refusals),
            value=schedule.value,
            bound=schedule.bound,
            inputs_sha256=schedule.inputs_sha256,
        )
        revisions.add(self.transaction, revision, plan)
        dropped = [
            c for key, c in sorted(self.draft.movable.items()) if key not in self.drafted and key not in self.overtaken
        ]
        placed = [(key, a) for key, a in sorted(self.drafted.items(), key=lambda w: w[1]) if key not in self.overtaken]
        for c in dropped:
            self._drop(c, revision.number)
        left_out = [_left_out(key, why) for key, why in sorted(self.overtaken.items())]
        changed = [(key, a) for key, a in placed if key not in self.live or self.live[key].assignment != a]
        if is_partial:
            changed, refused = self._place_those_that_fit(changed, revision.number)
            left_out += refused
            self._check_rest({a for _, a in changed})
        else:
            self._place(changed, revision.number)
        before = [self.live[key].assignment for key, _ in changed if key in self.live]
        before += [c.assignment for c in (*dropped, *self._lost())]
        shifts = planning.shifts_of(self.draft.plan.schedule)
        diff = planning.diff_assignments(before, [a for _, a in changed], shifts)
        self._settle_requests()
        now_live = contacts.select(self.transaction.connection, states=HOLDING, ends_after=self.now)
        change = diff.change if self.last or changed else NoContact()
        revision = replace(revision, change=change, contacts=len(now_live))
        revisions.describe(self.transaction, revision.number, revision.change, revision.contacts)
        self.change.record(
            "schedule.published",
            f"schedule/{revision.number}",
            before={"revision": self.last.number if self.last else 0},
            after={
                "lane": revision.lane,
                "change": plain_of(revision.change),
                "causes": [plain_of(cause) for cause in revision.causes],
                "inputs_sha256": revision.inputs_sha256,
                "left_out": [plain_of(line) for line in left_out],
            },
        )
        return Published(revision=revision, diff=diff, without=self.draft.without, left_out=tuple(left_out))

    def _place(self, changed: Sequence[tuple[Key, Assignment]], revision: int) -> None:
        """Move contacts to their places in the draft, all together: some take the earlier places of others."""
        new = [(key, a) for key, a in changed if key not in self.live]
        moved = {self.live[key].id: a for key, a in changed if key in self.live}
        numbers = contacts.add(self.transaction, [a for _, a in new], revision, self.now)
        contacts.move(self.transaction, moved, revision)
        ids = {key: self.live[key].id for key, _ in changed if key in self.live}
        ids |= {key: number for (key, _), number in zip(new, numbers, strict=True)}
        for key, a in changed:
            live = self.live.get(key)
            self.change.record(
                "contact.moved" if live else "contact.scheduled",
                f"contact/{ids[key]}",
                before=_event_values(live.assignment) if live else {},
                after=_event_values(a) | {"revision": revision},
            )
        contacts.replace_holds(self.transaction, ids.values(), channels_of(self.network))

    def _place_those_that_fit(
        self, changed: Sequence[tuple[Key, Assignment]], revision: int
    ) -> tuple[list[tuple[Key, Assignment]], list[Message]]:
        """Move contacts to their places in the draft; a contact whose place is taken stays where it is.

        Together where they fit; otherwise each half in turn, down to single contacts.
        """
        if not changed:
            return [], []
        try:
            with self.transaction.savepoint():
                self._place(changed, revision)
        except ConflictError:
            if len(changed) == 1:
                return [], [_left_out(changed[0][0], _PLACE_TAKEN)]
            middle = len(changed) // 2
            halves = [self._place_those_that_fit(half, revision) for half in (changed[:middle], changed[middle:])]
            return halves[0][0] + halves[1][0], halves[0][1] + halves[1][1]
        return list(changed), []

    def _check_rest(self, placed: set[Assignment]) -> None:
        """Refuse a partial plan that breaks a rule together with the unmoved contacts: an agreement's minutes, a group.

        Raises:
            OvertakenError: with the rules.
        """
        from passplan.scheduling.check import check

        inputs = self.draft.plan.inputs
        known = {r.id for r in inputs.book.requests}
        live = contacts.select(self.transaction.connection, states=HOLDING)
        present = {*inputs.held, *(c.assignment for c in live if c.assignment.request in known)}
        rest = replace(self.draft.plan.schedule, assignments=tuple(sorted(present)))
        violations = check(rest, inputs.book, inputs.network, inputs.search.windows, held=tuple(present - placed))
        if broken := [v.message for v in violations if v.rule not in _RULES_OF_A_PLAN]:
            raise OvertakenError(
                Message(
                    "rest_breaks_rules",
                    "the rest of the plan alone would break rules: %(rules)s",
                    rules=together(*broken[:3]),
                )
            )

    def _lost(self) -> list[Contact]:
        """Contacts that were cancelled since the last revision, and are not scheduled again."""
        if self.last is None:
            return []
        lost = contacts.select(self.transaction.connection, states=LOST_STATES, changed_after=self.last.at)
        return [c for c in lost if key_of(c.assignment) not in self.live]

    def _drop(self, c: Contact, revision: int) -> None:
        why = {(r.request, r.part): r.particulars for r in self.draft.plan.schedule.refusals}
        particulars = why.get(key_of(c.assignment), ())
        reason = particulars[0] if particulars else NotInRevision(revision=revision)
        contacts.set_state(self.transaction, c.id, ContactState.DROPPED, self.now, reason)
        self.change.record(
            "contact.dropped",
            f"contact/{c.id}",
            before=_event_values(c.assignment) | {"state": c.state.value},
            after={"state": ContactState.DROPPED.value, "reason": plain_of(reason), "revision": revision},
        )

    def _settle_requests(self) -> None:
        """Set requests with all their contacts to satisfied, and the others to accepted."""
        schedule = self.draft.plan.schedule
        lacking = {r.request for r in schedule.refusals}
        placed = {a.request for a in schedule.assignments}
        for request in self.draft.plan.inputs.book.requests:
            state = self.states.get(request.id)
            daily = request.repetition is not None and request.repetition.period == "day"
            is_satisfied = request.id in placed and request.id not in lacking
            is_satisfied &= not daily or request.span.end <= schedule.span.end
            if any(key[0] == request.id for key in self.overtaken):
                is_satisfied = False
            settled = RequestState.SATISFIED if is_satisfied else RequestState.ACCEPTED
            if state is not None and state is not settled and not (self.draft.lane == LATE and not is_satisfied):
                move_request(self.change, request.id, state, settled, None)

    def _causes(self) -> Iterable[Fact]:
        """The changes since the last revision: elements, outages, the network, cancelled contacts."""
        if self.last is None:
            return
        before = json.loads(self.last.made_on)
        if before["network"] != self.basis.network:
            yield NetworkReplaced(revision=self.basis.network, before=before["network"])
        replaced = element_ids(before)
        for satellite in self.network.satellites:
            old, choice = replaced.get(satellite.id, ()), self.choices.get(satellite.catalog_number)
            if choice is not None and not serve_as_before(choice.ids, old):
                known = elements.get(self.transaction.connection, old[0]) if old else None
                earlier = known.epoch if known else None
                new = next((s for s in (choice.set, *choice.ahead) if s.id not in old), choice.set)
                yield ElementsReplaced(satellite=satellite.id, before=earlier, after=new.epoch)
        now_out = {o.id for o in self.outages}
        for o in networks.outages(self.transaction.connection):
            if o.id in now_out and o.id not in before["outages"]:
                yield replace(o, note="").fact  # the note is shown at the station only
            elif o.id in before["outages"] and o.id not in now_out:
                yield o.ended
        # The cause of the outage covers the contacts that it cancelled.
        lost = [c for c in self._lost() if not isinstance(c.reason, (Outage, Closed))]
        named = lost[:_MOST_CAUSES]
        stored = requests.select(self.transaction.connection, ids={c.assignment.request for c in named})
        agency = {r.id: r.agency for r in stored}
        for c in named:
            a = c.assignment
            yield CancelledContact(
                contact=ContactRef(request=a.request, part=a.part, agency=agency[a.request]),
                by=_CANCELLED_BY[c.state],
                reason=c.reason,
            )
        if len(lost) > _MOST_CAUSES:
            yield MoreCancelled(count=len(lost) - _MOST_CAUSES)


def _event_values(a: Assignment) -> dict[str, object]:
    """The place of a contact as values of an event."""
    return {
        "antennas": list(map(str, a.antennas)),
        "start": a.contact.start.isoformat(),
        "end": a.contact.end.isoformat(),
        "occupied_from": a.occupies.start.isoformat(),
        "occupied_to": a.occupies.end.isoformat(),
    }


def _name(key: Key) -> str:
    return f"{key[0]}/{key[1]}"


def _left_out(key: Key, cause: Message) -> Message:
    return Message("left_out", "%(contact)s: %(cause)s", contact=_name(key), cause=cause)
