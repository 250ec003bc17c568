"""`passplan doctor`."""

import os
import platform
import sys
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import click

from passplan import __version__
from passplan.cli import inputs, options
from passplan.domain.errors import PassplanError
from passplan.resources import shipped

_PACKAGES = (
    "sgp4",
    "skyfield",
    "numpy",
    "numba",
    "llvmlite",
    "ortools",
    "click",
    "rich",
    "defusedxml",
    "platformdirs",
    "tzdata",
)


class _Say(Protocol):
    def __call__(self, name: str, what: str, *, wrong: bool = False) -> None: ...


@click.command("doctor")
@click.option(
    "--elements", multiple=True, type=click.Path(path_type=Path), envvar="PASSPLAN_ELEMENTS", help="As for passes."
)
@options.network_option
@click.pass_context
def command(context: click.Context, elements: tuple[Path, ...], network: Path | None) -> None:
    """Print versions, data ages and settings with their origin: what a bug report needs.

    Exits with 3 when something is wrong.
    """
    now = inputs.clock()
    problems = 0

    def say(name: str, what: str, *, wrong: bool = False) -> None:
        nonlocal problems
        problems += wrong
        click.echo(f"{'!' if wrong else ' '} {name:<20} {what}")

    say("passplan", __version__)
    say("python", f"{platform.python_version()} ({sys.executable}), {platform.platform()}")
    for name in _PACKAGES:
        try:
            say(name, version(name))
        except PackageNotFoundError:
            say(name, "not installed", wrong=True)
    say("network", f"{network or shipped('stations.toml')} ({_origin('PASSPLAN_NETWORK', bool(network))})")
    try:
        read = inputs.read_network(network)
        say("", f"{len(read.stations)} stations of {len(read.agencies)} agencies, {len(read.satellites)} satellites")
    except (PassplanError, OSError) as error:
        say("", str(error).splitlines()[0], wrong=True)
    where = ", ".join(str(p) for p in elements) or str(shipped("tle"))
    say("elements", f"{where} ({_origin('PASSPLAN_ELEMENTS', bool(elements))})")
    try:
        catalogue = inputs.read_catalogue(elements, predictive=False, now=now)
        epochs = [s.epoch for s in catalogue.sets]
        age_d = (now - max(epochs)).total_seconds() / 86_400.0
        say(
            "",
            f"{len(epochs)} satellites, newest {max(epochs):%Y-%m-%dT%H:%MZ}, {age_d:.1f} days old",
            wrong=age_d > 14,
        )
        for warning in catalogue.warnings:
            say("", warning, wrong=True)
    except (PassplanError, OSError) as error:
        say("", str(error).splitlines()[0], wrong=True)
    _earth_orientation(now, say)
    _kernels(say)
    context.exit(3 if problems else 0)


def _origin(variable: str, given: bool) -> str:
    if not given:
        return "default"
    return f"from {variable}" if variable in os.environ else "from the command line"


def _earth_orientation(now: datetime, say: _Say) -> None:
    from passplan.orbit.scales import earth_orientation_end

    end = earth_orientation_end()
    over = now > end
    say(
        "earth orientation",
        f"table inside skyfield, ends {end:%Y-%m-%d}" + (": renew skyfield" if over else ""),
        wrong=over,
    )


def _kernels(say: _Say) -> None:
    from passplan.kernels.compiling import cache_folder

    folder = cache_folder()
    compiled = sorted(folder.rglob("*.nbi"))
    say("kernels", f"{folder}, {len(compiled)} compiled" + ("" if compiled else "; the first search compiles them"))
