"""The root of all facts, and the fact for errors and causes: a message with typed parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeAlias

Value: TypeAlias = "str | int | float | datetime | Message | tuple[Value, ...]"

_QUOTED = re.compile(r"%\((\w+)\)(?:\.\d+)?r")
KINDS: dict[str, type[Fact]] = {}  # every kind of fact, by its name in JSON


class Fact:
    """A cause, a reason, a particular, an outcome or a message as data. Only `labels` turns it into words."""

    __slots__ = ()
    kind: ClassVar[str]  # its name in JSON; stored facts keep it, so it never changes

    def __init_subclass__(cls, **keywords: Any) -> None:
        """Register the kind. A dataclass with slots is made twice, and the second one counts."""
        super().__init_subclass__(**keywords)
        known = KINDS.get(cls.kind)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"{cls.__qualname__} and {known.__qualname__} are both of the kind {cls.kind!r}")
        KINDS[cls.kind] = cls


@dataclass(frozen=True, slots=True, init=False)
class Message(Fact):
    """An error or a cause: a code for programs, parameters, and an English template that `labels` translates.

    The template is filled as `"%(name)s" % parameters` does. The code stands for one template, and neither changes
    its meaning, because programs read the code. `str` gives the English sentence.
    """

    kind: ClassVar[str] = "message"

    code: str
    template: str
    parameters: tuple[tuple[str, Value], ...]  # by name, in order

    def __init__(self, code: str, template: str, /, **parameters: Value) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "parameters", tuple(sorted(parameters.items())))

    @classmethod
    def of_text(cls, text: str) -> Message:
        """A text that has no code, because it comes from another program or is already a sentence."""
        return cls("", "%(text)s", text=text)

    def __str__(self) -> str:
        return fill(self, str)

    def with_texts(self, change: Callable[[str], str]) -> Message:
        """The message with changed texts, except those that the template quotes (`%(name)r`)."""
        quoted = set(_QUOTED.findall(self.template))
        changed = {name: v if name in quoted else _with_texts(v, change) for name, v in self.parameters}
        return type(self)(self.code, self.template, **changed)

    def fields(self) -> dict[str, Any]:
        """The parameters by name as JSON values; times as texts."""
        return {name: _plain(value) for name, value in self.parameters}


def together(first: Message, *others: Message) -> Message:
    """Several messages as one."""
    if not others:
        return first
    return Message("several", "%(first)s; %(others)s", first=first, others=together(*others))


def fill(message: Message, translate: Callable[[str], str]) -> str:
    """The sentence of a message in a language."""
    return translate(message.template) % {name: _text(value, translate) for name, value in message.parameters}


def instant_text(moment: datetime) -> str:
    """The text of a time in messages: "2026-08-08T06:22:10Z"."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _with_texts(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, Message):
        return value.with_texts(change)
    if isinstance(value, tuple):
        return tuple(_with_texts(item, change) for item in value)
    return change(value) if isinstance(value, str) else value


def _text(value: Value, translate: Callable[[str], str]) -> str | int | float:
    if isinstance(value, Message):
        return fill(value, translate)
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, tuple):
        return ", ".join(str(_text(item, translate)) for item in value) or translate("none")
    return value


def _plain(value: Value) -> Any:
    if isinstance(value, Message):
        return {"code": value.code, "parameters": value.fields(), "text": str(value)}
    if isinstance(value, datetime):
        return instant_text(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
