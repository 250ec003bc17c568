"""What a service costs that has nothing to do: share of a core, memory, and the peak of both since it began.

    python -m tests.chaos.idle

It starts `passplan serve --demo`, waits until the schedule is made and its contacts are frozen, and then measures; once
with the quick plans of a demonstration, and once with those of a service. Exit code 1: a bound is broken.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from passplan.domain.contacts import ContactState
from passplan.domain.errors import StoreError
from passplan.domain.roles import Role
from passplan.service.access.actors import Actor
from passplan.service.operations.demo import make_demonstration
from passplan.service.store import Store, open_store
from passplan.store import contacts, revisions

MOST_MIB = 400.0
MOST_SHARE = 0.02
_EFFORTS = ("quick", "normal")
_MEASURED_S = 30.0
_SETTLES_S = 6.0  # one more look of every job
_WAITS_S = 400.0
_ACTOR = Actor(account="harness", role=Role.ADMINISTRATOR)
_PACKAGES = ("passplan", "numpy", "numba", "ortools", "SQLAlchemy", "APScheduler")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=_MEASURED_S)
    given = parser.parse_args()
    versions = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    sys.stdout.write(f"{_machine()}, Python {platform.python_version()}, {versions}\n")
    within = [measure(effort, given.seconds) for effort in _EFFORTS]
    sys.exit(0 if all(within) else 1)


def measure(effort: str, seconds: float) -> bool:
    """One service from its start to its end; whether it keeps within the bounds."""
    with tempfile.TemporaryDirectory(prefix="idle-") as name:
        folder = Path(name) / "data"
        if effort != "quick":  # the demonstration's own
            _make(folder, effort)
        began_s = time.monotonic()
        with (Path(name) / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "passplan", "serve", "--demo", "--data", str(folder)], stdout=log, stderr=log
            )
        try:
            store = _store_when_made(folder, process)
            try:
                _wait_until(lambda: _is_frozen(store), process, "the schedule is not made and frozen")
            finally:
                store.database.close()
            ready_s = time.monotonic() - began_s
            time.sleep(_SETTLES_S)
            family = _family(process.pid)  # the command, the daemon, and the web's two
            busy_s, since_s = sum(map(_cpu_s, family)), time.monotonic()
            time.sleep(seconds)
            share = (sum(map(_cpu_s, family)) - busy_s) / (time.monotonic() - since_s)
            memory_mib = sum(_mib(pid, "smaps_rollup", "Pss") for pid in family)
            peak_mib = max(_mib(pid, "status", "VmHWM") for pid in family)
            os.kill(process.pid, signal.SIGTERM)
            code = process.wait(30.0)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    within = share < MOST_SHARE and peak_mib <= MOST_MIB and code == 0
    sys.stdout.write(
        f"  effort {effort:<7} ready after {ready_s:5.1f} s, idle {share:.2%} of a core over {seconds:.0f} s "
        f"(< {MOST_SHARE:.0%}), {len(family)} processes with {memory_mib:.0f} MiB, "
        f"peak of the largest {peak_mib:.0f} MiB (<= {MOST_MIB:.0f}), "
        f"exit code {code}{'' if within else '  BEYOND ITS BOUNDS'}\n"
    )
    sys.stdout.flush()
    return within


def _make(folder: Path, effort: str) -> None:
    """A demonstration's store with plans that are searched for longer."""
    folder.mkdir()
    (folder / "settings.toml").write_text(f'effort = "{effort}"\nbackup_every_min = 0\n', encoding="utf-8")
    make_demonstration(folder, (), actor=_ACTOR, real_now=datetime.now(UTC)).database.close()


def _store_when_made(folder: Path, process: subprocess.Popen[bytes]) -> Store:
    found: list[Store] = []

    def is_made() -> bool:
        try:
            found.append(open_store(folder))
        except (StoreError, KeyError):  # the file is there before its tables, and these before the first facts
            return False
        return True

    _wait_until(is_made, process, "there is no store")
    return found[0]


def _is_frozen(store: Store) -> bool:
    """Whether there is a schedule, and all that is near is committed."""
    now = store.mission_time(datetime.now(UTC))
    near = now + timedelta(seconds=store.settings.freeze_s - 60.0)
    with store.database.read() as connection:
        if revisions.get(connection) is None:
            return False
        committed = contacts.select(connection, states=[ContactState.COMMITTED])
        scheduled = contacts.select(connection, states=[ContactState.SCHEDULED], starts_before=near)
    return bool(committed) and not scheduled


def _wait_until(test: Callable[[], bool], process: subprocess.Popen[bytes], otherwise: str) -> None:
    until_s = time.monotonic() + _WAITS_S
    while not test():
        if process.poll() is not None or time.monotonic() > until_s:
            sys.exit(f"{otherwise}; the service's exit code is {process.poll()}")
        time.sleep(0.25)


def _cpu_s(pid: int) -> float:
    """What a process has used of all cores."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def _family(pid: int) -> list[int]:
    """A process and all that it started."""
    started = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in started for one in _family(int(child)))]


def _mib(pid: int, file: str, name: str) -> float:
    """A figure of the kernel's; `Pss` counts what processes share once."""
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024.0


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()}"


if __name__ == "__main__":
    main()
