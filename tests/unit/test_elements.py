"""Element sets together: which is the newest, which are copies, which epochs cannot be, and files in folders."""

import bz2
import gzip
import lzma
import tracemalloc
from collections.abc import Sequence
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passplan.domain.elements import (
    Elements,
    ElementSet,
    RefusedElementSet,
    docked_copies,
    refuse_impossible_epoch,
)
from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.sources import newest
from passplan.formats.elements import load_elements, read_elements
from tests.data import (
    DRESSES,
    ISS,
    ISS_LINE_1,
    ISS_LINE_2,
    ISS_RECORD,
    ISS_TLE,
    SOYUZ_RECORD,
    STATIONS_TLE,
    as_csv,
    as_json_numbers,
    with_field,
)

NOW = datetime(2026, 7, 31, tzinfo=UTC)
STATIONS = read_elements(STATIONS_TLE, "stations.tle")
REFUSED = RefusedElementSet(where="x.tle line 1", reason="the checksum is 7")
WARNING = Message("tle_without_checksum", "%(where)s", where="x.tle line 1")


# --- an element set ---


def test_an_element_set_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        ISS.bstar = 0.0  # type: ignore[misc]


def test_an_epoch_in_another_zone_is_the_same_instant() -> None:
    zoned = replace(ISS, epoch=datetime.fromisoformat("2026-07-30T22:40:53.573952+02:00"))

    assert ISS == zoned
    assert UTC is zoned.epoch.tzinfo


def test_an_epoch_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="has no time zone"):
        replace(ISS, epoch=datetime(2026, 7, 30))  # noqa: DTZ001


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize(
    "field",
    [
        "mean_motion_rev_day",
        "eccentricity",
        "inclination_deg",
        "ra_of_asc_node_deg",
        "arg_of_pericenter_deg",
        "mean_anomaly_deg",
        "bstar",
        "mean_motion_dot",
        "mean_motion_ddot",
    ],
)
def test_no_element_is_infinite_or_nan(field: str, value: float) -> None:
    with pytest.raises(InputError, match=rf"element set of ISS \(ZARYA\): {field} is -?(nan|inf); it lies between"):
        replace(ISS, **{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["catalog_number", "revolution_at_epoch"])
@pytest.mark.parametrize("value", [25544.0, "25544", None, True, -1, 10**9, 10**400])
def test_numbers_that_count_are_whole_and_in_bounds(field: str, value: object) -> None:
    with pytest.raises(InputError, match=rf"element set of ISS \(ZARYA\): {field} is "):
        replace(ISS, **{field: value})  # type: ignore[arg-type]


def test_a_number_of_5000_digits_is_refused() -> None:
    with pytest.raises(InputError, match="catalog_number is "):
        replace(ISS, catalog_number=10**5000)


def test_a_set_without_a_name_is_called_by_its_number() -> None:
    assert ("ISS (ZARYA)", "25544") == (ISS.label, replace(ISS, name="").label)


@pytest.mark.parametrize(("mean_motion_rev_day", "low"), [(15.5, True), (11.25, True), (11.24, False), (1.0027, False)])
def test_low_orbits_take_128_minutes_at_most(mean_motion_rev_day: float, low: bool) -> None:
    assert low is replace(ISS, mean_motion_rev_day=mean_motion_rev_day).is_low_orbit


# --- the newest ---


_HOUR = timedelta(hours=1)
_SOYUZ = replace(ISS, catalog_number=100057, name="SOYUZ-MS 29")
_HISTORY = (
    replace(ISS, epoch=ISS.epoch - _HOUR, element_set_number=9999),
    ISS,
    replace(ISS, element_set_number=998),
    replace(ISS, bstar=0.1),  # the same epoch and number with other elements
    replace(ISS, name="ISS"),
    replace(_SOYUZ, epoch=ISS.epoch - 3 * _HOUR),
    replace(_SOYUZ, epoch=ISS.epoch - 2 * _HOUR),
)


def test_the_newest_set_of_each_satellite_is_chosen() -> None:
    chosen = newest([ISS, replace(ISS, epoch=ISS.epoch - _HOUR), _SOYUZ])

    assert (ISS, _SOYUZ) == chosen


def test_an_older_set_that_arrives_later_is_not_chosen() -> None:
    older = replace(ISS, epoch=ISS.epoch - timedelta(microseconds=1), element_set_number=9999)

    assert (ISS,) == newest([ISS, older])


def test_of_two_sets_of_one_epoch_the_higher_number_is_chosen() -> None:
    corrected = replace(ISS, element_set_number=1000, bstar=0.1)

    assert (corrected,) == newest([ISS, corrected])


@pytest.mark.fault(11)
@given(st.permutations(_HISTORY))
def test_the_newest_does_not_depend_on_the_order_of_arrival(arrived: list[ElementSet]) -> None:
    assert newest(_HISTORY) == newest(arrived)


@given(st.permutations(_HISTORY), st.integers(0, len(_HISTORY)))
def test_the_newest_does_not_depend_on_how_many_arrived_at_once(arrived: list[ElementSet], first: int) -> None:
    early = newest(arrived[:first])

    assert newest(_HISTORY) == newest([*early, *arrived[first:]])


def test_of_no_sets_none_is_the_newest() -> None:
    assert () == newest([])


# --- docked copies ---


def test_modules_with_the_elements_of_the_iss_are_its_copies() -> None:
    assert {36086: 25544, 49044: 25544} == docked_copies(STATIONS)


def test_a_vehicle_with_elements_of_its_own_is_no_copy() -> None:
    # Soyuz MS-29 was docked too, and CelesTrak gave it an older set that day.
    sets = read_elements(as_csv(ISS_RECORD, SOYUZ_RECORD), "x")

    assert {} == docked_copies(sets)


def test_a_copy_of_an_older_set_of_the_host_is_one_too() -> None:
    sets = [*STATIONS, ISS]

    assert {36086: 25544, 49044: 25544} == docked_copies(sets)


def test_a_vehicle_that_has_left_is_no_copy_any_more() -> None:
    poisk = STATIONS[1]
    gone = replace(poisk, epoch=poisk.epoch + _HOUR)

    assert {49044: 25544} == docked_copies([*STATIONS, gone])


def test_without_the_host_there_are_no_copies() -> None:
    assert {} == docked_copies(STATIONS[1:])


def test_another_host_can_be_named() -> None:
    wentian = replace(STATIONS[2], catalog_number=53239, name="CSS (WENTIAN)")

    assert {53239: 48274} == docked_copies([*STATIONS, wentian], host=48274)


# --- impossible epochs ---


def test_an_epoch_up_to_an_hour_ahead_is_possible() -> None:
    refuse_impossible_epoch(ISS, ISS.epoch - _HOUR)
    refuse_impossible_epoch(ISS, ISS.epoch + timedelta(days=10_000))


def test_an_epoch_more_than_an_hour_ahead_is_refused() -> None:
    with pytest.raises(InputError, match="the epoch 2026-07-30T20:40Z is in the future"):
        refuse_impossible_epoch(ISS, ISS.epoch - _HOUR - timedelta(microseconds=1))


@pytest.mark.parametrize("now", [NOW, None])
def test_an_epoch_before_1958_is_refused(now: datetime | None) -> None:
    first = replace(ISS, epoch=datetime(1958, 1, 1, tzinfo=UTC))
    refuse_impossible_epoch(first, now)

    with pytest.raises(InputError, match="the epoch is 1957-12-31, before"):
        refuse_impossible_epoch(replace(first, epoch=first.epoch - timedelta(microseconds=1)), now)


def test_a_now_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="has no time zone"):
        read_elements(ISS_TLE, "x.tle", now=datetime(2026, 7, 31))  # noqa: DTZ001


@pytest.mark.fault(9)
@pytest.mark.parametrize(("year", "shown"), [("56", "2056"), ("57", "1957"), ("27", "2027")])
def test_a_two_digit_year_read_wrongly_is_refused(year: str, shown: str) -> None:
    line_1 = with_field(ISS_LINE_1, 19, year)
    found = read_elements(f"{line_1}\n{ISS_LINE_2}\n", "x.tle", now=NOW)

    assert () == found.sets
    assert ["x.tle line 1"] == [r.where for r in found.refused]
    assert shown in found.refused[0].reason


def test_without_a_now_no_future_is_refused(tmp_path: Path) -> None:
    (tmp_path / "iss.tle").write_text(ISS_TLE)

    assert (ISS,) == load_elements(tmp_path / "iss.tle").sets


def test_a_source_that_predicts_has_no_epochs_before_1958(tmp_path: Path) -> None:
    (tmp_path / "old.tle").write_text(f"{with_field(ISS_LINE_1, 19, '57')}\n{ISS_LINE_2}\n")

    assert () == load_elements(tmp_path / "old.tle", now=NOW, predictive=True).sets


@pytest.mark.fault(9)
def test_a_source_that_predicts_may_have_epochs_in_the_future(tmp_path: Path) -> None:
    (tmp_path / "iss.tle").write_text(ISS_TLE)
    long_before = ISS.epoch - timedelta(days=30)
    plain = load_elements(tmp_path / "iss.tle", now=long_before)
    predictive = load_elements(tmp_path, now=long_before, predictive=True)

    assert () == plain.sets
    assert "only a source marked predictive" in plain.refused[0].reason
    assert Elements((ISS,)) == predictive


# --- files and folders ---


def test_a_folder_gives_the_sets_of_all_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    (tmp_path / "b.tle").write_text(STATIONS_TLE)
    (tmp_path / "a.csv").write_text(as_csv(SOYUZ_RECORD), newline="")
    (tmp_path / "c.json").write_text(as_json_numbers(ISS_RECORD))
    found = load_elements(tmp_path)

    assert [100057, 25544, 36086, 48274, 49044, 25544] == [s.catalog_number for s in found]
    assert () == found.refused


def test_hidden_files_and_folders_inside_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "iss.tle").write_text(ISS_TLE)
    (tmp_path / ".iss.tle.swp").write_bytes(b"\x00\xff")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "iss.tle").write_text(STATIONS_TLE)

    assert Elements((ISS,)) == load_elements(tmp_path)


def test_what_is_refused_in_a_folder_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "good.tle").write_text(ISS_TLE)
    (tmp_path / "noaa.tle").write_text(f"NOAA\n{ISS_LINE_1[:68]}0\n{ISS_LINE_2}\n")
    found = load_elements(str(tmp_path))

    assert (ISS,) == found.sets
    assert ["noaa.tle line 2: the checksum is 6, and the line ends in 0 (column 69)"] == [str(r) for r in found.refused]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there is no element set in it"),
        (b"hello\n", "there is no element set in it"),
        (b"\x1f\x8b\x08\x00", "its gzip data end too early"),
        (b"[" * 20, "nests deeper than 16 levels"),
        (b"<html></html>", "it is a web page"),
    ],
)
def test_a_bad_file_in_a_folder_is_refused_and_the_others_are_kept(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.tle").write_text(ISS_TLE)
    (tmp_path / "b.tle").write_bytes(content)
    (tmp_path / "c.csv").write_text(as_csv(SOYUZ_RECORD), newline="")
    found = load_elements(tmp_path)

    assert [25544, 100057] == [s.catalog_number for s in found]
    assert ["b.tle"] == [r.where for r in found.refused]
    assert said in found.refused[0].reason


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the folder has no files; put TLE, OMM or OEM files there"):
        load_elements(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"# only a comment\n"])
def test_an_empty_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "empty.tle").write_bytes(content)

    with pytest.raises(InputError, match=r"empty\.tle: there is no element set in it"):
        load_elements(tmp_path / "empty.tle")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"PK\x03\x04" + bytes(60), "it is compressed as zip; decompress it, or", id="zip"),
        pytest.param(bz2.compress(ISS_TLE.encode()), "it is compressed as bzip2", id="bzip2"),
        pytest.param(lzma.compress(ISS_TLE.encode()), "it is compressed as xz", id="xz"),
        pytest.param(b"\x7fELF\x02\x01\x01" + bytes(60), "it holds zero bytes, so it is binary", id="elf"),
        pytest.param("ISS\nÉTOILE\n".encode("latin-1"), "byte 4, in line 2, is 0xC9, no UTF-8 text", id="latin-1"),
        pytest.param(ISS_TLE.encode("utf-16")[:-1], "it begins as UTF-16 text and is none", id="half a character"),
    ],
)
def test_a_binary_file_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "x.tle").write_bytes(content)

    with pytest.raises(InputError) as refusal:
        load_elements(tmp_path / "x.tle")

    assert str(refusal.value).startswith("x.tle: ")
    assert said in str(refusal.value)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
@pytest.mark.parametrize("text", [ISS_TLE, *(dress(ISS_RECORD) for dress in DRESSES.values())])
def test_text_may_be_utf_16_and_in_gzip(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    big_endian = b"\xfe\xff" + text.encode("utf-16-be")

    assert [Elements((ISS,))] * 3 == [read_elements(d, "x") for d in (data, gzip.compress(data), big_endian)]


def test_gzip_of_several_parts_is_read() -> None:
    parts = [gzip.compress(line.encode()) for line in STATIONS_TLE.splitlines(keepends=True)]

    assert STATIONS == read_elements(b"".join(parts), "stations.tle")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(gzip.compress(gzip.compress(ISS_TLE.encode())), "x: it is compressed twice", id="twice"),
        pytest.param(gzip.compress(bz2.compress(ISS_TLE.encode())), "x: it is compressed as bzip2", id="bzip2 inside"),
        pytest.param(gzip.compress(ISS_TLE.encode())[:-9], "x: its gzip data end too early", id="end missing"),
        pytest.param(gzip.compress(ISS_TLE.encode()) + b"more", "x: its gzip data are damaged: ", id="more after it"),
        pytest.param(gzip.compress(ISS_TLE.encode())[:-8] + bytes(8), "x: its gzip data are damaged: ", id="checksum"),
        pytest.param(gzip.compress(b"") * 10_001, "x: decompressed, it has more than ", id="empty parts"),
    ],
)
def test_damaged_gzip_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(InputError) as refusal:
        read_elements(content, "x")

    assert str(refusal.value).startswith(said)


def test_a_gzip_bomb_is_stopped_while_it_is_decompressed() -> None:
    bomb = gzip.compress(bytes(2**20), 9) * 1000  # 1 GB in 1 MB
    tracemalloc.start()
    with pytest.raises(InputError, match="x: decompressed, it has more than 67,108,864 bytes"):
        read_elements(bomb, "x")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 3 * 2**26


def test_gzip_of_the_limit_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = gzip.compress(ISS_TLE.encode())
    monkeypatch.setattr("passplan.formats.elements.MAX_ELEMENTS_BYTES", len(ISS_TLE))
    assert Elements((ISS,)) == read_elements(data, "x")
    monkeypatch.setattr("passplan.formats.elements.MAX_ELEMENTS_BYTES", len(ISS_TLE) - 1)

    with pytest.raises(InputError, match="x: decompressed, it has more than 151 bytes"):
        read_elements(data, "x")


def test_sets_of_other_satellites_in_a_folder_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.tle").write_text(STATIONS_TLE)
    (tmp_path / "b.csv").write_text(as_csv(ISS_RECORD, SOYUZ_RECORD), newline="")

    assert [48274, 100057] == [s.catalog_number for s in load_elements(tmp_path, wanted={48274, 100057})]


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "iss.tle").write_text(ISS_TLE)
    monkeypatch.setattr("passplan.formats.elements.MAX_ELEMENTS_BYTES", len(ISS_TLE) - 1)
    monkeypatch.setattr(Path, "read_bytes", lambda self: pytest.fail("it was read"))

    with pytest.raises(InputError, match=r"iss\.tle: the file has 152 bytes; at most 151 are read"):
        load_elements(tmp_path / "iss.tle")


def test_text_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("passplan.formats.elements.MAX_ELEMENTS_BYTES", len(ISS_TLE) - 1)

    with pytest.raises(InputError, match="x: the file has 152 bytes; at most 151 are read"):
        read_elements(ISS_TLE, "x")


def test_a_file_of_the_limit_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "iss.tle").write_text(ISS_TLE)
    monkeypatch.setattr("passplan.formats.elements.MAX_ELEMENTS_BYTES", len(ISS_TLE))

    assert Elements((ISS,)) == load_elements(tmp_path / "iss.tle")


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_elements(tmp_path / "iss.tle")


# --- the sequence ---


def test_elements_are_a_sequence_of_sets() -> None:
    elements = Elements(STATIONS.sets, (REFUSED,))

    assert isinstance(elements, Sequence)
    assert (4, True) == (len(elements), bool(elements))
    assert list(elements.sets) == list(elements)
    assert elements.sets[0] is elements[0]
    assert elements.sets[3] is elements[-1]
    assert (2, 1, True) == (elements.index(elements[2]), elements.count(elements[2]), elements[1] in elements)
    assert elements.sets[::-1] == tuple(reversed(elements))


def test_an_index_past_the_end_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        STATIONS[4]


def test_a_slice_keeps_what_was_refused() -> None:
    elements = Elements(STATIONS.sets, (REFUSED,), (WARNING,))

    assert Elements(STATIONS.sets[1:3], (REFUSED,), (WARNING,)) == elements[1:3]
    assert Elements((), (REFUSED,), (WARNING,)) == elements[4:]


def test_a_sum_has_the_sets_and_the_refusals_of_both() -> None:
    total = Elements((ISS,), (REFUSED,), (WARNING,)) + Elements(STATIONS.sets, (REFUSED,), (WARNING,))

    assert Elements((ISS, *STATIONS.sets), (REFUSED, REFUSED), (WARNING, WARNING)) == total


def test_a_refusal_reads_as_where_and_why() -> None:
    assert "x.tle line 1: the checksum is 7" == str(REFUSED)
