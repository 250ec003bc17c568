"""What a writer meant to do and what it was told: one line before each call and one after it, on the disk at once.

A writer that is killed leaves an intent without an answer. What it had asked for was then done once, or not at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

INTENT, AGAIN, DONE, REFUSED, CUT_OFF = "intent", "again", "done", "refused", "cut off"


@dataclass(slots=True, kw_only=True)
class Deed:
    """One thing that a writer did, or tried to do."""

    writer: str
    number: int
    kind: str
    asked: Mapping[str, Any]
    attempts: int = 1
    outcome: str = ""  # DONE, REFUSED or CUT_OFF; empty: it was not told
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """Its name in the store: a key, a reason or a note. No other deed has it."""
        return f"{self.writer}-{self.number}"

    @property
    def effects(self) -> tuple[int, ...]:
        """How many times it may have been done, by what its writer knows."""
        if self.outcome == DONE:
            return (1,)
        if self.outcome == REFUSED and self.attempts == 1:
            return (0,)
        return (0, 1)


class Journal:
    """A writer's own file, to which it only adds."""

    def __init__(self, path: Path, writer: str) -> None:
        self.writer = writer
        self.deeds = read_journal(path, writer)
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.ftruncate(self._file, _whole_lines(path))

    def intend(self, kind: str, asked: Mapping[str, Any]) -> Deed:
        """Note what is about to be asked for."""
        deed = Deed(writer=self.writer, number=len(self.deeds) + 1, kind=kind, asked=asked)
        self._note(deed, INTENT, kind=kind, asked=asked)
        self.deeds.append(deed)
        return deed

    def again(self, deed: Deed) -> None:
        """Note that the same is about to be asked for once more."""
        self._note(deed, AGAIN)
        deed.attempts += 1

    def settle(self, deed: Deed, outcome: str, **answer: Any) -> None:
        """Note what came of it."""
        self._note(deed, outcome, answer=answer)
        deed.outcome, deed.answer = outcome, answer

    def close(self) -> None:
        os.close(self._file)

    def _note(self, deed: Deed, step: str, **more: Any) -> None:
        os.write(self._file, (json.dumps({"number": deed.number, "step": step, **more}) + "\n").encode())
        os.fsync(self._file)


def read_journal(path: Path, writer: str) -> list[Deed]:
    """All deeds of a writer, in order; a last line that was torn was never finished, and so never told anybody."""
    deeds: list[Deed] = []
    if not path.exists():
        return deeds
    for line in path.read_bytes()[: _whole_lines(path)].decode().splitlines():
        found = json.loads(line)
        if found["step"] == INTENT:
            deeds.append(Deed(writer=writer, number=found["number"], kind=found["kind"], asked=found["asked"]))
            continue
        deed = deeds[found["number"] - 1]
        if found["step"] == AGAIN:
            deed.attempts += 1
        else:
            deed.outcome, deed.answer = found["step"], found["answer"]
    return deeds


def _whole_lines(path: Path) -> int:
    """How many bytes of a file are lines with an end."""
    return path.read_bytes().rfind(b"\n") + 1 if path.exists() else 0
