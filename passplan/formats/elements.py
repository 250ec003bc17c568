"""Element files of any format, recognized by their content and not by their names."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from passplan.domain.designators import catalog_number_of, numbers_of
from passplan.domain.elements import Elements, ElementSet, RefusedElementSet, refuse_impossible_epoch
from passplan.domain.ephemeris import Ephemeris
from passplan.domain.errors import InputError
from passplan.domain.manoeuvres import Manoeuvre
from passplan.domain.messages import Message
from passplan.domain.span import instant
from passplan.formats import oem
from passplan.formats.decoding import decoded, text_of
from passplan.formats.limits import MAX_ELEMENTS_BYTES, require_size
from passplan.formats.omm import is_csv, read_csv, read_json, read_kvn, read_xml
from passplan.formats.parsed import Deviation, Parsed, RestUnreadError, Wanted, deviation_warning
from passplan.formats.tle import read_tle

_OEM_HEAD = re.compile(r"(?:\s*COMMENT[^\r\n]*[\r\n])*\s*CCSDS_OEM_VERS\s*=")
_OEM_TAG, _OMM_TAG = (re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?" + name + rb"[\s>]") for name in (b"oem", b"omm"))
_TLE_LINE = re.compile(r"(?:^|[\r\n])\s*[12]\s")


def load_elements(
    path: str | Path,
    *,
    now: datetime | None = None,
    predictive: bool = False,
    wanted: Wanted = None,
    catalog_numbers: Mapping[str, int] | None = None,
) -> Elements:
    """The contents of a file, or of every file of a folder: TLE; OMM in JSON, CSV, XML or KVN; OEM in XML or KVN.

    Args:
        path: the file or folder; files may be compressed by gzip.
        now: epochs more than an hour later are refused (a misread two-digit year); None: they are not.
        predictive: the source has epochs in the future on purpose.
        wanted: catalogue numbers; sets of other satellites are skipped, and mistakes in them may not be reported.
            None: all sets are read.
        catalog_numbers: of international designators, for ephemerides of satellites without an element set here.

    Returns:
        A sequence of the usable `ElementSet`s, with the ephemerides in `.ephemerides` and the burns that they announce
        in `.manoeuvres`. The refused sets are in `.refused`, and those that deviate from their format in `.warnings`,
        both with file and line. `find_passes` and `timelines` take all of it.

    Raises:
        InputError: when the file is too large, is not text, or has nothing of this at all: usable, refused or skipped.
        OSError: when it cannot be read.
    """
    path = Path(path)
    if not path.is_dir():
        return with_numbers(_read_file(path, now=now, predictive=predictive, wanted=wanted), catalog_numbers or {})
    files = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    if not files:
        raise InputError(f"{path}: the folder has no files; put TLE, OMM or OEM files there")
    loaded = Elements(())
    for file in files:
        loaded += one_of_several(file, now=now, predictive=predictive, wanted=wanted)
    return with_numbers(loaded, catalog_numbers or {})


def with_numbers(elements: Elements, catalog_numbers: Mapping[str, int]) -> Elements:
    """The elements with the catalogue numbers of their ephemerides, which have international designators alone.

    The element sets beside them tell, or else `catalog_numbers`; ephemerides of other satellites are refused.
    """
    if not elements.ephemerides:
        return elements
    known = {**catalog_numbers, **numbers_of(elements.sets)}
    taken, refused = [], []
    for ephemeris in elements.ephemerides:
        number = ephemeris.catalog_number or catalog_number_of(ephemeris.object_id, known)
        if number is None:
            refused.append(_nameless(ephemeris))
        else:
            taken.append(replace(ephemeris, catalog_number=number))
    numbers = {e.object_id: e.catalog_number for e in taken}
    burns = tuple(
        replace(m, catalog_number=numbers[m.object_id]) for m in elements.manoeuvres if m.object_id in numbers
    )
    return replace(elements, refused=(*elements.refused, *refused), ephemerides=tuple(taken), manoeuvres=burns)


def _nameless(ephemeris: Ephemeris) -> RefusedElementSet:
    return RefusedElementSet(
        where=ephemeris.label,
        reason=f"the catalogue number of OBJECT_ID {ephemeris.object_id!r} is not known; give an element set of it "
        "beside, or object_id of its [[satellite]] in the network",
    )


def _read_file(path: Path, *, now: datetime | None, predictive: bool, wanted: Wanted) -> Elements:
    require_size(path.name, path.stat().st_size, MAX_ELEMENTS_BYTES)
    return read_elements(path.read_bytes(), path.name, now=None if predictive else now, wanted=wanted)


def one_of_several(path: Path, *, now: datetime | None, predictive: bool, wanted: Wanted = None) -> Elements:
    """The contents of one of several files; a file that cannot be used at all is refused as a whole.

    Its ephemerides have no catalogue number yet: see `with_numbers`.
    """
    return _or_refused(path.name, lambda: _read_file(path, now=now, predictive=predictive, wanted=wanted))


def read_one_of_several(data: bytes, source: str, *, now: datetime | None) -> Elements:
    """The element sets of one of several texts; a text that cannot be used at all is refused as a whole."""
    return _or_refused(source, lambda: read_elements(data, source, now=now))


def _or_refused(source: str, read: Callable[[], Elements]) -> Elements:
    try:
        return read()
    except InputError as error:
        reason = str(error).removeprefix(f"{source}: ")
        return Elements((), (RefusedElementSet(where=source, reason=reason),))


def read_elements(data: bytes | str, source: str, *, now: datetime | None = None, wanted: Wanted = None) -> Elements:
    """The contents of one text; `source` names it in errors. For the other arguments see `load_elements`.

    Ephemerides have no catalogue number yet: see `with_numbers`.

    Raises:
        InputError: as `load_elements`.
    """
    try:
        raw = data.encode() if isinstance(data, str) else data
    except UnicodeEncodeError as error:
        raise InputError(f"{source}: character {error.start} is no character of any text") from None
    require_size(source, len(raw), MAX_ELEMENTS_BYTES)
    content = decoded(raw, source, MAX_ELEMENTS_BYTES)
    now = None if now is None else instant(now)
    sets: list[ElementSet] = []
    ephemerides: list[Ephemeris] = []
    manoeuvres: list[Manoeuvre] = []
    refused: list[RefusedElementSet] = []
    deviations: dict[Deviation, tuple[str, int]] = {}
    has_sets = False
    for where, parsed in _parsed(content, source, wanted):
        has_sets = True
        try:
            if isinstance(parsed, ElementSet):
                refuse_impossible_epoch(parsed, now)
                sets.append(parsed)
            elif isinstance(parsed, Ephemeris):
                ephemerides.append(parsed)
            elif isinstance(parsed, Manoeuvre):
                manoeuvres.append(parsed)
            elif isinstance(parsed, Deviation):
                first, count = deviations.get(parsed, (where, 0))
                deviations[parsed] = first, count + 1
            elif parsed is not None:
                raise parsed
        except InputError as error:
            is_rest_unread = isinstance(error, RestUnreadError)
            refused.append(RefusedElementSet(where=where, reason=str(error), is_rest_unread=is_rest_unread))
    if not has_sets:
        raise _no_set(content, source)
    warnings = (deviation_warning(deviation, *places) for deviation, places in deviations.items())
    return Elements(tuple(sets), tuple(refused), tuple(warnings), tuple(ephemerides), tuple(dict.fromkeys(manoeuvres)))


def _parsed(content: bytes, source: str, wanted: Wanted) -> Iterator[Parsed]:
    head = content[:4096].lstrip()
    if head.startswith(b"<"):
        if head[:15].lower().startswith((b"<!doctype html", b"<html")):
            raise InputError(f"{source}: it is a web page, not a file of element sets; did the server refuse?")
        return _parsed_xml(content, source, wanted)
    text = text_of(content, source)
    if head.startswith((b"{", b"[")):
        return read_json(text, source, wanted)
    if is_csv(text):
        return read_csv(text, source, wanted)
    if _OEM_HEAD.match(text):
        return oem.read_kvn(text, source)
    if head.startswith((b"CCSDS_OMM_VERS", b"COMMENT")):
        return read_kvn(text, source, wanted)
    return read_tle(text, source, wanted) if _TLE_LINE.search(text) else iter(())


def _parsed_xml(content: bytes, source: str, wanted: Wanted) -> Iterator[Parsed]:
    has_ephemerides = _OEM_TAG.search(content) is not None
    if not has_ephemerides or _OMM_TAG.search(content) is not None:
        yield from read_xml(content, source, wanted)
    if has_ephemerides:
        yield from oem.read_xml(content, source)


def _no_set(content: bytes, source: str) -> InputError:
    """The error for a file without any set. It quotes a sentence, as servers answer one when they have no data."""
    text = content[:4096].decode("utf-8", "replace").strip()
    sentence = text.splitlines()[0].strip()[:120] if text else ""
    if not any(c.isalpha() for c in sentence) or sentence.startswith(("#", "<", "{", "[")):
        return InputError(
            Message(
                "no_element_set_in_file",
                "%(source)s: there is no element set in it; it takes TLE; OMM as JSON, CSV, XML, KVN; OEM as XML, KVN",
                source=source,
            )
        )
    return InputError(
        Message(
            "text_in_place_of_elements",
            "%(source)s: there is no element set in it, but this text: %(text)r; it takes TLE, "
            "OMM as JSON, CSV, XML or KVN, or OEM as XML or KVN",
            source=source,
            text=sentence,
        )
    )
