"""The keys under which sessions and tokens are hashed: a file of the data folder, never in the database."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from passplan.domain.errors import InputError
from passplan.domain.messages import Message

FILE = "secret.keys"
_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """Hash keys, the current one first. Earlier ones follow, so that digests stay valid after a change of the key."""

    keys: tuple[bytes, ...]

    def digest(self, text: str, purpose: str) -> str:
        """The HMAC of a secret under the first key."""
        return self.digests(text, purpose)[0]

    def digests(self, text: str, purpose: str) -> tuple[str, ...]:
        """The HMAC of a secret under every key, the first one first."""
        message = f"{purpose}\0{text}".encode()
        return tuple(hmac.new(key, message, hashlib.sha256).hexdigest() for key in self.keys)

    def knows(self, text: str, purpose: str, digest: str) -> bool:
        """Whether a digest is of that secret, under any key."""
        return any(hmac.compare_digest(expected, digest) for expected in self.digests(text, purpose))


def load_keys(folder: Path) -> Keys:
    """The keys of a data folder; a key is made where there is none.

    Raises:
        InputError: for a line that is no key.
    """
    path = folder / FILE
    if not path.exists():
        _make(path)
    keys = []
    for number, line in enumerate(path.read_text(encoding="ascii", errors="replace").split(), start=1):
        try:
            key = bytes.fromhex(line)
        except ValueError:
            key = b""
        if len(key) < _BYTES:
            raise InputError(
                Message(
                    "key_malformed",
                    "%(path)s line %(line)s: it is no key; a key is %(digits)s hexadecimal digits",
                    path=str(path),
                    line=number,
                    digits=2 * _BYTES,
                )
            )
        keys.append(key)
    if not keys:
        raise InputError(
            Message("keys_missing", "%(path)s: it has no key; take the file away, and all sign in anew", path=str(path))
        )
    return Keys(tuple(keys))


def _make(path: Path) -> None:
    """Make the file complete in one step: another process may read it at the same time."""
    written = path.with_name(f".{FILE}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(_BYTES) + "\n")
    try:
        with suppress(FileExistsError):
            os.link(written, path)
    finally:
        written.unlink()
