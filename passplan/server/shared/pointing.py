"""The pointing table of a pass."""

from __future__ import annotations

from passplan.domain.rows.passes import PointingRow
from passplan.passes.columns import at
from passplan.queries.pass_sheet import PassSheet


def pointing_rows(sheet: PassSheet, step_s: float) -> tuple[PointingRow, ...]:
    """Where to point, from setup to teardown, in steps of about `step_s`, the track's own at least."""
    track, link = sheet.track, sheet.link
    doppler = track.doppler_hz(link.frequency_hz, sheet.doppler_direction) if link and link.frequency_hz else None
    return tuple(
        PointingRow(
            time=at(track.time[k]),
            az_deg=float(track.azimuth_deg[k]),
            el_deg=float(track.elevation_deg[k]),
            range_km=float(track.range_km[k]),
            range_rate_km_s=float(track.range_rate_km_s[k]),
            doppler_hz=None if doppler is None else float(doppler[k]),
            az_unwrapped_deg=float(sheet.azimuth_driven_deg[k]),
        )
        for k in range(0, len(track), max(1, round(step_s / track.step_s)))
    )
