"""Rules: lengths, splits, repetitions and groups are as requested."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import combinations, pairwise

from passplan.domain.messages import Message
from passplan.domain.requests import ContactRequest, Repetition, Split
from passplan.domain.schedule import Assignment
from passplan.scheduling.check.case import Case
from passplan.scheduling.check.phrases import contact_of, listed, request_of, seconds, time_of, times_of


def wrong_lengths(case: Case) -> Iterator[Message]:
    """A contact has a requested length, and a request has no more parts than it allows."""
    for name, contacts in case.contacts.items():
        request = case.requests[name]
        if request.split is not None:
            yield from _wrong_split(case, request, request.split, contacts)
            continue
        for a in contacts:
            if not case.is_held(a):
                yield from _wrong_length(
                    Message("contact_has", "%(where)s: it has", where=contact_of(a)),
                    a.contact.end - a.contact.start,
                    request,
                )
        if request.repetition is None and not case.is_held(*contacts):
            if len(contacts) > 1:
                yield Message(
                    "too_many_contacts",
                    'request "%(request)s": it has %(count)s contacts, and asks for one: %(times)s',
                    request=name,
                    count=len(contacts),
                    times=times_of(contacts),
                )
            for a in contacts:
                if a.part != 1 and not case.is_held(a):
                    yield Message("no_parts", "%(where)s: the request has no parts beyond 1", where=contact_of(a))


def _wrong_split(case: Case, request: ContactRequest, split: Split, contacts: list[Assignment]) -> Iterator[Message]:
    if case.is_held(*contacts):
        return
    where = request_of(request.id)
    numbers = [a.part for a in contacts]
    if numbers != list(range(1, len(contacts) + 1)):
        yield Message(
            "parts_miscounted",
            "%(where)s: its parts are %(parts)s; they count from 1, each once: %(times)s",
            where=where,
            parts=listed(map(str, numbers)),
            times=times_of(contacts),
        )
    if len(contacts) > split.max_parts:
        yield Message(
            "too_many_parts",
            "%(where)s: it is split into %(count)s parts, %(most)s at most: %(times)s",
            where=where,
            count=len(contacts),
            most=split.max_parts,
            times=times_of(contacts),
        )
    for before, after in combinations(sorted(contacts, key=lambda a: a.contact), 2):
        overlap = before.contact.end - after.contact.start
        if overlap > timedelta(0) and not case.is_held(before, after):
            yield Message(
                "split_parts_overlap",
                "%(where)s: it starts %(overlap)s before its part %(part)s ends, %(time)s; parts follow each other",
                where=contact_of(after),
                overlap=seconds(overlap),
                part=before.part,
                time=time_of(before.contact),
            )
    for a in contacts:
        length = a.contact.end - a.contact.start
        if len(contacts) > 1 and not case.is_held(a) and length < timedelta(seconds=split.min_part_s):
            yield Message(
                "part_too_short",
                "%(where)s: it has %(length)s, and a part has %(least_s)g s at least",
                where=contact_of(a),
                length=seconds(length),
                least_s=split.min_part_s,
            )
    yield from _wrong_length(
        Message("parts_have", "%(where)s: its parts %(times)s have", where=where, times=times_of(contacts)),
        together(contacts),
        request,
    )


def _wrong_length(what: Message, length: timedelta, request: ContactRequest) -> Iterator[Message]:
    least, most = timedelta(seconds=request.min_s), timedelta(seconds=request.wanted_s)
    if length < least:
        yield Message(
            "too_short",
            "%(what)s %(length)s, %(lacking)s less than the least it asks for",
            what=what,
            length=seconds(length),
            lacking=seconds(least - length),
        )
    if length > most:
        yield Message(
            "too_long",
            "%(what)s %(length)s, %(excess)s more than it asks for",
            what=what,
            length=seconds(length),
            excess=seconds(length - most),
        )


def wrong_repetitions(case: Case) -> Iterator[Message]:
    """The parts of a repeated request occur once, in order, in their periods, with allowed gaps."""
    for name, contacts in case.contacts.items():
        repetition = case.requests[name].repetition
        if repetition is None:
            continue
        starts = case.parts[name]
        for a in contacts:
            if case.is_held(a):
                continue
            if a.part not in starts:
                yield Message(
                    "part_outside_schedule",
                    "%(where)s: the request has the parts %(first)s to %(last)s in this schedule",
                    where=contact_of(a),
                    first=min(starts),
                    last=max(starts),
                )
            elif repetition.period == "day" and not starts[a.part].start <= a.contact.start < starts[a.part].end:
                yield Message(
                    "part_on_other_day",
                    "%(where)s: this part belongs to %(day)s",
                    where=contact_of(a),
                    day=str(starts[a.part].start.date()),
                )
        for before, after in pairwise(contacts):
            if not case.is_held(before, after):
                yield from _wrong_gap(repetition, before, after)


def _wrong_gap(repetition: Repetition, before: Assignment, after: Assignment) -> Iterator[Message]:
    where = contact_of(after)
    gap = after.contact.start - before.contact.end
    if before.part == after.part:
        yield Message(
            "part_repeated",
            "%(where)s: this part is there already, %(time)s",
            where=where,
            time=time_of(before.contact),
        )
    elif gap < timedelta(0):
        yield Message(
            "parts_overlap",
            "%(where)s: it starts %(length)s before part %(part)s ends, %(time)s",
            where=where,
            length=seconds(-gap),
            part=before.part,
            time=time_of(before.contact),
        )
    elif gap < timedelta(seconds=repetition.min_spacing_s):
        yield Message(
            "parts_too_near",
            "%(where)s: it starts %(length)s after part %(part)s ends, %(time)s; the least is %(least_s)g s",
            where=where,
            length=seconds(gap),
            part=before.part,
            time=time_of(before.contact),
            least_s=repetition.min_spacing_s,
        )
    elif repetition.max_gap_s is not None and gap > timedelta(seconds=repetition.max_gap_s):
        yield Message(
            "parts_too_far",
            "%(where)s: it starts %(length)s after part %(part)s ends, %(time)s; the most is %(most_s)g s",
            where=where,
            length=seconds(gap),
            part=before.part,
            time=time_of(before.contact),
            most_s=repetition.max_gap_s,
        )


def broken_groups(case: Case) -> Iterator[Message]:
    """At most one request of a `one_of` group is served; all or none of an `all_of` group."""
    members = defaultdict(list)
    for request in case.book.requests:
        members[request.group].append(request.id)
    for group in case.book.groups:
        served = [name for name in members[group.id] if name in case.contacts]
        unserved = [name for name in members[group.id] if name not in case.contacts]
        if all(any(case.is_held(a) for a in case.contacts[name]) for name in served):
            continue  # all were decided before
        if group.kind == "one_of" and len(served) > 1:
            yield Message(
                "group_served_twice",
                'group "%(group)s": %(served)s are served, and only one of the group may be',
                group=group.id,
                served=listed(served),
            )
        if group.kind == "all_of" and unserved:
            yield Message(
                "group_served_in_part",
                'group "%(group)s": %(served)s served, %(unserved)s not; the group is served whole or not',
                group=group.id,
                served=listed(served),
                unserved=listed(unserved),
            )


def together(assignments: Sequence[Assignment]) -> timedelta:
    return sum((a.contact.end - a.contact.start for a in assignments), timedelta(0))
