"""Roles: a role is a row of capabilities. No other file decides anything by the name of a role."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The role of an account; `ROLES` has the capabilities of each."""

    VIEWER = "viewer"
    REQUESTER = "requester"
    OPERATOR = "operator"
    SCHEDULER = "scheduler"
    ADMINISTRATOR = "administrator"


class Capability(StrEnum):
    """An action that an actor may do, in the words of messages."""

    APPLY_NETWORK = "apply network"
    ADD_ACCOUNT = "add account"
    ADD_ELEMENTS = "add elements"
    CHOOSE_ELEMENTS = "choose elements"
    ARM_SOURCE = "arm source"
    REFRESH = "refresh"
    PLAN = "plan"
    PUBLISH = "publish"
    SUBMIT_REQUEST = "submit request"
    SUBMIT_ABOVE_HIGH = "submit above high"
    SATELLITE_TIMES = "satellite times"
    WITHDRAW_REQUEST = "withdraw request"
    DECIDE_REQUEST = "decide request"
    ACKNOWLEDGE_CONTACT = "acknowledge contact"
    CANCEL_FOR_AGENCY = "cancel for agency"
    CANCEL_FOR_NETWORK = "cancel for network"
    WRITE_LOG = "write log"
    SEE_EVENTS = "see events"
    SEE_ACCOUNTS = "see accounts"
    REPORT_OUTCOME = "report outcome"
    RECORD_OUTAGE = "record outage"
    HOUSEKEEPING = "housekeeping"
    SEE_EVERYTHING = "see everything"  # of every agency
    DECIDE_EMERGENCY = "decide emergency"
    DECIDE_FOR_EVERY_OWNER = "decide for every owner"  # not only for the actor's own agency
    JOIN_ANY_GROUP = "join any group"  # also one with requests of another agency
    SEE_STATUS = "see status"
    ACT_FOR_STATIONS = "act for stations"  # on contacts of other agencies there
    WATCH_STATIONS = "watch stations"  # see which contacts there have no report
    WATCH_REQUESTS = "watch requests"  # see refusals and contacts to acknowledge


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRow:
    """The capabilities of a role, and whether they are limited to the agency of the account."""

    capabilities: frozenset[Capability] = frozenset()
    of_agency: bool = False


_PLANNING = frozenset(
    {
        Capability.ADD_ELEMENTS,
        Capability.CHOOSE_ELEMENTS,
        Capability.ARM_SOURCE,
        Capability.REFRESH,
        Capability.PLAN,
        Capability.PUBLISH,
        Capability.SUBMIT_REQUEST,
        Capability.SUBMIT_ABOVE_HIGH,
        Capability.SATELLITE_TIMES,
        Capability.WITHDRAW_REQUEST,
        Capability.DECIDE_REQUEST,
        Capability.ACKNOWLEDGE_CONTACT,
        Capability.CANCEL_FOR_AGENCY,
        Capability.CANCEL_FOR_NETWORK,
        Capability.WRITE_LOG,
        Capability.SEE_EVENTS,
        Capability.REPORT_OUTCOME,
        Capability.RECORD_OUTAGE,
        Capability.SEE_EVERYTHING,
        Capability.DECIDE_EMERGENCY,
        Capability.DECIDE_FOR_EVERY_OWNER,
        Capability.JOIN_ANY_GROUP,
        Capability.SEE_STATUS,
    }
)

ROLES: dict[Role, RoleRow] = {
    Role.VIEWER: RoleRow(),
    Role.REQUESTER: RoleRow(
        of_agency=True,
        capabilities=frozenset(
            {
                Capability.SUBMIT_REQUEST,
                Capability.WITHDRAW_REQUEST,
                Capability.ACKNOWLEDGE_CONTACT,
                Capability.CANCEL_FOR_AGENCY,
                Capability.WRITE_LOG,
                Capability.REPORT_OUTCOME,
                Capability.WATCH_REQUESTS,
            }
        ),
    ),
    Role.OPERATOR: RoleRow(
        of_agency=True,
        capabilities=frozenset(
            {
                Capability.DECIDE_REQUEST,
                Capability.ACKNOWLEDGE_CONTACT,
                Capability.CANCEL_FOR_NETWORK,
                Capability.WRITE_LOG,
                Capability.REPORT_OUTCOME,
                Capability.RECORD_OUTAGE,
                Capability.SEE_STATUS,
                Capability.ACT_FOR_STATIONS,
                Capability.WATCH_STATIONS,
            }
        ),
    ),
    Role.SCHEDULER: RoleRow(capabilities=_PLANNING),
    Role.ADMINISTRATOR: RoleRow(
        capabilities=_PLANNING
        | {Capability.APPLY_NETWORK, Capability.ADD_ACCOUNT, Capability.SEE_ACCOUNTS, Capability.HOUSEKEEPING}
    ),
}
