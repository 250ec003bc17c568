"""Values that a shell completes: ids of stations, satellites and requests.

A shell asks while a person types: what cannot be read gives no value and no error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from passplan.domain.errors import PassplanError

if TYPE_CHECKING:
    from passplan.domain.network import Network

_MOST_REQUESTS = 50

Values = Callable[[Mapping[str, Any], str], Iterable[str]]  # from the other parameters, and what is typed
Completion = Callable[[click.Context, click.Parameter, str], list[str]]


def _completion(values: Values) -> Completion:
    """A completion from all values, or from those that begin with what is typed."""

    @wraps(values)
    def completion(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        try:
            every = set(values(context.params, incomplete))
            return sorted(v for v in every if v.casefold().startswith(incomplete.casefold()))
        except (PassplanError, OSError):
            return []

    return completion


@_completion
def stations(given: Mapping[str, Any], _typed: str) -> Iterable[str]:
    """Ids of the stations in the network file, and the agencies."""
    network = _network_of_file(given)
    return [*(s.id for s in network.stations), *(a.id for a in network.agencies)]


@_completion
def satellites(given: Mapping[str, Any], _typed: str) -> Iterable[str]:
    """Satellites of the network file, and the names of the files in folders of element sets."""
    from passplan.resources import shipped

    folders = [Path(p) for p in given.get("elements") or ()] or [shipped("tle")]
    groups = [file.stem for folder in folders if folder.is_dir() for file in folder.iterdir()]
    return [*(s.id for s in _network_of_file(given).satellites), *groups]


@_completion
def antennas(given: Mapping[str, Any], _typed: str) -> Iterable[str]:
    """Stations of the store's network, and their antennas."""
    from passplan.cli import desk
    from passplan.service.network.revisions import current_network

    with desk.open_session(given.get("data"), quiet=True) as at, at.store.database.read() as connection:
        _, network = current_network(at.store.caches, connection)
    return [*(s.id for s in network.stations), *map(str, network.antennas)]


@_completion
def requests(given: Mapping[str, Any], typed: str) -> Iterable[str]:
    """Ids of requests: those of a plan file if the command has one, or else of the store."""
    from passplan.cli import desk
    from passplan.queries.listings import request_ids

    plan = given.get("plan")
    if plan is not None and not desk.is_revision(plan):
        return [r.id for r in desk.read_plan(plan, None)[1].inputs.book.requests]
    with desk.open_session(given.get("data"), quiet=True) as at:
        return request_ids(at.store, typed, most=_MOST_REQUESTS)


def _network_of_file(given: Mapping[str, Any]) -> Network:
    from passplan.cli import inputs

    return inputs.read_network(given.get("network"))
