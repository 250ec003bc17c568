"""Facts to and from plain values (objects, lists, texts and numbers), as JSON has them.

A fact is an object with its kind under "fact" and its typed fields. A `LegacyText` is a plain text, so that documents
from before facts were typed read as they are, and write as they were.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from passplan.domain.facts.base import Fact, LegacyText

_KEY = "fact"


def plain_of(fact: Fact) -> Any:
    """A fact as a plain value. Fields that have their default are left out."""
    if isinstance(fact, LegacyText):
        return fact.text
    return {_KEY: fact.kind} | _fields_of(fact)


def read_fact(value: Any, kinds: Mapping[str, type[Fact]]) -> Fact:
    """The fact of a plain value.

    Raises:
        ValueError: for a value that is no text and no fact of these kinds; it names what is wrong.
    """
    if isinstance(value, str):
        return LegacyText(text=value)
    if not isinstance(value, Mapping):
        raise ValueError(f"it is {value!r:.60}; it is a fact, which is an object, or a text")
    kind = kinds.get(value[_KEY]) if isinstance(value.get(_KEY), str) else None
    if kind is None:
        raise ValueError(f"its fact is {value.get(_KEY)!r:.60}, which is not known")
    made: Fact = _read_fields(kind, {key: item for key, item in value.items() if key != _KEY}, kinds)
    return made


def _fields_of(value: Any) -> dict[str, Any]:
    return {
        field.name: _plain(found)
        for field in dataclasses.fields(value)
        if (found := getattr(value, field.name)) != field.default
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Fact):
        return plain_of(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, StrEnum):
        return value.value
    if dataclasses.is_dataclass(value):
        return _fields_of(value)
    return value


def _read_fields(kind: Any, table: Any, kinds: Mapping[str, type[Fact]]) -> Any:
    """A dataclass from its fields."""
    if not isinstance(table, Mapping):
        raise ValueError(f"it is {table!r:.60}; it is an object")
    hints = _hints(kind)
    if unknown := [name for name in table if name not in hints]:
        raise ValueError(f"{unknown[0]!r:.60} is not known here; it takes {', '.join(sorted(hints)) or 'nothing'}")
    values = {name: _read(hints[name], found, name, kinds) for name, found in table.items()}
    try:
        return kind(**values)
    except TypeError:
        required = [f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING]
        raise ValueError(f"{next(n for n in required if n not in values)} is missing") from None


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _read(kind: Any, found: Any, name: str, kinds: Mapping[str, type[Fact]]) -> Any:
    """A value of a type.

    Raises:
        ValueError: when it is of another type.
    """
    if typing.get_origin(kind) is types.UnionType:
        if found is None:
            return None
        kind = next(a for a in typing.get_args(kind) if a is not type(None))
    if kind is Fact:
        return read_fact(found, kinds)
    if typing.get_origin(kind) is tuple and isinstance(found, list):
        return tuple(_read(typing.get_args(kind)[0], item, name, kinds) for item in found)
    if kind is float and type(found) is int:
        return float(found)
    if kind in (str, int, float, bool) and type(found) is kind:
        return found
    if kind is datetime and isinstance(found, str):
        moment = datetime.fromisoformat(found)
        if moment.tzinfo is None:
            raise ValueError(f"{name} is {found!r:.60}, a time without its zone")
        return moment.astimezone(UTC)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(found)
    if dataclasses.is_dataclass(kind):
        return _read_fields(kind, found, kinds)
    raise ValueError(f"{name} is {found!r:.60}; it is a {getattr(kind, '__name__', kind)}")
