"""Files that people or programs put into a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from passplan.domain.errors import FetchError
from passplan.domain.messages import Message

MAX_BYTES = 64 * 2**20
_UNFINISHED = (".part", ".tmp", ".crdownload", "~")


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedFile:
    """A file and its content."""

    name: str
    body: bytes


def dropped_files(folder: Path) -> tuple[DroppedFile, ...]:
    """The files of a folder in order of their names, without hidden and unfinished ones.

    Raises:
        FetchError: when the folder cannot be read, or a file in it is too large.
    """
    try:
        paths = sorted(
            p
            for p in folder.iterdir()
            if p.is_file() and not p.name.startswith(".") and not p.name.lower().endswith(_UNFINISHED)
        )
        files = []
        for path in paths:
            if (size := path.stat().st_size) > MAX_BYTES:
                raise FetchError(
                    Message(
                        "file_too_large",
                        "%(path)s: the file has %(size)s bytes; at most %(most)s are read",
                        path=str(path),
                        size=f"{size:,}",
                        most=f"{MAX_BYTES:,}",
                    )
                )
            files.append(DroppedFile(name=path.name, body=path.read_bytes()))
    except OSError as error:
        raise FetchError(
            Message(
                "folder_unreadable",
                "%(path)s: %(error)s",
                path=str(error.filename or folder),
                error=str(error.strerror),
            )
        ) from None
    return tuple(files)
