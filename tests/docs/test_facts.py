"""Names and figures that the explanations state are those of the code."""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, Field, astuple, fields
from pathlib import Path
from typing import Any

import pytest

from passplan.daemon.jobs import LONG_JOBS, SHORT_JOBS
from passplan.domain.contacts import CONTACT_TRANSITIONS, REQUEST_TRANSITIONS, ContactState, RequestState
from passplan.domain.roles import ROLES
from passplan.domain.schedule import Policy
from passplan.orbit.timing_table import AHEAD, BEHIND
from passplan.service.schedule.drafting import DAILY, LATE, LOST, MANUAL
from passplan.service.settings import Settings, Source

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def tables(page: str) -> list[list[list[str]]]:
    """The tables of a page: their rows, the heading first."""
    blocks = re.findall(r"(?:^\|.*\n)+", (DOCS / page).read_text("utf-8"), re.MULTILINE)
    rows = [[[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in b.splitlines()] for b in blocks]
    return [[table[0], *table[2:]] for table in rows]


def table(page: str, *heading: str) -> list[list[str]]:
    """The rows of the one table of a page whose heading begins so."""
    (rows,) = (t[1:] for t in tables(page) if tuple(t[0][: len(heading)]) == heading)
    return rows


def bare(cell: str) -> str:
    return cell.strip("`")


def default_of(field: Field[Any]) -> Any:
    """The default of a setting; None: it has none, or is a table."""
    return None if field.default is MISSING else field.default


def value_of(cell: str) -> Any:
    """A documented default, as TOML reads it; None where the cell is empty or a link."""
    return tomllib.loads(f"x = {bare(cell)}")["x"] if cell.startswith("`") else None


@pytest.mark.parametrize(
    ("kind", "number", "omitted"), [(Settings, 0, {"source"}), (Policy, 1, set()), (Source, 2, set())]
)
def test_the_settings_page_has_each_setting_with_its_default(kind: Any, number: int, omitted: set[str]) -> None:
    found = [t for t in tables("reference/settings.md") if t[0][:2] == ["setting", "default"]]
    documented = {bare(row[0]): value_of(row[1]) for row in found[number][1:]}

    assert {f.name: default_of(f) for f in fields(kind) if f.name not in omitted} == documented


def test_the_service_page_has_the_jobs_of_the_daemon() -> None:
    named = [name for row in table("explanation/service.md", "job", "slots") for name in re.findall(r"`(\w+)`", row[0])]

    assert sorted(job.name for job in (*LONG_JOBS, *SHORT_JOBS)) == sorted(named)


def test_the_service_page_has_the_lanes() -> None:
    rows = table("explanation/service.md", "lane", "when")

    assert {DAILY, LATE, LOST, MANUAL} == {bare(row[0]) for row in rows}


def test_the_service_page_has_the_roles() -> None:
    rows = table("explanation/service.md", "role", "may")

    assert [role.value for role in ROLES] == [row[0].partition(" ")[0] for row in rows]


def test_the_service_page_has_every_state() -> None:
    text = (DOCS / "explanation" / "service.md").read_text("utf-8")
    states = [state.value for state in (*ContactState, *RequestState)]

    assert [] == [state for state in states if f"`{state}`" not in text]


def test_the_uncertainty_page_has_the_figures_of_the_code() -> None:
    rows = table("explanation/uncertainty.md", "", "", "floor [s]")
    figures = [tuple(float(cell) for cell in row[2:]) for row in rows]

    assert [astuple(growth) for growth in (*AHEAD, *BEHIND)] == figures


def test_the_architecture_page_has_every_package() -> None:
    packages = {path.parent.name for path in (ROOT / "passplan").glob("*/__init__.py")}
    named = {bare(row[0]).rstrip("/") for row in table("explanation/architecture.md", "package") if "/`" in row[0]}

    assert packages | {"web"} == {name.partition("/")[0] for name in named}


def test_the_decision_on_dependencies_has_each_dependency() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    names = {re.split(r"[<>=\[]", text)[0] for text in project["dependencies"]}

    assert names == {row[0].partition(" ")[0] for row in table("decisions/0002-dependencies.md", "package")}


def next_states(table_of: str) -> dict[str, list[str]]:
    """The documented states that follow each state; of final ones nothing."""
    rows = table("explanation/service.md", table_of, "meaning")
    names = [(re.findall(r"`(\w+)`", row[0]), re.findall(r"`(\w+)`", row[2])) for row in rows]
    return {name: sorted(after) for before, after in names for name in before if after}


@pytest.mark.parametrize(("name", "transitions"), [("contact", CONTACT_TRANSITIONS), ("request", REQUEST_TRANSITIONS)])
def test_the_service_page_has_the_transitions(name: str, transitions: tuple[tuple[str, str], ...]) -> None:
    after: dict[str, list[str]] = {}
    for before, state in transitions:
        if before:
            after.setdefault(str(before), []).append(str(state))

    assert {before: sorted(states) for before, states in after.items()} == next_states(name)


def test_the_architecture_page_names_targets_of_the_makefile() -> None:
    named = {
        target
        for row in table("explanation/architecture.md", "command", "effect")
        for target in re.findall(r"`make ([\w-]+)`", row[0])
    }
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    assert {"check", "test", "mutate"} <= named <= targets
