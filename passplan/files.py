"""Writing files: each is complete or absent, and only regular files are replaced."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def is_replaceable(target: Path) -> bool:
    """Whether the path is of a regular file, or of none yet; devices, pipes and sockets must be written to instead.

    Raises:
        OSError: when the path cannot be read.
    """
    try:
        return stat.S_ISREG(target.stat().st_mode)
    except FileNotFoundError:
        return True


@contextmanager
def writing(target: Path, *, is_private: bool = False) -> Iterator[Path]:
    """A path to write, which replaces the target when it is complete; after an error the target is as before.

    A link stays, and the file that it points to is replaced. The content of a device or a pipe is copied into it at
    the end.

    Args:
        target: the file to write.
        is_private: only its owner may read it; otherwise an existing file keeps its permissions.

    Raises:
        OSError: when the target cannot be written.
    """
    if is_replaceable(target):
        file = Path(os.path.realpath(target))
        unfinished = file.with_name(f".{file.name}.{os.getpid()}.unfinished")
        try:
            if is_private:
                os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            yield unfinished
            if not is_private and file.exists():
                shutil.copymode(file, unfinished)
            with unfinished.open("rb") as content:
                os.fsync(content.fileno())
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
        return
    with tempfile.TemporaryDirectory(prefix="passplan-") as folder:
        unfinished = Path(folder) / target.name
        yield unfinished
        with unfinished.open("rb") as content, target.open("wb") as into:
            shutil.copyfileobj(content, into)
