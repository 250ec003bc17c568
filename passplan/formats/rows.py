"""Rows as JSON and CSV, and their columns as a table in Markdown, from the declaration of the rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from typing import Any, get_args, get_origin

from passplan.domain.messages import Fact
from passplan.domain.network import AntennaRef
from passplan.domain.requests import ContactRequest
from passplan.domain.rows.columns import Column, columns_of
from passplan.domain.span import Span
from passplan.formats.tables import table_of
from passplan.formats.times import format_instant

Document = dict[str, Any]  # the JSON object of a row
Words = Callable[[Fact], str]


def span_document(span: Span) -> Document:
    """The JSON object of a span of time."""
    return {"start": format_instant(span.start), "end": format_instant(span.end)}


def row_document(row: Any, only: Collection[str] = ()) -> Document:
    """The JSON object of a row: times as text, rounded numbers, null for unknown values. Facts stay facts.

    Args:
        row: the row.
        only: some of its columns; empty: all.
    """
    writers = _writers(row.__class__)
    document = {w.key: w.write(getattr(row, w.name)) for w in writers if not only or w.name in only}
    for w in writers:
        if w.is_omitted and document.get(w.key, "") is None:
            del document[w.key]
    return document


def csv_columns(kind: type[Any], first: Sequence[str] = ()) -> tuple[str, ...]:
    """The columns of a kind of row in CSV files.

    Args:
        kind: the row.
        first: columns before the others, which are in the order of their declaration.
    """
    return (*first, *(c.key for c in columns_of(kind) if c.in_csv and c.key not in first))


def csv_record(row: Any, words: Words = str) -> Document:
    """The CSV cells of a row: as JSON, facts in words, a span as `start/end`, and nested rows by their ids.

    Args:
        row: the row.
        words: turns a fact into words.
    """
    return {key: _cell(value, words) for key, value in row_document(row).items()}


def csv_table(
    kind: type[Any], rows: Iterable[Any], words: Words = str, first: Sequence[str] = ()
) -> Iterable[Sequence[Any]]:
    """The lines of a CSV file: the head, and one for each row. No spreadsheet reads a cell as a formula.

    Args:
        kind: of the rows.
        rows: the rows.
        words: turns a fact into words.
        first: columns before the others.
    """
    columns = csv_columns(kind, first)
    yield columns
    for row in rows:
        record = csv_record(row, words)
        yield [safe_cell(record.get(name)) for name in columns]


def safe_cell(value: Any) -> Any:
    """A cell of a CSV file that no spreadsheet reads as a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def column_table(kind: type[Any], without: type[Any] | None = None) -> str:
    """The columns of a kind of row as a table in Markdown, for the reference page.

    Args:
        kind: the row.
        without: a row whose columns are left out.
    """
    known = {c.name for c in columns_of(without)} if without is not None else set()
    lines = ["| column | unit | digits | what it is |", "| --- | --- | --- | --- |"]
    for c in columns_of(kind):
        if c.name in known:
            continue
        digits = "" if c.digits is None else str(c.digits)
        only = "" if c.in_csv else " Not in CSV files."
        lines.append(f"| `{c.key}` | {c.unit} | {digits} | {c.help}{only} |")
    return "\n".join(lines) + "\n"


def row_reference(kind: type[Any]) -> str:
    """A kind of row as a section of the reference page: its name, what it is, and the columns that it declares."""
    (base,) = kind.__bases__
    if not is_dataclass(base):
        return f"## {kind.__name__}\n\n{kind.__doc__}\n\n{column_table(kind)}"
    extends = f"The columns of [{base.__name__}](#{base.__name__.lower()}), and:"
    return f"## {kind.__name__}\n\n{kind.__doc__} {extends}\n\n{column_table(kind, base)}"


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes one column."""

    key: str
    name: str
    write: Callable[[Any], Any]
    is_omitted: bool


@lru_cache(maxsize=256)
def _writers(kind: Any) -> tuple[_Writer, ...]:
    return tuple(_Writer(c.key, c.name, _writer(c), c.is_omitted) for c in columns_of(kind))


def _writer(c: Column) -> Callable[[Any], Any]:
    """The function that converts a value of a column for JSON."""
    if c.type is Fact:
        return (lambda value: "" if value is None else value) if c.is_optional else _same
    write = _joined if c.is_joined else _of_type(c.type, c)
    if not c.is_optional or write is _same:
        return write
    return lambda value: None if value is None else write(value)


def _of_type(kind: Any, c: Column) -> Callable[[Any], Any]:
    if kind is float and c.digits is not None:
        return _rounded(c.digits, c.modulo)
    if kind in _WRITERS:
        return _WRITERS[kind]
    origin = get_origin(kind)
    if origin is tuple:
        item = _of_type(get_args(kind)[0], c)
        return list if item is _same else lambda values: [item(value) for value in values]
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return dict
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda value: value.value
    is_row = isinstance(kind, type) and is_dataclass(kind) and not issubclass(kind, Fact)
    return row_document if is_row else _same


def _rounded(digits: int, modulo: float | None) -> Callable[[float], float]:
    if modulo is None:
        return lambda value: round(value, digits)
    return lambda value: round(value, digits) % modulo


def _same(value: Any) -> Any:
    return value


def _joined(values: Iterable[Any]) -> str:
    return " ".join(map(str, values))


_WRITERS: dict[Any, Callable[[Any], Any]] = {
    datetime: format_instant,
    date: date.isoformat,
    Span: span_document,
    AntennaRef: str,
    ContactRequest: table_of,
}


def _cell(value: Any, words: Words) -> Any:
    if isinstance(value, Fact):
        return words(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return " ".join(str(item["id"]) if isinstance(item, Mapping) else str(_cell(item, words)) for item in value)
    if isinstance(value, Mapping):
        return "/".join(value.values()) if set(value) == {"start", "end"} else json.dumps(value, ensure_ascii=False)
    return value
