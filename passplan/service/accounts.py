"""Accounts: who may act, and for whom."""

from __future__ import annotations

from datetime import datetime

from passplan.domain.checks import require_name, require_one_of
from passplan.domain.errors import DeniedError, InputError
from passplan.service.access import Actor, Role, require
from passplan.service.networks import current_network
from passplan.service.stores import Store
from passplan.store import small
from passplan.store.database import Connection, Transaction
from passplan.store.small import Account

LOCAL = "local"  # whoever can write the data folder


def save_account(
    store: Store, name: str, role: str, *, agency: str = "", active: bool = True, actor: Actor, now: datetime
) -> Account:
    """Add an account, or change what it may do.

    Raises:
        InputError: for a role that is none, an agency that the network does not have, or a requester without one.
    """
    require(actor, "add account")
    require_name("account", "name", name)
    require_one_of("account", "role", role, frozenset(r.value for r in Role))
    if name in (LOCAL, "daemon"):
        raise InputError(f"account: the name {name!r} is taken by passplan itself")
    if role in (Role.REQUESTER, Role.OPERATOR) and not agency:
        raise InputError(f"account {name}: a {role} is of an agency; name it with --agency")
    new = Account(name=name, role=role, agency=agency, active=active)

    def work(transaction: Transaction) -> Account:
        if agency and active:
            _, network = current_network(transaction.connection)
            require_one_of(f"account {name}", "agency", agency, frozenset(a.id for a in network.agencies))
        before = small.accounts(transaction.connection).get(name)
        small.save_account(transaction, new)
        transaction.record(
            actor,
            now,
            "account.saved",
            f"account/{name}",
            before={"role": before.role, "agency": before.agency, "active": before.active} if before else {},
            after={"role": role, "agency": agency, "active": active},
        )
        return new

    return store.write(work)


def actor_named(connection: Connection, name: str, os_user: str) -> Actor:
    """The actor of an account; the local administrator where no account is named.

    Raises:
        DeniedError: for an account that is not there, or not active.
    """
    if name in ("", LOCAL):
        return Actor(account=LOCAL, role=Role.ADMINISTRATOR, os_user=os_user)
    found = small.accounts(connection).get(name)
    if found is None or not found.active:
        raise DeniedError(f"there is no account {name!r} that may act; passplan users list shows them")
    return Actor(account=found.name, role=Role(found.role), agency=found.agency, os_user=os_user)
