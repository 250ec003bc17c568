"""The computing process: costly views are answered beside the server, and take no time from its quick ones.

The server forwards the whole request. The process has the same application, with the store opened for itself.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from io import BytesIO
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import Any

from flask import Flask, Response, current_app, request

from passplan.domain.errors import StoreBusyError
from passplan.domain.messages import Message
from passplan.server.gateway import Application, Errors, answer_of
from passplan.server.http import refusals
from passplan.server.http.access_log import FORWARDED, request_id

_EXTENSION = "passplan.computing"
_LONGEST_S = 300.0
_NICE = 5  # it has a quarter of a processor that the server wants, too
_ANSWERED_HERE = ("HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH")  # the server packs and compares
_OWN_HEADERS = ("content-length", "vary", "x-request-id")  # the server adds these to every response

log = logging.getLogger("passplan.server")


class Computing:
    """The computing process, as the server knows it.

    Args:
        connections: to its threads, each of which answers one request at a time.
    """

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._free: SimpleQueue[Connection] = SimpleQueue()
        for connection in connections:
            self._free.put(connection)
        self.has_ended = False

    def answer(self) -> Response:
        """The response to the current request.

        Raises:
            StoreBusyError: when the process has ended. From then on the server computes for itself.
        """
        environ = request.environ
        texts = {name: v for name, v in environ.items() if isinstance(v, str) and name not in _ANSWERED_HERE}
        try:
            connection = self._free.get(timeout=_LONGEST_S)
            connection.send((texts | {FORWARDED: request_id()}, environ["wsgi.input"].getvalue()))
            if not connection.poll(_LONGEST_S):
                raise TimeoutError
            status, headers, body = connection.recv()
        except (OSError, EOFError, Empty) as error:
            self.has_ended = True
            log.error("the computing process does not answer; the server computes for itself now")
            raise StoreBusyError(Message("computing_ended", "the computation was interrupted; try again")) from error
        self._free.put(connection)  # not after any error: the next response on it would be another caller's
        if status == 403:  # that process has logged it
            refusals.refusals().counter.labels("denied").inc()
        return Response(body, status=status, headers=[(k, v) for k, v in headers if k.lower() not in _OWN_HEADERS])


def install(app: Flask, computing: Computing) -> None:
    """Have costly views answered by a computing process."""
    app.extensions[_EXTENSION] = computing


def computing_process() -> Computing | None:
    """The computing process, where there is one that works."""
    found: Computing | None = current_app.extensions.get(_EXTENSION)
    return None if found is None or found.has_ended else found


def start(application: Callable[[], Application], *, at_once: int) -> Computing:
    """Fork a computing process; it ends when this process has ended. No thread may run yet.

    Args:
        application: makes its WSGI application.
        at_once: the number of requests that it answers at once.
    """
    pairs = [Pipe() for _ in range(at_once)]
    if os.fork() == 0:
        try:
            for ours, _ in pairs:
                ours.close()  # so that its end is noticed
            _compute(application, [theirs for _, theirs in pairs])
        except BaseException:
            log.exception("the computing process does not work")
        finally:
            os._exit(0)
    for _, theirs in pairs:
        theirs.close()
    return Computing([ours for ours, _ in pairs])


def _compute(application: Callable[[], Application], connections: Sequence[Connection]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # it answers as long as the server wants answers
        signal.signal(number, signal.SIG_IGN)
    os.nice(_NICE)
    wsgi = application()
    threads = [threading.Thread(target=_answer_all, args=(wsgi, connection)) for connection in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _answer_all(application: Application, connection: Connection) -> None:
    """Answer requests until the server has ended."""
    while True:
        try:
            texts, body = connection.recv()
        except (OSError, EOFError):
            return
        environ: dict[str, Any] = texts | {
            "wsgi.version": (1, 0),
            "wsgi.input": BytesIO(body),
            "wsgi.errors": Errors(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        answer = answer_of(application, environ)
        try:
            connection.send(answer)
        except OSError:
            return
