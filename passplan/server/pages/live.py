"""The state that pages poll to stay current, and the list of keyboard shortcuts."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template

from passplan.formats.times import format_instant
from passplan.server.http.context import context

pages = Blueprint("live", __name__)


@pages.get("/live")
def state() -> Response:
    """The mission time, and a number that rises with every write."""
    ctx = context()
    return jsonify(now=format_instant(ctx.now), version=ctx.version)


@pages.get("/keys")
def keys() -> str:
    """The keyboard shortcuts."""
    return render_template("keys.html")
