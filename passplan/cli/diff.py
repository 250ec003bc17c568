"""`passplan diff`."""

from __future__ import annotations

from pathlib import Path

import click

from passplan.cli import desk, options, output
from passplan.cli.output import words
from passplan.cli.schedule_table import print_contacts, print_moves
from passplan.domain.schedule import Assignment, Plan
from passplan.formats.rows import Row, assignment_row, move_row, span_row
from passplan.service.schedule.planning import diff_plans


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
    form: str,
    target: Path,
    no_color: bool,
    quiet: bool,
) -> None:
    """Say what became of one plan's contacts in another: which are new, which are lost, and which moved.

    Both are plan files, or numbers of revisions in the store, or "current". A contact is the same by its request and
    part.
    """
    (_, before), (_, after) = desk.read_plan(old, data), desk.read_plan(new, data)
    if before.inputs.span != after.inputs.span:
        output.warn(["the plans are of different spans"], quiet=quiet)
    found = diff_plans(before.schedule, after.schedule)
    if form == "json":
        output.write_json(
            target,
            {
                "schema": "passplan.diff/1",
                "sentence": words(found.change),
                "old": _plan_row(before),
                "new": _plan_row(after),
                "added": [_row(after, a) for a in found.added],
                "lost": [_row(before, a) for a in found.lost],
                "moved": [move_row(m) for m in found.moved],
            },
        )
    else:
        with output.opened(target) as file:
            console = output.console(file, no_color=no_color)
            console.print(words(found.change), soft_wrap=True)
            for head, plan, contacts in (("new", after, found.added), ("lost", before, found.lost)):
                if contacts:
                    console.print(f"\n{head}:", style="bold")
                    print_contacts(plan, contacts, console)
            if found.moved:
                console.print("\nmoved:", style="bold")
                print_moves(found.moved, console)
    if exit_code and (found.added or found.lost or found.moved):
        context.exit(3)


def _plan_row(plan: Plan) -> Row:
    schedule = plan.schedule
    return {
        "span": span_row(schedule.span),
        "contacts": len(schedule.assignments),
        "refusals": len(schedule.refusals),
        "value": schedule.value,
        "inputs_sha256": schedule.inputs_sha256,
    }


def _row(plan: Plan, contact: Assignment) -> Row:
    return assignment_row(contact, next(r for r in plan.inputs.book.requests if r.id == contact.request))
