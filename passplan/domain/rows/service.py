"""The rows of a service: accounts, tokens, events, element sets, and the status of elements and feeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

from passplan.domain.roles import Role
from passplan.domain.rows.columns import column

JsonObject: TypeAlias = Mapping[str, Any]  # an object of the event log
Scope: TypeAlias = Literal["read", "write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account."""

    name: str = column("Account", help="Its name.")
    role: Role = column("Role", help="What it may do.")
    agency: str = column("Agency", help="Its agency; empty: none.")
    active: bool = column("Active", help="Whether it may do anything.")
    second_factor: bool = column("Second factor", help="Whether it signs in with a code beside the password.")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token, without its secret."""

    prefix: str = column("Token", help="The eight characters after `pp_`, by which it is revoked.")
    account: str = column("Account", help="Its account.")
    name: str = column("Name", help="What it is for.")
    scope: Scope = column("Scope", help="What it may do.")
    created: datetime = column("Created", help="When it was created.", in_table=False)
    expires: datetime = column("Expires", help="When it expires.")
    used: datetime | None = column("Last used", help="When it was used last; null: never.")
    revoked: datetime | None = column("Revoked", help="When it was revoked; null: it was not.")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRow:
    """A change of one object, for the agencies that it concerns."""

    at: datetime = column("At (UTC)", help="When.")
    actor: str = column("Actor", help="The account that did it.")
    action: str = column("Action", help="The action.")
    before: JsonObject = column("Before", help="The object before.", in_table=False)
    after: JsonObject = column("What", help="The object afterwards.", dispensable=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """An event: who changed which object, with a hash that includes the hash of the event before."""

    id: int = column("Event", help="Its number.")
    at: datetime = column("At (UTC)", help="When.")
    actor: str = column("Actor", help="The account that did it.")
    os_user: str = column("User", help="The user of the operating system, for the command line.", in_table=False)
    action: str = column("Action", help="The action.")
    object: str = column("Object", help="The object, such as `contact/12`.")
    before: JsonObject = column("Before", help="The object before.", in_table=False)
    after: JsonObject = column("What", help="The object afterwards.", dispensable=1)
    hash: str = column("Hash", help="The digest of the event and of the hash before.", in_table=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementsRow:
    """The element set in force for a satellite, and its age."""

    satellite: str = column("Satellite", help="The satellite.")
    set: int | None = column("Set", help="The number of the element set; null: there is none.")
    since: datetime | None = column("Since", help="When it came into force; null: there is none.", in_table=False)
    epoch: datetime | None = column("Epoch (UTC)", help="Its epoch; null: there is none.")
    age_d: float | None = column("Age", unit="d", digits=2, help="From its epoch to now; null: there is none.")
    source: str | None = column("Source", help="Where it came from; null: there is none.")
    ephemeris_until: datetime | None = column(
        "Ephemeris until", help="The end of the newest ephemeris, which serves until then; null: there is none."
    )
    pinned: bool = column("Pinned", help="Whether it stays in force when newer ones come.", in_table=False)
    marks: tuple[str, ...] = column("Marks", help="Its marks: MISSING, STALE, TOO OLD, pinned.")
    wrong: bool = column("Wrong", help="Whether it is missing or old.", in_table=False)

    @property
    def age_s(self) -> float | None:
        """The age in seconds; None: there is no element set."""
        return self.age_d * 86_400.0 if self.age_d is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRow:
    """The status of an element feed."""

    source: str = column("Source", help="Its name in settings.toml.")
    sentence: str = column("Status", help="Its status in words.")
    wrong: bool = column("Wrong", help="Whether it is stopped or fails.", in_table=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementSetRow:
    """An element set of the store."""

    id: int = column("Set", help="Its number.")
    epoch: datetime = column("Epoch (UTC)", help="Its epoch; of an ephemeris: when it was made.")
    covers_until: datetime | None = column("Covers until", help="The end of an ephemeris; null: it is an element set.")
    source: str = column("Source", help="Where it came from.")
    quarantine: str = column("Quarantine", help="Why it does not come into force automatically; empty: it does.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManoeuvreRow:
    """A burn of a satellite."""

    id: int = column("Burn", help="Its number.")
    satellite: str = column("Satellite", help="The satellite.")
    time: datetime = column("Time (UTC)", help="When it begins; of one that was found: when the orbits meet.")
    delta_v_m_s: float | None = column("Size", unit="m/s", digits=3, help="Change of velocity; null: not known.")
    uncertainty_m_s: float | None = column(
        "±", unit="m/s", digits=3, help="68 of 100 burns come within this of the size; null: not known."
    )
    name: str = column("Name", help="Its name; empty: none.")
    origin: str = column("Origin", help="How it is known: person, ephemeris, or history (found between element sets).")
    source: str = column("Source", help="The feed or the account that it comes from.")
