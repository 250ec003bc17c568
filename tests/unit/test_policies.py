"""Policy files, and what each field of a policy changes in a plan."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from passplan.domain.errors import InputError
from passplan.domain.schedule import Policy
from passplan.formats.policies import load_policy, parse_policy
from passplan.formats.tables import table_of
from passplan.scheduling.planner import plan
from tests.planning import contact, inputs, request, window

NO_FAIRNESS = Policy(unserved_weight=0.0, worst_weight=0.0)

# --- files ---


def test_a_policy_file_has_the_fields_and_leaves_out_defaults(tmp_path: Path) -> None:
    path = tmp_path / "fairer.toml"
    path.write_text('objective = "fair_value"\nper_minute = 1\nworst_weight = 2.5\n', encoding="utf-8-sig")

    assert Policy(per_minute=1.0, worst_weight=2.5) == load_policy(path)


def test_an_empty_policy_file_is_the_default() -> None:
    assert Policy() == parse_policy("", "p.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("per_minute = -1", "p.toml: policy: per_minute is -1; it lies between 0 and 1000000"),
        ("move_cost = 0.6", "p.toml: policy: move_cost is 0.6; it lies between 0 and 0.5"),
        ('per_minute = "much"', "p.toml: the file: per_minute is 'much'; it is a number"),
        (
            "per_hour = 1",
            "p.toml: the file: 'per_hour' is not known here; it takes max_timing_s, move_cost, objective,",
        ),
        ('objective = "x"', "p.toml: policy: objective is 'x'; it is one of fair_value"),
        ("per_minute", "p.toml: it is not TOML"),
    ],
)
def test_a_mistake_in_a_policy_file_says_where_and_what_would_do(text: str, words: str) -> None:
    with pytest.raises(InputError, match=re.escape(words)):
        parse_policy(text, "p.toml")


def test_a_policy_file_of_another_encoding_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(b"# \xff\n")

    with pytest.raises(InputError, match=r"p\.toml: byte 2 is not UTF-8 text"):
        load_policy(path)


def test_plan_files_of_the_default_objective_do_not_name_it() -> None:
    assert "objective" not in table_of(Policy())


# --- effects ---


@pytest.mark.parametrize(
    ("policy", "served"),
    [
        (NO_FAIRNESS, {"two", "three"}),
        (Policy(per_request=0.0, unserved_weight=0.0, worst_weight=0.0), {"one"}),
        (Policy(per_minute=10.0, unserved_weight=0.0, worst_weight=0.0), {"one"}),
    ],
)
def test_value_for_requests_serves_many_and_value_for_minutes_serves_long_ones(
    policy: Policy, served: set[str]
) -> None:
    asked = [request("one", 540), request("two", 240), request("three", 240)]
    schedule = plan(inputs(asked, [window(r.id, 0, 9) for r in asked], policy=policy))

    assert served == {a.request for a in schedule.assignments}
    assert policy == schedule.policy


@pytest.mark.parametrize(
    ("policy", "served"),
    [
        (NO_FAIRNESS, {"a", "b"}),
        (Policy(unserved_weight=0.5, worst_weight=0.0), {"b", "c"}),
        (Policy(unserved_weight=0.0, worst_weight=0.5), {"b", "c"}),
    ],
)
def test_each_weight_of_the_penalty_turns_a_contact_to_the_agency_that_has_none(
    policy: Policy, served: set[str]
) -> None:
    asked = [request("a", weight=1.1), request("b"), request("c", agency="ESA")]
    windows = [window("a", 0, 5, "ham/a"), window("c", 0, 5, "ham/a"), window("b", 20, 25, "ham/a")]
    schedule = plan(inputs(asked, windows, policy=policy))

    assert served == {a.request for a in schedule.assignments}


@pytest.mark.parametrize(("move_cost", "served"), [(0.05, "a"), (0.0, "b")])
def test_the_cost_of_moves_keeps_a_contact_against_one_of_a_little_more_value(move_cost: float, served: str) -> None:
    asked = [request("a"), request("b", weight=1.02)]
    given = inputs(
        asked, [window(n, 0, 5) for n in "ab"], previous=[contact("a", 0, 5)], policy=Policy(move_cost=move_cost)
    )

    assert [served] == [a.request for a in plan(given).assignments]
