"""The frame of all use cases: one transaction, the capability, the lease, the idempotency key, and the events."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar, cast

from passplan.domain.network import AgencyId
from passplan.domain.roles import Capability
from passplan.domain.text import normalized, require_plain
from passplan.service.access.actors import Actor, require
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
            DeniedError: as `actors.require`.
        """
        require(self.actor, capability, agencies=agencies)

    def record(
        self, action: str, object_: str, *, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None
    ) -> None:
        """Add an event of the actor."""
        self.transaction.record(self.actor, self.now, action, object_, before=before, after=after)


Check: TypeAlias = Callable[[Change, Any], None]  # takes the use case's first argument too; raises to refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """How a use case answers a call that is repeated with the same key: with its first answer."""

    scope: Callable[[Actor], str]  # keys are unique within it
    body_sha256: Callable[..., str]  # of the positional arguments; another body under the same key is an error
    dump: Callable[[Any], Any]  # the result as JSON
    load: Callable[[Any], Any]


def use_case(
    allowed: Capability | Check | None = None, *, exclusive: bool = True, repeatable: Repeatable | None = None
) -> Callable[[Callable[Concatenate[Change, P], R]], Callable[Concatenate[Store, P], R]]:
    """Make a use case of a rule: the rule takes a `Change` first, the use case takes a `Store`.

    The rule declares the keyword arguments `actor` and `now`, and those of these that it needs:

    - `closing` is called first in the transaction: a job's fence, and its claim of a slot;
    - `key`: with `repeatable`, a call that is repeated with the same key returns the first answer and changes nothing;
    - `guard` checks the store after the actor's capability was checked, and raises to refuse.

    A text among the arguments is normalized, and refused where it is not plain, before the transaction.

    The transaction may be repeated, so a rule changes nothing but the store.

    Args:
        allowed: the capability or check of the actor. A capability is checked before the transaction, for no agency in
            particular; a check runs in the transaction. None: the rule checks the actor itself, or anyone may call it.
        exclusive: whether one such use case at a time runs in a store, because each reads the rows that it changes.
        repeatable: how the answer is saved.
    """

    def decorate(rule: Callable[Concatenate[Change, P], R]) -> Callable[Concatenate[Store, P], R]:
        signature, where = inspect.signature(rule), rule.__name__.strip("_").replace("_", " ")
        missing = {"actor", "now"} - set(signature.parameters)
        if missing:
            raise TypeError(f"{rule.__name__} has no argument {' and '.join(sorted(missing))}")

        @wraps(rule)
        def run(store: Store, /, *args: P.args, **kwargs: P.kwargs) -> R:
            actor, now = cast("Actor", kwargs["actor"]), cast("datetime", kwargs["now"])
            closing, guard = cast("Closing | None", kwargs.get("closing")), cast("Guard | None", kwargs.get("guard"))
            key = cast("str", kwargs.get("key", ""))
            if isinstance(allowed, Capability):
                require(actor, allowed)
            for name, value in signature.bind(store, *args, **kwargs).arguments.items():
                if isinstance(value, str):
                    require_plain(where, name, value)
            texts: Any = tuple(normalized(a) if isinstance(a, str) else a for a in args)
            named: Any = {k: normalized(v) if isinstance(v, str) else v for k, v in kwargs.items()}
            body = repeatable.body_sha256(*texts) if repeatable is not None and key else ""

            def carry_out(transaction: Transaction) -> R:
                if exclusive:
                    transaction.wait_for_others()
                if closing is not None:
                    closing(transaction)
                change = Change(transaction=transaction, store=store, actor=actor, now=now)
                if repeatable is not None and key:
                    answer = small.answered(change.connection, repeatable.scope(actor), key, body)
                    if answer is not None:
                        return cast("R", repeatable.load(answer))
                if callable(allowed):
                    allowed(change, texts[0])
                if guard is not None:
                    guard(change.connection)
                result = rule(change, *texts, **named)
                if repeatable is not None and key:
                    small.remember(transaction, repeatable.scope(actor), key, body, repeatable.dump(result), now)
                return result

            return store.database.write(carry_out)

        return run

    return decorate
