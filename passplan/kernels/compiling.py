"""How kernels are compiled, and where the machine code is kept between runs."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
import platformdirs

F = TypeVar("F", bound=Callable[..., object])


def njit(*, entry: bool = False) -> Callable[[F], F]:
    """Compile a function at its first call; other threads run meanwhile.

    An `entry` is called from Python, and its machine code is kept between runs with that of all it calls.

    A call with whole records of arrays takes 0.3 us, so small functions take the arrays that they need one by one.

    Without fast math: a process that compiles calls other copies of the helpers than one that loads the kept code, and
    LLVM fused multiplications and additions differently in each. Then the last digits of equal searches differed.
    """
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    options |= {"cache": entry, "no_cpython_wrapper": not entry, "no_cfunc_wrapper": True}

    def compile_later(function: F) -> F:
        # numba picks the cache folder when it decorates; nobody else's kernels are to move there.
        config: Any = numba.config
        before, config.CACHE_DIR = config.CACHE_DIR, str(cache_folder())
        try:
            compiled: F = numba.njit(**options)(function)
        finally:
            config.CACHE_DIR = before
        return compiled

    return compile_later


@cache
def cache_folder() -> Path:
    """The folder of the machine code, named by a hash of every kernel's source.

    numba does not notice a change in a helper that lives in another file; with such a name it starts anew.
    Where nothing is writable, a folder for this process alone.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in sources) + numba.__version__.encode()).hexdigest()[:16]
    root = os.environ.get("NUMBA_CACHE_DIR") or platformdirs.user_cache_dir("passplan", appauthor=False)
    folder = Path(root) / f"kernels-{digest}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError:
        return Path(tempfile.mkdtemp(prefix="passplan-kernels-"))
