"""The contact minutes of each agency as bars, requested and given, relative to the longest."""

from __future__ import annotations

from dataclasses import dataclass

from passplan.domain.schedule import AgencyShare, Fairness

_LONGEST_PERCENT = 96.0  # its outline lies within the plot


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareBar:
    """The bars of an agency; lengths are per cent of the plot."""

    share: AgencyShare
    asked_percent: float
    given_percent: float


def share_bars(fairness: Fairness | None) -> tuple[ShareBar, ...]:
    """The bars of all agencies of a plan; none without a plan."""
    shares = fairness.agencies if fairness is not None else ()
    longest_min = max((max(s.minutes_asked, s.minutes_given) for s in shares), default=0.0) or 1.0
    return tuple(
        ShareBar(
            share=s,
            asked_percent=_LONGEST_PERCENT * s.minutes_asked / longest_min,
            given_percent=_LONGEST_PERCENT * s.minutes_given / longest_min,
        )
        for s in shares
    )
