"""Accounts, their roles and their passwords."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import count

from passplan.domain.checks import require_name, require_one_of
from passplan.domain.errors import ConflictError, DeniedError, InputError
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.roles import ROLES, Capability, Role
from passplan.domain.text import skeleton
from passplan.service.access.actors import Actor, require
from passplan.service.access.passwords import hash_password, one_time_password, require_good
from passplan.service.network.revisions import current_network
from passplan.service.store import Store
from passplan.service.use_case import Change, use_case
from passplan.store import accounts
from passplan.store.accounts import Account
from passplan.store.database import Connection

LOCAL = "local"  # any user of the machine who can write the data folder


@use_case(Capability.ADD_ACCOUNT)
def save_account(
    change: Change,
    name: str,
    role: str,
    /,
    *,
    agency: str = "",
    active: bool = True,
    actor: Actor,
    now: datetime,
) -> Account:
    """Add an account, or change its role, its agency or whether it is active: otherwise its sessions end.

    Raises:
        InputError: for an unknown role, an agency that the network does not have, a requester without an agency, or a
            new name that looks like that of another account.
        ConflictError: when nobody who can sign in would be an administrator any more.
    """
    require_name("account", "name", name)
    require_one_of("account", "role", role, frozenset(r.value for r in Role))
    if name in (LOCAL, "daemon"):
        raise InputError(
            Message("account_reserved", "account: the name %(account)r is taken by passplan itself", account=name)
        )
    if ROLES[Role(role)].of_agency and not agency:
        raise InputError(
            Message("account_needs_agency", "account %(account)s: a %(role)s is of an agency", account=name, role=role),
            hint=Hint.NAME_AGENCY,
        )
    if agency and active:
        _, network = current_network(change.store.caches, change.connection)
        require_one_of(f"account {name}", "agency", agency, frozenset(a.id for a in network.agencies))
    known = accounts.accounts(change.connection)
    before = known.get(name)
    if before is None:
        _require_distinct(name, known)
    elif _administers(before) and not (active and ROLES[Role(role)].capabilities >= {Capability.ADD_ACCOUNT}):
        _require_other_administrator(change.connection, name, known)
    account = Account(name=name, role=role, agency=agency, active=active)
    accounts.save(change.transaction, account)
    if not active:
        accounts.end_sessions(change.transaction, name)
    change.record(
        "account.saved",
        f"account/{name}",
        before={"role": before.role, "agency": before.agency, "active": before.active} if before else {},
        after={"role": role, "agency": agency, "active": active},
    )
    return account


def _require_distinct(name: str, known: Iterable[str]) -> None:
    """Refuse a name that is mistaken for another account's."""
    for other in known:
        if skeleton(other) == skeleton(name):
            raise InputError(
                Message(
                    "account_looks_alike",
                    "account: the name %(account)r looks like that of account %(other)r; choose another",
                    account=name,
                    other=other,
                )
            )


def _require_other_administrator(connection: Connection, name: str, known: Mapping[str, Account]) -> None:
    """Refuse to take the last account that can sign in and administer."""
    able = accounts.accounts_with_password(connection)
    if name in able and not any(_administers(a) and a.name in able for a in known.values() if a.name != name):
        raise ConflictError(
            Message(
                "last_administrator",
                "account %(account)s is the last administrator who can sign in; make another one first",
                account=name,
            )
        )


def _administers(account: Account) -> bool:
    return account.active and Capability.ADD_ACCOUNT in ROLES[Role(account.role)].capabilities


def give_password(
    store: Store, name: str, *, password: str = "", actor: Actor, now: datetime, real_now: datetime
) -> str:
    """Set a password of an account, to be changed at the first sign-in. Its sessions and tokens end.

    Returns:
        The password: `password`, or a new one if that is empty.

    Raises:
        InputError: when there is no such account, or the password is too weak.
    """
    require(actor, Capability.ADD_ACCOUNT)
    if password:
        require_good(password, name)
    password = password or one_time_password()
    hashed = hash_password(password)
    save_password(store, name, hashed, one_time=True, actor=actor, now=now, real_now=real_now)
    return password


@use_case()
def save_password(
    change: Change,
    name: str,
    hashed: str,
    /,
    *,
    one_time: bool,
    keep: str = "",
    actor: Actor,
    now: datetime,
    real_now: datetime,
) -> None:
    """Replace an account's password by the one with a hash. Its tokens are revoked, its sessions end except `keep`.

    Raises:
        InputError: when there is no such account.
    """
    if accounts.get(change.connection, name) is None:
        raise InputError(
            Message("no_account", "there is no account %(account)r", account=name), hint=Hint.LIST_ACCOUNTS
        )
    accounts.set_password(change.transaction, name, hashed, one_time=one_time, real_now=real_now)
    accounts.end_sessions(change.transaction, name, but=keep)
    revoked = accounts.revoke_tokens_of(change.transaction, name, real_now)
    change.record(
        "account.password_set",
        f"account/{name}",
        after={"one_time": one_time} | ({"tokens_revoked": revoked} if revoked else {}),
    )


def make_first_administrator(
    store: Store, *, actor: Actor, now: datetime, real_now: datetime
) -> tuple[str, str] | None:
    """Make an administrator if none can sign in.

    Returns:
        Its name and one-time password; None: there is one already.
    """
    with store.database.read() as connection:
        with_password = accounts.accounts_with_password(connection)
        by_name = accounts.accounts(connection)
    admins = [a for a in by_name.values() if _administers(a)]
    if any(a.name in with_password for a in admins):
        return None
    # Never an existing account of another role: it was made for less, or switched off.
    free = (f"admin{k}" if k > 1 else "admin" for k in count(1))
    name = admins[0].name if admins else next(name for name in free if name not in by_name)
    if not admins:
        save_account(store, name, Role.ADMINISTRATOR, actor=actor, now=now)
    return name, give_password(store, name, actor=actor, now=now, real_now=real_now)


def actor_named(connection: Connection, name: str, os_user: str) -> Actor:
    """The actor of an account; the local administrator where no account is named.

    Raises:
        DeniedError: for an account that does not exist or is not active.
    """
    if name in ("", LOCAL):
        return Actor(account=LOCAL, role=Role.ADMINISTRATOR, os_user=os_user)
    account = accounts.get(connection, name)
    if account is None or not account.active:
        raise DeniedError(
            Message("account_inactive", "there is no account %(account)r that may act", account=name),
            hint=Hint.LIST_ACCOUNTS,
        )
    return Actor(account=account.name, role=Role(account.role), agency=account.agency, os_user=os_user)
