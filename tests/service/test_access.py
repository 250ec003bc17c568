"""Who may do what: the whole table, written out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import passplan
from passplan.domain.errors import DeniedError
from passplan.domain.roles import Capability, Role
from passplan.service.access.actors import Actor, may, require

# v viewer, r requester, o operator, s scheduler, a administrator
TABLE = {
    Capability.APPLY_NETWORK: "a",
    Capability.ADD_ACCOUNT: "a",
    Capability.SEE_ACCOUNTS: "a",
    Capability.HOUSEKEEPING: "a",
    Capability.ADD_ELEMENTS: "sa",
    Capability.CHOOSE_ELEMENTS: "sa",
    Capability.ARM_SOURCE: "sa",
    Capability.REFRESH: "sa",
    Capability.PLAN: "sa",
    Capability.PUBLISH: "sa",
    Capability.SUBMIT_ABOVE_HIGH: "sa",
    Capability.SATELLITE_TIMES: "sa",
    Capability.SEE_EVENTS: "sa",
    Capability.SUBMIT_REQUEST: "rsa",
    Capability.WITHDRAW_REQUEST: "rsa",
    Capability.CANCEL_FOR_AGENCY: "rsa",
    Capability.DECIDE_REQUEST: "osa",
    Capability.CANCEL_FOR_NETWORK: "osa",
    Capability.RECORD_OUTAGE: "osa",
    Capability.ACKNOWLEDGE_CONTACT: "rosa",
    Capability.WRITE_LOG: "rosa",
    Capability.REPORT_OUTCOME: "rosa",
    Capability.SEE_EVERYTHING: "sa",
    Capability.DECIDE_EMERGENCY: "sa",
    Capability.DECIDE_FOR_EVERY_OWNER: "sa",
    Capability.JOIN_ANY_GROUP: "sa",
    Capability.SEE_STATUS: "osa",
    Capability.ACT_FOR_STATIONS: "o",
    Capability.WATCH_STATIONS: "o",
    Capability.WATCH_REQUESTS: "r",
}
LETTER = {Role.VIEWER: "v", Role.REQUESTER: "r", Role.OPERATOR: "o", Role.SCHEDULER: "s", Role.ADMINISTRATOR: "a"}


def actor(role: Role, agency: str = "ESA") -> Actor:
    return Actor(account="ann", role=role, agency=agency)


def test_the_table_has_every_capability() -> None:
    assert set(Capability) == set(TABLE)


def test_a_role_is_named_in_one_file_where_something_is_decided() -> None:
    """Besides the roles: the daemon, the user of the command line, and the people of demos and rehearsals."""
    names = re.compile(r"\bRole\.[A-Z]+|\.role(\.value)? (is|==|in|not in)\b")
    root = Path(passplan.__file__).parent
    found = {p.relative_to(root).as_posix() for p in root.rglob("*.py") if names.search(p.read_text(encoding="utf-8"))}

    assert {
        "domain/roles.py",
        "service/access/actors.py",
        "service/access/accounts.py",
        "service/access/login.py",
        "service/operations/demo.py",
        "cli/init.py",
        "cli/rehearse.py",
        "cli/serve.py",
        "daemon/rehearsal.py",
        "cli/web.py",
    } == found


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says(role: Role) -> None:
    wanted = {action for action, letters in TABLE.items() if LETTER[role] in letters}

    assert wanted == {action for action in TABLE if may(actor(role), action)}


@pytest.mark.parametrize("role", Role)
def test_requesters_and_operators_are_bound_to_their_agency(role: Role) -> None:
    bound = role in (Role.REQUESTER, Role.OPERATOR)
    for action, letters in TABLE.items():
        allowed = LETTER[role] in letters

        assert allowed == may(actor(role), action, agencies=frozenset({"ESA", "JAXA"})), action
        assert (allowed and not bound) == may(actor(role), action, agencies=frozenset({"NASA"})), action
        assert (allowed and not bound) == may(actor(role), action, agencies=frozenset()), action
        assert (allowed and not bound) == may(actor(role, ""), action, agencies=frozenset({"NASA"})), action


@pytest.mark.parametrize("action", TABLE)
def test_without_an_account_nothing_may_be_done(action: Capability) -> None:
    assert not may(None, action)


def test_a_refusal_says_who_may() -> None:
    with pytest.raises(
        DeniedError,
        match=re.escape("ann is a viewer and may not record outage; administrator, operator, scheduler may"),
    ):
        require(actor(Role.VIEWER), Capability.RECORD_OUTAGE)
    with pytest.raises(DeniedError, match="ann is of ESA, and this is of JAXA or NASA"):
        require(actor(Role.OPERATOR), Capability.RECORD_OUTAGE, agencies=frozenset({"NASA", "JAXA"}))
    with pytest.raises(DeniedError, match="ann is of no agency, and this is of nobody"):
        require(actor(Role.OPERATOR, ""), Capability.RECORD_OUTAGE, agencies=frozenset())
