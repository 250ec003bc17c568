"""Sources of element sets, against a server that misbehaves, and a discipline that survives restarts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from passplan import ElementSet
from passplan.domain.errors import InputError
from passplan.service.elements import feeds as refreshing
from passplan.service.operations.status import SourceCondition, source_rows
from passplan.service.settings import Source
from passplan.store.database import Database
from tests import sets
from tests.data import ISS_LINE_1, ISS_LINE_2
from tests.service.office import ADMIN, Office, newer, open_office
from tests.wording import words


def omm(*found: ElementSet) -> bytes:
    """What CelesTrak answers with FORMAT=json."""
    return json.dumps(
        [
            {
                "OBJECT_NAME": s.name,
                "OBJECT_ID": s.object_id,
                "EPOCH": s.epoch.replace(tzinfo=None).isoformat(timespec="microseconds"),
                "MEAN_MOTION": s.mean_motion_rev_day,
                "ECCENTRICITY": s.eccentricity,
                "INCLINATION": s.inclination_deg,
                "RA_OF_ASC_NODE": s.ra_of_asc_node_deg,
                "ARG_OF_PERICENTER": s.arg_of_pericenter_deg,
                "MEAN_ANOMALY": s.mean_anomaly_deg,
                "EPHEMERIS_TYPE": 0,
                "CLASSIFICATION_TYPE": "U",
                "NORAD_CAT_ID": s.catalog_number,
                "ELEMENT_SET_NO": 999,
                "REV_AT_EPOCH": 1,
                "BSTAR": s.bstar,
                "MEAN_MOTION_DOT": 0,
                "MEAN_MOTION_DDOT": 0,
            }
            for s in found
        ]
    ).encode()


@dataclass(slots=True)
class Server:
    """What the server answers next, and what it was asked."""

    port: int = 0
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on the loopback."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.headers)
            unmodified = state.headers.get("ETag") and self.headers.get("If-None-Match") == state.headers["ETag"]
            self.send_response(304 if unmodified else state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            body = b"" if unmodified else state.body
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = httpd.server_address[1]
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    yield state
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def office(database: Database, tmp_path: Path, server: Server) -> Office:
    """A service that asks the server, and looks into a folder."""
    (tmp_path / "drop").mkdir()
    return open_office(
        database,
        tmp_path,
        source=(
            Source(name="net", url=f"http://127.0.0.1:{server.port}/gp?q=1", allow_private=True),
            Source(name="drop", folder="drop"),
        ),
    )


def ask(office: Office, *only: str) -> dict[str, refreshing.SourceReport]:
    reports = refreshing.refresh(office.store, only=only, actor=ADMIN, now=office.now, real_now=office.now)
    return {r.source: r for r in reports}


def row(office: Office, name: str = "net") -> SourceCondition:
    return next(r for r in source_rows(office.store, office.now) if r.source == name)


def test_new_sets_are_taken_and_counted(office: Office, server: Server) -> None:
    server.body = omm(newer(1.0), sets.POLAR)
    report = ask(office, "net")["net"]

    assert "2 sets, 1 new" == str(report.message)
    assert report.added is not None
    assert newer(1.0).epoch == report.added.chosen[0].after.epoch


def test_a_source_is_asked_no_sooner_than_its_least_interval_whoever_asks(office: Office, server: Server) -> None:
    server.body = omm(newer(1.0))
    ask(office, "net")
    soon = ask(office.later(1.9), "net")["net"]
    assert 1 == len(server.asked)
    then = ask(office.later(0.2), "net")["net"]

    assert "not before 2026-08-08 08:00:00Z" == str(soon.message)
    assert (2, "nothing new") == (len(server.asked), str(then.message))


def test_what_was_not_modified_is_not_sent_again(office: Office, server: Server) -> None:
    server.body, server.headers = omm(newer(1.0)), {"ETag": '"7"', "Last-Modified": "Sat, 08 Aug 2026 05:00:00 GMT"}
    ask(office, "net")
    report = ask(office.later(3.0), "net")["net"]

    assert "nothing new" == str(report.message)
    assert [None, '"7"'] == [h.get("If-None-Match") for h in server.asked]
    assert "Sat, 08 Aug 2026 05:00:00 GMT" == server.asked[1]["If-Modified-Since"]


@pytest.mark.fault(18)
@pytest.mark.parametrize("status", [301, 403, 404, 500, 503, 204])
def test_the_first_answer_but_200_stops_a_source_until_a_person_arms_it(
    office: Office, server: Server, status: int
) -> None:
    server.status, server.body = status, b"slow down, please" if status != 204 else b""
    report = ask(office, "net")["net"]
    server.status, server.body = 200, omm(newer(1.0))
    for _ in range(3):
        later = ask(office.later(100.0), "net")["net"]

    assert report.in_trouble
    assert f"it answered with status {status}" in str(report.message)
    assert (1, True) == (len(server.asked), str(later.message).startswith("stopped: "))
    assert row(office).wrong
    assert ["source.stopped"] == office.actions("source/net")
    refreshing.arm(office.store, "net", actor=ADMIN, now=office.now)
    assert "1 sets, 1 new" == str(ask(office, "net")["net"].message)
    assert not row(office).wrong


@pytest.mark.fault(19)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!DOCTYPE html><html><body>maintenance</body></html>", "it is a web page"),
        (b"[]", "there is no element set in it"),
        (b"", "there is no element set in it"),
        (omm(newer(1.0))[:-40], "not JSON"),
        (b"\x00\x01\x02", "zero bytes"),
        (b"No GP data found", "there is no element set in it"),
    ],
)
def test_an_answer_that_is_no_element_file_is_refused_whole_and_the_last_good_set_counts_on(
    office: Office, server: Server, body: bytes, words: str
) -> None:
    server.body = body
    report = ask(office, "net")["net"]
    with_next = ask(office.later(2.5), "net")["net"]

    assert report.in_trouble
    assert words in str(report.message)
    assert "replaced" not in " ".join(office.actions())
    assert 2 == len(server.asked)
    assert with_next.in_trouble
    assert ["source.failed"] == office.actions("source/net")


@pytest.mark.fault(19)
def test_half_a_file_is_refused_as_a_whole(office: Office, server: Server) -> None:
    many = [newer(0.1 * k) for k in range(1, 11)]
    server.body = omm(*many)
    ask(office, "net")
    server.body = omm(*(newer(3.0 + k) for k in range(7)))
    report = ask(office.later(24.0), "net")["net"]
    assert "it has 7 sets, and had 10 before" in str(report.message)
    assert report.added is None
    refreshing.arm(office.store, "net", actor=ADMIN, now=office.now)

    assert "7 sets, 7 new" == str(ask(office.later(3.0), "net")["net"].message)


@pytest.mark.fault(19)
def test_a_file_with_more_than_one_bad_set_in_a_hundred_is_refused_as_a_whole(office: Office, server: Server) -> None:
    good = json.loads(omm(*(newer(0.01 * k) for k in range(98))))
    bad = dict(good[0], INCLINATION=500.0)
    server.body = json.dumps([*good, bad, bad]).encode()
    refused = ask(office, "net")["net"]
    server.body = json.dumps([*good, newer_row(2.0), bad]).encode()
    taken = ask(office.later(2.5), "net")["net"]

    assert "2 of its 100 sets cannot be used, and so none is" in str(refused.message)
    assert "99 sets, 99 new, 1 refused" == str(taken.message)


@pytest.mark.fault(19)
@pytest.mark.parametrize(("good", "bad", "is_taken"), [(1, 1, True), (10, 1, True), (0, 1, False), (10, 2, False)])
def test_one_bad_set_is_tolerated_in_any_file(
    office: Office, server: Server, good: int, bad: int, is_taken: bool
) -> None:
    wrong = newer_row(5.0) | {"INCLINATION": 500.0}
    server.body = json.dumps([*(newer_row(0.1 * k) for k in range(good)), *[wrong] * bad]).encode()
    report = ask(office, "net")["net"]

    assert is_taken == (report.added is not None)
    assert report.in_trouble
    assert ("1 refused" if is_taken else f"{bad} of its {good + bad} sets cannot be used") in str(report.message)


@pytest.mark.fault(19)
def test_a_placeholder_is_no_bad_set(office: Office, server: Server) -> None:
    placeholder = {**dict.fromkeys(newer_row(0.0)), "AMSAT_NAME": "HYDRA-W"}
    server.body = json.dumps([newer_row(0.1), placeholder, placeholder]).encode()
    report = ask(office, "net")["net"]

    assert ("1 sets, 1 new", False) == (str(report.message), report.in_trouble)


@pytest.mark.fault(19)
def test_a_file_that_breaks_off_is_refused_as_a_whole(office: Office, server: Server) -> None:
    server.body = "\n".join(json.dumps(newer_row(0.005 * k)) for k in range(300)).encode()[:-20]
    report = ask(office, "net")["net"]

    assert report.added is None
    assert "1 of its 300 sets cannot be used, and so none is: net line 300" in str(report.message)


def test_the_error_that_a_server_sends_is_shown(office: Office, server: Server) -> None:
    server.body = b'{"error":"You\'ve violated your query rate limit."}'

    assert "You've violated your query rate limit." in str(ask(office, "net")["net"].message)


def test_deviations_of_sets_that_are_taken_are_reported(office: Office, server: Server) -> None:
    server.body = f"{ISS_LINE_1[:68]}\n{ISS_LINE_2[:68]}\n".encode()
    report = ask(office, "net")["net"]

    assert ["tle_without_checksum"] == [w.code for w in report.warnings]
    assert not report.in_trouble


def newer_row(hours: float) -> dict[str, Any]:
    return dict(json.loads(omm(newer(hours)))[0])


def test_a_server_out_of_reach_is_asked_less_and_less_often(office: Office, server: Server) -> None:
    lost = Office(
        store=type(office.store)(
            folder=office.store.folder,
            settings=type(office.store.settings)(
                source=(Source(name="net", url="http://127.0.0.1:9/", allow_private=True),)
            ),
            database=office.store.database,
            instance="test",
        )
    )
    waits = []
    for _ in range(4):
        report = ask(lost, "net")["net"]
        assert "it cannot be reached" in str(report.message)
        before = lost.now
        while str(ask(lost, "net")["net"].message).startswith("not before"):
            lost.later(0.5)
            if (lost.now - before).total_seconds() > 86_400.0:
                break
            if not _is_waiting(lost):
                break
        waits.append((lost.now - before).total_seconds() / 3_600.0)

    assert waits == sorted(waits)
    assert (2.0, True) == (waits[0], waits[2] > waits[0])
    assert "source.stopped" not in lost.actions("source/net")
    assert 0 == len(server.asked)


def _is_waiting(office: Office) -> bool:
    from passplan.store import elements

    with office.store.database.read() as connection:
        return office.now < elements.source_states(connection)["net"].next


def test_nothing_goes_to_a_private_address_unless_it_is_allowed(
    database: Database, tmp_path: Path, server: Server
) -> None:
    office = open_office(database, tmp_path, source=(Source(name="net", url=f"http://127.0.0.1:{server.port}/"),))
    report = ask(office)["net"]

    assert "which is not public; private addresses have to be allowed" in str(report.message)
    assert [] == server.asked


@pytest.mark.fault(9)
def test_epochs_in_the_future_are_refused_unless_the_source_predicts(
    database: Database, tmp_path: Path, server: Server
) -> None:
    server.body = omm(newer(48.0))
    address = f"http://127.0.0.1:{server.port}/"
    office = open_office(
        database,
        tmp_path,
        source=(
            Source(name="net", url=address, allow_private=True),
            Source(name="ahead", url=address, allow_private=True, predictive=True),
        ),
    )
    reports = ask(office)

    assert "is in the future" in str(reports["net"].message)
    assert "1 sets, 1 new" == str(reports["ahead"].message)


def test_files_that_are_dropped_into_a_folder_are_taken_once(office: Office) -> None:
    folder = office.store.folder / "drop"
    (folder / "iss.json").write_bytes(omm(newer(1.0)))
    (folder / "broken.csv").write_text("NORAD_CAT_ID,EPOCH\n25544\n")
    (folder / "growing.json.part").write_bytes(b"[")
    first = ask(office, "drop")["drop"]
    again = ask(office, "drop")["drop"]
    (folder / "broken.csv").unlink()
    (folder / "iss-2.json").write_bytes(omm(newer(2.0)))
    then = ask(office, "drop")["drop"]

    assert str(first.message).startswith("1 sets, 1 new")
    assert "broken.csv" in row_trouble(first)
    assert "nothing new" == str(again.message)
    assert "2 sets, 1 new" == str(then.message)


def test_a_bad_file_is_told_until_it_is_gone(office: Office) -> None:
    folder = office.store.folder / "drop"
    (folder / "broken.csv").write_text("NORAD_CAT_ID,EPOCH\n25544\n")
    ask(office, "drop")
    ask(office.later(1.0), "drop")
    assert "broken.csv" in words(row(office, "drop").status)
    (folder / "broken.csv").unlink()
    (folder / "iss.json").write_bytes(omm(newer(1.0)))
    ask(office.later(1.0), "drop")

    assert not row(office, "drop").wrong


def row_trouble(report: refreshing.SourceReport) -> str:
    assert report.in_trouble
    return "broken.csv" if "refused" in str(report.message) else ""


def test_a_folder_that_is_not_there_is_in_trouble(office: Office) -> None:
    (office.store.folder / "drop").rmdir()

    assert "No such file or directory" in str(ask(office, "drop")["drop"].message)


def test_credentials_that_others_may_read_are_not_used(database: Database, tmp_path: Path, server: Server) -> None:
    secret = tmp_path / "space-track.txt"
    secret.write_text("me@example.org\nsesame\n")
    secret.chmod(0o644)
    address = f"http://127.0.0.1:{server.port}/"
    source = Source(name="st", url=address, login_url=address, credentials="space-track.txt", allow_private=True)
    office = open_office(database, tmp_path, source=(source,))
    report = ask(office)["st"]

    assert "others may read it" in str(report.message)
    assert [] == server.asked


def test_an_unknown_source_is_said_to_be_none(office: Office) -> None:
    with pytest.raises(InputError, match=r"there is no source 'x' in settings.toml; known: net, drop"):
        ask(office, "x")
    with pytest.raises(InputError, match="was never asked"):
        refreshing.arm(office.store, "drop", actor=ADMIN, now=office.now)
