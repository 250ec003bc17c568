"""Satellites that come down, and sets that work for a part of a span: nothing is lost, and nobody else suffers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from passplan import AnswerKind, ElementSet, Passes, Span, Station, find_passes
from passplan.orbit.scales import TimeBase
from passplan.orbit.sgp4_motion import Sgp4Motion
from tests import sets

SITE = Station(id="NL", latitude_deg=52.0, longitude_deg=5.0)
FAILED = (AnswerKind.FAILED, AnswerKind.DECAYED)

sinking = st.builds(
    replace,
    st.sampled_from([sets.SINKS_ON_BOTH_SIDES, sets.DECAYING, sets.DOWN, sets.JUST_LAUNCHED]),
    bstar=st.floats(-0.1, 0.1),
    mean_motion_rev_day=st.floats(14.5, 16.6),
    eccentricity=st.floats(0.0, 0.1),
    inclination_deg=st.floats(0.0, 180.0),
)


def _span(source: ElementSet, begin_d: float, length_d: float) -> Span:
    start = source.epoch + timedelta(days=begin_d)
    return Span(start, start + timedelta(days=length_d))


def _columns(passes: Passes) -> list[tuple[object, ...]]:
    return [(p.satellite, p.aos, p.tca, p.los) for p in passes]


@pytest.mark.fault(89)
@pytest.mark.fault(6)
@settings(max_examples=60, deadline=None)
@given(sinking, st.floats(-10.0, 60.0), st.floats(0.01, 8.0))
@example(sets.SINKS_ON_BOTH_SIDES, -4.12, 6.0)
def test_whatever_sinks_its_passes_and_failures_are_those_of_sgp4(
    source: ElementSet, begin_d: float, length_d: float
) -> None:
    span = _span(source, begin_d, length_d)
    motion = Sgp4Motion(source, TimeBase.over(span))
    passes = find_passes([source], [SITE], span)
    failures = [a for a in passes.answers if a.answer in FAILED]

    for p in passes:
        seconds = np.array([(t - span.start).total_seconds() for t in (p.aos, p.tca, p.los)])
        assert not motion.positions(np.clip(seconds, seconds[0] + 1e-3, seconds[2] - 1e-3))[0].any()
        assert all(p.los <= f.since or (f.until is not None and f.until <= p.aos) for f in failures)
    for f in failures:
        if f.answer is AnswerKind.FAILED and f.sgp4_code in range(1, 7):
            edge = f.since if f.until is None else f.until
            inside_s = (edge - span.start).total_seconds() + (0.01 if f.until is None else -0.01)
            assert motion.positions(np.array([inside_s]))[0].all()


@pytest.mark.fault(89)
@settings(max_examples=25, deadline=None)
@given(sinking, st.floats(-10.0, 60.0), st.floats(0.01, 3.0))
def test_a_satellite_that_fails_takes_nothing_from_others(source: ElementSet, begin_d: float, length_d: float) -> None:
    span = _span(source, begin_d, length_d)
    others = [replace(sets.ISS, epoch=source.epoch), sets.MOLNIYA]
    alone = find_passes(others, [SITE], span)
    together = find_passes([others[0], replace(source, catalog_number=7, name="SINKS"), others[1]], [SITE], span)

    assert _columns(alone) == [row for row in _columns(together) if row[0] != "SINKS"]
