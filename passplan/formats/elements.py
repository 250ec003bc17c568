"""Element files of any format, recognized by their content and not by their names."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from passplan.domain.elements import Elements, ElementSet, RefusedElementSet, refuse_impossible_epoch
from passplan.domain.errors import InputError
from passplan.domain.span import instant
from passplan.formats.limits import MAX_ELEMENTS_BYTES, require_size
from passplan.formats.omm import read_csv, read_json, read_kvn, read_xml
from passplan.formats.tle import Parsed, read_tle


def load_elements(path: str | Path, *, now: datetime | None = None, predictive: bool = False) -> Elements:
    """The element sets of a file, or of every file of a folder: TLE, or OMM in JSON, CSV, XML or KVN.

    Args:
        path: the file or folder.
        now: epochs more than an hour later are refused (a misread two-digit year); None: they are not.
        predictive: the source has epochs in the future on purpose.

    Returns:
        A sequence of the usable `ElementSet`s; the refused ones are in `.refused`, with file and line.

    Raises:
        InputError: when the file is too large, is not text, or has no element set at all, usable or refused.
        OSError: when it cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
        if not files:
            raise InputError(f"{path}: the folder has no files; put TLE or OMM files there")
        loaded = Elements(())
        for file in files:
            loaded += one_of_several(file, now=now, predictive=predictive)
        return loaded
    require_size(path.name, path.stat().st_size, MAX_ELEMENTS_BYTES)
    return read_elements(path.read_bytes(), path.name, now=None if predictive else now)


def one_of_several(path: Path, *, now: datetime | None, predictive: bool) -> Elements:
    """The element sets of one of several files; a file that cannot be used at all is refused as a whole."""
    return _or_refused(path.name, lambda: load_elements(path, now=now, predictive=predictive))


def read_one_of_several(data: bytes, source: str, *, now: datetime | None) -> Elements:
    """The element sets of one of several texts; a text that cannot be used at all is refused as a whole."""
    return _or_refused(source, lambda: read_elements(data, source, now=now))


def _or_refused(source: str, read: Callable[[], Elements]) -> Elements:
    try:
        return read()
    except InputError as error:
        reason = str(error).removeprefix(f"{source}: ")
        return Elements((), (RefusedElementSet(where=source, reason=reason),))


def read_elements(data: bytes | str, source: str, *, now: datetime | None = None) -> Elements:
    """The element sets of one text; `source` names it in errors.

    Raises:
        InputError: as `load_elements`.
    """
    try:
        raw = data.encode() if isinstance(data, str) else data
    except UnicodeEncodeError as error:
        raise InputError(f"{source}: character {error.start} is no character of any text") from None
    require_size(source, len(raw), MAX_ELEMENTS_BYTES)
    now = None if now is None else instant(now)
    sets: list[ElementSet] = []
    refused: list[RefusedElementSet] = []
    for where, parsed in _parsed(raw, source):
        try:
            if isinstance(parsed, InputError):
                raise parsed
            refuse_impossible_epoch(parsed, now)
            sets.append(parsed)
        except InputError as error:
            refused.append(RefusedElementSet(where=where, reason=str(error)))
    if not sets and not refused:
        raise InputError(f"{source}: there is no element set in it; it takes TLE, or OMM as JSON, CSV, XML or KVN")
    return Elements(tuple(sets), tuple(refused))


def _parsed(raw: bytes, source: str) -> Iterator[Parsed]:
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    head = raw[:4096].lstrip()
    if head.startswith(b"<"):
        if head[:15].lower().startswith((b"<!doctype html", b"<html")):
            raise InputError(f"{source}: it is a web page, not a file of element sets; did the server refuse?")
        return read_xml(raw, source)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{source}: byte {error.start} is not UTF-8 text; is it compressed or binary?") from None
    if "\0" in text:
        raise InputError(f"{source}: it holds zero bytes; is it compressed or binary?")
    if head.startswith((b"{", b"[")):
        return read_json(text, source)
    first_line = head.split(b"\n", 1)[0]
    if b"," in first_line and b"NORAD_CAT_ID" in first_line:
        return read_csv(text, source)
    if head.startswith((b"CCSDS_OMM_VERS", b"COMMENT")):
        return read_kvn(text, source)
    if head.startswith(b"CCSDS_OEM_VERS"):
        raise InputError(f"{source}: it is an ephemeris (OEM), and element sets are asked for: TLE or OMM")
    if not any(line.startswith(("1 ", "2 ")) for line in text.splitlines()):
        raise InputError(f"{source}: there is no element set in it; it takes TLE, or OMM as JSON, CSV, XML or KVN")
    return read_tle(text, source)
