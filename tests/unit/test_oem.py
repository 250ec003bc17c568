"""Ephemerides: what OEM files mean, and that what is written is what is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from skyfield.api import EarthSatellite, load

from passplan import Elements, InputError, Source, Span, Station, find_passes, load_elements, read_elements, track
from passplan.domain.designators import catalog_number_of, designator
from passplan.domain.ephemeris import Ephemeris, Frame, Interpolation
from passplan.domain.passes import NOT_COVERED, AnswerKind
from passplan.domain.sources import source_of
from passplan.formats.writing import OEM_FORMS, OMM_FORMS, write_oem, write_omm
from passplan.orbit.ephemeris_motion import EphemerisMotion
from passplan.orbit.inertial import from_teme
from passplan.orbit.motion import Instants
from passplan.orbit.propagators import segment_motion
from passplan.orbit.scales import Floats, TimeBase
from passplan.orbit.tabulating import ephemerides_of
from passplan.orbit.timelines import timelines
from tests import sets

BURN = Path(__file__).parents[1] / "reference" / "iss_burn_2022-02-06.oem"
NIGHT = Span(sets.ISS.epoch, sets.ISS.epoch + timedelta(hours=8))
STATION = Station(id="X", latitude_deg=52.0, longitude_deg=4.4, altitude_m=10.0, min_elevation_deg=5.0)
HEAD = """CCSDS_OEM_VERS = {version}
CREATION_DATE = 2026-08-08T00:00:00
ORIGINATOR = TEST
META_START
OBJECT_NAME = ISS
OBJECT_ID = 1998-067A
CENTER_NAME = EARTH
REF_FRAME = TEME
TIME_SYSTEM = UTC
START_TIME = 2026-220T06:00:00
STOP_TIME = 2026-220T06:02:00
META_STOP
"""
STATES = """2026-08-08T06:00:00 5013.8 4583.0 -13.1 -3.19 3.50 6.02
2026-08-08T06:01:00 4810.5 4782.6 347.7 -3.57 3.14 6.00 0 0 0
2026-220T06:02:00.000Z 4585.1 4960.3 707.1 -3.93 2.77 5.96
"""
OEM = HEAD.format(version="2.0") + STATES


def the_ephemeris(text: str) -> Ephemeris:
    found = read_elements(text, "x.oem")
    assert () == found.refused
    (ephemeris,) = found.ephemerides
    return ephemeris


def the_refusal(text: str) -> str:
    found = read_elements(text, "x.oem")
    assert () == found.ephemerides
    return "; ".join(r.reason for r in found.refused)


def states_of(ephemeris: Ephemeris, clock: TimeBase, seconds: Floats) -> tuple[Floats, Floats]:
    code, position_km, velocity_km_s = EphemerisMotion(ephemeris, clock).teme_states(Instants.on(clock, seconds))
    assert not code.any()
    return position_km, velocity_km_s


@pytest.mark.parametrize("frame", list(Frame))
@pytest.mark.parametrize("form", OEM_FORMS)
@pytest.mark.parametrize("step_s", [60.0, 480.0])
def test_what_is_written_is_read(frame: Frame, form: str, step_s: float) -> None:
    clock = TimeBase.over(NIGHT)
    made = ephemerides_of(source_of(sets.ISS), NIGHT, step_s=step_s, frame=frame, created=NIGHT.start)
    back = the_ephemeris(write_oem(made, form, created=NIGHT.start))

    nodes = np.arange(0.0, NIGHT.duration_s + 1.0, step_s)
    for seconds, off_mm, off_mm_s in ((nodes, 1.0, 1e-3), (nodes[:-1] + 0.5 * step_s, 1e3, 10.0)):
        _, position_km, velocity_km_s = segment_motion(sets.ISS, clock).teme_states(Instants.on(clock, seconds))
        read_km, read_km_s = states_of(back, clock, seconds)
        assert off_mm > np.abs(read_km - position_km).max() * 1e6
        assert off_mm_s > np.abs(read_km_s - velocity_km_s).max() * 1e6


def test_positions_in_icrf_are_skyfields() -> None:
    seconds = np.arange(0.0, 7_200.0, 600.0)
    clock = TimeBase.over(NIGHT)
    _, position_km, velocity_km_s = segment_motion(sets.ISS, clock).teme_states(Instants.on(clock, seconds))
    ours = from_teme(Frame.ICRF, clock, seconds, np.concatenate([position_km, velocity_km_s], axis=1))

    timescale = load.timescale(builtin=True)
    lines = (
        "1 25544U 98067A   26220.18240180  .00005236  00000-0  10178-3 0  9992",
        "2 25544  51.6324  42.7701 0007350  24.6056 335.5282 15.49383195579818",
    )
    moments = timescale.from_datetimes([NIGHT.start + timedelta(seconds=float(s)) for s in seconds])
    theirs = EarthSatellite(*lines, "ISS", timescale).at(moments)
    assert 1e-6 > np.abs(theirs.position.km.T - ours[:, :3]).max()
    assert 1e-9 > np.abs(theirs.velocity.km_per_s.T - ours[:, 3:]).max()


@pytest.mark.parametrize("form", OMM_FORMS)
def test_element_sets_are_written_and_read_in_every_form(form: str) -> None:
    written = (sets.ISS, sets.MOLNIYA, sets.GEOSTATIONARY)

    assert written == read_elements(write_omm(written, form, created=NIGHT.start), "x").sets


def test_a_form_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="there is no form 'pdf'"):
        write_omm((sets.ISS,), "pdf", created=NIGHT.start)
    with pytest.raises(InputError, match="there is no form 'json'"):
        write_oem((), "json", created=NIGHT.start)


@pytest.mark.parametrize("version", ["1.0", "2.0", "3.0"])
def test_the_three_versions_are_read(version: str) -> None:
    read = the_ephemeris(HEAD.format(version=version) + STATES)

    assert (0.0, 60.0, 120.0) == read.seconds
    assert Interpolation.HERMITE is read.interpolation
    assert datetime(2026, 8, 8, 6, 2, tzinfo=UTC) == read.usable.end


def test_the_usable_times_are_the_coverage() -> None:
    usable = "USEABLE_START_TIME = 2026-08-08T06:00:10\nUSEABLE_STOP_TIME = 2026-08-08T06:01:50\nSTOP_TIME"
    read = the_ephemeris(OEM.replace("STOP_TIME", usable, 1))

    clock = TimeBase.over(read.usable)
    code, _, _ = EphemerisMotion(read, clock).teme_states(Instants.on(clock, np.array([-5.0, 0.0, 100.0, 105.0])))
    assert [NOT_COVERED, 0, 0, NOT_COVERED] == code.tolist()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("CENTER_NAME = EARTH", "CENTER_NAME = MARS", "CENTER_NAME is 'MARS'; ephemerides around the EARTH are read"),
        ("TIME_SYSTEM = UTC", "TIME_SYSTEM = TCG", "TIME_SYSTEM is 'TCG'; ephemerides in UTC are read"),
        ("REF_FRAME = TEME", "REF_FRAME = B1950", "REF_FRAME is 'B1950'; it is one of EME2000"),
        ("CCSDS_OEM_VERS = 2.0", "CCSDS_OEM_VERS = 9.0", "the version is '9.0'; versions 1.0, 2.0 and 3.0 are read"),
        ("TIME_SYSTEM = UTC", "TIME_SYSTEM = UTC\nCOLOUR = RED", "x.oem line 10: COLOUR is no keyword of an OEM"),
        ("TIME_SYSTEM = UTC", "TIME_SYSTEM = UTC\nUTC", "x.oem line 10: 'UTC' is not KEYWORD = value"),
        ("TIME_SYSTEM = UTC", "TIME_SYSTEM = UTC\nTIME_SYSTEM = UTC", "line 10: TIME_SYSTEM stands there twice"),
        ("START_TIME = 2026-220T06:00:00\n", "", "START_TIME is missing; an OEM has it"),
        ("STOP_TIME = 2026-220T06:02:00", "STOP_TIME = 2026-220T05:02:00", "which is no time at all"),
        ("STOP_TIME = 2026-220T06:02:00", "STOP_TIME = 2026-420T05:02:00", "the day of the year is 420"),
        ("META_STOP", "INTERPOLATION = HERMITE\nINTERPOLATION_DEGREE = x\nMETA_STOP", "INTERPOLATION_DEGREE is 'x'"),
        ("META_STOP", "INTERPOLATION = SPLINE\nMETA_STOP", "INTERPOLATION is 'SPLINE'; it is one of HERMITE"),
        ("4810.5", "4810,5", "x.oem line 14: X is '4810,5'; it is a decimal number"),
        ("4810.5", "", "x.oem line 14: it has 9 columns; a state has 7, or 10"),
        ("4810.5 4782.6 347.7", "4.8 4.7 0.3", "state 2 is 6.72458 km from the Earth's centre at 7.65536 km/s"),
        ("2026-08-08T06:01:00", "2026-08-08T05:01:00", "x.oem line 14: it is before the state before it"),
        ("CREATION_DATE = 2026-08-08T00:00:00", "CREATION_DATE = soon", "CREATION_DATE is 'soon'"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(old: str, new: str, said: str) -> None:
    assert said in the_refusal(OEM.replace(old, new, 1))


def test_covariances_and_comments_are_passed_over() -> None:
    covariance = "COVARIANCE_START\nEPOCH = 2026-08-08T06:00:00\n1.0\n2.0 3.0\nCOVARIANCE_STOP\n"

    assert the_ephemeris(OEM) == the_ephemeris(OEM.replace("META_STOP\n", "META_STOP\nCOMMENT why\n") + covariance)


def test_a_broken_segment_leaves_the_other_one() -> None:
    second = OEM.replace("2026-08-08T06:01:00", "yesterday").partition("META_START")
    found = read_elements(OEM + second[1] + second[2], "x.oem")

    assert 1 == len(found.ephemerides)
    assert "line 26: EPOCH is 'yesterday'" in found.refused[0].reason


def test_burns_are_read_from_the_table_of_events() -> None:
    (burn,) = load_elements(BURN).manoeuvres

    assert (25544, datetime(2022, 2, 6, 9, 30, tzinfo=UTC), "GMT037 Reboost") == (
        burn.catalog_number,
        burn.time,
        burn.name,
    )
    assert burn.delta_v_m_s == pytest.approx(0.7 * 0.3048, abs=1e-4)  # the line in ft/s is the more exact one
    assert burn.uncertainty_m_s == pytest.approx(0.05 * 0.3048, abs=1e-4)


def test_no_polynomial_goes_through_a_burn() -> None:
    """Between the last state of a burn and the next one the path is that of gravity, here integrated with J2."""
    (ephemeris,) = load_elements(BURN).ephemerides
    last = next(k for k, s in enumerate(ephemeris.seconds) if ephemeris.seconds[k + 1] - s > 200.0 and s > 900.0)
    seconds = np.array(ephemeris.seconds)
    clock = TimeBase.over(Span(ephemeris.origin, ephemeris.usable.end))
    state = np.array(ephemeris.states[last + 1])
    middle_s = 0.5 * (seconds[last] + seconds[last + 1])
    for _ in range(120):
        state = _with_gravity(state, (middle_s - seconds[last + 1]) / 120.0)
    position_km, velocity_km_s = states_of(ephemeris, clock, np.array([middle_s]))
    ours = from_teme(Frame.EME2000, clock, np.array([middle_s]), np.concatenate([position_km, velocity_km_s], axis=1))

    assert 0.001 > np.abs(ours[0, :3] - state[:3]).max()


def _with_gravity(state: Floats, step_s: float) -> Floats:
    """A step of Runge and Kutta with J2: good to a metre within minutes."""

    def rate(y: Floats) -> Floats:
        radius = np.linalg.norm(y[:3])
        tilt = (y[2] / radius) ** 2
        flattening = 1.5 * 1.08262668e-3 * 398_600.4418 * 6378.137**2 / radius**5
        oblate = flattening * y[:3] * np.array([5.0 * tilt - 1.0, 5.0 * tilt - 1.0, 5.0 * tilt - 3.0])
        return np.concatenate([y[3:], -398_600.4418 * y[:3] / radius**3 + oblate])

    k1 = rate(state)
    k2 = rate(state + 0.5 * step_s * k1)
    k3 = rate(state + 0.5 * step_s * k2)
    k4 = rate(state + step_s * k3)
    return np.asarray(state + step_s / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4))


@pytest.mark.parametrize(
    ("interpolation", "degree", "least_km", "most_km"),
    [("HERMITE", 7, 1e-6, 1e-3), ("LAGRANGE", 9, 1e-10, 1e-7), ("LAGRANGE", 3, 1e-3, 0.1), ("LINEAR", 1, 1.0, 5.0)],
)
def test_states_are_interpolated_as_the_file_says(
    interpolation: str, degree: int, least_km: float, most_km: float
) -> None:
    made = ephemerides_of(source_of(sets.ISS), NIGHT, created=NIGHT.start)
    text = write_oem(made, "kvn", created=NIGHT.start)
    text = text.replace("= LAGRANGE", f"= {interpolation}").replace("DEGREE = 19", f"DEGREE = {degree}")
    clock = TimeBase.over(NIGHT)
    seconds = np.arange(30.0, NIGHT.duration_s, 60.0)
    _, position_km, _ = segment_motion(sets.ISS, clock).teme_states(Instants.on(clock, seconds))

    off = np.abs(states_of(the_ephemeris(text), clock, seconds)[0] - position_km).max()
    assert least_km < off < most_km


def test_two_states_at_one_moment_part_the_path() -> None:
    """As before and after a short burn: each side keeps its own velocity."""
    first, second, last = STATES.splitlines()
    kick = second.replace("-3.57 3.14 6.00 0 0 0", "-3.00 3.00 6.00")
    read = the_ephemeris(HEAD.format(version="2.0") + "\n".join([first, second, kick, last]))
    clock = TimeBase.over(read.usable)

    _, velocity_km_s = states_of(read, clock, np.array([59.999, 60.001]))
    assert velocity_km_s[0] == pytest.approx([-3.57, 3.14, 6.0], abs=1e-3)
    assert velocity_km_s[1] == pytest.approx([-3.0, 3.0, 6.0], abs=1e-3)


def test_passes_from_an_ephemeris_are_those_of_its_origin() -> None:
    (ephemeris,) = ephemerides_of(source_of(sets.ISS), NIGHT, created=NIGHT.start)
    theirs, ours = (list(find_passes([item], [STATION], NIGHT)) for item in (sets.ISS, ephemeris))

    assert len(theirs) == len(ours) > 2
    for a, b in zip(theirs, ours, strict=True):
        assert 1e-3 > max(abs((x - y).total_seconds()) for x, y in ((a.aos, b.aos), (a.tca, b.tca), (a.los, b.los)))
    track(ephemeris, STATION, ours[0].span)


def test_beyond_an_ephemeris_nothing_is_known_and_that_is_said() -> None:
    (ephemeris,) = ephemerides_of(source_of(sets.ISS), NIGHT, created=NIGHT.start)
    wide = Span(NIGHT.start - timedelta(hours=2), NIGHT.end + timedelta(hours=3))
    answers = [a for a in find_passes([ephemeris], [STATION], wide).answers if a.answer is AnswerKind.FAILED]

    edges = [(a.since, a.until) for a in answers]
    assert 2 == len(edges)
    assert 0.01 > abs((edges[0][1] - NIGHT.start).total_seconds()) if edges[0][1] else False
    assert 0.01 > abs((edges[1][0] - NIGHT.end).total_seconds())
    assert "no ephemeris covers the time from" in answers[0].sentence
    with pytest.raises(InputError, match="no ephemeris covers the time"):
        track(ephemeris, STATION, wide, step_s=60.0)


def test_an_ephemeris_serves_where_it_covers_and_the_set_elsewhere() -> None:
    part = Span(NIGHT.start + timedelta(hours=2), NIGHT.start + timedelta(hours=6))
    (ephemeris,) = ephemerides_of(source_of(sets.ISS), part, created=part.start)
    (source,) = timelines([sets.ISS, ephemeris])

    assert [sets.ISS, ephemeris, sets.ISS] == list(source.segments)
    assert (part.start, part.end) == source.changes
    revolutions = [p.revolution for p in find_passes([source], [STATION], NIGHT)]
    assert revolutions == [p.revolution for p in find_passes([sets.ISS], [STATION], NIGHT)]


def test_the_newest_ephemeris_serves() -> None:
    whole = source_of(sets.ISS)
    (old,) = ephemerides_of(whole, NIGHT, created=NIGHT.start)
    (new,) = ephemerides_of(
        whole, Span(NIGHT.start + timedelta(hours=4), NIGHT.end), created=NIGHT.start + timedelta(1)
    )
    (source,) = timelines([new, old])

    assert [old, new] == list(source.segments)


@pytest.mark.parametrize(
    ("text", "usual"),
    [("1998-067-A", "1998-067A"), ("98067A", "1998-067A"), ("2025-001abc", "2025-001ABC"), ("56001A", "2056-001A")],
)
def test_designators_have_one_form(text: str, usual: str) -> None:
    assert usual == designator(text)


def test_the_catalogue_number_of_an_ephemeris_comes_from_the_sets_beside_it() -> None:
    assert 25544 == catalog_number_of("1998-067-A", {})
    assert 7 == catalog_number_of("7", {})
    assert catalog_number_of("2013-004A", {}) is None
    assert 39070 == catalog_number_of("2013-004A", {"2013-004A": 39070})


def test_an_ephemeris_of_an_unknown_satellite_is_refused_and_says_what_would_do(tmp_path: Path) -> None:
    file = tmp_path / "tdrs.oem"
    file.write_text(OEM.replace("1998-067A", "2013-004A"))
    assert "the catalogue number of OBJECT_ID '2013-004A' is not known" in str(load_elements(file).refused[0])
    assert 39070 == load_elements(file, catalog_numbers={"2013-004A": 39070}).ephemerides[0].catalog_number

    (tmp_path / "tdrs.omm").write_text(write_omm([sets.GEOSTATIONARY], "kvn", created=NIGHT.start))
    loaded: Elements = load_elements(tmp_path)
    assert 39070 == loaded.ephemerides[0].catalog_number
    assert loaded.sets + loaded.ephemerides == loaded.segments
    assert load_elements(file, catalog_numbers={"2013-004A": 1})


def test_a_source_knows_how_far_a_span_is_from_an_ephemeris() -> None:
    (ephemeris,) = ephemerides_of(source_of(sets.ISS), NIGHT, created=NIGHT.start - timedelta(days=1))
    source = Source(satellite="ISS", segments=(ephemeris,))

    assert 0.0 == source.distance_s(NIGHT)
    assert 3_600.0 == source.distance_s(Span(NIGHT.end + timedelta(hours=1), NIGHT.end + timedelta(hours=2)))


def test_a_gap_between_ephemerides_leaves_both_parts_of_a_pass() -> None:
    longest = max(find_passes([sets.ISS], [STATION], NIGHT), key=lambda p: p.duration_s)
    for off_s in (-60.0, 40.0):  # the gap lies before TCA, or after it
        ends = longest.tca + timedelta(seconds=off_s)
        spans = (Span(NIGHT.start, ends), Span(ends + timedelta(seconds=20), NIGHT.end))
        tables = [ephemerides_of(source_of(sets.ISS), span, created=NIGHT.start)[0] for span in spans]
        search = find_passes(timelines(tables), [STATION], NIGHT)
        parts = [p for p in search if p.aos < longest.los and p.los > longest.aos]

        assert [(False, True), (True, False)] == [(p.clipped_start, p.clipped_end) for p in parts]
        assert 0.01 > abs((longest.aos - parts[0].aos).total_seconds())
        assert 0.01 > abs((longest.los - parts[1].los).total_seconds())
        assert [20.0] == [round((a.until - a.since).total_seconds(), 3) for a in search.answers if a.until]


def test_a_designator_that_is_none_names_nothing(tmp_path: Path) -> None:
    nameless = replace(sets.GEOSTATIONARY, object_id="")
    (tmp_path / "sets.omm").write_text(write_omm([nameless], "kvn", created=NIGHT.start))
    (tmp_path / "x.oem").write_text(OEM.replace("1998-067A", "UNKNOWN"))
    loaded = load_elements(tmp_path)

    assert () == loaded.ephemerides
    assert "the catalogue number of OBJECT_ID 'UNKNOWN' is not known" in str(loaded.refused[0])


def test_revolutions_are_counted_on_through_the_segments_of_a_file() -> None:
    edges = [NIGHT.start + timedelta(hours=h) for h in (0.0, 2.5, 5.0, 8.0)]
    spans = [Span(a, b) for a, b in pairwise(edges)]
    tables = [ephemerides_of(source_of(sets.ISS), span, created=NIGHT.start)[0] for span in spans]
    ours = [p.revolution for p in find_passes(timelines(tables), [STATION], NIGHT)]
    theirs = [p.revolution for p in find_passes([sets.ISS], [STATION], NIGHT)]

    assert {a - b for a, b in zip(theirs, ours, strict=True)} == {theirs[0] - ours[0]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CCSDS_OEM_VERS = 2.0", "COMMENT first\nCCSDS_OEM_VERS=3"),
        ("1998-067A", "1998-067 A"),
        ("META_STOP", "INTERPOLATION = LAGRANGE\nINTERPOLATION_DEGREE = 7 [n/a]\nMETA_STOP"),
        ("META_STOP", "INTERPOLATION = HERMITE\nMETA_STOP"),
        ("META_STOP", "INTERPOLATION = LAGRANGE\nINTERPOLATION_DEGREE = 99\nMETA_STOP"),
    ],
)
def test_what_other_programs_write_is_read(old: str, new: str) -> None:
    assert 3 == len(the_ephemeris(OEM.replace(old, new, 1)).states)


def test_prefixes_of_xml_are_read() -> None:
    made = ephemerides_of(source_of(sets.ISS), NIGHT, created=NIGHT.start)
    text = write_oem(made, "xml", created=NIGHT.start)
    prefixed = text.replace("<oem", '<ndm:oem xmlns:ndm="urn:ccsds"').replace("</oem>", "</ndm:oem>")

    assert the_ephemeris(text) == the_ephemeris(prefixed)


def test_a_name_of_a_satellite_makes_no_ephemeris_of_a_tle() -> None:
    text = "CCSDS_OEM_VERS sat\n1 25544U 98067A   26220.18240180  .00005236  00000-0  10178-3 0  9992\n"
    text += "2 25544  51.6324  42.7701 0007350  24.6056 335.5282 15.49383195579818\n"

    assert ["CCSDS_OEM_VERS sat"] == [s.name for s in read_elements(text, "x")]


def test_a_burn_with_an_orbit_number_is_read() -> None:
    line = next(line for line in BURN.read_text().splitlines() if "Reboost" in line)
    text = BURN.read_text().replace(line, line.replace("00.000             0.2", "00.000      398    0.2"))
    assert text != BURN.read_text()

    assert 1 == len(read_elements(text, "x").manoeuvres)


def test_an_export_beyond_an_ephemeris_names_what_it_covers() -> None:
    (made,) = ephemerides_of(source_of(sets.ISS), NIGHT, created=NIGHT.start)
    with pytest.raises(InputError, match="there are positions from 2026-08-08T04:22:39Z to"):
        ephemerides_of(source_of(made), Span(NIGHT.start, NIGHT.end + timedelta(hours=1)), created=NIGHT.start)
