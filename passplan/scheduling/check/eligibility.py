"""Rules: every contact is of a known request, at a place that its agency may use, and in a window."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from passplan.domain.messages import Message
from passplan.domain.network import AgencyId, Network, Station
from passplan.domain.schedule import Assignment
from passplan.domain.windows import ContactWindow
from passplan.scheduling.check.case import Case, is_foreign, reach_beyond
from passplan.scheduling.check.phrases import contact_of, listed, place_of, seconds, time_of

_ROUNDING = timedelta(microseconds=1)  # of a float's seconds, added to an instant


def unknown(case: Case) -> Iterator[Message]:
    """The objects of an assignment exist, and satellite and link are those of its request."""
    links = {(s.id, k.id) for s in case.network.satellites for k in s.links}
    for a in case.chosen:
        request = case.requests.get(a.request)
        if request is None:
            yield Message("unknown_request", "%(where)s: no such request is in the book", where=contact_of(a))
        elif (a.satellite, a.link) != (request.satellite, request.link):
            yield (
                Message(
                    "wrong_link",
                    "%(where)s: it is with %(satellite)s over %(link)s, and the request asks for "
                    "%(wanted_satellite)s over %(wanted_link)s",
                    where=contact_of(a),
                    satellite=a.satellite,
                    link=a.link,
                    wanted_satellite=request.satellite,
                    wanted_link=request.link,
                )
            )
        if (a.satellite, a.link) not in links:
            yield Message(
                "unknown_link",
                "%(where)s: the network has no link %(link)s of %(satellite)s",
                where=contact_of(a),
                link=a.link,
                satellite=a.satellite,
            )
        for antenna in a.antennas:
            if antenna not in case.antennas:
                yield Message(
                    "unknown_antenna",
                    "%(where)s: the network has no antenna %(antenna)s",
                    where=contact_of(a),
                    antenna=str(antenna),
                )


def inadmissible(case: Case) -> Iterator[Message]:
    """A contact is at a station that its request names and its agency may use."""
    for a in case.chosen:
        request = case.requests.get(a.request)
        if request is None:
            continue
        where = contact_of(a)
        arrays = {tuple(sorted(array)) for array in request.arrays}
        if arrays and tuple(sorted(a.antennas)) not in arrays:
            yield Message(
                "wrong_array",
                "%(where)s: %(antennas)s is none of the arrays that it asks for",
                where=where,
                antennas=listed(a.antennas),
            )
        if not arrays and len(a.antennas) != 1:
            yield Message(
                "array_not_asked",
                "%(where)s: it has %(count)s antennas at once, and asks for no array",
                where=where,
                count=len(a.antennas),
            )
        for antenna in a.antennas:
            if antenna not in case.antennas:
                continue
            station, _ = case.antennas[antenna]
            if request.stations and not {antenna, station.id} & set(request.stations):
                yield Message(
                    "wrong_station",
                    "%(where)s: %(antenna)s is none of %(stations)s, which it asks for",
                    where=where,
                    antenna=str(antenna),
                    stations=tuple(map(str, request.stations)),
                )
            if is_foreign(station, request.agency) and agreement(case.network, request.agency, station) is None:
                yield Message(
                    "no_agreement_for",
                    "%(where)s: %(antenna)s belongs to %(owner)s, and no agreement lets %(agency)s use it",
                    where=where,
                    antenna=str(antenna),
                    owner=station.agency,
                    agency=request.agency,
                )


def agreement(network: Network, agency: AgencyId, station: Station) -> int | None:
    """The index of the first agreement that lets an agency use a station."""
    for index, agreement in enumerate(network.agreements):
        if agreement.user == agency and station.id in agreement.stations:
            return index
    return None


def out_of_window(case: Case) -> Iterator[Message]:
    """A contact lies inside a window and both spans, and holds its antennas for setup and teardown."""
    for a in case.chosen:
        request = case.requests.get(a.request)
        if request is None:
            continue
        where = place_of(a)
        around = case.windows_around(a)
        if not case.windows_of(a):
            yield Message("no_window", "%(where)s: it has no window there", where=where)
        elif not around:
            nearest = min(reach_beyond(a.contact, w.span) for w in case.windows_of(a))
            yield Message(
                "outside_window",
                "%(where)s: %(length)s of it are outside its nearest window there",
                where=where,
                length=seconds(nearest),
            )
        elif not any(_is_widened(a, w) for w in around):
            allowed = " or ".join(sorted({f"{w.setup_s:g} s and {w.teardown_s:g} s" for w in around}))
            before, after = a.contact.start - a.occupies.start, a.occupies.end - a.contact.end
            yield Message(
                "wrong_hold",
                "%(where)s: it holds its antennas %(before)s before and %(after)s after, which should be %(wanted)s",
                where=where,
                before=seconds(before),
                after=seconds(after),
                wanted=allowed,
            )
        if (outside := reach_beyond(a.contact, request.span)) > timedelta(0):
            yield Message(
                "outside_request",
                "%(where)s: %(length)s of it are outside the request's span, %(span)s",
                where=where,
                length=seconds(outside),
                span=time_of(request.span),
            )
        if (outside := reach_beyond(a.contact, case.schedule.span)) > timedelta(0):
            yield Message(
                "outside_schedule",
                "%(where)s: %(length)s of it are outside the schedule's span, %(span)s",
                where=where,
                length=seconds(outside),
                span=time_of(case.schedule.span),
            )


def _is_widened(a: Assignment, window: ContactWindow) -> bool:
    start = a.contact.start - timedelta(seconds=window.setup_s)
    end = a.contact.end + timedelta(seconds=window.teardown_s)
    return abs(a.occupies.start - start) <= _ROUNDING and abs(a.occupies.end - end) <= _ROUNDING
