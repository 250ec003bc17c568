"""`passplan contacts`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import desk, options, output
from passplan.cli.schedule_table import print_stored_contacts, when
from passplan.domain.contacts import HOLDING, OUTCOMES, Contact, ContactState
from passplan.domain.rows.contacts import ContactRow

if TYPE_CHECKING:
    from rich.console import Console


@click.group("contacts")
def command() -> None:
    """List contacts; acknowledge, cancel and report on them."""


@command.command("list", epilog="\b\nExample:\n  passplan contacts list --state committed --format csv")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([s.value for s in ContactState]),
    help="Only these; repeatable.",
)
@click.option("--all", "everything", is_flag=True, help="Include contacts that are over or lost.")
@options.data_option
@options.output_options
def list_(states: tuple[str, ...], everything: bool, data: Path | None, out: output.Output) -> None:
    """List contacts in order of time, with their states."""
    from passplan.queries.listings import contact_list

    chosen = [ContactState(s) for s in states] or (list(ContactState) if everything else list(HOLDING))
    with desk.open_session(data, shows_notice=out.form != "csv", quiet=out.quiet) as at:
        listing = contact_list(at.store, chosen)

    def table(console: Console) -> None:
        desk.notice(at, console)
        print_stored_contacts(listing.rows, listing.several, console)

    document = {"notice": at.store.notice, "contacts": listing.rows}
    output.write(out, "contacts", document, kind=ContactRow, rows=listing.rows, table=table)


@command.command("acknowledge", epilog="\b\nExample:\n  passplan contacts acknowledge 17 --as esa")
@click.argument("contact", type=options.NUMBER)
@options.store_options
def acknowledge(contact: int, data: Path | None, account: str) -> None:
    """Acknowledge a committed contact."""
    from passplan.service.contacts import lifecycle as contacts

    with desk.open_session(data, account) as at:
        _tell(
            contacts.acknowledge(at.store, contact, actor=at.actor, now=at.now), f"acknowledged by {at.actor.account}"
        )


@command.command("cancel", epilog='\b\nExample:\n  passplan contacts cancel 17 --reason "storm"')
@click.argument("contact", type=options.NUMBER)
@click.option("--reason", default="", help="Why; required when the network cancels.")
@options.store_options
def cancel(contact: int, reason: str, data: Path | None, account: str) -> None:
    """Cancel a contact. A requester cancels for its agency, anyone else for the network.

    The request stays open and is planned again; passplan requests withdraw withdraws it.
    """
    from passplan.service.contacts import lifecycle as contacts

    with desk.open_session(data, account) as at:
        cancelled = contacts.cancel(at.store, contact, reason=reason, actor=at.actor, now=at.now)
        _tell(cancelled, cancelled.state.value.replace("_", " "))


@command.command("report", epilog="\b\nExample:\n  passplan contacts report 17 completed")
@click.argument("contact", type=options.NUMBER)
@click.argument("outcome", type=click.Choice([o.value for o in OUTCOMES]))
@click.option("--note", default="", help="What happened.")
@options.store_options
def report(contact: int, outcome: str, note: str, data: Path | None, account: str) -> None:
    """Report the outcome of a contact. The first report sets its state; a later one is only recorded."""
    from passplan.service.contacts import lifecycle as contacts

    with desk.open_session(data, account) as at:
        reported = contacts.report_outcome(
            at.store, contact, ContactState(outcome), note=note, actor=at.actor, now=at.now
        )
        beside = (
            ""
            if reported.state.value == outcome
            else f"; the state stays {reported.state.value}, and the report is recorded"
        )
        _tell(reported, f"reported {outcome}{beside}")


def _tell(c: Contact, what: str) -> None:
    a = c.assignment
    click.echo(f"contact {c.id}, {a.request}/{a.part} at {'+'.join(map(str, a.antennas))}, {when(a.contact)}: {what}")
