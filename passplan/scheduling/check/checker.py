"""All rules in order, and the check of a schedule by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from passplan.domain.messages import Message
from passplan.domain.network import Network
from passplan.domain.requests import RequestBook
from passplan.domain.schedule import Assignment, Schedule, Violation
from passplan.domain.windows import ContactWindow
from passplan.scheduling.check.agreements import overdrawn_agreements
from passplan.scheduling.check.case import Case, case_of
from passplan.scheduling.check.eligibility import inadmissible, out_of_window, unknown
from passplan.scheduling.check.outcome import disorder, lost_holds, untrue_moves, wrong_refusals, wrong_value
from passplan.scheduling.check.resources import antenna_clashes, full_links
from passplan.scheduling.check.shapes import broken_groups, wrong_lengths, wrong_repetitions

_RULES: tuple[tuple[str, Callable[[Case], Iterator[Message]]], ...] = (
    ("known", unknown),
    ("admissible", inadmissible),
    ("window", out_of_window),
    ("antenna", antenna_clashes),
    ("link", full_links),
    ("length", wrong_lengths),
    ("repetition", wrong_repetitions),
    ("group", broken_groups),
    ("agreement", overdrawn_agreements),
    ("held", lost_holds),
    ("refusal", wrong_refusals),
    ("value", wrong_value),
    ("order", disorder),
    ("moves", untrue_moves),
)


def check(
    schedule: Schedule,
    book: RequestBook,
    network: Network,
    windows: Sequence[ContactWindow],
    *,
    held: Sequence[Assignment] = (),
) -> tuple[Violation, ...]:
    """Every rule that a schedule breaks; empty for a valid schedule."""
    case = case_of(schedule, book, network, windows, held)
    return tuple(Violation(rule=rule, message=message) for rule, breaks in _RULES for message in breaks(case))
