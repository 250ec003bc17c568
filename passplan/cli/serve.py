"""`passplan serve`: web and daemon under one command."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import click

from passplan.cli import desk, inputs, options
from passplan.cli.inputs import moment_or_day
from passplan.cli.web import greet_first_administrator
from passplan.domain.errors import InputError, PassplanError
from passplan.domain.roles import Role
from passplan.formats.network import load_network
from passplan.processes import child_environment
from passplan.service.access.accounts import LOCAL
from passplan.service.access.actors import Actor
from passplan.service.store import open_store

_ENDING_S = 30.0


@click.command("serve", epilog="\b\nExamples:\n  passplan serve --demo\n  passplan serve --data /srv/passplan")
@click.option("--demo", is_flag=True, help="Create an example store: shipped stations and elements, example requests.")
@click.option(
    "--elements",
    multiple=True,
    type=click.Path(path_type=Path),
    envvar="PASSPLAN_ELEMENTS",
    help="With --demo: fresh element sets; without any the clock is set back to the shipped ones. With --rehearse: the "
    "history, of which each set comes 8 h after its epoch.",
)
@click.option("--rehearse", default="", metavar="TIME", help="Create the store of a rehearsal that begins then.")
@click.option("--speed", default=60.0, show_default=True, help="With --rehearse: mission seconds in a second.")
@click.option(
    "--of", "original", type=click.Path(path_type=Path), help="With --rehearse: a data folder, which is copied."
)
@click.option("--listen", default="", metavar="ADDRESS:PORT", help="Where pages and API listen. [default: the setting]")
@options.data_option
@click.pass_context
def command(
    context: click.Context,
    demo: bool,
    elements: tuple[Path, ...],
    rehearse: str,
    speed: float,
    original: Path | None,
    listen: str,
    data: Path | None,
) -> None:
    """Run the service on the data folder: its stations.toml is applied, then `passplan web` and `passplan daemon` run.

    A rehearsal is a store of its own, whose clock begins at --rehearse and runs --speed times as fast. Nothing is
    fetched, every output says REHEARSAL, and the service that --of names does not change.

    Both end when either does, or at SIGTERM or Ctrl-C. After SIGHUP the network file is applied again and both read
    the settings again. A demonstration or rehearsal without --data uses a new folder, which is deleted at the end.
    """
    if demo and rehearse:
        raise click.UsageError("a demonstration or a rehearsal, not both")
    if original is not None and not rehearse:
        raise click.UsageError("--of goes with --rehearse")
    if not demo and not rehearse:
        if elements:
            raise click.UsageError("--elements goes with --demo; a service takes them by passplan elements add")
        context.exit(_serve(desk.folder_of(data), listen))

    def make(folder: Path) -> None:
        if demo:
            _make(folder, elements)
        else:
            start = moment_or_day(rehearse, "--rehearse")
            _make_rehearsal(folder, start, speed, elements, original)

    if data is not None:
        make(data)
        context.exit(_serve(data, listen))
    with tempfile.TemporaryDirectory(prefix="passplan-demo-") as name:
        make(Path(name))
        code = _serve(Path(name), listen)
    context.exit(code)


def _make(folder: Path, elements: tuple[Path, ...]) -> None:
    """Create a demonstration's store, unless the folder has one already."""
    from passplan.service.operations.demo import make_demonstration

    if folder.exists() and any(folder.iterdir()):
        store = open_store(folder)
        store.database.close()
        if not store.demo:
            raise InputError(f"{folder}: there is a store, and it is no demonstration; name another folder")
        return
    make_demonstration(folder, elements, actor=_local(), real_now=inputs.clock()).database.close()


def _make_rehearsal(
    folder: Path, start: datetime, speed: float, elements: tuple[Path, ...], original: Path | None
) -> None:
    """Create a rehearsal's store, unless the folder has one already: then its clock goes on."""
    from passplan.service.operations.rehearsal import make_rehearsal

    if folder.exists() and any(folder.iterdir()):
        store = open_store(folder)
        store.database.close()
        if store.rehearsal is None:
            raise InputError(f"{folder}: there is a store, and it is no rehearsal's; name another folder")
        return
    make_rehearsal(
        folder,
        start=start,
        speed=speed,
        history=elements,
        original=original,
        actor=_local(),
        real_now=inputs.clock(),
    ).database.close()


def _serve(folder: Path, listen: str) -> int:
    """Run both programs until one ends or a signal arrives; return the exit code."""
    from passplan.service.network.revisions import apply_network
    from passplan.service.operations.demo import PASSWORD, sign_in_names

    store = open_store(folder)
    try:
        now = store.mission_time(inputs.clock())
        apply_network(store, load_network(folder / store.settings.network), actor=_local(), now=now)
        listen = listen or store.settings.listen
        _require_free(listen)
        if store.notice:
            click.echo(store.notice)
        click.echo(f"The service runs on {folder}; it is {now:%Y-%m-%d %H:%M:%S} UTC there. Ctrl-C ends it.")
        names = sign_in_names(store) if store.demo else ()
    finally:
        store.database.close()
    if names:
        click.echo(f'Sign in with the password "{PASSWORD}" as')
        for name, description in names:
            click.echo(f"    {name:<14} {description}")
    else:
        greet_first_administrator(folder)
    click.echo("In another terminal:")
    for words in ("status", "schedule show", "requests list", "contacts list"):
        click.echo(f"    {_program()} {words} --data {folder}")
    sys.stdout.flush()
    return _run_both(folder, listen)


def _run_both(folder: Path, listen: str) -> int:
    """Start web and daemon, and end both when one ends or a signal comes. SIGHUP: both read the settings again."""
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: signals.append(number))
    program = [sys.executable, "-m", "passplan"]
    # In separate process groups: Ctrl-C reaches this process alone, which then ends both in order.
    programs = {
        words[0]: subprocess.Popen(  # noqa: S603 -- this program
            [*program, *words, "--data", str(folder)], start_new_session=True, env=child_environment()
        )
        for words in (["daemon"], ["web", "--listen", listen])
    }
    ended: dict[str, int] = {}
    try:
        while not ended and not {signal.SIGTERM, signal.SIGINT} & set(signals):
            if signal.SIGHUP in signals:
                signals.remove(signal.SIGHUP)
                _reload(folder, programs.values())
            time.sleep(0.1)
            ended = {name: code for name, p in programs.items() if (code := p.poll()) is not None}
    finally:
        _end(list(programs.values()))
    for name, code in ended.items():
        click.echo(f"passplan serve: passplan {name} ended {_how(code)}; the service ends", err=True)
    return next((code if code > 0 else 1 for code in ended.values()), 0)


def _how(code: int) -> str:
    """How a program ended, from its exit code as `subprocess` has it."""
    return f"with exit code {code}" if code >= 0 else f"by the signal {signal.Signals(-code).name}"


def _reload(folder: Path, programs: Iterable[subprocess.Popen[bytes]]) -> None:
    """Apply the network file and let both programs read the settings again; a mistake in either changes nothing."""
    from passplan.service.network.revisions import apply_network

    try:
        store = open_store(folder)
        try:
            now = store.mission_time(inputs.clock())
            apply_network(store, load_network(folder / store.settings.network), actor=_local(), now=now)
        finally:
            store.database.close()
    except (PassplanError, OSError) as error:
        click.echo(f"passplan serve: SIGHUP changes nothing: {error}", err=True)
        return
    for program in programs:
        program.send_signal(signal.SIGHUP)


def _end(programs: Sequence[subprocess.Popen[bytes]]) -> None:
    for program in programs:
        if program.poll() is None:
            program.send_signal(signal.SIGTERM)
    until = time.monotonic() + _ENDING_S
    for program in programs:
        try:
            program.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()


def _require_free(listen: str) -> None:
    """Refuse an address that is in use, before anything is started.

    Raises:
        InputError: when it is in use.
    """
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), int(port)))
        except OSError as error:
            raise InputError(
                f"{listen}: nothing can listen there ({error.strerror}); name another with --listen"
            ) from None


def _program() -> str:
    """The command that starts this program, also when `passplan` is not on the path."""
    called = Path(sys.argv[0])
    return str(called) if shutil.which("passplan") is None and called.name == "passplan" else "passplan"


def _local() -> Actor:
    return Actor(account=LOCAL, role=Role.ADMINISTRATOR, os_user=desk.os_user())
