"""passplan: satellite passes at ground stations, right to a millisecond and honest about what is uncertain.

    import passplan as pp

    elements = pp.load_elements("stations.csv")          # TLE, or OMM as JSON, CSV, XML, KVN
    station = pp.Station(id="WLP", latitude_deg=37.92, longitude_deg=-75.48, altitude_m=10, min_elevation_deg=5)
    passes = pp.find_passes(elements, [station], pp.Span(start, end))
    track = pp.track(elements[0], station, passes[0].span, step_s=1)

Names are loaded when they are first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from passplan.domain.elements import Elements, ElementSet, RefusedElementSet, docked_copies, newest
    from passplan.domain.errors import InputError, PassplanError, StaleElementsError
    from passplan.domain.network import Agency, Agreement, Antenna, HorizonMask, Link, Network, Satellite, Station
    from passplan.domain.passes import Answer, AnswerKind, Pass
    from passplan.domain.span import Span
    from passplan.formats.elements import load_elements, read_elements
    from passplan.formats.network import load_network, parse_network
    from passplan.passes.columns import Answers, Passes
    from passplan.passes.search import find_passes
    from passplan.passes.track import Track, track

__version__ = "0.1.0"

_HOMES = {
    "passplan.domain.elements": ("Elements", "ElementSet", "RefusedElementSet", "docked_copies", "newest"),
    "passplan.domain.errors": ("InputError", "PassplanError", "StaleElementsError"),
    "passplan.domain.network": (
        "Agency",
        "Agreement",
        "Antenna",
        "HorizonMask",
        "Link",
        "Network",
        "Satellite",
        "Station",
    ),
    "passplan.domain.passes": ("Answer", "AnswerKind", "Pass"),
    "passplan.domain.span": ("Span",),
    "passplan.formats.elements": ("load_elements", "read_elements"),
    "passplan.formats.network": ("load_network", "parse_network"),
    "passplan.passes.columns": ("Answers", "Passes"),
    "passplan.passes.search": ("find_passes",),
    "passplan.passes.track": ("Track", "track"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Agency",
    "Agreement",
    "Answer",
    "AnswerKind",
    "Answers",
    "Antenna",
    "ElementSet",
    "Elements",
    "HorizonMask",
    "InputError",
    "Link",
    "Network",
    "Pass",
    "Passes",
    "PassplanError",
    "RefusedElementSet",
    "Satellite",
    "Span",
    "StaleElementsError",
    "Station",
    "Track",
    "docked_copies",
    "find_passes",
    "load_elements",
    "load_network",
    "newest",
    "parse_network",
    "read_elements",
    "track",
]


def __getattr__(name: str) -> object:
    if home := _HOME_OF.get(name):
        return getattr(import_module(home), name)
    raise AttributeError(f"module 'passplan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
