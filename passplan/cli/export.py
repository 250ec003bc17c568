"""`passplan export`."""

from __future__ import annotations

from pathlib import Path

import click

from passplan.cli import inputs, options, output
from passplan.domain.elements import ElementSet
from passplan.domain.ephemeris import Frame
from passplan.domain.errors import InputError
from passplan.domain.sources import Source, newest
from passplan.formats.writing import OEM_FORMS, OMM_FORMS, write_oem, write_omm

_EXAMPLES = """
\b
Examples:
  passplan export oem --satellite 25544 --start epoch --hours 48 -o iss.oem
  passplan export oem --satellite 25544 --start epoch --frame ITRF --step 30 --form xml -o iss.xml
"""
_target_option = click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path, allow_dash=True),
    default="-",
    metavar="FILE",
    help="Where to write; - is standard output.",
)


@click.group("export")
def command() -> None:
    """Write positions as an ephemeris (CCSDS OEM), or element sets as OMM, for other programs."""


@command.command("oem", epilog=_EXAMPLES)
@options.elements_options
@options.network_option
@options.span_options
@click.option(
    "--step", "step_s", type=click.FloatRange(0.001), default=60.0, show_default=True, help="Seconds between states."
)
@click.option(
    "--frame",
    type=click.Choice([frame.value for frame in Frame]),
    default=Frame.EME2000.value,
    show_default=True,
    help="The frame of the states.",
)
@click.option("--form", type=click.Choice(OEM_FORMS), default="kvn", show_default=True, help="The form of the file.")
@_target_option
def oem(
    elements: tuple[Path, ...],
    satellites: tuple[str, ...],
    predictive: bool,
    network: Path | None,
    start: str,
    end: str | None,
    hours: float | None,
    allow_stale: bool,
    step_s: float,
    frame: str,
    form: str,
    target: Path,
) -> None:
    """Write the positions and velocities of one satellite as an OEM: a segment for each element set that serves."""
    from passplan.orbit.tabulating import ephemerides_of

    now = inputs.clock()
    chosen = _chosen(elements, satellites, network, predictive=predictive)
    if len(chosen) != 1:
        raise click.UsageError(f"an OEM is of one satellite, and these are {len(chosen)}; choose with --satellite")
    span = inputs.choose_span(start, end, hours, chosen, now, default_hours=24.0)
    inputs.refuse_stale(chosen, span, allow_stale=allow_stale)
    tables = ephemerides_of(chosen[0], span, step_s=step_s, frame=Frame(frame), created=now)
    with output.opened(target) as file:
        file.write(write_oem(tables, form, created=now))


@command.command("omm", epilog="\b\nExample:\n  passplan export omm --elements iss.tle --form csv")
@options.elements_options
@options.network_option
@click.option("--history", is_flag=True, help="Every element set, not only the newest of each satellite.")
@click.option("--form", type=click.Choice(OMM_FORMS), default="kvn", show_default=True, help="The form of the file.")
@_target_option
def omm(
    elements: tuple[Path, ...],
    satellites: tuple[str, ...],
    predictive: bool,
    network: Path | None,
    history: bool,
    form: str,
    target: Path,
) -> None:
    """Write element sets as OMM, such as those of a TLE file."""
    chosen = _chosen(elements, satellites, network, predictive=predictive)
    sets = [s for source in chosen for s in dict.fromkeys(source.segments) if isinstance(s, ElementSet)]
    if not sets:
        raise InputError("there is no element set of the chosen satellites; an ephemeris cannot be written as OMM")
    with output.opened(target) as file:
        file.write(write_omm(sets if history else newest(sets), form, created=inputs.clock()))


def _chosen(
    elements: tuple[Path, ...], satellites: tuple[str, ...], network: Path | None, *, predictive: bool
) -> tuple[Source, ...]:
    read = inputs.read_network(network)
    catalogue = inputs.read_catalogue(
        elements, predictive=predictive, now=inputs.clock(), names=satellites, network=read
    )
    chosen, docked = inputs.choose_satellites(catalogue, satellites, read, has_element_files=bool(elements))
    output.warn([*catalogue.warnings, *docked], quiet=False)
    return chosen
