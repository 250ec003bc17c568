"""Passwords: their rules, their hashes, and one-time passwords."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from passplan.domain.errors import InputError, StoreBusyError
from passplan.domain.messages import Message
from passplan.resources import shipped

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LEAST = 12
MOST = 256
_AT_ONCE = threading.BoundedSemaphore(4)  # each takes 64 MiB for a third of a second
_LONGEST_S = 5.0  # that a sign-in waits for its turn
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters that look alike
# Words of this field and product, which others guess first for it.
_OWN_WORDS = """
passplan space station orbit orbital satellite antenna ground uplink downlink schedule mission control houston
huntsville moscow tsukuba kennedy baikonur apollo gemini shuttle soyuz columbus kibo zarya astronaut cosmonaut
international nasa esa jaxa csa roscosmos correcthorse batterystaple
"""
_OWN = frozenset(_OWN_WORDS.split())
_LEET = [str.maketrans("013457@$!", digits) for digits in ("oleastasi", "oieastasi")]
_ENDS = string.digits + string.punctuation + " "


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
    if len(set(folded)) < 5 or _is_common(folded):
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


def _is_common(folded: str) -> bool:
    """Whether a password in lower case is a common one or made of one: with digits at its ends, with digits for
    letters, repeated, of two such words, or of words of this field.
    """
    if folded.isdecimal():
        return True
    cores = {form.translate(letters) for form in (folded, folded.strip(_ENDS)) for letters in ({}, *_LEET)}
    return any(_is_made_of_common(core) for core in cores)


def _is_made_of_common(core: str) -> bool:
    known = _common() | _OWN
    parts = [(core[:k], core[k:]) for k in range(3, len(core) - 2)]
    period = (core + core).find(core, 1)
    is_sequence = len({ord(b) - ord(a) for a, b in pairwise(core)}) == 1
    return (
        core in known
        or core[:period] in known
        or is_sequence
        or any(a in known and b in known for a, b in parts)
        or _is_made_of_own(core)
    )


def _is_made_of_own(core: str) -> bool:
    ends = {0}  # where a sequence of such words can end
    for end in range(1, len(core) + 1):
        if any(start in ends and core[start:end] in _OWN for start in range(end)):
            ends.add(end)
    return bool(core) and len(core) in ends


@cache
def _common() -> frozenset[str]:
    lines = shipped("common-passwords.txt").read_text("ascii").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def one_time_password() -> str:
    """A password to be changed at the first sign-in: 99 bits, easy to read out."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(20))
    return "-".join(letters[k : k + 4] for k in range(0, 20, 4))


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its salt.

    Raises:
        StoreBusyError: when too many others are computed.
    """
    with _turn():
        return _hasher().hash(password)


def is_password(password: str, hashed: str | None) -> bool:
    """Whether a hash is of that password. It takes as long without a hash, which hides which accounts exist.

    Raises:
        StoreBusyError: when too many others are computed.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    is_too_long = len(password) > MOST  # no password is: it is not cut, and none that begins like it counts
    with _turn():
        try:
            is_right = _hasher().verify(hashed or _dummy_hash(), password[:MOST])
            return is_right and hashed is not None and not is_too_long
        except (VerificationError, InvalidHashError):
            return False


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_LONGEST_S):
        raise StoreBusyError(Message("sign_in_busy", "too many sign in at once; try again in some seconds"))
    try:
        yield
    finally:
        _AT_ONCE.release()


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _dummy_hash() -> str:
    return _hasher().hash(secrets.token_hex())
