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
@click.option("--all", "everything", is_flag=True, help="Those that are over or lost as well.")
@options.data_option
@options.output_options
def list_(states: tuple[str, ...], everything: bool, data: Path | None, out: output.Output) -> None:
    """List contacts in order of time, with where each stands."""
    from passplan.queries.listings import contact_list

    chosen = [ContactState(s) for s in states] or (list(ContactState) if everything else list(HOLDING))
    with desk.opened(data, tells=out.form != "csv", quiet=out.quiet) as at:
        found = contact_list(at.store, chosen)

    def table(console: Console) -> None:
        desk.notice(at, console)
        print_stored_contacts(found.rows, found.several, console)

    document = {"notice": at.store.notice, "contacts": found.rows}
    output.write(out, "contacts", document, kind=ContactRow, rows=found.rows, table=table)


@command.command("acknowledge", epilog="\b\nExample:\n  passplan contacts acknowledge 17 --as esa")
@click.argument("contact", type=options.NUMBER)
@options.store_options
def acknowledge(contact: int, data: Path | None, account: str) -> None:
    """Say that a committed contact was seen."""
    from passplan.service.contacts import lifecycle as contacts

    with desk.opened(data, account) as at:
        _tell(
            contacts.acknowledge(at.store, contact, actor=at.actor, now=at.now), f"acknowledged by {at.actor.account}"
        )


@command.command("cancel", epilog='\b\nExample:\n  passplan contacts cancel 17 --reason "storm"')
@click.argument("contact", type=options.NUMBER)
@click.option("--reason", default="", help="Why; the network has to say.")
@options.store_options
def cancel(contact: int, reason: str, data: Path | None, account: str) -> None:
    """Cancel a contact: for its agency where a requester does, else for the network.

    The request asks again; passplan requests withdraw takes it back altogether.
    """
    from passplan.service.contacts import lifecycle as contacts

    with desk.opened(data, account) as at:
        found = contacts.cancel(at.store, contact, reason=reason, actor=at.actor, now=at.now)
        _tell(found, found.state.value.replace("_", " "))


@command.command("report", epilog="\b\nExample:\n  passplan contacts report 17 completed")
@click.argument("contact", type=options.NUMBER)
@click.argument("outcome", type=click.Choice([o.value for o in OUTCOMES]))
@click.option("--note", default="", help="What happened.")
@options.store_options
def report(contact: int, outcome: str, note: str, data: Path | None, account: str) -> None:
    """Say what became of a contact. The first report settles it; a later one stands beside it."""
    from passplan.service.contacts import lifecycle as contacts

    with desk.opened(data, account) as at:
        found = contacts.report_outcome(at.store, contact, ContactState(outcome), note=note, actor=at.actor, now=at.now)
        beside = (
            "" if found.state.value == outcome else f"; it stays {found.state.value}, and the report stands beside it"
        )
        _tell(found, f"reported {outcome}{beside}")


def _tell(c: Contact, what: str) -> None:
    a = c.assignment
    click.echo(f"contact {c.id}, {a.request}/{a.part} at {'+'.join(map(str, a.antennas))}, {when(a.contact)}: {what}")
