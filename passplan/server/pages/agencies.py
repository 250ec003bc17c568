"""Agencies: what each requested, received and used, compared with its agreements."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from passplan.queries.agencies import MONTHS, agency_board, agency_list
from passplan.server.http.cache import cached
from passplan.server.http.context import context

_YEAR = 13  # months

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
    months = _YEAR if request.args.get("months") == str(_YEAR) else MONTHS
    board = agency_board(ctx.store, name, months=months, actor=ctx.actor, now=ctx.now)
    return render_template("agency.html", board=board, year=_YEAR if months != _YEAR else None)
