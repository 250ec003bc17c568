"""Element sets from sources, fetched no more often than each source allows, across restarts.

Before a fetch, the time of the next one is saved in the store, so that two daemons, or one that is restarted again and
again, do not fetch twice. A source that answers with anything but 200 is not fetched again until a person arms it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from passplan.domain.elements import Elements, RefusedElementSet
from passplan.domain.errors import ConflictError, FetchError, InputError
from passplan.domain.facts import plain_of
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.domain.roles import Capability
from passplan.formats.elements import read_elements, read_one_of_several, with_numbers
from passplan.service.access.actors import Actor, require
from passplan.service.elements.sets import AddedElements, add_elements, known_designators
from passplan.service.settings import Source
from passplan.service.store import Closing, Store
from passplan.service.use_case import Change, use_case
from passplan.store import elements
from passplan.store.elements import SourceState
from passplan.store.schema import microseconds

if TYPE_CHECKING:
    from passplan.remote.fetching import Login

LEAST_USABLE = 0.99  # of a file's sets; a single bad set is accepted in any file
LEAST_OF_LAST = 0.8  # of the number of sets in its source's last answer
_LONGEST_WAIT_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """The result of fetching from a source."""

    source: str
    message: Message
    added: AddedElements | None = None
    in_trouble: bool = False
    hint: Hint | None = None
    warnings: tuple[Message, ...] = ()  # about sets that are taken


def refresh(
    store: Store,
    *,
    only: Sequence[str] = (),
    actor: Actor,
    now: datetime,
    real_now: datetime,
    closing: Closing | None = None,
) -> tuple[SourceReport, ...]:
    """Fetch from every source that is due, and add its new sets.

    Args:
        store: the store.
        only: names of sources; none: all.
        actor: the actor of the events.
        now: mission time, for the events and for epochs that lie in its future.
        real_now: real time, for the intervals between fetches.
        closing: is called in each transaction.

    Raises:
        InputError: for a source that the settings do not have.
    """
    require(actor, Capability.REFRESH)
    names = [s.name for s in store.settings.source]
    for name in only:
        if name not in names:
            raise InputError(
                Message(
                    "no_source",
                    "there is no source %(source)r in settings.toml; known: %(known)s",
                    source=name,
                    known=tuple(names),
                )
            )
    chosen = [s for s in store.settings.source if not only or s.name in only]
    return tuple(_fetch_source(store, s, actor=actor, now=now, real_now=real_now, closing=closing) for s in chosen)


@use_case(Capability.ARM_SOURCE)
def arm(change: Change, name: str, /, *, actor: Actor, now: datetime) -> None:
    """Allow fetches from a stopped source again, and any number of sets in its next answer.

    Raises:
        InputError: for a source that was never fetched.
    """
    state = elements.source_states(change.connection).get(name)
    if state is None:
        raise InputError(
            Message("source_never_asked", "source %(source)r was never asked", source=name), hint=Hint.LIST_SOURCES
        )
    elements.save_source(change.transaction, replace(state, stopped=None, trouble=None, failures=0, sets=0))
    before = {"stopped": plain_of(state.stopped) if state.stopped is not None else ""}
    change.record("source.armed", f"source/{name}", before=before)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Why a fetch gave no usable sets."""

    reason: Message
    stops: bool = False  # the source is not fetched again until a person arms it
    hint: Hint | None = None


def _fetch_source(
    store: Store, source: Source, *, actor: Actor, now: datetime, real_now: datetime, closing: Closing | None
) -> SourceReport:
    turn = _take_turn(store, source, real_now, actor=actor, now=now, closing=closing)
    if isinstance(turn, SourceReport):
        return turn
    try:
        fetched = (
            _from_folder(store.folder, source, turn, now) if source.folder else _from_net(store, source, turn, now)
        )
    except FetchError as error:
        failure = _Failure(reason=error.message, stops=error.status is not None)
        return _save_failure(store, source, failure, real_now, actor=actor, now=now, closing=closing)
    except (InputError, ConflictError) as error:  # it answered, and its answer cannot be used
        failure = _Failure(reason=error.messages[0], hint=error.hint)
        return _save_failure(store, source, failure, real_now, actor=actor, now=now, closing=closing)
    if fetched is None:
        # An unchanged folder has the same problems as before.
        trouble: dict[str, Any] = {} if source.folder else {"trouble": None}
        changes = {"failures": 0, "success_us": microseconds(real_now)} | trouble
        _save_state(store, source.name, changes, actor=actor, now=now, closing=closing)
        return SourceReport(source=source.name, message=Message("nothing_new", "nothing new"))
    sets, version = fetched
    if not _is_of_kind(sets, source):
        failure = _Failure(reason=_other_kind(source))
        return _save_failure(store, source, failure, real_now, actor=actor, now=now, closing=closing)
    if sets.ephemerides:
        sets = with_numbers(sets, known_designators(store))
    added = add_elements(store, sets, source=source.name, actor=actor, now=now, closing=closing)
    changes = {
        "failures": 0,
        "trouble": _refused(sets.refused),
        "success_us": microseconds(real_now),
        "sets": len(sets.segments),
        "etag": version.etag,
        "last_modified": version.last_modified,
        "sha256": version.sha256,
    }
    _save_state(store, source.name, changes, actor=actor, now=now, closing=closing)
    message = Message("sets_taken", "%(sets)s sets, %(new)s new", sets=len(sets.segments), new=added.new)
    if sets.refused:
        message = Message(
            "sets_partly_taken",
            "%(sets)s sets, %(new)s new, %(refused)s refused",
            sets=len(sets.segments),
            new=added.new,
            refused=len(sets.refused),
        )
    return SourceReport(
        source=source.name,
        message=message,
        added=added,
        in_trouble=bool(sets.refused),
        warnings=(*sets.warnings, *added.quarantined, *added.burns),
    )


def _is_of_kind(sets: Elements, source: Source) -> bool:
    """Whether a source sends what its settings say; what cannot be read is told otherwise."""
    unwanted = {"elements": sets.ephemerides, "ephemeris": sets.sets}
    return not unwanted.get(source.kind)


def _other_kind(source: Source) -> Message:
    other = "ephemeris" if source.kind == "elements" else "elements"
    return Message(
        "source_of_other_kind",
        "it sends %(sent)s, and its kind in settings.toml is %(kind)s",
        sent=other,
        kind=source.kind,
    )


@use_case()
def _take_turn(
    change: Change, source: Source, real_now: datetime, /, *, actor: Actor, now: datetime, closing: Closing | None
) -> SourceState | SourceReport:
    state = elements.source_states(change.connection).get(source.name, SourceState(name=source.name))
    if state.stopped is not None:
        message = Message("source_stopped", "stopped: %(cause)s", cause=state.stopped)
        return SourceReport(source=source.name, message=message, in_trouble=True, hint=Hint.ARM_SOURCE)
    if real_now < state.next:
        message = Message("source_waits", "not before %(at)s", at=f"{state.next:%Y-%m-%d %H:%M:%S}Z")
        return SourceReport(source=source.name, message=message)
    turn = replace(
        state,
        attempt_us=microseconds(real_now),
        next_us=microseconds(real_now + timedelta(seconds=source.least_interval_s)) if source.url else 0,
    )
    elements.save_source(change.transaction, turn)
    return turn


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    """The version of a source's answer."""

    sha256: str
    etag: str = ""
    last_modified: str = ""


def _from_net(store: Store, source: Source, state: SourceState, now: datetime) -> tuple[Elements, _Version] | None:
    from passplan.remote.fetching import fetch

    fetched = fetch(
        source.url,
        etag=state.etag,
        last_modified=state.last_modified,
        login=_login(store.folder, source),
        allow_private=source.allow_private,
    )
    if fetched is None:
        return None
    version = _Version(sha256=_sha256([fetched.body]), etag=fetched.etag, last_modified=fetched.last_modified)
    if version.sha256 == state.sha256:
        return None
    sets = read_elements(fetched.body, source.name, now=None if source.predictive else now)
    _require_complete(sets, state)
    return sets, version


def _from_folder(folder: Path, source: Source, state: SourceState, now: datetime) -> tuple[Elements, _Version] | None:
    from passplan.remote.folders import dropped_files

    files = dropped_files(folder / source.folder)
    if not files:
        return None
    if source.history_delay_h is not None:
        return _from_history([(file.body, file.name) for file in files], source.history_delay_h, state, now)
    version = _Version(sha256=_sha256([part for file in files for part in (file.name.encode(), file.body)]))
    if version.sha256 == state.sha256:
        return None
    sets = Elements(())
    for file in files:
        sets += read_one_of_several(file.body, file.name, now=None if source.predictive else now)
    return sets, version


def _from_history(
    files: Sequence[tuple[bytes, str]], delay_h: float, state: SourceState, now: datetime
) -> tuple[Elements, _Version] | None:
    """The sets of a history that have come until now: each comes some hours after its epoch."""
    every = Elements(())
    for body, name in files:
        every += read_one_of_several(body, name, now=None)
    until = now - timedelta(hours=delay_h)
    sets = Elements(
        tuple(s for s in every.sets if s.epoch <= until),
        every.refused,
        every.warnings,
        tuple(e for e in every.ephemerides if e.created <= until),
    )
    version = _Version(sha256=_sha256([repr((s.catalog_number, s.epoch)).encode() for s in sets]))
    return None if version.sha256 == state.sha256 or not sets.sets else (sets, version)


def _require_complete(answer: Elements, state: SourceState) -> None:
    """Refuse an answer that looks incomplete.

    Raises:
        ConflictError: with what is missing in it.
    """
    total = len(answer.segments) + len(answer.refused)
    is_rest_unread = any(r.is_rest_unread for r in answer.refused)  # the number of lost sets is unknown
    is_single = len(answer.refused) == 1 < total
    if is_rest_unread or (len(answer.segments) < LEAST_USABLE * total and not is_single):
        raise ConflictError(
            Message(
                "sets_unusable",
                "%(refused)s of its %(sets)s sets cannot be used, and so none is: %(first)s",
                refused=len(answer.refused),
                sets=total,
                first=str(answer.refused[0]),
            )
        )
    if not answer.ephemerides and len(answer) < LEAST_OF_LAST * state.sets:
        raise ConflictError(
            Message(
                "sets_missing", "it has %(sets)s sets, and had %(before)s before", sets=len(answer), before=state.sets
            ),
            hint=Hint.ARM_SOURCE,
        )


@use_case()
def _save_failure(
    change: Change,
    source: Source,
    failure: _Failure,
    real_now: datetime,
    /,
    *,
    actor: Actor,
    now: datetime,
    closing: Closing | None,
) -> SourceReport:
    """Save a failure. A source that refused is stopped; an unreachable one is retried at ever longer intervals."""
    state = elements.source_states(change.connection)[source.name]
    wait_s = min(_LONGEST_WAIT_S, max(60.0, source.least_interval_s) * 2.0 ** min(state.failures, 10))
    elements.save_source(
        change.transaction,
        replace(
            state,
            trouble=failure.reason,
            stopped=failure.reason if failure.stops else None,
            failures=state.failures + 1,
            sha256="" if source.folder else state.sha256,
            next_us=max(state.next_us, microseconds(real_now + timedelta(seconds=wait_s)) if source.url else 0),
        ),
    )
    if failure.stops or failure.reason != state.trouble:  # recorded once, not at every fetch
        action = "source.stopped" if failure.stops else "source.failed"
        change.record(action, f"source/{source.name}", after={"reason": plain_of(failure.reason)})
    message = failure.reason
    if failure.stops:
        message = Message("source_stops", "%(cause)s; nothing more is asked of it", cause=failure.reason)
    return SourceReport(
        source=source.name,
        message=message,
        in_trouble=True,
        hint=Hint.ARM_SOURCE if failure.stops else failure.hint,
    )


@use_case()
def _save_state(
    change: Change, name: str, changes: Mapping[str, Any], /, *, actor: Actor, now: datetime, closing: Closing | None
) -> None:
    state = elements.source_states(change.connection)[name]
    elements.save_source(change.transaction, replace(state, **changes))


def _login(folder: Path, source: Source) -> Login | None:
    from passplan.remote.fetching import Login

    if not source.login_url:
        return None
    path = folder / source.credentials
    try:
        if path.stat().st_mode & 0o077:
            raise InputError(
                Message("credentials_readable", "%(path)s: others may read it; chmod 600 it", path=str(path))
            )
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(
            Message(
                "credentials_unreadable",
                "%(path)s: %(error)s; it has two lines, identity and password",
                path=str(path),
                error=str(error.strerror),
            )
        ) from None
    if len(lines) < 2 or not lines[0].strip() or not lines[1]:
        raise InputError(
            Message(
                "credentials_lines",
                "%(path)s: it has %(lines)s lines; it has two, identity and password",
                path=str(path),
                lines=len(lines),
            )
        )
    return Login(url=source.login_url, identity=lines[0].strip(), password=lines[1])


def _sha256(parts: Sequence[bytes]) -> str:
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(len(part).to_bytes(8, "big"))
        hasher.update(part)
    return hasher.hexdigest()


def _refused(refused: Sequence[RefusedElementSet]) -> Message | None:
    """The problems of the first sets that cannot be used."""
    if not refused:
        return None
    return Message.of_text("; ".join(str(r) for r in refused[:5]))
