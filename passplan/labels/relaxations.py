"""Words of the smallest relaxations of refused requests."""

from __future__ import annotations

from passplan.domain.facts import LowerFits, OtherStationFits, OtherTimeFits, ShorterFits
from passplan.domain.network import AntennaRef
from passplan.labels.base import Language
from passplan.labels.words import fact_words


def _place(antennas: tuple[AntennaRef, ...], to: Language) -> str:
    return "+".join(to.place(ref.station, ref.antenna) for ref in antennas)


@fact_words.register
def _shorter_fits(fact: ShorterFits, to: Language) -> str:
    return to.gettext("%(by)s s shorter, it would fit: %(length)s s are free at %(place)s, %(at)s") % {
        "by": f"{fact.by_s:g}",
        "length": f"{fact.length_s:g}",
        "place": _place(fact.antennas, to),
        "at": to.second(fact.start),
    }


@fact_words.register
def _lower_fits(fact: LowerFits, to: Language) -> str:
    return to.gettext("%(by)s° lower, it would fit: above %(elevation)s° at %(place)s, %(at)s") % {
        "by": f"{fact.by_deg:g}",
        "elevation": f"{fact.elevation_deg:g}",
        "place": _place(fact.antennas, to),
        "at": to.second(fact.start),
    }


@fact_words.register
def _other_time_fits(fact: OtherTimeFits, to: Language) -> str:
    _ = to.gettext
    minutes = max(1, round(abs(fact.by_s) / 60.0))
    values = {
        "by": _("%(h)s h %(min)s min") % {"h": minutes // 60, "min": minutes % 60}
        if minutes >= 60
        else _("%(min)s min") % {"min": minutes},
        "place": _place(fact.antennas, to),
        "at": to.second(fact.start),
    }
    if fact.by_s > 0.0:
        return _("with a span that ends %(by)s later, it would fit: at %(place)s, %(at)s") % values
    return _("with a span that begins %(by)s earlier, it would fit: at %(place)s, %(at)s") % values


@fact_words.register
def _other_station_fits(fact: OtherStationFits, to: Language) -> str:
    return to.gettext("with one more station, it would fit: at %(place)s, %(at)s") % {
        "place": _place(fact.antennas, to),
        "at": to.second(fact.start),
    }
