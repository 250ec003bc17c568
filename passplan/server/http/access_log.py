"""The access log: a line for every answer, with its request's id, which the answer has too."""

from __future__ import annotations

import logging
import secrets
import time

from flask import Flask, Response, g, request

from passplan.domain.text import escaped

FORWARDED = "passplan.request"  # in the environment of a forwarded request: its id; the other process logs it
_HEADER = "X-Request-Id"
_MOST_CHARACTERS = 200  # of a path

log = logging.getLogger("passplan.access")


def request_id() -> str:
    """The id of the current request."""
    current: str = g.get("request_id", "")
    return current


def is_forwarded() -> bool:
    """Whether another process of this server has received the current request, and forwarded it to this one."""
    return FORWARDED in request.environ


def install(app: Flask, *, is_written: bool) -> None:
    """Give each request an id, and write the log.

    Args:
        app: the application.
        is_written: whether lines are written; the ids are given in any case.
    """

    @app.before_request
    def begin() -> None:
        g.request_id = request.environ.get(FORWARDED) or secrets.token_hex(8)
        g.access_began_s = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        response.headers[_HEADER] = request_id()
        if is_written and request.endpoint != "static" and not is_forwarded():
            visit = g.context.visit if "context" in g else None
            took_ms = round((time.perf_counter() - g.access_began_s) * 1_000.0, 1)
            fields = {
                "request": request_id(),
                "method": request.method[:20],
                "path": request.path[:_MOST_CHARACTERS],
                "status": response.status_code,
                "ms": took_ms,
                "bytes": response.calculate_content_length(),
                "account": visit.actor.account if visit is not None else "",
                "address": request.remote_addr or "",
            }
            log.info(
                "%s %s: %d in %.1f ms",
                escaped(fields["method"]),
                escaped(fields["path"]),
                response.status_code,
                took_ms,
                extra={"fields": fields},
            )
        return response
