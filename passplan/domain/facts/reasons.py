"""The reasons of the states of contacts and requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from passplan.domain.messages import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWithdrawn(Fact):
    """The request of a contact was withdrawn."""

    kind: ClassVar[str] = "request_withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotInNetwork(Fact):
    """A network revision lacks the antenna of a contact, or a channel of its link."""

    kind: ClassVar[str] = "not_in_network"

    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotInRevision(Fact):
    """A schedule revision has no place for a contact, and has no refusal for its request."""

    kind: ClassVar[str] = "not_in_revision"

    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanOver(Fact):
    """The span of a request is over."""

    kind: ClassVar[str] = "span_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanTooSoon(Fact):
    """The span of a request ends before anything can be booked."""

    kind: ClassVar[str] = "span_too_soon"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactLost(Fact):
    """A satisfied request lost one of its contacts."""

    kind: ClassVar[str] = "contact_lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReplaced(Fact):
    """Another request of the same agency takes the place of this one."""

    kind: ClassVar[str] = "request_replaced"

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersAsked(Fact):
    """Owners of stations decide on a request, as their agreements say."""

    kind: ClassVar[str] = "owners_asked"

    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondPersonAsked(Fact):
    """A second person decides on an emergency."""

    kind: ClassVar[str] = "second_person_asked"
