"""Element sets from sources, with the discipline that keeps a source willing; it survives restarts.

Whoever asks takes the source's next turn in the store before he asks, so that two daemons, or one that is started over
and over, do not ask twice. A source that answers with anything but 200 is not asked again until a person arms it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from passplan.domain.elements import Elements, RefusedElementSet
from passplan.domain.errors import ConflictError, FetchError, InputError
from passplan.domain.facts import plain_of
from passplan.domain.hints import Hint
from passplan.domain.messages import Message
from passplan.formats.elements import read_elements, read_one_of_several
from passplan.service.access.roles import Actor, Capability, require
from passplan.service.elements.sets import AddedElements, add_elements
from passplan.service.settings import Source
from passplan.service.store import Closing, Store
from passplan.store import elements
from passplan.store.database import Transaction
from passplan.store.elements import SourceState
from passplan.store.schema import microseconds

if TYPE_CHECKING:
    from passplan.remote.fetching import Login

LEAST_USABLE = 0.99  # of a file's sets
LEAST_OF_LAST = 0.8  # of the number of sets that its source gave last
_LONGEST_WAIT_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What became of asking a source."""

    source: str
    message: Message
    added: AddedElements | None = None
    in_trouble: bool = False
    hint: Hint | None = None


def refresh(
    store: Store,
    *,
    only: Sequence[str] = (),
    actor: Actor,
    now: datetime,
    real_now: datetime,
    closing: Closing | None = None,
) -> tuple[SourceReport, ...]:
    """Ask every source whose turn it is, and take what is new.

    Args:
        store: the store.
        only: names of sources; none: all.
        actor: who asks.
        now: mission time, for the events and for epochs that lie in its future.
        real_now: for turns.
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
    return tuple(_ask(store, s, actor=actor, now=now, real_now=real_now, closing=closing) for s in chosen)


def arm(store: Store, name: str, *, actor: Actor, now: datetime) -> None:
    """Let a source that was stopped be asked again, and let its next answer have any number of sets.

    Raises:
        InputError: for a source that was never asked.
    """
    require(actor, Capability.ARM_SOURCE)

    def work(transaction: Transaction) -> None:
        state = elements.source_states(transaction.connection).get(name)
        if state is None:
            raise InputError(
                Message("source_never_asked", "source %(source)r was never asked", source=name), hint=Hint.LIST_SOURCES
            )
        elements.save_source(transaction, replace(state, stopped=None, trouble=None, failures=0, sets=0))
        transaction.record(
            actor,
            now,
            "source.armed",
            f"source/{name}",
            before={"stopped": plain_of(state.stopped) if state.stopped else ""},
        )

    store.write(work)


def _ask(
    store: Store, source: Source, *, actor: Actor, now: datetime, real_now: datetime, closing: Closing | None
) -> SourceReport:
    taken = _take_turn(store, source, real_now, closing)
    if isinstance(taken, SourceReport):
        return taken
    try:
        got = _from_folder(store.folder, source, taken, now) if source.folder else _from_net(store, source, taken, now)
    except FetchError as error:
        return _in_trouble(
            store,
            source,
            error.message,
            stop=error.status is not None,
            actor=actor,
            now=now,
            real_now=real_now,
            closing=closing,
        )
    except (InputError, ConflictError) as error:  # it answered, and not with what can be used
        told = error.messages[0]
        return _in_trouble(
            store,
            source,
            told,
            stop=False,
            hint=error.hint,
            actor=actor,
            now=now,
            real_now=real_now,
            closing=closing,
        )
    if got is None:
        # What is unchanged in a folder is as good or bad as it was.
        trouble = {} if source.folder else {"trouble": None}
        _keep(store, source.name, closing, failures=0, success_us=microseconds(real_now), **trouble)
        return SourceReport(source=source.name, message=Message("nothing_new", "nothing new"))
    found, answer = got
    added = add_elements(store, found, source=source.name, actor=actor, now=now, closing=closing)
    _keep(
        store,
        source.name,
        closing,
        failures=0,
        trouble=_refused(found.refused),
        success_us=microseconds(real_now),
        sets=len(found),
        etag=answer.etag,
        last_modified=answer.last_modified,
        sha256=answer.sha256,
    )
    message = Message("sets_taken", "%(sets)s sets, %(new)s new", sets=len(found), new=added.new)
    if found.refused:
        message = Message(
            "sets_partly_taken",
            "%(sets)s sets, %(new)s new, %(refused)s refused",
            sets=len(found),
            new=added.new,
            refused=len(found.refused),
        )
    return SourceReport(source=source.name, message=message, added=added, in_trouble=bool(found.refused))


def _take_turn(store: Store, source: Source, real_now: datetime, closing: Closing | None) -> SourceState | SourceReport:
    def work(transaction: Transaction) -> SourceState | SourceReport:
        if closing is not None:
            closing(transaction)
        state = elements.source_states(transaction.connection).get(source.name, SourceState(name=source.name))
        if state.stopped is not None:
            told = Message("source_stopped", "stopped: %(cause)s", cause=state.stopped)
            return SourceReport(source=source.name, message=told, in_trouble=True, hint=Hint.ARM_SOURCE)
        if real_now < state.next:
            told = Message("source_waits", "not before %(at)s", at=f"{state.next:%Y-%m-%d %H:%M:%S}Z")
            return SourceReport(source=source.name, message=told)
        turn = replace(
            state,
            attempt_us=microseconds(real_now),
            next_us=microseconds(real_now + timedelta(seconds=source.least_interval_s)) if source.url else 0,
        )
        elements.save_source(transaction, turn)
        return turn

    return store.write(work)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What a source said of its answer."""

    sha256: str
    etag: str = ""
    last_modified: str = ""


def _from_net(store: Store, source: Source, state: SourceState, now: datetime) -> tuple[Elements, _Told] | None:
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
    told = _Told(sha256=_sha256([fetched.body]), etag=fetched.etag, last_modified=fetched.last_modified)
    if told.sha256 == state.sha256:
        return None
    found = read_elements(fetched.body, source.name, now=None if source.predictive else now)
    _require_whole(found, state)
    return found, told


def _from_folder(folder: Path, source: Source, state: SourceState, now: datetime) -> tuple[Elements, _Told] | None:
    from passplan.remote.folders import dropped_files

    files = dropped_files(folder / source.folder)
    told = _Told(sha256=_sha256([part for file in files for part in (file.name.encode(), file.body)]))
    if told.sha256 == state.sha256 or not files:
        return None
    found = Elements(())
    for file in files:
        found += read_one_of_several(file.body, file.name, now=None if source.predictive else now)
    return found, told


def _require_whole(found: Elements, state: SourceState) -> None:
    """Refuse an answer as a whole that looks like half of one.

    Raises:
        ConflictError: with what is odd about it.
    """
    total = len(found) + len(found.refused)
    if len(found) < LEAST_USABLE * total:
        first = found.refused[0]
        raise ConflictError(
            Message(
                "sets_unusable",
                "%(refused)s of its %(sets)s sets cannot be used, and so none is: %(first)s",
                refused=len(found.refused),
                sets=total,
                first=str(first),
            )
        )
    if len(found) < LEAST_OF_LAST * state.sets:
        raise ConflictError(
            Message(
                "sets_missing", "it has %(sets)s sets, and had %(before)s before", sets=len(found), before=state.sets
            ),
            hint=Hint.ARM_SOURCE,
        )


def _in_trouble(
    store: Store,
    source: Source,
    told: Message,
    *,
    stop: bool,
    hint: Hint | None = None,
    actor: Actor,
    now: datetime,
    real_now: datetime,
    closing: Closing | None,
) -> SourceReport:
    """Keep what went wrong. A source that refused is stopped; one out of reach is asked less and less often."""

    def work(transaction: Transaction) -> None:
        if closing is not None:
            closing(transaction)
        state = elements.source_states(transaction.connection)[source.name]
        wait_s = min(_LONGEST_WAIT_S, max(60.0, source.least_interval_s) * 2.0 ** min(state.failures, 10))
        elements.save_source(
            transaction,
            replace(
                state,
                trouble=told,
                stopped=told if stop else None,
                failures=state.failures + 1,
                sha256="" if source.folder else state.sha256,
                next_us=max(state.next_us, microseconds(real_now + timedelta(seconds=wait_s)) if source.url else 0),
            ),
        )
        if stop or told != state.trouble:  # once, and not at every turn
            action = "source.stopped" if stop else "source.failed"
            transaction.record(actor, now, action, f"source/{source.name}", after={"reason": plain_of(told)})

    store.write(work)
    if stop:
        told = Message("source_stops", "%(cause)s; nothing more is asked of it", cause=told)
    return SourceReport(source=source.name, message=told, in_trouble=True, hint=Hint.ARM_SOURCE if stop else hint)


def _keep(store: Store, name: str, closing: Closing | None, **changes: object) -> None:
    def work(transaction: Transaction) -> None:
        if closing is not None:
            closing(transaction)
        state = elements.source_states(transaction.connection)[name]
        elements.save_source(transaction, replace(state, **changes))  # type: ignore[arg-type]

    store.write(work)


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
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()


def _refused(refused: Sequence[RefusedElementSet]) -> Message | None:
    """What is wrong with the first sets that cannot be used."""
    if not refused:
        return None
    return Message.of_text("; ".join(str(r) for r in refused[:5]))
