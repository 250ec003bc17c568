"""`passplan check`."""

from __future__ import annotations

from pathlib import Path

import click

from passplan.cli import desk, options, output
from passplan.service.schedule.planning import check


@click.command("check", epilog="\b\nExamples:\n  passplan check plan.json\n  passplan check current")
@click.argument("plan")
@options.data_option
@options.report_options
@click.pass_context
def command(
    context: click.Context, plan: str, data: Path | None, form: str, target: Path, no_color: bool, quiet: bool
) -> None:
    """Check a plan against every rule, with code that the planner does not share.

    PLAN is a plan file, or the number of a revision in the store, or "current". Exits with 3 when a rule is broken.
    """
    del quiet
    _, read = desk.read_plan(plan, data)
    violations = check(read)
    contacts, windows = len(read.schedule.assignments), len(read.inputs.search.windows)
    if form == "json":
        found = [{"rule": v.rule, "sentence": v.sentence} for v in violations]
        document = {"schema": "passplan.check/1", "contacts": contacts, "windows": windows, "violations": found}
        output.write_json(target, document)
    else:
        with output.opened(target) as file:
            console = output.console(file, no_color=no_color)
            for v in violations:
                console.print(f"{v.rule}: {v.sentence}", soft_wrap=True)
            broken = f"{len(violations)} rules are broken" if len(violations) > 1 else "1 rule is broken"
            told = broken if violations else "no rule is broken"
            console.print(f"{told} ({contacts} contacts, {windows} windows)", soft_wrap=True)
    context.exit(3 if violations else 0)
