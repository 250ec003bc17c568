"""The API, /api/v1: what pages do, for programs. JSON in and out, described by an OpenAPI document."""

from flask import Flask


def install(app: Flask) -> None:
    """Put the API into the application."""
    del app
