"""Sessions: when they end, and who ends them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passplan.domain.errors import NotFoundError
from passplan.service.access import login as signing
from passplan.service.access.roles import Actor, Role
from tests.service.signing.door import HERE, MINUTE, THERE, Door


def test_a_session_ends_when_nobody_uses_it_for_half_an_hour(door: Door) -> None:
    secret = door.sign_in()
    for _ in range(3):
        assert door.later(29 * MINUTE).visit(secret) is not None
    assert door.later(30 * MINUTE).visit(secret) is not None

    assert door.later(30 * MINUTE + timedelta(seconds=1)).visit(secret) is None


def test_a_session_ends_after_twelve_hours_however_much_it_is_used(door: Door) -> None:
    secret = door.sign_in()
    for _ in range(36):
        assert door.later(20 * MINUTE).visit(secret) is not None

    assert door.later(timedelta(seconds=1)).visit(secret) is None
    assert [] == signing.sessions_of(
        door.office.store, actor=Actor(account="ada", role=Role.VIEWER), real_now=door.real_now
    )


def test_what_is_no_secret_of_a_session_is_nobody(door: Door) -> None:
    door.sign_in()

    assert [None] * 6 == [door.visit(text) for text in ("", "x", "x" * 43, "x" * 5_000, "\0", "ü" * 43)]


def test_another_role_counts_from_the_next_question_on(door: Door) -> None:
    secret = door.sign_in()
    token = door.token(door.visited(secret).actor)
    door.save("ada", Role.VIEWER)
    by_token = door.show(token)

    assert Actor(account="ada", role=Role.VIEWER) == door.visited(secret).actor
    assert by_token is not None
    assert Role.VIEWER is by_token.actor.role


def test_an_account_that_is_switched_off_is_out_at_once_and_for_good(door: Door) -> None:
    secret = door.sign_in()
    token = door.token(door.visited(secret).actor)
    door.save("ada", Role.REQUESTER, "ESA", active=False)

    assert (None, None) == (door.visit(secret), door.show(token))
    door.save("ada", Role.REQUESTER, "ESA")
    assert door.visit(secret) is None
    assert door.show(token) is not None


def test_signing_out_ends_the_session_and_no_other(door: Door) -> None:
    here, there = door.sign_in(), door.sign_in(address=THERE)
    signing.sign_out(door.office.store, door.visited(here), now=door.office.now)

    assert door.visit(here) is None
    assert door.visit(there) is not None
    assert "session.ended" == door.office.actions("account/ada")[-1]


def test_one_s_sessions_are_listed_and_ended_one_by_one_and_nobody_else_s(door: Door) -> None:
    door.add("ben")
    here = door.visited(door.sign_in())
    there = door.sign_in(address=THERE)
    ben = door.visited(door.sign_in("ben"))
    listed = signing.sessions_of(door.office.store, actor=here.actor, real_now=door.real_now)
    (away,) = [s for s in listed if s.address == THERE]

    with pytest.raises(NotFoundError, match="there is no such session"):
        signing.end_session(door.office.store, away.id_hash, actor=ben.actor, now=door.office.now)
    assert door.visit(there) is not None
    signing.end_session(door.office.store, away.id_hash, actor=here.actor, now=door.office.now)
    assert door.visit(there) is None
    assert {HERE, THERE} == {s.address for s in listed}
