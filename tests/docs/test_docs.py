"""The documentation has every address, command, option and key, and no other."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from passplan.cli.main import cli
from passplan.domain import network, schedule
from passplan.domain.rows.columns import columns_of
from passplan.formats import plans
from passplan.formats.tables import _fields_of
from tests.docs import rows
from tests.server.site import Site

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"


def cells(page: str, heading: str) -> list[list[str]]:
    """The rows of the table whose first line is so."""
    lines = iter((REFERENCE / page).read_text("utf-8").splitlines())
    for line in lines:
        if line == heading:
            break
    else:
        raise LookupError(f"{page} has no table {heading!r}")
    next(lines)  # the rule
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def code(text: str) -> list[str]:
    """What stands between back quotes."""
    return re.findall(r"`([^`]+)`", text)


# --- The command line ---------------------------------------------------------------------------------------------


def commands(group: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command with its name as it is typed, also those of groups."""
    if not isinstance(group, click.Group):
        yield name, group
        return
    context = click.Context(group)
    for part in group.list_commands(context):
        command = group.get_command(context, part)
        assert command is not None
        yield from commands(command, f"{name} {part}".strip())


COMMANDS = dict(commands(cli))
HEADING = "| command | options |"


def options_of(command: click.Command) -> set[str]:
    return {
        name
        for option in command.params
        if isinstance(option, click.Option) and not option.hidden
        for name in (*option.opts, *option.secondary_opts)
        if name.startswith("--")
    }


def documented_options() -> dict[str, set[str]]:
    return {code(name)[0]: set(code(options)) for name, options in cells("command-line.md", HEADING)}


def test_every_command_is_documented_and_no_other() -> None:
    assert sorted(COMMANDS) == sorted(documented_options())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_and_no_other(name: str) -> None:
    assert options_of(COMMANDS[name]) == documented_options()[name]


def test_short_options_are_documented() -> None:
    text = (REFERENCE / "command-line.md").read_text("utf-8")
    short = {
        name
        for command in COMMANDS.values()
        for option in command.params
        if isinstance(option, click.Option)
        for name in option.opts
        if not name.startswith("--")
    }

    assert short
    assert [] == sorted(name for name in short if f"`{name}" not in text)


# --- The API ------------------------------------------------------------------------------------------------------


def documented_operations() -> list[str]:
    return [text for cell, _ in cells("api.md", "| address | what |") for text in code(cell)]


def test_every_operation_of_the_api_is_documented_and_no_other(still: Site) -> None:
    document: dict[str, Any] | None = still.app.test_client().get("/openapi.json").json
    assert document is not None
    operations = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, item in document["paths"].items()
        for method in item
    }

    assert sorted(operations) == sorted(documented_operations())


# --- Files --------------------------------------------------------------------------------------------------------


def keys_of(kind: type[Any], inner: dict[str, str]) -> set[str]:
    """The keys of a table in a file: those of its type, without what are tables of their own."""
    return {key for field in _fields_of(kind) if field.name not in inner for key in field.keys}


TABLES: dict[str, tuple[type[Any], dict[str, str]]] = {
    "agency": (network.Agency, {}),
    "station": (network.Station, {"antennas": "antenna", "closures": "closed", "staffing": "staffing"}),
    "antenna": (network.Antenna, {}),
    "closed": (network.Closure, {}),
    "staffing": (network.Staffing, {}),
    "satellite": (network.Satellite, {"links": "link", "times": "time"}),
    "link": (network.Link, {}),
    "time": (network.SatelliteTime, {"satellite": ""}),
    "agreement": (network.Agreement, {}),
}


def test_every_key_of_the_network_file_is_documented_and_no_other() -> None:
    found: dict[str, set[str]] = {}
    table = ""
    for name, keys, _ in cells("stations-file.md", "| table | key | meaning, bounds |"):
        table = name or table
        found.setdefault(table, set()).update(code(keys))

    assert {name: keys_of(*kind) for name, kind in TABLES.items()} == found


PLAN_TABLES: dict[str, type[Any]] = {
    "assignments": schedule.Assignment,
    "refusals": schedule.Refusal,
    "refusals.obstacles": schedule.Obstacle,
    "refusals.obstacles.blockers": schedule.Blocker,
    "fairness.agencies": schedule.AgencyShare,
    "moves": schedule.Move,
    "policy": schedule.Policy,
}


def test_every_key_of_the_plan_file_is_documented_and_no_other() -> None:
    top = [key for cell, _ in cells("plan-file.md", "| key | meaning |") for key in code(cell)]

    assert sorted({*plans._KEYS} - {"schema"}) == sorted(top)
    (inputs,) = [text for cell, text in cells("plan-file.md", "| key | meaning |") if code(cell) == ["inputs"]]
    assert {*plans._INPUT_KEYS, *plans._OPTIONAL_INPUT_KEYS} == set(code(re.sub(r"\([^)]*\)+", "", inputs)))


def test_every_key_inside_the_plan_file_is_documented_and_no_other() -> None:
    wanted = {name: {k for f in _fields_of(kind) for k in f.keys} for name, kind in PLAN_TABLES.items()}
    wanted |= {
        f"inputs.{rows.name}": {*rows.shared, *rows.columns}
        for rows in (plans._WINDOWS, plans._EXCLUSIONS, plans._INADMISSIBLE)
    }
    found = {code(name)[0]: set(code(keys)) for name, keys in cells("plan-file.md", "| in | keys |")}

    assert wanted == found


# --- Rows ---------------------------------------------------------------------------------------------------------


def test_the_page_of_rows_has_their_columns_as_they_are_declared() -> None:
    assert rows.page() == rows.PAGE.read_text("utf-8")
    assert rows.page_of_passes() == rows.PAGE_OF_PASSES.read_text("utf-8")


@pytest.mark.parametrize("kind", list(rows.kinds()), ids=lambda kind: kind.__name__)
def test_every_column_says_what_it_is(kind: type[Any]) -> None:
    assert [] == [c.name for c in columns_of(kind) if not (c.label and c.help.endswith("."))]
    assert str(kind.__doc__).endswith(".")


# --- README -------------------------------------------------------------------------------------------------------


def command_lines(path: Path) -> list[str]:
    """The commands of a page: the indented lines that call passplan or make, without their comments."""
    lines = [line.strip() for line in path.read_text("utf-8").splitlines() if line.startswith("    ")]
    return [line.partition(" #")[0].strip() for line in lines if line.startswith(("passplan ", "make "))]


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*/*.md"))]
LINES = [
    pytest.param(line, id=f"{page.name}: {line}")
    for page in PAGES
    if "decisions" not in page.parts
    for line in command_lines(page)
]


@pytest.mark.parametrize("line", LINES)
def test_commands_in_the_documentation_are_ones(line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = shlex.split(line)
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
        return
    arguments = [word for word in words[1:] if word != "&"]
    monkeypatch.chdir(tmp_path)
    for name in arguments:  # files that the reader has
        if re.fullmatch(r"[\w-]+\.(csv|json|toml|tle|sqlite|txt|xml)", name):
            Path(name).touch()
    group: click.Command = cli
    context = click.Context(cli, info_name="passplan")
    while isinstance(group, click.Group):
        command = group.get_command(context, arguments[0])
        assert command is not None, line
        group, arguments = command, arguments[1:]

    assert group.make_context(group.name, arguments, parent=context, resilient_parsing=False).args == []


def test_the_readme_shows_commands() -> None:
    found = command_lines(ROOT / "README.md")

    assert {"make run", "make test"} <= set(found)
    assert len([line for line in found if line.startswith("passplan ")]) >= 10
