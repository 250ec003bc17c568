"""Policy files: TOML with the fields of `Policy`; omitted fields have their defaults."""

from __future__ import annotations

from pathlib import Path

from passplan.domain.errors import InputError
from passplan.domain.schedule import Policy
from passplan.formats.limits import MAX_TOML_BYTES, require_size
from passplan.formats.tables import TableReader, toml_tables


def load_policy(path: str | Path) -> Policy:
    """The policy of a TOML file.

    Raises:
        InputError: with every mistake in it, each with its place, the value and the allowed values.
        OSError: when it cannot be read.
    """
    path = Path(path)
    require_size(path.name, path.stat().st_size, MAX_TOML_BYTES)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: byte {error.start} is not UTF-8 text") from None
    return parse_policy(text, path.name)


def parse_policy(text: str, source: str) -> Policy:
    """The policy of a TOML text; `source` names it in errors.

    Raises:
        InputError: as `load_policy`.
    """
    reader = TableReader(source)
    policy = reader.build(Policy, toml_tables(text, source), "the file")
    reader.raise_problems()
    assert policy is not None
    return policy
