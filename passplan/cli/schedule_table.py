"""Tables of a plan: contacts by time, refusals with their reasons, shares and the value."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from passplan.cli.output import words
from passplan.cli.row_table import RowColumns
from passplan.cli.text_table import Column, print_table
from passplan.domain.network import AntennaRef
from passplan.domain.requests import RequestId
from passplan.domain.rows.contacts import AssignmentRow, ContactRow, assignment_row
from passplan.domain.rows.schedule import PlanRefusalRow, refusal_row
from passplan.domain.schedule import (
    SMALL_SHIFT_S,
    Assignment,
    Blocker,
    FrontPoint,
    Move,
    Plan,
    Refusal,
    Schedule,
)
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow

if TYPE_CHECKING:
    from rich.console import Console

_PROVEN = 1e-9
_MOST_BLOCKERS = 6


def print_plan(plan: Plan, console: Console, caption: Sequence[str], took_s: float | None = None) -> None:
    """Print a plan under its caption."""
    for line in caption:
        console.print(line, style="dim", soft_wrap=True)
    print_contacts(plan, plan.schedule.assignments, console)
    print_outcome(plan, console, took_s)


def print_outcome(plan: Plan, console: Console, took_s: float | None = None) -> None:
    """Print the refusals of a plan with reasons, the shares of its agencies, and its value."""
    _print_refusals(plan, console)
    _print_shares(plan.schedule, console)
    for line in _worth(plan, took_s):
        console.print(line, style="dim", soft_wrap=True)


def print_stored_contacts(rows: Sequence[ContactRow], several: frozenset[RequestId], console: Console) -> None:
    """Print contacts of a store in order of time under their days, with their states.

    Args:
        rows: the contacts.
        several: requests that may have several contacts.
        console: where to.
    """
    if not rows:
        console.print("There is no contact.", soft_wrap=True)
        return
    is_mixed = len({r.satellite for r in rows}) > 1
    columns = RowColumns(ContactRow, rows)
    take = columns.take
    print_table(
        console,
        [
            take("id"),
            take("start", lambda r: clock(r.start)),
            take("end", lambda r: clock(r.end)),
            take("duration_s", lambda r: length(r.duration_s), dispensable=2),
            take("antennas", lambda r: at_antennas(r.antennas)),
            take("satellite", lambda r: r.satellite if is_mixed else ""),
            take("agency"),
            take("request", lambda r: named(r.request, r.part or 1, several)),
            take("priority", dispensable=1),
            take("link", dispensable=4),
            take("state", _standing),
            take("reason"),
            *columns.rest(),
        ],
        groups=[f"{rounded(r.start):%a %Y-%m-%d}  (UTC)" for r in rows],
    )


def _standing(row: ContactRow) -> str:
    state = row.state.value.replace("_", " ")
    return f"{state}, seen by {row.acknowledged_by}" if row.acknowledged_by else state


def print_contacts(plan: Plan, contacts: Sequence[Assignment], console: Console) -> None:
    """Print contacts in order of time under their days."""
    if not contacts:
        return
    requests = {r.id: r for r in plan.inputs.book.requests}
    several = many_parts(plan)
    rows = [assignment_row(a, requests[a.request]) for a in contacts]
    windows = [window_of(plan, a) for a in contacts]
    held = set(plan.inputs.held)
    is_mixed = len({r.satellite for r in rows}) > 1
    columns = RowColumns(AssignmentRow, rows)
    take = columns.take
    print_table(
        console,
        [
            take("start", lambda r: clock(r.start)),
            take("end", lambda r: clock(r.end)),
            take("duration_s", lambda r: length(r.duration_s)),
            take("antennas", lambda r: at_antennas(r.antennas)),
            take("satellite", lambda r: r.satellite if is_mixed else ""),
            take("agency"),
            take("request", lambda r: named(r.request, r.part or 1, several)),
            take("priority"),
            take("activity"),
            Column("Peak", [f"{w.peak_elevation_deg:.1f}°" if w else "" for w in windows], right=True, dispensable=1),
            Column("±68% s", [uncertainty(w) for w in windows], right=True, dispensable=4),
            take("link"),
            *columns.rest(),
            Column("Note", ["held" if a in held else "" for a in contacts]),
        ],
        groups=[f"{rounded(r.start):%a %Y-%m-%d}  (UTC)" for r in rows],
    )


def print_front(front: Sequence[FrontPoint], console: Console) -> None:
    """Print value against fairness; nothing for no points."""
    if not front:
        return
    console.print("\nOther weights of fairness:", style="bold")
    print_table(
        console,
        [
            Column("Fairness", [f"{p.scale:g} x" for p in front], right=True),
            Column("Priority value", [f"{p.priority_value:.2f}" for p in front], right=True),
            Column("U_RMS", [f"{p.u_rms:.3f}" for p in front], right=True),
            Column("U_MAX", [f"{p.u_max:.3f}" for p in front], right=True),
            Column("Served", [str(p.served) for p in front], right=True),
            Column("Gap", [percent(p.gap) for p in front], right=True),
        ],
    )


def print_moves(moves: Sequence[Move], console: Console) -> None:
    """Print contacts that moved."""
    there = [(m.before, m.after, m.shift_s) for m in moves if m.after is not None and m.shift_s is not None]
    if not there:
        return
    of_pass = [m.pass_shift_s for m in moves if m.after is not None and m.shift_s is not None]
    with_pass = [Column("Its pass s", [f"{s:+.0f}" if s else "" for s in of_pass], right=True)] if any(of_pass) else []
    print_table(
        console,
        [
            Column("Request", [f"{b.request}/{b.part}" for b, _, _ in there]),
            Column("Before", [when(b.contact) for b, _, _ in there]),
            Column("at", [at_antennas(b.antennas) for b, _, _ in there]),
            Column("Now", [when(a.contact) for _, a, _ in there]),
            Column("at", [at_antennas(a.antennas) if a.antennas != b.antennas else "" for b, a, _ in there]),
            Column("Moved s", [f"{s:+.0f}" for _, _, s in there], right=True),
            *with_pass,
        ],
    )


def window_of(plan: Plan, contact: Assignment) -> ContactWindow | None:
    """The window that a contact lies in; None: a held contact, planned on other elements."""
    for w in plan.inputs.search.windows:
        if (
            (w.request, w.antennas) == (contact.request, contact.antennas)
            and w.span.start <= contact.contact.start
            and contact.contact.end <= w.span.end
        ):
            return w
    return None


def many_parts(plan: Plan) -> frozenset[RequestId]:
    """Requests that may have several contacts, so that tables show their part numbers."""
    return frozenset(r.id for r in plan.inputs.book.requests if r.repetition is not None or r.split is not None)


def named(request: RequestId, part: int, several: frozenset[RequestId]) -> str:
    """A request, with its part where it has several."""
    return f"{request}/{part}" if request in several else request


def why(refusal: Refusal, several: frozenset[RequestId]) -> Iterable[str]:
    """The first sentence of a refusal, and the contacts in its cheapest window."""
    yield from (words(p) for p in refusal.particulars[:1])
    if refusal.obstacles:
        obstacle = refusal.obstacles[0]
        yield f"{at_antennas(obstacle.antennas)}, {when(obstacle.window)}: {_taken(obstacle.blockers, several)}"


def clock(moment: datetime) -> str:
    """A time of day to the second."""
    return f"{rounded(moment):%H:%M:%S}"


def when(span: Span) -> str:
    """A span to the second, with its day; with both days where it ends on another."""
    start, end = rounded(span.start), rounded(span.end)
    same_day = start.date() == end.date()
    return f"{start:%m-%d %H:%M:%S}-{end:%H:%M:%S}" if same_day else f"{start:%m-%d %H:%M:%S} to {end:%m-%d %H:%M:%S}"


def percent(share: float) -> str:
    """A share in percent."""
    return f"{share * 100.0:.2f} %"


def length(seconds: float) -> str:
    """Minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def at_antennas(antennas: Sequence[AntennaRef]) -> str:
    """An antenna, or those of an array."""
    return " + ".join(map(str, antennas))


def uncertainty(window: ContactWindow | None) -> str:
    """The timing uncertainty of a pass [s]."""
    if window is None:
        return ""
    seconds = window.timing_68_s
    return "-" if seconds != seconds else f"{seconds:.1f}" if seconds < 9.95 else f"{seconds:.0f}"


def rounded(moment: datetime) -> datetime:
    """A time rounded to the second."""
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def better(schedule: Schedule) -> str:
    """How much better a schedule could be."""
    if schedule.gap <= _PROVEN:
        return "proven optimal"
    if schedule.value <= 0.0:
        return f"the gap is {percent(schedule.gap)}"
    return f"at most {percent(schedule.gap / (1.0 - schedule.gap))} better exists"


def _print_refusals(plan: Plan, console: Console) -> None:
    refusals = plan.schedule.refusals
    if not refusals:
        console.print("\nNothing was refused.", style="bold", soft_wrap=True)
        return
    requests = {r.id: r for r in plan.inputs.book.requests}
    several = many_parts(plan)
    rows = [refusal_row(r, requests[r.request]) for r in refusals]
    columns = RowColumns(PlanRefusalRow, rows)
    columns.drop(("part", "particulars", "given_to"))  # with the request, and below each row
    console.print()
    print_table(
        console,
        [
            columns.take("request", lambda r: named(r.request, r.part, several)),
            columns.take("agency"),
            Column("Priority", [requests[r.request].priority.value for r in rows]),
            *columns.rest(),
        ],
        notes=[list(why(r, several)) for r in refusals],
    )


def _print_shares(schedule: Schedule, console: Console) -> None:
    shares = schedule.fairness.agencies
    if not shares:
        return
    console.print()
    print_table(
        console,
        [
            Column("Agency", [s.agency for s in shares]),
            Column("Contacts", [f"{s.requests_served} of {s.requests_asked}" for s in shares], right=True),
            Column("Minutes", [f"{s.minutes_given:.1f} of {s.minutes_asked:.1f}" for s in shares], right=True),
            Column("Share", [f"{s.served_share * 100.0:.0f} %" for s in shares], right=True),
            Column(
                "By agreement, min",
                [
                    "" if s.minutes_entitled is None else f"{s.minutes_used:.1f} of {s.minutes_entitled:g}"
                    for s in shares
                ],
                right=True,
                dispensable=1,
            ),
        ],
    )


def _worth(plan: Plan, took_s: float | None) -> Iterable[str]:
    schedule = plan.schedule
    fairness = schedule.fairness
    contacts = len(schedule.assignments)
    yield f"{contacts} contact{'s' * (contacts != 1)}, {len(schedule.refusals)} refused."
    yield (
        f"priority value {schedule.priority_value:.2f}, fairness penalty {fairness.penalty:.2f}; "
        f"their difference is {schedule.bound - schedule.value:.2f} below its bound: {better(schedule)}"
    )
    if fairness.agencies:
        worst = f" ({fairness.worst})" if fairness.u_max > 0.0 else ""
        yield f"unserved shares: U_RMS {fairness.u_rms:.3f}, U_MAX {fairness.u_max:.3f}{worst}"
    if fairness.price is not None:
        yield f"the price of fairness is {percent(fairness.price)} of the priority value"
    if plan.inputs.previous or plan.inputs.held:
        yield f"against the earlier plan: {_moved(plan)}"
    yield f"effort {schedule.effort}, seed {schedule.seed}" + ("" if took_s is None else f", {took_s:.1f} s")


def _moved(plan: Plan) -> str:
    moves = plan.schedule.moves
    with_pass = sum(m.is_with_pass for m in moves)
    far = sum(m.after is not None and not m.is_small for m in moves)
    gone = sum(m.after is None for m in moves)
    parts = [
        f"{len(plan.inputs.held)} held",
        f"{len(plan.inputs.previous) - len(moves)} as they were",
        *([f"{with_pass} shifted with their passes"] if with_pass else []),
        f"{len(moves) - gone - with_pass} moved ({far} by more than {SMALL_SHIFT_S:g} s or to other antennas)",
        f"{gone} gone",
        f"{plan.schedule.least_moves} at least must move or go",
    ]
    return ", ".join(parts)


def _taken(blockers: Sequence[Blocker], several: frozenset[RequestId]) -> str:
    by_name: dict[str, bool] = defaultdict(bool)
    for b in blockers:
        by_name[f"{named(b.request, b.part, several)} {when(b.contact)}"] |= b.held
    names = [name + " (held)" * held for name, held in by_name.items()]
    more = f" and {len(names) - _MOST_BLOCKERS} more" if len(names) > _MOST_BLOCKERS else ""
    return f"given to {', '.join(names[:_MOST_BLOCKERS])}{more}"
