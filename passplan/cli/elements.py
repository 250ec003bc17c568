"""`passplan elements`."""

from datetime import datetime
from pathlib import Path
from statistics import median

import click

from passplan.cli import inputs
from passplan.domain.elements import Elements, ElementSet, docked_copies, newest
from passplan.domain.errors import InputError
from passplan.formats.elements import load_elements

_SHOWN = 12  # odd sets of a file
_SEVERAL = 4.0  # a BSTAR this many times the median of a satellite's own sets is suspicious


@click.group("elements")
def command() -> None:
    """Look after element sets."""


@command.command("check", epilog="\b\nExample:\n  passplan elements check iss.tle active.csv")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--predictive", is_flag=True, help="The elements have epochs in the future on purpose.")
@click.option("--verbose", is_flag=True, help="Every odd set, not only the first few.")
@click.pass_context
def check(context: click.Context, files: tuple[Path, ...], predictive: bool, verbose: bool) -> None:
    """Read element files and say what is in them, what is refused and why, and what is odd.

    Exits with 1 when anything is refused.
    """
    now = inputs.clock()
    refused = False
    for file in files:
        try:
            found = load_elements(file, now=now, predictive=predictive)
        except InputError as error:
            click.echo(str(error))
            refused = True
            continue
        click.echo(f"{file}: element sets: {len(found)}, satellites: {len(newest(found))}{_ages(found, now)}")
        for bad in found.refused:
            click.echo(f"  refused: {bad}")
        odd = _oddities(found)
        shown = odd if verbose else odd[:_SHOWN]
        for line in shown:
            click.echo(f"  {line}")
        if len(shown) < len(odd):
            click.echo(f"  and {len(odd) - len(shown)} more that are odd or docked (--verbose has all)")
        refused |= bool(found.refused)
    context.exit(1 if refused else 0)


def _ages(found: Elements, now: datetime) -> str:
    if not found:
        return ""
    epochs = [s.epoch for s in found]
    return f", epochs {min(epochs):%Y-%m-%d} to {max(epochs):%Y-%m-%d} (newest {(now - max(epochs)).days} days old)"


def _oddities(found: Elements) -> list[str]:
    lines = []
    names = {s.catalog_number: s.label for s in found}
    for copy, host in sorted(docked_copies(found.sets).items()):
        lines.append(f"docked: {names[copy]} ({copy}) carries the elements of {names[host]} ({host})")
    own: dict[int, list[ElementSet]] = {}
    for item in found:
        own.setdefault(item.catalog_number, []).append(item)
    for sets in own.values():
        usual = median(s.bstar for s in sets)
        for item in sets:
            if item.is_low_orbit and item.bstar <= 0.0:
                lines.append(f"odd: {item.label}, epoch {item.epoch:%Y-%m-%dT%H:%MZ}: BSTAR is {item.bstar:g}, no drag")
            elif len(sets) > 4 and item.bstar > _SEVERAL * usual > 0.0:
                lines.append(
                    f"odd: {item.label}, epoch {item.epoch:%Y-%m-%dT%H:%MZ}: BSTAR {item.bstar:g} is "
                    f"{item.bstar / usual:.0f} times its median"
                )
    return lines
