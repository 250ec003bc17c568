"""How long an agency waits for a short answer while another one asks costly questions, 500 a second.

    python -m tests.benchmarks.costly [--rate 500] [--rounds 4]

It starts `passplan serve --demo`. ESA sends checks of requests of 31 days over connections of their own, whether or not
the last one was answered, from a process on the same processors; JAXA asks `GET /me` meanwhile, and before.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.benchmarks.web import service, token_of

_CALLS = 400
_PAUSE_S = 0.01
_FLOOD_S = 20.0
_CHECK = "/api/v1/requests/check"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=500.0, help="Checks a second.")
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors; ", end="")
    print(f"Python {platform.python_version()}, granian {version('granian')}")
    with tempfile.TemporaryDirectory(prefix="pp-costly-") as folder, service(Path(folder)) as (port, start):
        esa, jaxa = (token_of(Path(folder), name) for name in ("esa", "jaxa"))
        for name, extra in (
            ("a check of 31 days", {}),
            ("100 times", {"repetition": {"times": 100, "period": "span"}}),
        ):
            times_s = [checked_s(port, esa, start, note=f"{name} {k}", **extra) for k in range(5)]
            print(f"{name}: first {times_s[0]:.2f} s, median of the next four {statistics.median(times_s[1:]):.2f} s")
        ratios = []
        for _ in range(options.rounds):
            quiet = latencies_ms(port, jaxa)
            answers: Any = multiprocessing.Queue()
            flood = multiprocessing.Process(target=send, args=(port, esa, start, options.rate, answers))
            flood.start()
            time.sleep(3.0)
            busy = latencies_ms(port, jaxa)
            statuses = answers.get()
            flood.join()
            ratios.append(busy[int(0.99 * _CALLS)] / quiet[int(0.99 * _CALLS)])
            print(
                f"quiet {words(quiet)}; with checks {words(busy)}; ratio of p99 {ratios[-1]:.2f}; {statuses}",
                flush=True,
            )
            time.sleep(5.0)
    print(f"median ratio of p99: {statistics.median(ratios):.2f}")


def checked_s(port: int, token: str, start: datetime, **changes: Any) -> float:
    """How long one check takes [s]."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    began_s = time.perf_counter()
    connection.request("POST", _CHECK, body_of(start, **changes), headers_of(token))
    response = connection.getresponse()
    text = response.read()
    assert response.status == 200, text[:300]
    connection.close()
    return time.perf_counter() - began_s


def latencies_ms(port: int, token: str) -> list[float]:
    """The times of short calls [ms], sorted."""
    times_ms = []
    for _ in range(_CALLS):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        began_s = time.perf_counter()
        connection.request("GET", "/api/v1/me", headers=headers_of(token))
        response = connection.getresponse()
        response.read()
        times_ms.append((time.perf_counter() - began_s) * 1_000.0)
        connection.close()
        assert response.status == 200, response.status
        time.sleep(_PAUSE_S)
    return sorted(times_ms)


def words(times_ms: list[float]) -> str:
    """Median, 99 % and maximum of sorted times."""
    return f"{times_ms[_CALLS // 2]:.1f}, {times_ms[int(0.99 * _CALLS)]:.1f}, {times_ms[-1]:.1f} ms"


def headers_of(token: str) -> dict[str, str]:
    """The headers of a call."""
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def body_of(start: datetime, **changes: Any) -> str:
    """A request of 31 days."""
    span = {"start": f"{start:%Y-%m-%dT%H:%M:%SZ}", "end": f"{start + timedelta(days=31):%Y-%m-%dT%H:%M:%SZ}"}
    return json.dumps({"satellite": "ISS", "link": "hamtv", "min_s": 1, "wanted_s": 300, **span, **changes})


def send(port: int, token: str, start: datetime, rate: float, answers: Any) -> None:
    """Send checks at a rate, and tell the statuses."""
    os.nice(10)  # as if it were on another machine, as far as that goes
    statuses: Counter[str] = Counter()

    async def one(number: int) -> None:
        body = body_of(start, note=str(number)).encode()
        lines = [f"POST {_CHECK} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers_of(token).items()]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode()
        with suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head + body)
            statuses[(await reader.readline()).split()[1].decode()] += 1
            await reader.read()
            writer.close()

    async def run() -> None:
        began_s, sent = time.perf_counter(), 0
        tasks: set[asyncio.Task[None]] = set()
        while (passed_s := time.perf_counter() - began_s) < _FLOOD_S:
            while sent < passed_s * rate:
                task = asyncio.create_task(one(sent))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
                sent += 1
            await asyncio.sleep(0.002)
        statuses["sent"] = sent

    asyncio.run(run())
    answers.put(dict(statuses))


if __name__ == "__main__":
    main()
