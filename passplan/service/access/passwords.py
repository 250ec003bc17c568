"""Passwords: their rules, their hashes, and one-time passwords."""

from __future__ import annotations

import secrets
import threading
from functools import cache
from typing import TYPE_CHECKING

from passplan.domain.errors import InputError
from passplan.domain.messages import Message

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LEAST = 12
MOST = 256
_AT_ONCE = threading.BoundedSemaphore(4)  # each takes 64 MiB for a third of a second
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters that look alike
# The most frequent passwords of twelve characters and more, in lower case.
_COMMON = frozenset(
    [
        "123456789012",
        "1234567890123",
        "1234567891011",
        "password1234",
        "passwordpassword",
        "password12345",
        "passw0rd1234",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwerty123456",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "q1w2e3r4t5y6",
        "zaq12wsxcde3",
        "abcdefghijkl",
        "abcd12345678",
        "abc123456789",
        "iloveyou1234",
        "iloveyouforever",
        "administrator",
        "admin1234567",
        "letmein12345",
        "welcome12345",
        "changeme1234",
        "unknownunknown",
        "manchesterunited",
        "liverpoolfc1",
        "spaceshuttle",
        "internationalspacestation",
    ]
)


def require_good(password: str, account: str) -> None:
    """Refuse a password that is too short or easy to guess.

    Raises:
        InputError: with what would help.
    """
    folded = password.casefold()
    if not LEAST <= len(password) <= MOST:
        raise InputError(
            Message(
                "password_length",
                "the password has %(length)s characters; it has %(least)s to %(most)s",
                length=len(password),
                least=LEAST,
                most=MOST,
            )
        )
    if folded in _COMMON or len(set(folded)) < 5:
        raise InputError(
            Message(
                "password_common",
                "the password is one of those that are guessed first; take several words that nobody expects",
            )
        )
    if (len(account) > 2 and account.casefold() in folded) or "passplan" in folded:
        raise InputError(
            Message(
                "password_has_account",
                "the password has the account's name or passplan in it; take several words nobody expects",
            )
        )


def one_time_password() -> str:
    """A password to be changed at the first sign-in: 80 bits, easy to read out."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(16))
    return "-".join(letters[k : k + 4] for k in range(0, 16, 4))


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its salt."""
    with _AT_ONCE:
        return _hasher().hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether a hash is of that password. It takes as long without a hash, which hides which accounts exist."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with _AT_ONCE:
        try:
            return _hasher().verify(hashed or _dummy_hash(), password[:MOST]) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _dummy_hash() -> str:
    return _hasher().hash(secrets.token_hex())
