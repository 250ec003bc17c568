"""Rules: no agency uses more minutes of a week than an agreement gives it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from passplan.domain.messages import Message
from passplan.domain.network import AgencyId, AntennaRef
from passplan.domain.schedule import Assignment
from passplan.scheduling.check.case import Case, is_foreign
from passplan.scheduling.check.eligibility import agreement
from passplan.scheduling.check.phrases import listed, part_of, seconds
from passplan.scheduling.check.shapes import together


def overdrawn_agreements(case: Case) -> Iterator[Message]:
    """An agency uses another's stations for no more minutes a week than agreed."""
    charges: defaultdict[tuple[int, date], list[Assignment]] = defaultdict(list)
    for name, contacts in case.contacts.items():
        for a in contacts:
            day = a.contact.start.date()
            monday = day - timedelta(days=day.weekday())
            for index in _charged(case, case.requests[name].agency, a.antennas):
                charges[index, monday].append(a)
    for index, monday in sorted(charges):
        charged = charges[index, monday]
        agreement = case.network.agreements[index]
        excess = together(charged) - timedelta(minutes=agreement.minutes_per_week)
        if excess > timedelta(0) and not case.is_held(*charged):
            yield (
                Message(
                    "agreement_overdrawn",
                    "agreement %(number)s, of %(owner)s with %(user)s for %(stations)s, week from %(monday)s: "
                    "%(excess)s more than its %(minutes)g minutes are used, by %(contacts)s",
                    number=index + 1,
                    owner=agreement.owner,
                    user=agreement.user,
                    stations=listed(agreement.stations),
                    monday=str(monday),
                    excess=seconds(excess),
                    minutes=agreement.minutes_per_week,
                    contacts=tuple(part_of(a) for a in sorted(charged)),
                )
            )


def _charged(case: Case, agency: AgencyId, antennas: tuple[AntennaRef, ...]) -> set[int]:
    """The agreements that a contact uses, each once even with several antennas under it."""
    stations = [case.antennas[antenna][0] for antenna in antennas if antenna in case.antennas]
    foreign = [agreement(case.network, agency, s) for s in stations if is_foreign(s, agency)]
    return {index for index in foreign if index is not None}
