"""`passplan elements`."""

from datetime import datetime
from pathlib import Path
from statistics import median

import click

from passplan.cli import desk, inputs, options, output
from passplan.cli.text_table import Column, print_table
from passplan.domain.elements import Elements, ElementSet, docked_copies, newest
from passplan.domain.errors import InputError
from passplan.formats.elements import load_elements
from passplan.labels import ENGLISH, hint_words, source_words

_SHOWN = 12  # odd sets of a file
_SEVERAL = 4.0  # a BSTAR this many times the median of a satellite's own sets is suspicious


@click.group("elements")
def command() -> None:
    """Look after element sets."""


@command.command("check", epilog="\b\nExample:\n  passplan elements check iss.tle active.csv")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--predictive", is_flag=True, help="The elements have epochs in the future on purpose.")
@click.option("--verbose", is_flag=True, help="Every odd set, not only the first few.")
@click.pass_context
def check(context: click.Context, files: tuple[Path, ...], predictive: bool, verbose: bool) -> None:
    """Read element files and say what is in them, what is refused and why, and what is odd.

    Exits with 1 when anything is refused.
    """
    now = inputs.clock()
    refused = False
    for file in files:
        try:
            found = load_elements(file, now=now, predictive=predictive)
        except InputError as error:
            click.echo(str(error))
            refused = True
            continue
        click.echo(f"{file}: element sets: {len(found)}, satellites: {len(newest(found))}{_ages(found, now)}")
        for bad in found.refused:
            click.echo(f"  refused: {bad}")
        odd = _oddities(found)
        shown = odd if verbose else odd[:_SHOWN]
        for line in shown:
            click.echo(f"  {line}")
        if len(shown) < len(odd):
            click.echo(f"  and {len(odd) - len(shown)} more that are odd or docked (--verbose has all)")
        refused |= bool(found.refused)
    context.exit(1 if refused else 0)


@command.command("add", epilog="\b\nExample:\n  passplan elements add today.csv")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--predictive", is_flag=True, help="The elements have epochs in the future on purpose.")
@options.store_options
@click.pass_context
def add(context: click.Context, files: tuple[Path, ...], predictive: bool, data: Path | None, account: str) -> None:
    """Take element sets of the network's satellites into the store; the newest of each satellite counts.

    Exits with 1 when anything is refused; the others are taken.
    """
    from passplan.service.elements.sets import add_elements

    with desk.opened(data, account) as at:
        found = Elements(())
        for file in files:
            found += load_elements(file, now=at.now, predictive=predictive)
        added = add_elements(at.store, found, actor=at.actor, now=at.now)
    click.echo(f"{len(found)} sets, {added.new} new, {added.ignored} of satellites that the network does not have")
    for told in (*added.chosen, *(f"in quarantine: {q}" for q in added.quarantined)):
        click.echo(f"    {told}")
    output.warn((f"refused: {r}" for r in found.refused), quiet=False)
    context.exit(1 if found.refused else 0)


@command.command("update", epilog="\b\nExample:\n  passplan elements update celestrak")
@click.argument("sources", nargs=-1)
@options.store_options
@click.pass_context
def update(context: click.Context, sources: tuple[str, ...], data: Path | None, account: str) -> None:
    """Ask the sources of settings.toml whose turn it is; by default all. The daemon does it by itself.

    Exits with 1 when a source is in trouble.
    """
    from passplan.service.elements.feeds import refresh

    with desk.opened(data, account) as at:
        reports = refresh(at.store, only=sources, actor=at.actor, now=at.now, real_now=at.real_now)
    if not reports:
        click.echo("There is no source in settings.toml; passplan elements add takes files.")
    for r in reports:
        click.echo("; ".join(filter(None, (f"{r.source}: {r.message}", hint_words(r.hint, ENGLISH)))))
        for told in r.added.chosen if r.added else ():
            click.echo(f"    {told}")
    context.exit(1 if any(r.in_trouble for r in reports) else 0)


@command.command("status")
@options.data_option
@options.report_options
def status(data: Path | None, form: str, target: Path, no_color: bool, quiet: bool) -> None:
    """Say which element set counts for each satellite and how old it is, and how each source fares."""
    from passplan.service.operations.status import element_rows, source_rows

    with desk.opened(data, tells=True, quiet=quiet) as at:
        sets, sources = element_rows(at.store, at.now), source_rows(at.store, at.real_now)
    if form == "json":
        rows = [
            {"source": r["source"], "sentence": source_words(r["status"], ENGLISH), "wrong": r["wrong"]}
            for r in sources
        ]
        document = {"schema": "passplan.elements/1", "notice": at.store.notice, "sets": sets, "sources": rows}
        output.write_json(target, document)
        return
    with output.opened(target) as file:
        console = output.console(file, no_color=no_color)
        desk.notice(at, console)
        print_table(
            console,
            [
                Column("Satellite", [r["satellite"] for r in sets]),
                Column("Set", [str(r["set"] or "none") for r in sets], right=True),
                Column("Epoch (UTC)", [(r["epoch"] or "")[:16].replace("T", " ") for r in sets]),
                Column("Age", ["" if r["age_d"] is None else f"{r['age_d']:.1f} d" for r in sets], right=True),
                Column("Source", [r["source"] or "" for r in sets]),
                Column("", [" ".join(r["marks"]) for r in sets]),
            ],
        )
        console.print()
        for r in sources:
            console.print(f"{r['source']}: {source_words(r['status'], ENGLISH)}", soft_wrap=True)


@command.command("list", epilog="\b\nExample:\n  passplan elements list ISS")
@click.argument("satellite")
@options.data_option
def list_(satellite: str, data: Path | None) -> None:
    """List a satellite's element sets in the store, the newest epoch first."""
    from passplan.queries.listings import element_sets_of

    with desk.opened(data) as at:
        for found in element_sets_of(at.store, satellite):
            aside = f"  in quarantine: {found.quarantine}" if found.quarantine else ""
            click.echo(f"{found.id:>6}  {found.epoch:%Y-%m-%d %H:%M:%S}  {found.source}{aside}")


@command.command(
    "choose", epilog="\b\nExamples:\n  passplan elements choose ISS 17\n  passplan elements choose ISS --newest"
)
@click.argument("satellite")
@click.argument("set_id", metavar="SET", required=False, type=options.NUMBER)
@click.option("--newest", is_flag=True, help="Let the newest count again.")
@options.store_options
def choose(satellite: str, set_id: int | None, newest: bool, data: Path | None, account: str) -> None:
    """Let one element set of a satellite count, whatever newer ones come, until --newest."""
    from passplan.service.elements.sets import choose_elements

    if newest == (set_id is not None):
        raise click.UsageError("give either the number of a set or --newest")
    with desk.opened(data, account) as at:
        found = choose_elements(at.store, satellite, set_id, actor=at.actor, now=at.now)
    if found is None:
        click.echo(f"it counts for {satellite} already")
    else:
        whatever = "" if newest else ", whatever newer ones come"
        click.echo(f"{satellite}: the elements of {found.after.epoch:%Y-%m-%d %H:%M} UTC count now{whatever}")


@command.command("arm", epilog="\b\nExample:\n  passplan elements arm celestrak")
@click.argument("source")
@options.store_options
def arm(source: str, data: Path | None, account: str) -> None:
    """Let a source be asked again that was stopped because it refused."""
    from passplan.service.elements.feeds import arm as arm_source

    with desk.opened(data, account) as at:
        arm_source(at.store, source, actor=at.actor, now=at.now)
    click.echo(f"{source}: armed")


def _ages(found: Elements, now: datetime) -> str:
    if not found:
        return ""
    epochs = [s.epoch for s in found]
    return f", epochs {min(epochs):%Y-%m-%d} to {max(epochs):%Y-%m-%d} (newest {(now - max(epochs)).days} days old)"


def _oddities(found: Elements) -> list[str]:
    lines = []
    names = {s.catalog_number: s.label for s in found}
    for copy, host in sorted(docked_copies(found.sets).items()):
        lines.append(f"docked: {names[copy]} ({copy}) carries the elements of {names[host]} ({host})")
    own: dict[int, list[ElementSet]] = {}
    for item in found:
        own.setdefault(item.catalog_number, []).append(item)
    for sets in own.values():
        usual = median(s.bstar for s in sets)
        for item in sets:
            if item.is_low_orbit and item.bstar <= 0.0:
                lines.append(f"odd: {item.label}, epoch {item.epoch:%Y-%m-%dT%H:%MZ}: BSTAR is {item.bstar:g}, no drag")
            elif len(sets) > 4 and item.bstar > _SEVERAL * usual > 0.0:
                lines.append(
                    f"odd: {item.label}, epoch {item.epoch:%Y-%m-%dT%H:%MZ}: BSTAR {item.bstar:g} is "
                    f"{item.bstar / usual:.0f} times its median"
                )
    return lines
