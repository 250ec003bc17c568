"""`passplan plan`."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from passplan.cli import inputs, options, output
from passplan.cli.output import words
from passplan.cli.schedule_table import print_front, print_plan, rounded
from passplan.domain.errors import StaleElementsError
from passplan.domain.network import Network
from passplan.domain.requests import RequestBook
from passplan.domain.rows.contacts import AssignmentRow, assignment_row
from passplan.domain.schedule import EFFORTS, MAX_SEED, Assignment, FrontPoint, Plan
from passplan.domain.sources import Source
from passplan.domain.span import Span
from passplan.formats.plans import dump_plan, load_plan
from passplan.formats.policies import load_policy
from passplan.formats.requests import check_against, load_requests
from passplan.resources import shipped
from passplan.service.schedule import planning

if TYPE_CHECKING:
    from rich.console import Console

_EXAMPLES = """
\b
Examples:
  passplan plan --start epoch --effort quick
  passplan plan --requests week.toml --elements today.csv --start today --hours 24 --format json -o plan.json
  passplan plan --requests week.toml --elements today.csv --held plan.json --format json -o plan-2.json
  passplan plan --requests week.toml --policy fairer.toml --elements today.csv --start today --hours 24
  passplan plan --store --effort quick
"""


@click.command("plan", epilog=_EXAMPLES)
@click.option(
    "--requests",
    "requests",
    type=click.Path(path_type=Path),
    envvar="PASSPLAN_REQUESTS",
    help="Request file, TOML or JSON. [default: the shipped example, for 2026-08-08T04:30Z to 2026-08-09T04:30Z]",
)
@options.network_option
@options.element_files_options
@options.span_options
@click.option(
    "--held",
    "earlier",
    type=click.Path(path_type=Path),
    metavar="PLAN",
    help="An earlier plan file: contacts within the freeze stay, and the others move as little as possible.",
)
@click.option(
    "--freeze",
    "freeze_h",
    type=click.FloatRange(0.0, 24.0 * 366),
    default=24.0,
    show_default=True,
    help="Hours after the start within which contacts of --held stay; 0: only contacts that begin before the start.",
)
@click.option(
    "--effort",
    type=click.Choice(EFFORTS),
    default="normal",
    show_default=True,
    help="How long to search: about a second, a minute, or five.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MAX_SEED),
    default=1,
    show_default=True,
    help="Seed of the search; equal seeds give equal plans.",
)
@click.option(
    "--price-of-fairness",
    is_flag=True,
    help="Plan again without fairness, and print the share of value that fairness costs.",
)
@click.option(
    "--front",
    "has_front",
    is_flag=True,
    help="Plan for five weights of fairness too, and print value against fairness; for tables alone.",
)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A TOML file with the fields of the policy, which sets the value of a schedule. [default: the defaults]",
)
@click.option("--store", "of_store", is_flag=True, help="Plan the requests of the store; nothing is published.")
@options.data_option
@click.option("--fail-refused", is_flag=True, help="Exit with 3 when anything was refused.")
@options.output_options
@click.pass_context
def command(
    context: click.Context,
    requests: Path | None,
    network: Path | None,
    elements: tuple[Path, ...],
    predictive: bool,
    start: str,
    end: str | None,
    hours: float | None,
    allow_stale: bool,
    earlier: Path | None,
    freeze_h: float,
    effort: str,
    seed: int,
    price_of_fairness: bool,
    has_front: bool,
    policy_file: Path | None,
    of_store: bool,
    data: Path | None,
    fail_refused: bool,
    out: output.Output,
) -> None:
    """Share contact time among the agencies that request it.

    Every plan is checked, has a bound on how much better a plan could be, and gives a reason for each refusal. --format
    json writes the plan file that check, explain and diff read. Without a usable pass there is no plan: exit code 3,
    with the cause.
    """
    if has_front and out.form != "table":
        raise click.UsageError("--front prints a table; omit --format")
    if of_store:
        as_set = context.get_parameter_source("effort") is not ParameterSource.COMMANDLINE
        _plan_store(context, data, "" if as_set else effort, seed, fail_refused, out)
        return
    now = inputs.clock()
    read = inputs.read_network(network)
    requests = requests or shipped("requests.toml")
    book = load_requests(requests)
    check_against(book, read, requests.name)
    policy = load_policy(policy_file) if policy_file is not None else None
    catalogue = inputs.read_catalogue(elements, predictive=predictive, now=now)
    sources = _sources_of(book, read, catalogue.sources)
    span = inputs.choose_span(start, end, hours, sources, now, default_hours=24.0)
    fresh, left_out = inputs.refuse_stale(sources, span, allow_stale=allow_stale)
    held, previous, dropped = _carried_over(earlier, book, span, freeze_h)
    stale = [f"the elements of {s.satellite} are old: mind ±" for s in fresh if s.stale_from(span) is not None]
    output.warn([*catalogue.warnings, *left_out, *stale], quiet=out.quiet)
    output.warn(dropped, quiet=out.quiet, most=len(dropped))

    with output.progress("finding passes", quiet=out.quiet) as progress:
        plan_inputs = planning.make_inputs(
            book,
            planning.sources_of(fresh, read),
            read,
            span,
            held=held,
            previous=previous,
            policy=policy,
            effort=effort,
            seed=seed,
            progress=progress,
        )
    windowless = planning.held_without_window(plan_inputs)
    output.warn([_no_window_words(a) for a in windowless], quiet=out.quiet, most=len(windowless))
    if not plan_inputs.search.windows:
        causes = planning.why_no_window(plan_inputs.search, book)
        output.warn(["there is no plan: no contact is possible in this span:", *causes], quiet=False)
        context.exit(3)
    began = time.monotonic()
    with output.solving("planning", quiet=out.quiet) as report:
        plan = planning.make_plan(plan_inputs, price_of_fairness=price_of_fairness, report=report)
    took_s = time.monotonic() - began
    front: tuple[FrontPoint, ...] = ()
    if has_front:
        with output.progress("planning for other weights of fairness", quiet=out.quiet) as progress:
            front = planning.fairness_front(plan_inputs, progress=progress)
    _write(plan, _caption(plan, requests, network, fresh, now), took_s, out, front)
    if fail_refused and plan.schedule.refusals:
        context.exit(3)


_OF_FILES = (
    "requests",
    "network",
    "elements",
    "predictive",
    "start",
    "end",
    "hours",
    "allow_stale",
    "earlier",
    "freeze_h",
    "price_of_fairness",
    "has_front",
    "policy_file",
)


def _plan_store(
    context: click.Context,
    data: Path | None,
    effort: str,
    seed: int,
    fail_refused: bool,
    out: output.Output,
) -> None:
    """Print the plan that would be published now."""
    from passplan.cli import desk
    from passplan.service.schedule.drafting import changes, draft

    file_options = [name for name in _OF_FILES if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if file_options:
        flag = next(p.opts[0] for p in context.command.params if p.name == file_options[0])
        raise click.UsageError(f"--store plans the requests of the store; omit {flag}")
    with desk.open_session(data, shows_notice=out.form == "table", quiet=out.quiet) as at:
        began = time.monotonic()
        with output.solving("planning", quiet=out.quiet) as report:
            drafted = draft(at.store, now=at.now, effort=effort, seed=seed, report=report)
        elements = desk.element_lines(at)
        caption = [
            *([at.store.notice] if at.store.notice else []),
            f"would change: {words(changes(drafted).change)}",
            *elements,
        ]
    output.warn(drafted.without, quiet=out.quiet)
    _write(drafted.plan, caption, time.monotonic() - began, out)
    if fail_refused and drafted.plan.schedule.refusals:
        context.exit(3)


def _sources_of(book: RequestBook, network: Network, sources: Sequence[Source]) -> tuple[Source, ...]:
    """The sources of the requested satellites."""
    requested = {r.satellite for r in book.requests}
    by_number = {s.catalog_number: s for s in sources}
    listed = [s for s in network.satellites if s.id in requested or not requested]
    listed_sources = tuple(by_number[s.catalog_number] for s in listed if s.catalog_number in by_number)
    if not listed_sources:
        names = ", ".join(f"{s.id} ({s.catalog_number})" for s in listed)
        raise StaleElementsError(f"there are no elements of {names or 'any satellite'}; give some with --elements")
    return listed_sources


def _carried_over(
    path: Path | None, book: RequestBook, span: Span, freeze_h: float
) -> tuple[tuple[Assignment, ...], tuple[Assignment, ...], list[str]]:
    if path is None:
        return (), (), []
    if not math.isfinite(freeze_h):
        raise click.BadParameter(f"{freeze_h} is not a number of hours", param_hint="--freeze")
    held, previous, dropped = planning.carried_over(load_plan(path), book, span, freeze_s=freeze_h * 3_600.0)
    lines = [
        f"{path.name}: {a.request}/{a.part} is not held: its request was removed, changed, or is for another time"
        for a in dropped
    ]
    return held, previous, lines


def _no_window_words(a: Assignment) -> str:
    return (
        f"{a.request}/{a.part} is held at {'+'.join(map(str, a.antennas))}, {a.contact.start:%Y-%m-%dT%H:%M:%SZ}, "
        "outside all of its windows; shorten --freeze or withdraw the request to give it up"
    )


def _caption(plan: Plan, requests: Path, network: Path | None, sources: Sequence[Source], now: datetime) -> list[str]:
    span, book, stations = plan.inputs.span, plan.inputs.book, plan.inputs.network.stations
    agencies = len({r.agency for r in book.requests})
    contacts = sum(s.requests_asked for s in plan.schedule.fairness.agencies)
    lines = [
        f"{rounded(span.start):%Y-%m-%d %H:%M:%S} to {rounded(span.end):%Y-%m-%d %H:%M:%S} UTC",
        f"{requests.name}: {len(book.requests)} requests for {contacts} contacts, by {agencies} agencies; "
        f"{network.name if network else 'stations.toml'}: {len(stations)} stations",
    ]
    for source in sources[:5]:
        old_d = (now - max(source.epochs(span))).total_seconds() / 86_400.0
        age_d = source.most_age_s(span) / 86_400.0
        today = f"{old_d:.1f} days old today" if old_d >= 0.0 else "in the future"
        lines.append(
            f"{source.satellite} ({source.catalog_number}), {inputs.elements_of(source, span)}: "
            f"within {age_d:.1f} days of each contact, {today}"
        )
    return lines


def _write(
    plan: Plan, caption: Sequence[str], took_s: float, out: output.Output, front: Sequence[FrontPoint] = ()
) -> None:
    requests = {r.id: r for r in plan.inputs.book.requests}

    def table(console: Console) -> None:
        print_plan(plan, console, caption, took_s)
        print_front(front, console)

    output.write(
        out,
        "plan",
        dump_plan(plan) if out.form == "json" else "",
        kind=AssignmentRow,
        rows=(assignment_row(a, requests[a.request]) for a in plan.schedule.assignments),
        table=table,
    )
    if out.form == "csv":
        refused = (
            f"refused: {r.request}/{r.part}, {r.reason.value}: {words(r.particulars[0]) if r.particulars else ''}"
            for r in plan.schedule.refusals
        )
        output.warn(refused, quiet=out.quiet, most=len(plan.schedule.refusals))
