"""Domain values to and from the JSON documents that the store keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from passplan.domain.elements import ElementSet
from passplan.domain.ephemeris import Ephemeris
from passplan.domain.network import Network, SatelliteTime
from passplan.domain.requests import ContactRequest, RequestGroup
from passplan.domain.sources import Segment
from passplan.domain.timing import TrackRecord
from passplan.formats.network import network_from_tables, network_tables
from passplan.formats.tables import TableReader, table_of

T = TypeVar("T", ContactRequest, RequestGroup, SatelliteTime, ElementSet, Ephemeris, TrackRecord)


def document_of(value: ContactRequest | RequestGroup | SatelliteTime | ElementSet | Ephemeris | TrackRecord) -> str:
    """The document of a value; equal values have equal ones."""
    return canonical(table_of(value))


def value_of(kind: type[T], document: str) -> T:
    """The value of a document that `document_of` made.

    Raises:
        InputError: when the document is invalid: the store was changed by other means.
    """
    return _built(kind, json.loads(document))


def segment_of(document: str) -> Segment:
    """The segment of a source that a document holds: an element set, or an ephemeris, which has states."""
    table = json.loads(document)
    return _built(Ephemeris, table) if "states" in table else _built(ElementSet, table)


def _built(kind: type[T], table: Any) -> T:
    reader = TableReader("the store")
    value = reader.build(kind, table, kind.__name__)
    reader.raise_problems()
    assert value is not None
    return value


def network_document(network: Network) -> str:
    """The document of a network."""
    return canonical(network_tables(network))


def network_of(document: str) -> Network:
    """The network of a document."""
    return network_from_tables(json.loads(document), "the store")


def canonical(value: Any) -> str:
    """JSON that is the same for equal values."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def element_ids(document: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The ids of element sets in the document of input versions; in older documents it is one for each satellite."""
    return {s: (ids,) if isinstance(ids, int) else tuple(ids) for s, ids in document["elements"].items()}


def serve_as_before(ids: Sequence[int], before: Sequence[int]) -> bool:
    """Whether element sets are those that served before: the first of them may serve no more."""
    return tuple(ids) == tuple(before[-len(ids) :] if ids else before)
