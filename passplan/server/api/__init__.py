"""The API, /api/v1: the functions of the pages, for programs. JSON in and out, described by an OpenAPI document."""

from __future__ import annotations

import json
from functools import cache

from flask import Blueprint, Flask, Response

from passplan.server.api import contacts, network, passes, requests, schedule, service, stations
from passplan.server.api.describing import document
from passplan.server.http.context import AppContext

NOUNS = (
    passes.noun,
    contacts.noun,
    requests.noun,
    schedule.noun,
    stations.noun,
    network.noun,
    service.noun,
)


def install(app: Flask) -> None:
    """Put the API and its document into the application."""
    for noun in NOUNS:
        app.register_blueprint(noun.blueprint)
    app_context: AppContext = app.extensions["passplan"]
    pages = Blueprint("openapi", __name__)

    @cache
    def text() -> str:
        return json.dumps(document(NOUNS, public_view=app_context.store.settings.public_view))

    @pages.get("/openapi.json")
    def described() -> Response:
        """The document of the API."""
        return Response(text(), content_type="application/json")

    app.register_blueprint(pages)
