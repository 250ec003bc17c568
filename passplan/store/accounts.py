"""Accounts, and how they sign in: passwords, sessions, tokens, and failed attempts. All times are real time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from passplan.store.database import Transaction
from passplan.store.schema import account, failed_attempt, microseconds, moment, password, second_factor, session, token


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person or a program that signs in."""

    name: str
    role: str
    agency: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """The hash of a password."""

    hash: str
    one_time: bool
    set: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """The second factor of an account."""

    serial: str  # the secret is derived from it
    last_step: int  # the time step of the last code that was used [30 s since 1970]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that is signed in; the store has only the HMAC of its id."""

    id_hash: str
    account: str
    created: datetime
    seen: datetime
    proved: datetime  # when the password was last entered
    address: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """The credential of a program; the store has only the HMAC of its secret."""

    prefix: str
    account: str
    name: str
    secret_hash: str
    scope: str  # "read" or "write"
    created: datetime
    expires: datetime
    used: datetime | None = None
    revoked: datetime | None = None


def accounts(connection: sa.Connection) -> dict[str, Account]:
    """All accounts, by name."""
    return {row.name: _account(row) for row in connection.execute(sa.select(account).order_by(account.c.name))}


def get(connection: sa.Connection, name: str) -> Account | None:
    """One account."""
    row = connection.execute(sa.select(account).where(account.c.name == name)).one_or_none()
    return None if row is None else _account(row)


def save(transaction: Transaction, new: Account) -> None:
    """Add an account, or change it."""
    values = {"role": new.role, "agency": new.agency, "active": new.active}
    connection = transaction.connection
    if connection.execute(sa.update(account).where(account.c.name == new.name).values(values)).rowcount == 0:
        connection.execute(sa.insert(account).values(name=new.name, **values))


def password_of(connection: sa.Connection, name: str) -> Password | None:
    """The password of an account; None: it cannot sign in."""
    row = connection.execute(sa.select(password).where(password.c.account == name)).one_or_none()
    return None if row is None else Password(hash=row.hash, one_time=row.one_time, set=moment(row.set_us))


def accounts_with_password(connection: sa.Connection) -> frozenset[str]:
    """The names of accounts that can sign in."""
    return frozenset(connection.execute(sa.select(password.c.account)).scalars())


def set_password(transaction: Transaction, name: str, hashed: str, *, one_time: bool, real_now: datetime) -> None:
    """Set the password of an account."""
    values = {"hash": hashed, "one_time": one_time, "set_us": microseconds(real_now)}
    connection = transaction.connection
    if connection.execute(sa.update(password).where(password.c.account == name).values(values)).rowcount == 0:
        connection.execute(sa.insert(password).values(account=name, **values))


def second_factor_of(connection: sa.Connection, name: str) -> SecondFactor | None:
    """The second factor of an account; None: it has none."""
    row = connection.execute(sa.select(second_factor).where(second_factor.c.account == name)).one_or_none()
    return None if row is None else SecondFactor(serial=row.serial, last_step=row.last_step)


def accounts_with_second_factor(connection: sa.Connection) -> frozenset[str]:
    """The names of accounts that have a second factor."""
    return frozenset(connection.execute(sa.select(second_factor.c.account)).scalars())


def set_second_factor(transaction: Transaction, name: str, new: SecondFactor, *, real_now: datetime) -> None:
    """Set the second factor of an account."""
    values = {"serial": new.serial, "last_step": new.last_step, "set_us": microseconds(real_now)}
    connection = transaction.connection
    if connection.execute(sa.update(second_factor).where(second_factor.c.account == name).values(values)).rowcount == 0:
        connection.execute(sa.insert(second_factor).values(account=name, **values))


def remove_second_factor(transaction: Transaction, name: str) -> bool:
    """Remove the second factor of an account; False: it had none."""
    query = sa.delete(second_factor).where(second_factor.c.account == name)
    return transaction.connection.execute(query).rowcount > 0


def use_step(transaction: Transaction, name: str, step: int) -> bool:
    """Use up the code of a time step; False: it, or a later one, has been used."""
    unused = (second_factor.c.account == name) & (second_factor.c.last_step < step)
    return transaction.connection.execute(sa.update(second_factor).where(unused).values(last_step=step)).rowcount > 0


def add_session(transaction: Transaction, new: Session) -> None:
    """Add a session."""
    transaction.connection.execute(
        sa.insert(session).values(
            id_hash=new.id_hash,
            account=new.account,
            created_us=microseconds(new.created),
            seen_us=microseconds(new.seen),
            proved_us=microseconds(new.proved),
            address=new.address,
            agent=new.agent,
        )
    )


def session_and_account(connection: sa.Connection, id_hashes: tuple[str, ...]) -> tuple[Session, Account] | None:
    """A session by the HMAC of its id under any valid key, and its account."""
    query = sa.select(session, account).join(account, account.c.name == session.c.account)
    row = connection.execute(query.where(session.c.id_hash.in_(id_hashes)).limit(1)).one_or_none()
    return None if row is None else (_session(row), _account(row))


def sessions_of(connection: sa.Connection, name: str) -> list[Session]:
    """The sessions of an account, the newest first."""
    query = sa.select(session).where(session.c.account == name).order_by(session.c.seen_us.desc())
    return [_session(row) for row in connection.execute(query)]


def touch_session(transaction: Transaction, id_hash: str, real_now: datetime, *, proved: bool = False) -> None:
    """Record that a session is in use, and with `proved` that its password was entered again."""
    values = {"seen_us": microseconds(real_now)} | ({"proved_us": microseconds(real_now)} if proved else {})
    transaction.connection.execute(sa.update(session).where(session.c.id_hash == id_hash).values(values))


def end_session(transaction: Transaction, name: str, id_hash: str) -> bool:
    """End a session of an account; return whether there was one."""
    query = sa.delete(session).where(session.c.account == name, session.c.id_hash == id_hash)
    return transaction.connection.execute(query).rowcount > 0


def end_all_sessions(transaction: Transaction) -> None:
    """End the sessions of all accounts."""
    transaction.connection.execute(sa.delete(session))


def end_sessions(transaction: Transaction, name: str, *, but: str = "") -> None:
    """End all sessions of an account except one."""
    query = sa.delete(session).where(session.c.account == name, session.c.id_hash != but)
    transaction.connection.execute(query)


def forget(
    transaction: Transaction, *, seen_before: datetime, created_before: datetime, failed_before: datetime
) -> None:
    """Delete sessions that are over, and failed attempts that have expired."""
    is_over = (session.c.seen_us < microseconds(seen_before)) | (session.c.created_us < microseconds(created_before))
    transaction.connection.execute(sa.delete(session).where(is_over))
    old = sa.delete(failed_attempt).where(failed_attempt.c.last_us < microseconds(failed_before))
    transaction.connection.execute(old)


def add_token(transaction: Transaction, new: Token) -> None:
    """Add a token."""
    transaction.connection.execute(
        sa.insert(token).values(
            prefix=new.prefix,
            account=new.account,
            name=new.name,
            secret_hash=new.secret_hash,
            scope=new.scope,
            created_us=microseconds(new.created),
            expires_us=microseconds(new.expires),
        )
    )


_BY_TOKEN = (  # runs with every request of a program
    sa.select(token, account.c.name.label("owner"), account.c.role, account.c.agency, account.c.active)
    .join(account, account.c.name == token.c.account)
    .where(token.c.prefix == sa.bindparam("prefix"))
)


def token_and_account(connection: sa.Connection, prefix: str) -> tuple[Token, Account] | None:
    """A token by its prefix, and its account."""
    row = connection.execute(_BY_TOKEN, {"prefix": prefix}).one_or_none()
    if row is None:
        return None
    return _token(row), Account(name=row.owner, role=row.role, agency=row.agency, active=row.active)


def tokens_of(connection: sa.Connection, name: str = "") -> list[Token]:
    """The tokens of an account, or all, the newest first."""
    query = sa.select(token).order_by(token.c.created_us.desc(), token.c.prefix)
    if name:
        query = query.where(token.c.account == name)
    return [_token(row) for row in connection.execute(query)]


def touch_token(transaction: Transaction, prefix: str, real_now: datetime) -> None:
    """Record that a token is in use."""
    query = sa.update(token).where(token.c.prefix == prefix).values(used_us=microseconds(real_now))
    transaction.connection.execute(query)


def revoke_token(transaction: Transaction, prefix: str, real_now: datetime) -> None:
    """Revoke a token."""
    query = sa.update(token).where(token.c.prefix == prefix, token.c.revoked_us.is_(None))
    transaction.connection.execute(query.values(revoked_us=microseconds(real_now)))


def revoke_tokens_of(transaction: Transaction, account: str, real_now: datetime) -> int:
    """Revoke all tokens of an account; return how many."""
    query = sa.update(token).where(token.c.account == account, token.c.revoked_us.is_(None))
    return transaction.connection.execute(query.values(revoked_us=microseconds(real_now))).rowcount


def failures(connection: sa.Connection, keys: tuple[str, ...]) -> dict[str, tuple[int, datetime]]:
    """The number of attempts that failed in a row, and the time of the last one, by key."""
    rows = connection.execute(sa.select(failed_attempt).where(failed_attempt.c.key.in_(keys))).mappings()
    return {row["key"]: (row["count"], moment(row["last_us"])) for row in rows}


def note_failure(transaction: Transaction, key: str, count: int, real_now: datetime) -> None:
    """Record another failed attempt."""
    values = {"count": count, "last_us": microseconds(real_now)}
    connection = transaction.connection
    if connection.execute(sa.update(failed_attempt).where(failed_attempt.c.key == key).values(values)).rowcount == 0:
        connection.execute(sa.insert(failed_attempt).values(key=key, **values))


def forget_failures(transaction: Transaction, keys: tuple[str, ...]) -> None:
    """Delete the failed attempts of keys, after an attempt that succeeded."""
    transaction.connection.execute(sa.delete(failed_attempt).where(failed_attempt.c.key.in_(keys)))


def _account(row: Any) -> Account:
    return Account(name=row.name, role=row.role, agency=row.agency, active=row.active)


def _session(row: Any) -> Session:
    return Session(
        id_hash=row.id_hash,
        account=row.account,
        created=moment(row.created_us),
        seen=moment(row.seen_us),
        proved=moment(row.proved_us),
        address=row.address,
        agent=row.agent,
    )


def _token(row: Any) -> Token:
    return Token(
        prefix=row.prefix,
        account=row.account,
        name=row.name,
        secret_hash=row.secret_hash,
        scope=row.scope,
        created=moment(row.created_us),
        expires=moment(row.expires_us),
        used=None if row.used_us is None else moment(row.used_us),
        revoked=None if row.revoked_us is None else moment(row.revoked_us),
    )
