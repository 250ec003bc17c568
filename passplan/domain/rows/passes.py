"""The rows of passes: of the search, of the store, and of the pass table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from passplan.domain.messages import Fact
from passplan.domain.passes import Answer, AnswerKind, Pass
from passplan.domain.rows.columns import column, columns_of
from passplan.domain.rows.contacts import SeenContactRow
from passplan.domain.span import Span
from passplan.domain.timing import TimingBasis


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
    timing_basis: str | None = column(
        "Measured on",
        help="The measurement behind ±68% and ±95%: ephemeris, own_history, iss_table or orbit_class; null: none.",
        in_table=False,
    )
    stale: bool = column("Stale", help="Elements more than 7 days (low orbits) or 30 days from the pass.")
    uncertain: bool = column(
        "Uncertain",
        help="±68% is more than half the length: do not rely on its times. Nothing is booked in it.",
        is_computed=True,
        in_table=False,
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "duration_s", (self.los - self.aos).total_seconds())
        object.__setattr__(self, "element_age_s", abs((self.tca - self.element_epoch).total_seconds()))
        object.__setattr__(self, "uncertain", 2.0 * (self.timing_68_s or 0.0) > self.duration_s)

    @property
    def span(self) -> Span:
        """From AOS to LOS."""
        return Span(self.aos, self.los)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastPass(PassRow):
    """A pass with its conditions and the network's id of its satellite, as stored."""

    sunlight: str = column("Sun", help="Sunlight on the satellite from AOS to LOS: sunlit, eclipsed, enters or leaves.")
    aos_limit_deg: float = column("Limit at AOS", unit="°", digits=4, help="The elevation at AOS.", in_table=False)
    los_limit_deg: float = column("Limit at LOS", unit="°", digits=4, help="The elevation at LOS.", in_table=False)
    aos_masked: bool = column("Mask at AOS", help="The horizon mask, not the floor, is the limit at AOS.")
    los_masked: bool = column("Mask at LOS", help="The horizon mask, not the floor, is the limit at LOS.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPass(ForecastPass):
    """A pass of the pass table, with its contacts."""

    agency: str = column("Agency", help="The station's.")
    contacts: tuple[SeenContactRow, ...] = column("Contacts", help="The contacts in it, as the reader may see them.")
    overlaps: tuple[str, ...] = column(
        "Meanwhile", help="Stations and satellites with a pass at the same time.", in_csv=False
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """A statement about a satellite at a station that its passes do not make."""

    satellite: str = column("Satellite", help="The satellite.")
    catalog_number: int = column("Number", help="The satellite's catalogue number.")
    station: str = column("Station", help="The station.")
    answer: AnswerKind = column("Answer", help="Its kind.")
    since: datetime = column("Since", help="From when; of `not_visible`: when the satellite is highest.")
    until: datetime | None = column(
        "Until", help="Of `failed`: until when; absent: not before the end of the span.", is_omitted=True
    )
    peak_elevation_deg: float | None = column(
        "Peak", unit="°", digits=4, help="Of `not_visible`: the highest elevation.", is_omitted=True
    )
    sgp4_code: int | None = column("Code", help="Of `failed` and `decayed`: SGP4's code.", is_omitted=True)
    sentence: str = column("Sentence", help="The answer in words.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPoint:
    """The position of a satellite over a station at one time."""

    time: datetime = column("Time", help="When.")
    azimuth_deg: float = column("Az", unit="°", digits=4, modulo=360.0, help="Its azimuth, from north over east.")
    azimuth_unwrapped_deg: float = column(
        "Unwrapped", unit="°", digits=4, help="The azimuth without a jump at north.", dispensable=2
    )
    elevation_deg: float = column("El", unit="°", digits=4, help="Its elevation.")
    range_km: float = column("Range", unit="km", digits=4, help="Its distance.")
    range_rate_km_s: float = column("Rate", unit="km/s", digits=6, help="How fast its distance grows.")
    doppler_hz: float | None = column(
        "Doppler", unit="Hz", digits=2, help="Of the carrier; null: no carrier was given."
    )
    sunlit: bool = column("Sunlit", help="Whether it is in sunlight.")
    sun_separation_deg: float = column(
        "From the Sun", unit="°", digits=2, help="Between it and the Sun, from the station.", dispensable=1
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CertaintyRow:
    """The age of the elements of a track, and the uncertainty of its times."""

    element_epoch: datetime = column("Elements of", help="The epoch of the elements.")
    element_age_s: float = column("Elements' age", unit="s", digits=6, help="Between epoch and the track's middle.")
    timing_68_s: float | None = column(
        "±68%", unit="s", digits=3, help="68 of 100 tracks come within it; null: not measured."
    )
    timing_95_s: float | None = column(
        "±95%", unit="s", digits=3, help="95 of 100 tracks come within it; null: not measured."
    )
    timing_basis: str | None = column(
        "Measured on", help="The measurement behind both: ephemeris, own_history, iss_table or orbit_class; null: none."
    )
    stale: bool = column("Stale", help="Elements more than 7 days (low orbits) or 30 days from the track.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PointingRow:
    """The pointing of an antenna at one time."""

    time: datetime = column("Time", help="When.")
    az_deg: float = column("Az", unit="°", digits=4, help="The azimuth, from north over east.")
    el_deg: float = column("El", unit="°", digits=4, help="The elevation.")
    range_km: float = column("Range", unit="km", digits=3, help="The distance.")
    range_rate_km_s: float = column("Rate", unit="km/s", digits=6, help="How fast the distance grows.")
    doppler_hz: float | None = column("Doppler", unit="Hz", digits=1, help="Of the link; null: it has no frequency.")
    az_unwrapped_deg: float = column(
        "Unwrapped", unit="°", digits=4, help="The azimuth between the antenna's cable stops, if it has any."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PassUseRow:
    """A request that could use a pass, and its outcome there."""

    request: str = column("Request", help="The request.")
    agency: str = column("Agency", help="The agency that submitted it.")
    outcome: Literal["here", "elsewhere", "refused", "open"] = column(
        "Outcome", help="Whether it has a contact here or elsewhere, was refused, or is open."
    )
    particulars: tuple[Fact, ...] = column("Particulars", help="Why it was refused.")


def answer_row(item: Answer) -> AnswerRow:
    """The row of an answer."""
    return AnswerRow(
        satellite=item.satellite,
        catalog_number=item.catalog_number,
        station=item.station,
        answer=item.answer,
        since=item.since,
        until=item.until,
        peak_elevation_deg=item.peak_elevation_deg,
        sgp4_code=item.sgp4_code,
        sentence=item.sentence,
    )


def pass_row(item: Pass) -> PassRow:
    """The row of a pass."""
    return PassRow(**pass_values(item))


def pass_values(item: Pass) -> dict[str, Any]:
    """The values of a pass, by the columns of its row that are not computed."""
    return {name: _known(getattr(item, name)) for name in _OF_PASS}


def _known(value: Any) -> Any:
    if isinstance(value, TimingBasis):
        return value.or_none
    return None if value != value else value  # NaN: not measured


_OF_PASS = tuple(c.name for c in columns_of(PassRow) if not c.is_computed)
