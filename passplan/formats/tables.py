"""Parsed TOML or JSON tables into domain dataclasses, by the dataclasses' own fields; every mistake is reported."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from passplan.domain.errors import InputError
from passplan.domain.network import HorizonMask

T = TypeVar("T")


class TableReader:
    """Builds values from tables and gathers what is wrong with them."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[str] = []

    def build(self, kind: type[T], table: Any, where: str, **given: Any) -> T | None:
        """A dataclass from a table with its field names as keys, or None where something is wrong with it.

        `given` fields come from elsewhere (nested tables), and are not looked for.
        """
        if not isinstance(table, Mapping):
            self.problem(where, f"it is {_found(table)}; it is a table")
            return None
        known = len(self.problems)
        fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
        types_of = typing.get_type_hints(kind)
        allowed = sorted(set(fields) - set(given))
        for key in table:
            if key not in fields or key in given:
                self.problem(where, f"{key!r} is not known here; it takes {', '.join(allowed)}")
        values = dict(given)
        for name, field in fields.items():
            if name in given:
                continue
            if name in table:
                values[name] = self._value(types_of[name], table[name], where, name)
            elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
                self.problem(where, f"{name} is missing")
        if len(self.problems) > known:
            return None
        try:
            return kind(**values)
        except InputError as error:
            self.problems += [f"{self.source}: {problem}" for problem in error.problems]
            return None

    def problem(self, where: str, what: str) -> None:
        """Note a mistake."""
        self.problems.append(f"{self.source}: {where}: {what}")

    def raise_problems(self) -> None:
        """Raise what was noted.

        Raises:
            InputError: with every mistake.
        """
        if self.problems:
            raise InputError(*self.problems)

    def _value(self, kind: Any, found: Any, where: str, name: str) -> Any:
        if typing.get_origin(kind) in (types.UnionType, typing.Union):  # X | None: given means X
            kind = next(a for a in typing.get_args(kind) if a is not type(None))
            return self._value(kind, found, where, name)
        if kind is HorizonMask:
            return self._mask(found, where, name)
        if typing.get_origin(kind) is tuple:
            return self._tuple(typing.get_args(kind), found, where, name)
        if kind is float and isinstance(found, int) and not isinstance(found, bool):
            return float(found)
        if kind in (str, float, int, bool) and type(found) is kind:
            return found
        self.problem(where, f"{name} is {_found(found)}; it is {_WORDS.get(kind, kind)}")
        return None

    def _tuple(self, kinds: tuple[Any, ...], found: Any, where: str, name: str) -> tuple[Any, ...] | None:
        if not isinstance(found, list):
            self.problem(where, f"{name} is {_found(found)}; it is a list")
            return None
        if kinds[-1] is Ellipsis:
            return tuple(self._value(kinds[0], item, where, f"{name}[{k}]") for k, item in enumerate(found))
        if len(found) != len(kinds):
            self.problem(where, f"{name} has {len(found)} values; it has {len(kinds)}")
            return None
        return tuple(
            self._value(kind, item, where, f"{name}[{k}]")
            for k, (kind, item) in enumerate(zip(kinds, found, strict=True))
        )

    def _mask(self, found: Any, where: str, name: str) -> HorizonMask | None:
        known = len(self.problems)
        points = self._tuple((tuple[float, float], Ellipsis), found, where, name)
        if points is None or len(self.problems) > known:
            return None
        try:
            return HorizonMask(points)
        except InputError as error:
            self.problem(where, str(error))
            return None


_WORDS = {str: "text in quotes", float: "a number", int: "a whole number", bool: "true or false"}


def _found(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
