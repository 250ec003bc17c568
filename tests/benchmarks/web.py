"""How fast pages and API are: one client at the largest table, and 32 clients at answers that repeat.

It starts `passplan serve --demo` with its limit of calls lifted, waits for the schedule, and asks: first one client,
each time for another table of 500 passes, so that none was made before; then wrk, on the same processors, with 32
connections, in turn for pages that the public may look at and API answers that a token opens.

    python -m tests.benchmarks.web [--seconds 30] [--connections 32]
"""

from __future__ import annotations

import argparse
import gzip
import http.client
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from tests.ports import free_port

ROUNDS = 100
PAGES = ("/", "/passes", "/schedule/", "/map", "/stations/WPS-VHF")
ANSWERS = (
    "/api/v1/passes",
    "/api/v1/passes?limit=500&hours=72",
    "/api/v1/contacts",
    "/api/v1/schedule",
    "/api/v1/stations",
)
_SCRIPT = """
local paths = {{ {paths} }}
local k = 0
request = function()
  k = k + 1
  local path = paths[k % #paths + 1]
  local headers = {{ ["Accept-Encoding"] = "gzip" }}
  if path:sub(1, 5) == "/api/" then headers["Authorization"] = "Bearer {token}" end
  return wrk.format("GET", path, headers)
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("FIGURES %d %.1f %.2f %.2f %.2f %d\\n", summary.requests,
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency.max / 1e3, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    print(
        f"{_processor()}, {os.cpu_count()} processors; Python {platform.python_version()}, Flask {version('flask')}, ",
        end="",
    )
    print(f"granian {version('granian')}, {_wrk()}")
    settings = "rate_limit_per_s = 100000.0\n"
    with tempfile.TemporaryDirectory(prefix="pp-web-") as folder, service(Path(folder), settings) as (port, start):
        token = token_of(Path(folder), "esa")
        _one_client(port, start)
        _weights(port, token)
        _many(port, token, options.seconds, options.connections)


@contextmanager
def service(folder: Path, settings_text: str = "") -> Iterator[tuple[int, datetime]]:
    """A demonstration that runs: its port and its mission time."""
    from passplan.domain.roles import Role
    from passplan.service.access.actors import Actor
    from passplan.service.operations.demo import make_demonstration

    actor = Actor(account="local", role=Role.ADMINISTRATOR)
    store = make_demonstration(folder / "data", (), actor=actor, real_now=datetime.now().astimezone())
    store.database.close()
    with (folder / "data/settings.toml").open("a") as settings:
        settings.write(settings_text)
    port, log = free_port(), folder / "log"
    own = [sys.executable, "-m", "passplan"]
    with log.open("w") as file:
        process = subprocess.Popen(
            [*own, "serve", "--demo", "--data", folder / "data", "--listen", f"127.0.0.1:{port}"],
            stdout=file,
            stderr=file,
        )
    try:
        while "committed" not in log.read_text() or "Pages and API" not in log.read_text():
            if process.poll() is not None:
                sys.exit(log.read_text())
            time.sleep(0.2)
        yield port, store.mission_time(datetime.now().astimezone())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def token_of(folder: Path, account: str) -> str:
    """A new token of an account, which may write."""
    own = [sys.executable, "-m", "passplan", "tokens", "create", account, "benchmark", "--scope", "write"]
    made = subprocess.run([*own, "--data", folder / "data"], capture_output=True, text=True, check=True)
    return made.stdout.strip()


def _one_client(port: int, start: datetime) -> None:
    """The table of 500 rows, each time another one."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    took, size, rows = [], 0, 0
    for k in range(ROUNDS + 5):
        begin = f"{start + timedelta(minutes=k):%Y-%m-%dT%H:%M:%SZ}"
        began = time.perf_counter()
        connection.request("GET", f"/passes?hours=700&start={begin}", headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        if k >= 5:
            took.append((time.perf_counter() - began) * 1e3)
        if answer.status != 200:
            sys.exit(f"{answer.status}: {body[:300]!r}")
        size, rows = len(body), gzip.decompress(body).count(b'class="c-aos"') - 1
    connection.close()
    took.sort()
    print(
        f"one client, {ROUNDS} tables of {rows} rows, none kept: median {took[len(took) // 2]:.1f} ms, "
        f"p95 {took[int(len(took) * 0.95)]:.1f} ms, most {took[-1]:.1f} ms; {size / 1024:.1f} KB gzipped"
    )


def _weights(port: int, token: str) -> None:
    """What a page weighs with its style, its scripts and its icon."""
    total = {}
    for page in ("/", "/passes", "/passes?hours=700", "/contacts/21", "/schedule/", "/map"):
        body = _get(port, page, token)
        parts = {page: body}
        for path in set(re.findall(r'(?:href|src)="(/static/[^"]+)"', body.decode())):
            parts[path] = _get(port, path, token)
        for path in [p for p in parts if p.endswith("main.js")]:
            for name in set(re.findall(r'from "\./([\w.]+)"', parts[path].decode())):
                parts[name] = _get(port, path.replace("main.js", name), token)
        total[page] = sum(len(gzip.compress(b, 6)) for b in parts.values()) / 1024
    print("weight with everything, gzipped: " + ", ".join(f"{page} {kb:.1f} KB" for page, kb in total.items()))


def _get(port: int, path: str, token: str) -> bytes:
    del token
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        if answer.status in (302, 303):
            answer.read()
            return _get(port, str(answer.headers["Location"]), "")
        return answer.read()
    finally:
        connection.close()


def _many(port: int, token: str, seconds: int, connections: int) -> None:
    """wrk, on the same processors."""
    for name, paths in (("pages and API", PAGES + ANSWERS), ("pages", PAGES), ("API", ANSWERS)):
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write(_SCRIPT.format(paths=", ".join(f'"{p}"' for p in paths), token=token))
            script.flush()
            result = subprocess.run(
                ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "-s", script.name, f"http://127.0.0.1:{port}"],
                capture_output=True,
                text=True,
                check=True,
            )
        found = re.search(r"FIGURES (\d+) ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) (\d+)", result.stdout)
        if found is None:
            sys.exit(result.stdout + result.stderr)
        count, rate, median, p95, most, errors = found.groups()
        print(
            f"{connections} clients, {seconds} s, {name}: {rate}/s ({count}), median {median} ms, p95 {p95} ms, "
            f"most {most} ms, {errors} errors"
        )


def _wrk() -> str:
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: apt-get install wrk")
    told = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False).stdout
    return " ".join(told.split()[:2])


def _processor() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.processor()


if __name__ == "__main__":
    main()
