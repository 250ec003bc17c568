"""Who may do what: the whole table, written out."""

from __future__ import annotations

import re

import pytest

from passplan.domain.errors import DeniedError
from passplan.service.access.roles import Actor, Role, may, require

# v viewer, r requester, o operator, s scheduler, a administrator
TABLE = {
    "apply network": "a",
    "add account": "a",
    "see accounts": "a",
    "housekeeping": "a",
    "add elements": "sa",
    "choose elements": "sa",
    "arm source": "sa",
    "refresh": "sa",
    "plan": "sa",
    "publish": "sa",
    "submit above high": "sa",
    "satellite times": "sa",
    "see events": "sa",
    "submit request": "rsa",
    "withdraw request": "rsa",
    "cancel for agency": "rsa",
    "decide request": "osa",
    "cancel for network": "osa",
    "record outage": "osa",
    "acknowledge contact": "rosa",
    "write log": "rosa",
    "report outcome": "rosa",
}
LETTER = {Role.VIEWER: "v", Role.REQUESTER: "r", Role.OPERATOR: "o", Role.SCHEDULER: "s", Role.ADMINISTRATOR: "a"}


def actor(role: Role, agency: str = "ESA") -> Actor:
    return Actor(account="ann", role=role, agency=agency)


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
def test_without_an_account_nothing_may_be_done(action: str) -> None:
    assert not may(None, action)


def test_a_refusal_says_who_may() -> None:
    with pytest.raises(
        DeniedError,
        match=re.escape("ann is a viewer and may not record outage; administrator, operator, scheduler may"),
    ):
        require(actor(Role.VIEWER), "record outage")
    with pytest.raises(DeniedError, match="ann is of ESA, and this is of JAXA or NASA"):
        require(actor(Role.OPERATOR), "record outage", agencies=frozenset({"NASA", "JAXA"}))
    with pytest.raises(DeniedError, match="ann is of no agency, and this is of nobody"):
        require(actor(Role.OPERATOR, ""), "record outage", agencies=frozenset())
