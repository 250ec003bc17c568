"""Passes and answers as columns: a few arrays for thousands, which create a `Pass` or an `Answer` on access."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import overload

import numpy as np
from numpy.typing import NDArray

from passplan.domain.network import Station
from passplan.domain.passes import Answer, AnswerKind, Pass
from passplan.domain.sources import Source
from passplan.domain.span import Span
from passplan.orbit.scales import Floats
from passplan.passes.timing import BASES

Times = NDArray[np.datetime64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def at(moment: np.datetime64) -> datetime:
    """An aware UTC datetime from a column's value."""
    naive: datetime = moment.astype("datetime64[us]").item()
    return naive.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers(Sequence[Answer]):
    """Statements about pairs of satellite and station that the list of passes does not make."""

    sources: tuple[Source, ...]
    stations: tuple[Station, ...]
    source_index: Integers
    station_index: Integers
    kind: tuple[AnswerKind, ...]
    since: Times
    until: Times  # NaT: not before the end of the span
    peak_elevation_deg: Floats  # NaN for other kinds
    sgp4_code: Integers  # -1 for other kinds

    def __len__(self) -> int:
        return len(self.kind)

    def __repr__(self) -> str:
        return f"<{len(self)} answers>"

    @overload
    def __getitem__(self, index: int) -> Answer: ...
    @overload
    def __getitem__(self, index: slice | Flags | Integers) -> Answers: ...
    def __getitem__(self, index: int | slice | Flags | Integers) -> Answer | Answers:
        if not isinstance(index, (int, np.integer)):
            return self._selected(index)
        source = self.sources[self.source_index[index]]
        kind = self.kind[index]
        return Answer(
            satellite=source.satellite,
            catalog_number=source.catalog_number,
            station=self.stations[self.station_index[index]].id,
            answer=kind,
            since=at(self.since[index]),
            until=None if np.isnat(self.until[index]) else at(self.until[index]),
            peak_elevation_deg=float(self.peak_elevation_deg[index]) if kind is AnswerKind.NOT_VISIBLE else None,
            sgp4_code=int(self.sgp4_code[index]) if kind in (AnswerKind.FAILED, AnswerKind.DECAYED) else None,
        )

    def _selected(self, index: slice | Flags | Integers) -> Answers:
        return Answers(
            sources=self.sources,
            stations=self.stations,
            source_index=self.source_index[index],
            station_index=self.station_index[index],
            kind=tuple(np.array(self.kind, dtype=object)[index]),
            since=self.since[index],
            until=self.until[index],
            peak_elevation_deg=self.peak_elevation_deg[index],
            sgp4_code=self.sgp4_code[index],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Passes(Sequence[Pass]):
    """Passes in order of AOS: numpy columns, and a sequence of `Pass`.

    Times are datetime64[us], UTC; angles degrees. `refraction`: whether elevations are apparent, not geometric.
    """

    span: Span
    sources: tuple[Source, ...]
    stations: tuple[Station, ...]
    refraction: bool
    source_index: Integers
    station_index: Integers
    revolution: Integers
    aos: Times
    tca: Times
    los: Times
    peak_elevation_deg: Floats
    aos_azimuth_deg: Floats
    tca_azimuth_deg: Floats
    los_azimuth_deg: Floats
    clipped_start: Flags
    clipped_end: Flags
    element_epoch: Times  # of the segment behind each pass
    timing_68_s: Floats
    timing_95_s: Floats
    timing_basis: NDArray[np.uint8]  # numbers in `passes.timing.BASES`
    stale: Flags
    answers: Answers

    @property
    def model(self) -> str:
        """The models of the passes, in a line."""
        seen = "refracted (Bennett, 1010 hPa, 10 °C)" if self.refraction else "geometric (no refraction)"
        models = dict.fromkeys(model for source in self.sources for model in source.models)
        return ", ".join([*models, "WGS84 ellipsoid", "UT1", seen])

    @property
    def duration_s(self) -> Floats:
        """From AOS to LOS [s]."""
        return np.asarray((self.los - self.aos) / np.timedelta64(1, "us") * 1e-6)

    @property
    def element_age_s(self) -> Floats:
        """Between the elements' epoch and each pass [s]."""
        return np.abs((self.tca - self.element_epoch) / np.timedelta64(1, "us") * 1e-6)

    @property
    def uncertain(self) -> Flags:
        """Whether timing_68_s is more than half the length, so that nobody should rely on its times."""
        return np.asarray(2.0 * self.timing_68_s > self.duration_s)

    def __len__(self) -> int:
        return len(self.aos)

    @overload
    def __getitem__(self, index: int) -> Pass: ...
    @overload
    def __getitem__(self, index: slice | Flags | Integers) -> Passes: ...
    def __getitem__(self, index: int | slice | Flags | Integers) -> Pass | Passes:
        if not isinstance(index, (int, np.integer)):
            return self._selected(index)
        source = self.sources[self.source_index[index]]
        return Pass(
            satellite=source.satellite,
            catalog_number=source.catalog_number,
            station=self.stations[self.station_index[index]].id,
            revolution=int(self.revolution[index]),
            aos=at(self.aos[index]),
            tca=at(self.tca[index]),
            los=at(self.los[index]),
            peak_elevation_deg=float(self.peak_elevation_deg[index]),
            aos_azimuth_deg=float(self.aos_azimuth_deg[index]),
            tca_azimuth_deg=float(self.tca_azimuth_deg[index]),
            los_azimuth_deg=float(self.los_azimuth_deg[index]),
            clipped_start=bool(self.clipped_start[index]),
            clipped_end=bool(self.clipped_end[index]),
            element_epoch=at(self.element_epoch[index]),
            timing_68_s=float(self.timing_68_s[index]),
            timing_95_s=float(self.timing_95_s[index]),
            timing_basis=BASES[self.timing_basis[index]],
            stale=bool(self.stale[index]),
        )

    def __iter__(self) -> Iterator[Pass]:
        return (self[k] for k in range(len(self)))

    def to_columns(self) -> dict[str, NDArray[np.generic]]:
        """A dict of equally long columns, for pandas and polars."""
        names = np.array([s.satellite for s in self.sources], dtype=object)
        numbers = np.array([s.catalog_number for s in self.sources], dtype=np.int64)
        ids = np.array([s.id for s in self.stations], dtype=object)
        return {
            "satellite": names[self.source_index] if len(self) else names[:0],
            "catalog_number": numbers[self.source_index] if len(self) else numbers[:0],
            "station": ids[self.station_index] if len(self) else ids[:0],
            "revolution": self.revolution,
            "aos": self.aos,
            "tca": self.tca,
            "los": self.los,
            "duration_s": self.duration_s,
            "peak_elevation_deg": self.peak_elevation_deg,
            "aos_azimuth_deg": self.aos_azimuth_deg,
            "tca_azimuth_deg": self.tca_azimuth_deg,
            "los_azimuth_deg": self.los_azimuth_deg,
            "clipped_start": self.clipped_start,
            "clipped_end": self.clipped_end,
            "element_epoch": self.element_epoch,
            "element_age_s": self.element_age_s,
            "timing_68_s": self.timing_68_s,
            "timing_95_s": self.timing_95_s,
            "timing_basis": np.array(BASES, dtype=object)[self.timing_basis],
            "stale": self.stale,
            "uncertain": self.uncertain,
        }

    def __repr__(self) -> str:
        return (
            f"<{len(self)} passes of {len(self.sources)} satellites over {len(self.stations)} stations, {self.model}>"
        )

    def _repr_html_(self) -> str:
        shown = [self[k] for k in range(min(len(self), 50))]
        rows = "".join(
            f"<tr><td>{escape(p.satellite)}</td><td>{escape(p.station)}</td><td>{p.aos:%Y-%m-%d %H:%M:%S}</td>"
            f"<td>{p.los:%H:%M:%S}</td><td>{p.duration_s:.0f}</td><td>{p.peak_elevation_deg:.1f}</td></tr>"
            for p in shown
        )
        head = "<tr><th>satellite</th><th>station</th><th>AOS (UTC)</th><th>LOS</th><th>s</th><th>peak °</th></tr>"
        more = f" (the first {len(shown)})" if len(shown) < len(self) else ""
        return f"<table><caption>{len(self)} passes{more}, {escape(self.model)}</caption>{head}{rows}</table>"

    def _selected(self, index: slice | Flags | Integers) -> Passes:
        per_pass = {name: getattr(self, name)[index] for name in _PER_PASS}
        return Passes(
            span=self.span,
            sources=self.sources,
            stations=self.stations,
            refraction=self.refraction,
            answers=self.answers,
            **per_pass,
        )


_PER_PASS = (
    "source_index",
    "station_index",
    "revolution",
    "aos",
    "tca",
    "los",
    "peak_elevation_deg",
    "aos_azimuth_deg",
    "tca_azimuth_deg",
    "los_azimuth_deg",
    "clipped_start",
    "clipped_end",
    "element_epoch",
    "timing_68_s",
    "timing_95_s",
    "timing_basis",
    "stale",
)
