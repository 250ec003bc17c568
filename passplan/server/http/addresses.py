"""The addresses of the server's pages, cached: a page has about a hundred, which rarely change."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import flask
from flask import Flask, current_app, request

_EXTENSION = "passplan.addresses"
_MOST = 2_048


def install(app: Flask) -> None:
    """Cache addresses, and let templates use the cache."""

    @lru_cache(maxsize=_MOST, typed=True)
    def address(root: str, endpoint: str, **values: Any) -> str:
        del root  # where a proxy puts the server: part of the key
        return flask.url_for(endpoint, **values)

    app.extensions[_EXTENSION] = address
    app.jinja_env.globals["url_for"] = url_for


def url_for(endpoint: str, **values: Any) -> str:
    """The address of a page, as `flask.url_for` gives it within a request.

    Args:
        endpoint: with its blueprint's name.
        values: texts and numbers; None is left out.
    """
    address: str = current_app.extensions[_EXTENSION](request.script_root, endpoint, **values)
    return address
