"""The rows of passes: as the search gives them, as the store keeps them, and as the pass table shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from passplan.domain.passes import Pass
from passplan.domain.rows.columns import column, columns_of
from passplan.domain.span import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRow:
    """A pass: from AOS over TCA to LOS."""

    satellite: str = column("Satellite", help="The satellite.")
    catalog_number: int = column("Number", help="The satellite's catalogue number.", in_table=False)
    station: str = column("Station", help="The station.")
    revolution: int = column("Rev", help="Number of the orbit, from the ascending node; parts of one transit share it.")
    aos: datetime = column(
        "AOS", help="The satellite reaches the station's limit: the larger of horizon mask and floor."
    )
    tca: datetime = column("TCA", help="The satellite is highest.")
    los: datetime = column("LOS", help="The satellite leaves the limit.")
    duration_s: float = column("Length", unit="s", digits=6, help="From AOS to LOS.", is_computed=True)
    peak_elevation_deg: float = column("Peak", unit="°", digits=4, help="Elevation at TCA.")
    aos_azimuth_deg: float = column(
        "Azimuth at AOS", unit="°", digits=4, modulo=360.0, help="Azimuth at AOS, from north over east."
    )
    tca_azimuth_deg: float = column(
        "Azimuth at TCA", unit="°", digits=4, modulo=360.0, help="Azimuth at TCA, from north over east."
    )
    los_azimuth_deg: float = column(
        "Azimuth at LOS", unit="°", digits=4, modulo=360.0, help="Azimuth at LOS, from north over east."
    )
    clipped_start: bool = column("Clipped start", help="The pass begins before the span or the usable orbit.")
    clipped_end: bool = column("Clipped end", help="The pass ends after the span or the usable orbit.")
    element_epoch: datetime = column(
        "Elements of", help="The epoch of the elements that the pass is computed from.", in_table=False
    )
    element_age_s: float = column(
        "Elements' age",
        unit="s",
        digits=6,
        help="Time between epoch and TCA, never negative.",
        is_computed=True,
        in_table=False,
    )
    timing_68_s: float | None = column(
        "±68%", unit="s", digits=3, help="68 of 100 passes come within it; null: not measured."
    )
    timing_95_s: float | None = column(
        "±95%", unit="s", digits=3, help="95 of 100 passes come within it; null: not measured."
    )
    stale: bool = column("Stale", help="Elements more than 7 days (low orbits) or 30 days from the pass.")

    def __post_init__(self) -> None:
        object.__setattr__(self, "duration_s", (self.los - self.aos).total_seconds())
        object.__setattr__(self, "element_age_s", abs((self.tca - self.element_epoch).total_seconds()))

    @property
    def span(self) -> Span:
        """From AOS to LOS."""
        return Span(self.aos, self.los)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPass(PassRow):
    """A pass with what else an operator asks of it; the network's id of its satellite. The store keeps these."""

    sunlight: str = column("Sun", help="Sunlight on the satellite from AOS to LOS: sunlit, eclipsed, enters or leaves.")
    aos_limit_deg: float = column("Limit at AOS", unit="°", digits=4, help="The elevation at AOS.", in_table=False)
    los_limit_deg: float = column("Limit at LOS", unit="°", digits=4, help="The elevation at LOS.", in_table=False)
    aos_masked: bool = column("Mask at AOS", help="The horizon mask, not the floor, is the limit at AOS.")
    los_masked: bool = column("Mask at LOS", help="The horizon mask, not the floor, is the limit at LOS.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPass(ForecastPass):
    """A pass of the pass table, with what is booked in it."""

    agency: str = column("Agency", help="The station's.")
    contacts: tuple[Mapping[str, Any], ...] = column("Contacts", help="What is booked in it, as it may be seen.")
    overlaps: tuple[str, ...] = column("Meanwhile", help="Stations and satellites with a pass meanwhile.", in_csv=False)


def pass_row(item: Pass) -> PassRow:
    """The row of a pass."""
    return PassRow(**pass_values(item))


def pass_values(item: Pass) -> dict[str, Any]:
    """The values of a pass, by the columns of its row that are not computed."""
    return {name: _known(getattr(item, name)) for name in _OF_PASS}


def _known(value: Any) -> Any:
    return None if value != value else value  # NaN: nobody measured it


_OF_PASS = tuple(c.name for c in columns_of(PassRow) if not c.is_computed)
