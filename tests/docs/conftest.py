"""A site whose document of the API is compared with the page about it."""

from tests.server.conftest import still, template

__all__ = ["still", "template"]
