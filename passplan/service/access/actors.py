"""Actors: accounts that act, and what their roles let them do."""

from __future__ import annotations

from dataclasses import dataclass

from passplan.domain.errors import DeniedError
from passplan.domain.messages import Message
from passplan.domain.roles import ROLES, Capability, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An account that acts, and the user of the operating system where it is known."""

    account: str
    role: Role
    agency: str = ""  # of a role that is bound to one
    os_user: str = ""

    def has(self, capability: Capability) -> bool:
        """Whether the role has a capability, for any agency."""
        return capability in ROLES[self.role].capabilities

    def may(self, capability: Capability, *, of: frozenset[str] | None = None) -> bool:
        """Whether the actor has a capability for objects of one of these agencies; None: of no agency in particular."""
        is_bound = ROLES[self.role].of_agency
        return self.has(capability) and (not is_bound or of is None or self.agency in of)


DAEMON = Actor(account="daemon", role=Role.ADMINISTRATOR)


def may(actor: Actor | None, capability: Capability, *, agencies: frozenset[str] | None = None) -> bool:
    """As `Actor.may`; a visitor who is not signed in may do nothing."""
    return actor is not None and actor.may(capability, of=agencies)


def require(actor: Actor, capability: Capability, *, agencies: frozenset[str] | None = None) -> None:
    """Refuse an action that an actor may not do.

    Args:
        actor: the account that acts.
        capability: the capability that the action needs.
        agencies: the agencies of its object; a requester or an operator must be of one of them. None: no agency in
            particular.

    Raises:
        DeniedError: with the roles that have the capability.
    """
    if not actor.has(capability):
        names = ", ".join(sorted(role.value for role, row in ROLES.items() if capability in row.capabilities))
        raise DeniedError(
            Message(
                "role_may_not",
                "%(account)s is a %(role)s and may not %(action)s; %(roles)s may",
                account=actor.account,
                role=actor.role.value,
                action=capability.value,
                roles=names,
            )
        )
    if not actor.may(capability, of=agencies):
        owners = " or ".join(sorted(agencies or ())) or "nobody"
        raise DeniedError(
            Message(
                "other_agency",
                "%(account)s is of %(agency)s, and this is of %(owners)s",
                account=actor.account,
                agency=actor.agency or "no agency",
                owners=owners,
            )
        )
