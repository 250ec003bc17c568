"""A pass of a satellite over a station, and answers about pairs that a list of passes cannot describe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from passplan.domain.messages import Message
from passplan.domain.span import Span
from passplan.domain.timing import TimingBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One interval in which a satellite is above a station's limit: from AOS over TCA to LOS."""

    satellite: str
    catalog_number: int
    station: str
    revolution: int  # passes that a mask cuts out of one transit share it
    aos: datetime
    tca: datetime
    los: datetime
    peak_elevation_deg: float
    aos_azimuth_deg: float
    tca_azimuth_deg: float
    los_azimuth_deg: float
    clipped_start: bool  # under way when the span (or the usable orbit) began
    clipped_end: bool
    element_epoch: datetime
    timing_68_s: float  # 68 of 100 passes come within this of the prediction; NaN: not measured
    timing_95_s: float
    timing_basis: TimingBasis  # the measurement behind both
    stale: bool  # the elements are older than the limit for their orbit

    @property
    def span(self) -> Span:
        """From AOS to LOS."""
        return Span(self.aos, self.los)

    @property
    def duration_s(self) -> float:
        """From AOS to LOS [s]."""
        return (self.los - self.aos).total_seconds()

    @property
    def uncertain(self) -> bool:
        """Whether timing_68_s is more than half its length, so that nobody should rely on its times."""
        return 2.0 * self.timing_68_s > self.duration_s

    @property
    def element_age_s(self) -> float:
        """Between the elements' epoch and the pass, whichever comes first [s]."""
        return abs((self.tca - self.element_epoch).total_seconds())


class AnswerKind(StrEnum):
    """The kind of an answer."""

    NOT_VISIBLE = "not_visible"
    ALWAYS_VISIBLE = "always_visible"
    FAILED = "failed"
    DECAYED = "decayed"
    STALE = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A statement about one satellite at one station that its passes do not make."""

    satellite: str
    catalog_number: int
    station: str
    answer: AnswerKind
    since: datetime  # FAILED, DECAYED, STALE: from when; NOT_VISIBLE: when it is highest; ALWAYS_VISIBLE: the start
    until: datetime | None = None  # FAILED: until when; None: not before the end of the span
    peak_elevation_deg: float | None = None  # NOT_VISIBLE alone
    sgp4_code: int | None = None  # FAILED and DECAYED alone

    @property
    def sentence(self) -> str:
        """The answer in English."""
        return str(self.message)

    @property
    def message(self) -> Message:
        """The answer as a fact."""
        who = Message("at_station", "%(satellite)s at %(station)s", satellite=self.satellite, station=self.station)
        return self._about(who)

    @property
    def message_everywhere(self) -> Message:
        """The answer as a fact, for the same answer at all stations."""
        return self._about(self.satellite)

    def _about(self, who: Message | str) -> Message:
        match self.answer:
            case AnswerKind.NOT_VISIBLE:
                return Message(
                    "never_visible",
                    "%(who)s is never above the limit; highest %(elevation_deg).2f° at %(at)s",
                    elevation_deg=self.peak_elevation_deg or 0.0,
                    at=self.since,
                    who=who,
                )
            case AnswerKind.ALWAYS_VISIBLE:
                return Message("always_visible", "%(who)s is above the limit all the time", who=who)
            case AnswerKind.FAILED if self.sgp4_code == NOT_COVERED:
                return self._not_covered(who)
            case AnswerKind.FAILED if self.until is not None:
                return Message(
                    "sgp4_fails_until",
                    "%(who)s: SGP4 fails from %(since)s until %(until)s (code %(sgp4)s: %(cause)s)",
                    since=self.since,
                    until=self.until,
                    sgp4=str(self.sgp4_code),
                    cause=SGP4_CODES[self.sgp4_code or 0],
                    who=who,
                )
            case AnswerKind.FAILED:
                return Message(
                    "sgp4_fails",
                    "%(who)s: SGP4 fails from %(since)s (code %(sgp4)s: %(cause)s)",
                    since=self.since,
                    sgp4=str(self.sgp4_code),
                    cause=SGP4_CODES[self.sgp4_code or 0],
                    who=who,
                )
            case AnswerKind.DECAYED:
                return Message(
                    "has_decayed",
                    "%(who)s: the satellite has decayed by %(since)s",
                    since=self.since,
                    who=who,
                )
            case AnswerKind.STALE:
                return Message(
                    "elements_stale",
                    "%(who)s: the elements are more than 7 days (low orbits; others 30) from the "
                    "passes from %(since)s on",
                    since=self.since,
                    who=who,
                )

    def _not_covered(self, who: Message | str) -> Message:
        if self.until is None:
            return Message(
                "not_covered", "%(who)s: no ephemeris covers the time from %(since)s", since=self.since, who=who
            )
        return Message(
            "not_covered_until",
            "%(who)s: no ephemeris covers the time from %(since)s until %(until)s",
            since=self.since,
            until=self.until,
            who=who,
        )


NOT_COVERED = 8

# Vallado et al., "Revisiting Spacetrack Report #3" (AIAA 2006-6753), appendix B. passplan adds 0, 7 and 8.
SGP4_CODES = {
    0: "the position is not a number",
    1: "mean eccentricity outside 0 to 1",
    2: "mean motion below zero",
    3: "perturbed eccentricity outside 0 to 1",
    4: "semi-latus rectum below zero",
    5: "epoch elements are sub-orbital",
    6: "below the Earth's surface",
    7: "its path is no orbit, too far from its epoch",
    NOT_COVERED: "no ephemeris covers the time",
}
