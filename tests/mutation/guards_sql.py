"""Mutants of the guards' SQL, made by hand: conditions that go, comparisons that change, triggers that are not made.

They are those of SQLite's triggers. PostgreSQL's are checked by the same tests in `make test`.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from tests.mutation.mutants import Mutant
from tests.mutation.targets import GUARDS

# The trigger or the constant, what stands in it, and what is put there; "": the trigger is not made at all.
_CHANGES: tuple[tuple[str, str, str], ...] = (
    ("_OVERLAPS", "h.resource_id = NEW.resource_id AND h.live", "h.live"),
    ("_OVERLAPS", "h.resource_id = NEW.resource_id", "h.resource_id <> NEW.resource_id"),
    ("_OVERLAPS", "NEW.resource_id AND h.live", "NEW.resource_id"),
    ("_OVERLAPS", "AND h.live", "AND NOT h.live"),
    ("_OVERLAPS", "h.start_us < NEW.end_us", "h.start_us <= NEW.end_us"),
    ("_OVERLAPS", "h.start_us < NEW.end_us", "h.start_us < NEW.end_us - 1"),
    ("_OVERLAPS", "h.start_us < NEW.end_us", "h.start_us < NEW.start_us"),
    ("_OVERLAPS", "h.end_us > NEW.start_us", "h.end_us >= NEW.start_us"),
    ("_OVERLAPS", "h.end_us > NEW.start_us", "h.end_us > NEW.start_us + 1"),
    ("_OVERLAPS", "h.end_us > NEW.start_us", "h.end_us > NEW.end_us"),
    ("_OVERLAPS", "AND h.start_us < NEW.end_us AND", "AND"),
    ("_OVERLAPS", "AND h.end_us > NEW.start_us", ""),
    ("_OVERLAPS", "{HOLD_LIMIT_US}", "{HOLD_LIMIT_US} / 2"),
    ("_OVERLAPS", "NEW.start_us - {HOLD_LIMIT_US}", "NEW.start_us - {HOLD_LIMIT_US} + 1"),
    ("_OVERLAPS", "h.start_us > NEW.start_us - {HOLD_LIMIT_US}", "h.start_us > NEW.start_us"),
    ("hold_overlap_insert", "", ""),
    ("hold_overlap_insert", "BEFORE INSERT ON hold WHEN NEW.live", "BEFORE INSERT ON hold WHEN NOT NEW.live"),
    ("hold_overlap_insert", "BEFORE INSERT ON hold WHEN NEW.live", "BEFORE INSERT ON hold"),
    ("hold_overlap_insert", "BEFORE INSERT", "AFTER INSERT"),
    ("hold_overlap_insert", "RAISE(ABORT, '{OVERLAP}')", "RAISE(IGNORE)"),
    ("hold_overlap_update", "", ""),
    ("hold_overlap_update", "BEFORE UPDATE ON", "BEFORE UPDATE OF start_us, end_us ON"),
    ("hold_overlap_update", "BEFORE UPDATE ON", "BEFORE UPDATE OF start_us, end_us, resource_id ON"),
    ("hold_overlap_update", "BEFORE UPDATE ON hold WHEN NEW.live", "BEFORE UPDATE ON hold WHEN OLD.live"),
    ("hold_overlap_update", "BEFORE UPDATE ON hold WHEN NEW.live", "BEFORE UPDATE ON hold"),
    ("hold_overlap_update", " AND h.id <> OLD.id", ""),
    ("hold_overlap_update", "h.id <> OLD.id", "h.id > OLD.id"),
    ("hold_overlap_update", "h.id <> OLD.id", "h.id < OLD.id"),
    ("hold_overlap_update", "h.id <> OLD.id", "h.contact_id <> OLD.contact_id"),
    ("hold_overlap_update", "RAISE(ABORT, '{OVERLAP}')", "RAISE(IGNORE)"),
    ("hold_holder_insert", "", ""),
    ("hold_holder_insert", "WHEN NEW.live", "WHEN NOT NEW.live"),
    ("hold_holder_insert", "WHEN NEW.live", ""),
    ("hold_holder_insert", "c.id = NEW.contact_id AND ", ""),
    ("hold_holder_insert", " AND c.state IN ({_HOLDING})", ""),
    ("hold_holder_insert", "c.state IN ({_HOLDING})", "c.state = 'scheduled'"),
    ("hold_holder_insert", "c.state IN", "c.state NOT IN"),
    ("hold_holder_update", "", ""),
    ("hold_holder_update", "BEFORE UPDATE ON", "BEFORE UPDATE OF live ON"),
    ("hold_holder_update", "BEFORE UPDATE ON", "BEFORE UPDATE OF contact_id ON"),
    ("hold_holder_update", "NEW.contact_id", "OLD.contact_id"),
    ("hold_holder_update", "WHEN NEW.live", "WHEN OLD.live"),
    ("hold_holder_update", " AND c.state IN ({_HOLDING})", ""),
    ("hold_holder_update", "c.state IN ({_HOLDING})", "c.state = 'committed'"),
    ("contact_birth", "", ""),
    ("contact_birth", "t.kind = 'contact' AND ", ""),
    ("contact_birth", "t.before = '' AND ", ""),
    ("contact_birth", " AND t.after = NEW.state", ""),
    ("contact_state", "", ""),
    ("contact_state", "BEFORE UPDATE ON", "BEFORE UPDATE OF part ON"),
    ("contact_state", "t.before = OLD.state AND ", ""),
    ("contact_state", " AND t.after = NEW.state", ""),
    ("contact_state", "t.before = OLD.state AND t.after = NEW.state", "t.before = NEW.state AND t.after = OLD.state"),
    ("contact_state", "WHEN NEW.state <> OLD.state", ""),
    ("contact_done", "", ""),
    ("contact_done", "NOT IN", "IN"),
    ("contact_done", "BEFORE UPDATE ON", "BEFORE UPDATE OF reason ON"),
    ("contact_done", "OLD.state NOT IN ({_HOLDING})", "OLD.state = 'completed'"),
    ("contact_release", "", ""),
    ("contact_release", "NEW.state NOT IN", "NEW.state IN"),
    ("contact_release", "NEW.state NOT IN ({_HOLDING})", "NEW.state LIKE 'cancelled%'"),
    ("contact_release", "contact_id = NEW.id AND ", ""),
    ("contact_release", "SET live = 0", "SET live = 1"),
    ("request_birth", "", ""),
    ("request_birth", "t.kind = 'request' AND ", ""),
    ("request_birth", "t.before = '' AND ", ""),
    ("request_birth", " AND t.after = NEW.state", ""),
    ("request_state", "", ""),
    ("request_state", "t.before = OLD.state AND ", ""),
    ("request_state", " AND t.after = NEW.state", ""),
    ("request_state", "WHEN NEW.state <> OLD.state", ""),
    ("contact_no_replace", "", ""),
    ("contact_no_replace", "c.id = NEW.id\n    OR ", ""),
    ("contact_no_replace", "c.request_id = NEW.request_id AND ", ""),
    ("contact_no_replace", "c.part = NEW.part AND ", ""),
    ("contact_no_replace", " AND c.state IN ({_HOLDING})", ""),
    ("request_no_replace", "", ""),
    ("request_no_replace", "r.id = NEW.id", "r.id <> NEW.id"),
    ("event_no_replace", "", ""),
    ("event_no_replace", "e.id = NEW.id OR ", ""),
    ("event_no_replace", " OR e.prev_hash = NEW.prev_hash", ""),
    ("event_no_update", "", ""),
    ("event_no_update", "BEFORE UPDATE ON event", "BEFORE UPDATE OF actor ON event"),
    ("event_no_update", "RAISE(ABORT, '{APPEND_ONLY}')", "RAISE(IGNORE)"),
    ("event_no_delete", "", ""),
    ("event_no_delete", "RAISE(ABORT, '{APPEND_ONLY}')", "RAISE(IGNORE)"),
)


def mutants(root: Path) -> list[Mutant]:
    """The mutants of the guards' file.

    Raises:
        LookupError: for a change whose text is not there, because the guards were changed.
    """
    source = (root / GUARDS.sources).read_bytes()
    made: list[Mutant] = []
    seen: Counter[tuple[str, str]] = Counter()
    for name, old, new in _CHANGES:
        start, end = _place_of(source.decode(), name, old)
        before = f"{name}: {_in_one_line(old) or 'there'}"
        after = f"{name}: {_in_one_line(new) or 'not there'}"
        made.append(
            Mutant(
                file=GUARDS.sources,
                line=source.count(b"\n", 0, start) + 1,
                before=before,
                after=after,
                start=start,
                end=end,
                text=new.encode(),
                occurrence=seen[before, after],
            )
        )
        seen[before, after] += 1
    return made


def _place_of(source: str, name: str, old: str) -> tuple[int, int]:
    """The bytes of a text in a trigger or constant; without a text: of the whole entry."""
    entry = re.search(rf'^(?:    "{name}": f"""|{name} = f""").*?""",?\n', source, re.DOTALL | re.MULTILINE)
    if entry is None or old not in entry.group():
        raise LookupError(f"the guards have no {old!r} in {name}")
    start = entry.start() + entry.group().index(old)
    end = start + len(old) if old else entry.end()
    return len(source[:start].encode()), len(source[:end].encode())


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
