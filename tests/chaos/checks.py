"""What must hold of a store when everybody has stopped, whatever was done to them; all of it in sentences."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from passplan.domain.contacts import ContactState, RequestState
from passplan.domain.facts import Note, RevisionPublished, fact_of, load_fact
from passplan.service.operations.upkeep import BACKUPS, newest_backup, write_backup
from passplan.service.store import Store
from passplan.store import backup
from passplan.store.database import Connection
from passplan.store.schema import contact, event, job_run, moment, outage, report, request, schedule_revision
from tests.chaos.clock import FastClock
from tests.chaos.journal import DONE, REFUSED, Deed
from tests.chaos.world import Fall
from tests.chaos.writing import ACKNOWLEDGE, CANCEL, OUTAGE, REPORT, SUBMIT, WITHDRAW, request_ids

_DAY_US = timedelta(days=1) // timedelta(microseconds=1)
_SLOT_DONE = re.compile(r"INFO (\w+) of (\d{4}-\d\d-\d\d \d\d:\d\dZ): ")
_DEPOSED = "another daemon leads by now"
_NEVER_LOGGED = ("Traceback", "CRITICAL", "FAILED")
_CONTACT_STATES = frozenset(state.value for state in ContactState)
_REQUEST_STATES = frozenset(state.value for state in RequestState)


def problems(store: Store, deeds: Sequence[Deed], logs: Mapping[str, str]) -> list[str]:
    """All that is wrong with a store, by what its writers know and what its daemons have logged."""
    with store.database.read() as connection:
        return [
            *_soundness(store, connection),
            *_lost_writes(connection, deeds),
            *_ledger(connection),
            *_revisions(connection),
            *_states(connection),
            *_leaders(connection),
            *_logged(logs),
        ]


def deposed_writes(
    store: Store, falls: Iterable[Fall], epochs: Mapping[int, tuple[float, int]], clock: FastClock
) -> list[str]:
    """What leaders did after they were stopped, and another had taken over; and those that did not notice."""
    wrong = []
    for fall in falls:
        later_s = [seen_s for epoch, (seen_s, _) in epochs.items() if epoch > fall.epoch]
        if not fall.was_stopped or not later_s or min(later_s) > fall.went_on_s:
            continue
        taken = store.mission_time(clock.at(min(later_s)))
        with store.database.read() as connection:
            query = sa.select(job_run).where(job_run.c.epoch == fall.epoch)
            rows = [r for r in connection.execute(query) if moment(r.ended_us) > taken]
        wrong += [
            f"{r.job} of {moment(r.slot_us)} was written with epoch {fall.epoch} at {moment(r.ended_us)}, "
            f"and another led since {taken}"
            for r in rows
        ]
        with fall.child.log.open("rb") as file:
            file.seek(fall.log_from)
            if _DEPOSED not in file.read().decode(errors="replace"):
                wrong.append(f"{fall.role} was stopped in epoch {fall.epoch} and deposed, and has not noticed")
    return wrong


def figures(store: Store, deeds: Sequence[Deed]) -> dict[str, Any]:
    """How much there was."""
    with store.database.read() as connection:
        slots = connection.execute(sa.select(job_run.c.job, sa.func.count()).group_by(job_run.c.job)).all()
        lanes = connection.execute(
            sa.select(schedule_revision.c.lane, sa.func.count()).group_by(schedule_revision.c.lane)
        ).all()
        count = connection.execute(sa.select(sa.func.count()).select_from(event)).scalar_one()
        states = connection.execute(sa.select(contact.c.state, sa.func.count()).group_by(contact.c.state)).all()
        untold = connection.execute(sa.select(sa.func.count()).where(job_run.c.outcome == "")).scalar_one()
        effects = _Effects(connection)
        interrupted = [d for d in deeds if d.attempts > 1 or d.outcome not in (DONE, REFUSED)]
        done = sum(effects.of(d)["it"] for d in interrupted)
    outcomes = Counter(d.outcome or "not told" for d in deeds)
    return {
        "writes": {"acknowledged": outcomes[DONE], **{k: n for k, n in sorted(outcomes.items()) if k != DONE}},
        "acknowledged by kind": dict(sorted(Counter(d.kind for d in deeds if d.outcome == DONE).items())),
        "interrupted": {"calls": len(interrupted), "asked again": sum(d.attempts > 1 for d in deeds), "done": done},
        "slots without outcome": untold,
        "slots": {row[0]: row[1] for row in sorted(slots)},
        "revisions": {row[0]: row[1] for row in sorted(lanes)},
        "contacts": {row[0]: row[1] for row in sorted(states)},
        "events": count,
    }


# --- writes ---


def _lost_writes(connection: Connection, deeds: Sequence[Deed]) -> Iterator[str]:
    """Acknowledged is there once, with its event; refused is not; and what was not told is there once or not at all."""
    effects = _Effects(connection)
    for deed in deeds:
        found = effects.of(deed)
        if len(set(found.values())) > 1:
            yield f"{deed.token} ({deed.kind}) is half done: {found}"
        elif found["it"] not in deed.effects:
            expected = " or ".join(map(str, deed.effects))
            yield (
                f"{deed.token} ({deed.kind} {json.dumps(deed.asked)}) was tried {deed.attempts} times and is "
                f"{deed.outcome or 'not told'}: it is done {found['it']} times, and not {expected}"
            )


def _typed(value: object) -> str:
    """What a person typed, of a reason or an event's value."""
    fact = fact_of(value) if isinstance(value, dict) else value
    return fact.text if isinstance(fact, Note) else str(fact or "")


class _Effects:
    """How often each part of what a deed does is in the store: the rows, and the events."""

    def __init__(self, connection: Connection) -> None:
        self._rows = Counter(("request", name) for name in connection.execute(sa.select(request.c.id)).scalars())
        withdrawn = sa.select(request.c.reason).where(request.c.state == RequestState.WITHDRAWN.value)
        self._rows.update((WITHDRAW, _typed(load_fact(reason))) for reason in connection.execute(withdrawn).scalars())
        for row in connection.execute(sa.select(contact.c.id, contact.c.reason, contact.c.acknowledged_by)):
            self._rows.update(
                [
                    (CANCEL, f"{row.id} {_typed(load_fact(row.reason))}"),
                    (ACKNOWLEDGE, f"{row.id} {row.acknowledged_by}"),
                ]
            )
        self._rows.update((REPORT, note) for note in connection.execute(sa.select(report.c.note)).scalars())
        self._rows.update((OUTAGE, note) for note in connection.execute(sa.select(outage.c.note)).scalars())
        self._events = Counter(
            (row.action, row.object, _typed(told.get("reason") or told.get("by") or told.get("note")))
            for row in connection.execute(sa.select(event))
            if isinstance(told := json.loads(row.after), dict)
        )

    def of(self, deed: Deed) -> dict[str, int]:
        """The counts are all the same, and "it" is one of them, or the deed is half done."""
        asked, token = deed.asked, deed.token
        if deed.kind == SUBMIT:
            names = request_ids(deed)
            found = {f"request {name}": self._rows["request", name] for name in names}
            found |= {f"event of {name}": self._events["request.submitted", f"request/{name}", ""] for name in names}
            return {"it": self._rows["request", token], **found}
        if deed.kind == WITHDRAW:
            event_ = ("request.withdrawn", f"request/{asked['request']}", token)
            return {"it": self._rows[WITHDRAW, token], "its event": self._events[event_]}
        if deed.kind == OUTAGE:
            events_ = [
                n for (action, _, note), n in self._events.items() if (action, note) == ("outage.recorded", token)
            ]
            return {"it": self._rows[OUTAGE, token], "its event": sum(events_)}
        where = f"contact/{asked['contact']}"
        if deed.kind == CANCEL:
            row, event_ = f"{asked['contact']} {token}", ("contact.cancelled_by_agency", where, token)
        elif deed.kind == ACKNOWLEDGE:
            row, event_ = f"{asked['contact']} {asked['by']}", ("contact.acknowledged", where, asked["by"])
        else:
            row, event_ = token, ("contact.reported", where, token)
        return {"it": self._rows[deed.kind, row], "its event": self._events[event_]}


# --- slots and revisions ---


def _ledger(connection: Connection) -> Iterator[str]:
    """Every daily slot from first to last is there, and each is a revision in lane daily; nothing has failed."""
    rows = connection.execute(sa.select(job_run).order_by(job_run.c.job, job_run.c.slot_us)).all()
    for row in rows:
        if row.state != "done":
            yield f"{row.job} of {moment(row.slot_us)} is {row.state}: {row.outcome}"
    daily = [row for row in rows if row.job == "daily"]
    for before, after in pairwise(daily):
        if after.slot_us - before.slot_us != _DAY_US:
            yield f"daily: after {moment(before.slot_us)} comes {moment(after.slot_us)}"
    planned = [row for row in daily if row.state == "done"]
    lanes = {row.number: row.lane for row in connection.execute(sa.select(schedule_revision))}
    revisions = [number for number, lane in lanes.items() if lane == "daily"]
    if len(planned) != len(revisions):
        yield f"{len(planned)} daily slots are done, and {len(revisions)} revisions are in lane daily"
    told = [
        found.revision
        for row in planned
        if isinstance(found := load_fact(row.outcome), RevisionPublished) and found.lane == "daily"
    ]
    for number, times in Counter(told).items():
        if times > 1 or number not in revisions:
            yield f"revision {number} is said to be the outcome of {times} daily slots, and is {lanes.get(number)}"


def _revisions(connection: Connection) -> Iterator[str]:
    """Numbered without a gap, each published once."""
    numbers = sorted(connection.execute(sa.select(schedule_revision.c.number)).scalars())
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"the revisions are {numbers}"
    published = sa.select(event.c.object).where(event.c.action == "schedule.published")
    told = Counter(connection.execute(published).scalars())
    if told != Counter(f"schedule/{number}" for number in numbers):
        yield f"the revisions are {numbers}, and their events {dict(told)}"


def _leaders(connection: Connection) -> Iterator[str]:
    """Slots of an epoch were all done before those of a later one: `ended_us` is read behind the fence."""
    rows = connection.execute(sa.select(job_run).order_by(job_run.c.ended_us)).all()
    for before, after in pairwise(rows):
        if after.epoch < before.epoch:
            yield (
                f"{after.job} of {moment(after.slot_us)} was done in epoch {after.epoch}, "
                f"after {before.job} of {moment(before.slot_us)} in epoch {before.epoch}"
            )


# --- the whole ---


def _soundness(store: Store, connection: Connection) -> Iterator[str]:
    """The chain of events is whole, the guards are there, no contacts are in each other's way; the backup too."""
    yield from backup.integrity_problems(connection)
    newest = newest_backup(store.folder)
    if newest is not None:
        yield from (f"{newest.name}: {told}" for told in backup.problems(newest))
    write_backup(store.folder, store.settings, store.database, real_now=datetime.now(UTC))  # removes what kills left
    if left := [p.name for p in (store.folder / BACKUPS).glob(".*")]:
        yield f"{len(left)} unfinished backups are left behind, such as {left[0]}"


def _states(connection: Connection) -> Iterator[str]:
    """The state of every contact and every request is what its events say."""
    told: dict[str, str] = {}
    for row in connection.execute(sa.select(event).order_by(event.c.id)):
        kind, _, word = row.action.partition(".")
        if kind == "contact" and word == "reported":
            if json.loads(row.before)["state"] == ContactState.COMMITTED:
                told[row.object] = json.loads(row.after)["outcome"]
        elif (kind == "contact" and word in _CONTACT_STATES) or (kind == "request" and word in _REQUEST_STATES):
            told[row.object] = word
    for table in (contact, request):
        for row in connection.execute(sa.select(table.c.id, table.c.state)):
            name = f"{table.name}/{row.id}"
            if told.get(name) != row.state:
                yield f"{name} is {row.state}, and by its events {told.get(name)}"


def _logged(logs: Mapping[str, str]) -> Iterator[str]:
    """No slot was done by two, and nobody has logged what is a mistake of passplan."""
    done = Counter(found for text in logs.values() for found in _SLOT_DONE.findall(text))
    for (job, slot), times in done.items():
        if times > 1:
            yield f"{job} of {slot} was done {times} times, by the logs"
    for name, text in logs.items():
        for word in _NEVER_LOGGED:
            if (at := text.find(word)) >= 0:
                yield f"{name}.log has {text.count(word)} times {word!r}: {text[max(0, at - 100) : at + 1500]}"
