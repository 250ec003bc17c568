"""The Flask application that describes its API."""

from __future__ import annotations

from typing import Any

from flask_openapi import OpenAPI

from passplan import __version__
from passplan.server.api.schemas.base import Problem

ABOUT = (
    "Satellite passes and fair uplink schedules. Identity is a token, `Authorization: Bearer pp_…`; times are UTC, "
    "RFC 3339; errors are problems as RFC 9457 has them. What is answered is what the token's account may see."
)


class Application(OpenAPI):
    """A Flask application with an OpenAPI 3.1 document."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(
            name,
            info={"title": "passplan", "version": __version__, "description": ABOUT},
            validation_error_model=Problem,
            doc_ui=False,
            **options,
        )
        self.openapi_version = "3.1.0"
