"""Parsed TOML or JSON tables to and from domain dataclasses, by the dataclasses' own fields; every mistake is reported.

A `Span` is two keys of its table: `start` and `end`, or those of `_SPAN_KEYS`.
"""

from __future__ import annotations

import dataclasses
import json
import math
import tomllib
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, NoReturn, TypeVar

from passplan.domain.errors import InputError
from passplan.domain.messages import Fact, Message
from passplan.domain.network import AntennaRef, HorizonMask, StationOrAntenna
from passplan.domain.span import Span, instant
from passplan.domain.text import escaped, normalized, require_plain
from passplan.formats.limits import MAX_DIGITS, require_shallow_json, require_shallow_toml, require_size
from passplan.formats.times import format_instant, parse_instant

T = TypeVar("T")

_SPAN_KEYS = {"occupies": ("occupied_from", "occupied_to")}


def toml_tables(text: str, source: str) -> dict[str, Any]:
    """The tables of a TOML text.

    Raises:
        InputError: when it is not TOML, or exceeds a limit.
    """
    require_shallow_toml(source, text)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: it is not TOML: {error}") from None


def json_tables(text: str, source: str, *, max_bytes: int) -> dict[str, Any]:
    """The object of a JSON text. NaN, repeated keys and infinite numbers are errors, as JSON parsers differ about them.

    Raises:
        InputError: when it is not a JSON object, or exceeds a limit.
    """
    require_size(source, len(text.encode("utf-8", "surrogatepass")), max_bytes)
    require_shallow_json(source, text)
    try:
        document = json.loads(
            text, parse_float=_decimal, parse_int=_whole, parse_constant=_no_constant, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        raise InputError(f"{source} line {error.lineno} column {error.colno}: it is not JSON: {error.msg}") from None
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    if not isinstance(document, dict):
        raise InputError(f"{source}: it is {shown(document)}; it is an object in braces")
    return document


class TableReader:
    """Builds values from tables and collects their mistakes.

    Args:
        source: the name of the file, in messages.
        written: whether a person wrote the text: then it is normalized, and refused where it is not plain. What is in
            a store or a plan is taken as it is: an older version may have taken it.
    """

    def __init__(self, source: str, *, written: bool = False) -> None:
        self.source, self.written = source, written
        self.problems: list[Message] = []
        self._instants: dict[str, datetime] = {}  # parsed once: windows share the times of their pass
        self._refs: dict[str, AntennaRef] = {}  # parsed once: windows share their antennas

    def build(
        self, kind: type[T], table: Any, where: str, *, same_as: Mapping[str, str] | None = None, **preset: Any
    ) -> T | None:
        """Build a dataclass from a table with its field names as keys; None when the table has a mistake.

        `preset` has the values of fields that do not come from this table (nested tables). `same_as` maps a field to
        the field whose value it takes when it is omitted.
        """
        return self._build(kind, table, where, "", same_as or {}, preset)

    def problem(self, where: str, what: str | Message) -> None:
        """Record a mistake."""
        message = Message("mistake", "%(source)s: %(where)s: %(what)s", source=self.source, where=where, what=what)
        self.problems.append(message)

    def tables(self, table: Mapping[str, Any], key: str, where: str) -> list[Any]:
        """The tables of an array; empty when the key is omitted."""
        array = table.get(key, [])
        if isinstance(array, list):
            return array
        self.problem(where, f"{key} is not an array of tables; write [[{key}]]")
        return []

    def raise_problems(self) -> None:
        """Raise the recorded mistakes.

        Raises:
            InputError: with every mistake.
        """
        if self.problems:
            raise InputError(*(problem.with_texts(escaped) for problem in self.problems))

    def _build(
        self, kind: type[T], table: Any, where: str, outer: str, same_as: Mapping[str, str], preset: dict[str, Any]
    ) -> T | None:
        if not isinstance(table, Mapping):
            self.problem(where, f"it is {shown(table)}; it is a table")
            return None
        known = len(self.problems)
        values = dict(preset)
        taken = 0
        for field in _fields_of(kind):
            first, last = field.keys[0], field.keys[-1]
            if field.name in preset:
                continue
            if first in table and last in table:
                values[field.name] = self._field(field, table, where)
                taken += len(field.keys)
            elif field.name in same_as:
                if same_as[field.name] in values:
                    values[field.name] = values[same_as[field.name]]
            elif not field.optional or first in table or last in table:
                for key in field.keys:
                    if key not in table:
                        self.problem(where, f"{key} is missing")
        if taken < len(table):
            allowed = {key for field in _fields_of(kind) if field.name not in preset for key in field.keys}
            for key in table:
                if key not in allowed:
                    self.problem(where, f"{shown(key)} is not known here; it takes {', '.join(sorted(allowed))}")
        if len(self.problems) > known:
            return None
        return self._instance(kind, values, f"{self.source}: {outer}")

    def _instance(self, kind: type[T], values: dict[str, Any], prefix: str) -> T | None:
        """Create the instance. A dataclass reports its first mistake; building it with one optional field at a time
        reports the others.
        """
        instance, problems = _attempt(kind, values)
        if problems:
            optional = {field.name for field in _fields_of(kind) if field.optional} & set(values)
            required = {name: value for name, value in values.items() if name not in optional}
            if not _attempt(kind, required)[1]:
                for name in sorted(optional):
                    problems += _attempt(kind, required | {name: values[name]})[1]
            self.problems += [
                Message("mistake_in", "%(place)s%(problem)s", place=prefix, problem=problem)
                for problem in dict.fromkeys(problems)
            ]
        return instance

    def _field(self, field: _Field, table: Mapping[str, Any], where: str) -> Any:
        if len(field.keys) == 1:
            return self._value(field.kind, table[field.name], where, field.name)
        start, end = (self._instant(table[key], where, key) for key in field.keys)
        if start is None or end is None:
            return None
        try:
            return Span(start, end)
        except InputError as error:
            self.problem(where, error.message)
            return None

    def _value(self, kind: Any, value: Any, where: str, name: str) -> Any:
        if kind in _WORDS and type(value) is kind:
            if kind is str and _is_torn(value):
                self.problem(where, f"{name} is {shown(value)}; it has half a character (a lone surrogate)")
            elif kind is str and self.written:
                return self._text(value, where, name)
            return value
        if kind in (Fact, Message):
            return self._fact(kind, value, where, name)
        if kind is AntennaRef or kind == StationOrAntenna:
            return self._antenna(value, where, name, or_station=kind is not AntennaRef)
        if typing.get_origin(kind) in (types.UnionType, typing.Union):  # X | None: X, or JSON's null
            kind = next(a for a in typing.get_args(kind) if a is not type(None))
            return None if value is None else self._value(kind, value, where, name)
        if kind is HorizonMask:
            return self._mask(value, where, name)
        if typing.get_origin(kind) is tuple:
            return self._tuple(typing.get_args(kind), value, where, name)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)  # of MAX_DIGITS at most
        if kind is datetime:
            return self._instant(value, where, name)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return self._word(kind, value, where, name)
        if dataclasses.is_dataclass(kind):
            return self._build(typing.cast("type[Any]", kind), value, f"{where}: {name}", f"{where}: ", {}, {})
        self.problem(where, f"{name} is {shown(value)}; it is {_WORDS.get(kind, kind)}")
        return None

    def _text(self, value: str, where: str, name: str) -> str:
        try:
            require_plain(where, name, value)
        except InputError as error:
            self.problems.append(
                Message("mistake_in", "%(place)s%(problem)s", place=f"{self.source}: ", problem=error.message)
            )
        return normalized(value)

    def _tuple(self, kinds: tuple[Any, ...], value: Any, where: str, name: str) -> tuple[Any, ...] | None:
        if not isinstance(value, list):
            self.problem(where, f"{name} is {shown(value)}; it is a list")
            return None
        if kinds[-1] is Ellipsis:
            return tuple([self._value(kinds[0], item, where, f"{name}[{k}]") for k, item in enumerate(value)])
        if len(value) != len(kinds):
            self.problem(where, f"{name} has {len(value)} values; it has {len(kinds)}")
            return None
        return tuple(
            self._value(kind, item, where, f"{name}[{k}]")
            for k, (kind, item) in enumerate(zip(kinds, value, strict=True))
        )

    def _antenna(self, value: Any, where: str, name: str, *, or_station: bool) -> StationOrAntenna | None:
        if isinstance(value, str) and value in self._refs:
            return self._refs[value]
        if not isinstance(value, str) or _is_torn(value):
            forms = 'a station or "station/antenna"' if or_station else '"station/antenna"'
            self.problem(where, f"{name} is {shown(value)}; it is {forms}, in quotes")
            return None
        try:
            if or_station and "/" not in value:
                return value
            if value not in self._refs:
                self._refs[value] = AntennaRef.parse(value)
            return self._refs[value]
        except InputError as error:
            self.problem(where, f"{name}: {error}")
            return None

    def _mask(self, value: Any, where: str, name: str) -> HorizonMask | None:
        known = len(self.problems)
        points = self._tuple((tuple[float, float], Ellipsis), value, where, name)
        if points is None or len(self.problems) > known:
            return None
        try:
            return HorizonMask(points)
        except InputError as error:
            self.problem(where, error.message)
            return None

    def _fact(self, kind: Any, value: Any, where: str, name: str) -> Fact | None:
        if kind is Message and not isinstance(value, (str, Mapping)):
            self.problem(where, f"{name} is {shown(value)}; it is text, or a message")
            return None
        from passplan.domain.facts import read_message, strict_fact_of  # all facts: few files have any

        try:
            return read_message(value) if kind is Message else strict_fact_of(value)
        except ValueError as error:
            self.problem(where, f"{name}: {error}")
            return None

    def _instant(self, value: Any, where: str, name: str) -> datetime | None:
        if isinstance(value, str) and value in self._instants:
            return self._instants[value]
        if isinstance(value, datetime) and value.tzinfo is None:
            self.problem(where, f"{name} is {value.isoformat()}, a local time; give its zone: {value.isoformat()}Z")
            return None
        try:
            if isinstance(value, datetime):
                return instant(value)
            if isinstance(value, str):
                return self._instants.setdefault(value, parse_instant(value))
        except InputError as error:
            self.problem(where, f"{name}: {error}")
            return None
        self.problem(where, f"{name} is {shown(value)}; it is a time with its zone, such as 2026-08-08T04:30:00Z")
        return None

    def _word(self, kind: type[StrEnum], value: Any, where: str, name: str) -> StrEnum | None:
        words = {word.value: word for word in kind}
        if isinstance(value, str) and value in words:
            return words[value]
        self.problem(where, f"{name} is {shown(value)}; it is one of {', '.join(sorted(words))}")
        return None


def table_of(value: Any) -> dict[str, Any]:
    """The table of a dataclass; `TableReader.build` builds an equal one from it.

    It has every field, except empty ones (None, "" and no items) that are empty by default, and those with their
    default whose metadata has `omit_default`. Equal values give equal tables: 300 and 300.0 are the same float.
    """
    table: dict[str, Any] = {}
    for field in _fields_of(type(value)):
        content = getattr(value, field.name)
        if field.optional and content == field.default and (field.omit_default or content in (None, "", ())):
            continue
        if len(field.keys) == 2:
            start, end = field.keys
            table[start], table[end] = format_instant(content.start), format_instant(content.end)
        else:
            table[field.name] = field.plain(content)
    return table


def place(key: str, table: Any, index: int) -> str:
    """The name of a table of an array in errors: its id or name, or its number from 1."""
    kind = key.replace("_", " ")
    name = table.get("id", table.get("name")) if isinstance(table, Mapping) else None
    if isinstance(name, str) and 0 < len(name) <= 64 and name.isprintable():
        return f'{kind} "{name}"'
    return f"{kind} {index}"


def shown(value: Any) -> str:
    """The text of a value in errors: short, and in one line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


class _Field(NamedTuple):
    """A field of a dataclass, and its keys in a table."""

    name: str
    kind: Any
    keys: tuple[str, ...]
    optional: bool
    default: Any
    plain: Callable[[Any], Any]  # converts its value for a table
    omit_default: bool


def _find_fields(kind: type[Any]) -> tuple[_Field, ...]:
    hints = typing.get_type_hints(kind)
    fields = []
    for field in dataclasses.fields(kind):
        if not field.init:
            continue
        hint = hints[field.name]
        is_span = Span in (hint, *typing.get_args(hint))
        keys = _SPAN_KEYS.get(field.name, ("start", "end")) if is_span else (field.name,)
        optional = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        omit_default = bool(field.metadata.get("omit_default"))
        fields.append(_Field(field.name, hint, keys, optional, field.default, _plainer(hint), omit_default))
    return tuple(fields)


_fields_of: Callable[[Any], tuple[_Field, ...]] = cache(_find_fields)


def _attempt(kind: type[T], values: dict[str, Any]) -> tuple[T | None, tuple[Message, ...]]:
    try:
        return kind(**values), ()
    except InputError as error:
        return None, error.messages


def _plainer(kind: Any) -> Callable[[Any], Any]:
    """The function that converts values of a type for a table."""
    if kind in (Fact, Message):
        from passplan.domain.facts import plain_of

        return plain_of
    if kind is AntennaRef or kind == StationOrAntenna:
        return str
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        inner = _plainer(next(a for a in typing.get_args(kind) if a is not type(None)))
        return lambda value: None if value is None else inner(value)
    if typing.get_origin(kind) is tuple:
        each = [_plainer(a) for a in typing.get_args(kind) if a is not Ellipsis]
        if Ellipsis in typing.get_args(kind):
            return lambda value: [each[0](item) for item in value]
        return lambda value: [plain(item) for plain, item in zip(each, value, strict=True)]
    if kind is HorizonMask:
        points = _plainer(tuple[tuple[float, float], ...])
        return lambda value: points(value.points)
    if kind is datetime:
        return format_instant
    if dataclasses.is_dataclass(kind):
        return table_of
    return str if issubclass(kind, StrEnum) else typing.cast("Callable[[Any], Any]", kind)


def _is_torn(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)


def _decimal(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise InputError(f"it holds the number {text[:40]}, which is beyond all bounds")
    return value


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise InputError(f"it holds a number of {len(text):,} digits; at most {MAX_DIGITS} are read")
    return int(text)


def _no_constant(name: str) -> NoReturn:
    raise InputError(f"it holds {name}, which is not JSON and not a number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            raise InputError(f"the key {shown(key)} stands twice in one object")
        table[key] = value
    return table


_WORDS = {str: "text in quotes", float: "a number", int: "a whole number", bool: "true or false"}
