"""The server's health, for monitoring: alive, ready, and metrics."""

from __future__ import annotations

import logging
from datetime import timedelta

from flask import Blueprint, Flask, Response, current_app, g, jsonify, request

from passplan.domain.errors import PassplanError
from passplan.labels import ENGLISH, fact_words
from passplan.server.http.context import context
from passplan.server.http.refusals import refusals
from passplan.service.operations.metrics import figures
from passplan.service.operations.status import PLAN_AGE_LIMIT_S, readiness

log = logging.getLogger("passplan.server")

pages = Blueprint("health", __name__)
_METHODS = frozenset({"GET", "HEAD", "POST", "DELETE", "OPTIONS"})


@pages.get("/healthz")
def healthz() -> Response:
    """Alive: nothing else is checked."""
    return jsonify(status="alive")


@pages.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Ready: the database answers, is of this version and has its guards, and the disk has room."""
    ctx = context()
    try:
        found = readiness(ctx.store, now=ctx.now)
    except PassplanError as error:
        log.error("not ready: %s", error)
        return jsonify(status="not ready", wrong=["the store cannot be used; the log says why"]), 503
    if found.obstacle is not None:
        return jsonify(status="not ready", wrong=[fact_words(found.obstacle, ENGLISH)]), 503
    age_s = None if found.published is None else (ctx.now - found.published) / timedelta(seconds=1)
    is_old = age_s is not None and age_s > PLAN_AGE_LIMIT_S
    wrong = [fact_words(fact, ENGLISH) for fact in found.wrong]
    return jsonify(status="ready", wrong=wrong, plan_age_seconds=age_s, plan_is_old=is_old), 200


@pages.get("/metrics")
def metrics() -> Response:
    """Metrics in the format of Prometheus."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, ProcessCollector, generate_latest

    ctx = context()
    registry = CollectorRegistry()
    for figure in figures(ctx.store, now=ctx.now, real_now=ctx.real_now):
        gauge = Gauge(f"passplan_{figure.name}", figure.help, list(figure.labels), registry=registry)
        for labels, value in figure.values:
            (gauge.labels(*labels) if labels else gauge).set(value)
    latencies = current_app.extensions["passplan.latencies"]
    ProcessCollector(registry=registry)
    registries = (registry, latencies.registry, refusals().registry)
    return Response(b"".join(map(generate_latest, registries)), content_type=CONTENT_TYPE_LATEST)


class Latencies:
    """The durations of responses, by endpoint and status."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Histogram

        self.registry = CollectorRegistry()
        self.histogram = Histogram(
            "passplan_http_seconds",
            "How long answers took",
            ["endpoint", "method", "status"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
            registry=self.registry,
        )

    def note(self, response: Response, seconds: float) -> None:
        """Record the duration of a response."""
        method = request.method if request.method in _METHODS else "other"  # a client may send any method
        labels = (request.endpoint or "none", method, str(response.status_code))
        self.histogram.labels(*labels).observe(seconds)


def install(app: Flask) -> None:
    """Measure the duration of every response."""
    import time

    app.extensions["passplan.latencies"] = Latencies()

    @app.before_request
    def begin() -> None:
        g.began_s = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        if "began_s" in g:
            app.extensions["passplan.latencies"].note(response, time.perf_counter() - g.began_s)
        return response
