"""The work that benchmarks share: the ISS over 30 days, and a thousand satellites over a day, at forty sites.

`sites.csv` has rounded positions of well-known ground-station sites from 78 north to 72 south. The catalogue is any
file of some thousand element sets, such as the active satellites of a day; without one, only the first job is run.
"""

from __future__ import annotations

import argparse
import csv
import platform
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from passplan import ElementSet, Span, Station, load_elements

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Job:
    """Satellites, sites and a span."""

    name: str
    sources: list[ElementSet]
    stations: list[Station]
    span: Span


def sites(min_elevation_deg: float) -> list[Station]:
    """The forty sites, with one floor."""
    with (HERE / "sites.csv").open(encoding="utf-8") as file:
        return [
            Station(
                id=row["name"],
                latitude_deg=float(row["latitude_deg"]),
                longitude_deg=float(row["longitude_deg"]),
                altitude_m=float(row["altitude_m"]),
                min_elevation_deg=min_elevation_deg,
            )
            for row in csv.DictReader(file)
        ]


def jobs(catalogue: Path | None) -> list[Job]:
    """Job A, and with a catalogue job B: every so-manieth satellite of it, a thousand in all."""
    elements = load_elements(catalogue) if catalogue else load_elements(HERE.parents[1] / "tle" / "iss.tle")
    iss = [s for s in elements if s.catalog_number == 25544][:1]
    newest = max(s.epoch for s in elements)
    start = (newest if catalogue is None else datetime(2026, 6, 14, tzinfo=UTC)).replace(hour=0, minute=0, second=0)
    start = start.replace(microsecond=0)
    found = [Job("A: the ISS, 40 sites, 30 days, 5°", iss, sites(5.0), Span(start, start + timedelta(days=30)))]
    if catalogue:
        thousand = list(elements)[:: len(elements) // 1000][:1000]
        found.append(
            Job(
                "B: 1,000 satellites, 40 sites, 1 day, 10°",
                thousand,
                sites(10.0),
                Span(start, start + timedelta(days=1)),
            )
        )
    return found


def machine() -> str:
    """What a figure was measured on."""
    processor = platform.processor() or platform.machine()
    if (info := Path("/proc/cpuinfo")).exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        processor = f"{names[0]}, {len(names)} processors" if names else processor
    packages = ", ".join(f"{name} {version(name)}" for name in ("passplan", "sgp4", "skyfield", "numba", "numpy"))
    return f"{processor}; Python {platform.python_version()}; {packages}"


def arguments(description: str | None) -> argparse.ArgumentParser:
    """A parser with the option that all benchmarks have."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--catalogue", type=Path, help="a file of some thousand element sets")
    return parser
