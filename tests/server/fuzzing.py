"""Calls that the API's own document suggests, half of them with names that are there: every answer is as it says.

python -m tests.server.fuzzing --examples 300
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.server.site import Site, build, open_site

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
_NAMES = {
    "requests": ["ESA-1", "ESA-3", "ESA-5", "JAXA-2", "NASA-2"],
    "stations": ["RED", "WLP", "MSP", "KTU"],
    "satellites": ["ISS"],
    "agencies": ["ESA", "JAXA", "NASA"],
}
_TIMES = ["2026-08-09T05:43:00Z", "2026-08-10T09:21:00Z", "2026-08-09T02:30:00Z", "2026-08-10T14:30:00+02:00"]
_PASSES = [("RED", "2026-08-10T09:21:00Z"), ("KTU", "2026-08-09T05:43:00Z"), ("WLP", "2026-08-09T19:37:00Z")]
_QUERY: dict[str, list[Any]] = {
    "start": _TIMES,
    "end": _TIMES,
    "satellite": [["ISS"]],
    "station": [["RED"], ["WLP", "KTU"]],
    "contact": [1, 3, 6],
    "about": ["contact/1", "request/ESA-1"],
}
_ASKED: dict[str, list[Any]] = {
    "satellite": ["ISS"],
    "link": ["up"],
    "start": ["2026-08-09T03:00:00Z"],
    "end": ["2026-08-10T12:00:00Z", "2026-08-09T09:00:00+01:00"],
    "min_s": [60, 180],
    "wanted_s": [300],
    "stations": [["RED"], ["WLP/a"], []],
    "agency": ["ESA", "JAXA"],
}
_ASKED_AS_GIVEN = ("weight", "priority", "preference", "activity", "note", "min_elevation_deg", "setup_s")
_TAKEN: dict[str, list[Any]] = {"antennas": [["RED/a"], ["WLP/a"]], "start": _TIMES, "end": _TIMES}


def failures(site: Site, who: str, *, examples: int, statuses: Counter[str] | None = None) -> Iterator[str]:
    """What was not as the document says, an operation at a time.

    Args:
        site: is changed by it.
        who: whose token is shown; "": nobody's.
        examples: for each operation, of data as it should be and of data as it should not.
        statuses: counts what was answered.
    """
    schema = schemathesis.openapi.from_wsgi("/openapi.json", site.app)
    headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {site.tokens[who]}"} if who else {})
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        for mode in GenerationMode:
            try:
                _try(operation, mode, headers, examples, Counter() if statuses is None else statuses)
            except Unsatisfiable:  # there is nothing that could be wrong with it
                continue
            except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 -- whatever it is, it is told
                yield f"{operation.label} by {who or 'nobody'}, {mode.value}: {_told(error)}"


def _try(operation: Any, mode: GenerationMode, headers: dict[str, str], examples: int, statuses: Counter[str]) -> None:
    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def calls(case: schemathesis.Case[Any], data: st.DataObject) -> None:
        put = _put_names(case, data)
        response = case.call(headers=headers)
        statuses[f"{case.operation.label} {response.status_code}"] += 1
        # With what is put in it may be right after all; and an empty list is not sent.
        is_wrong = not put and all(value not in ([], {}) for value in (case.query or {}).values())
        case.validate_response(response, checks=CHECKS if is_wrong or mode is GenerationMode.POSITIVE else CHECKS[:-1])

    calls()


def _put_names(case: schemathesis.Case[Any], data: st.DataObject) -> bool:
    """Put what is there in the place of what is made up, in half of the calls; whether that was done."""
    if not data.draw(st.booleans()):
        return False
    parts = case.operation.path.split("/")[3:]
    station, near = data.draw(st.sampled_from(_PASSES))
    known: dict[str, list[Any]] = {
        "name": _NAMES.get(parts[0], []),
        "number": list(range(1, 10)),
        "satellite": ["ISS"],
        "station": [station],
        "near": [near],
        "day": ["2026-08-09", "2026-222"],
    }
    if parts in (["requests"], ["requests", "check"]) and isinstance(case.body, dict):
        case.body = {name: case.body[name] for name in _ASKED_AS_GIVEN if name in case.body}
        case.body |= {name: data.draw(st.sampled_from(values)) for name, values in _ASKED.items()}
    body: Any = case.body
    places = [(case.path_parameters, known), (case.query, _QUERY), (body, _TAKEN)]
    for place, names in places:
        if isinstance(place, dict) and parts != ["requests"]:
            for name in sorted(set(place) & set(names)):
                if names[name]:
                    place[name] = data.draw(st.sampled_from(names[name]))
    return True


def _told(error: BaseException) -> str:
    inner = getattr(error, "exceptions", None)
    if inner:
        return "; ".join(_told(e) for e in inner)
    return f"{type(error).__name__}: {error}"[:2_000]


def main() -> None:
    """A long campaign, by each role."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=300)
    parser.add_argument("--by", default="admin,esa,redu,")
    given_ = parser.parse_args()
    for who in given_.by.split(","):
        began, statuses = time.monotonic(), Counter[str]()
        with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
            site = open_site(Path(first), Path(second), build(Path(first)), public_view=not who)
            found = list(failures(site, who, examples=given_.examples, statuses=statuses))
            site.office.store.database.close()
        codes = Counter(label.rsplit(" ", 1)[1] for label in statuses.elements())
        took_s = time.monotonic() - began
        sys.stdout.write(f"{who or 'nobody'}: {statuses.total()} calls in {took_s:.0f} s, {dict(codes)}\n")
        sys.stdout.write("".join(f"{told}\n" for told in found))


if __name__ == "__main__":
    main()
