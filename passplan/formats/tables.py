"""Parsed TOML or JSON tables to and from domain dataclasses, by the dataclasses' own fields; every mistake is reported.

A `Span` is two keys of its table: `start` and `end`, or what `_SPAN_KEYS` says.
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
from passplan.domain.facts import Fact, plain_of, read_message, strict_fact_of
from passplan.domain.messages import Message
from passplan.domain.network import AntennaRef, HorizonMask, StationOrAntenna
from passplan.domain.span import Span, instant
from passplan.formats.limits import MAX_DIGITS, require_shallow_json, require_shallow_toml, require_size
from passplan.formats.times import format_instant, parse_instant

T = TypeVar("T")

_SPAN_KEYS = {"occupies": ("occupied_from", "occupied_to")}


def toml_tables(text: str, source: str) -> dict[str, Any]:
    """The tables of a TOML text.

    Raises:
        InputError: when it is none, or more than a file may cost.
    """
    require_shallow_toml(source, text)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source}: it is not TOML: {error}") from None


def json_tables(text: str, source: str, *, max_bytes: int) -> dict[str, Any]:
    """The object of a JSON text, without what JSON parsers differ about: NaN, keys that stand twice, endless numbers.

    Raises:
        InputError: when it is none, or more than a file may cost.
    """
    require_size(source, len(text.encode("utf-8", "surrogatepass")), max_bytes)
    require_shallow_json(source, text)
    try:
        found = json.loads(
            text, parse_float=_decimal, parse_int=_whole, parse_constant=_no_constant, object_pairs_hook=_once
        )
    except json.JSONDecodeError as error:
        raise InputError(f"{source} line {error.lineno} column {error.colno}: it is not JSON: {error.msg}") from None
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    if not isinstance(found, dict):
        raise InputError(f"{source}: it is {shown(found)}; it is an object in braces")
    return found


class TableReader:
    """Builds values from tables and gathers what is wrong with them."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Message] = []
        self._instants: dict[str, datetime] = {}  # read once: windows share the times of their pass
        self._refs: dict[str, AntennaRef] = {}  # read once, likewise

    def build(
        self, kind: type[T], table: Any, where: str, *, same_as: Mapping[str, str] | None = None, **given: Any
    ) -> T | None:
        """A dataclass from a table with its field names as keys, or None where something is wrong with it.

        `given` fields come from elsewhere (nested tables), and are not looked for. `same_as` names fields that are
        like another where they are left out.
        """
        return self._build(kind, table, where, "", same_as or {}, given)

    def problem(self, where: str, what: str | Message) -> None:
        """Note a mistake."""
        message = Message("mistake", "%(source)s: %(where)s: %(what)s", source=self.source, where=where, what=what)
        self.problems.append(message)

    def tables(self, table: Mapping[str, Any], key: str, where: str) -> list[Any]:
        """The tables of an array; none where the key is left out."""
        found = table.get(key, [])
        if isinstance(found, list):
            return found
        self.problem(where, f"{key} is not an array of tables; write [[{key}]]")
        return []

    def raise_problems(self) -> None:
        """Raise what was noted.

        Raises:
            InputError: with every mistake.
        """
        if self.problems:
            raise InputError(*(problem.with_texts(_printable) for problem in self.problems))

    def _build(
        self, kind: type[T], table: Any, where: str, outer: str, same_as: Mapping[str, str], given: dict[str, Any]
    ) -> T | None:
        if not isinstance(table, Mapping):
            self.problem(where, f"it is {shown(table)}; it is a table")
            return None
        known = len(self.problems)
        values = dict(given)
        taken = 0
        for field in _fields_of(kind):
            first, last = field.keys[0], field.keys[-1]
            if field.name in given:
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
            allowed = {key for field in _fields_of(kind) if field.name not in given for key in field.keys}
            for key in table:
                if key not in allowed:
                    self.problem(where, f"{shown(key)} is not known here; it takes {', '.join(sorted(allowed))}")
        if len(self.problems) > known:
            return None
        return self._made(kind, values, f"{self.source}: {outer}")

    def _made(self, kind: type[T], values: dict[str, Any], prefix: str) -> T | None:
        """The value. A dataclass tells its first mistake: the others come out with one optional field at a time."""
        made, problems = _attempt(kind, values)
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
        return made

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

    def _value(self, kind: Any, found: Any, where: str, name: str) -> Any:
        if kind in _WORDS and type(found) is kind:
            if kind is str and _is_torn(found):
                self.problem(where, f"{name} is {shown(found)}; it has half a character (a lone surrogate)")
            return found
        if kind in (Fact, Message):
            return self._fact(kind, found, where, name)
        if kind is AntennaRef or kind == StationOrAntenna:
            return self._antenna(found, where, name, or_station=kind is not AntennaRef)
        if typing.get_origin(kind) in (types.UnionType, typing.Union):  # X | None: given means X, but for JSON's null
            kind = next(a for a in typing.get_args(kind) if a is not type(None))
            return None if found is None else self._value(kind, found, where, name)
        if kind is HorizonMask:
            return self._mask(found, where, name)
        if typing.get_origin(kind) is tuple:
            return self._tuple(typing.get_args(kind), found, where, name)
        if kind is float and isinstance(found, int) and not isinstance(found, bool):
            return float(found)  # of MAX_DIGITS at most
        if kind is datetime:
            return self._instant(found, where, name)
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return self._word(kind, found, where, name)
        if dataclasses.is_dataclass(kind):
            return self._build(typing.cast("type[Any]", kind), found, f"{where}: {name}", f"{where}: ", {}, {})
        self.problem(where, f"{name} is {shown(found)}; it is {_WORDS.get(kind, kind)}")
        return None

    def _tuple(self, kinds: tuple[Any, ...], found: Any, where: str, name: str) -> tuple[Any, ...] | None:
        if not isinstance(found, list):
            self.problem(where, f"{name} is {shown(found)}; it is a list")
            return None
        if kinds[-1] is Ellipsis:
            return tuple([self._value(kinds[0], item, where, f"{name}[{k}]") for k, item in enumerate(found)])
        if len(found) != len(kinds):
            self.problem(where, f"{name} has {len(found)} values; it has {len(kinds)}")
            return None
        return tuple(
            self._value(kind, item, where, f"{name}[{k}]")
            for k, (kind, item) in enumerate(zip(kinds, found, strict=True))
        )

    def _antenna(self, found: Any, where: str, name: str, *, or_station: bool) -> StationOrAntenna | None:
        if isinstance(found, str) and found in self._refs:
            return self._refs[found]
        if not isinstance(found, str) or _is_torn(found):
            forms = 'a station or "station/antenna"' if or_station else '"station/antenna"'
            self.problem(where, f"{name} is {shown(found)}; it is {forms}, in quotes")
            return None
        try:
            if or_station and "/" not in found:
                return found
            if found not in self._refs:
                self._refs[found] = AntennaRef.parse(found)
            return self._refs[found]
        except InputError as error:
            self.problem(where, f"{name}: {error}")
            return None

    def _mask(self, found: Any, where: str, name: str) -> HorizonMask | None:
        known = len(self.problems)
        points = self._tuple((tuple[float, float], Ellipsis), found, where, name)
        if points is None or len(self.problems) > known:
            return None
        try:
            return HorizonMask(points)
        except InputError as error:
            self.problem(where, error.message)
            return None

    def _fact(self, kind: Any, found: Any, where: str, name: str) -> Fact | None:
        if kind is Message and not isinstance(found, (str, Mapping)):
            self.problem(where, f"{name} is {shown(found)}; it is text, or a message")
            return None
        try:
            return read_message(found) if kind is Message else strict_fact_of(found)
        except ValueError as error:
            self.problem(where, f"{name}: {error}")
            return None

    def _instant(self, found: Any, where: str, name: str) -> datetime | None:
        if isinstance(found, str) and found in self._instants:
            return self._instants[found]
        if isinstance(found, datetime) and found.tzinfo is None:
            self.problem(where, f"{name} is {found.isoformat()}, a local time; give its zone: {found.isoformat()}Z")
            return None
        try:
            if isinstance(found, datetime):
                return instant(found)
            if isinstance(found, str):
                return self._instants.setdefault(found, parse_instant(found))
        except InputError as error:
            self.problem(where, f"{name}: {error}")
            return None
        self.problem(where, f"{name} is {shown(found)}; it is a time with its zone, such as 2026-08-08T04:30:00Z")
        return None

    def _word(self, kind: type[StrEnum], found: Any, where: str, name: str) -> StrEnum | None:
        words = {word.value: word for word in kind}
        if isinstance(found, str) and found in words:
            return words[found]
        self.problem(where, f"{name} is {shown(found)}; it is one of {', '.join(sorted(words))}")
        return None


def table_of(value: Any) -> dict[str, Any]:
    """A dataclass as a table of plain values, from which `TableReader.build` makes an equal one.

    Every field is in it, but for those that are empty by default (None, "" and no items), and those with their default
    whose metadata says `omit_default`. Equal values give equal tables: 300 and 300.0 are the same float.
    """
    table: dict[str, Any] = {}
    for field in _fields_of(type(value)):
        found = getattr(value, field.name)
        if field.optional and found == field.default and (field.omit_default or found in (None, "", ())):
            continue
        if len(field.keys) == 2:
            start, end = field.keys
            table[start], table[end] = format_instant(found.start), format_instant(found.end)
        else:
            table[field.name] = field.plain(found)
    return table


def place(key: str, table: Any, index: int) -> str:
    """What errors call a table of an array: by its id or name where it has one, by its number from 1 where not."""
    kind = key.replace("_", " ")
    name = table.get("id", table.get("name")) if isinstance(table, Mapping) else None
    if isinstance(name, str) and 0 < len(name) <= 64 and name.isprintable():
        return f'{kind} "{name}"'
    return f"{kind} {index}"


def shown(value: Any) -> str:
    """A value as errors show it: not at length, and in one line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


class _Field(NamedTuple):
    """A field of a dataclass, and what it is called in a table."""

    name: str
    kind: Any
    keys: tuple[str, ...]
    optional: bool
    default: Any
    plain: Callable[[Any], Any]  # from its value to what stands in a table
    omit_default: bool


def _find_fields(kind: type[Any]) -> tuple[_Field, ...]:
    hints = typing.get_type_hints(kind)
    found = []
    for field in dataclasses.fields(kind):
        if not field.init:
            continue
        hint = hints[field.name]
        is_span = Span in (hint, *typing.get_args(hint))
        keys = _SPAN_KEYS.get(field.name, ("start", "end")) if is_span else (field.name,)
        optional = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        omit_default = bool(field.metadata.get("omit_default"))
        found.append(_Field(field.name, hint, keys, optional, field.default, _plainer(hint), omit_default))
    return tuple(found)


_fields_of: Callable[[Any], tuple[_Field, ...]] = cache(_find_fields)


def _attempt(kind: type[T], values: dict[str, Any]) -> tuple[T | None, tuple[Message, ...]]:
    try:
        return kind(**values), ()
    except InputError as error:
        return None, error.messages


def _plainer(kind: Any) -> Callable[[Any], Any]:
    """How values of a type are written."""
    if kind in (Fact, Message):
        return plain_of
    if kind is AntennaRef or kind == StationOrAntenna:
        return str
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        some = _plainer(next(a for a in typing.get_args(kind) if a is not type(None)))
        return lambda value: None if value is None else some(value)
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


def _printable(text: str) -> str:
    """In one line, and without what a terminal would obey: an id may be anything until it is refused."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


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
