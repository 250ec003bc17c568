"""What the decorator of use cases does around a rule: in which order, and what is written when something refuses."""

from __future__ import annotations

from datetime import datetime

import pytest

from passplan.domain.errors import ConflictError, DeniedError
from passplan.domain.roles import Capability
from passplan.service.access.actors import Actor
from passplan.service.store import Closing, Guard
from passplan.service.use_case import Change, Repeatable, use_case
from passplan.store import small
from passplan.store.database import Connection, Transaction
from tests.service.office import ADMIN, ESA, Office

STEPS = ["closing", "check", "guard", "rule"]


class Steps:
    """A use case that notes its steps, and refuses at one of them."""

    def __init__(self, office: Office, refuses_at: str = "") -> None:
        self.done: list[str] = []
        self._office, self._refuses_at = office, refuses_at

    def step(self, name: str) -> None:
        self.done.append(name)
        if name == self._refuses_at:
            raise ConflictError(f"refused at {name}")

    def run(self, key: str = "") -> str:
        def check(change: Change, name: str) -> None:
            self.step("check")
            assert "X" == name
            change.require(Capability.PLAN)

        def closing(transaction: Transaction) -> None:
            self.step("closing")

        def guard(connection: Connection) -> None:
            self.step("guard")

        @use_case(
            check,
            repeatable=Repeatable(
                scope=lambda actor: f"test/{actor.account}", body_sha256=lambda name: name, dump=str, load=str
            ),
        )
        def rule(
            change: Change, name: str, /, *, key: str, guard: Guard, closing: Closing, actor: Actor, now: datetime
        ) -> str:
            change.record("test.done", f"test/{name}", after={"times": len(self.done)})
            small.set_fact(change.transaction, "test", name)
            self.step("rule")
            return f"{name} is done"

        return rule(self._office.store, "X", key=key, guard=guard, closing=closing, actor=ADMIN, now=self._office.now)


def written(office: Office) -> tuple[bool, list[str]]:
    with office.store.database.read() as connection:
        return "test" in small.facts(connection), office.actions("test/X")


def test_lease_check_and_guard_come_before_the_rule_and_its_event_is_written(office: Office) -> None:
    steps = Steps(office)
    result = steps.run()

    assert "X is done" == result
    assert STEPS == steps.done
    assert (True, ["test.done"]) == written(office)


@pytest.mark.parametrize("refuses_at", STEPS)
def test_a_refusal_ends_a_use_case_and_nothing_is_written(office: Office, refuses_at: str) -> None:
    steps = Steps(office, refuses_at)
    with pytest.raises(ConflictError, match=f"refused at {refuses_at}"):
        steps.run()

    assert STEPS[: STEPS.index(refuses_at) + 1] == steps.done
    assert (False, []) == written(office)


def test_a_call_that_comes_again_with_its_key_gets_the_first_answer_after_the_lease_alone(office: Office) -> None:
    first, again, other = Steps(office), Steps(office, refuses_at="guard"), Steps(office)
    answers = [first.run(key="once"), again.run(key="once"), other.run(key="another")]

    assert ["X is done"] * 3 == answers
    assert [STEPS, ["closing"], STEPS] == [first.done, again.done, other.done]
    assert (True, ["test.done", "test.done"]) == written(office)


def test_a_capability_is_required_before_a_transaction_is_opened(office: Office) -> None:
    @use_case(Capability.APPLY_NETWORK)
    def rule(change: Change, /, *, closing: Closing, actor: Actor, now: datetime) -> None:
        raise AssertionError

    def closing(_: Transaction) -> None:
        raise AssertionError

    with pytest.raises(DeniedError, match="may not apply network"):
        rule(office.store, closing=closing, actor=ESA, now=office.now)


def test_a_rule_that_takes_no_actor_or_no_time_is_no_use_case() -> None:
    def nobody(change: Change, *, now: datetime) -> None:
        raise AssertionError

    def never(change: Change, *, actor: Actor) -> None:
        raise AssertionError

    with pytest.raises(TypeError, match="nobody has no argument actor"):
        use_case()(nobody)
    with pytest.raises(TypeError, match="never has no argument now"):
        use_case()(never)
