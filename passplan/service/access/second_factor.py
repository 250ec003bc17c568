"""The second factor of an account: codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 s).

The secret is derived from the first key of the data folder; the database has a random serial alone. Authenticator apps
know SHA-1 alone; in an HMAC it is not broken.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from passplan.domain.errors import InputError, NotFoundError
from passplan.domain.messages import Message
from passplan.domain.roles import Capability
from passplan.service.access.actors import Actor, require
from passplan.service.access.keys import Keys
from passplan.service.use_case import Change, use_case
from passplan.store import accounts
from passplan.store.accounts import SecondFactor

_PURPOSE = "second factor"
_SECRET_BYTES = 20  # as RFC 4226 recommends
_STEP_S = 30
_DIGITS = 6
_DRIFT = (0, -1, 1)  # steps by which the clock of a device may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What an authenticator app needs; the account has the factor after it has entered a code."""

    serial: str
    secret: str  # base32, to be typed
    address: str  # otpauth:, for a QR code or a link


def enrolment(keys: Keys, account: str, serial: str = "") -> Enrolment:
    """A new second factor of an account, or the one with a serial that was offered before."""
    serial = serial or secrets.token_hex(8)
    text = base64.b32encode(_secrets(keys, account, serial)[0]).decode()
    address = f"otpauth://totp/passplan:{quote(account)}?secret={text}&issuer=passplan"
    return Enrolment(serial=serial, secret=text, address=address)


def step_of_code(keys: Keys, account: str, serial: str, code: str, real_now: datetime) -> int | None:
    """The time step [30 s since 1970] of a code, a step too early or too late at most; None: it is wrong."""
    digits = "".join(code.split())
    if len(digits) != _DIGITS or not digits.isascii() or not digits.isdecimal():
        return None
    now = int(real_now.timestamp()) // _STEP_S
    for secret in _secrets(keys, account, serial):
        for drift in _DRIFT:
            if hmac.compare_digest(code_at(secret, now + drift), digits):
                return now + drift
    return None


def code_at(secret: bytes, step: int) -> str:
    """The code of a time step (RFC 4226, 5.3)."""
    digest = hmac.new(secret, step.to_bytes(8, "big"), "sha1").digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


@use_case(exclusive=False)
def add_second_factor(
    change: Change, keys: Keys, serial: str, code: str, /, *, keep: str, actor: Actor, now: datetime, real_now: datetime
) -> None:
    """Add the second factor that was offered to the actor, or replace the one that it has. Sessions end except `keep`.

    Raises:
        InputError: when the code is not of it.
    """
    step = step_of_code(keys, actor.account, serial, code, real_now) if serial.isalnum() and len(serial) == 16 else None
    if step is None:
        raise InputError(
            Message("code_of_device_wrong", "the code is not the one of this key; is the clock of your device right?")
        )
    factor = SecondFactor(serial=serial, last_step=step)
    accounts.set_second_factor(change.transaction, actor.account, factor, real_now=real_now)
    accounts.end_sessions(change.transaction, actor.account, but=keep)
    change.record("account.second_factor_added", f"account/{actor.account}")


@use_case(exclusive=False)
def remove_second_factor(change: Change, name: str, /, *, keep: str = "", actor: Actor, now: datetime) -> None:
    """Remove the second factor of an account: one's own, or as an administrator. Its sessions end except `keep`.

    Raises:
        NotFoundError: when the account has none.
        DeniedError: for another account, unless the actor is an administrator.
    """
    if name != actor.account:
        require(actor, Capability.ADD_ACCOUNT)
    if not accounts.remove_second_factor(change.transaction, name):
        raise NotFoundError(Message("no_second_factor", "account %(account)r has no second factor", account=name))
    accounts.end_sessions(change.transaction, name, but=keep)
    change.record("account.second_factor_removed", f"account/{name}")


def _secrets(keys: Keys, account: str, serial: str) -> tuple[bytes, ...]:
    """The secret under every key, the first one first."""
    return tuple(bytes.fromhex(d)[:_SECRET_BYTES] for d in keys.digests(f"{account}\0{serial}", _PURPOSE))
