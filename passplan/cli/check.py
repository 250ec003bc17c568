"""`passplan check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import desk, options, output
from passplan.domain.rows.schedule import ViolationRow
from passplan.service.schedule.planning import check

if TYPE_CHECKING:
    from rich.console import Console


@click.command("check", epilog="\b\nExamples:\n  passplan check plan.json\n  passplan check current")
@click.argument("plan")
@options.data_option
@options.report_options
@click.pass_context
def command(context: click.Context, plan: str, data: Path | None, out: output.Output) -> None:
    """Check a plan against every rule, with code that the planner does not share.

    PLAN is a plan file, or the number of a revision in the store, or "current". Exits with 3 when a rule is broken.
    """
    _, read = desk.read_plan(plan, data, quiet=out.quiet)
    violations = check(read)
    contacts, windows = len(read.schedule.assignments), len(read.inputs.search.windows)
    rows = [ViolationRow(rule=v.rule, sentence=v.sentence) for v in violations]

    def table(console: Console) -> None:
        for v in rows:
            console.print(f"{v.rule}: {v.sentence}", soft_wrap=True)
        broken = f"{len(rows)} rules are broken" if len(rows) > 1 else "1 rule is broken"
        outcome = broken if rows else "no rule is broken"
        console.print(f"{outcome} ({contacts} contacts, {windows} windows)", soft_wrap=True)

    document = {"contacts": contacts, "windows": windows, "violations": rows}
    output.write(out, "check", document, table=table)
    context.exit(3 if violations else 0)
