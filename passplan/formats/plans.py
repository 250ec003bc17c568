"""The plan file: a schedule with its inputs, as JSON that is the same byte for byte for equal plans."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Generic

from passplan import files
from passplan.domain.errors import InputError
from passplan.domain.schedule import Plan, PlanInputs, Schedule
from passplan.domain.span import Span
from passplan.domain.windows import ContactWindow, Exclusion, Inadmissible, WindowSearch
from passplan.formats.limits import MAX_PLAN_BYTES, require_size
from passplan.formats.network import network_from_tables, network_tables
from passplan.formats.requests import book_from_tables, book_tables
from passplan.formats.tables import T, TableReader, json_tables, place, shown, table_of

SCHEMA = "passplan.schedule/2"
_READ = (SCHEMA, "passplan.schedule/1")  # version 1: the particulars of refusals are sentences

# The fields that a schedule shares with its inputs occur once, at the top.
_SHARED = ("span", "policy", "effort", "seed")
_KEYS = (
    "schema",
    "span",
    "assignments",
    "refusals",
    "value",
    "bound",
    "gap",
    "fairness",
    "moves",
    "least_moves",
    "policy",
    "effort",
    "seed",
    "inputs_sha256",
    "inputs",
)
_OPTIONAL_KEYS = ("least_moves",)  # left out where they say nothing
_OPTIONAL_INPUT_KEYS = ("shifts",)
_INPUT_KEYS = ("requests", "network", "windows", "exclusions", "inadmissible", "held", "previous")


def plan_document(plan: Plan) -> dict[str, Any]:
    """The object of a plan file.

    Raises:
        InputError: when the schedule was made from other inputs.
    """
    schedule, inputs = plan.schedule, plan.inputs
    for name in _SHARED:
        if getattr(schedule, name) != getattr(inputs, name):
            raise InputError(
                f"the plan: {name} of the schedule is not that of its inputs; a plan has both from one run"
            )
    inputs_document = _inputs_document(inputs)
    if schedule.inputs_sha256 != (digest := _sha256(inputs, inputs_document)):
        raise InputError(f"the plan: inputs_sha256 is {schedule.inputs_sha256!r}, and that of its inputs is {digest}")
    table = table_of(schedule)
    table |= {"moves": table.get("moves", []), "span": {key: table.pop(key) for key in ("start", "end")}}
    table["fairness"] |= _fairness_figures(schedule)
    table |= {"schema": SCHEMA, "gap": schedule.gap, "inputs": inputs_document}
    return {key: table[key] for key in _KEYS if key in table or key not in _OPTIONAL_KEYS}


def dump_plan(plan: Plan) -> str:
    """The text of a plan file: a line for each assignment, refusal, station and request with its windows.

    Raises:
        InputError: as `plan_document`.
    """
    return _text(plan_document(plan)) + "\n"


def save_plan(plan: Plan, path: str | Path) -> None:
    """Write a plan file. An existing file is replaced after the new one is complete.

    Raises:
        InputError: as `plan_document`.
        OSError: when it cannot be written.
    """
    text = dump_plan(plan)
    with files.writing(Path(path)) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def load_plan(path: str | Path) -> Plan:
    """The plan of a file.

    Raises:
        InputError: when it is not a plan file, or was changed after it was written.
        OSError: when it cannot be read.
    """
    path = Path(path)
    require_size(path.name, path.stat().st_size, MAX_PLAN_BYTES)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: byte {error.start} is not UTF-8 text") from None
    return parse_plan(text, path.name)


def parse_plan(text: str, source: str) -> Plan:
    """The plan of a text; `source` names it in errors.

    Raises:
        InputError: as `load_plan`.
    """
    document = json_tables(text, source, max_bytes=MAX_PLAN_BYTES)
    if document.get("schema") not in _READ:
        raise InputError(f'{source}: schema is {shown(document.get("schema"))}; a plan file says "{SCHEMA}"')
    reader = TableReader(source)
    _require_keys(reader, document, _KEYS, "the file", optional=_OPTIONAL_KEYS)
    inputs_document = document.get("inputs", {})
    _require_keys(reader, inputs_document, _INPUT_KEYS, "inputs", optional=_OPTIONAL_INPUT_KEYS)
    reader.raise_problems()

    span = reader.build(_Ends, document["span"], "span")
    reader.raise_problems()
    assert span is not None
    fairness = document["fairness"]
    if isinstance(fairness, Mapping):
        fairness = {key: value for key, value in fairness.items() if key not in _FAIRNESS_FIGURES}
    plain = {key: document[key] for key in _KEYS if key in document and key not in ("schema", "span", "gap", "inputs")}
    schedule = reader.build(Schedule, plain | {"fairness": fairness}, "the file", span=span.span)
    reader.raise_problems()
    assert schedule is not None
    search = WindowSearch(
        windows=_WINDOWS.read(reader, inputs_document["windows"]),
        exclusions=_EXCLUSIONS.read(reader, inputs_document["exclusions"]),
        inadmissible=_INADMISSIBLE.read(reader, inputs_document["inadmissible"]),
    )
    inputs = reader.build(
        PlanInputs,
        {key: inputs_document[key] for key in ("held", "previous", *_OPTIONAL_INPUT_KEYS) if key in inputs_document},
        "inputs",
        book=book_from_tables(_table(reader, inputs_document, "requests"), f"{source}: inputs"),
        network=network_from_tables(_table(reader, inputs_document, "network"), f"{source}: inputs"),
        search=search,
        **{name: getattr(schedule, name) for name in _SHARED},
    )
    reader.raise_problems()
    assert inputs is not None
    plan = Plan(inputs=inputs, schedule=schedule)
    _refuse_changed(reader, document, plan)
    return plan


def inputs_sha256(inputs: PlanInputs) -> str:
    """The SHA-256 of the inputs of a schedule, in hexadecimal; equal inputs have equal digests."""
    return _sha256(inputs, _inputs_document(inputs))


@dataclass(frozen=True, slots=True)
class _Ends:
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows(Generic[T]):
    """Many items as short rows: consecutive items with the same `shared` fields form a group."""

    name: str
    kind: type[T]
    shared: tuple[str, ...]
    columns: tuple[str, ...]
    unknown: tuple[str, ...] = ()  # columns whose null is an unknown number (NaN)

    def document(self, items: Iterable[T]) -> dict[str, Any]:
        """The columns, and the groups with their rows."""
        groups = []
        for values, group in groupby(items, key=attrgetter(*self.shared)):
            head = dict(zip(self.shared, values if len(self.shared) > 1 else [values], strict=True))
            groups.append(head | {"rows": [self._row(item) for item in group]})
        return {"columns": list(self.columns), "groups": groups}

    def _row(self, item: T) -> list[Any]:
        table = table_of(item)
        row = [table.get(column) for column in self.columns]
        while row[-1] is None:
            row.pop()
        return [None if isinstance(cell, float) and math.isnan(cell) else cell for cell in row]

    def read(self, reader: TableReader, document: Any) -> tuple[T, ...]:
        """The items of a document."""
        _require_keys(reader, document, ("columns", "groups"), self.name)
        reader.raise_problems()
        if document["columns"] != list(self.columns):
            reader.problem(self.name, f"columns is {shown(document['columns'])}; it is {shown(list(self.columns))}")
            reader.raise_problems()
        items: list[T | None] = []
        for index, group in enumerate(reader.tables(document, "groups", self.name), start=1):
            _require_keys(reader, group, (*self.shared, "rows"), f"{self.name}: group {index}")
            reader.raise_problems()
            head = {key: group[key] for key in self.shared}
            where = f"{self.name}: {place('request', {'id': head['request']}, index)}"
            for number, row in enumerate(reader.tables(group, "rows", where), start=1):
                in_row = f"{where} row {number}"
                if not isinstance(row, list) or len(row) > len(self.columns):
                    reader.problem(in_row, f"it is {shown(row)}; it is a list of {len(self.columns)} at most")
                    continue
                cells = {column: cell for column, cell in zip(self.columns, row, strict=False) if cell is not None}
                cells |= {column: math.nan for column in self.unknown if column not in cells}
                items.append(reader.build(self.kind, head | cells, in_row))
            reader.raise_problems()
        return tuple([item for item in items if item is not None])


_WINDOWS = _Rows(
    name="windows",
    kind=ContactWindow,
    shared=("request", "satellite", "link"),
    columns=(
        "antennas",
        "start",
        "end",
        "setup_s",
        "teardown_s",
        "peak_elevation_deg",
        "timing_68_s",
        "start_pointing",
        "end_pointing",
    ),
    unknown=("timing_68_s",),
)
_EXCLUSIONS = _Rows(
    name="exclusions",
    kind=Exclusion,
    shared=("request",),
    columns=("antennas", "start", "end", "filter", "longest_s"),
)
_INADMISSIBLE = _Rows(name="inadmissible", kind=Inadmissible, shared=("request",), columns=("station", "cause"))


def _inputs_document(inputs: PlanInputs) -> dict[str, Any]:
    return {
        "requests": book_tables(inputs.book),
        "network": network_tables(inputs.network),
        "windows": _WINDOWS.document(inputs.search.windows),
        "exclusions": _EXCLUSIONS.document(inputs.search.exclusions),
        "inadmissible": _INADMISSIBLE.document(inputs.search.inadmissible),
        "held": [table_of(a) for a in inputs.held],
        "previous": [table_of(a) for a in inputs.previous],
        **({} if inputs.shifts is None else {"shifts": [table_of(s) for s in inputs.shifts]}),
    }


def _sha256(inputs: PlanInputs, document: dict[str, Any]) -> str:
    hashed = document | {
        "span": table_of(_Ends(inputs.span)),
        "policy": table_of(inputs.policy),
        "effort": inputs.effort,
        "seed": inputs.seed,
    }
    text = json.dumps(hashed, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


_FAIRNESS_FIGURES = ("u_rms", "u_max")


def _fairness_figures(schedule: Schedule) -> dict[str, float]:
    return {name: getattr(schedule.fairness, name) for name in _FAIRNESS_FIGURES}


def _refuse_changed(reader: TableReader, document: Mapping[str, Any], plan: Plan) -> None:
    """Refuse a file whose parts are inconsistent."""
    known = {request.id for request in plan.inputs.book.requests}
    search, schedule = plan.inputs.search, plan.schedule
    for name, items in (
        ("assignments", schedule.assignments),
        ("refusals", schedule.refusals),
        ("windows", search.windows),
        ("exclusions", search.exclusions),
        ("inadmissible", search.inadmissible),
    ):
        for stranger in sorted({item.request for item in items} - known):
            reader.problem(name, f"request is {shown(stranger)}, which is not there; the inputs have each request")
    digest = inputs_sha256(plan.inputs)
    if digest != schedule.inputs_sha256:
        stated = shown(schedule.inputs_sha256)
        reader.problem("the file", f"inputs_sha256 is {stated}, and that of its inputs is {digest}; they were changed")
    try:
        figures = {"gap": schedule.gap} | _fairness_figures(schedule)
    except OverflowError:
        reader.problem("fairness", "its minutes are beyond all bounds")
        figures = {}
    for name, value in figures.items():
        stated = document[name] if name == "gap" else document["fairness"].get(name)
        if stated != value or isinstance(stated, bool):
            reader.problem("the file", f"{name} is {shown(stated)}; from the rest of the file it is {value}")
    reader.raise_problems()


def _require_keys(
    reader: TableReader, table: Any, keys: tuple[str, ...], where: str, *, optional: tuple[str, ...] = ()
) -> None:
    if not isinstance(table, Mapping):
        reader.problem(where, f"it is {shown(table)}; it is an object with {', '.join(keys)}")
        return
    for key in keys:
        if key not in table and key not in optional:
            reader.problem(where, f"{key} is missing")
    for key in table:
        if key not in (*keys, *optional):
            reader.problem(where, f"{shown(key)} is not known here; it takes {', '.join(keys)}")


def _table(reader: TableReader, tables: Mapping[str, Any], key: str) -> dict[str, Any]:
    table = tables[key]
    if not isinstance(table, dict):
        reader.problem("inputs", f"{key} is {shown(table)}; it is an object")
        reader.raise_problems()
    return dict(table)


def _text(value: Any, indent: str = "") -> str:
    """JSON with a line for each key of an object and each item of a list; an item stays on one line."""
    inner = indent + " "
    if isinstance(value, dict):
        lines = [f"{inner}{_compact(key)}: {_text(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    if isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        return "[\n" + ",\n".join(inner + _compact(item) for item in value) + f"\n{indent}]"
    return _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
