"""What running a command gives."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

NOW = datetime(2026, 8, 9, 12, 0, tzinfo=UTC)


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]
