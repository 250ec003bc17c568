"""The access log, and log lines as JSON."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest

from passplan.cli.logs import log_to_stderr
from tests.server.site import Site, with_settings


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    log = logging.getLogger("passplan")
    before = (log.handlers, log.level, log.propagate)
    yield
    log.handlers, log.level, log.propagate = before


def lines(site: Site, caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    logging.getLogger("passplan").propagate = True
    with caplog.at_level(logging.INFO, "passplan.access"):
        site.get("/stations", by="esa")
        site.app.test_client().get("/nothing\u202e", headers={"User-Agent": "x"})
    return [r for r in caplog.records if r.name == "passplan.access"]


def test_every_answer_is_a_line_with_who_asked_and_how_long_it_took(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = lines(with_settings(site, access_log=True), caplog)
    fields = first.fields  # type: ignore[attr-defined]

    assert ("esa", "GET", "/api/v1/stations", 200, "127.0.0.1") == tuple(
        fields[k] for k in ("account", "method", "path", "status", "address")
    )
    assert 0.0 < fields["ms"] < 60_000.0
    assert fields["bytes"] > 100
    assert re.fullmatch(r"[0-9a-f]{16}", fields["request"])
    assert "GET /nothing\\u202e: 422 in" in second.getMessage()


def test_nothing_is_written_unless_it_is_asked_for_and_each_answer_has_an_id(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    ids = {site.app.test_client().get("/healthz").headers["X-Request-Id"] for _ in range(3)}

    assert [] == lines(site, caplog)
    assert 3 == len(ids)


@pytest.mark.fault(76)
def test_a_line_as_text_is_one_line_whatever_it_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("text")
    logging.getLogger("passplan.test").warning("one %s", "two\n2027-01-01 INFO three\x1b[2J\u202e")
    written = capsys.readouterr().err

    assert written.endswith(" WARNING one two\\n2027-01-01 INFO three\\x1b[2J\\u202e\n")
    assert 1 == len(written.splitlines())


@pytest.mark.fault(76)
def test_a_line_as_json_has_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr("json")
    logging.getLogger("passplan.test").warning("one %s", "two\n\u202e", extra={"fields": {"status": 503}})
    try:
        raise ZeroDivisionError("why")
    except ZeroDivisionError:
        logging.getLogger("passplan").exception("it failed")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())

    assert ("WARNING", "passplan.test", "one two\\n\\u202e", 503) == tuple(
        first[k] for k in ("level", "logger", "text", "status")
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["at"])
    assert "ZeroDivisionError: why" in second["traceback"]
