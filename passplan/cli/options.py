"""Options that several commands share, so that they mean the same everywhere."""

import math
import re
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import click

from passplan.cli import completions
from passplan.cli.output import Output

NUMBER = click.IntRange(1, 2**62)  # of a contact, a revision, an outage
NUMBER_OR_0 = click.IntRange(0, 2**62)
COUNT = click.IntRange(1, 100_000)  # of lines


class Frequency(click.ParamType[float]):
    """A frequency in Hz, or with its unit: 145.8e6, 145.8MHz, 2.2 GHz."""

    name = "frequency"
    _UNITS_HZ: ClassVar[dict[str, float]] = {"": 1.0, "hz": 1.0, "khz": 1e3, "mhz": 1e6, "ghz": 1e9}
    _LEAST_HZ, _MOST_HZ = 1e6, 1e12

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The frequency [Hz]."""
        match = re.fullmatch(r"\s*([0-9.eE+-]+?)\s*([kmg]?hz)?\s*", str(value), re.IGNORECASE)
        try:
            number = float(match[1]) if match else math.nan
        except ValueError:
            number = math.nan
        if match is None or not math.isfinite(number):
            self.fail(
                f"{value!r} is no frequency; write it in Hz, as 145.8e6, or with its unit, as 145.8MHz", param, ctx
            )
        unit = (match[2] or "").casefold()
        frequency_hz = number * self._UNITS_HZ[unit]
        if not self._LEAST_HZ <= frequency_hz <= self._MOST_HZ:
            would_do = f"; if MHz is meant, write {value}MHz" if not unit and number < self._LEAST_HZ else ""
            self.fail(f"{value} is {frequency_hz:g} Hz, and it is 1 MHz to 1 THz{would_do}", param, ctx)
        return frequency_hz


FREQUENCY = Frequency()

F = TypeVar("F", bound=Callable[..., Any])


def elements_options(function: F) -> F:
    """Which element sets to take, and of which satellites."""
    function = click.option(
        "--satellite",
        "--sat",
        "satellites",
        multiple=True,
        metavar="WHICH",
        shell_complete=completions.satellites,
        help="Catalogue number, name, group (an elements file's name without ending) or 'all'; repeatable. "
        "[default: all of --elements, or else the network's]",
    )(function)
    return element_files_options(function)


def element_files_options(function: F) -> F:
    """Which element sets to take."""
    for option in reversed(
        (
            click.option(
                "--elements",
                "elements",
                multiple=True,
                type=click.Path(path_type=Path),
                envvar="PASSPLAN_ELEMENTS",
                help="File or folder of element sets and ephemerides: TLE; OMM as JSON, CSV, XML, KVN; OEM as XML, "
                "KVN. [default: the shipped ones]",
            ),
            click.option("--predictive", is_flag=True, help="The elements have epochs in the future on purpose."),
        )
    ):
        function = option(function)
    return function


def stations_options(function: F) -> F:
    """Which stations and places to use."""
    for option in reversed(
        (
            network_option,
            click.option(
                "--station",
                "stations",
                multiple=True,
                metavar="WHICH",
                shell_complete=completions.stations,
                help="Station id, agency or 'all'; repeatable. [default: all, or none with --at]",
            ),
            click.option(
                "--at",
                "places",
                multiple=True,
                metavar="LAT,LON[,ALT]",
                help="A place: degrees, north and east positive, and metres above the ellipsoid; repeatable.",
            ),
            click.option(
                "--min-elevation",
                "min_elevation_deg",
                type=click.FloatRange(-10.0, 90.0),
                metavar="DEGREES",
                help="Floor for every station, instead of the station's; masks stay.",
            ),
        )
    ):
        function = option(function)
    return function


def network_option(function: F) -> F:
    """Which network file to take."""
    return click.option(
        "--network",
        "network",
        type=click.Path(path_type=Path),
        envvar="PASSPLAN_NETWORK",
        help="Network file. [default: the shipped stations.toml]",
    )(function)


def span_options(function: F) -> F:
    """Which span to use."""
    for option in reversed(
        (
            click.option(
                "--start",
                default="now",
                show_default=True,
                help="now, today, epoch (of the newest element set), +6h, -6h, or a time such as 2026-08-08T00:00:00Z.",
            ),
            click.option("--end", help="As --start; +6h counts from the start."),
            click.option(
                "--hours", type=float, help="Length of the span, instead of --end. [default: 24; of a track 48]"
            ),
            click.option(
                "--allow-stale",
                is_flag=True,
                help="Use low orbits whose elements are more than 14 days away; from 7 days they are marked as stale.",
            ),
        )
    ):
        function = option(function)
    return function


def store_options(function: F) -> F:
    """Which store, and the acting account."""
    function = click.option(
        "--as",
        "account",
        default="",
        metavar="ACCOUNT",
        envvar="PASSPLAN_ACCOUNT",
        help="The acting account. [default: the local administrator]",
    )(function)
    return data_option(function)


def data_option(function: F) -> F:
    """Which store."""
    return click.option(
        "--data",
        "data",
        type=click.Path(path_type=Path),
        envvar="PASSPLAN_DATA",
        metavar="DIR",
        help="The data folder. [default: passplan's folder of your user]",
    )(function)


def output_options(function: F) -> F:
    """How to print rows, and where."""
    return _output_options(function, ["table", "json", "csv"], "A table for people; JSON or CSV for programs.")


def report_options(function: F) -> F:
    """How to print output that is not rows of one kind, and where."""
    return _output_options(function, ["table", "json"], "Text for people; JSON for programs.")


def _output_options(function: F, forms: list[str], help_line: str) -> F:
    wrapped: Any = _with_output(function)
    for option in reversed(
        (
            click.option(
                "--format", "form", type=click.Choice(forms), default="table", show_default=True, help=help_line
            ),
            click.option(
                "-o",
                "--output",
                "target",
                type=click.Path(path_type=Path, allow_dash=True),
                default="-",
                metavar="FILE",
                help="Where to write; - is standard output.",
            ),
            click.option("--no-color", is_flag=True, help="No colour (as the variable NO_COLOR does)."),
            click.option("-q", "--quiet", is_flag=True, help="No warnings on standard error."),
        )
    ):
        wrapped = option(wrapped)
    decorated: F = wrapped
    return decorated


def _with_output(function: Callable[..., Any]) -> Callable[..., Any]:
    """A command that takes its four output options as one `out`."""

    @wraps(function)
    def command(*args: Any, form: str, target: Path, no_color: bool, quiet: bool, **keywords: Any) -> Any:
        out = Output(form=form, target=target, no_color=no_color, quiet=quiet)
        return function(*args, out=out, **keywords)

    return command
