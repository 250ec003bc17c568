"""Turns for costly views: an agency has one at a time, and all together a quarter of the threads.

So no agency slows the others down, and quick views always find a thread. The computing process does the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from threading import Condition
from typing import Any, ParamSpec

from flask import Flask, current_app

from passplan.domain.errors import StoreBusyError, ThrottledError
from passplan.domain.messages import Message
from passplan.server.http.access_log import is_forwarded
from passplan.server.http.computing import computing_process
from passplan.server.http.context import context

P = ParamSpec("P")

_EXTENSION = "passplan.turns"
_WAIT_S = 2.0


class Turns:
    """Turns by caller.

    Args:
        at_once: the number of callers that work at once; as many wait.
        wait_s: the longest time that a caller waits for its turn [s].
    """

    def __init__(self, *, at_once: int, wait_s: float = _WAIT_S) -> None:
        self._at_once, self._wait_s = at_once, wait_s
        self._changed = Condition()
        self._working: set[str] = set()
        self._waiting: set[str] = set()

    @contextmanager
    def of(self, caller: str) -> Iterator[None]:
        """Hold the turn of a caller.

        Raises:
            ThrottledError: when the caller works and waits already, or its own work takes too long.
            StoreBusyError: when too many others work or wait.
        """
        with self._changed:
            if caller in self._waiting:
                raise _own_turn_taken()
            if len(self._waiting) >= self._at_once:
                raise _busy()
            self._waiting.add(caller)
            try:
                has_turn = self._changed.wait_for(lambda: self._is_free(caller), self._wait_s)
            finally:
                self._waiting.discard(caller)
            if not has_turn:
                raise _own_turn_taken() if caller in self._working else _busy()
            self._working.add(caller)
        try:
            yield
        finally:
            with self._changed:
                self._working.discard(caller)
                self._changed.notify_all()

    def _is_free(self, caller: str) -> bool:
        return caller not in self._working and len(self._working) < self._at_once


def install(app: Flask, *, threads: int) -> None:
    """Provide turns for a server of this many threads."""
    app.extensions[_EXTENSION] = Turns(at_once=at_once(threads))


def at_once(threads: int) -> int:
    """The number of costly views that a server of this many threads answers at once."""
    return max(1, threads // 4)


def costly(view: Callable[P, Any]) -> Callable[P, Any]:
    """A view that computes for long: it waits for the turn of the actor's agency."""

    @wraps(view)
    def in_turn(*args: P.args, **kwargs: P.kwargs) -> Any:
        if is_forwarded():  # the other process holds the turn
            return view(*args, **kwargs)
        turns: Turns = current_app.extensions[_EXTENSION]
        actor = context().actor
        with turns.of("" if actor is None else f"agency {actor.agency}" if actor.agency else actor.account):
            computing = computing_process()
            return view(*args, **kwargs) if computing is None else computing.answer()

    return in_turn


def _own_turn_taken() -> ThrottledError:
    return ThrottledError(
        Message("own_turn_taken", "your agency computes something like this already; wait until it has ended"),
        retry_after_s=1.0,
    )


def _busy() -> StoreBusyError:
    return StoreBusyError(Message("computing_busy", "too many others compute something like this now; try again"))
