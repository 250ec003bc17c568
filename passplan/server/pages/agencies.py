"""Agencies: what each asked for, was given and used, against its agreements."""

from __future__ import annotations

from flask import Blueprint, render_template

from passplan.queries.agencies import agency_board, agency_list
from passplan.server.http.cache import cached
from passplan.server.http.context import context

pages = Blueprint("agencies", __name__, url_prefix="/agencies")


@pages.get("/")
@cached(by_second=True)
def all() -> str:  # noqa: A001 -- they are all
    """All agencies."""
    moment = context()
    boards = agency_list(moment.store, actor=moment.actor, now=moment.now)
    return render_template("agencies.html", boards=boards)


@pages.get("/<name>")
@cached(by_second=True)
def one(name: str) -> str:
    """One agency."""
    moment = context()
    return render_template("agency.html", board=agency_board(moment.store, name, actor=moment.actor, now=moment.now))
