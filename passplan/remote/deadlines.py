"""The deadline of a complete fetch, whatever the other machine does, and its clock."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Protocol

from passplan.domain.errors import FetchError
from passplan.domain.messages import Message


class Clock(Protocol):
    """The time that passes during a fetch."""

    def now_s(self) -> float:
        """Seconds since a fixed moment."""

    def after(self, seconds: float, work: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `work` after a time, in another thread, unless the context ends before."""


class SystemClock:
    """Real time."""

    def now_s(self) -> float:
        return time.monotonic()

    @contextmanager
    def after(self, seconds: float, work: Callable[[], None]) -> Iterator[None]:
        timer = threading.Timer(seconds, work)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()  # so that the work touches no later socket


SYSTEM_CLOCK = SystemClock()


class Deadline:
    """The moment at which a fetch is over, whatever the other machine does."""

    def __init__(self, total_s: float, clock: Clock = SYSTEM_CLOCK) -> None:
        self._total_s = total_s
        self._clock = clock
        self._end_s = clock.now_s() + total_s

    def left_s(self) -> float:
        return max(self._end_s - self._clock.now_s(), 0.001)  # for a socket, a timeout of 0 is another mode

    def check(self, where: str) -> None:
        """Raise a FetchError if it has passed: another error may then follow from the socket's shutdown."""
        if self._clock.now_s() >= self._end_s:
            raise self.error(where)

    def error(self, where: str) -> FetchError:
        return FetchError(
            Message(
                "fetch_too_slow",
                "%(address)s: it took longer than %(seconds)g s, the most there is for a fetch",
                address=where,
                seconds=self._total_s,
            )
        )

    def then(self, work: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `work` at the deadline, unless the context ends before."""
        return self._clock.after(self.left_s(), work)

    def cutting(self, sock: socket.socket) -> AbstractContextManager[None]:
        """Shut a socket down at the deadline: the socket's timeout restarts with every byte that arrives."""
        return self.then(lambda: _shut_down(sock))


def _shut_down(sock: socket.socket) -> None:
    with suppress(OSError):
        # Not SSLSocket.shutdown, which removes TLS: the reader would then read the encrypted bytes.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
