"""The schedule of a store: drafted, published, overtaken, re-planned."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from passplan.domain.contacts import HOLDING, ContactState
from passplan.domain.errors import InputError, NoPlanError, StaleElementsError
from passplan.domain.facts import ContactsChanged, Outage
from passplan.domain.hints import Hint
from passplan.domain.requests import Repetition, RequestBook, RequestGroup
from passplan.domain.schedule import Policy
from passplan.domain.span import Span
from passplan.labels import ENGLISH, revision_words
from passplan.service.contacts import lifecycle as contacts
from passplan.service.elements.sets import choose_due
from passplan.service.network import revisions as networks
from passplan.service.requests import submit as requesting
from passplan.service.schedule import drafting, planning
from passplan.service.schedule import publishing as schedules
from passplan.service.schedule.lanes import lane_due
from passplan.service.schedule.publishing import OvertakenError
from passplan.store import backup, revisions
from passplan.store.database import Database
from tests.service.office import ADMIN, ESA, NETWORK, NOW, Office, ask, newer, open_office, turned
from tests.wording import words


def placed(office: Office) -> dict[str, tuple[object, ...]]:
    """Where each request's contact is."""
    return {
        f"{c.assignment.request}/{c.assignment.part}": (c.id, c.assignment.antennas, c.assignment.contact)
        for c in office.contacts(*HOLDING)
    }


def told(made: schedules.Published) -> str:
    return revision_words(made.revision.change, made.revision.causes, ENGLISH)


def sound(office: Office) -> bool:
    with office.store.database.read() as connection:
        return backup.integrity_problems(connection) == []


def test_a_schedule_is_made_numbered_and_kept_with_its_plan(office: Office) -> None:
    office.submit(ask("A"), ask("B"), ask("J", "JAXA"))
    made = office.plan()
    revision, plan = schedules.load_revision(office.store)

    assert (1, "3 contacts new", 3) == (made.revision.number, told(made), made.revision.contacts)
    assert (revision, ()) == (made.revision, planning.check(plan))
    assert {"A": "satisfied", "B": "satisfied", "J": "satisfied"} == {r: office.state(r) for r in "ABJ"}
    assert "schedule.published" in office.actions("schedule/1")
    assert sound(office)


def test_a_second_schedule_changes_nothing_without_a_cause(office: Office) -> None:
    office.submit(ask("A"), ask("B"), ask("J", "JAXA"))
    office.plan()
    before = placed(office)
    again = office.later(1.0).plan()

    assert (2, "the contacts are the same") == (again.revision.number, told(again))
    assert before == placed(office)


@pytest.mark.fault(46)
def test_each_refusal_stands_in_the_plan_with_its_reason(office: Office) -> None:
    office.submit(ask("A", min_elevation_deg=89.9), ask("B"))
    office.plan()
    _, plan = schedules.load_revision(office.store)

    assert [("A", "filtered")] == [(r.request, r.reason.value) for r in plan.schedule.refusals]
    assert ("accepted", "satisfied") == (office.state("A"), office.state("B"))


def test_without_one_usable_pass_it_fails_loudly_with_the_causes(office: Office) -> None:
    office.submit(ask("A", min_elevation_deg=89.9))

    with pytest.raises(NoPlanError) as told:
        office.plan()
    assert "too low for the request's least elevation" in str(told.value)
    with pytest.raises(InputError, match="there is no schedule yet"):
        schedules.load_revision(office.store)


@pytest.mark.fault(10)
def test_nothing_is_booked_on_elements_that_are_too_old(office: Office) -> None:
    office.later(24.0 * 16)
    office.submit(ask("A", hours=(24.0 * 16, 24.0 * 17)))

    with pytest.raises(StaleElementsError) as told:
        office.plan()
    assert "the elements of ISS are of 2026-08-08 04:22Z, 16 days before" in str(told.value)
    assert Hint.ADD_ELEMENTS is told.value.hint


def test_a_predicted_set_makes_a_new_plan_due_when_it_comes_and_none_when_its_epoch_comes(office: Office) -> None:
    office.submit(ask("A", hours=(26.0, 48.0)), ask("B", hours=(26.0, 48.0)))
    office.plan()
    office.add_elements(newer(20.0, mean_anomaly_deg=newer(20.0).mean_anomaly_deg + 2.0))
    when_it_comes = lane_due(office.store, now=office.now)
    published = office.plan(drafting.LOST)
    office.later(23.0)
    choose_due(office.store, actor=ADMIN, now=office.now, closing=lambda _: None)
    made_on = {c.assignment.request: c for c in office.contacts(*HOLDING)}

    assert (drafting.LOST, "") == (when_it_comes, lane_due(office.store, now=office.now))
    assert f"elements of ISS of {newer(20.0).epoch:%Y-%m-%d %H:%M}Z" in words(published.revision.causes[0])
    assert {"A", "B"} == set(made_on)


@pytest.mark.parametrize("lane", [drafting.DAILY, drafting.MANUAL])
def test_nothing_is_published_when_no_satellite_has_usable_elements(office: Office, lane: str) -> None:
    office.later(24.0 * 16)

    with pytest.raises(StaleElementsError) as told:
        office.plan(lane)
    assert Hint.ADD_ELEMENTS is told.value.hint
    with pytest.raises(InputError, match="there is no schedule yet"):
        schedules.load_revision(office.store)


def test_contacts_keep_their_ids_when_new_elements_move_them(office: Office) -> None:
    office.submit(*(ask(f"R{k}", hours=(26.0, 48.0), wanted_s=900.0) for k in range(3)))
    office.plan()
    before = {c.assignment.request: c for c in office.contacts(*HOLDING)}
    office.add_elements(*turned(1.5, 2.0, degrees=2.0))  # half a minute earlier
    assert drafting.LOST == lane_due(office.store, now=office.now)
    moved = office.plan(drafting.LOST)
    after = {c.assignment.request: c for c in office.contacts(*HOLDING)}

    assert {r: c.id for r, c in before.items()} == {r: c.id for r, c in after.items()}
    change = moved.revision.change  # which of the equal requests takes which pass is a tie
    assert isinstance(change, ContactsChanged)
    assert (3, 0, 0) == (change.with_pass, change.lost, change.new)
    assert -40.0 < change.pass_shift_s < -20.0
    assert "3 contacts shifted with their passes by -" in words(change)
    assert "elements of ISS of 2026-08-08 06:22Z replaced those of 2026-08-08 04:22Z" == words(moved.revision.causes[0])
    assert "contact.moved" in office.actions(f"contact/{after['R0'].id}")
    assert "" == lane_due(office.store, now=office.now)
    assert sound(office)


def test_what_is_frozen_never_moves(office: Office) -> None:
    office.submit(*(ask(f"R{k}", hours=(0.0, 48.0), repetition=Repetition(times=1)) for k in range(2)))
    office.plan()
    frozen = {c.id: c.assignment for c in office.freeze()}
    office.add_elements(newer(2.0, mean_anomaly_deg=newer(2.0).mean_anomaly_deg + 1.0))
    office.later(1.0).plan(drafting.LOST)
    after = {c.id: c.assignment for c in office.contacts(*HOLDING)}

    assert 0 < len(frozen) < len(after)
    assert frozen == {number: after[number] for number in frozen}


def test_a_contact_that_has_no_place_any_more_is_dropped_with_its_reason(office: Office) -> None:
    office.submit(ask("A", hours=(26.0, 48.0), stations=("RED",)))
    office.plan()
    networks.record_outage(
        office.store,
        "RED",
        Span(NOW + timedelta(hours=25), NOW + timedelta(hours=60)),
        note="storm",
        actor=ADMIN,
        now=office.now,
    )
    assert drafting.LOST == lane_due(office.store, now=office.now)
    made = office.plan(drafting.LOST)

    assert ContactsChanged(lost=1) == made.revision.change
    assert (Outage(station="RED", until=NOW + timedelta(hours=60)),) == made.revision.causes
    assert ContactState.DROPPED is office.contact("A").state
    assert "closed" in words(office.contact("A").reason)
    assert "accepted" == office.state("A")


def test_a_draft_that_a_withdrawal_overtakes_is_not_published(office: Office) -> None:
    office.submit(ask("A"), ask("B"))
    draft = office.overtaken(lambda: requesting.withdraw(office.store, "A", actor=ESA, now=office.now))

    with pytest.raises(OvertakenError, match='the plan is overtaken for 1 contacts: request "A" is not asked any more'):
        schedules.publish(office.store, draft, actor=ADMIN, now=office.now)
    assert [] == office.contacts()
    made = schedules.publish(office.store, draft, actor=ADMIN, now=office.now, rest=True)
    assert ["B"] == [c.assignment.request for c in office.contacts(*HOLDING)]
    assert ('A/1: request "A" is not asked any more',) == tuple(map(str, made.left_out))
    assert sound(office)


@pytest.mark.fault(44)
def test_a_new_request_overtakes_nothing(office: Office) -> None:
    office.submit(ask("A"))
    draft = office.overtaken(lambda: office.submit(ask("B")))

    assert 1 == schedules.publish(office.store, draft, actor=ADMIN, now=office.now).revision.number


def test_an_outage_overtakes_the_contacts_that_it_touches(office: Office) -> None:
    office.submit(ask("A", stations=("RED",)), ask("B", stations=("MSP",)))
    draft = office.overtaken(
        lambda: networks.record_outage(
            office.store, "RED", Span(NOW, NOW + timedelta(days=3)), actor=ADMIN, now=office.now
        )
    )

    with pytest.raises(OvertakenError, match="RED/a has an outage now"):
        schedules.publish(office.store, draft, actor=ADMIN, now=office.now)
    schedules.publish(office.store, draft, actor=ADMIN, now=office.now, rest=True)
    assert ["B"] == [c.assignment.request for c in office.contacts(*HOLDING)]


@pytest.mark.fault(44)
def test_new_elements_and_networks_overtake_a_draft(office: Office) -> None:
    office.submit(ask("A"))
    by_elements = office.overtaken(lambda: office.add_elements(newer(1.0)))
    with pytest.raises(OvertakenError, match="ISS has other elements now"):
        schedules.publish(office.store, by_elements, actor=ADMIN, now=office.now)
    fewer = replace(NETWORK, stations=NETWORK.stations[:3])
    by_network = office.overtaken(lambda: networks.apply_network(office.store, fewer, actor=ADMIN, now=office.now))

    with pytest.raises(OvertakenError, match="the network is revision 2 now"):
        schedules.publish(office.store, by_network, actor=ADMIN, now=office.now)


def test_a_plan_is_made_again_when_it_was_overtaken(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.submit(ask("A"), ask("B"))
    rounds = []
    really = drafting.draft

    def draft(*given: object, **named: object) -> object:
        made = really(*given, **named)  # type: ignore[arg-type]
        rounds.append(made)
        if len(rounds) == 1:
            requesting.withdraw(office.store, "A", actor=ESA, now=office.now)
        return made

    monkeypatch.setattr(schedules, "draft", draft)
    made = office.plan()

    assert (2, ()) == (len(rounds), made.left_out)
    assert ["B"] == [c.assignment.request for c in office.contacts(*HOLDING)]


@pytest.mark.fault(44)
def test_after_two_re_runs_the_rest_is_published(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.submit(*(ask(f"R{k}") for k in range(4)))
    rounds: list[object] = []
    really = drafting.draft

    def draft(*given: object, **named: object) -> object:
        made = really(*given, **named)  # type: ignore[arg-type]
        requesting.withdraw(office.store, f"R{len(rounds)}", actor=ESA, now=office.now)
        rounds.append(made)
        return made

    monkeypatch.setattr(schedules, "draft", draft)
    made = office.plan()

    assert (3, 1) == (len(rounds), len(made.left_out))
    assert ["R3"] == [c.assignment.request for c in office.contacts(*HOLDING)]
    assert sound(office)


def test_of_two_drafts_one_is_published(office: Office) -> None:
    office.submit(ask("A"), ask("B"))
    first = drafting.draft(office.store, now=office.now, effort="quick")
    second = drafting.draft(office.store, now=office.now, effort="quick")
    schedules.publish(office.store, first, actor=ADMIN, now=office.now)

    for rest in (False, True):
        with pytest.raises(OvertakenError, match="revision 1 was published meanwhile"):
            schedules.publish(office.store, second, actor=ADMIN, now=office.now, rest=rest)
    assert 2 == len(office.contacts(*HOLDING))


@pytest.mark.fault(45)
def test_a_change_that_comes_too_late_is_left_out(office: Office) -> None:
    office.submit(ask("A"))
    draft = drafting.draft(office.store, now=office.now, effort="quick")
    (assignment,) = draft.plan.schedule.assignments
    office.now = assignment.contact.start - timedelta(minutes=10)

    with pytest.raises(OvertakenError, match="A/1 would change less than 15 min before"):
        schedules.publish(office.store, draft, actor=ADMIN, now=office.now)
    assert [] == office.contacts()


def test_the_rest_leaves_out_what_would_need_the_place_of_one_that_froze_meanwhile(office: Office) -> None:
    office.submit(ask("A", hours=(26.0, 48.0), wanted_s=900.0))
    office.plan()
    there = office.contact("A").assignment
    station = there.antennas[0].station
    around = Span(there.contact.start - timedelta(minutes=20), there.contact.end + timedelta(minutes=20))
    office.submit(ask("B", span=around, stations=(station,), priority="high", wanted_s=900.0), ask("J", "JAXA"))
    draft = drafting.draft(office.store, now=office.now, effort="quick")
    assert {"A", "B", "J"} == {a.request for a in draft.plan.schedule.assignments}
    office.now = there.occupies.start - timedelta(hours=23)
    office.freeze()
    made = schedules.publish(office.store, draft, actor=ADMIN, now=office.now, rest=True)

    assert ("A/1: A/1 is frozen by now", "B/1: its place is taken by now") == tuple(map(str, made.left_out))[:2]
    assert there == office.contact("A").assignment
    assert sound(office)


def test_a_rest_that_would_break_a_rule_is_not_published(office: Office) -> None:
    group = RequestGroup(id="both", kind="all_of")
    pair = (ask("A", group="both"), ask("B", group="both"))
    requesting.submit(office.store, RequestBook(requests=pair, groups=(group,)), actor=ADMIN, now=office.now)
    draft = office.overtaken(lambda: requesting.withdraw(office.store, "A", actor=ESA, now=office.now))

    with pytest.raises(OvertakenError, match='group "both": B served, A not; the group is served whole or not'):
        schedules.publish(office.store, draft, actor=ADMIN, now=office.now, rest=True)
    assert [] == office.contacts()


def test_a_late_request_finds_a_place_and_displaces_nobody(office: Office) -> None:
    office.submit(ask("A", stations=("RED",)), ask("B", stations=("MSP",)))
    office.plan()
    office.freeze()
    before = placed(office)
    assert "" == lane_due(office.store, now=office.now)
    office.later(0.1).submit(ask("L", priority="high", hours=(0.0, 20.0)), ask("FAR", hours=(40.0, 48.0)))
    assert drafting.LATE == lane_due(office.store, now=office.now)
    made = office.plan(drafting.LATE)

    assert ("late", "1 contact new") == (made.revision.lane, words(made.revision.change))
    assert before == {key: where for key, where in placed(office).items() if key != "L/1"}
    assert ("satisfied", "accepted") == (office.state("L"), office.state("FAR"))
    assert "" == lane_due(office.store, now=office.now)


def test_a_late_request_without_a_place_is_looked_for_once(office: Office) -> None:
    office.submit(ask("A"))
    office.plan()
    office.later(0.1).submit(ask("L", hours=(0.0, 20.0), min_elevation_deg=89.9))
    assert drafting.LATE == lane_due(office.store, now=office.now)
    office.plan(drafting.LATE)

    assert "" == lane_due(office.store, now=office.now)


def test_a_request_by_the_day_is_planned_on_from_day_to_day(office: Office) -> None:
    daily = ask("D", hours=(0.0, 24.0 * 6), repetition=Repetition(times=2, min_spacing_s=3_600.0))
    office.submit(daily)
    office.plan()
    first = placed(office)
    office.freeze()
    office.later(24.0).plan()
    second = placed(office)

    assert first.items() <= second.items()
    assert len(first) < len(second)
    assert sorted(second, key=lambda name: int(name[2:])) == list(second)
    assert "accepted" == office.state("D")
    assert sound(office)


def test_a_repeated_request_that_is_over_does_not_stand_in_the_way_of_the_next_day(office: Office) -> None:
    office.submit(
        ask("R", hours=(0.0, 20.0), repetition=Repetition(times=2, period="span")), ask("J", "JAXA", hours=(22.0, 46.0))
    )
    office.plan()
    office.freeze()
    made = office.later(22.0).plan()
    _, plan = schedules.load_revision(office.store)

    assert {"R", "J"} == {r.id for r in plan.inputs.book.requests}
    assert (1, ()) == (made.revision.contacts, plan.schedule.refusals)


def test_minutes_used_earlier_in_the_week_count(office: Office) -> None:
    tight = replace(NETWORK, agreements=(replace(NETWORK.agreements[0], minutes_per_week=6.0),))
    networks.apply_network(office.store, tight, actor=ADMIN, now=office.now)
    office.submit(ask("A", stations=("WLP",), hours=(0.0, 20.0)))
    office.plan()
    office.freeze()
    office.later(21.0).submit(ask("B", stations=("WLP",), hours=(21.0, 40.0)), ask("J", "JAXA", hours=(21.0, 48.0)))
    office.plan()
    _, plan = schedules.load_revision(office.store)

    assert [("B", "agreement")] == [(r.request, r.reason.value) for r in plan.schedule.refusals]
    assert ["A", "J"] == sorted(c.assignment.request for c in office.contacts(*HOLDING))


def test_a_contact_cancelled_by_the_network_is_planned_again_and_told(office: Office) -> None:
    office.submit(ask("A", hours=(0.0, 20.0)))
    office.plan()
    office.freeze()
    first = office.contact("A")
    span = Span(NOW, first.assignment.occupies.end + timedelta(minutes=1))
    station = first.assignment.antennas[0].station
    networks.record_outage(office.store, station, span, note="storm", actor=ADMIN, now=office.later(0.1).now)
    assert (ContactState.CANCELLED_BY_NETWORK, "accepted") == (office.contact("A").state, office.state("A"))
    assert drafting.LOST == lane_due(office.store, now=office.now)
    made = office.plan(drafting.LOST)
    second = office.contact("A")

    assert "1 contact moved more than 5 s" in words(made.revision.change)
    assert [f"outage of {station}"] == [words(c) for c in made.revision.causes]
    assert first.id != second.id
    assert not planning_overlap(second.assignment.occupies, span) or station != second.assignment.antennas[0].station
    assert "satisfied" == office.state("A")


def planning_overlap(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end


def test_a_withdrawn_request_is_not_planned_for_the_sake_of_its_last_contact(office: Office) -> None:
    office.submit(ask("A", hours=(0.0, 47.0), repetition=Repetition(times=2, min_spacing_s=600.0)))
    office.plan()
    office.freeze()
    first = min(office.contacts(*HOLDING), key=lambda c: c.assignment.contact.start)
    office.now = first.assignment.contact.start - timedelta(minutes=5)
    requesting.withdraw(office.store, "A", actor=ESA, now=office.now)
    office.submit(ask("J", "JAXA"))
    office.plan()

    assert {"A/1", "J/1"} == set(placed(office))


def test_a_request_that_comes_while_a_plan_is_made_is_looked_for_next(office: Office) -> None:
    office.submit(ask("A", hours=(0.0, 20.0)))
    draft = drafting.draft(office.store, now=office.now, effort="quick")
    office.later(0.01).submit(ask("B", hours=(0.0, 20.0)))
    schedules.publish(office.store, draft, actor=ADMIN, now=office.later(0.01).now)

    assert drafting.LATE == lane_due(office.store, now=office.now)


def test_a_schedule_is_planned_by_the_policy_of_the_settings(database: Database, tmp_path: Path) -> None:
    policy = Policy(per_request=0.0, per_minute=2.0, unserved_weight=0.0, worst_weight=0.0, max_timing_s=0.0)
    office = open_office(database, tmp_path, policy=policy)
    office.submit(ask("A"))
    office.plan()
    _, plan = schedules.load_revision(office.store)
    minutes = sum(a.contact.duration_s for a in plan.schedule.assignments) / 60.0
    usual = replace(office.store, settings=replace(office.store.settings, policy=Policy()))
    shorter = drafting.draft(usual, now=NOW, effort="quick").plan.inputs

    assert policy == plan.schedule.policy
    assert minutes > 0.0
    assert 2.0 * minutes == pytest.approx(plan.schedule.value)
    assert sum(w.span.duration_s for w in plan.inputs.search.windows) > sum(
        w.span.duration_s for w in shorter.search.windows
    )


@pytest.mark.parametrize("freeze_h", [0.0, 2.0, 6.0])
def test_with_a_short_freeze_a_request_for_today_is_served_today(
    database: Database, tmp_path: Path, freeze_h: float
) -> None:
    office = open_office(database, tmp_path, freeze_h=freeze_h)
    office.submit(ask("A", hours=(0.0, 20.0)))
    office.plan()
    office.later(0.1).submit(ask("B", hours=(4.0, 18.0)))
    assert drafting.LATE == lane_due(office.store, now=office.now)
    office.plan(drafting.LATE)

    assert "satisfied" == office.state("B")
    assert "" == lane_due(office.store, now=office.now)


@pytest.mark.parametrize(("freeze_h", "lead_min"), [(0.0, 0.0), (0.1, 60.0), (1.0, 1440.0), (48.0, 15.0)])
def test_odd_settings_make_plans_all_the_same(
    database: Database, tmp_path: Path, freeze_h: float, lead_min: float
) -> None:
    office = open_office(database, tmp_path, freeze_h=freeze_h, lead_min=lead_min)
    office.submit(ask("A"), ask("J", "JAXA", hours=(25.0, 48.0)))
    office.plan()
    office.freeze()
    again = office.later(0.2).plan()

    assert ("the contacts are the same", "") == (words(again.revision.change), lane_due(office.store, now=office.now))
    assert sound(office)


def test_contacts_stay_when_their_satellite_s_elements_grow_too_old(office: Office) -> None:
    office.later(24.0 * 13.5)
    office.submit(ask("A", hours=(24.0 * 15, 24.0 * 15.4)))
    office.plan()
    office.later(24.0).submit(ask("B", hours=(24.0 * 15, 24.0 * 15.4)))

    with pytest.raises(StaleElementsError, match="nothing is booked on them"):
        office.plan()
    assert ["A"] == [c.assignment.request for c in office.contacts(*HOLDING)]


def test_a_cancelled_contact_is_not_booked_there_again(office: Office) -> None:
    office.submit(ask("A", hours=(0.0, 20.0)))
    office.plan()
    office.freeze()
    first = office.contact("A")
    contacts.cancel(office.store, first.id, reason="exercise", actor=ADMIN, now=office.later(0.01).now)
    office.later(0.01).plan()
    second = office.contact("A")
    _, plan = schedules.load_revision(office.store)

    assert first.id != second.id
    assert (first.assignment.antennas, first.assignment.contact) != (
        second.assignment.antennas,
        second.assignment.contact,
    )
    assert "cancelled" in {x.filter.value for x in plan.inputs.search.exclusions}
    with office.store.database.read() as connection:
        causes = revisions.select(connection)[0].causes
    assert ["A/1 was cancelled by the network: exercise"] == [words(c) for c in causes]


def test_the_snapshot_is_of_what_the_contact_was_planned_on(office: Office) -> None:
    import sqlalchemy as sa

    from passplan.store.schema import contact

    office.submit(ask("A", hours=(0.0, 20.0)))
    office.plan()
    office.add_elements(newer(1.0))
    office.freeze()
    with office.store.database.read() as connection:
        snapshot = json.loads(connection.execute(sa.select(contact.c.snapshot)).scalar_one())

    assert "2026-08-08T04:22:39.515520Z" == snapshot["elements"]["epoch"]


def test_what_an_outage_touches_is_not_frozen(office: Office) -> None:
    office.submit(ask("A", hours=(26.0, 40.0), stations=("RED",)))
    office.plan()
    networks.record_outage(
        office.store, "RED", Span(NOW + timedelta(hours=25), NOW + timedelta(hours=60)), actor=ADMIN, now=office.now
    )
    office.now = office.contact("A").assignment.contact.start - timedelta(hours=23)

    assert () == office.freeze()
    assert (ContactState.CANCELLED_BY_NETWORK, "outage of RED") == (
        office.contact("A").state,
        words(office.contact("A").reason),
    )


def test_only_schedulers_publish(office: Office) -> None:
    office.submit(ask("A"))
    draft = drafting.draft(office.store, now=office.now, effort="quick")

    from passplan.domain.errors import DeniedError

    with pytest.raises(DeniedError, match="esa is a requester and may not publish"):
        schedules.publish(office.store, draft, actor=ESA, now=office.now)


def test_an_unknown_revision_is_said_to_be_none(office: Office) -> None:
    office.submit(ask("A"))
    office.plan()

    with pytest.raises(InputError, match="there is no revision 7; the newest is 1"):
        schedules.load_revision(office.store, 7)
