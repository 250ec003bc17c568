"""What tests of the server share: one store that is made once, and copied for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.site import Site, build, open_site


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A store to copy, and the tokens of its accounts."""
    folder = tmp_path_factory.mktemp("template")
    return folder, build(folder)


@pytest.fixture
def site(template: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[Site]:
    """A site that a test may change."""
    opened = open_site(template[0], tmp_path, template[1])
    yield opened
    opened.office.store.database.close()


@pytest.fixture(scope="module")
def still(template: tuple[Path, dict[str, str]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that the tests of a module only look at."""
    opened = open_site(template[0], tmp_path_factory.mktemp("still"), template[1])
    yield opened
    opened.office.store.database.close()
