"""The mutants of `make mutate`: what is changed, that samples stay, and that the list of equivalents is up to date."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.mutation import guards_sql
from tests.mutation.__main__ import load_equivalent, python_mutants
from tests.mutation.mutants import load_mutants, mutants_of, sample
from tests.mutation.targets import GUARDS, TARGETS
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]

SOURCE = b'''"""A module."""

LIMIT = 4 * 60
STATES = ("one", "two")

def rule(x: int | None, *, strict: bool = False) -> bool:
    """Sentence with < and 5."""
    if x is None or not strict:
        return False
    return 0 <= x < LIMIT
'''


def changes(source: bytes) -> set[tuple[str, str]]:
    return {(m.before, m.after) for m in mutants_of("x.py", source)}


def test_constants_conditions_and_comparisons_are_changed_and_annotations_are_not() -> None:
    found = changes(SOURCE)

    assert {
        ("LIMIT = 4 * 60", "LIMIT = 4 / 60"),
        ("LIMIT = 4 * 60", "LIMIT = 5 * 60"),
        ('STATES = ("one", "two")', 'STATES = ("one", )'),
        ("if x is None or not strict:", "if x is not None or not strict:"),
        ("if x is None or not strict:", "if x is None and not strict:"),
        ("if x is None or not strict:", "if x is None or strict:"),
        ("return False", "return True"),
        ("return 0 <= x < LIMIT", "return 0 < x < LIMIT"),
        ("return 0 <= x < LIMIT", "return 0 <= x <= LIMIT"),
        ("return 0 <= x < LIMIT", "return 1 <= x < LIMIT"),
    } <= found
    assert not [before for before, _ in found if "int | None" in before and "strict: bool = False" not in before]
    assert not [before for before, _ in found if "Sentence" in before]


def test_a_mutant_differs_from_its_source_in_its_line_alone() -> None:
    for mutant in mutants_of("x.py", SOURCE):
        before, after = SOURCE.splitlines(), mutant.applied_to(SOURCE).splitlines()

        assert [mutant.line] == [n for n, (a, b) in enumerate(zip(before, after, strict=True), start=1) if a != b]


def test_a_sample_is_the_same_again_and_hardly_changes_with_the_code() -> None:
    whole = load_mutants(iter([("x.py", SOURCE)]))
    moved = load_mutants(iter([("x.py", SOURCE.replace(b"\nLIMIT", b"\n# a comment\nLIMIT"))]))

    assert sample(whole, 5, 12) == sample(whole, 5, 12)
    assert [m.key for m in sample(whole, 5, 12)] == [m.key for m in sample(moved, 5, 12)]
    assert sample(whole, 5, 12) != sample(whole, 5, 13)
    assert sample(whole, 5, 12) == sample(whole, 8, 12)[:5]
    assert len(whole) == len(sample(whole, 1000, 12))


def test_every_file_and_test_of_the_table_is_there() -> None:
    for target in (*TARGETS, GUARDS):
        assert target.files(ROOT), target.sources
        assert [] == [name for name in target.tests if not (ROOT / name).exists()]


def test_there_are_at_least_thirty_mutants_of_the_guards_sql() -> None:
    found = guards_sql.mutants(ROOT)

    assert len(found) == len({m.applied_to((ROOT / m.file).read_bytes()) for m in found}) >= 30


def test_every_mutant_that_is_listed_as_equivalent_can_still_be_made() -> None:
    there = {m.key for m in (*python_mutants()[0], *guards_sql.mutants(ROOT))}

    assert {} == {key: reason for key, reason in load_equivalent().items() if key not in there or not reason}


def test_a_run_that_is_terminated_leaves_neither_files_nor_processes(tmp_path: Path) -> None:
    command = [sys.executable, "-u", "-m", "tests.mutation", "--group", "sql", "--jobs", "1"]
    # No server is started for a run that has one.
    environment = os.environ | {"TMPDIR": str(tmp_path), "PASSPLAN_TEST_DATABASE_URL": "postgresql://localhost/none"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        while "without a mutant" not in (line := run.stdout.readline()):
            assert line, "it ended before its first test run"
        (copy,) = tmp_path.glob("passplan-mutants-*/copy-0")
        wait_until((copy / "output.txt").exists, within_s=60.0)
        run.terminate()

        assert 128 + signal.SIGTERM == run.wait(60)

    assert [] == list(tmp_path.iterdir())
    assert [] == [path for path in _working_folders() if path.is_relative_to(tmp_path)]


def _working_folders() -> Iterator[Path]:
    """Those of all processes, where the system tells."""
    for link in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            yield link.readlink()
