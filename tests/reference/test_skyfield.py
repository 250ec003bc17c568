"""A short form of tests/benchmarks/accuracy.py: Skyfield's elevation is the judge of every AOS and LOS."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passplan import ElementSet, Span, find_passes
from tests import sets
from tests.benchmarks.accuracy import Judge, check, skyfield_satellite
from tests.benchmarks.jobs import Job, sites


@pytest.mark.parametrize("source", [*sets.LOW_ORBITS, sets.MOLNIYA, sets.ECCENTRIC], ids=lambda s: s.name)
def test_no_pass_is_missed_and_every_end_is_within_a_millisecond(source: ElementSet) -> None:
    start = source.epoch.replace(minute=0, second=0, microsecond=0)
    job = Job("short", [source], sites(10.0)[::5], Span(start, start + timedelta(days=1)))
    found = find_passes(job.sources, job.stations, job.span)
    judge = Judge(job)
    satellite = skyfield_satellite(source)
    on_grid = satellite.at(judge.grid)
    told = [
        check(judge, satellite, on_grid, j, station, found[found.station_index == j])
        for j, station in enumerate(job.stations)
    ]

    assert sum(t["ends"] for t in told) >= 2
    assert sum(t["wrong"] for t in told) == 0
    assert [] == [off for t in told for off in t["off_s"]]
