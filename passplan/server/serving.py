"""Serving: granian, whose processes read requests and hand them to Flask; SIGTERM and SIGINT let those in work end."""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.processes import end_with
from passplan.server.gateway import Application, Gateway
from passplan.service.settings import Settings
from passplan.service.store import open_store

_HEADER_MS = 10_000  # the time within which the head of a request must arrive
_HEADER_BYTES = 64 * 1024
_ENDING_S = 20
_CONNECTIONS = 8_192  # at once and per process; those that have stopped in the middle of a request count
_BACKLOG = 1_024
_LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


def serve(folder: Path, settings: Settings, *, clock: Callable[[], datetime], ready: Callable[[], None]) -> None:
    """Serve the store of a data folder until SIGTERM or SIGINT. SIGHUP starts its processes anew, one by one.

    Args:
        folder: the data folder; each process opens the store for itself.
        settings: its settings.
        clock: real time.
        ready: called once, when the server answers.

    Raises:
        InputError: for plain http beyond this machine.
    """
    require_safe(settings)
    logging.getLogger("_granian").setLevel(logging.WARNING)
    main, begun = os.getpid(), multiprocessing.Value("i", 0)

    def application() -> Gateway:
        from passplan.server.app import create_app
        from passplan.server.http import computing, refusals, turns

        def computes() -> Application:
            return create_app(open_store(folder), clock=clock).wsgi_app

        beside = computing.start(computes, at_once=turns.at_once(settings.threads))
        end_with(main)
        app = create_app(open_store(folder), clock=clock)
        computing.install(app, beside)
        with begun.get_lock():
            begun.value += 1
            if begun.value == settings.workers:
                threading.Thread(target=when_it_listens, daemon=True).start()
        return Gateway(
            app.wsgi_app,
            threads=settings.threads,
            calls_per_s=settings.rate_limit_per_s,
            behind_proxy=settings.behind_proxy,
            note_throttled=refusals.of(app).counter.labels("throttled").inc,
        )

    def when_it_listens() -> None:
        while True:
            with suppress(OSError), socket.create_connection((host, port), timeout=1.0):
                return ready()
            time.sleep(0.02)

    _allow_connections()
    # Until a new process sets its own handler it has that of this one, which would do nothing there.
    os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    name, _, number = settings.listen.rpartition(":")
    host, port = name.strip("[]"), int(number)
    Granian(
        "passplan",
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        workers=settings.workers,
        websockets=False,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MS, max_buffer_size=_HEADER_BYTES),
        backlog=_BACKLOG,
        backpressure=_CONNECTIONS,
        respawn_failed_workers=True,
        workers_kill_timeout=_ENDING_S,
        log_enabled=False,
    ).serve(target_loader=application, wrap_loader=False)


def _allow_connections() -> None:
    """Raise the limit of open files as far as this account may: each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def require_safe(settings: Settings, *, demo: bool = False) -> None:
    """Refuse to serve over plain http beyond this machine: others on the network could read passwords and sessions.

    A demonstration, whose password everybody knows, is served on this machine alone.

    Raises:
        InputError: for such settings; the message names the settings to change.
    """
    host = settings.listen.rpartition(":")[0]
    url = urlsplit(address_of(settings))
    if url.scheme == "http" and (url.hostname or "") not in _LOOPBACK:
        raise InputError(
            Message(
                "plain_http",
                "settings: %(address)s is plain http, which is served on this machine alone; put a proxy "
                'with a certificate before it, and set url = "https://…" and behind_proxy = true',
                address=address_of(settings),
            )
        )
    if demo and (url.hostname or "") not in _LOOPBACK:
        raise InputError(
            Message(
                "demo_public",
                "settings: %(address)s is for others, and everybody knows the password of a demonstration; it "
                "is served on this machine alone",
                address=address_of(settings),
            )
        )
    if host not in _LOOPBACK and url.scheme != "https":
        raise InputError(
            Message(
                "listen_without_https",
                'settings: listen is %(listen)s, which others reach; set url = "https://…" and behind_proxy '
                "= true, with a proxy that has the certificate, or listen at 127.0.0.1",
                listen=settings.listen,
            )
        )


def address_of(settings: Settings) -> str:
    """The server's address for browsers."""
    return settings.url or f"http://{settings.listen}"
