"""What whoever watches for attacks is told: counters and log lines."""

from __future__ import annotations

import logging
import re

import pytest

from passplan.resources import shipped
from passplan.service.settings import Source
from tests.server.site import Site, with_settings
from tests.server.test_pages import OWN_ORIGIN


def refusals(site: Site) -> dict[str, float]:
    text = site.app.test_client().get("/metrics").text
    return {kind: float(n) for kind, n in re.findall(r'^passplan_refusals_total\{kind="(\w+)"\} (\S+)$', text, re.M)}


def test_every_kind_is_there_from_the_start(site: Site) -> None:
    assert {"sign_in": 0, "token": 0, "denied": 0, "origin": 0, "throttled": 0} == refusals(site)


def test_refusals_are_counted_and_logged_with_who_and_where(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    client = site.app.test_client()
    with caplog.at_level(logging.WARNING, "passplan.access"):
        logging.getLogger("passplan").propagate = True
        client.post("/sign-in", data={"account": "eve", "password": "x" * 14}, headers=OWN_ORIGIN)
        client.get("/api/v1/me", headers={"Authorization": "Bearer pp_00000000_x"})
        site.browser("esa").get("/administration/")
        client.post("/sign-in", data={"account": "eve"}, headers={"Origin": "https://evil.example"})
        client.get("/nothing/\u202e/here")

    assert {"sign_in": 1, "token": 1, "denied": 1, "origin": 1, "throttled": 0} == refusals(site)
    lines = [r.getMessage() for r in caplog.records if r.name == "passplan.access"]
    assert [
        "refused: sign_in by nobody from 127.0.0.1: POST /sign-in",
        "refused: token by nobody from 127.0.0.1: GET /api/v1/me",
        "refused: denied by esa from 127.0.0.1: GET /administration/",
        "refused: origin by nobody from 127.0.0.1: POST /sign-in",
    ] == lines


def test_process_figures_and_the_version_are_there(site: Site) -> None:
    text = site.app.test_client().get("/metrics").text

    assert re.search(r"^process_resident_memory_bytes \S+$", text, re.M)
    assert re.search(r'^passplan_info\{version="[^"]+"\} 1\.0$', text, re.M)


def test_every_metric_that_an_alert_rule_names_is_there(site: Site) -> None:
    rules = shipped("alerts.yml").read_text("utf-8")
    named = set(re.findall(r"\bpassplan_\w+", " ".join(re.findall(r"^ +expr: (.*)$", rules, re.M))))
    fed = with_settings(site, source=(Source(name="dropped", folder="elements"),))
    text = [fed.app.test_client().get("/metrics").text for _ in range(2)][1]  # the first answer has no duration yet
    present = set(re.findall(r"^(passplan_\w+)", text, re.M)) - {"passplan"}

    assert len(named) > 12
    assert set() == named - present
    assert rules.count("- alert:") == rules.count("severity: page") + rules.count("severity: ticket")
