"""Signing in: by password into a session, or with a token; throttled, and always by what the store holds now.

Times here are real ones, but for events.
"""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from passplan.domain.errors import DeniedError, InputError, NotFoundError, SignInError, ThrottledError
from passplan.domain.messages import Message
from passplan.service.access.accounts import save_password
from passplan.service.access.keys import Keys
from passplan.service.access.passwords import is_password, require_good
from passplan.service.access.roles import Actor, Capability, Role, require
from passplan.service.store import Store
from passplan.store import accounts
from passplan.store.accounts import Account, Password, Session, Token
from passplan.store.database import Connection, Transaction

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
PROVED = timedelta(minutes=5)  # so long a password that was given lets do what is sensitive
TOKEN_DAYS_AT_MOST = 366
SCOPES = ("read", "write")

_SESSION, _TOKEN, _NAME = "session", "token", "name"  # what a key hashes
_TOUCH = timedelta(minutes=1)
_FREE = {"account": 5, "network": 50}  # failures that cost no waiting
_FIRST_WAIT_S = 15.0
_LONGEST_WAIT_S = 900.0
_FORGIVEN_S = 900.0  # so long without a failure takes one back: a large network is not slowed down by a typo a day
_WRONG = Message("sign_in_wrong", "account and password do not go together")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Whoever stands at the door, signed in."""

    actor: Actor
    session: Session | None = None  # of a browser
    token: Token | None = None  # of a program
    one_time: bool = False  # the password is to be changed before anything else

    @property
    def may_write(self) -> bool:
        """Whether more than reading is allowed at all."""
        return self.token is None or self.token.scope == "write"

    def is_proved(self, real_now: datetime) -> bool:
        """Whether the password was given a moment ago."""
        return self.session is not None and real_now - self.session.proved <= PROVED


def sign_in(
    store: Store, keys: Keys, name: str, password: str, *, address: str, agent: str, now: datetime, real_now: datetime
) -> str:
    """Begin a session.

    Returns:
        Its secret, for the browser's cookie.

    Raises:
        SignInError: when account and password do not go together; it does not say which of them is wrong.
        ThrottledError: after too many attempts from one network.
    """
    unknown = f"unknown-{keys.digest(name, _NAME)[:16]}"
    account, proved = _prove(store, name, password, unknown, address=address, now=now, real_now=real_now)
    secret = secrets.token_urlsafe(32)
    new = Session(
        id_hash=keys.digest(secret, _SESSION),
        account=account.name,
        created=real_now,
        seen=real_now,
        proved=real_now,
        address=address,
        agent=agent[:200],
    )

    def work(transaction: Transaction) -> None:
        # Working out the hash takes a while: the account may be switched off by now, or its password another.
        there = accounts.get(transaction.connection, account.name)
        if there is None or not there.active or accounts.password_of(transaction.connection, account.name) != proved:
            raise SignInError(_WRONG)
        accounts.forget(
            transaction,
            seen_before=real_now - IDLE,
            created_before=real_now - ABSOLUTE,
            failed_before=real_now - timedelta(days=1),
        )
        accounts.add_session(transaction, new)
        transaction.record(
            _actor(account), now, "account.signed_in", f"account/{account.name}", after={"from": address}
        )

    store.write(work)
    return secret


def reauthenticate(
    store: Store, visit: Identity, password: str, *, address: str, now: datetime, real_now: datetime
) -> None:
    """Take the password once more, for what is sensitive.

    Raises:
        SignInError, ThrottledError: as `sign_in`.
    """
    session = _own_session(visit)
    _prove(store, session.account, password, "", address=address, now=now, real_now=real_now)
    store.database.write(lambda t: accounts.touch_session(t, session.id_hash, real_now, proved=True))


def visit_by_session(
    store: Store, keys: Keys, secret: str, *, real_now: datetime, touch: bool = True
) -> Identity | None:
    """Who has a session; None: nobody, or it is over. `touch`: whether this is a use of it."""
    with store.database.read() as connection:
        visit = session_visit(connection, keys, secret, real_now=real_now)
    if visit is not None and touch:
        note_use(store, visit, real_now=real_now)
    return visit


def session_visit(connection: Connection, keys: Keys, secret: str, *, real_now: datetime) -> Identity | None:
    """Who has a session, in a read transaction that is open; None: nobody, or it is over."""
    if not secret or len(secret) > 100:
        return None
    found = accounts.session_and_account(connection, keys.digests(secret, _SESSION))
    if found is None:
        return None
    session, account = found
    password = accounts.password_of(connection, account.name)
    is_over = real_now - session.seen > IDLE or real_now - session.created > ABSOLUTE
    if is_over or not account.active or password is None:
        return None
    return Identity(actor=_actor(account), session=session, one_time=password.one_time)


def visit_by_token(store: Store, keys: Keys, text: str, *, real_now: datetime) -> Identity | None:
    """Who has a token; None: nobody, or it was revoked or has expired."""
    with store.database.read() as connection:
        visit = token_visit(connection, keys, text, real_now=real_now)
    if visit is not None:
        note_use(store, visit, real_now=real_now)
    return visit


def token_visit(connection: Connection, keys: Keys, text: str, *, real_now: datetime) -> Identity | None:
    """Who has a token, in a read transaction that is open; None: nobody, or it was revoked or has expired."""
    kind, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if kind != "pp" or len(prefix) != 8 or len(secret) != 43:
        return None
    found = accounts.token_and_account(connection, prefix)
    if found is None:
        return None
    token, account = found
    if not keys.knows(text, _TOKEN, token.secret_hash) or token.revoked is not None or token.expires <= real_now:
        return None
    if not account.active:
        return None
    return Identity(actor=_actor(account), token=token)


def note_use(store: Store, visit: Identity, *, real_now: datetime) -> None:
    """Note when a session or a token was used last, where that is some time ago."""
    session, token = visit.session, visit.token
    if session is not None and real_now - session.seen > _TOUCH:
        store.database.write(lambda t: accounts.touch_session(t, session.id_hash, real_now))
    if token is not None and (token.used is None or real_now - token.used > _TOUCH):
        store.database.write(lambda t: accounts.touch_token(t, token.prefix, real_now))


def sign_out(store: Store, visit: Identity, *, now: datetime) -> None:
    """End the session."""
    session = _own_session(visit)
    end_session(store, session.id_hash, actor=visit.actor, now=now)


def end_session(store: Store, id_hash: str, *, actor: Actor, now: datetime) -> None:
    """End one of one's own sessions.

    Raises:
        NotFoundError: when there is none.
    """

    def work(transaction: Transaction) -> None:
        if not accounts.end_session(transaction, actor.account, id_hash):
            raise NotFoundError(Message("no_session", "there is no such session"))
        transaction.record(actor, now, "session.ended", f"account/{actor.account}")

    store.database.write(work)


def sessions_of(store: Store, *, actor: Actor, real_now: datetime) -> list[Session]:
    """One's own sessions that are not over."""
    with store.database.read() as connection:
        found = accounts.sessions_of(connection, actor.account)
    return [s for s in found if real_now - s.seen <= IDLE and real_now - s.created <= ABSOLUTE]


def change_password(store: Store, visit: Identity, new: str, *, now: datetime, real_now: datetime) -> None:
    """Change one's own password. Every other session of the account ends.

    Raises:
        InputError: for one that will not do.
        SignInError: unless the old one was given a moment ago.
    """
    session = _own_session(visit)
    require_proof(visit, real_now)
    require_good(new, visit.actor.account)
    with store.database.read() as connection:
        old = accounts.password_of(connection, visit.actor.account)
    if old is not None and is_password(new, old.hash):
        raise InputError(Message("password_unchanged", "the new password is the old one; take another"))
    save_password(
        store, session.account, new, one_time=False, keep=session.id_hash, by=visit.actor, now=now, real_now=real_now
    )


def create_token(
    store: Store,
    keys: Keys,
    name: str,
    *,
    account: str = "",
    scope: str = "read",
    days: int = 90,
    actor: Actor,
    now: datetime,
    real_now: datetime,
) -> str:
    """Make a token of an account, by default one's own.

    Returns:
        The token. It is shown once: the store has its HMAC alone.

    Raises:
        InputError: for a name, a scope or days that will not do, or an account that is not there.
        DeniedError: for another's account, but for administrators.
    """
    account = account or actor.account
    if account != actor.account:
        require(actor, Capability.ADD_ACCOUNT)
    if not name or len(name) > 60 or not name.isprintable():
        raise InputError(
            Message("token_name_missing", "token: give it a name of 1 to 60 characters that says what it is for")
        )
    if scope not in SCOPES:
        raise InputError(
            Message(
                "token_scope_unknown",
                "token: scope is %(scope)r; it is one of %(known)s",
                scope=scope,
                known=tuple(SCOPES),
            )
        )
    if not 1 <= days <= TOKEN_DAYS_AT_MOST:
        raise InputError(
            Message(
                "token_days_out_of_range",
                "token: it lasts %(days)s days; that is 1 to %(most)s",
                days=days,
                most=TOKEN_DAYS_AT_MOST,
            )
        )
    prefix = secrets.token_hex(4)
    text = f"pp_{prefix}_{secrets.token_urlsafe(32)}"

    def work(transaction: Transaction) -> None:
        found = accounts.get(transaction.connection, account)
        if found is None or not found.active:
            raise InputError(
                Message("account_inactive", "there is no account %(account)r that may act", account=account)
            )
        new = Token(
            prefix=prefix,
            account=account,
            name=name,
            secret_hash=keys.digest(text, _TOKEN),
            scope=scope,
            created=real_now,
            expires=real_now + timedelta(days=days),
        )
        accounts.add_token(transaction, new)
        after = {"prefix": prefix, "name": name, "scope": scope, "days": days}
        transaction.record(actor, now, "token.created", f"account/{account}", after=after)

    store.database.write(work)
    return text


def revoke_token(store: Store, prefix: str, *, actor: Actor, now: datetime, real_now: datetime) -> None:
    """Let a token count no more.

    Raises:
        NotFoundError: when there is none, or it is another's and the actor is no administrator.
    """

    def work(transaction: Transaction) -> None:
        found = accounts.token_and_account(transaction.connection, prefix)
        if found is None or (found[0].account != actor.account and not actor.has(Capability.ADD_ACCOUNT)):
            raise NotFoundError(Message("no_token", "there is no token %(token)s", token=prefix))
        accounts.revoke_token(transaction, prefix, real_now)
        transaction.record(actor, now, "token.revoked", f"account/{found[0].account}", before={"prefix": prefix})

    store.database.write(work)


def tokens_of(store: Store, *, all_accounts: bool = False, actor: Actor) -> list[Token]:
    """One's own tokens; an administrator's question may be for everybody's.

    Raises:
        DeniedError: for everybody's, where the actor is no administrator.
    """
    if all_accounts:
        require(actor, Capability.ADD_ACCOUNT)
    with store.database.read() as connection:
        return accounts.tokens_of(connection, "" if all_accounts else actor.account)


def require_proof(visit: Identity, real_now: datetime) -> None:
    """Refuse what is sensitive where the password was not given a moment ago.

    Raises:
        SignInError: then.
    """
    if not visit.is_proved(real_now):
        raise SignInError(Message("password_needed_again", "give your password once more before this"))


def network_of(address: str) -> str:
    """The network that attempts of an address count for: /24, or /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 6 and found.ipv4_mapped is not None:  # IPv4 as a socket for both kinds tells it
        found = found.ipv4_mapped
    return str(ipaddress.ip_network(f"{found}/{24 if found.version == 4 else 64}", strict=False))


def _prove(
    store: Store, name: str, password: str, unknown: str, *, address: str, now: datetime, real_now: datetime
) -> tuple[Account, Password]:
    network = network_of(address)
    name = name if len(name) <= 64 and name.isprintable() else ""
    with store.database.read() as connection:
        account, secret = accounts.get(connection, name), accounts.password_of(connection, name)
        who = name if account is not None else unknown  # what is typed for a name may be a password: it is not kept
        keys = {"account": f"{who}@{network}", "network": network}
        known = accounts.failures(connection, tuple(keys.values()))
    for kind, key in keys.items():
        count, last = known.get(key, (0, real_now))
        wait_s = _wait_s(count, _FREE[kind]) - (real_now - last).total_seconds()
        if wait_s > 0.0:
            raise ThrottledError(
                Message(
                    "too_many_attempts",
                    "too many attempts; try again in %(wait_s).0f s. Who is signed in stays so",
                    wait_s=wait_s,
                ),
                retry_after_s=wait_s,
            )
    good = is_password(password, secret.hash if secret else None)
    if account is None or secret is None or not account.active or not good:

        def fail(transaction: Transaction) -> None:
            counts = accounts.failures(transaction.connection, tuple(keys.values()))
            for kind, key in keys.items():
                before, last = counts.get(key, (0, real_now))
                forgiven = max(0, int((real_now - last).total_seconds() / _FORGIVEN_S))
                count = max(0, before - forgiven) + 1
                accounts.note_failure(transaction, key, count, real_now)
                if count == _FREE[kind]:
                    nobody = Actor(account="", role=Role.VIEWER)
                    after = {"attempts": count, "key": key}
                    transaction.record(nobody, now, "sign_in.throttled", f"account/{who}", after=after)

        store.write(fail)
        raise SignInError(_WRONG)
    if keys["account"] in known:
        store.database.write(lambda t: accounts.forget_failures(t, (keys["account"],)))
    return account, secret


def _wait_s(count: int, free: int) -> float:
    return 0.0 if count < free else min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(count - free, 20))


def _own_session(visit: Identity) -> Session:
    if visit.session is None:
        raise DeniedError(Message("browser_needed", "only a browser that is signed in does that, and not a token"))
    return visit.session


def _actor(account: Account) -> Actor:
    return Actor(account=account.name, role=Role(account.role), agency=account.agency)
