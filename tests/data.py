"""Element sets that several tests read, each with its origin, and the dresses they come in."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from passplan.domain.elements import ElementSet

Record = Mapping[str, str]

# CelesTrak, 2026-07-30: the same ISS set as TLE and as CSV, and a vehicle whose number no plain TLE can carry.
ISS_LINE_1 = "1 25544U 98067A   26211.86173118  .00009023  00000+0  17005-3 0  9996"
ISS_LINE_2 = "2 25544  51.6314  83.9591 0007096 355.3737   4.7185 15.49272805578527"
ISS_TLE = f"ISS (ZARYA)\n{ISS_LINE_1}\n{ISS_LINE_2}\n"
CSV_HEAD = (
    "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,MEAN_ANOMALY,"
    "EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,MEAN_MOTION_DOT,MEAN_MOTION_DDOT"
)
ISS_ROW = (
    "ISS (ZARYA),1998-067A,2026-07-30T20:40:53.573952,15.49272805,.0007096,51.6314,83.9591,355.3737,4.7185,"
    "0,U,25544,999,57852,.17005E-3,.9023E-4,0"
)
SOYUZ_ROW = (
    "SOYUZ-MS 29,2026-162A,2026-07-30T03:39:08.864352,15.49259390,.0007078,51.6319,87.4712,352.8836,7.2051,"
    "0,U,100057,999,57833,.16539E-3,.8758E-4,0"
)
ISS_RECORD = dict(zip(CSV_HEAD.split(","), ISS_ROW.split(","), strict=True))
SOYUZ_RECORD = dict(zip(CSV_HEAD.split(","), SOYUZ_ROW.split(","), strict=True))
ISS = ElementSet(
    catalog_number=25544,
    name="ISS (ZARYA)",
    object_id="1998-067A",
    epoch=datetime(2026, 7, 30, 20, 40, 53, 573952, tzinfo=UTC),
    mean_motion_rev_day=15.49272805,
    eccentricity=0.0007096,
    inclination_deg=51.6314,
    ra_of_asc_node_deg=83.9591,
    arg_of_pericenter_deg=355.3737,
    mean_anomaly_deg=4.7185,
    bstar=0.17005e-3,
    mean_motion_dot=0.9023e-4,
    mean_motion_ddot=0.0,
    revolution_at_epoch=57852,
    element_set_number=999,
    classification="U",
    ephemeris_type=0,
)

# CelesTrak's group "stations", 2026-06-14: two modules of the ISS under their own numbers, and another station.
STATIONS_TLE = """\
ISS (ZARYA)             
1 25544U 98067A   26164.83523427  .00008738  00000+0  16534-3 0  9990
2 25544  51.6333 316.6832 0004955 182.4672 177.6293 15.49214103571238
POISK                   
1 36086U 09060A   26164.83523427  .00008738  00000+0  16534-3 0  9998
2 36086  51.6333 316.6832 0004955 182.4672 177.6293 15.49214103571343
CSS (TIANHE)            
1 48274U 21035A   26164.84158950  .00024252  00000+0  28689-3 0  9995
2 48274  41.4695 342.3609 0007804  49.8258 310.3263 15.60672813292648
ISS (NAUKA)             
1 49044U 21066A   26164.83523427  .00008738  00000+0  16534-3 0  9996
2 49044  51.6333 316.6832 0004955 182.4672 177.6293 15.49214103571341
"""  # noqa: W291  (CelesTrak pads names to 24 columns)

# From pyorbital's tests: every sign written, the inclination padded with a zero.
LEMUR_TLE = """\
1 43125U 18004Q   18251.42128650 +.00001666 +00000-0 +73564-4 0  9991
2 43125 097.5269 314.3317 0010735 157.6344 202.5362 15.23132245036381
"""

# From pyorbital's tests: a revolution number with a blank in front.
IRIDIUM_TLE = """\
1 24793U 97020B   18065.48735489  .00000075  00000-0  19863-4 0  9994
2 24793  86.3994 209.3241 0002020  89.8714 270.2713 14.34246429 90794
"""


def with_checksum(line: str) -> str:
    """The line's first 68 columns, and the checksum they ask for: digits count themselves, a minus counts one."""
    total = 0
    for character in line[:68]:
        if character in "0123456789":
            total += "0123456789".index(character)
        if character == "-":
            total += 1
    return line[:68] + str(total % 10)


def with_field(line: str, column: int, text: str) -> str:
    """The line with other text from a column on (counted from 1), its checksum made good."""
    return with_checksum(line[: column - 1] + text + line[column - 1 + len(text) :])


def as_csv(*records: Record) -> str:
    """OMM in CSV; the columns are those of the first record."""
    rows = [",".join(record.values()) for record in records]
    return "\r\n".join([",".join(records[0]), *rows, ""])


def as_json_text(*records: Record) -> str:
    """OMM in JSON with every value in quotes, as Space-Track sends it."""
    return json.dumps([dict(record) for record in records])


def as_json_numbers(*records: Record) -> str:
    """OMM in JSON with numbers as numbers, as CelesTrak sends it."""
    words = {"OBJECT_NAME", "OBJECT_ID", "EPOCH", "CLASSIFICATION_TYPE", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM"}
    words |= {"MEAN_ELEMENT_THEORY"}
    objects = []
    for record in records:
        pairs = (f'"{key}":{json.dumps(v) if key in words else _json_number(v)}' for key, v in record.items())
        objects.append("{" + ",".join(pairs) + "}")
    return f"[{','.join(objects)}]"


def _json_number(text: str) -> str:
    return "0" + text if text.startswith(".") else text


def as_kvn(*records: Record) -> str:
    """OMM in KVN, several in one file."""
    units = {"MEAN_MOTION": " [rev/day]", "INCLINATION": " [deg]", "BSTAR": "[1/ER]"}
    lines = []
    for record in records:
        lines += ["CCSDS_OMM_VERS = 2.0", "COMMENT  made by a test", "CREATION_DATE = 2026-211T00:00:00", ""]
        lines += [f"{key:<20}= {value}{units.get(key, '')}" for key, value in record.items()]
    return "\n".join([*lines, ""])


def _omm(record: Record) -> str:
    units = {"MEAN_MOTION": ' units="rev/day"', "INCLINATION": ' units="deg"', "BSTAR": ' units="1/ER"'}
    metadata = {"OBJECT_NAME", "OBJECT_ID", "CENTER_NAME", "REF_FRAME", "TIME_SYSTEM", "MEAN_ELEMENT_THEORY"}

    def tags(inside: bool) -> str:
        return "".join(f"<{k}{units.get(k, '')}>{v}</{k}>" for k, v in record.items() if (k in metadata) == inside)

    return (
        '<omm id="CCSDS_OMM_VERS" version="2.0"><header><COMMENT>made by a test</COMMENT></header><body><segment>'
        f"<metadata>{tags(True)}</metadata><data><meanElements>{tags(False)}</meanElements></data>"
        "</segment></body></omm>"
    )


def as_xml_alone(record: Record) -> str:
    """OMM in XML, one without an envelope."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_omm(record)}\n'


def as_xml(*records: Record) -> str:
    """OMM in XML, any number in an `ndm`."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<ndm>{"".join(map(_omm, records))}</ndm>\n'


DRESSES: dict[str, Callable[[Record], str]] = {
    "csv": as_csv,
    "json_numbers": as_json_numbers,
    "json_text": as_json_text,
    "kvn": as_kvn,
    "xml_alone": as_xml_alone,
    "xml_ndm": as_xml,
}
