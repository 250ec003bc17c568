"""Texts so long that a reader that goes back over them takes minutes.

This is no measurement of speed: a linear reader takes milliseconds, a quadratic one minutes,
and the limit lies far from both, so a busy machine does not decide.
"""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

_LIMIT_S = 10.0


@contextmanager
def linear_work() -> Iterator[None]:
    """Require that the block takes less than 10 s of this thread's processor time."""
    gc.disable()  # a collection of everything that the tests hold is no work of the block
    began_s = time.thread_time()
    try:
        yield
    finally:
        gc.enable()
    assert time.thread_time() - began_s < _LIMIT_S
