"""`passplan elements`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import desk, inputs, options, output
from passplan.cli.row_table import print_rows
from passplan.domain.elements import Elements, ElementSet, docked_copies
from passplan.domain.errors import InputError
from passplan.domain.rows.service import ElementSetRow, ElementsRow, SourceRow
from passplan.domain.sources import newest
from passplan.formats.elements import load_elements
from passplan.labels import ENGLISH, hint_words, source_words

if TYPE_CHECKING:
    from rich.console import Console

_SHOWN = 12  # odd sets of a file


@click.group("elements")
def command() -> None:
    """Manage element sets."""


@command.command("check", epilog="\b\nExample:\n  passplan elements check iss.tle active.csv")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--predictive", is_flag=True, help="The elements have epochs in the future on purpose.")
@click.option("--verbose", is_flag=True, help="Every odd set, not only the first few.")
@click.pass_context
def check(context: click.Context, files: tuple[Path, ...], predictive: bool, verbose: bool) -> None:
    """Read element files and print their contents, the refused sets with reasons, warnings, and the odd sets.

    Exits with 1 when anything is refused.
    """
    now = inputs.clock()
    refused = False
    for file in files:
        try:
            elements = load_elements(file, now=now, predictive=predictive)
        except InputError as error:
            click.echo(str(error))
            refused = True
            continue
        for line in _contents(elements, now):
            click.echo(f"{file}: {line}")
        for bad in elements.refused:
            click.echo(f"  refused: {bad}")
        for warning in elements.warnings:
            click.echo(f"  warning: {warning}")
        odd = _oddities(elements)
        shown = odd if verbose else odd[:_SHOWN]
        for line in shown:
            click.echo(f"  {line}")
        if len(shown) < len(odd):
            click.echo(f"  and {len(odd) - len(shown)} more that are odd or docked (--verbose has all)")
        refused |= bool(elements.refused)
    context.exit(1 if refused else 0)


@command.command("add", epilog="\b\nExample:\n  passplan elements add today.csv")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--predictive", is_flag=True, help="The elements have epochs in the future on purpose.")
@options.store_options
@click.pass_context
def add(context: click.Context, files: tuple[Path, ...], predictive: bool, data: Path | None, account: str) -> None:
    """Add element sets and ephemerides of the network's satellites to the store; the newest set of each is active.

    Exits with 1 when a set is refused; the other sets are added.
    """
    from passplan.service.elements.sets import add_elements, known_designators

    with desk.open_session(data, account) as at:
        elements, numbers = Elements(()), known_designators(at.store)
        for file in files:
            elements += load_elements(file, now=at.now, predictive=predictive, catalog_numbers=numbers)
        added = add_elements(at.store, elements, actor=at.actor, now=at.now)
    click.echo(
        f"{len(elements.segments)} sets, {added.new} new, {added.ignored} of satellites that the network does not have"
    )
    for line in (*added.chosen, *added.burns, *(f"in quarantine: {q}" for q in added.quarantined)):
        click.echo(f"    {line}")
    output.warn([*(f"refused: {r}" for r in elements.refused), *elements.warnings], quiet=False)
    context.exit(1 if elements.refused else 0)


@command.command("update", epilog="\b\nExample:\n  passplan elements update celestrak")
@click.argument("sources", nargs=-1)
@options.store_options
@click.pass_context
def update(context: click.Context, sources: tuple[str, ...], data: Path | None, account: str) -> None:
    """Fetch from the sources of settings.toml that are due; by default from all. The daemon does this on schedule.

    Exits with 1 when a source fails.
    """
    from passplan.service.elements.feeds import refresh

    with desk.open_session(data, account) as at:
        reports = refresh(at.store, only=sources, actor=at.actor, now=at.now, real_now=at.real_now)
    if not reports:
        click.echo("There is no source in settings.toml; passplan elements add takes files.")
    for r in reports:
        click.echo("; ".join(filter(None, (f"{r.source}: {r.message}", hint_words(r.hint, ENGLISH)))))
        for line in r.added.chosen if r.added else ():
            click.echo(f"    {line}")
        output.warn((f"{r.source}: {w}" for w in r.warnings), quiet=False)
    context.exit(1 if any(r.in_trouble for r in reports) else 0)


@command.command("status")
@options.data_option
@options.output_options
def status(data: Path | None, out: output.Output) -> None:
    """Print the active element set of each satellite with its age, and the status of each source."""
    from passplan.service.operations.status import element_rows, source_rows

    with desk.open_session(data, shows_notice=out.form != "csv", quiet=out.quiet) as at:
        sets, feeds = element_rows(at.store, at.now), source_rows(at.store, at.real_now)
    sources = [SourceRow(source=f.source, sentence=source_words(f.status, ENGLISH), wrong=f.wrong) for f in feeds]

    def table(console: Console) -> None:
        desk.notice(at, console)
        cells = {
            "set": lambda r: str(r.set or "none"),
            "epoch": lambda r: f"{r.epoch:%Y-%m-%d %H:%M}" if r.epoch is not None else "",
            "age_d": lambda r: f"{r.age_d:.1f} d" if r.age_d is not None else "",
            "ephemeris_until": lambda r: f"{r.ephemeris_until:%Y-%m-%d %H:%M}" if r.ephemeris_until is not None else "",
        }
        print_rows(console, ElementsRow, sets, cells=cells, empty="The network has no satellite.")
        console.print()
        for source in sources:
            console.print(f"{source.source}: {source.sentence}", soft_wrap=True)

    document = {"notice": at.store.notice, "sets": sets, "sources": sources}
    output.write(out, "elements", document, kind=ElementsRow, rows=sets, table=table)


@command.command("list", epilog="\b\nExample:\n  passplan elements list ISS")
@click.argument("satellite")
@options.data_option
@options.output_options
def list_(satellite: str, data: Path | None, out: output.Output) -> None:
    """List a satellite's element sets in the store, the newest epoch first."""
    from passplan.queries.listings import element_set_list

    with desk.open_session(data, shows_notice=out.form == "json", quiet=out.quiet) as at:
        rows = element_set_list(at.store, satellite)
    document = {"notice": at.store.notice, "satellite": satellite, "sets": rows}
    output.write(
        out,
        "element-sets",
        document,
        kind=ElementSetRow,
        rows=rows,
        table=lambda console: print_rows(console, ElementSetRow, rows, empty=f"{satellite} has no element set."),
    )


@command.command(
    "choose", epilog="\b\nExamples:\n  passplan elements choose ISS 17\n  passplan elements choose ISS --newest"
)
@click.argument("satellite")
@click.argument("set_id", metavar="SET", required=False, type=options.NUMBER)
@click.option("--newest", is_flag=True, help="Make the newest set active again.")
@options.store_options
def choose(satellite: str, set_id: int | None, newest: bool, data: Path | None, account: str) -> None:
    """Make one element set of a satellite active, even when newer ones arrive, until --newest."""
    from passplan.service.elements.sets import choose_elements

    if newest == (set_id is not None):
        raise click.UsageError("give either the number of a set or --newest")
    with desk.open_session(data, account) as at:
        choice = choose_elements(at.store, satellite, set_id, actor=at.actor, now=at.now)
    if choice is None:
        click.echo(f"the set of {satellite} is already active")
    else:
        until = "" if newest else ", even when newer ones arrive"
        click.echo(f"{satellite}: the elements of {choice.after.epoch:%Y-%m-%d %H:%M} UTC are active{until}")


@command.command("arm", epilog="\b\nExample:\n  passplan elements arm celestrak")
@click.argument("source")
@options.store_options
def arm(source: str, data: Path | None, account: str) -> None:
    """Enable a source again that was stopped after it refused a request."""
    from passplan.service.elements.feeds import arm as arm_source

    with desk.open_session(data, account) as at:
        arm_source(at.store, source, actor=at.actor, now=at.now)
    click.echo(f"{source}: armed")


def _contents(elements: Elements, now: datetime) -> Iterator[str]:
    """The number of element sets with their epochs, and each ephemeris with its span and burns."""
    if elements.sets or not elements.ephemerides:
        satellites = len(newest(elements.sets))
        yield f"element sets: {len(elements.sets)}, satellites: {satellites}{_ages(elements.sets, now)}"
    for e in elements.ephemerides:
        span = f"{e.usable.start:%Y-%m-%dT%H:%M:%SZ} to {e.usable.end:%Y-%m-%dT%H:%M:%SZ}"
        yield f"ephemeris of {e.label} ({e.catalog_number}), {span}, states: {len(e.states)}, made {e.created:%Y-%m-%d}"
    for burn in elements.manoeuvres:
        size = "" if burn.delta_v_m_s is None else f", {burn.delta_v_m_s:g} m/s"
        yield f"announces {burn.name}, {burn.time:%Y-%m-%dT%H:%M:%SZ}{size}"


def _ages(sets: Sequence[ElementSet], now: datetime) -> str:
    if not sets:
        return ""
    epochs = [s.epoch for s in sets]
    return f", epochs {min(epochs):%Y-%m-%d} to {max(epochs):%Y-%m-%d} (newest {(now - max(epochs)).days} days old)"


def _oddities(elements: Elements) -> list[str]:
    from passplan.orbit.records import History

    lines = []
    names = {s.catalog_number: s.label for s in elements}
    for copy, host in sorted(docked_copies(elements.sets).items()):
        lines.append(f"docked: {names[copy]} ({copy}) carries the elements of {names[host]} ({host})")
    by_number: dict[int, list[ElementSet]] = {}
    for item in elements.sets:
        by_number.setdefault(item.catalog_number, []).append(item)
    for sets in by_number.values():
        history = History(sets)
        for item in sets:
            usual = history.medians(item)
            if item.is_low_orbit and item.bstar <= 0.0:
                lines.append(f"odd: {item.label}, epoch {item.epoch:%Y-%m-%dT%H:%MZ}: BSTAR is {item.bstar:g}, no drag")
            elif usual is not None and usual.is_odd(item.bstar):
                lines.append(
                    f"odd: {item.label}, epoch {item.epoch:%Y-%m-%dT%H:%MZ}: BSTAR {item.bstar:g} is "
                    f"{item.bstar / usual.bstar:.2g} times its median of 30 days"
                )
    return lines
