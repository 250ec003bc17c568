"""What all use cases share: one transaction, who may do it, who leads, what was answered before, and the events."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar, cast

from passplan.domain.network import AgencyId
from passplan.service.access.roles import Actor, Capability, require
from passplan.service.store import Closing, Guard, Store
from passplan.store import small
from passplan.store.database import Connection, Transaction

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A transaction in which an actor changes the store; its events are written at its end."""

    transaction: Transaction
    store: Store
    actor: Actor
    now: datetime  # mission time

    @property
    def connection(self) -> Connection:
        """The transaction's connection."""
        return self.transaction.connection

    def require(self, capability: Capability, *, agencies: frozenset[AgencyId] | None = None) -> None:
        """Refuse what the actor may not do.

        Raises:
            DeniedError: as `roles.require`.
        """
        require(self.actor, capability, agencies=agencies)

    def record(
        self, action: str, object_: str, *, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
    ) -> None:
        """Add an event of the actor."""
        self.transaction.record(self.actor, self.now, action, object_, before=before, after=after)


Check: TypeAlias = Callable[[Change, Any], None]  # takes the use case's first argument too; refuses by an error


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """How a use case answers a call that comes again with the same key: as it answered the first time."""

    scope: Callable[[Actor], str]  # within what a key is known
    body_sha256: Callable[..., str]  # of the positional arguments; another body under the same key is an error
    dump: Callable[[Any], Any]  # the result as JSON
    load: Callable[[Any], Any]


def use_case(
    allowed: Capability | Check | None = None, *, exclusive: bool = True, repeatable: Repeatable | None = None
) -> Callable[[Callable[Concatenate[Change, P], R]], Callable[Concatenate[Store, P], R]]:
    """Make a use case of a rule: the rule takes a `Change` first, the use case takes a `Store`.

    The rule declares the keyword arguments `actor` and `now`, and of these what applies to it:

    - `closing` is called first in the transaction: a job's fence, and its claim of a slot;
    - `key`: with `repeatable`, a call that comes again with the same key is answered and does nothing;
    - `guard` looks at the store after the actor was found to be allowed, and refuses by an error.

    The transaction may be carried out several times, so a rule changes nothing but the store.

    Args:
        allowed: what the actor needs. A capability is checked before the transaction, for no agency in particular; a
            check runs in the transaction. None: the rule checks it itself, or anyone may.
        exclusive: whether one use case at a time runs in a store, as each looks at what it is about to change.
        repeatable: how the answer is kept.
    """

    def decorate(rule: Callable[Concatenate[Change, P], R]) -> Callable[Concatenate[Store, P], R]:
        missing = {"actor", "now"} - set(inspect.signature(rule).parameters)
        if missing:
            raise TypeError(f"{rule.__name__} has no argument {' and '.join(sorted(missing))}")

        @wraps(rule)
        def run(store: Store, /, *args: P.args, **kwargs: P.kwargs) -> R:
            actor, now = cast("Actor", kwargs["actor"]), cast("datetime", kwargs["now"])
            closing, guard = cast("Closing | None", kwargs.get("closing")), cast("Guard | None", kwargs.get("guard"))
            key = cast("str", kwargs.get("key", ""))
            if isinstance(allowed, Capability):
                require(actor, allowed)
            body = repeatable.body_sha256(*args) if repeatable is not None and key else ""

            def carry_out(transaction: Transaction) -> R:
                if exclusive:
                    transaction.wait_for_others()
                if closing is not None:
                    closing(transaction)
                change = Change(transaction=transaction, store=store, actor=actor, now=now)
                if repeatable is not None and key:
                    known = small.answered(change.connection, repeatable.scope(actor), key, body)
                    if known is not None:
                        return cast("R", repeatable.load(known))
                if callable(allowed):
                    allowed(change, args[0])
                if guard is not None:
                    guard(change.connection)
                result = rule(change, *args, **kwargs)
                if repeatable is not None and key:
                    small.remember(transaction, repeatable.scope(actor), key, body, repeatable.dump(result), now)
                return result

            return store.database.write(carry_out)

        return run

    return decorate
