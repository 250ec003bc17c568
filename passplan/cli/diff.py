"""`passplan diff`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import desk, options, output
from passplan.cli.output import words
from passplan.cli.schedule_table import print_contacts, print_moves
from passplan.domain.rows.contacts import AssignmentRow, assignment_row, move_row
from passplan.domain.rows.schedule import plan_row
from passplan.domain.schedule import Assignment, Plan
from passplan.service.schedule.planning import diff_plans

if TYPE_CHECKING:
    from rich.console import Console


@click.command("diff", epilog="\b\nExamples:\n  passplan diff yesterday.json plan.json\n  passplan diff 11 current")
@click.argument("old")
@click.argument("new")
@click.option("--exit-code", is_flag=True, help="Exit with 3 when the contacts differ.")
@options.data_option
@options.report_options
@click.pass_context
def command(
    context: click.Context,
    old: str,
    new: str,
    exit_code: bool,
    data: Path | None,
    out: output.Output,
) -> None:
    """Compare the contacts of two plans: which are new, which are lost, and which moved.

    Both are plan files, or numbers of revisions in the store, or "current". A contact is the same by its request and
    part.
    """
    _, before = desk.read_plan(old, data, quiet=out.quiet)
    _, after = desk.read_plan(new, data, shows_notice=desk.is_revision(old), quiet=out.quiet)  # one notice is enough
    if before.inputs.span != after.inputs.span:
        output.warn(["the plans are of different spans"], quiet=out.quiet)
    difference = diff_plans(before.schedule, after.schedule)
    document = {
        "sentence": words(difference.change),
        "old": plan_row(before.schedule),
        "new": plan_row(after.schedule),
        "added": _rows(after, difference.added),
        "lost": _rows(before, difference.lost),
        "moved": [move_row(m) for m in difference.moved],
    }

    def table(console: Console) -> None:
        console.print(words(difference.change), soft_wrap=True)
        for head, plan, contacts in (("new", after, difference.added), ("lost", before, difference.lost)):
            if contacts:
                console.print(f"\n{head}:", style="bold")
                print_contacts(plan, contacts, console)
        if difference.moved:
            console.print("\nmoved:", style="bold")
            print_moves(difference.moved, console)

    output.write(out, "diff", document, table=table)
    if exit_code and (difference.added or difference.lost or difference.moved):
        context.exit(3)


def _rows(plan: Plan, contacts: Iterable[Assignment]) -> list[AssignmentRow]:
    requests = {r.id: r for r in plan.inputs.book.requests}
    return [assignment_row(contact, requests[contact.request]) for contact in contacts]
