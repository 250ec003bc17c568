"""Sessions: when they end, and who ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passplan.domain.errors import NotFoundError
from passplan.domain.roles import Role
from passplan.service.access import login as signing
from passplan.service.access.actors import Actor
from passplan.store import accounts
from tests.service.signing.access import HERE, MINUTE, THERE, Access


def test_a_session_ends_when_nobody_uses_it_for_half_an_hour(access: Access) -> None:
    secret = access.sign_in()
    for _ in range(3):
        assert access.later(29 * MINUTE).visit(secret) is not None
    assert access.later(30 * MINUTE).visit(secret) is not None

    assert access.later(30 * MINUTE + timedelta(seconds=1)).visit(secret) is None


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(access: Access) -> None:
    secret = access.sign_in()
    for _ in range(36):
        assert access.later(20 * MINUTE).visit(secret) is not None

    assert access.later(timedelta(seconds=1)).visit(secret) is None
    assert [] == signing.sessions_of(
        access.office.store, actor=Actor(account="ada", role=Role.VIEWER), real_now=access.real_now
    )


def test_what_is_no_secret_of_a_session_is_nobody(access: Access) -> None:
    access.sign_in()

    assert [None] * 6 == [access.visit(text) for text in ("", "x", "x" * 43, "x" * 5_000, "\0", "ü" * 43)]


@pytest.mark.fault(75)
def test_another_role_counts_from_the_next_question_on(access: Access) -> None:
    secret = access.sign_in()
    token = access.token(access.visited(secret).actor)
    access.save("ada", Role.VIEWER)
    by_token = access.show(token)

    assert Actor(account="ada", role=Role.VIEWER) == access.visited(secret).actor
    assert by_token is not None
    assert Role.VIEWER is by_token.actor.role


@pytest.mark.fault(75)
def test_an_account_that_is_switched_off_is_out_at_once_and_for_good(access: Access) -> None:
    secret = access.sign_in()
    token = access.token(access.visited(secret).actor)
    access.save("ada", Role.REQUESTER, "ESA", active=False)

    assert (None, None) == (access.visit(secret), access.show(token))
    access.save("ada", Role.REQUESTER, "ESA")
    assert access.visit(secret) is None
    assert access.show(token) is not None


def test_signing_out_ends_the_session_and_no_other(access: Access) -> None:
    here, there = access.sign_in(), access.sign_in(address=THERE)
    signing.sign_out(access.office.store, access.visited(here), now=access.office.now)

    assert access.visit(here) is None
    assert access.visit(there) is not None
    assert "session.ended" == access.office.actions("account/ada")[-1]


def test_one_s_sessions_are_listed_and_ended_one_by_one_and_nobody_else_s(access: Access) -> None:
    access.add("ben")
    here = access.visited(access.sign_in())
    there = access.sign_in(address=THERE)
    ben = access.visited(access.sign_in("ben"))
    listed = signing.sessions_of(access.office.store, actor=here.actor, real_now=access.real_now)
    (away,) = [s for s in listed if s.address == THERE]

    with pytest.raises(NotFoundError, match="there is no such session"):
        signing.end_session(access.office.store, away.id_hash, actor=ben.actor, now=access.office.now)
    assert access.visit(there) is not None
    signing.end_session(access.office.store, away.id_hash, actor=here.actor, now=access.office.now)
    assert access.visit(there) is None
    assert {HERE, THERE} == {s.address for s in listed}


def test_a_sign_in_deletes_sessions_that_are_over(access: Access) -> None:
    access.sign_in()
    current = access.later(20 * MINUTE).visited(access.sign_in()).session
    last = access.later(20 * MINUTE).visited(access.sign_in()).session
    with access.office.store.database.read() as connection:
        sessions = accounts.sessions_of(connection, "ada")

    assert current is not None
    assert last is not None
    assert {current.id_hash, last.id_hash} == {s.id_hash for s in sessions}


@pytest.mark.fault(81)
@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=300)])
def test_a_session_begun_while_the_clock_was_ahead_is_over(access: Access, ahead: timedelta) -> None:
    secret = access.later(ahead).sign_in()
    found = [access.later(step).visit(secret) for step in (-ahead, ahead / 2, ahead / 3)]

    assert [None, None, None] == found


def test_a_clock_that_differs_by_seconds_ends_no_session(access: Access) -> None:
    secret = access.sign_in()

    assert access.later(timedelta(seconds=-30)).visit(secret) is not None
