"""The marks of agencies in pages: colours, patterns and letters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passplan.domain.network import MARKS, Agency, Network
from passplan.server.shared.marks import Mark, marks_of


def marks(*agencies: Agency) -> dict[str, Mark]:
    return dict(marks_of(Network(agencies=agencies)))


def numbers(*agencies: Agency) -> list[int]:
    return [m.number for m in marks(*agencies).values()]


def letters(*agencies: Agency) -> list[str]:
    return [m.letter for m in marks(*agencies).values()]


def test_agencies_have_marks_in_the_order_of_the_network() -> None:
    assert [1, 2, 3] == numbers(Agency(id="ESA"), Agency(id="NASA"), Agency(id="JAXA"))
    assert [1, 2, 3] == numbers(Agency(id="JAXA"), Agency(id="ESA"), Agency(id="NASA"))


def test_a_mark_that_is_given_counts_and_the_others_go_around_it() -> None:
    assert [2, 1, 3] == numbers(Agency(id="ESA"), Agency(id="NASA", mark=1), Agency(id="JAXA"))
    assert [1, 8, 2] == numbers(Agency(id="ESA"), Agency(id="NASA", mark=8), Agency(id="JAXA"))


def test_a_ninth_agency_has_its_letter_alone() -> None:
    names = "ABCDEFGHI"

    assert [*range(1, MARKS + 1), 0] == numbers(*(Agency(id=name) for name in names))
    assert list(names) == letters(*(Agency(id=name) for name in names))


def test_a_ninth_agency_with_a_mark_of_its_own_leaves_another_without() -> None:
    found = marks(*(Agency(id=name) for name in "ABCDEFGH"), Agency(id="I", mark=3))

    assert 3 == found["I"].number
    assert 0 == found["H"].number


def test_the_name_is_the_id_where_there_is_none() -> None:
    found = marks(Agency(id="ESA", name="European Space Agency"), Agency(id="NASA"))

    assert ("European Space Agency", "NASA") == (found["ESA"].name, found["NASA"].name)


def test_one_letter_does_where_no_other_begins_with_it() -> None:
    assert ["E", "N", "J"] == letters(Agency(id="ESA"), Agency(id="NASA"), Agency(id="jaxa"))


def test_agencies_that_begin_alike_have_two_letters() -> None:
    assert ["Cs", "Cn", "E"] == letters(Agency(id="CSA"), Agency(id="CNSA"), Agency(id="ESA"))


def test_agencies_that_begin_alike_by_two_letters_are_still_told_apart() -> None:
    assert ["Ka", "Kr", "Ks"] == letters(Agency(id="KARI"), Agency(id="KARA"), Agency(id="KASA"))
    assert ["A", "A2"] == letters(Agency(id="A", letter="A"), Agency(id="a"))


def test_a_letter_that_is_given_is_nobody_else_s() -> None:
    assert ["N", "Na"] == letters(Agency(id="NSPO", letter="N"), Agency(id="NASA"))
    assert ["Na", "Ns"] == letters(Agency(id="XY", letter="Na"), Agency(id="NASA", letter="Ns"))
    assert ["Na", "Ns", "N2"] == letters(Agency(id="XY", letter="Na"), Agency(id="NASA"), Agency(id="NAA"))


@given(st.lists(st.text("AaBb1-", min_size=1, max_size=4), min_size=1, max_size=12, unique=True))
def test_no_two_agencies_share_a_letter_or_a_mark(names: list[str]) -> None:
    found = marks(*(Agency(id=name) for name in names))
    shown = [m.letter.upper() for m in found.values()]
    drawn = [m.number for m in found.values() if m.number]

    assert sorted(set(shown)) == sorted(shown)
    assert list(range(1, min(len(names), MARKS) + 1)) == drawn
    assert all(m.letter[0].upper() == name[0].upper() for name, m in found.items())
