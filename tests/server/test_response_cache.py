"""The cache of responses counts what it takes, and knows equal questions."""

from __future__ import annotations

import tracemalloc

from passplan.server.http.cache import EXTENSION, ResponseCache, _Entry
from tests.server.site import Site


def test_what_is_counted_is_about_what_is_taken() -> None:
    cache = ResponseCache()
    tracemalloc.start()
    for k in range(20_000):
        headers = (("Content-Type", f"text/html; {k}"), ("Vary", "Accept" * 20 + str(k)))
        cache.put(k.to_bytes(32, "big"), _Entry(b"x" * 110 + k.to_bytes(4, "big"), b"", f"{k:032}", headers, 200, 0.0))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert cache._size / 2 < taken < cache._size * 1.5


def test_long_headers_and_addresses_are_no_part_of_a_key(site: Site) -> None:
    for k in range(5):
        answer = site.get("/stations", by="esa", headers={"Accept": f"application/json, x/{k} " + "x" * 8_000})
        assert 200 == answer.status_code
    keys = list(site.app.extensions[EXTENSION]._entries)

    assert 5 == len(keys)
    assert {32} == {len(key) for key in keys}


def test_parameters_in_another_order_are_the_same_question(site: Site) -> None:
    entries = site.app.extensions[EXTENSION]._entries
    client = site.browser("esa")
    one = client.get("/passes?hours=3&station=RED")
    before = len(entries)
    other = client.get("/passes?station=RED&hours=3")

    assert (200, 200, before) == (one.status_code, other.status_code, len(entries))
