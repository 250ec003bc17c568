"""Limits of calls: so many of each caller in a second."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable
from threading import Lock


class CallRate:
    """The calls of each caller in the current second; it may be used by many threads.

    Args:
        most: the calls of one caller in a second.
        monotonic_s: the time since any moment [s].
    """

    def __init__(self, most: float, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._most, self._monotonic_s = most, monotonic_s
        self._lock = Lock()
        self._second, self._calls = 0, Counter[Hashable]()

    def takes(self, caller: Hashable) -> bool:
        """Count a call; whether it is one of those that are answered."""
        with self._lock:
            second = int(self._monotonic_s())
            if second != self._second:
                self._second = second
                self._calls.clear()
            self._calls[caller] += 1
            return self._calls[caller] <= self._most
