"""Attempts that fail, and how long one waits after them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from passplan.domain.errors import SignInError, ThrottledError
from passplan.domain.roles import Role
from passplan.service.access import login as signing
from passplan.store import accounts
from tests.service.signing.access import HERE, THERE, Access


@pytest.mark.fault(72)
def test_five_failures_are_free_and_then_each_waits_longer_up_to_a_quarter_of_an_hour(access: Access) -> None:
    access.fails(times=5)
    waits = []
    for _ in range(9):
        with pytest.raises(ThrottledError, match="Who is signed in stays so") as told:
            access.sign_in()
        waits.append(told.value.retry_after_s)
        access.later(timedelta(seconds=told.value.retry_after_s)).fails()

    assert [15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 900.0, 900.0, 900.0] == waits


def test_the_right_password_waits_too_and_then_makes_good_for_all(access: Access) -> None:
    access.fails(times=5)
    with pytest.raises(ThrottledError):
        access.sign_in()
    access.later(timedelta(seconds=15)).sign_in()
    access.fails(times=5)

    with pytest.raises(ThrottledError):
        access.sign_in()


@pytest.mark.fault(72)
def test_a_guesser_locks_nobody_out_who_is_signed_in_or_elsewhere(access: Access) -> None:
    secret = access.sign_in()
    access.fails(address=THERE, times=5)
    with pytest.raises(ThrottledError):
        access.sign_in(address=THERE)

    assert access.visit(secret) is not None
    assert access.visit(access.sign_in(address=HERE)) is not None


@pytest.mark.fault(72)
def test_one_account_s_failures_cost_another_nothing_until_the_network_has_fifty(access: Access) -> None:
    access.add("ben")
    for k in range(10):
        access.fails(f"guess-{k}", times=4)
    assert access.visit(access.sign_in("ben")) is not None
    for k in range(10, 12):
        access.fails(f"guess-{k}", times=5)
    with pytest.raises(ThrottledError):
        access.sign_in("ben")

    assert access.visit(access.sign_in("ben", address=THERE)) is not None
    assert 3 == access.office.actions().count("sign_in.throttled")  # of two names, and of the network


def test_an_unknown_account_is_throttled_like_a_known_one(access: Access) -> None:
    access.fails("eve", times=5)

    with pytest.raises(ThrottledError):
        access.sign_in("eve")


def test_the_right_password_of_an_inactive_account_counts_as_a_failure(access: Access) -> None:
    access.save("ada", Role.REQUESTER, "ESA", active=False)
    for _ in range(5):
        with pytest.raises(SignInError):
            access.sign_in()

    with pytest.raises(ThrottledError):
        access.sign_in()


def test_a_typo_now_and_then_slows_a_network_down_never(access: Access) -> None:
    for day in range(60):
        access.fails(f"colleague-{day}")
        access.later(timedelta(hours=20))
    access.fails("colleague")

    assert access.visit(access.sign_in()) is not None


def test_who_is_throttled_is_told_in_the_log_once(access: Access) -> None:
    access.fails(times=5)
    (told,) = [e for e in access.office.events("account/ada") if e.action == "sign_in.throttled"]

    assert {"attempts": 5, "key": "ada@192.0.2.0/24"} == told.after


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", "unknown"),
        ("localhost", "unknown"),
    ],
)
def test_attempts_count_for_a_network(address: str, network: str) -> None:
    assert network == signing.network_of(address)


def test_failures_at_the_same_moment_are_all_counted(access: Access) -> None:
    start = threading.Barrier(4)

    def attempt(_: int) -> str:
        start.wait()
        try:
            access.sign_in("ada", "not the password at all")
        except (SignInError, ThrottledError) as error:
            return type(error).__name__
        return "signed in"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(attempt, range(4)))
    with access.office.store.database.read() as connection:
        counts = accounts.failures(connection, ("ada@192.0.2.0/24", "192.0.2.0/24"))

    assert ["SignInError"] * 4 == found
    assert {4} == {count for count, _ in counts.values()}


def test_wrong_passwords_at_once_are_as_many_as_one_by_one(access: Access) -> None:
    start = threading.Barrier(20)

    def attempt(_: int) -> type[Exception]:
        start.wait(30.0)
        with pytest.raises((SignInError, ThrottledError)) as told:
            access.sign_in("ada", "not the password at all")
        return told.type

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(attempt, range(20)))

    assert (5, 15) == (found.count(SignInError), found.count(ThrottledError))


def test_right_passwords_cost_the_network_nothing(access: Access) -> None:
    for _ in range(60):
        access.sign_in()
    access.fails("eve", times=4)
    for _ in range(60):
        access.later(timedelta(seconds=1)).sign_in()
    with access.office.store.database.read() as connection:
        network = signing.network_of(HERE)
        counts = accounts.failures(connection, (network,))

    assert 4 == counts[network][0]


@pytest.mark.fault(81)
def test_a_failure_while_the_clock_was_ahead_keeps_nobody_out(access: Access) -> None:
    access.later(timedelta(hours=1)).fails("ada", times=5)
    access.later(timedelta(hours=-1))

    assert access.visit(access.sign_in()) is not None


def test_each_failed_sign_in_is_an_event(access: Access) -> None:
    access.fails(times=2)
    access.fails("eve")
    failed = [e.object for e in access.office.events() if e.action == "sign_in.failed"]

    assert 3 == len(failed)
    assert ["account/ada"] * 2 == failed[:2]
    assert failed[2].startswith("account/unknown-")
