"""Who may do what: one table, which commands, pages and programs obey alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from passplan.domain.errors import DeniedError


class Role(StrEnum):
    """What an account is for; the table below says what each may do."""

    VIEWER = "viewer"  # looks
    REQUESTER = "requester"  # of an agency: asks, withdraws, acknowledges and cancels for it
    OPERATOR = "operator"  # of an agency's stations: outages, reports, cancellations and approvals there
    SCHEDULER = "scheduler"  # plans and publishes, and asks and decides for all
    ADMINISTRATOR = "administrator"  # what a scheduler may, and networks and accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something: an account, and the user of the operating system where it is known."""

    account: str
    role: Role
    agency: str = ""  # of a requester or an operator
    os_user: str = ""


DAEMON = Actor(account="daemon", role=Role.ADMINISTRATOR)

_ALL = frozenset({Role.SCHEDULER, Role.ADMINISTRATOR})
_MAY = {
    "apply network": frozenset({Role.ADMINISTRATOR}),
    "add account": frozenset({Role.ADMINISTRATOR}),
    "add elements": _ALL,
    "choose elements": _ALL,
    "arm source": _ALL,
    "refresh": _ALL,
    "plan": _ALL,
    "publish": _ALL,
    "submit request": _ALL | {Role.REQUESTER},
    "submit above high": _ALL,
    "satellite times": _ALL,
    "withdraw request": _ALL | {Role.REQUESTER},
    "decide request": _ALL | {Role.OPERATOR},
    "acknowledge contact": _ALL | {Role.REQUESTER, Role.OPERATOR},
    "cancel for agency": _ALL | {Role.REQUESTER},
    "cancel for network": _ALL | {Role.OPERATOR},
    "write log": _ALL | {Role.OPERATOR, Role.REQUESTER},
    "see events": _ALL,
    "see accounts": frozenset({Role.ADMINISTRATOR}),
    "report outcome": _ALL | {Role.OPERATOR, Role.REQUESTER},
    "record outage": _ALL | {Role.OPERATOR},
    "housekeeping": frozenset({Role.ADMINISTRATOR}),
}


def may(actor: Actor | None, action: str, *, agencies: frozenset[str] | None = None) -> bool:
    """Whether `require` would let an actor; nobody who is not signed in may do anything."""
    if actor is None:
        return False
    try:
        require(actor, action, agencies=agencies)
    except DeniedError:
        return False
    return True


def require(actor: Actor, action: str, *, agencies: frozenset[str] | None = None) -> None:
    """Refuse what an actor may not do.

    Args:
        actor: who.
        action: what, a key of the table.
        agencies: whose it is; a requester or an operator must be of one of them. None: nobody's in particular.

    Raises:
        DeniedError: with who may.
    """
    allowed = _MAY[action]
    if actor.role not in allowed:
        names = ", ".join(sorted(role.value for role in allowed))
        raise DeniedError(f"{actor.account} is a {actor.role.value} and may not {action}; {names} may")
    bound = actor.role in (Role.REQUESTER, Role.OPERATOR)
    if bound and agencies is not None and actor.agency not in agencies:
        whose = " or ".join(sorted(agencies)) or "nobody"
        raise DeniedError(f"{actor.account} is of {actor.agency or 'no agency'}, and this is of {whose}")
