"""Processes that end with the process that started them, whatever ended that one."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping

_CALLER = "PASSPLAN_CALLER"
_LOOKS_EVERY_S = 1.0


def child_environment() -> Mapping[str, str]:
    """The environment for a program of passplan that shall end with this process."""
    return {**os.environ, _CALLER: str(os.getpid())}


def end_with_caller() -> None:
    """End with the process that started this one with `child_environment`, if one did."""
    caller = os.environ.pop(_CALLER, "")
    if caller.isdecimal():
        end_with(int(caller))


def end_with(parent: int) -> None:
    """End this process by SIGTERM within a second after its parent has ended, kill -9 included.

    Args:
        parent: the id of the process that started this one.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOKS_EVERY_S)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()
