"""Which files are mutated, and which tests must notice it. A file that is moved is changed here, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Source files, and the tests to run for a mutant of one of them: the nearest and quickest first."""

    sources: str  # a glob from the top of the tree
    tests: tuple[str, ...]  # files and folders
    databases: str = "not postgresql"  # pytest's -k; "": both databases

    def first_alone(self) -> Target:
        """The same with the first of its tests alone."""
        return replace(self, tests=self.tests[:1])

    def files(self, root: Path) -> list[Path]:
        """The source files, without the `__init__` that only say what a folder is for."""
        return sorted(path for path in root.glob(self.sources) if path.name != "__init__.py")


TARGETS = (
    Target(
        sources="passplan/scheduling/check/*.py",
        tests=("tests/unit/check", "tests/property/test_check.py"),
    ),
    Target(
        sources="passplan/domain/contacts.py",
        tests=("tests/unit/test_contact_states.py", "tests/store/test_state_machine.py"),
    ),
    Target(
        sources="passplan/store/guards.py",
        tests=("tests/store/guards", "tests/store/test_database.py", "tests/store/test_migrations.py"),
        databases="",
    ),
    Target(
        sources="passplan/windows/*.py",
        tests=("tests/unit/windows", "tests/property/test_windows.py"),
    ),
    Target(
        sources="passplan/formats/tle.py",
        tests=("tests/unit/test_tle.py", "tests/property/test_element_files.py"),
    ),
    Target(
        sources="passplan/domain/roles.py",
        tests=("tests/service/test_access.py", "tests/service/test_sight.py", "tests/service/signing"),
    ),
    Target(
        sources="passplan/service/access/actors.py",
        tests=("tests/service/test_access.py", "tests/service/test_sight.py", "tests/service/signing"),
    ),
    Target(
        sources="passplan/service/access/visibility.py",
        tests=("tests/service/test_sight.py", "tests/service/test_disclosure.py"),
    ),
    Target(
        sources="passplan/service/access/disclosure.py",
        tests=("tests/service/test_sight.py", "tests/service/test_disclosure.py"),
    ),
    *(
        Target(sources=f"passplan/service/access/{name}.py", tests=("tests/service/signing",))
        for name in ("keys", "login", "passwords")
    ),
    Target(
        sources="passplan/service/access/accounts.py",
        tests=("tests/service/test_accounts.py", "tests/service/signing"),
    ),
    Target(
        sources="passplan/service/contacts/lifecycle.py",
        tests=(
            "tests/service/test_contact_actions.py",
            "tests/service/test_contacts.py",
            "tests/service/test_alternatives.py",
        ),
    ),
    Target(
        sources="passplan/service/contacts/usage.py",
        tests=("tests/service/test_usage.py", "tests/queries/test_stations_and_agencies.py"),
    ),
)

# The guards' SQL: src and tests of the hand-made mutants. SQLite's form alone is run: it starts in a tenth of the time.
GUARDS = Target(
    sources="passplan/store/guards.py",
    tests=("tests/store/guards", "tests/store/test_contacts.py"),
)
