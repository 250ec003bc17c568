"""Accounts with their tokens and sessions: the actor's, and all of them for an administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from passplan.domain.roles import Capability
from passplan.domain.rows.service import AccountRow, TokenRow
from passplan.queries.listings import account_rows
from passplan.service.access.actors import Actor, require
from passplan.service.access.login import open_sessions, token_row
from passplan.service.store import Store
from passplan.store import accounts
from passplan.store.accounts import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccount:
    """The sessions and tokens of the actor's account."""

    sessions: tuple[Session, ...]  # that have not ended
    tokens: tuple[TokenRow, ...]
    has_second_factor: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AllAccounts:
    """All accounts and tokens."""

    accounts: tuple[AccountRow, ...]
    tokens: tuple[TokenRow, ...]


def own_account(store: Store, *, actor: Actor, real_now: datetime) -> OwnAccount:
    """The sessions and tokens of the actor's account."""
    with store.database.read() as connection:
        return OwnAccount(
            sessions=tuple(open_sessions(accounts.sessions_of(connection, actor.account), real_now)),
            tokens=tuple(map(token_row, accounts.tokens_of(connection, actor.account))),
            has_second_factor=accounts.second_factor_of(connection, actor.account) is not None,
        )


def all_accounts(store: Store, *, actor: Actor) -> AllAccounts:
    """All accounts and tokens.

    Raises:
        DeniedError: for an actor who may not see them.
    """
    require(actor, Capability.SEE_ACCOUNTS)
    with store.database.read() as connection:
        return AllAccounts(
            accounts=tuple(account_rows(connection)),
            tokens=tuple(map(token_row, accounts.tokens_of(connection))),
        )
