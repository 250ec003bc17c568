"""Refusals that whoever watches for attacks wants to know: counted, and written to the log."""

from __future__ import annotations

import logging
from typing import Literal

from flask import Flask, current_app, g, request
from prometheus_client import CollectorRegistry, Counter

from passplan.domain.text import escaped
from passplan.server.http.access_log import request_id

Kind = Literal["sign_in", "token", "denied", "origin", "throttled"]

KINDS: tuple[Kind, ...] = ("sign_in", "token", "denied", "origin", "throttled")
_EXTENSION = "passplan.refusals"
_MOST_CHARACTERS = 200  # of a path in the log

log = logging.getLogger("passplan.access")


class Refusals:
    """The number of refusals by kind, of this process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.counter = Counter(
            "passplan_refusals",
            "Failed sign-ins, unknown tokens, denied calls, forms of other sites, throttled calls",
            ["kind"],
            registry=self.registry,
        )
        for kind in KINDS:
            self.counter.labels(kind)  # an alert can tell 0 from none


def install(app: Flask) -> None:
    """Provide the counters."""
    app.extensions[_EXTENSION] = Refusals()


def of(app: Flask) -> Refusals:
    """The counters of an application."""
    found: Refusals = app.extensions[_EXTENSION]
    return found


def refusals() -> Refusals:
    """The counters of this application."""
    return of(current_app)


def note(kind: Kind) -> None:
    """Count a refusal of the current request, and log it; throttled calls are too many to be logged."""
    refusals().counter.labels(kind).inc()
    if kind == "throttled":
        return
    visit = g.context.visit if "context" in g else None
    fields = {
        "refused": kind,
        "account": visit.actor.account if visit is not None else "",
        "address": request.remote_addr or "",
        "method": request.method[:20],
        "path": request.path[:_MOST_CHARACTERS],
        "request": request_id(),
    }
    log.warning(
        "refused: %s by %s from %s: %s %s",
        kind,
        escaped(fields["account"]) or "nobody",
        fields["address"],
        escaped(fields["method"]),
        escaped(fields["path"]),
        extra={"fields": fields},
    )
