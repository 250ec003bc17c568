"""Waits for what another process or thread does: with a deadline, and for no longer than it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

_POLL_S = 0.02
PATIENCE_S = 180.0  # for another process on a busy machine: a deadline for a test that fails, and no bound of anything


def wait_until(condition: Callable[[], bool], *, within_s: float, told: Callable[[], object] = str) -> None:
    """Return as soon as a condition holds.

    Raises:
        AssertionError: with what `told` gives, where it does not hold in time.
    """
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, told()
        time.sleep(_POLL_S)
