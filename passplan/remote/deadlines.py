"""An end of time for a whole fetch, whatever the other side is doing."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from passplan.domain.errors import FetchError
from passplan.domain.messages import Message


class Deadline:
    """The moment at which a fetch is over, whatever the other side is doing."""

    def __init__(self, total_s: float) -> None:
        self._total_s = total_s
        self._end = time.monotonic() + total_s

    def left_s(self) -> float:
        return max(self._end - time.monotonic(), 0.001)  # to a socket, 0 is another mode

    def check(self, where: str) -> None:
        """Raise a FetchError if it has passed: what else seems wrong then, may be of our own cutting."""
        if time.monotonic() >= self._end:
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

    @contextmanager
    def cutting(self, sock: socket.socket) -> Iterator[None]:
        """Shut a socket down at the end: a timeout of the socket starts anew with each byte that drips in."""
        timer = threading.Timer(self.left_s(), _shut_down, [sock])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()  # so that it shuts no other socket that gets the same number


def _shut_down(sock: socket.socket) -> None:
    with suppress(OSError):
        # Not SSLSocket.shutdown, which takes TLS off and would let the reader see what is beneath.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
