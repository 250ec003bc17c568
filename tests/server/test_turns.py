"""Turns: an agency computes one thing at a time, and not all threads compute."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from passplan.domain.errors import StoreBusyError, ThrottledError
from passplan.server.http.turns import Turns
from tests.waiting import PATIENCE_S, wait_until


class Callers:
    """Callers in threads, that keep their turns until they are let go."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.working: list[str] = []
        self._threads = ThreadPoolExecutor(16)
        self._go_on: dict[str, threading.Event] = {}

    def call(self, name: str) -> Future[None]:
        caller = name.rstrip("'")
        self._go_on[name] = threading.Event()

        def work() -> None:
            with self.turns.of(caller):
                self.working.append(name)
                assert self._go_on[name].wait(PATIENCE_S)
                self.working.remove(name)

        return self._threads.submit(work)

    def let_go(self, name: str) -> None:
        self._go_on[name].set()

    def close(self) -> None:
        for event in self._go_on.values():
            event.set()
        self._threads.shutdown()


def callers(held: ExitStack, *, at_once: int = 2, wait_s: float = PATIENCE_S) -> Callers:
    made = Callers(Turns(at_once=at_once, wait_s=wait_s))
    held.callback(made.close)
    return made


@pytest.mark.fault(79)
def test_a_second_call_of_a_caller_waits_and_a_third_is_refused() -> None:
    with ExitStack() as held:
        some = callers(held)
        first = some.call("ESA")
        wait_until(lambda: some.working == ["ESA"], within_s=PATIENCE_S)
        second = some.call("ESA'")
        wait_until(lambda: bool(some.turns._waiting), within_s=PATIENCE_S)
        with pytest.raises(ThrottledError, match="your agency computes") as refused, some.turns.of("ESA"):
            pass
        some.let_go("ESA")
        first.result(PATIENCE_S)
        wait_until(lambda: some.working == ["ESA'"], within_s=PATIENCE_S)
        some.let_go("ESA'")
        second.result(PATIENCE_S)

    assert 1.0 == refused.value.retry_after_s


def test_one_caller_does_not_keep_another_from_its_turn() -> None:
    with ExitStack() as held:
        some = callers(held)
        some.call("ESA")
        wait_until(lambda: some.working == ["ESA"], within_s=PATIENCE_S)
        some.call("ESA'")
        wait_until(lambda: bool(some.turns._waiting), within_s=PATIENCE_S)
        some.call("JAXA")
        wait_until(lambda: some.working == ["ESA", "JAXA"], within_s=PATIENCE_S)


@pytest.mark.fault(79)
def test_of_many_callers_some_work_some_wait_and_the_rest_are_refused() -> None:
    with ExitStack() as held:
        some = callers(held)
        for name in ("A", "B"):
            some.call(name)
        wait_until(lambda: len(some.working) == 2, within_s=PATIENCE_S)
        for name in ("C", "D"):
            some.call(name)
        wait_until(lambda: len(some.turns._waiting) == 2, within_s=PATIENCE_S)
        with pytest.raises(StoreBusyError, match="too many others"), some.turns.of("E"):
            pass


@pytest.mark.parametrize(("caller", "error"), [("A", ThrottledError), ("B", StoreBusyError)])
def test_who_waits_too_long_is_refused(caller: str, error: type[Exception]) -> None:
    with ExitStack() as held:
        some = callers(held, at_once=1, wait_s=0.05)
        some.call("A")
        wait_until(lambda: some.working == ["A"], within_s=PATIENCE_S)
        with pytest.raises(error), some.turns.of(caller):
            pass


def test_a_turn_ends_with_an_error_too() -> None:
    turns = Turns(at_once=1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.of("A"):
            raise ZeroDivisionError
