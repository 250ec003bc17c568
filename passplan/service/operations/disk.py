"""The disk of the data folder: how much is free, and whether anything can be written."""

from __future__ import annotations

import os
import shutil

from passplan.domain.facts import DiskLow, DiskReadOnly, Fact
from passplan.service.store import Store

LEAST_FREE_BYTES = 32 * 1024 * 1024  # a publish of a large network writes some MB, and its journal as much again


def disk_problem(store: Store) -> Fact | None:
    """What keeps the store from writing; None: nothing does."""
    folder = store.folder
    written = [folder, *([store.database.path] if store.database.path is not None else [])]
    if any(not os.access(path, os.W_OK) for path in written) or os.statvfs(folder).f_flag & os.ST_RDONLY:
        return DiskReadOnly()
    free = free_bytes(store)
    return DiskLow(free_bytes=free) if free < LEAST_FREE_BYTES else None


def free_bytes(store: Store) -> int:
    """The free space of the data folder's disk [bytes]."""
    return shutil.disk_usage(store.folder).free
