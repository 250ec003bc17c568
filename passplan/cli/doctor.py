"""`passplan doctor`."""

import os
import platform
import re
import sys
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import click

from passplan import __version__
from passplan.cli import desk, inputs, options
from passplan.domain.errors import PassplanError
from passplan.resources import shipped

_PACKAGES = (
    "sqlalchemy",
    "alembic",
    "apscheduler",
    "urllib3",
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
@options.data_option
@click.pass_context
def command(context: click.Context, elements: tuple[Path, ...], network: Path | None, data: Path | None) -> None:
    """Print versions, data ages and settings with their origin, for bug reports.

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
        say("", _first_message(error), wrong=True)
    where = ", ".join(str(p) for p in elements) or str(shipped("tle"))
    say("elements", f"{where} ({_origin('PASSPLAN_ELEMENTS', bool(elements))})")
    try:
        catalogue = inputs.read_catalogue(elements, predictive=False, now=now)
        epochs = [s.epoch for s in catalogue.sets]
        age_d = (now - max(epochs)).total_seconds() / 86_400.0
        say(
            "",
            f"{len(epochs)} satellites, newest {max(epochs):%Y-%m-%dT%H:%MZ}, {age_d:.1f} days old"
            + ("; give newer ones with --elements FILE" if age_d > 14 else ""),
            wrong=age_d > 14,
        )
        for refused in catalogue.refused:
            say("", f"refused: {refused}", wrong=True)
        for deviation in catalogue.deviations:
            say("", str(deviation))
    except (PassplanError, OSError) as error:
        say("", _first_message(error), wrong=True)
    _earth_orientation(now, say)
    _kernels(say)
    _store(desk.folder_of(data), data is not None, say)
    context.exit(3 if problems else 0)


def _store(folder: Path, is_named: bool, say: _Say) -> None:
    """Report the settings of a data folder and the integrity of its store, if there is one."""
    from dataclasses import fields

    from passplan.service.operations.upkeep import integrity_problems, newest_backup, readable_by_others
    from passplan.service.settings import Settings, load_settings
    from passplan.service.store import DATABASE_FILE, open_store

    say("data folder", f"{folder} ({_origin('PASSPLAN_DATA', is_named)})")
    try:
        settings, named = load_settings(folder)
        if not is_named and not settings.database and not (folder / DATABASE_FILE).exists():
            say("", "no store there; passplan init makes one")
            return
        for field in fields(Settings):
            value = getattr(settings, field.name)
            text = ", ".join(s.name for s in value) if field.name == "source" else value
            if field.name == "policy":
                text = ", ".join(f"{part.name} = {getattr(value, part.name)}" for part in fields(value))
            if field.name == "database" and not value:
                text = DATABASE_FILE
            origin = "settings.toml" if field.name in named else "default"
            say(f"  {field.name}", f"{_without_password(str(text))} ({origin})")
        store = open_store(folder)
    except (PassplanError, OSError) as error:
        say("store", str(error), wrong=True)
        return
    try:
        say("store", f"{store.database}, instance {store.instance[:8]}, version {store.database.version()}")
        for what in (problems := integrity_problems(store)):
            say("", what, wrong=True)
        if not problems:
            say("", "guards as shipped, events complete, no conflicting contacts")
        if store.notice:
            say("", store.notice)
        last = newest_backup(folder)
        say("last backup", str(last) if last else "none in the data folder")
        for path in readable_by_others(folder, settings):
            say("", f"{path}: other users of this machine can read it; chmod 600 it", wrong=True)
    finally:
        store.database.close()


def _without_password(text: str) -> str:
    return re.sub(r"(://[^:/@]+):[^@]*@", r"\1:***@", text)


def _origin(variable: str, is_named: bool) -> str:
    if not is_named:
        return "default"
    return f"from {variable}" if variable in os.environ else "from the command line"


def _earth_orientation(now: datetime, say: _Say) -> None:
    from passplan.orbit.scales import earth_orientation

    try:
        table = earth_orientation()
    except (PassplanError, OSError) as error:
        say("earth orientation", _first_message(error), wrong=True)
        return
    where = "table inside skyfield" if table.source == "skyfield" else table.source
    error_s = table.ut1_error_s(now)
    late = f": UT1 may be wrong by {error_s:.2f} s, {0.46 * error_s:.2f} km on the ground" if error_s else ""
    say("earth orientation", f"{where}, ends {table.end:%Y-%m-%d}{late}", wrong=bool(error_s))


def _kernels(say: _Say) -> None:
    from passplan.kernels.compiling import cache_folder

    folder = cache_folder()
    compiled = sorted(folder.rglob("*.nbi"))
    say("kernels", f"{folder}, {len(compiled)} compiled" + ("" if compiled else "; the first search compiles them"))


def _first_message(error: PassplanError | OSError) -> str:
    return str(error.messages[0] if isinstance(error, PassplanError) else error)
