"""`passplan requests`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import completions, desk, options, output
from passplan.cli.output import words
from passplan.cli.row_table import print_rows
from passplan.cli.schedule_table import when
from passplan.domain.contacts import OPEN, RequestState
from passplan.domain.errors import InputError
from passplan.domain.rows.requests import RequestStateRow
from passplan.formats.requests import load_requests

if TYPE_CHECKING:
    from rich.console import Console


@click.group("requests")
def command() -> None:
    """Add, list, withdraw and decide requests."""


@command.command("add", epilog="\b\nExample:\n  passplan requests add week.toml --as esa")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--key",
    default="",
    help="Idempotency key: a repeated submission with the same key changes nothing and gives the same answer.",
)
@options.store_options
@click.pass_context
def add(context: click.Context, file: Path, key: str, data: Path | None, account: str) -> None:
    """Submit the requests of a file: all of them or, where one has a mistake, none.

    Exits with 3 when a request is rejected.
    """
    from passplan.service.requests.submit import submit

    book = load_requests(file)
    if not book.requests:
        raise InputError(f"{file.name}: there is no request in it; write a [[request]]")
    with desk.open_session(data, account) as at:
        answer = submit(at.store, book, key=key, actor=at.actor, now=at.now)
    for item in answer:
        there = "" if item.is_new else " (already submitted)"
        click.echo(f"{item.id}: {item.state.value}{there}{f': {words(item.reason)}' if item.reason else ''}")
    context.exit(3 if any(item.state is RequestState.REJECTED for item in answer) else 0)


@command.command("list", epilog="\b\nExample:\n  passplan requests list --state accepted")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([s.value for s in RequestState]),
    help="Only these; repeatable.",
)
@click.option("--all", "everything", is_flag=True, help="Include requests that are closed.")
@click.option("--agency", default="", help="Only those of an agency.")
@options.data_option
@options.output_options
def list_(states: tuple[str, ...], everything: bool, agency: str, data: Path | None, out: output.Output) -> None:
    """List requests with their states."""
    from passplan.queries.listings import request_list

    chosen = [RequestState(s) for s in states] or (list(RequestState) if everything else list(OPEN))
    with desk.open_session(data, shows_notice=out.form != "csv", quiet=out.quiet) as at:
        rows = request_list(at.store, chosen, agency=agency)

    def table(console: Console) -> None:
        desk.notice(at, console)
        print_rows(console, RequestStateRow, rows, empty="There is no request.")

    document = {"notice": at.store.notice, "requests": rows}
    output.write(out, "request-states", document, kind=RequestStateRow, rows=rows, table=table)


@command.command("withdraw", epilog="\b\nExample:\n  passplan requests withdraw ESA-SCHOOL-2 --as esa")
@click.argument("request", shell_complete=completions.requests)
@click.option("--reason", default="", help="Why; recorded in the events.")
@options.store_options
def withdraw(request: str, reason: str, data: Path | None, account: str) -> None:
    """Withdraw a request; its future contacts are cancelled, except those that are about to begin."""
    from passplan.service.requests import submit as requesting

    with desk.open_session(data, account) as at:
        stay = requesting.withdraw(at.store, request, reason=reason, actor=at.actor, now=at.now)
    click.echo(f"{request}: withdrawn")
    for c in stay:
        click.echo(f"    contact {c.id} of {when(c.assignment.contact)} begins too soon to be cancelled")


@command.command("approve", epilog="\b\nExample:\n  passplan requests approve RU-WALLOPS --as wallops")
@click.argument("request", shell_complete=completions.requests)
@click.option("--reason", default="", help="Why; recorded in the events.")
@options.store_options
def approve(request: str, reason: str, data: Path | None, account: str) -> None:
    """Approve a request that needs approval: an emergency, or one that an agreement requires approval for."""
    from passplan.service.requests.submit import decide

    with desk.open_session(data, account) as at:
        still = decide(at.store, request, accept=True, reason=reason, actor=at.actor, now=at.now)
    click.echo(f"{request}: {'approved; waits for approval by ' + ', '.join(still) if still else 'accepted'}")


@command.command("reject", epilog='\b\nExample:\n  passplan requests reject RU-WALLOPS --reason "no crew" --as wallops')
@click.argument("request", shell_complete=completions.requests)
@click.option("--reason", required=True, help="Why; the agency sees it.")
@options.store_options
def reject(request: str, reason: str, data: Path | None, account: str) -> None:
    """Reject what a request asks: an owner's stations are taken out of it. Without another station it is rejected."""
    from passplan.domain.contacts import RequestState
    from passplan.queries.listings import request_state
    from passplan.service.requests.submit import decide

    with desk.open_session(data, account) as at:
        decide(at.store, request, accept=False, reason=reason, actor=at.actor, now=at.now)
        state = request_state(at.store, request)
    is_rejected = state is not None and state.state is RequestState.REJECTED
    click.echo(f"{request}: {'rejected' if is_rejected else 'those stations are taken out; it stays open at others'}")


@command.command("times")
@options.data_option
def times(data: Path | None) -> None:
    """List the named times of satellites that came with requests, not those of the network."""
    from passplan.service.requests.submit import satellite_times

    with desk.open_session(data) as at:
        for name, time in satellite_times(at.store):
            when_ = " to ".join(time.daily) + " daily" if time.daily else when(time.span) if time.span else ""
            blocks = f", blocks {' '.join(time.blocks)}" if time.blocks else ""
            click.echo(f"{name}  {time.satellite} {time.name}: {when_}{blocks}")


@command.command("drop-time", epilog="\b\nExample:\n  passplan requests drop-time 1f3a9c02")
@click.argument("name")
@options.store_options
def drop_time(name: str, data: Path | None, account: str) -> None:
    """Remove a named time of a satellite, by its number in `times`."""
    from passplan.service.requests.submit import drop_satellite_time

    with desk.open_session(data, account) as at:
        drop_satellite_time(at.store, name, actor=at.actor, now=at.now)
    click.echo(f"{name}: dropped")
