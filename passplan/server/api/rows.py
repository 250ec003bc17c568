"""Rows of what boards hold beside contacts and passes."""

from __future__ import annotations

from collections.abc import Iterable

from passplan.domain.network import Link
from passplan.domain.schedule import Fairness
from passplan.domain.span import Span
from passplan.formats.rows import Row, share_row, span_row
from passplan.formats.times import format_instant
from passplan.queries.day import DayChange, SeenRefusal
from passplan.queries.listings import event_row, revision_row
from passplan.queries.records import Event, LogEntry
from passplan.queries.revisions import SeenRevision
from passplan.server.shared.words import fact_word
from passplan.service.requests.alternatives import Alternative, Availability

_EVENT = ("at", "actor", "action", "before", "after")


def link_row(link: Link) -> Row:
    """A link of a satellite."""
    return {
        "id": link.id,
        "name": link.name,
        "direction": link.direction,
        "band": link.band,
        "frequency_hz": link.frequency_hz,
        "capacity": link.capacity,
        "confidence": link.confidence,
        "source": link.source,
    }


def log_row(entry: LogEntry) -> Row:
    """A line of a contact's log."""
    return {"at": format_instant(entry.at), "actor": entry.actor, "text": entry.text, "outcome": entry.outcome}


def history_row(event: Event | Row) -> Row:
    """An event of one thing, for those whom the thing concerns."""
    row = event_row(event) if isinstance(event, Event) else event
    after = row["after"]
    if "reason" in after:
        after = after | {"reason": fact_word(after["reason"])}
    return {name: row[name] for name in _EVENT} | {"after": after}


def spans(found: Iterable[Span]) -> list[Row]:
    """Spans of time."""
    return [span_row(s) for s in found]


def look_row(found: Availability) -> Row:
    """What was found for a request."""
    return {
        "as_asked": [place_row(a) for a in found.as_asked],
        "alternatives": [place_row(a) for a in found.others],
        "causes": list(found.causes),
        "looked_until": format_instant(found.looked_until),
    }


def place_row(found: Alternative) -> Row:
    """A place that is free."""
    place = found.place
    return {
        "kind": found.kind.value,
        "antennas": list(map(str, place.antennas)),
        "start": format_instant(place.contact.start),
        "end": format_instant(place.contact.end),
        "occupied_from": format_instant(place.occupies.start),
        "occupied_to": format_instant(place.occupies.end),
        "duration_s": round(place.contact.duration_s, 6),
        "peak_elevation_deg": round(place.peak_elevation_deg, 4),
        "owners": list(found.owners),
        "asks": list(found.asks),
        "agreed_minutes": found.agreed_minutes,
    }


def seen_revision_row(found: SeenRevision) -> Row:
    """A revision, with its causes as they may be seen."""
    return revision_row(found.revision) | {"causes": list(found.causes), "gap": round(found.gap, 6)}


def fairness_row(found: Fairness | None) -> Row | None:
    """How even a plan is."""
    if found is None:
        return None
    return {
        "penalty": found.penalty,
        "price": found.price,
        "u_rms": round(found.u_rms, 6),
        "u_max": round(found.u_max, 6),
        "worst": found.worst,
        "agencies": [share_row(a) for a in found.agencies],
    }


def seen_refusal_row(found: SeenRefusal) -> Row:
    """A refusal, with its texts as they may be seen."""
    return {
        "request": found.refusal.request,
        "part": found.refusal.part,
        "agency": found.agency,
        "reason": found.refusal.reason.value,
        "particulars": list(found.particulars),
        "note": found.note,
    }


def change_row(found: DayChange) -> Row:
    """What became of a contact."""
    return {
        "kind": found.kind,
        "agency": found.agency,
        "request": found.request,
        "antennas": " ".join(map(str, found.antennas)),
        "start": format_instant(found.start),
        "start_before": None if found.start_before is None else format_instant(found.start_before),
    }
