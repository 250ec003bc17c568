"""What a thief of the database has, and the keys that are not in it."""

from __future__ import annotations

import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from passplan.domain.errors import InputError, SignInError
from passplan.service.access.keys import FILE, Keys, load_keys
from tests.service.signing.access import ADA, NEW, PASSWORD, Access
from tests.store.world import everything


@pytest.mark.fault(73)
def test_no_password_secret_or_token_stands_in_the_database(access: Access) -> None:
    given = access.give("ada")
    secret = access.sign_in(password=given)
    access.change(access.visited(secret), NEW)
    token = access.token(ADA, scope="write")
    access.show(token)
    access.fails("my password by mistake", times=5)
    with pytest.raises(SignInError):
        access.sign_in("eve", "what eve typed in")
    dump = repr(everything(access.office.store.database))
    canaries = [given, secret, NEW, PASSWORD, token, token.split("_", 2)[2], "what eve typed in", "my password by"]
    keys = (access.office.store.folder / FILE).read_text(encoding="ascii").split()

    assert [] == [c for c in (*canaries, *keys) if c in dump]
    assert "$argon2id$" in dump
    assert token.split("_")[1] in dump


@pytest.mark.fault(73)
def test_without_the_keys_nothing_in_the_database_opens_the_door(access: Access) -> None:
    secret, token = access.sign_in(), access.token(ADA)
    visit = access.visited(secret)
    assert visit.session is not None
    stranger = Access(access.office, Keys((os.urandom(32),)))

    assert (None, None) == (stranger.visit(secret), stranger.show(token))
    assert (None, None) == (access.visit(visit.session.id_hash), stranger.visit(visit.session.id_hash))


def test_keys_are_changed_with_two_alive(access: Access) -> None:
    secret, token = access.sign_in(), access.token(ADA)
    path = access.office.store.folder / FILE
    old = path.read_text(encoding="ascii")
    path.write_text("ab" * 32 + "\n" + old, encoding="ascii")
    both = Access(access.office, load_keys(access.office.store.folder))
    newer = both.sign_in()
    path.write_text("ab" * 32 + "\n", encoding="ascii")
    only = Access(access.office, load_keys(access.office.store.folder))

    assert None not in (both.visit(secret), both.show(token), both.visit(newer))
    assert (None, None) == (only.visit(secret), only.show(token))
    assert only.visit(newer) is not None


@pytest.mark.fault(82)
def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = load_keys(tmp_path)
    finally:
        os.umask(before)

    assert [FILE] == [p.name for p in tmp_path.iterdir()]
    assert 0o600 == stat.S_IMODE((tmp_path / FILE).stat().st_mode)
    assert [32] == [len(key) for key in made.keys]
    assert made == load_keys(tmp_path)


def test_several_that_start_at_once_have_the_same_keys(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def load(_: int) -> Keys:
        start.wait()
        return load_keys(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(load, range(8)))

    assert {load_keys(tmp_path)} == found
    assert [FILE] == [p.name for p in tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it has no key"),
        ("abc\n", "line 1: it is no key; a key is 64 hexadecimal digits"),
        ("ab" * 32 + "\n" + "ab" * 31 + "\n", "line 2: it is no key"),
        ("zz" * 32, "line 1: it is no key"),
    ],
)
def test_a_file_of_keys_with_a_mistake_is_refused(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="ascii")

    with pytest.raises(InputError, match=why):
        load_keys(tmp_path)


def test_a_digest_is_of_one_purpose_and_one_key() -> None:
    one, two = Keys((b"a" * 32,)), Keys((b"b" * 32, b"a" * 32))

    assert one.digest("x", "session") != one.digest("x", "token")
    assert one.digest("x", "session") != two.digest("x", "session")
    assert two.knows("x", "session", one.digest("x", "session"))
    assert not one.knows("x", "session", two.digest("x", "session"))
