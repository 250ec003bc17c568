"""`passplan schedule`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import desk, options, output
from passplan.cli.output import words
from passplan.cli.row_table import print_rows
from passplan.cli.schedule_table import print_outcome, print_plan, print_stored_contacts
from passplan.domain.contacts import HOLDING
from passplan.domain.rows.contacts import ContactRow
from passplan.domain.rows.schedule import RevisionRow, refusal_row, share_row
from passplan.domain.schedule import EFFORTS
from passplan.formats.rows import row_document
from passplan.labels import ENGLISH, joined, revision_words

if TYPE_CHECKING:
    from rich.console import Console


@click.group("schedule")
def command() -> None:
    """Show the schedule, or make and publish it now."""


@command.command("show", epilog="\b\nExamples:\n  passplan schedule show\n  passplan schedule show 3")
@click.argument("revision", required=False, type=options.NUMBER)
@options.data_option
@options.output_options
def show(revision: int | None, data: Path | None, out: output.Output) -> None:
    """Show the current schedule: contacts with their states, refusals with reasons, and the value.

    With a number: that revision, as it was published.
    """
    from passplan.queries.listings import contact_list
    from passplan.queries.revisions import revision_row
    from passplan.service.schedule.publishing import load_revision

    with desk.open_session(data, shows_notice=out.form != "csv", quiet=out.quiet) as at:
        stored, plan = load_revision(at.store, revision)
        live = contact_list(at.store, HOLDING, ends_after=at.now)
        elements = desk.element_lines(at) if revision is None else []
    if revision is not None and out.form != "table":
        raise click.UsageError("a numbered revision is shown as a table only")
    row = revision_row(stored, stored.causes)
    caption = [*([at.store.notice] if at.store.notice else []), *_caption(row), *elements]

    def table(console: Console) -> None:
        if revision is not None:
            print_plan(plan, console, caption)
            return
        for line in caption:
            console.print(line, style="dim", soft_wrap=True)
        print_stored_contacts(live.rows, live.several, console)
        print_outcome(plan, console)

    book = {r.id: r for r in plan.inputs.book.requests}
    document = {
        "notice": at.store.notice,
        "now": at.now,
        **row_document(row),
        "contacts": live.rows,
        "refused": [
            row_document(refusal_row(r, book[r.request])) | {"particulars": joined(r.particulars, ENGLISH)}
            for r in plan.schedule.refusals
        ],
        "agencies": [share_row(s) for s in plan.schedule.fairness.agencies],
    }
    output.write(out, "stored-schedule", document, kind=ContactRow, rows=live.rows, table=table)


@command.command("list")
@click.option("--most", type=options.COUNT, default=20, show_default=True, help="How many.")
@options.data_option
@options.output_options
def list_(most: int, data: Path | None, out: output.Output) -> None:
    """List the newest revisions, and the changes of each."""
    from passplan.queries.listings import revision_history

    with desk.open_session(data, shows_notice=out.form != "csv", quiet=out.quiet) as at:
        rows = revision_history(at.store, most=most)

    def table(console: Console) -> None:
        desk.notice(at, console)
        notes = [[revision_words(r.change, r.causes, ENGLISH)] for r in rows]
        print_rows(console, RevisionRow, rows, notes=notes, empty="There is no schedule yet.")

    document = {"notice": at.store.notice, "revisions": rows}
    output.write(out, "revisions", document, kind=RevisionRow, rows=rows, table=table)


@command.command("publish", epilog="\b\nExample:\n  passplan schedule publish --effort quick --dry-run")
@click.option("--effort", type=click.Choice(EFFORTS), help="How long to search. [default: the settings']")
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@options.store_options
@click.option("-q", "--quiet", is_flag=True, help="No progress on standard error.")
def publish(effort: str | None, dry_run: bool, data: Path | None, account: str, quiet: bool) -> None:
    """Plan now, and publish the plan as the next revision. Frozen contacts stay.

    The daemon does this every day.
    """
    from passplan.cli import inputs
    from passplan.service.schedule.drafting import MANUAL, changes, draft
    from passplan.service.schedule.publishing import plan_and_publish

    with desk.open_session(data, account) as at, output.solving("planning", quiet=quiet) as report:
        if dry_run:
            drafted = draft(at.store, now=at.now, effort=effort or "", report=report)
            output.warn(drafted.without, quiet=quiet)
            click.echo(f"would change: {words(changes(drafted).change)}")
            return
        published = plan_and_publish(
            at.store,
            lane=MANUAL,
            actor=at.actor,
            clock=lambda: at.store.mission_time(inputs.clock()),
            effort=effort or "",
            report=report,
        )
    output.warn((*published.without, *(f"left out: {line}" for line in published.left_out)), quiet=quiet)
    change = revision_words(published.revision.change, published.revision.causes, ENGLISH)
    click.echo(f"revision {published.revision.number}: {change}")
    click.echo(f"{published.revision.contacts} contacts, {published.revision.refusals} refused")


def _caption(row: RevisionRow) -> list[str]:
    change = revision_words(row.change, row.causes, ENGLISH)
    return [
        f"revision {row.number} of {row.at:%Y-%m-%d %H:%M:%S} UTC ({row.lane}): {change}",
        f"planned: {row.span.start:%Y-%m-%d %H:%M} to {row.span.end:%Y-%m-%d %H:%M} UTC, "
        f"on network revision {row.network_revision}",
    ]
