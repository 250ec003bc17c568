"""SGP4 as we call it: the verification set, and what must not depend on the file's dress."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sgp4
from sgp4.api import Satrec

from passplan import ElementSet, Span, read_elements
from passplan.orbit.motion import states_in_turn
from passplan.orbit.scales import TimeBase
from passplan.orbit.sgp4_motion import Sgp4Motion, sgp4_record
from tests import sets

# The verification set of Vallado et al. (2006) is inside the sgp4 package, with the positions that it must give.
_FOLDER = Path(sgp4.__file__).parent


def _verification_sets() -> list[tuple[str, str]]:
    lines = [line for line in (_FOLDER / "SGP4-VER.TLE").read_text().splitlines() if line[:1] in "12"]
    return [(one[:69], two[:69]) for one, two in zip(lines[::2], lines[1::2], strict=True)]


def _expected() -> dict[int, list[list[float]]]:
    found: dict[int, list[list[float]]] = {}
    number = 0
    for line in (_FOLDER / "tcppver.out").read_text().splitlines():
        words = line.split()
        if words[1:] == ["xx"]:
            number = int(words[0])
            found.setdefault(number, [])
        else:
            found[number].append([float(word) for word in words[:7]])
    return found


def _with_checksum(line: str) -> str:
    total = sum(int(c) if c.isdigit() else c == "-" for c in line[:68])
    return f"{line[:68]}{total % 10}"


@pytest.mark.parametrize("lines", _verification_sets(), ids=lambda lines: lines[0][2:7])
def test_sgp4_through_our_path_equals_the_verification_set(lines: tuple[str, str]) -> None:
    # Some of the set's own lines have wrong checksums; those of others are kept as they are.
    found = read_elements("\n".join(map(_with_checksum, lines)), "SGP4-VER.TLE")
    expected = _expected()[int(lines[0][2:7])]

    assert found.refused == ()

    record, package = sgp4_record(found[0]), Satrec.twoline2rv(*lines)
    for minutes, x, y, z, vx, vy, vz in expected:
        told = record.sgp4_tsince(minutes)
        if told[0] == 0:
            assert package.sgp4_tsince(minutes) == told  # to the last bit
            # The tolerances of the package's own tests against the printed digits.
            assert (x, y, z) == pytest.approx(told[1], abs=2e-7)
            assert (vx, vy, vz) == pytest.approx(told[2], abs=2e-9)


def test_omm_and_tle_of_the_same_set_give_the_same_positions_over_a_week() -> None:
    # CelesTrak's CSV and TLE of the ISS, 2026-07-30.
    csv = """OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,MEAN_ANOMALY,EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,MEAN_MOTION_DOT,MEAN_MOTION_DDOT
ISS (ZARYA),1998-067A,2026-07-30T20:40:53.573952,15.49272805,.0007096,51.6314,83.9591,355.3737,4.7185,0,U,25544,999,57852,.17005E-3,.9023E-4,0
"""  # noqa: E501
    tle = """1 25544U 98067A   26211.86173118  .00009023  00000+0  17005-3 0  9996
2 25544  51.6314  83.9591 0007096 355.3737   4.7185 15.49272805578527
"""
    span = Span(datetime(2026, 7, 31, tzinfo=UTC), datetime(2026, 8, 7, tzinfo=UTC))
    clock = TimeBase.over(span)
    seconds = np.arange(0.0, span.duration_s, 30.0)
    _, from_csv = Sgp4Motion(sets.one(csv), clock).positions(seconds)
    _, from_tle = Sgp4Motion(sets.one(tle), clock).positions(seconds)

    assert np.abs(from_csv - from_tle).max() < 1e-8  # km: 10 micrometres


def test_the_catalogue_number_changes_nothing() -> None:
    values = {name: getattr(sets.ISS, name) for name in ElementSet.__dataclass_fields__}
    span = Span(sets.ISS.epoch, sets.ISS.epoch + timedelta(days=1))
    clock = TimeBase.over(span)
    seconds = np.arange(0.0, 86_400.0, 600.0)
    _, expected = Sgp4Motion(sets.ISS, clock).positions(seconds)
    for number in (100_057, 340_000, 999_999_999):
        renumbered = ElementSet(**(values | {"catalog_number": number}))
        _, found = Sgp4Motion(renumbered, clock).positions(seconds)

        assert np.array_equal(expected, found)


@pytest.mark.fault(6)
def test_a_position_that_is_no_number_is_an_error_even_when_sgp4_tells_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def sgp4_array(self, days: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
            return np.zeros(len(days), np.uint8), np.full((len(days), 3), np.nan), np.full((len(days), 3), np.nan)

    motion = Sgp4Motion(sets.ISS, TimeBase.over(Span(sets.ISS.epoch, sets.ISS.epoch + timedelta(hours=1))))
    motion.record = Silent()
    code, _ = motion.positions(np.array([0.0, 60.0]))

    assert code.all()


def test_states_of_several_satellites_in_one_go_are_those_of_each() -> None:
    clock = TimeBase.over(Span(sets.ISS.epoch, sets.ISS.epoch + timedelta(days=1)))
    motions = [Sgp4Motion(sets.ISS, clock), Sgp4Motion(sets.POLAR, clock), Sgp4Motion(sets.MOLNIYA, clock)]
    seconds = np.array([10.0, 700.0, 86_000.0, 5.0])
    position_km, velocity_km_s = states_in_turn(motions, [2, 0, 2], seconds)

    _, first_km, first_km_s = motions[0].states(seconds[:2])
    _, last_km, last_km_s = motions[2].states(seconds[2:])
    assert np.array_equal(np.hstack([first_km, last_km]), position_km)
    assert np.array_equal(np.hstack([first_km_s, last_km_s]), velocity_km_s)


def test_a_revolution_begins_at_the_ascending_node() -> None:
    # METOP-A, 2011: orbit 25437 at 05:30 on 14 September, as printed in pyorbital's tests.
    metop = sets.one(
        "1 29499U 06044A   11254.96536486  .00000092  00000-0  62081-4 0  5221\n"
        "2 29499  98.6804 312.6735 0001758 111.9178 248.2152 14.21501774254058\n"
    )
    moment = datetime(2011, 9, 14, 5, 30, tzinfo=UTC)
    motion = Sgp4Motion(metop, TimeBase.over(Span(moment, moment + timedelta(hours=2))))

    assert motion.revolutions(np.array([0.0]))[0] == 25_437

    seconds = np.arange(0.0, 7000.0, 1.0)
    _, position_km = motion.positions(seconds)
    node_s = seconds[1:][(position_km[2, :-1] < 0.0) & (position_km[2, 1:] >= 0.0)]
    turns_s = seconds[1:][np.diff(motion.revolutions(seconds)) == 1]
    assert turns_s == pytest.approx(node_s, abs=20.0)
