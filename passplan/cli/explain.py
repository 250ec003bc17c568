"""`passplan explain`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from passplan.cli import completions, desk, inputs, options, output
from passplan.cli.schedule_table import (
    at_antennas,
    length,
    many_parts,
    named,
    print_contacts,
    print_moves,
    when,
    window_of,
)
from passplan.cli.text_table import Column, print_table
from passplan.domain.errors import InputError
from passplan.domain.network import SatelliteId
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.columns import extended
from passplan.domain.rows.contacts import assignment_row, move_row
from passplan.domain.rows.explanations import (
    ExplainedContact,
    ExplainedRefusal,
    PriceRow,
    obstacle_row,
    window_row,
)
from passplan.domain.rows.schedule import refusal_row
from passplan.domain.schedule import Assignment, Plan, Price, Refusal
from passplan.domain.sources import Source
from passplan.domain.windows import ContactWindow
from passplan.service.schedule.planning import explain, sources_of

if TYPE_CHECKING:
    from rich.console import Console

_NEAR = 8


@click.command(
    "explain",
    epilog="\b\nExamples:\n  passplan explain plan.json ESA-SCHOOL-2\n  passplan explain current NASA-VOICE --part 2",
)
@click.argument("plan")
@click.argument("request", shell_complete=completions.requests)
@click.option("--part", type=options.NUMBER, help="One contact of a repeated request. [default: each]")
@click.option(
    "--elements",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Element sets for a plan file, to look for the smallest change with which a refused request would fit.",
)
@options.data_option
@options.report_options
def command(
    plan: str, request: str, part: int | None, elements: tuple[Path, ...], data: Path | None, out: output.Output
) -> None:
    """Explain why a request is scheduled where it is, or why it was refused and what serving it would cost.

    PLAN is a plan file, or the number of a revision in the store, or "current". For a refused request it tells the
    smallest changes with which it would fit: shorter, lower, at another time, or at one more station. The last three
    need elements: those of the store, or --elements.
    """
    name, read = desk.read_plan(plan, data, quiet=out.quiet)
    if name.startswith("revision "):
        desk.require_request(data, name, request, known={r.id for r in read.inputs.book.requests})
    requested = _request(read, request)
    contacts = [a for a in read.schedule.assignments if a.request == requested.id and part in (None, a.part)]
    refusals = [r for r in read.schedule.refusals if r.request == requested.id and part in (None, r.part)]
    sources, after = _sources(read, name, elements, data) if refusals else (None, None)
    refused = [(r, explain(read, r.request, r.part, sources=sources, after=after)) for r in refusals]
    if not contacts and not refused:
        known = sorted(
            {a.part for a in read.schedule.assignments if a.request == requested.id}
            | {r.part for r in read.schedule.refusals if r.request == requested.id}
        )
        if not known:
            raise InputError(f'{name}: request "{requested.id}" is neither scheduled nor refused; run passplan check')
        raise InputError(f'request "{requested.id}" has no part {part}; it has {", ".join(map(str, known))}')
    document = {
        "request": requested.id,
        "agency": requested.agency,
        "contacts": [_contact_row(read, requested, a) for a in contacts],
        "refusals": [_refused_row(read, requested, r, p) for r, p in refused],
    }

    def table(console: Console) -> None:
        if name.startswith("revision "):
            console.print(f"As planned in {name}; passplan contacts list --all shows the current states.", style="dim")
        _print_request(requested, console)
        for contact in contacts:
            _print_contact(read, contact, console)
        if contacts:
            _print_windows(read, contacts, console)
        for refusal, price in refused:
            _print_refusal(read, refusal, price, console)

    output.write(out, "explanation", document, table=table)


def _sources(
    plan: Plan, name: str, elements: tuple[Path, ...], data: Path | None
) -> tuple[Mapping[SatelliteId, Source] | None, datetime | None]:
    """The elements of a plan's satellites, those given or those of the store; and when the store can book from."""
    if elements:
        now = datetime.now(UTC)
        sources = inputs.read_catalogue(elements, predictive=False, now=now).sources
        return sources_of(sources, plan.inputs.network), None
    if not name.startswith("revision "):
        return None, None
    from passplan.service.elements.sets import sources_now

    with desk.open_session(data) as at:
        sources_of_store = sources_now(at.store, plan.inputs.network, plan.inputs.span)
        return sources_of_store, at.store.settings.bookable_from(at.now)


def _request(plan: Plan, name: str) -> ContactRequest:
    """Return the request of that name.

    Raises:
        InputError: when there is none, with similar names.
    """
    by_id = {r.id: r for r in plan.inputs.book.requests}
    if name in by_id:
        return by_id[name]
    folded = {i.casefold(): i for i in by_id}
    alike = [i for f, i in folded.items() if name.casefold() in f]
    alike += [folded[f] for f in get_close_matches(name.casefold(), folded, n=_NEAR, cutoff=0.5)]
    near = list(dict.fromkeys(alike)) or sorted(by_id) or ["none, for it has no request"]
    more = f" and {len(near) - _NEAR} more" if len(near) > _NEAR else ""
    raise InputError(f'there is no request "{name}" in this plan; near are {", ".join(near[:_NEAR])}{more}')


def _print_request(request: ContactRequest, console: Console) -> None:
    note = f": {request.note}" if request.note else ""
    console.print(
        f"{request.id} of {request.agency}, {request.priority.value} {request.activity}{note}", soft_wrap=True
    )
    console.print(
        f"{request.satellite} over {request.link}, {length(request.min_s)} at least and "
        f"{length(request.wanted_s)} at best, {when(request.span)} UTC",
        style="dim",
        soft_wrap=True,
    )


def _print_contact(plan: Plan, contact: Assignment, console: Console) -> None:
    who = named(contact.request, contact.part, many_parts(plan))
    held = " (held)" if contact in plan.inputs.held else ""
    console.print(
        f"\n{who} is served{held}: {when(contact.contact)} UTC at {at_antennas(contact.antennas)}, "
        f"{length(contact.contact.duration_s)} long",
        style="bold",
        soft_wrap=True,
    )
    window = window_of(plan, contact)
    if window is not None:
        console.print(
            f"its window is {when(window.span)}, {length(window.span.duration_s)} long, "
            f"peak {window.peak_elevation_deg:.1f}°",
            soft_wrap=True,
        )


def _print_windows(plan: Plan, contacts: Sequence[Assignment], console: Console) -> None:
    """Print the windows that the contacts do not use, compared with the used window when there is only one."""
    taken = [window_of(plan, a) for a in contacts]
    other_windows = [w for w in plan.inputs.search.windows if w.request == contacts[0].request and w not in taken]
    if not other_windows:
        console.print("\nThe request has no other window.", soft_wrap=True)
        return
    columns = [
        Column("Other window", [when(w.span) for w in other_windows]),
        Column("Antenna", [at_antennas(w.antennas) for w in other_windows]),
        Column("Length", [length(w.span.duration_s) for w in other_windows], right=True),
        Column("Peak", [f"{w.peak_elevation_deg:.1f}°" for w in other_windows], right=True),
    ]
    if len(taken) == 1 and (used := taken[0]) is not None:
        longer = [w.span.duration_s - used.span.duration_s for w in other_windows]
        higher = [w.peak_elevation_deg - used.peak_elevation_deg for w in other_windows]
        columns += [
            Column("longer by s", [f"{s:+.0f}" for s in longer], right=True),
            Column("higher by", [f"{d:+.1f}°" for d in higher], right=True),
        ]
    parts = [_used_by(plan, w) for w in other_windows]
    console.print()
    print_table(console, [*columns, Column("Note", [f"has part {p}" if p else "" for p in parts])])


def _print_refusal(plan: Plan, refusal: Refusal, price: Price, console: Console) -> None:
    several = many_parts(plan)
    who = named(refusal.request, refusal.part, several)
    console.print(f"\n{who} is refused: {refusal.reason.value.replace('_', ' ')}", style="bold", soft_wrap=True)
    for particular in refusal.particulars:
        console.print(f"  {output.words(particular)}", soft_wrap=True)
    if refusal.obstacles:
        print_table(
            console,
            [
                Column("Window", [when(o.window) for o in refusal.obstacles]),
                Column("Antenna", [at_antennas(o.antennas) for o in refusal.obstacles]),
                Column(
                    "Taken by",
                    [
                        ", ".join(named(b.request, b.part, several) + " (held)" * b.held for b in o.blockers)
                        for o in refusal.obstacles
                    ],
                ),
            ],
        )
    for relaxation in price.relaxations:
        console.print(f"  {output.words(relaxation)}", soft_wrap=True)
    if not price.assignments:
        none = "There is no way to serve it: held contacts, agreements or its own windows leave none."
        console.print(none if price.is_exact else "No way was found to serve it.", soft_wrap=True)
        return
    console.print("To serve it:", soft_wrap=True)
    print_contacts(plan, price.assignments, console)
    if price.displaced:
        console.print("would be removed:", soft_wrap=True)
        print_contacts(plan, price.displaced, console)
    if price.moved:
        console.print("would move:", soft_wrap=True)
        print_moves(price.moved, console)
    most = "" if price.is_exact or price.value >= 0.0 else " at most"
    change = f"the plan's value would be {abs(price.value):.2f} {'lower' if price.value < 0.0 else 'higher'}{most}"
    none_removed = "" if price.displaced else "; no contact would be removed"
    console.print(f"{change}{none_removed}", soft_wrap=True)


def _used_by(plan: Plan, window: ContactWindow) -> int | None:
    """The part of the request whose contact lies in a window."""
    for a in plan.schedule.assignments:
        if a.request == window.request and window_of(plan, a) == window:
            return a.part
    return None


def _contact_row(plan: Plan, request: ContactRequest, contact: Assignment) -> ExplainedContact:
    used = window_of(plan, contact)
    return extended(
        ExplainedContact,
        assignment_row(contact, request),
        held=contact in plan.inputs.held,
        window=None if used is None else window_row(used, _used_by(plan, used)),
        other_windows=tuple(
            window_row(w, _used_by(plan, w))
            for w in plan.inputs.search.windows
            if w.request == contact.request and w != used
        ),
    )


def _refused_row(plan: Plan, request: ContactRequest, refusal: Refusal, price: Price) -> ExplainedRefusal:
    requests = {r.id: r for r in plan.inputs.book.requests}
    return extended(
        ExplainedRefusal,
        refusal_row(refusal, request),
        obstacles=tuple(map(obstacle_row, refusal.obstacles)),
        price=PriceRow(
            assignments=tuple(assignment_row(a, request) for a in price.assignments),
            displaced=tuple(assignment_row(a, requests[a.request]) for a in price.displaced),
            moved=tuple(map(move_row, price.moved)),
            value=price.value if price.assignments else None,
            is_exact=price.is_exact,
            relaxations=price.relaxations,
        ),
    )
