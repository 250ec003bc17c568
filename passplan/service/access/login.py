"""Sign-in: a password begins a session, or a token; throttled, and checked against the store at every request.

Times are real times; events have mission time.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from passplan.domain.errors import DeniedError, InputError, NotFoundError, SignInError, ThrottledError
from passplan.domain.messages import Message
from passplan.domain.roles import Capability, Role
from passplan.domain.rows.service import TokenRow
from passplan.service.access.accounts import save_password
from passplan.service.access.actors import Actor, require
from passplan.service.access.keys import Keys
from passplan.service.access.passwords import hash_password, is_password, require_good
from passplan.service.access.second_factor import step_of_code
from passplan.service.store import Store
from passplan.service.use_case import Change, use_case
from passplan.store import accounts
from passplan.store.accounts import Account, Password, SecondFactor, Session, Token
from passplan.store.database import Connection, Transaction

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
ONE_TIME_FOR = timedelta(days=3)  # after that, a password that somebody else has set no longer signs in
PROVED = timedelta(minutes=5)  # after a password was entered, sensitive actions are allowed for this time
TOKEN_DAYS_AT_MOST = 366
SCOPES = ("read", "write")

_SESSION, _TOKEN, _NAME = "session", "token", "name"  # what a key hashes
_TOUCH = timedelta(minutes=1)
_SKEW = timedelta(minutes=1)  # of the clocks of several machines; what lies further ahead is of a clock that was wrong
_FREE = {"account": 5, "network": 50, "code": 5}  # failures without a wait
_FIRST_WAIT_S = 15.0
_LONGEST_WAIT_S = 900.0
_FORGIVEN_S = 900.0  # each such time without a failure subtracts one: a typo a day does not slow a large network down
_WRONG = Message("sign_in_wrong", "account and password do not go together")
_CODE_NEEDED = Message("code_needed", "this account has a second factor: give the code that your device shows, too")
_ONE_TIME_OVER = Message("one_time_over", "this one-time password is more than 3 days old; ask for a new one")
_CODE_USED = Message("code_used", "this code has been used; wait for the next one")
_CODE_WRONG = Message("code_wrong", "the code is wrong; is the clock of your device right?")
_NOBODY = Actor(account="", role=Role.VIEWER)  # of events of failed sign-ins


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A signed-in actor, with its session or its token."""

    actor: Actor
    session: Session | None = None  # of a browser
    token: Token | None = None  # of a program
    one_time: bool = False  # the password is to be changed before anything else

    @property
    def may_write(self) -> bool:
        """Whether the session or the token allows more than reading."""
        return self.token is None or self.token.scope == "write"

    def is_proved(self, real_now: datetime) -> bool:
        """Whether the password was entered in the last few minutes."""
        return self.session is not None and _lasts(self.session.proved, PROVED, real_now)


def sign_in(
    store: Store,
    keys: Keys,
    name: str,
    password: str,
    *,
    code: str = "",
    address: str,
    agent: str,
    now: datetime,
    real_now: datetime,
) -> str:
    """Begin a session. `code` is that of the second factor, where the account has one.

    Returns:
        Its secret, for the browser's cookie.

    Raises:
        SignInError: when account and password do not go together; it does not say which of them is wrong. With the
            right password, when the code is missing or wrong, or has been used.
        ThrottledError: after too many attempts from one network.
    """
    unknown = f"unknown-{keys.digest(name, _NAME)[:16]}"
    proof = _prove(store, name, password, unknown, keys=keys, code=code, address=address, now=now, real_now=real_now)
    account = proof.account
    secret = secrets.token_urlsafe(32)
    session = Session(
        id_hash=keys.digest(secret, _SESSION),
        account=account.name,
        created=real_now,
        seen=real_now,
        proved=real_now,
        address=address,
        agent=agent[:200],
    )
    _begin_session(store, session, proof, actor=_actor(account), now=now)
    return secret


@use_case()
def _begin_session(change: Change, session: Session, proof: _Proof, /, *, actor: Actor, now: datetime) -> None:
    # Computing the hash takes a while: since then the account may be switched off, or its password changed.
    account = accounts.get(change.connection, session.account)
    if account is None or not account.active or accounts.password_of(change.connection, account.name) != proof.password:
        raise SignInError(_WRONG)
    if accounts.second_factor_of(change.connection, account.name) != proof.factor:
        raise SignInError(_CODE_NEEDED)
    real_now = session.created
    accounts.forget(
        change.transaction,
        seen_before=real_now - IDLE,
        created_before=real_now - ABSOLUTE,
        failed_before=real_now - timedelta(days=1),
    )
    accounts.add_session(change.transaction, session)
    change.record("account.signed_in", f"account/{account.name}", after={"from": session.address})


def reauthenticate(
    store: Store,
    keys: Keys,
    visit: Identity,
    password: str,
    *,
    code: str = "",
    address: str,
    now: datetime,
    real_now: datetime,
) -> None:
    """Check the password again, and the code of a second factor, before a sensitive action.

    Raises:
        SignInError, ThrottledError: as `sign_in`.
    """
    session = _session_of(visit)
    _prove(store, session.account, password, "", keys=keys, code=code, address=address, now=now, real_now=real_now)
    _note_proof(store, session, real_now, actor=visit.actor, now=now)


@use_case(exclusive=False)
def _note_proof(change: Change, session: Session, real_now: datetime, /, *, actor: Actor, now: datetime) -> None:
    accounts.touch_session(change.transaction, session.id_hash, real_now, proved=True)
    change.record("account.proved", f"account/{session.account}", after={"from": session.address})


def visit_by_session(
    store: Store, keys: Keys, secret: str, *, real_now: datetime, touch: bool = True
) -> Identity | None:
    """The identity of a session; None: there is none, or it is over. `touch`: whether this is a use of it."""
    with store.database.read() as connection:
        visit = session_visit(connection, keys, secret, real_now=real_now)
    if visit is not None and touch:
        note_use(store, visit, real_now=real_now)
    return visit


def session_visit(connection: Connection, keys: Keys, secret: str, *, real_now: datetime) -> Identity | None:
    """The identity of a session, in an open read transaction; None: there is none, or it is over."""
    if not secret or len(secret) > 100:
        return None
    row = accounts.session_and_account(connection, keys.digests(secret, _SESSION))
    if row is None:
        return None
    session, account = row
    password = accounts.password_of(connection, account.name)
    if not _is_open(session, real_now) or not account.active or password is None:
        return None
    return Identity(actor=_actor(account), session=session, one_time=password.one_time)


def visit_by_token(store: Store, keys: Keys, text: str, *, real_now: datetime) -> Identity | None:
    """The identity of a token; None: there is none, or it was revoked or has expired."""
    with store.database.read() as connection:
        visit = token_visit(connection, keys, text, real_now=real_now)
    if visit is not None:
        note_use(store, visit, real_now=real_now)
    return visit


def token_visit(connection: Connection, keys: Keys, text: str, *, real_now: datetime) -> Identity | None:
    """The identity of a token, in an open read transaction; None: there is none, or it was revoked or has expired."""
    kind, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if kind != "pp" or len(prefix) != 8 or len(secret) != 43:
        return None
    row = accounts.token_and_account(connection, prefix)
    if row is None:
        return None
    token, account = row
    if not keys.knows(text, _TOKEN, token.secret_hash) or token.revoked is not None or token.expires <= real_now:
        return None
    if not account.active:
        return None
    return Identity(actor=_actor(account), token=token)


def note_use(store: Store, visit: Identity, *, real_now: datetime) -> None:
    """Record the last use of a session or a token, at most once a minute."""
    session, token = visit.session, visit.token
    if session is not None and real_now - session.seen > _TOUCH:
        store.database.write(lambda t: accounts.touch_session(t, session.id_hash, real_now))
    if token is not None and (token.used is None or real_now - token.used > _TOUCH):
        store.database.write(lambda t: accounts.touch_token(t, token.prefix, real_now))


def sign_out(store: Store, visit: Identity, *, now: datetime) -> None:
    """End the session."""
    session = _session_of(visit)
    end_session(store, session.id_hash, actor=visit.actor, now=now)


@use_case(exclusive=False)
def end_session(change: Change, id_hash: str, /, *, actor: Actor, now: datetime) -> None:
    """End one of the actor's own sessions.

    Raises:
        NotFoundError: when there is none.
    """
    if not accounts.end_session(change.transaction, actor.account, id_hash):
        raise NotFoundError(Message("no_session", "there is no such session"))
    change.record("session.ended", f"account/{actor.account}")


def sessions_of(store: Store, *, actor: Actor, real_now: datetime) -> list[Session]:
    """The actor's own sessions that are not over."""
    with store.database.read() as connection:
        sessions = accounts.sessions_of(connection, actor.account)
    return open_sessions(sessions, real_now)


def open_sessions(sessions: Iterable[Session], real_now: datetime) -> list[Session]:
    """The sessions that are not over."""
    return [s for s in sessions if _is_open(s, real_now)]


def _is_open(session: Session, real_now: datetime) -> bool:
    return _lasts(session.seen, IDLE, real_now) and _lasts(session.created, ABSOLUTE, real_now)


def _lasts(since: datetime, limit: timedelta, real_now: datetime) -> bool:
    """Whether something that began at a time still lasts; not if it began in the future: the clock was wrong then."""
    return -_SKEW <= real_now - since <= limit


def change_password(store: Store, visit: Identity, new: str, *, now: datetime, real_now: datetime) -> None:
    """Change the actor's own password. Every other session of the account ends, and its tokens are revoked.

    Raises:
        InputError: for a password that is too weak.
        SignInError: unless the old one was entered in the last few minutes.
    """
    session = _session_of(visit)
    require_proof(visit, real_now)
    require_good(new, visit.actor.account)
    with store.database.read() as connection:
        old = accounts.password_of(connection, visit.actor.account)
    if old is not None and is_password(new, old.hash):
        raise InputError(Message("password_unchanged", "the new password is the old one; take another"))
    save_password(
        store,
        session.account,
        hash_password(new),
        one_time=False,
        keep=session.id_hash,
        actor=visit.actor,
        now=now,
        real_now=real_now,
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
    """Create a token of an account, by default the actor's own.

    Returns:
        The token. It is shown only once: the store has only its HMAC.

    Raises:
        InputError: for an invalid name, scope or number of days, or an account that does not exist.
        DeniedError: for another account, unless the actor is an administrator.
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

    token = Token(
        prefix=prefix,
        account=account,
        name=name,
        secret_hash=keys.digest(text, _TOKEN),
        scope=scope,
        created=real_now,
        expires=real_now + timedelta(days=days),
    )
    _add_token(store, token, days, actor=actor, now=now)
    return text


@use_case(exclusive=False)
def _add_token(change: Change, token: Token, days: int, /, *, actor: Actor, now: datetime) -> None:
    account = accounts.get(change.connection, token.account)
    if account is None or not account.active:
        raise InputError(
            Message("account_inactive", "there is no account %(account)r that may act", account=token.account)
        )
    accounts.add_token(change.transaction, token)
    after = {"prefix": token.prefix, "name": token.name, "scope": token.scope, "days": days}
    change.record("token.created", f"account/{token.account}", after=after)


@use_case(exclusive=False)
def revoke_token(change: Change, prefix: str, /, *, actor: Actor, now: datetime, real_now: datetime) -> None:
    """Revoke a token.

    Raises:
        NotFoundError: when there is none, or it is of another account and the actor is no administrator.
    """
    row = accounts.token_and_account(change.connection, prefix)
    if row is None or (row[0].account != actor.account and not actor.has(Capability.ADD_ACCOUNT)):
        raise NotFoundError(Message("no_token", "there is no token %(token)s", token=prefix))
    accounts.revoke_token(change.transaction, prefix, real_now)
    change.record("token.revoked", f"account/{row[0].account}", before={"prefix": prefix})


def tokens_of(store: Store, *, all_accounts: bool = False, actor: Actor) -> list[TokenRow]:
    """The actor's own tokens; for an administrator, those of all accounts on request.

    Raises:
        DeniedError: for those of all accounts, where the actor is no administrator.
    """
    if all_accounts:
        require(actor, Capability.ADD_ACCOUNT)
    with store.database.read() as connection:
        return [token_row(t) for t in accounts.tokens_of(connection, "" if all_accounts else actor.account)]


def token_row(t: Token) -> TokenRow:
    """The row of a token, without its secret."""
    scope: Any = t.scope
    return TokenRow(
        prefix=t.prefix,
        account=t.account,
        name=t.name,
        scope=scope,
        created=t.created,
        expires=t.expires,
        used=t.used,
        revoked=t.revoked,
    )


def require_proof(visit: Identity, real_now: datetime) -> None:
    """Refuse a sensitive action unless the password was entered in the last few minutes.

    Raises:
        SignInError: when it was not.
    """
    if not visit.is_proved(real_now):
        raise SignInError(Message("password_needed_again", "give your password once more before this"))


def network_of(address: str) -> str:
    """The network for which attempts of an address are counted: /24, or /48, which one customer may have."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if ip.version == 6 and ip.ipv4_mapped is not None:  # IPv4, as a socket for both families reports it
        ip = ip.ipv4_mapped
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """What a sign-in has proved."""

    account: Account
    password: Password
    factor: SecondFactor | None  # as it was after its code was used; None: the account has none


def _prove(
    store: Store,
    name: str,
    password: str,
    unknown: str,
    *,
    keys: Keys,
    code: str = "",
    address: str,
    now: datetime,
    real_now: datetime,
) -> _Proof:
    """Check a password, and the code of the second factor where the account has one."""
    network = network_of(address)
    name = name if len(name) <= 64 and name.isprintable() else ""
    with store.database.read() as connection:
        account, secret = accounts.get(connection, name), accounts.password_of(connection, name)
        factor = accounts.second_factor_of(connection, name)
    key_name = name if account is not None else unknown  # a typed name may be a password: it is not stored
    counters = {"account": f"{key_name}@{network}", "network": network}
    attempts = _begin_attempt(store, counters, real_now, actor=_NOBODY, now=now)
    is_correct = is_password(password, secret.hash if secret else None)
    if account is None or secret is None or not account.active or not is_correct:
        _record_failure(store, key_name, counters, attempts, "password", actor=_NOBODY, now=now)
        raise SignInError(_WRONG)
    if secret.one_time and real_now - secret.set > ONE_TIME_FOR:
        raise SignInError(_ONE_TIME_OVER)
    if factor is not None:
        # Counted whatever the network: whoever gets here has the password, so nobody else can lock the user out.
        counters["code"] = f"code/{name}"
        attempts |= _begin_attempt(store, {"code": counters["code"]}, real_now, actor=_NOBODY, now=now)
        step = step_of_code(keys, name, factor.serial, code, real_now)
        is_used = step is not None and not store.database.write(lambda t: accounts.use_step(t, name, step))
        if step is None or is_used:
            _record_failure(store, key_name, counters, attempts, "code", actor=_NOBODY, now=now)
            raise SignInError(_CODE_USED if is_used else _CODE_WRONG if code else _CODE_NEEDED)
        factor = replace(factor, last_step=step)
    store.database.write(lambda t: _forgive_attempt(t, counters, attempts))
    return _Proof(account=account, password=secret, factor=factor)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The failures of a key, with an attempt under way as one of them, and the time of the last one before it."""

    count: int
    last: datetime | None


@use_case()
def _begin_attempt(
    change: Change, keys: Mapping[str, str], real_now: datetime, /, *, actor: Actor, now: datetime
) -> dict[str, _Attempt]:
    """Count an attempt as a failure before its password is checked, so that parallel attempts count each other.

    Raises:
        ThrottledError: when its account or its network has to wait.
    """
    known = accounts.failures(change.connection, tuple(keys.values()))
    attempts = {}
    for kind, key in keys.items():
        count, last = known.get(key, (0, None))
        age_s = 0.0 if last is None else (real_now - last).total_seconds()
        wait_s = _wait_s(count, _FREE[kind]) - max(0.0, age_s)
        if wait_s > 0.0 and age_s >= -_SKEW.total_seconds():
            raise ThrottledError(
                Message(
                    "too_many_attempts",
                    "too many attempts; try again in %(wait_s).0f s. Who is signed in stays so",
                    wait_s=wait_s,
                ),
                retry_after_s=wait_s,
            )
        forgiven = max(0, int(age_s / _FORGIVEN_S))
        attempts[key] = _Attempt(max(0, count - forgiven) + 1, last)
    for key, attempt in attempts.items():
        accounts.note_failure(change.transaction, key, attempt.count, real_now)
    return attempts


@use_case(exclusive=False)
def _record_failure(
    change: Change,
    name: str,
    keys: Mapping[str, str],
    attempts: Mapping[str, _Attempt],
    what: str,
    /,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Record a failed sign-in, what failed of it, and when a wait begins."""
    change.record("sign_in.failed", f"account/{name}", after={"network": keys["network"], "wrong": what})
    for kind, key in keys.items():
        if attempts[key].count == _FREE[kind]:
            change.record("sign_in.throttled", f"account/{name}", after={"attempts": _FREE[kind], "key": key})


def _forgive_attempt(transaction: Transaction, keys: Mapping[str, str], attempts: Mapping[str, _Attempt]) -> None:
    """After a sign-in the account has no failures, and the network has that attempt not counted."""
    accounts.forget_failures(transaction, tuple(key for kind, key in keys.items() if kind != "network"))
    network = keys["network"]
    count, last = accounts.failures(transaction.connection, (network,)).get(network, (1, None))
    before = attempts[network].last
    if count <= 1 or last is None or before is None:
        accounts.forget_failures(transaction, (network,))
    else:
        accounts.note_failure(transaction, network, count - 1, before)


def _wait_s(count: int, free: int) -> float:
    return 0.0 if count < free else min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(count - free, 20))


def _session_of(visit: Identity) -> Session:
    if visit.session is None:
        raise DeniedError(Message("browser_needed", "only a browser that is signed in does that, and not a token"))
    return visit.session


def _actor(account: Account) -> Actor:
    return Actor(account=account.name, role=Role(account.role), agency=account.agency)
