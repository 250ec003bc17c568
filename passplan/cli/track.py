"""`passplan track`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import inputs, options, output
from passplan.cli.row_table import RowColumns
from passplan.cli.text_table import Column, print_table
from passplan.domain.errors import InputError
from passplan.domain.network import Antenna, Station
from passplan.domain.rows.passes import CertaintyRow, TrackPoint
from passplan.domain.span import Span
from passplan.formats.rows import row_document

if TYPE_CHECKING:
    from rich.console import Console

    from passplan.passes.track import Track

_EXAMPLES = """
\b
Examples:
  passplan track --station WPS-VHF --start epoch --frequency 145.8e6
  passplan track --elements iss.tle --at 52.0,4.4,10 --start 2026-08-08T04:30:00Z --hours 0.2 --step 10
  passplan track --station WPS-VHF --start epoch --frequency 145.99e6 --direction uplink --format csv -o pointing.csv
"""


@click.command("track", epilog=_EXAMPLES)
@options.elements_options
@options.stations_options
@options.span_options
@click.option(
    "--antenna",
    "antenna_id",
    metavar="ID",
    help="An antenna of the station: unwrapped azimuths stay between its cable stops, and its gaps are listed.",
)
@click.option(
    "--step",
    "step_s",
    type=click.FloatRange(0.0, min_open=True),
    default=10.0,
    show_default=True,
    help="Seconds between rows.",
)
@click.option(
    "--frequency", "frequency_hz", type=options.FREQUENCY, help="Carrier, for Doppler: 145.8MHz, or in Hz: 145.8e6."
)
@click.option(
    "--direction",
    type=click.Choice(["downlink", "uplink"]),
    help="Doppler as a downlink is heard (the default), or as an uplink is to be sent.",
)
@click.option(
    "--refraction", is_flag=True, help="Apparent elevations (Bennett's refraction) instead of geometric ones."
)
@options.output_options
def command(
    elements: tuple[Path, ...],
    satellites: tuple[str, ...],
    predictive: bool,
    network: Path | None,
    stations: tuple[str, ...],
    places: tuple[str, ...],
    min_elevation_deg: float | None,
    start: str,
    end: str | None,
    hours: float | None,
    allow_stale: bool,
    antenna_id: str | None,
    step_s: float,
    frequency_hz: float | None,
    direction: str | None,
    refraction: bool,
    out: output.Output,
) -> None:
    """Print the track of a satellite over one station: pointing, range and Doppler.

    With neither --end nor --hours it follows the first pass after the start.
    """
    from passplan.passes.search import find_passes
    from passplan.passes.track import track

    if direction is not None and frequency_hz is None:
        raise click.UsageError("--direction is for Doppler; give --frequency too")
    direction = direction or "downlink"
    now = inputs.clock()
    read = inputs.read_network(network)
    catalogue = inputs.read_catalogue(elements, predictive=predictive, now=now, names=satellites, network=read)
    chosen, docked = inputs.choose_satellites(catalogue, satellites, read, has_element_files=bool(elements))
    sites = inputs.choose_stations(read, stations, places, min_elevation_deg)
    if len(chosen) != 1:
        raise click.UsageError(f"a track is of one satellite, and these are {len(chosen)}; choose with --satellite")
    if len(sites) != 1:
        raise click.UsageError(f"a track is from one station, and these are {len(sites)}; give --station or --at")
    antenna = _antenna(sites[0], antenna_id)
    span = inputs.choose_span(start, end, hours, chosen, now, default_hours=48.0)
    inputs.refuse_stale(chosen, span, allow_stale=allow_stale)
    if end is None and hours is None:
        passes = find_passes(chosen, sites, span, refraction=refraction)
        if not len(passes):
            raise InputError(
                f"there is no pass of {chosen[0].satellite} at {sites[0].id} within 48 hours; give --hours"
            )
        span = Span(passes[0].aos, passes[0].los + timedelta(seconds=step_s))
    way = track(chosen[0], sites[0], span, step_s=step_s, refraction=refraction)
    certainty = _certainty(way)
    stale = [f"the elements are {certainty.element_age_s / 86_400.0:.0f} days old: mind ±"] if certainty.stale else []
    output.warn([*catalogue.warnings, *docked, *stale], quiet=out.quiet)
    rows = list(_points(way, antenna, frequency_hz, direction))
    gaps = way.gaps(antenna) if antenna is not None else ()
    document = {
        "span": span,
        "satellite": chosen[0].satellite,
        "catalog_number": chosen[0].catalog_number,
        "station": sites[0].id,
        "antenna": antenna_id,
        "gaps": gaps,
        "refraction": refraction,
        "frequency_hz": frequency_hz,
        "direction": direction,
        **row_document(certainty),
        "track": rows,
    }

    def table(console: Console) -> None:
        for line in [*_caption(way, certainty, frequency_hz, direction), *_gap_lines(antenna_id, gaps)]:
            console.print(line, style="dim", soft_wrap=True)
        print_table(console, _columns(rows), groups=[f"{r.time:%Y-%m-%d}" for r in rows])

    output.write(out, "track", document, kind=TrackPoint, rows=rows, table=table)


def _antenna(station: Station, antenna_id: str | None) -> Antenna | None:
    if antenna_id is None:
        return None
    for antenna in station.antennas:
        if antenna.id == antenna_id:
            return antenna
    known = ", ".join(a.id for a in station.antennas) or "none"
    raise click.BadParameter(f"{station.id} has no antenna {antenna_id!r}; known: {known}", param_hint="--antenna")


def _gap_lines(antenna_id: str | None, gaps: tuple[Span, ...]) -> list[str]:
    return [f"{antenna_id} cannot follow from {gap.start:%H:%M:%S} to {gap.end:%H:%M:%S}" for gap in gaps]


def _points(way: Track, antenna: Antenna | None, frequency_hz: float | None, direction: str) -> Iterator[TrackPoint]:
    from passplan.passes.columns import at

    unwrapped_deg = way.azimuth_unwrapped_deg if antenna is None else way.follow(antenna).azimuth_deg
    doppler_hz = way.doppler_hz(frequency_hz, direction) if frequency_hz else None
    for k in range(len(way)):
        yield TrackPoint(
            time=at(way.time[k]),
            azimuth_deg=float(way.azimuth_deg[k]),
            azimuth_unwrapped_deg=float(unwrapped_deg[k]),
            elevation_deg=float(way.elevation_deg[k]),
            range_km=float(way.range_km[k]),
            range_rate_km_s=float(way.range_rate_km_s[k]),
            doppler_hz=float(doppler_hz[k]) if doppler_hz is not None else None,
            sunlit=bool(way.sunlit[k]),
            sun_separation_deg=float(way.sun_separation_deg[k]),
        )


def _certainty(way: Track) -> CertaintyRow:
    """The age of the elements in the middle of the track, and the uncertainty of its times."""
    from passplan.passes.timing import timing_at

    middle = way.span.start + (way.span.end - way.span.start) / 2
    timing = timing_at(way.source, middle)
    return CertaintyRow(
        element_epoch=way.source.segment_at(middle).epoch,
        element_age_s=way.source.age_s(middle),
        timing_68_s=None if math.isnan(timing.within_68_s) else timing.within_68_s,
        timing_95_s=None if math.isnan(timing.within_95_s) else timing.within_95_s,
        timing_basis=timing.basis.or_none,
        stale=way.source.is_stale(middle),
    )


def _caption(way: Track, certainty: CertaintyRow, frequency_hz: float | None, direction: str) -> list[str]:
    seen = "refracted" if way.refraction else "geometric"
    lines = [f"{way.source.satellite} ({way.source.catalog_number}) from {way.station.id}, {seen}, UTC"]
    within = row_document(certainty)
    off = f"times within {within['timing_68_s']} s (68 %), {within['timing_95_s']} s (95 %)"
    known = off if certainty.timing_68_s is not None else "the uncertainty of the times is not measured"
    lines.append(f"{inputs.elements_of(way.source, way.span)}{', STALE' * certainty.stale}: {known}")
    if frequency_hz is not None:
        meant = "as it is heard" if direction == "downlink" else "as it is to be sent"
        lines.append(f"Doppler of {frequency_hz / 1e6:.6f} MHz, {direction}: {meant}")
    return lines


def _columns(rows: Sequence[TrackPoint]) -> list[Column]:
    columns = RowColumns(TrackPoint, rows)
    return [
        columns.take("time", lambda r: f"{r.time:%H:%M:%S.%f}"[:10]),
        columns.take("azimuth_deg", lambda r: f"{r.azimuth_deg:.1f}", head="Az °"),
        columns.take("azimuth_unwrapped_deg", lambda r: f"{r.azimuth_unwrapped_deg:.1f}", head="unwrapped"),
        columns.take("elevation_deg", lambda r: f"{r.elevation_deg:.1f}", head="El °"),
        columns.take("range_km", lambda r: f"{r.range_km:.1f}", head="Range km"),
        columns.take("range_rate_km_s", lambda r: f"{r.range_rate_km_s:+.3f}", head="km/s"),
        columns.take(
            "doppler_hz", lambda r: f"{r.doppler_hz:+.0f}" if r.doppler_hz is not None else "", head="Doppler Hz"
        ),
        columns.take("sunlit", lambda r: "yes" if r.sunlit else "eclipse", head="Sun on it"),
        columns.take("sun_separation_deg", lambda r: f"{r.sun_separation_deg:.0f}", head="Sun off beam °"),
        *columns.rest(),
    ]


def _doppler(row: TrackPoint) -> str:
    return "" if row.doppler_hz is None else f"{row.doppler_hz:+.0f}"
