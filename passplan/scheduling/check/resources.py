"""Rules: an antenna serves one contact at a time and has time to turn; a link carries no more than its capacity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

from passplan.domain.messages import Message
from passplan.domain.network import Antenna, AntennaRef, LinkId, SatelliteId
from passplan.domain.schedule import Assignment
from passplan.domain.windows import Pointing
from passplan.scheduling.check.case import Case
from passplan.scheduling.check.outcome import TOLERANCE
from passplan.scheduling.check.phrases import instant, part_of, seconds, time_of


def antenna_clashes(case: Case) -> Iterator[Message]:
    """An antenna serves one contact at a time, and has the time to turn from one to the next."""
    users = defaultdict(list)
    for a in case.schedule.assignments:
        for antenna in set(a.antennas):
            users[antenna].append(a)
    for antenna in sorted(users):
        yield from _overlaps(antenna, users[antenna])
        _, limits = case.antennas.get(antenna, (None, None))
        if limits is not None and limits.slew_deg_s is not None:
            yield from _hasty_turns(case, antenna, limits, limits.slew_deg_s, users[antenna])


def _overlaps(antenna: AntennaRef, users: list[Assignment]) -> Iterator[Message]:
    """Each assignment that begins before an earlier one has ended."""
    first, *later = sorted(users, key=lambda a: (a.occupies, a))
    last = first  # the one so far that ends last
    for a in later:
        overlap = min(a.occupies.end, last.occupies.end) - a.occupies.start
        if overlap > timedelta(0):
            yield (
                Message(
                    "antenna_overlap",
                    "%(antenna)s: %(first)s holds it %(first_time)s and %(second)s %(second_time)s, which "
                    "overlap by %(overlap)s",
                    antenna=str(antenna),
                    first=part_of(last),
                    first_time=time_of(last.occupies),
                    second=part_of(a),
                    second_time=time_of(a.occupies),
                    overlap=seconds(overlap),
                )
            )
        last = max(last, a, key=lambda b: b.occupies.end)


def _hasty_turns(
    case: Case, antenna: AntennaRef, limits: Antenna, slew_deg_s: float, users: list[Assignment]
) -> Iterator[Message]:
    """Each contact that follows one with another satellite before the antenna can have turned."""
    for before, after in pairwise(sorted(users, key=lambda a: (a.contact, a))):
        if before.satellite == after.satellite or case.is_held(before, after):
            continue
        if after.occupies.start < before.occupies.end:
            continue  # reported as an overlap
        angle_deg = min(
            (
                _turn_deg(one, other, has_stops=limits.cable_stops_deg is not None)
                for one in _pointings(case, before, antenna)
                for other in _pointings(case, after, antenna)
            ),
            default=None,
        )
        if angle_deg is None:
            continue
        teardown_s = _of_request(case, before, "teardown_s", limits.teardown_s)
        setup_s = _of_request(case, after, "setup_s", limits.setup_s)
        gap_s = (after.contact.start - before.contact.end).total_seconds()
        needed_s = teardown_s + angle_deg / slew_deg_s + setup_s
        if gap_s < needed_s - TOLERANCE:
            yield (
                Message(
                    "turn_too_short",
                    "%(antenna)s: %(after)s with %(after_satellite)s starts %(gap_s)g s after %(before)s with "
                    "%(before_satellite)s ends, %(time)s; teardown, a turn by %(angle_deg).1f degrees and setup "
                    "take %(needed_s)g s",
                    antenna=str(antenna),
                    after=part_of(after),
                    after_satellite=after.satellite,
                    gap_s=gap_s,
                    before=part_of(before),
                    before_satellite=before.satellite,
                    time=time_of(before.contact),
                    angle_deg=angle_deg,
                    needed_s=needed_s,
                )
            )


def _pointings(case: Case, a: Assignment, antenna: AntennaRef) -> list[Pointing]:
    """The pointing of an antenna at the ends of a contact's windows; empty when it is not known."""
    place = a.antennas.index(antenna)
    return [
        pointings[place]
        for w in case.windows_around(a)
        for pointings in (w.start_pointing, w.end_pointing)
        if place < len(pointings)
    ]


def _turn_deg(one: Pointing, other: Pointing, *, has_stops: bool) -> float:
    """The larger turn of the two axes, which turn at once; azimuth the short way without stops."""
    azimuth_deg = abs(one[0] - other[0])
    if not has_stops:
        azimuth_deg = min(azimuth_deg % 360.0, 360.0 - azimuth_deg % 360.0)
    return max(azimuth_deg, abs(one[1] - other[1]))


def _of_request(case: Case, a: Assignment, field: str, otherwise: float) -> float:
    """The setup or teardown of a request, or else of the antenna."""
    requested_s: float | None = getattr(case.requests.get(a.request), field, None)
    return otherwise if requested_s is None else requested_s


def full_links(case: Case) -> Iterator[Message]:
    """A link carries at most as many contacts at once as it has channels."""
    capacities = {(s.id, k.id): k.capacity for s in case.network.satellites for k in s.links}
    running: defaultdict[tuple[SatelliteId, LinkId], list[Assignment]] = defaultdict(list)
    for a in sorted(case.schedule.assignments):
        link = (a.satellite, a.link)
        running[link] = [b for b in running[link] if b.contact.end > a.contact.start] + [a]
        if link in capacities and len(running[link]) > capacities[link]:
            names = tuple(part_of(b) for b in running[link])
            yield (
                Message(
                    "link_overfilled",
                    "%(link)s of %(satellite)s, at %(at)s UTC: it carries %(count)s contacts, and its capacity "
                    "is %(capacity)s: %(contacts)s",
                    link=a.link,
                    satellite=a.satellite,
                    at=instant(a.contact.start),
                    count=len(running[link]),
                    capacity=capacities[link],
                    contacts=names,
                )
            )
