"""Facts to and from plain JSON values: objects, lists, texts and numbers.

A fact is an object with its kind under "fact" and its typed fields. A `LegacyText` is a plain text, so that documents
from before facts were typed are read and written unchanged; a message without a code is written so too. A
`Message` keeps its template, so that it can be read by a version that no longer has the message.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any

from passplan.domain.facts.base import LegacyText
from passplan.domain.messages import KINDS, Fact, Message, Value

__all__ = ["plain_of", "read_fact", "read_message"]

_KEY = "fact"
_TIME = "time"  # of an object that stands for a time among parameters
_TEMPLATE = re.compile(r"(?:[^%]|%%|%\(\w+\)(?:\.\d{1,2})?[dfgrs])+")  # no widths, which a hostile file would use


def plain_of(fact: Fact) -> Any:
    """A fact as a plain value. Fields that have their default are left out."""
    if isinstance(fact, LegacyText):
        return fact.text
    if isinstance(fact, Message):
        return _plain_message(fact) if fact.code else str(fact)
    return {_KEY: fact.kind} | _fields_of(fact)


def read_fact(value: Any) -> Fact:
    """The fact of a plain value.

    Raises:
        ValueError: for a value that is neither a text nor a fact of a known kind; it names the mistake.
    """
    if isinstance(value, str):
        return LegacyText(text=value)
    if not isinstance(value, Mapping):
        raise ValueError(f"it is {value!r:.60}; it is a fact, which is an object, or a text")
    kind = KINDS.get(value[_KEY]) if isinstance(value.get(_KEY), str) else None
    if kind is None:
        raise ValueError(f"its fact is {value.get(_KEY)!r:.60}, which is not known")
    table = {key: item for key, item in value.items() if key != _KEY}
    fact: Fact = read_message(table) if kind is Message else _read_fields(kind, table)
    return fact


def read_message(value: Any) -> Message:
    """The message of a plain value; a text, which stores and files had before messages were typed, has no code.

    Raises:
        ValueError: for a value that is neither a text nor a message.
    """
    if isinstance(value, str):
        return Message.of_text(value)
    table = _object(value)
    code, template, parameters = (table.get(name) for name in ("code", "template", "parameters"))
    if not isinstance(code, str) or not isinstance(template, str) or not isinstance(parameters, Mapping):
        raise ValueError("a message has a code, a template and parameters")
    if not _TEMPLATE.fullmatch(template):
        raise ValueError(f"the template {template!r:.60} has other fields than %(name)s and its like")
    message = Message(code, template, **{str(name): _read_parameter(item) for name, item in parameters.items()})
    try:
        str(message)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise ValueError(f"the parameters do not fit the template {template!r:.60}") from None
    return message


def _plain_message(message: Message) -> dict[str, Any]:
    parameters = {name: _plain_parameter(value) for name, value in message.parameters}
    return {_KEY: message.kind, "code": message.code, "template": message.template, "parameters": parameters}


def _plain_parameter(value: Value) -> Any:
    if isinstance(value, Message):  # as an object even without a code: a plain text is another kind of parameter
        return _plain_message(value)
    if isinstance(value, datetime):
        return {_TIME: _plain(value)}
    return [_plain_parameter(item) for item in value] if isinstance(value, tuple) else value


def _read_parameter(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(_read_parameter(item) for item in value)
    if isinstance(value, Mapping):
        if set(value) == {_TIME}:
            return _read_instant(value[_TIME], _TIME)
        return read_message(value)
    if isinstance(value, (str, int, float)):
        return value
    raise ValueError(f"a parameter is {value!r:.60}; it is a text, a number, a time, a message or a list of these")


def _fields_of(value: Any) -> dict[str, Any]:
    return {
        field.name: _plain(content)
        for field in dataclasses.fields(value)
        if (content := getattr(value, field.name)) != field.default
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


def _read_fields(kind: Any, table: Any) -> Any:
    """A dataclass from its fields."""
    table = _object(table)
    hints = _hints(kind)
    if unknown := [name for name in table if name not in hints]:
        raise ValueError(f"{unknown[0]!r:.60} is not known here; it takes {', '.join(sorted(hints)) or 'nothing'}")
    values = {name: _read(hints[name], item, name) for name, item in table.items()}
    try:
        return kind(**values)
    except TypeError:
        required = [f.name for f in dataclasses.fields(kind) if f.default is dataclasses.MISSING]
        raise ValueError(f"{next(n for n in required if n not in values)} is missing") from None


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}


def _read(kind: Any, value: Any, name: str) -> Any:
    """A value of a type.

    Raises:
        ValueError: when it is of another type.
    """
    if typing.get_origin(kind) is types.UnionType:
        if value is None:
            return None
        kind = next(a for a in typing.get_args(kind) if a is not type(None))
    if kind is Fact:
        return read_fact(value)
    if kind is Message:
        return read_message(value)
    if typing.get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_read(typing.get_args(kind)[0], item, name) for item in value)
    if kind is float and type(value) is int:
        return float(value)
    if kind in (str, int, float, bool) and type(value) is kind:
        return value
    if kind is datetime and isinstance(value, str):
        return _read_instant(value, name)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    if dataclasses.is_dataclass(kind):
        return _read_fields(kind, value)
    raise ValueError(f"{name} is {value!r:.60}; it is a {getattr(kind, '__name__', kind)}")


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"it is {value!r:.60}; it is an object")
    return value


def _read_instant(value: Any, name: str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{name} is {value!r:.60}, a time without its zone")
    return moment.astimezone(UTC)
