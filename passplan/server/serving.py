"""Serving: gunicorn with one worker and threads, which finishes its requests when it receives SIGTERM or SIGINT."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gunicorn.app.base import BaseApplication

from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.service.settings import Settings
from passplan.service.store import open_store

THREADS = 8
_ENDING_S = 20
_LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


def serve(folder: Path, settings: Settings, *, clock: Callable[[], datetime], ready: Callable[[], None]) -> None:
    """Serve the store of a data folder until SIGTERM or SIGINT.

    Args:
        folder: the data folder; the store is opened in the worker.
        settings: its settings.
        clock: real time.
        ready: called when the server answers.

    Raises:
        InputError: for plain http beyond this machine.
    """
    require_safe(settings)
    _Server(folder, settings, clock, ready).run()


def require_safe(settings: Settings) -> None:
    """Refuse to serve over plain http beyond this machine: others on the network could read passwords and sessions.

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


class _Server(BaseApplication):
    def __init__(
        self, folder: Path, settings: Settings, clock: Callable[[], datetime], ready: Callable[[], None]
    ) -> None:
        self._folder, self._settings, self._clock, self._ready = folder, settings, clock, ready
        super().__init__()

    def load_config(self) -> None:
        logging.getLogger("gunicorn").setLevel(logging.WARNING)
        options: dict[str, Any] = {
            "bind": self._settings.listen,
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "graceful_timeout": _ENDING_S,
            "timeout": 120,
            "keepalive": 15,
            "limit_request_line": 8190,
            "control_socket_disable": True,
            "loglevel": "warning",
            "accesslog": None,
            "post_worker_init": lambda _worker: self._ready(),
            "forwarded_allow_ips": "127.0.0.1,::1" if self._settings.behind_proxy else "",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from passplan.server.app import create_app

        return create_app(open_store(self._folder), clock=self._clock)
