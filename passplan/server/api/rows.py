"""Rows of query results: free places, refusals as they are seen, and histories in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from passplan.domain.rows.schedule import SeenRefusalRow
from passplan.domain.rows.service import HistoryRow
from passplan.queries.day import SeenRefusal
from passplan.server.api.schemas.requests import LookAnswer, PlaceRow
from passplan.server.shared.words import fact_word
from passplan.service.requests.alternatives import Alternative, Availability


def worded_history(row: HistoryRow) -> HistoryRow:
    """The row of an event, with its reason in words."""
    if "reason" not in row.after:
        return row
    return replace(row, after={**row.after, "reason": fact_word(row.after["reason"])})


def look_answer(availability: Availability) -> LookAnswer:
    """The free places of a request, and the causes where it has none."""
    return LookAnswer(
        as_asked=tuple(map(place_row, availability.as_asked)),
        alternatives=tuple(map(place_row, availability.others)),
        causes=tuple(map(fact_word, availability.causes)),
        looked_until=availability.looked_until,
    )


def place_row(alternative: Alternative) -> PlaceRow:
    """The row of a place that is free."""
    place = alternative.place
    kind: Any = alternative.kind.value
    return PlaceRow(
        kind=kind,
        antennas=place.antennas,
        start=place.contact.start,
        end=place.contact.end,
        occupied_from=place.occupies.start,
        occupied_to=place.occupies.end,
        duration_s=place.contact.duration_s,
        peak_elevation_deg=place.peak_elevation_deg,
        owners=alternative.owners,
        asks=alternative.asks,
        agreed_minutes=alternative.agreed_minutes,
    )


def refusal_rows(refusals: Iterable[SeenRefusal]) -> tuple[SeenRefusalRow, ...]:
    """The rows of refusals, with their texts as they may be seen."""
    return tuple(
        SeenRefusalRow(
            request=r.refusal.request,
            part=r.refusal.part,
            agency=r.agency,
            reason=r.refusal.reason,
            particulars=r.particulars,
            note=r.note,
        )
        for r in refusals
    )
