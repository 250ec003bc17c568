"""The Flask application that describes its API."""

from __future__ import annotations

from typing import Any

from flask_openapi import OpenAPI

from passplan import __version__


class Application(OpenAPI):
    """A Flask application with an OpenAPI 3.1 document."""

    def __init__(self, name: str, **options: Any) -> None:
        super().__init__(name, info={"title": "passplan", "version": __version__}, doc_ui=False, **options)
        self.openapi_version = "3.1.0"
