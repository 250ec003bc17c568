"""`passplan manoeuvres`."""

from __future__ import annotations

from pathlib import Path

import click

from passplan.cli import desk, inputs, options, output
from passplan.cli.row_table import print_rows
from passplan.domain.errors import InputError
from passplan.domain.rows.service import ManoeuvreRow
from passplan.formats.times import parse_instant

_MOST_M_S = click.FloatRange(0.0, 10_000.0)


@click.group("manoeuvres")
def command() -> None:
    """Manage burns, after which passes are uncertain until newer elements come."""


@command.command("add", epilog="\b\nExample:\n  passplan manoeuvres add ISS 2026-08-12T18:30:00Z --dv 0.8")
@click.argument("satellite")
@click.argument("time")
@click.option("--dv", "delta_v_m_s", type=_MOST_M_S, metavar="M_S", help="Its size in m/s. [default: not known]")
@click.option("--uncertainty", "uncertainty_m_s", type=_MOST_M_S, metavar="M_S", help="Of the size, in m/s.")
@click.option("--name", default="", help="What it is called.")
@options.store_options
def add(
    satellite: str,
    time: str,
    delta_v_m_s: float | None,
    uncertainty_m_s: float | None,
    name: str,
    data: Path | None,
    account: str,
) -> None:
    """Add a burn of a satellite at a time.

    Passes after it, from element sets of before it, are uncertain by 34 s for each m/s and day (the ISS), or by the
    sizes of past burns where the size is not known.
    """
    from passplan.service.elements.manoeuvres import add_manoeuvre

    if uncertainty_m_s is not None and delta_v_m_s is None:
        raise click.UsageError("--uncertainty is of the size; give --dv too")
    try:
        moment = parse_instant(time)
    except InputError as error:
        raise click.BadParameter(str(error), param_hint="TIME") from None
    with desk.open_session(data, account) as at:
        number = add_manoeuvre(
            at.store,
            satellite,
            moment,
            delta_v_m_s=delta_v_m_s,
            uncertainty_m_s=uncertainty_m_s,
            name=name,
            actor=at.actor,
            now=at.now,
        )
    click.echo(f"burn {number} of {satellite}, {moment:%Y-%m-%d %H:%M:%S} UTC")


@command.command("list")
@click.argument("satellite", required=False)
@options.data_option
@options.output_options
def list_(satellite: str | None, data: Path | None, out: output.Output) -> None:
    """List burns, the latest first: added, announced by ephemerides, or found between element sets."""
    from passplan.queries.listings import manoeuvre_list

    with desk.open_session(data, shows_notice=out.form == "json", quiet=out.quiet) as at:
        rows = manoeuvre_list(at.store, satellite)
    output.write(
        out,
        "manoeuvres",
        {"notice": at.store.notice, "manoeuvres": rows},
        kind=ManoeuvreRow,
        rows=rows,
        table=lambda console: print_rows(console, ManoeuvreRow, rows, empty="No burn is known."),
    )


@command.command("remove", epilog="\b\nExample:\n  passplan manoeuvres remove 3")
@click.argument("number", type=options.NUMBER)
@options.store_options
def remove(number: int, data: Path | None, account: str) -> None:
    """Remove a burn, such as one that was called off."""
    from passplan.service.elements.manoeuvres import remove_manoeuvre

    with desk.open_session(data, account) as at:
        remove_manoeuvre(at.store, number, actor=at.actor, now=at.now)
    click.echo(f"burn {number} is removed")


@command.command("find", epilog="\b\nExample:\n  passplan manoeuvres find history.tle")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def find(files: tuple[Path, ...]) -> None:
    """Print the burns that element files tell of: between sets of a history, or announced by ephemerides."""
    from itertools import pairwise

    from passplan.domain.elements import Elements, ElementSet
    from passplan.formats.elements import load_elements
    from passplan.passes.screening import burn_between

    loaded = sum((load_elements(file, now=inputs.clock(), predictive=True) for file in files), Elements(()))
    burns = list(loaded.manoeuvres)
    of_satellite: dict[int, dict[object, ElementSet]] = {}
    for item in sorted(loaded.sets, key=lambda s: s.rank):
        of_satellite.setdefault(item.catalog_number, {})[item.epoch] = item
    for sets in of_satellite.values():
        burns += [burn for a, b in pairwise(sets.values()) if (burn := burn_between(a, b)) is not None]
    for burn in sorted(burns, key=lambda b: (b.catalog_number, b.time)):
        size = "" if burn.delta_v_m_s is None else f"  {burn.delta_v_m_s:.2f} m/s"
        click.echo(
            f"{burn.catalog_number}  {burn.time:%Y-%m-%d %H:%M} UTC{size}  {burn.origin.value} {burn.name}".rstrip()
        )
    if not burns:
        click.echo("No burn is found.")
