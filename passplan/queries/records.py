"""The store's records that queries return as they are, and the connection that a question is read with."""

from passplan.store.accounts import Token
from passplan.store.contacts import LogEntry
from passplan.store.database import Connection
from passplan.store.events import Event
from passplan.store.passes import Place
from passplan.store.requests import StoredRequest
from passplan.store.revisions import Revision
from passplan.store.schema import microseconds

__all__ = ["Connection", "Event", "LogEntry", "Place", "Revision", "StoredRequest", "Token", "microseconds"]
