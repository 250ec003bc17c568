"""The seconds of agreements between agencies, by week."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from passplan.domain.network import Agreement, AntennaRef, Network
from passplan.domain.week import Week

WEEK_S = 7 * 86_400

T = TypeVar("T", int, NDArray[np.int32])


class Budgets:
    """Seconds left of each agreement in each week, by the agreement that covers a station for an agency."""

    def __init__(self, network: Network, start: datetime) -> None:
        self.network = network
        self.week_offset = int((start - Week.of(start).start).total_seconds())
        self.left: list[int] = []
        self.number: dict[tuple[Agreement, int], int] = {}

    def week(self, second: T) -> T:
        """The week of a second, or of several."""
        return (second + self.week_offset) // WEEK_S

    def pieces(
        self, agency: str, antennas: Sequence[AntennaRef], low: int, high: int
    ) -> Iterable[tuple[int, int, tuple[int, ...]]]:
        """[low, high] with its budgets; with budgets it is cut at the end of each week, which has separate ones."""
        while low < high:
            charged = self.charged(agency, antennas, low)
            end = min(high, (self.week(low) + 1) * WEEK_S - self.week_offset) if charged else high
            yield low, end, charged
            low = end

    def charged(self, agency: str, antennas: Iterable[AntennaRef], second: int) -> tuple[int, ...]:
        """The budgets that a contact at a second is charged to."""
        return self.charged_in(agency, antennas, self.week(second))

    def charged_in(self, agency: str, antennas: Iterable[AntennaRef], week: int) -> tuple[int, ...]:
        """The budgets that a contact in a week is charged to; none when the agency or nobody owns each station.

        A station that several agreements cover is charged to the first; an array to each agreement once.
        """
        charged_numbers: dict[int, None] = {}
        for antenna in antennas:
            agreement = self.network.agreement(agency, antenna.station)
            if self.network.owner(antenna) in ("", agency) or agreement is None:
                continue
            key = (agreement, week)
            if key not in self.number:
                self.number[key] = len(self.left)
                self.left.append(math.floor(agreement.minutes_per_week * 60.0))
            charged_numbers[self.number[key]] = None
        return tuple(charged_numbers)
