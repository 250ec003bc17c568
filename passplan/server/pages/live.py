"""What pages ask to stay current, and the keys that they know."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template

from passplan.formats.times import format_instant
from passplan.server.http.context import context

pages = Blueprint("live", __name__)


@pages.get("/live")
def state() -> Response:
    """The time here, and a number that rises whenever something is written."""
    moment = context()
    return jsonify(now=format_instant(moment.now), version=moment.version)


@pages.get("/keys")
def keys() -> str:
    """The keys."""
    return render_template("keys.html")
