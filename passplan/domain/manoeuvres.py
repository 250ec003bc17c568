"""Manoeuvres: the burns of a satellite, after which older elements no longer describe its orbit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from passplan.domain.checks import require_between, require_whole
from passplan.domain.span import instant

MOST_DELTA_V_M_S = 10_000.0
SAME_BURN = timedelta(hours=6)  # two sources, or two sets, may tell of one burn


class ManoeuvreOrigin(StrEnum):
    """How a manoeuvre is known."""

    PERSON = "person"
    EPHEMERIS = "ephemeris"  # announced in the comments of an OEM
    HISTORY = "history"  # found between two element sets


@dataclass(frozen=True, slots=True, kw_only=True)
class Manoeuvre:
    """A burn of a satellite, planned or past.

    Raises:
        InputError: for a value outside its bounds.
    """

    catalog_number: int
    time: datetime  # when it begins; found between two sets, when their orbits meet
    delta_v_m_s: float | None = None  # its size; None: not known
    uncertainty_m_s: float | None = None  # 68 of 100 burns come within this of delta_v_m_s; None: not known
    name: str = ""
    object_id: str = ""  # international designator, where the catalogue number is not known yet
    origin: ManoeuvreOrigin = ManoeuvreOrigin.PERSON

    def __post_init__(self) -> None:
        where = f"manoeuvre of {self.catalog_number}"
        object.__setattr__(self, "time", instant(self.time))
        require_whole(where, "catalog_number", self.catalog_number, 0, 999_999_999)
        if self.delta_v_m_s is not None:
            require_between(where, "delta_v_m_s", self.delta_v_m_s, 0.0, MOST_DELTA_V_M_S)
        if self.uncertainty_m_s is not None:
            require_between(where, "uncertainty_m_s", self.uncertainty_m_s, 0.0, MOST_DELTA_V_M_S)
