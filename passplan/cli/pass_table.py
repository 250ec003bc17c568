"""The pass table that an operator works from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from passplan.cli.inputs import elements_of
from passplan.cli.row_table import RowColumns
from passplan.cli.text_table import Column, print_table
from passplan.domain.passes import Answer, AnswerKind
from passplan.domain.rows.passes import PassRow, pass_row
from passplan.labels import ENGLISH
from passplan.labels.names import name_words

if TYPE_CHECKING:
    from rich.console import Console

    from passplan.passes.columns import Passes

_MOST_SATELLITES = 30  # with something to say about each
_IN_SHORT = {
    AnswerKind.NOT_VISIBLE: "never above the limit",
    AnswerKind.ALWAYS_VISIBLE: "always above it",
    AnswerKind.FAILED: "failing in SGP4",
    AnswerKind.DECAYED: "decayed",
    AnswerKind.STALE: "on old elements",
}
# Shown together in one cell: azimuths, and the notes at the end of a line.
_TOGETHER = ("aos_azimuth_deg", "tca_azimuth_deg", "los_azimuth_deg", "clipped_start", "clipped_end", "stale")
_COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
# Elevation from which a band begins, its mark and its style: never colour alone.
_BANDS = ((60.0, "▇", "bold green"), (30.0, "▅", "green"), (10.0, "▃", ""), (-90.0, "▁", "dim"))


def time_zone(name: str) -> ZoneInfo | None:
    """The zone of a table; None: the zone of each station.

    Raises:
        click.BadParameter: for a name that is none.
    """
    if name == "station":
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise click.BadParameter(
            f"{name!r} is no time zone; it is a name such as Europe/Berlin, UTC, or 'station'", param_hint="--tz"
        ) from None


def print_passes(passes: Passes, console: Console, zone: ZoneInfo | None) -> None:
    """Print passes in order of AOS under their days, then the pairs without passes."""
    rows = [pass_row(p) for p in passes]
    zones = {s.id: zone or ZoneInfo(s.time_zone) for s in passes.stations}
    zone_name = "each station's own time" if zone is None else str(zone)
    for line in _caption(passes):
        console.print(line, style="dim", soft_wrap=True)
    if rows:
        local = [_rounded(r.aos).astimezone(zones[r.station]) for r in rows]
        print_table(
            console,
            pass_columns(rows, zones, {s.id: s.name[:32] for s in passes.stations}, several=len(passes.sources) > 1),
            groups=[f"{t:%a %Y-%m-%d}  ({zone_name})" for t in local],
            styles=[_band(r)[1] for r in rows],
        )
    for line in _footer(passes, rows):
        console.print(line, style="dim", soft_wrap=True)


def pass_columns(
    rows: Sequence[PassRow], zones: Mapping[str, ZoneInfo], names: Mapping[str, str], *, several: bool
) -> list[Column]:
    """The columns of passes: some combined and formatted for people, then the other declared columns.

    Args:
        rows: the passes; there is one at least.
        zones: the time zone of each station.
        names: the name of each station.
        several: whether they are of several satellites.
    """

    def clock(moment: datetime, row: PassRow) -> str:
        local = _rounded(moment).astimezone(zones[row.station])
        return f"~{local:%H:%M}" if row.uncertain else f"{local:%H:%M:%S}"

    columns = RowColumns(type(rows[0]), rows)
    take = columns.take
    shown = [
        take("satellite", lambda r: r.satellite if several else ""),
        take("station", lambda r: r.station),
        take("aos", lambda r: clock(r.aos, r)),
        take("tca", lambda r: clock(r.tca, r), dispensable=5),
        take("los", lambda r: clock(r.los, r) + _days_later(r, zones[r.station])),
        take("duration_s", lambda r: _length(r.duration_s), dispensable=1),
        take("peak_elevation_deg", lambda r: f"{r.peak_elevation_deg:.1f}° {_band(r)[0]}"),
        Column("Azimuth", [_azimuths(r) for r in rows], dispensable=6),
        Column(
            "From-to", [f"{_compass(r.aos_azimuth_deg)}-{_compass(r.los_azimuth_deg)}" for r in rows], dispensable=3
        ),
        take("timing_68_s", lambda r: _uncertainty(r.timing_68_s), head="±68% s", dispensable=2),
        take("timing_95_s", lambda r: _uncertainty(r.timing_95_s), head="±95% s", dispensable=4),
        take("revolution", lambda r: str(r.revolution), dispensable=7),
    ]
    columns.drop(_TOGETHER)
    return [
        *shown,
        *columns.rest(dispensable=9),
        Column("Name", [names.get(r.station, "") for r in rows], dispensable=8),
        Column("Note", [_note(r) for r in rows]),
    ]


def _caption(passes: Passes) -> list[str]:
    sources, stations, span = passes.sources, passes.stations, passes.span
    if len(sources) == 1:
        who = f"{sources[0].satellite} ({sources[0].catalog_number}), {elements_of(sources[0], span)}"
    else:
        who = f"{len(sources)} satellites"
    floors = sorted({s.min_elevation_deg for s in stations})
    floor = f"{floors[0]:g}°" if len(floors) == 1 else f"{floors[0]:g}° to {floors[-1]:g}° by station" if floors else ""
    masked = sum(s.horizon_mask is not None for s in stations)
    limit = f"limit: floor {floor}" + (f", horizon mask at {masked}" if masked else "")
    return [
        f"{who}, over {len(stations)} station{'s' * (len(stations) != 1)}",
        f"{_rounded(span.start):%Y-%m-%d %H:%M:%S} to {_rounded(span.end):%Y-%m-%d %H:%M:%S} UTC, {limit}",
        passes.model,
    ]


def _footer(passes: Passes, items: list[PassRow]) -> Iterable[str]:
    clipped = any(p.clipped_start or p.clipped_end for p in items)
    under_way = " ‹ and › : under way at the start, the end." if clipped else ""
    yield f"{len(items)} pass{'es' * (len(items) != 1)}.{under_way}"
    if items:
        bases = dict.fromkeys(p.timing_basis for p in items)
        measured = ", ".join(name_words(basis, ENGLISH) for basis in bases if basis is not None)
        rest = f"measured on {measured}" if measured else "nothing is measured"
        unknown = "; -: not measured" if None in bases else ""
        yield f"±68%, ±95%: seconds within which so many of 100 passes come; {rest}{unknown}."
    by_kind: dict[tuple[AnswerKind, str], list[Answer]] = defaultdict(list)
    for answer in passes.answers:
        by_kind[answer.answer, answer.satellite].append(answer)
    several = len(passes.sources) > 1
    if len(by_kind) > _MOST_SATELLITES:
        counts = Counter(a.answer for a in passes.answers)
        numbers = ", ".join(f"{_IN_SHORT[kind]}: {count}" for kind, count in counts.items())
        yield f"pairs of satellite and station {numbers} (--format json has each)"
        return
    for (kind, satellite), answers in by_kind.items():
        who = f"{satellite}: " if several else ""
        if kind is AnswerKind.NOT_VISIBLE:
            tops = [f"{a.station} ({a.peak_elevation_deg:.1f}° at {a.since:%m-%d %H:%M})" for a in answers[:12]]
            more = f" and {len(answers) - 12} more" if len(answers) > 12 else ""
            yield f"{who}never above the limit (highest, UTC): {', '.join(tops)}{more}"
        elif kind is AnswerKind.ALWAYS_VISIBLE:
            yield f"{who}always above the limit: {', '.join(a.station for a in answers)}"
        else:
            same: dict[str, list[Answer]] = defaultdict(list)  # in words, the same at several stations
            for answer in answers:
                same[str(answer.message_everywhere)].append(answer)
            for sentence, alike in same.items():
                everywhere = len(alike) == len(passes.stations) > 1
                yield from [sentence] if everywhere else (str(a.message) for a in alike)


def _rounded(moment: datetime) -> datetime:
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def _days_later(p: PassRow, zone: ZoneInfo) -> str:
    days = (_rounded(p.los).astimezone(zone).date() - _rounded(p.aos).astimezone(zone).date()).days
    return f" +{days}d" if days else ""


def _length(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _compass(azimuth_deg: float) -> str:
    return _COMPASS[round(azimuth_deg / 45.0) % 8]


def _azimuths(p: PassRow) -> str:
    return f"{round(p.aos_azimuth_deg) % 360:3}→{round(p.tca_azimuth_deg) % 360:3}→{round(p.los_azimuth_deg) % 360:3}°"


def _uncertainty(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds:.1f}" if seconds < 9.95 else f"{seconds:.0f}"


def _band(p: PassRow) -> tuple[str, str]:
    return next((mark, style) for low, mark, style in _BANDS if p.peak_elevation_deg >= low)


def _note(p: PassRow) -> str:
    words = ("‹" * p.clipped_start, "›" * p.clipped_end, "stale" * p.stale, "uncertain" * p.uncertain)
    return " ".join(word for word in words if word)
