"""The `passplan` command: its subcommands, and the exit codes of errors."""

import io
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click

from passplan import __version__
from passplan.domain.errors import PassplanError, StaleElementsError

FAILED, USAGE, ANSWER_IS_NO, STALE = 1, 2, 3, 4

# Command, its module, and its line in the help, so that the help imports no command module.
_COMMANDS = {
    "passes": ("passplan.cli.passes", "Print the passes of satellites over stations."),
    "track": ("passplan.cli.track", "Print a satellite's way over a station's sky: pointing and Doppler."),
    "plan": ("passplan.cli.plan", "Share contact time among the agencies that request it."),
    "check": ("passplan.cli.check", "Check a plan against every rule."),
    "explain": ("passplan.cli.explain", "Explain why a request is scheduled where it is, or why it was refused."),
    "diff": ("passplan.cli.diff", "Compare the contacts of two plans."),
    "stations": ("passplan.cli.stations", "List the stations of the network."),
    "satellites": ("passplan.cli.satellites", "List the satellites that have element sets."),
    "elements": ("passplan.cli.elements", "Manage element sets: check, add, update, status, choose, arm."),
    "export": ("passplan.cli.export", "Write positions as an OEM, or element sets as OMM, for other programs."),
    "manoeuvres": ("passplan.cli.manoeuvres", "Add, list and find burns of satellites."),
    "init": ("passplan.cli.init", "Create the store of a service."),
    "network": ("passplan.cli.network", "Apply a network file to the store."),
    "requests": ("passplan.cli.requests", "Add, list, withdraw and decide requests."),
    "schedule": ("passplan.cli.schedule", "Show the schedule, or make and publish it now."),
    "contacts": ("passplan.cli.contacts", "List contacts; acknowledge, cancel and report on them."),
    "outage": ("passplan.cli.outage", "Record that a station or an antenna cannot be used."),
    "events": ("passplan.cli.events", "Print events: who changed what, and when."),
    "users": ("passplan.cli.users", "Add and list accounts, and give them passwords."),
    "tokens": ("passplan.cli.tokens", "Create, list and revoke tokens of programs."),
    "web": ("passplan.cli.web", "Serve pages and API."),
    "serve": ("passplan.cli.serve", "Run web and daemon on the data folder; --demo creates an example store."),
    "rehearse": ("passplan.cli.rehearse", "Rehearse days of the service in minutes, on a store of its own."),
    "daemon": ("passplan.cli.daemon", "Run the jobs that refresh elements, plan and freeze."),
    "status": ("passplan.cli.status", "Print the status of the service and its problems."),
    "db": ("passplan.cli.db", "Upgrade, back up and restore the store."),
    "doctor": ("passplan.cli.doctor", "Print versions, data ages and settings, for bug reports."),
    "completion": ("passplan.cli.completion", "Print the completion script of a shell."),
}


_OWN_OPTIONS = frozenset({"-h", "--help", "--version"})


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    # ruff: noqa: ARG002 -- the arguments are click's

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = import_module(_COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command; of another word, the commands near it."""
        name = args[0] if args else ""
        if name and name not in _COMMANDS and not ctx.resilient_parsing:  # not while a shell completes
            near = get_close_matches(name, _COMMANDS, n=3)
            ctx.fail(f"there is no command {name!r}" + (f"; near it: {', '.join(near)}" if near else ""))
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Options of commands that stand before the command are told where they belong."""
        command = next((word for word in args if word in _COMMANDS), None)
        first = args[0] if args else ""
        is_misplaced = first.startswith("--") and first not in _OWN_OPTIONS
        if command is not None and is_misplaced and not ctx.resilient_parsing:
            ctx.fail(f"{first} goes behind the command: passplan {command} {first} …")
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="passplan")
def cli() -> None:
    """Compute satellite passes at ground stations to a millisecond, and plan contacts fairly, with reasons.

    \b
    passplan passes --start epoch
    passplan passes --elements iss.tle --at 52.0,4.4,10 --hours 24
    passplan track --satellite 25544 --station WPS-VHF --frequency 145.8e6
    passplan plan --start epoch --format json -o plan.json
    passplan explain plan.json NASA-VOICE
    passplan serve --demo

    \b
    Exit codes: 0 done (warnings are on stderr), 1 failed: bad input or an error,
    2 wrong usage, 3 the answer is no, 4 elements are stale or missing.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the caller closed it: nobody wants to read
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 -- until the process ends
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without "°" gets a "?", and no error
    try:
        _refuse_torn(arguments if arguments is not None else sys.argv[1:])
        code = cli.main(args=list(arguments) if arguments is not None else None, standalone_mode=False)
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except StaleElementsError as error:
        _complain(_error_text(error))
        sys.exit(STALE)
    except PassplanError as error:
        _complain(_error_text(error))
        sys.exit(FAILED)
    except OSError as error:
        _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        sys.exit(FAILED)


def _refuse_torn(arguments: Sequence[str]) -> None:
    """Refuse arguments that are not text: no file and no database accepts them."""
    for argument in arguments:
        if any("\ud800" <= c <= "\udfff" for c in argument):
            raise click.UsageError(f"the argument {argument!a} is not UTF-8 text")


def _error_text(error: PassplanError) -> str:
    """The text of an error, with a hint."""
    from passplan.labels import ENGLISH, error_words

    return error_words(error, ENGLISH)


def _complain(text: str) -> None:
    for line in text.splitlines():
        click.echo(f"passplan: {line}", err=True)
