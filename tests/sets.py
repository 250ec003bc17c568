"""Element sets of many kinds of orbit, from public catalogues of 2021 to 2026 (US Space Force, by way of CelesTrak)."""

from __future__ import annotations

from passplan import ElementSet, Station, read_elements


def one(text: str) -> ElementSet:
    """The one set of a text."""
    (found,) = read_elements(text, "text")
    return found


def station_at(place: tuple[float, float, float], floor_deg: float) -> Station:
    """A station from latitude, longitude and altitude."""
    latitude_deg, longitude_deg, altitude_m = place
    return Station(
        id="X",
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        altitude_m=altitude_m,
        min_elevation_deg=floor_deg,
    )


ISS = one(
    """ISS (ZARYA)
1 25544U 98067A   26220.18240180  .00005236  00000-0  10178-3 0  9992
2 25544  51.6324  42.7701 0007350  24.6056 335.5282 15.49383195579818
"""
)
# Eccentricity 0.74; the satellite of python-skyfield issue 1017.
MOLNIYA = one(
    """MOLNIYA
1 17328U 87008A   24305.23833080  .00000500  00000-0  22722-2 0  9997
2 17328  63.0833   7.8955 7415190 253.9972  19.6892  2.00632911273252
"""
)
GEOSTATIONARY = one(
    """TDRS 11
1 39070U 13004A   26164.79864822  .00000086  00000+0  00000+0 0  9994
2 39070   3.5160  31.2081 0005561  18.9621 325.0672  1.00268291 46650
"""
)
POLAR = one(
    """UOSAT 2 (UO-11)
1 14781U 84021B   26164.86535553  .00001244  00000+0  13219-3 0  9994
2 14781  97.8057 130.4772 0007318 183.8219 176.2945 14.90776132256630
"""
)
RETROGRADE = one(
    """ALICE
1 39467U 13072F   26164.60213726  .00006595  00000+0  32391-3 0  9993
2 39467 120.4624 286.6641 0162857 353.1131   6.7710 15.08744844114731
"""
)
ECCENTRIC = one(
    """PHASE 3B (AO-10)
1 14129U 83058B   26164.48490246  .00000072  00000+0  00000+0 0  9994
2 14129  25.9094 220.1781 6012114 114.6492 317.6358  2.05869395295412
"""
)
# Eccentricity 0.09 with a perigee at 300 km and much drag.
LOW_ECCENTRIC = one(
    """FREGAT DEB
1 49271U 11037PF  26151.14915702  .00018955  00000+0  30994-1 0  9992
2 49271  51.6227  53.0895 0914379 245.3590 104.9405 12.41880577222933
"""
)
# Days before its end.
DECAYING = one(
    """ISS OBJECT XY
1 66912U 98067XY  26164.59697964  .00446527  91598-4  10891-2 0  9993
2 66912  51.6184 293.1679 0009882 307.8313  52.1800 15.95551128 30270
"""
)
# A fragment in its last days: SGP4 works from 2025-02-25T14:47:23Z to 2025-02-28T02:03:25Z alone.
SINKS_ON_BOTH_SIDES = one(
    """1 55897U 22151AAV 25058.12407234  .09435527  24934+0  44853-1 0  9999
2 55897  98.5849 110.9278 0014449 269.2407  90.7207 15.92146194 26688
"""
)
# Down since 2024-03-16T08:37:48Z by SGP4, looked at every second.
DOWN = one(
    """1 45110U 20007A   23232.80903846  .00110000  00000-0  32750-2 0    04
2 45110  69.9913 111.5649 0009740 159.9373 200.0626 15.34502222    06
"""
)
# SGP4 works from 2015-08-10T20:41:24Z on.
FAILS_BEFORE_EPOCH = one(
    """0 MOLNIYA 1-42
1 11007U 78080A   15223.34532704  .99999999  58108-5  10171-2 0  9994
2 11007 062.2871 061.7119 0627378 263.5453 276.0639 15.20396923291974
"""
)
JUST_LAUNCHED = one(
    """STARLINK-37713
1 69212U 26115B   26164.83335647 -.02494070  00000+0 -39833-1 0  9997
2 69212  97.2847 182.0367 0001912  96.5530 147.4463 15.56955863  4159
"""
)
LOW_ORBITS = (ISS, POLAR, RETROGRADE, LOW_ECCENTRIC)
ALL = (*LOW_ORBITS, MOLNIYA, GEOSTATIONARY, ECCENTRIC)
