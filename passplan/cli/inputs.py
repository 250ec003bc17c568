"""Command-line arguments to element sets, stations and a span of time."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path

import click

from passplan.domain.designators import numbers_of
from passplan.domain.elements import Elements, ElementSet, RefusedElementSet, docked_copies
from passplan.domain.errors import InputError, StaleElementsError
from passplan.domain.messages import Message
from passplan.domain.network import Network, Station
from passplan.domain.sources import TOO_OLD_LOW_ORBIT_S, Source, newest
from passplan.domain.span import Span
from passplan.formats.elements import one_of_several, with_numbers
from passplan.formats.network import load_network
from passplan.formats.times import parse_instant
from passplan.orbit.timelines import timelines
from passplan.resources import shipped

_MOST_HOURS = 24.0 * 366 * 50


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The available satellites: the sources of their positions, and the file that contains each."""

    sets: tuple[ElementSet, ...]  # the newest of each satellite, for lists of elements
    sources: tuple[Source, ...]
    groups: dict[str, frozenset[int]]  # file name without ending -> catalogue numbers
    copies: dict[int, int]  # docked vehicle -> the satellite whose elements it carries
    refused: tuple[RefusedElementSet, ...] = ()
    deviations: tuple[Message, ...] = ()  # of sets that are used

    @property
    def warnings(self) -> list[str]:
        """The lines about refused sets, and about deviations of the others."""
        return [*(f"refused: {r}" for r in self.refused), *map(str, self.deviations)]


def clock() -> datetime:
    """The time now: the one place of the command line that reads a clock."""
    return datetime.now(UTC)


def read_network(path: Path | None) -> Network:
    """The network of a file, or the shipped one."""
    return load_network(path or shipped("stations.toml"))


def read_catalogue(
    paths: Sequence[Path], *, predictive: bool, now: datetime, names: Sequence[str] = (), network: Network | None = None
) -> Catalogue:
    """The element sets and ephemerides of files and folders, or the shipped ones.

    With `names` and `network`, sets of satellites that cannot be among the requested ones may be left out.

    Raises:
        InputError: when no element set in them can be used.
    """
    files: list[Path] = []
    for path in paths or [shipped("tle")]:
        files += sorted(p for p in path.iterdir() if not p.name.startswith(".")) if path.is_dir() else [path]
    loaded = Elements(())
    groups = {file.stem.lower(): frozenset[int]() for file in files}
    of_file: dict[str, Elements] = {}
    wanted = _numbers(names, network, groups) if network is not None else None
    for file in files:
        elements = one_of_several(file, now=now, predictive=predictive, wanted=wanted)
        of_file[file.stem.lower()] = elements
        loaded += elements
    designators = numbers_of(network.satellites) if network is not None else {}
    loaded = with_numbers(loaded, designators)
    known = {**designators, **numbers_of(loaded.sets)}
    for name, elements in of_file.items():
        groups[name] = frozenset(s.catalog_number for s in with_numbers(elements, known))
    if not loaded and (loaded.refused or wanted is None):
        raise InputError(*map(str, loaded.refused[:20]), "no element set can be used")
    copies = docked_copies(loaded.sets)
    sources = tuple(sorted(timelines(loaded, now=now), key=lambda s: s.catalog_number))
    return Catalogue(newest(loaded.sets), sources, groups, copies, loaded.refused, loaded.warnings)


def _numbers(names: Sequence[str], network: Network, groups: Container[str]) -> frozenset[int] | None:
    """The requested catalogue numbers; None when they depend on the names in element files."""
    ids = {s.id.lower(): s.catalog_number for s in network.satellites}
    numbers = set()
    for name in names:
        is_number = re.fullmatch(r"\d{1,9}", name, re.ASCII) is not None
        if name.lower() in groups or not (is_number or name.lower() in ids):
            return None
        numbers.add(int(name) if is_number else ids[name.lower()])
    return frozenset(numbers) or None


def choose_satellites(
    catalogue: Catalogue, names: Sequence[str], network: Network, *, has_element_files: bool, keep_docked: bool = False
) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """Choose the sources of the requested satellites; return them with warnings.

    Docked vehicles repeat their host's passes; they are omitted unless a name matches them.
    """
    network_numbers = {s.catalog_number for s in network.satellites}
    by_number = {s.catalog_number: s for s in catalogue.sources}
    if not names and not has_element_files:
        chosen = {n for n in network_numbers if n in by_number}
        if not network_numbers:
            raise click.UsageError("the network lists no satellite; choose with --satellite, or add a [[satellite]]")
        if not chosen:
            raise StaleElementsError("there are no elements of the network's satellites; give some with --elements")
        return tuple(by_number[n] for n in sorted(chosen)), ()
    named: set[int] = set()
    grouped: set[int] = set()
    for text in names or ["all"]:
        if text.lower() == "all":
            grouped |= set(by_number)
        elif text.lower() in catalogue.groups:
            grouped |= catalogue.groups[text.lower()]
        else:
            named.add(_one_satellite(text, catalogue, network))
    hosts = named | grouped
    copies = {
        n: h
        for n, h in catalogue.copies.items()
        if n in grouped - named
        and h in hosts
        and not keep_docked
        and by_number[h].epoch - by_number[n].epoch < timedelta(seconds=TOO_OLD_LOW_ORBIT_S)
    }
    warnings = []
    for host in sorted(set(copies.values())):
        docked = ", ".join(f"{by_number[n].satellite} ({n})" for n, h in sorted(copies.items()) if h == host)
        warnings.append(
            f"left out, for they carry the elements of {by_number[host].satellite} ({host}) as docked vehicles do, "
            f"and their passes are the same: {docked}"
        )
    return tuple(by_number[n] for n in sorted(hosts - set(copies))), tuple(warnings)


def _one_satellite(text: str, catalogue: Catalogue, network: Network) -> int:
    if re.fullmatch(r"\d{1,9}", text):
        if any(s.catalog_number == int(text) for s in catalogue.sources):
            return int(text)
        raise StaleElementsError(f"there is no element set of satellite {text}; give one with --elements")
    for satellite in network.satellites:
        if text.lower() == satellite.id.lower():
            return _one_satellite(str(satellite.catalog_number), catalogue, network)
    exact = [s for s in catalogue.sources if s.satellite.lower() == text.lower()]
    matches = exact or [s for s in catalogue.sources if text.lower() in s.satellite.lower()]
    if len(matches) == 1:
        return matches[0].catalog_number
    if not matches:
        groups = ", ".join(sorted(catalogue.groups))
        raise click.BadParameter(f"{text!r} is no number, name or group; groups: {groups}", param_hint="--satellite")
    shown = ", ".join(f"{s.satellite} ({s.catalog_number})" for s in matches[:12]) + (
        ", …" if len(matches) > 12 else ""
    )
    raise click.BadParameter(f"{text!r} may be any of {shown}; take its number", param_hint="--satellite")


def choose_stations(
    network: Network, names: Sequence[str], places: Sequence[str], min_elevation_deg: float | None
) -> tuple[Station, ...]:
    """Choose the requested stations and the places with coordinates."""
    chosen: dict[str, Station] = {}
    agencies = {a.id.lower(): a.id for a in network.agencies}
    for text in names or ([] if places else ["all"]):
        same_id = [s for s in network.stations if s.id.lower() == text.lower()]
        if text.lower() == "all":
            matches = list(network.stations)
        elif same_id:
            matches = same_id
        elif text.lower() in agencies:
            matches = [s for s in network.stations if s.agency == agencies[text.lower()]]
        else:
            raise click.BadParameter(
                f"{text!r} is no station or agency; {_near_stations(text, network)}", param_hint="--station"
            )
        chosen |= {s.id: s for s in matches}
    for place in places:
        station = _place(place)
        chosen[station.id] = station
    if min_elevation_deg is not None:
        chosen = {k: replace(s, min_elevation_deg=min_elevation_deg) for k, s in chosen.items()}
    return tuple(chosen.values())


def _near_stations(text: str, network: Network) -> str:
    """The stations whose id or name is near a text, or else all."""
    wanted = text.lower()
    words: dict[str, list[str]] = {a.id.lower(): [a.id] for a in network.agencies}
    for station in network.stations:
        for word in (station.id.lower(), *re.findall(r"\w{3,}", station.name.lower())):
            words.setdefault(word, []).append(station.id)
    chosen = [word for word in words if wanted in word] + get_close_matches(wanted, words, n=6, cutoff=0.5)
    near = [known for word in chosen for known in words[word]]
    if near:
        return f"near it: {', '.join(list(dict.fromkeys(near))[:8])}"
    return f"known: {', '.join([*sorted(a.id for a in network.agencies), *(s.id for s in network.stations)])}"


def _place(text: str) -> Station:
    parts = text.split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in (2, 3):
        raise click.BadParameter(f"{text!r} is not LAT,LON or LAT,LON,ALT, such as 52.0,4.4,10", param_hint="--at")
    try:
        return Station(
            id=text.replace(" ", ""),
            latitude_deg=numbers[0],
            longitude_deg=numbers[1],
            altitude_m=numbers[2] if len(numbers) == 3 else 0.0,
        )
    except InputError as error:
        raise click.BadParameter(str(error), param_hint="--at") from None


def choose_span(
    start: str, end: str | None, hours: float | None, sources: Sequence[Source], now: datetime, *, default_hours: float
) -> Span:
    """Return the requested span."""
    if end is not None and hours is not None:
        raise click.UsageError("--end and --hours both set the end; give one")
    begin = _moment(start, sources, now, now, "--start")
    if end is not None:
        finish = _moment(end, sources, now, begin, "--end")
        if finish <= begin:
            raise click.BadParameter(f"{end} is not after its start, {begin:%Y-%m-%dT%H:%M:%SZ}", param_hint="--end")
        return Span(begin, finish)
    length = hours if hours is not None else default_hours
    if not length > 0.0:
        raise click.BadParameter(f"{length:g} is not a number of hours above 0", param_hint="--hours")
    try:
        finish = begin + timedelta(hours=length)
    except OverflowError:
        raise click.BadParameter(
            f"with {length:g} hours the span would end after the year 9999", param_hint="--hours"
        ) from None
    if length > _MOST_HOURS:
        raise click.BadParameter(f"{length:g} hours are more than 50 years, the longest span", param_hint="--hours")
    return Span(begin, finish)


def _moment(text: str, sources: Sequence[Source], now: datetime, counted_from: datetime, option: str) -> datetime:
    if text == "now":
        return now
    if text == "today":
        return now.replace(hour=0, minute=0, second=0, microsecond=0)
    if text == "epoch":
        if not sources:
            raise click.BadParameter("epoch needs element sets, and this command has none", param_hint=option)
        return max(s.epoch for s in sources)
    if match := re.fullmatch(r"([+-]\d+(?:\.\d+)?)([smhd])", text):
        unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[match[2]]
        try:
            return counted_from + timedelta(**{unit: float(match[1])})
        except OverflowError:
            raise click.BadParameter(f"{text} is not in the years 1 to 9999", param_hint=option) from None
    try:
        return parse_instant(text)
    except InputError as error:
        raise click.BadParameter(f"{error}; or now, today, epoch, +6h", param_hint=option) from None


def moment_or_day(text: str, option: str) -> datetime:
    """A time, or the beginning of a day.

    Raises:
        BadParameter: for a text that is neither.
    """
    try:
        return parse_instant(f"{text}T00:00:00Z" if len(text) == len("2026-07-06") else text)
    except InputError as error:
        raise click.BadParameter(f"{error}; or a day, 2026-07-06", param_hint=option) from None


def refuse_stale(
    sources: tuple[Source, ...], span: Span, *, allow_stale: bool
) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """Leave out low orbits whose elements are more than 14 days away from the span.

    Raises:
        StaleElementsError: when none is left.
    """
    old = [s for s in sources if s.is_too_old(span)]
    if not old or allow_stale:
        return sources, ()
    described = [
        f"the elements of {s.satellite} ({s.catalog_number}) are of {s.nearest_epoch(span):%Y-%m-%dT%H:%MZ}, "
        f"{s.distance_s(span) / 86_400:.0f} days from the span"
        for s in old
    ]
    when = {"earlier" if span.end <= s.nearest_epoch(span) else "newer" for s in old}
    advice = f"{' or '.join(sorted(when))} ones with --elements, --start epoch, or --allow-stale would do"
    if len(old) == len(sources):
        raise StaleElementsError("\n".join([*described[:10], advice]))
    return tuple(s for s in sources if s not in old), tuple(f"left out: {line}; {advice}" for line in described)


def elements_of(source: Source, span: Span) -> str:
    """The element sets and ephemerides of a source that serve a span, in words."""
    served = [segment for segment, _ in source.pieces(span)]
    told = []
    for is_table, one, several in ((True, "ephemeris", "ephemerides"), (False, "elements", "sets of elements")):
        epochs = [s.epoch for s in dict.fromkeys(served) if (s.coverage is not None) is is_table]
        if len(epochs) == 1:
            told.append(f"{one} of {epochs[0]:%Y-%m-%d %H:%M} UTC")
        elif epochs:
            span_of = f"{min(epochs):%Y-%m-%d %H:%M} to {max(epochs):%Y-%m-%d %H:%M} UTC"
            told.append(f"{len(epochs)} {several} of {span_of}")
    return " and ".join(told)
