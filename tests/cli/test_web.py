"""`passplan web`, `serve`, `users password` and `tokens`: real processes, asked over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from passplan.resources import shipped
from passplan.service.network.revisions import apply_network
from passplan.service.store import make_store
from tests.cli.running import Run
from tests.ports import free_port
from tests.service.office import ADMIN, NETWORK, NOW
from tests.stores import empty_database
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data folder of a real service that nobody has signed in to."""
    store = make_store(tmp_path / "data")
    apply_network(store, NETWORK, actor=ADMIN, now=NOW)
    store.database.close()
    return tmp_path / "data"


@contextmanager
def running(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], int, Path]]:
    """A program of passplan that listens; its process, its port and its output."""
    port, log = free_port(), folder.parent / f"{words[0]}.log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "passplan", *words, "--data", str(folder), "--listen", f"127.0.0.1:{port}"],
            stdout=file,
            stderr=file,
        )
    try:
        wait_until(
            lambda: process.poll() is not None or "Pages and API: " in log.read_text(),
            within_s=PATIENCE_S,
            told=log.read_text,
        )
        assert process.poll() is None, log.read_text()
        yield process, port, log
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40.0)


def ask(port: int, path: str, *, method: str = "GET", body: str | None = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20.0)
    try:
        connection.request(method, path, body, headers={k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def answers(port: int) -> bool:
    """Whether a server answers; a process that was killed resets the connections that it had."""
    with suppress(OSError, http.client.HTTPException):
        return ask(port, "/healthz")[0] == 200
    return False


def test_the_first_start_makes_an_administrator_with_a_one_time_password(folder: Path) -> None:
    with running(folder, "web") as (_, port, log):
        told = re.search(r"Sign in as (\w+), with the one-time password ([\w-]+)", log.read_text())
        assert told is not None
        status, _ = ask(port, "/healthz")
        ready, answer = ask(port, "/readyz")
    with running(folder, "web") as (_, _, log):
        again = log.read_text()

    assert ("admin", 24) == (told[1], len(told[2]))
    assert (200, 200) == (status, ready), answer
    assert "one-time password" not in again


def test_what_is_under_way_is_answered_at_the_end(folder: Path) -> None:
    """Hashing a password takes a while, and four at once at most: with eight some are under way for sure."""
    answers: list[int] = []
    all_sent, first_answered = threading.Barrier(8), threading.Event()

    def sign_in(port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30.0)
        origin = {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request("POST", "/sign-in", "account=nobody&password=a+wrong+password", origin)
            all_sent.wait(30.0)
            answers.append(connection.getresponse().status)
            first_answered.set()
        finally:
            connection.close()

    with running(folder, "web") as (process, port, _):
        threads = [threading.Thread(target=sign_in, args=(port,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        assert first_answered.wait(30.0)
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        code = process.wait(timeout=40.0)

    assert {401, 429} >= set(answers)
    assert (8, 0) == (len(answers), code)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('listen = "0.0.0.0:8000"', "is plain http, which is served on this machine alone"),
        ('listen = "0.0.0.0:8000"\nurl = "http://127.0.0.1:8000"', "which others reach"),
        ('url = "http://passplan.example.org"', "is plain http"),
        ('url = "passplan.example.org"', "it is as browsers see it"),
        ('listen = "8000"', "it is an address and a port"),
    ],
)
def test_what_would_send_passwords_in_clear_is_not_served(folder: Path, run: Run, settings: str, told: str) -> None:
    (folder / "settings.toml").write_text(settings + "\n")
    result = run("web", "--data", folder)

    assert (1, True) == (result.code, told in result.err), result.err


@pytest.mark.fault(94)
def test_a_demonstration_is_served_on_this_machine_alone(tmp_path: Path, run: Run) -> None:
    make_store(tmp_path / "demo", demo=True).database.close()
    (tmp_path / "demo" / "settings.toml").write_text('url = "https://passplan.example.org"\nbehind_proxy = true\n')
    result = run("web", "--data", tmp_path / "demo")

    assert (1, True) == (result.code, "everybody knows the password of a demonstration" in result.err), result.err


def test_serve_runs_both_and_ends_both_when_one_dies_and_says_which(folder: Path) -> None:
    (folder / "stations.toml").write_text(shipped("stations.toml").read_text())
    with running(folder, "serve") as (process, port, log):
        status, _ = ask(port, "/healthz")
        own = children(process.pid)
        daemon = next(pid for pid, words in own.items() if "daemon" in words)
        os.kill(daemon, signal.SIGKILL)
        code = process.wait(timeout=40.0)
        left = [pid for pid in own if lives(pid)]

    assert 200 == status
    assert 2 == len(own)
    assert code not in (0, None), log.read_text()
    assert [] == left
    assert "passplan daemon ended by the signal SIGKILL; the service ends" in log.read_text()


@pytest.mark.fault(94)
def test_web_and_daemon_end_when_serve_is_killed(folder: Path) -> None:
    (folder / "stations.toml").write_text(shipped("stations.toml").read_text())
    with running(folder, "serve") as (process, port, _):
        own = children(process.pid)
        own |= {pid: words for child in own for pid, words in children(child).items()}
        process.kill()
        process.wait(timeout=40.0)
        wait_until(lambda: not any(lives(pid) for pid in own), within_s=PATIENCE_S)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))

    assert 3 <= len(own)


def test_sighup_reads_settings_and_network_again_and_a_mistake_in_them_changes_nothing(folder: Path) -> None:
    (folder / "stations.toml").write_text(shipped("stations.toml").read_text())
    settings = folder / "settings.toml"
    with running(folder, "serve") as (process, port, log):
        before = ask(port, "/schedule/")[0]
        settings.write_text("public_view = 7\n")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: "SIGHUP changes nothing" in log.read_text(), within_s=PATIENCE_S, told=log.read_text)
        settings.write_text("public_view = true\n")
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: ask(port, "/schedule/")[0] == 200, within_s=PATIENCE_S, told=log.read_text)
        wait_until(lambda: 2 == log.read_text().count(" INFO started: "), within_s=PATIENCE_S, told=log.read_text)

    assert 303 == before


@pytest.mark.fault(78)
@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ", id="in the head"),
        pytest.param(b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\na", id="in the body"),
        pytest.param(b"", id="at once"),
    ],
)
def test_500_connections_that_stop_do_not_stop_the_service(folder: Path, begun: bytes) -> None:
    with running(folder, "web") as (_, port, _), ExitStack() as held:
        for _ in range(500):
            held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20.0)).sendall(begun)
        statuses = {ask(port, "/healthz")[0] for _ in range(10)}

    assert {200} == statuses


def test_two_processes_serve_at_one_address(folder: Path) -> None:
    (folder / "settings.toml").write_text("workers = 2\nthreads = 2\n")
    with running(folder, "web") as (process, port, _):
        own = children(process.pid)
        os.kill(next(iter(own)), signal.SIGKILL)
        wait_until(lambda: len(children(process.pid)) == 2, within_s=PATIENCE_S)
        wait_until(lambda: answers(port), within_s=PATIENCE_S)
        again = children(process.pid)

    assert 2 == len(own)
    assert 1 == len(own.keys() & again.keys())


def test_costly_questions_are_answered_beside_the_server_and_by_it_when_that_process_is_gone(
    folder: Path, run: Run
) -> None:
    run("users", "add", "ada", "--role", "requester", "--agency", "ESA", "--data", folder)
    token = run("tokens", "create", "ada", "x", "--scope", "write", "--days", "366", "--data", folder).out.strip()
    (folder / "settings.toml").write_text('access_log = true\nlog_format = "json"\n')
    body = json.dumps(
        {"satellite": "ISS", "link": "up", "start": f"{NOW:%Y-%m-%dT%H:%M:%SZ}", "end": "2026-08-09T12:00:00Z"}
        | {"min_s": 60, "wanted_s": 60}
    )

    def check(port: int) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
        headers["Accept_Encoding"] = (
            "gzip"  # a short answer is not packed, and a long one once: see the browser's tests
        )
        status, answer = ask(port, "/api/v1/requests/check", method="POST", body=body, **headers)
        return status, json.loads(answer)

    with running(folder, "web") as (process, port, log):
        (worker,) = children(process.pid)
        (beside,) = children(worker)
        os.kill(beside, signal.SIGSTOP)
        quick = ask(port, "/healthz")[0]
        asked = threading.Thread(target=lambda: found.append(check(port)))
        found: list[tuple[int, dict[str, Any]]] = []
        asked.start()
        asked.join(0.5)
        waits = asked.is_alive()
        os.kill(beside, signal.SIGCONT)
        asked.join()
        os.kill(beside, signal.SIGKILL)
        statuses = [check(port)[0] for _ in range(3)]
        told = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]

    assert (200, True) == (quick, waits), found
    assert (200, True) == (found[0][0], "looked_until" in found[0][1]), found
    assert [503, 200, 200] == statuses
    paths = [line["path"] for line in told if "path" in line]
    assert 4 == paths.count("/api/v1/requests/check")  # one line for each, though two processes see it
    assert any("the computing process does not answer" in line["text"] for line in told)


def test_two_machines_serve_one_database_and_one_of_their_daemons_leads(tmp_path: Path, run: Run) -> None:
    """Each machine has a folder of its own, with the same settings, network and keys."""
    one, other = tmp_path / "a" / "data", tmp_path / "b" / "data"
    assert 0 == run("init", "--data", one, "--database", empty_database("postgresql", tmp_path)).code
    run("users", "add", "ada", "--role", "administrator", "--data", one)
    token = run("tokens", "create", "ada", "x", "--scope", "write", "--days", "366", "--data", one).out.strip()
    shutil.copytree(one, other)
    body = json.dumps(
        {"id": "ESA-1", "agency": "ESA", "satellite": "ISS", "link": "hamtv", "min_s": 60, "wanted_s": 60}
        | {"start": f"{datetime.now(UTC) + timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"}
        | {"end": f"{datetime.now(UTC) + timedelta(hours=20):%Y-%m-%dT%H:%M:%SZ}"}
    )
    headers = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}

    def leader(port: int) -> str:
        answer = ask(port, "/api/v1/status", **headers)[1]
        assert "leader" in answer, answer
        return str(json.loads(answer)["leader"])

    with running(one, "serve") as (first, port, _):
        wait_until(lambda: "epoch" in leader(port), within_s=PATIENCE_S)
        before = leader(port)
        with running(other, "serve") as (_, other_port, other_log):
            told = ask(port, "/api/v1/requests?wait=true", method="POST", body=body, **headers)
            seen = ask(other_port, "/api/v1/requests/ESA-1", **headers)
            assert told[0] == 201, (told, seen, token)
            first.send_signal(signal.SIGTERM)
            first.wait(timeout=40.0)
            wait_until(lambda: "leading, epoch" in other_log.read_text(), within_s=PATIENCE_S, told=other_log.read_text)
            after = leader(other_port)

    assert (201, 200) == (told[0], seen[0]), (told, seen, token)
    assert before != after


def test_an_address_in_use_is_told_before_anything_is_started(folder: Path, run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--data", folder, "--listen", f"127.0.0.1:{taken.getsockname()[1]}")

    assert (1, True) == (result.code, "nothing can listen there" in result.err), result.err


def test_a_new_account_gets_a_password_and_another_when_it_is_lost(folder: Path, run: Run) -> None:
    added = run("users", "add", "ada", "--role", "viewer", "--data", folder)
    changed = run("users", "add", "ada", "--role", "scheduler", "--data", folder)
    again = run("users", "password", "ada", "--data", folder)
    nobody = run("users", "password", "eve", "--data", folder)
    first, second = (re.search(r"one-time password: ([\w-]+)", r.out) for r in (added, again))

    assert first is not None
    assert second is not None
    assert first[1] != second[1]
    assert "one-time password" not in changed.out
    assert (1, True) == (nobody.code, "there is no account 'eve'" in nobody.err)


def test_a_token_opens_the_api_until_it_is_revoked(folder: Path, run: Run) -> None:
    run("users", "add", "ada", "--role", "scheduler", "--data", folder)
    token = run("tokens", "create", "ada", "night scripts", "--days", "366", "--data", folder).out.strip()
    prefix = token.split("_")[1]
    listed = run("tokens", "list", "--data", folder).out
    with running(folder, "web") as (_, port, _):
        without = ask(port, "/api/v1/stations")[0]
        with_ = ask(port, "/api/v1/stations", Authorization=f"Bearer {token}")[0]
        run("tokens", "revoke", prefix, "--data", folder)
        after = ask(port, "/api/v1/stations", Authorization=f"Bearer {token}")[0]

    assert (401, 200, 401) == (without, with_, after)
    assert prefix in listed
    assert token not in listed
    assert "2026-08-09 12:00:00" not in listed  # mission time
    assert "2026-08-09 12:00:00" in run("tokens", "list", "--data", folder).out
    assert 1 == run("tokens", "create", "eve", "x", "--data", folder).code


def test_many_ask_at_once_while_somebody_writes(folder: Path, run: Run) -> None:
    run("users", "add", "ada", "--role", "scheduler", "--data", folder)
    token = run("tokens", "create", "ada", "x", "--days", "366", "--data", folder).out.strip()
    answers: list[int] = []
    with running(folder, "web") as (_, port, _):

        def many() -> None:
            answers.extend(ask(port, "/api/v1/stations", Authorization=f"Bearer {token}")[0] for _ in range(10))

        threads = [threading.Thread(target=many) for _ in range(8)]
        for thread in threads:
            thread.start()
        for k in range(5):
            run("users", "add", f"user{k}", "--role", "viewer", "--data", folder)
        for thread in threads:
            thread.join()

    assert {200: 80} == {status: answers.count(status) for status in set(answers)}


def children(pid: int) -> dict[int, str]:
    """The child processes of one, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(words[1]) == pid:
                    found[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
    return found


def lives(pid: int) -> bool:
    """Whether a process is there, and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
