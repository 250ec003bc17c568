"""Agencies: what each requested, received and used, compared with its agreements."""

from __future__ import annotations

from flask import Blueprint, render_template

from passplan.queries.agencies import agency_board, agency_list
from passplan.server.http.cache import cached
from passplan.server.http.context import context

pages = Blueprint("agencies", __name__, url_prefix="/agencies")


@pages.get("/")
@cached(by_second=True)
def all() -> str:  # noqa: A001 -- the endpoint's name
    """All agencies."""
    ctx = context()
    boards = agency_list(ctx.store, actor=ctx.actor, now=ctx.now)
    return render_template("agencies.html", boards=boards)


@pages.get("/<name>")
@cached(by_second=True)
def one(name: str) -> str:
    """One agency."""
    ctx = context()
    return render_template("agency.html", board=agency_board(ctx.store, name, actor=ctx.actor, now=ctx.now))
