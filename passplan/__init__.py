"""passplan: satellite passes at ground stations, right to a millisecond and honest about what is uncertain.

    import passplan as pp

    elements = pp.load_elements("stations.csv")          # TLE; OMM as JSON, CSV, XML, KVN; OEM as XML, KVN
    station = pp.Station(id="WLP", latitude_deg=37.92, longitude_deg=-75.48, altitude_m=10, min_elevation_deg=5)
    passes = pp.find_passes(elements, [station], pp.Span(start, end))
    track = pp.track(elements[0], station, passes[0].span, step_s=1)

    requests, network = pp.load_requests("requests.toml"), pp.load_network("stations.toml")
    plan = pp.plan(requests, elements, network, pp.Span(start, end), effort="normal")
    plan.schedule.assignments, plan.schedule.refusals, plan.schedule.gap, plan.schedule.fairness
    pp.check(plan), pp.explain(plan, "JAXA-SCHOOL"), pp.save_plan(plan, "plan.json")

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from passplan.domain.elements import Elements, ElementSet, RefusedElementSet, docked_copies
    from passplan.domain.ephemeris import Ephemeris, Frame
    from passplan.domain.errors import InputError, PassplanError, PlanningError, StaleElementsError
    from passplan.domain.manoeuvres import Manoeuvre
    from passplan.domain.network import (
        Agency,
        Agreement,
        Antenna,
        AntennaRef,
        Closure,
        HorizonMask,
        Link,
        Network,
        Satellite,
        SatelliteTime,
        Staffing,
        Station,
    )
    from passplan.domain.passes import Answer, AnswerKind, Pass
    from passplan.domain.requests import ContactRequest, Priority, Repetition, RequestBook, RequestGroup, Split
    from passplan.domain.schedule import (
        Assignment,
        Fairness,
        Plan,
        PlanInputs,
        Policy,
        Price,
        Reason,
        Refusal,
        Schedule,
        Violation,
    )
    from passplan.domain.sources import Source, newest
    from passplan.domain.span import Span
    from passplan.domain.timing import TimingBasis
    from passplan.domain.windows import ContactWindow, WindowSearch
    from passplan.formats.elements import load_elements, read_elements
    from passplan.formats.network import load_network, parse_network
    from passplan.formats.plans import load_plan, save_plan
    from passplan.formats.requests import load_requests, parse_requests
    from passplan.formats.writing import write_oem, write_omm
    from passplan.orbit.tabulating import ephemerides_of
    from passplan.orbit.timelines import timelines
    from passplan.passes.columns import Answers, Passes
    from passplan.passes.search import find_passes
    from passplan.passes.track import Track, track
    from passplan.service.schedule.planning import check, explain, plan, sources_of
    from passplan.windows.windows import contact_windows

__version__ = "0.1.0"

_HOMES = {
    "passplan.domain.elements": ("Elements", "ElementSet", "RefusedElementSet", "docked_copies"),
    "passplan.domain.ephemeris": ("Ephemeris", "Frame"),
    "passplan.domain.errors": ("InputError", "PassplanError", "PlanningError", "StaleElementsError"),
    "passplan.domain.manoeuvres": ("Manoeuvre",),
    "passplan.domain.network": (
        "Agency",
        "Agreement",
        "Antenna",
        "AntennaRef",
        "Closure",
        "HorizonMask",
        "Link",
        "Network",
        "Satellite",
        "SatelliteTime",
        "Staffing",
        "Station",
    ),
    "passplan.domain.passes": ("Answer", "AnswerKind", "Pass"),
    "passplan.domain.requests": (
        "ContactRequest",
        "Priority",
        "Repetition",
        "RequestBook",
        "RequestGroup",
        "Split",
    ),
    "passplan.domain.schedule": (
        "Assignment",
        "Fairness",
        "Plan",
        "PlanInputs",
        "Policy",
        "Price",
        "Reason",
        "Refusal",
        "Schedule",
        "Violation",
    ),
    "passplan.domain.sources": ("Source", "newest"),
    "passplan.domain.span": ("Span",),
    "passplan.domain.timing": ("TimingBasis",),
    "passplan.domain.windows": ("ContactWindow", "WindowSearch"),
    "passplan.formats.elements": ("load_elements", "read_elements"),
    "passplan.formats.network": ("load_network", "parse_network"),
    "passplan.formats.plans": ("load_plan", "save_plan"),
    "passplan.formats.requests": ("load_requests", "parse_requests"),
    "passplan.formats.writing": ("write_oem", "write_omm"),
    "passplan.orbit.tabulating": ("ephemerides_of",),
    "passplan.orbit.timelines": ("timelines",),
    "passplan.passes.columns": ("Answers", "Passes"),
    "passplan.passes.search": ("find_passes",),
    "passplan.passes.track": ("Track", "track"),
    "passplan.windows.windows": ("contact_windows",),
    "passplan.service.schedule.planning": ("check", "explain", "plan", "sources_of"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Agency",
    "Agreement",
    "Answer",
    "AnswerKind",
    "Answers",
    "Antenna",
    "AntennaRef",
    "Assignment",
    "Closure",
    "ContactRequest",
    "ContactWindow",
    "ElementSet",
    "Elements",
    "Ephemeris",
    "Fairness",
    "Frame",
    "HorizonMask",
    "InputError",
    "Link",
    "Manoeuvre",
    "Network",
    "Pass",
    "Passes",
    "PassplanError",
    "Plan",
    "PlanInputs",
    "PlanningError",
    "Policy",
    "Price",
    "Priority",
    "Reason",
    "Refusal",
    "RefusedElementSet",
    "Repetition",
    "RequestBook",
    "RequestGroup",
    "Satellite",
    "SatelliteTime",
    "Schedule",
    "Source",
    "Span",
    "Split",
    "Staffing",
    "StaleElementsError",
    "Station",
    "TimingBasis",
    "Track",
    "Violation",
    "WindowSearch",
    "check",
    "contact_windows",
    "docked_copies",
    "ephemerides_of",
    "explain",
    "find_passes",
    "load_elements",
    "load_network",
    "load_plan",
    "load_requests",
    "newest",
    "parse_network",
    "parse_requests",
    "plan",
    "read_elements",
    "save_plan",
    "sources_of",
    "timelines",
    "track",
    "write_oem",
    "write_omm",
]


def __getattr__(name: str) -> object:
    if home := _HOME_OF.get(name):
        return getattr(import_module(home), name)
    raise AttributeError(f"module 'passplan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
