"""`passplan rehearse`."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import desk, inputs, options
from passplan.domain.roles import Role

if TYPE_CHECKING:
    from passplan.daemon.rehearsal import Report


@click.command(
    "rehearse",
    epilog="\b\nExamples:\n  passplan rehearse --from 2026-07-06 --days 30 --history sets/ --data rehearsal\n"
    "  passplan rehearse --of /srv/passplan --from 2026-12-01 --days 7 --data rehearsal",
)
@click.option("--from", "start", required=True, metavar="TIME", help="The mission time with which it begins.")
@click.option("--days", type=click.FloatRange(0.1, 366.0), default=7.0, show_default=True, help="How long it is.")
@click.option(
    "--history",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Files or folders of element sets; each set comes 8 h after its epoch. [default: the shipped sets]",
)
@click.option("--of", "original", type=click.Path(path_type=Path), help="A data folder, which is copied.")
@click.option("--requests", default=30, show_default=True, type=click.IntRange(0, 10_000), help="Requests a day.")
@click.option("--step-h", default=1.0, show_default=True, type=click.FloatRange(0.05, 24.0), help="Hours of a step.")
@click.option("--seed", default=1, show_default=True, help="Of all that is drawn.")
@options.data_option
@click.pass_context
def command(
    context: click.Context,
    start: str,
    days: float,
    history: tuple[Path, ...],
    original: Path | None,
    requests: int,
    step_h: float,
    seed: int,
    data: Path | None,
) -> None:
    """Rehearse some days of the service as fast as the machine can, in a new data folder, and print what happened.

    The daemon's jobs run after every step of mission time. Agencies make requests, operators acknowledge and report
    contacts, as a seeded random number decides. Nothing is fetched. Every output of that store says REHEARSAL. Exits
    with 1 when a job fails or the store is not sound at the end.
    """
    from passplan.daemon.rehearsal import rehearse
    from passplan.service.access.accounts import LOCAL
    from passplan.service.access.actors import Actor
    from passplan.service.operations.rehearsal import make_rehearsal

    if data is None:
        raise click.UsageError("name a new folder with --data")
    real_now = inputs.clock()
    actor = Actor(account=LOCAL, role=Role.ADMINISTRATOR, os_user=desk.os_user())
    store = make_rehearsal(
        data,
        start=inputs.moment_or_day(start, "--from"),
        speed=1.0,
        history=history,
        original=original,
        actor=actor,
        real_now=real_now,
    )
    try:
        with click.progressbar(
            length=1_000, label=f"{days:g} days", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            report = rehearse(
                store,
                days=days,
                step=timedelta(hours=step_h),
                requests_per_day=requests,
                seed=seed,
                real_now=real_now,
                progress=lambda part: bar.update(round(part * 1_000) - bar.pos),
            )
    finally:
        store.database.close()
    click.echo(store.notice)
    for name, text in _lines(report):
        click.echo(f"{name:<18} {text}")
    context.exit(1 if report.failures or report.problems else 0)


def _lines(report: Report) -> list[tuple[str, str]]:
    """The report, a line for each thing."""

    def counts(values: object) -> str:
        return ", ".join(f"{n} {name}" for name, n in dict(values).items()) or "none"  # type: ignore[call-overload]

    after, before = report.after, report.before
    return [
        ("rehearsed", f"{report.days:g} days in {report.took_s:.0f} s"),
        ("requests", counts(after.requests)),
        ("contacts", counts(after.contacts)),
        ("revisions", counts(after.revisions)),
        ("element sets", f"{after.element_sets}, {after.element_sets - before.element_sets} came meanwhile"),
        ("events", f"{after.events - before.events:,}"),
        ("database", f"{after.bytes / 1e6:.1f} MB, {report.bytes_per_month / 1e6:+.1f} MB a month"),
        ("jobs in trouble", counts(report.failures)),
        ("store", "; ".join(report.problems) or "sound: guards, chain of events, no overlap"),
    ]
