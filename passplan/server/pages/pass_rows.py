"""The rows of the pass table as HTML.

Written here and not in the template: a table of 500 passes takes 7 ms here, and several times that in Jinja.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from passplan.domain.contacts import HOLDING
from passplan.domain.rows.columns import Column, columns_of
from passplan.domain.rows.contacts import SeenContactRow
from passplan.domain.rows.passes import ListedPass
from passplan.server.http.addresses import url_for
from passplan.server.pages.sheet_addresses import SheetAddresses
from passplan.server.shared import words
from passplan.server.shared.display import Display, band, compass, count, iso, length

_DASH = '<span class="mute">–</span>'


def rows_of(
    rows: Iterable[ListedPass],
    *,
    shown: Display,
    now: datetime,
    columns: Iterable[str],
    names: Mapping[str, str],
    may_ask: bool,
    kind: type[ListedPass] = ListedPass,
) -> Markup:
    """The rows of a day.

    Args:
        rows: passes with their contacts, as the board has them.
        shown: how times are shown.
        now: mission time.
        columns: the optional columns to show.
        names: the stations' names.
        may_ask: whether a free pass can be requested.
        kind: of the rows.
    """
    line = _Line(shown, now, frozenset(columns), names, may_ask)
    line.more = more_columns(kind)
    return Markup("".join(line(row) for row in rows))  # noqa: S704 -- every text in it is escaped


# Columns with special cells, alone or together; every other declared column has a plain cell.
_DRAWN = frozenset(
    {
        "satellite",
        "station",
        "revolution",
        "aos",
        "tca",
        "los",
        "duration_s",
        "peak_elevation_deg",
        "aos_azimuth_deg",
        "tca_azimuth_deg",
        "los_azimuth_deg",
        "clipped_start",
        "clipped_end",
        "timing_68_s",
        "timing_95_s",
        "stale",
        "sunlight",
        "aos_masked",
        "los_masked",
        "agency",
        "contacts",
        "overlaps",
    }
)


def more_columns(kind: type[ListedPass] = ListedPass) -> tuple[Column, ...]:
    """The declared columns that have plain cells."""
    return tuple(c for c in columns_of(kind) if c.in_table and c.name not in _DRAWN)


class _Line:
    """Writes a row; texts that repeat from row to row are escaped and looked up once."""

    def __init__(
        self, shown: Display, now: datetime, columns: frozenset[str], names: Mapping[str, str], may_ask: bool
    ) -> None:
        self.now = now
        self.columns, self.may_ask = columns, may_ask
        self.names = {name: str(escape(title)) for name, title in names.items()}
        self.is_utc, self.local = shown.zone is UTC, shown.hms
        self.open, self.request = str(escape(_("Open"))), str(escape(_("Request")))
        self.up, self.over = str(escape(_("up now"))), str(escape(_("over")))
        self.masked = [str(escape(w)) for w in (_("rise"), _("set"), _("both"))]
        self.stale = f'<span class="approx" title="{escape(_("The elements are old"))}">≈</span>'
        self.mask_icon, self.over_icon = str(words.icon("mask")), str(words.icon("overlap"))
        self.bands = [str(words.elevation_head(k)) for k in range(4)]
        self.text = _memoized(escape)
        self.swatch, self.agency = _memoized(words.swatch), _memoized(words.agency_tag)
        self.state, self.sun = _memoized(words.state_tag), _memoized(words.sun_tag)
        self.available = self.state("available")
        self.sheet = SheetAddresses()
        self.more = more_columns()

    def __call__(self, r: ListedPass) -> str:
        aos, los, contacts = r.aos, r.los, r.contacts
        is_up, is_over = aos <= self.now < los, los <= self.now
        station = self.names.get(r.station) or self.text(r.station)
        aos_text = f"{aos.isoformat()[:19]}Z"
        sheet = self.sheet(r.satellite, r.station, aos_text)
        phase = ' class="is-live"' if is_up else ' class="is-off"' if is_over else ""
        clipped = '<span class="approx">≤</span>' if r.clipped_start else ""
        highest = f'<td class="c-more">{self._time(r.tca)}</td>' if "tca" in self.columns else ""
        can_ask = self.may_ask and not contacts and not is_over
        peak_deg = r.peak_elevation_deg
        return (
            f"<tr{phase}>"
            f'<td class="c-state">{self._status(contacts) if contacts else self.available}</td>'
            f'<td class="c-sat">{self.text(r.satellite)}</td>'
            f'<th scope="row" class="c-station">{self.swatch(r.agency)} <a href="{sheet}">{station}</a></th>'
            f'<td class="c-aos">{self.stale if r.stale else ""}'
            f"{clipped}{_utc_time(aos_text) if self.is_utc else self.local(aos)}</td>"
            f'<td class="c-count">{self._count(aos, is_up, is_over)}</td>'
            f"{highest}"
            f'<td class="c-los">{"≥" if r.clipped_end else ""}{self._time(los)}</td>'
            f'<td class="c-dur n">{length(r.duration_s)}</td>'
            f'<td class="c-el n">{self.bands[band(peak_deg)]}{peak_deg:.1f}°</span></td>'
            f'<td class="c-az"><span class="azs">{_azimuth(r.aos_azimuth_deg)}{_azimuth(r.tca_azimuth_deg)}'
            f"{_azimuth(r.los_azimuth_deg)}</span></td>"
            f'<td class="c-mask">{self._mask(r)}</td><td class="c-sun">{self.sun(r.sunlight)}</td>'
            f'<td class="c-age n">{r.element_age_s / 3_600.0:.0f} h</td>'
            f"{self._more(r, contacts) if self.columns or self.more else ''}"
            f'<td class="c-over">{self._overlaps(r.overlaps) if r.overlaps else _DASH}</td>'
            f'<td class="c-do"><a href="{sheet}">{self.open}'
            f'<span class="sr-only"> {station} {aos_text[11:16]}</span></a>'
            f"{self._ask(r, station, aos_text) if can_ask else ''}</td></tr>\n"
        )

    def _time(self, moment: datetime) -> str:
        return _utc_time(moment.isoformat()) if self.is_utc else str(self.local(moment))

    def _status(self, contacts: Sequence[SeenContactRow]) -> str:
        c = contacts[0]
        is_on = c.state in HOLDING and c.start <= self.now < c.end
        more = f" <small>+{len(contacts) - 1}</small>" if len(contacts) > 1 else ""
        return f"{self.state('live' if is_on else c.state.value)} {self.agency(c.agency)}{more}"

    def _count(self, aos: datetime, is_up: bool, is_over: bool) -> str:
        if is_up:
            return f'<b class="up">{self.up}</b>'
        if is_over:
            return f'<span class="mute">{self.over}</span>'
        left_s = (aos - self.now).total_seconds()
        return f'<span class="count" aria-hidden="true" data-count>{count(left_s)}</span>'

    def _mask(self, r: ListedPass) -> str:
        if not (r.aos_masked or r.los_masked):
            return _DASH
        rise, set_, both = self.masked
        limited = both if r.aos_masked and r.los_masked else rise if r.aos_masked else set_
        return f'<span class="mask">{self.mask_icon}{limited}</span>'

    def _more(self, r: ListedPass, contacts: Sequence[SeenContactRow]) -> str:
        cells = ""
        if "timing" in self.columns:
            timing = "–" if r.timing_68_s is None else f"± {r.timing_68_s:.1f} s"
            cells += f'<td class="c-more n">{timing}</td>'
        if "orbit" in self.columns:
            cells += f'<td class="c-more n">{r.revolution}</td>'
        if "what" in self.columns:
            subject = (contacts[0].note or contacts[0].request) if contacts else ""
            cells += f'<td class="c-more">{escape(subject)}</td>'
        for c in self.more:
            value = getattr(r, c.name)
            text = "–" if value is None else f"{value:.{c.digits}f}" if c.digits is not None else str(value)
            cells += f'<td class="c-more n">{escape(text)}</td>'
        return cells

    def _overlaps(self, names: Sequence[str]) -> str:
        first = self.text(names[0])
        if len(names) == 1:
            return f'<span class="over">{self.over_icon}{first}</span>'
        title = ", ".join(map(self.text, names))
        return f'<span class="over" title="{title}">{self.over_icon}{first} +{len(names) - 1}</span>'

    def _ask(self, r: ListedPass, station: str, aos_text: str) -> str:
        place: dict[str, Any] = {"satellite": r.satellite, "station": r.station}
        address = url_for("requests.board", **place, start=aos_text, end=iso(r.los))
        hidden = f'<span class="sr-only"> {station} {aos_text[11:16]}</span>'
        return f' <a href="{escape(address)}#new">{self.request}{hidden}</a>'


def _utc_time(text: str) -> str:
    return f'<time datetime="{text[:19]}Z">{text[11:19]}</time>'


def _azimuth(azimuth_deg: float) -> str:
    return f"<span>{azimuth_deg:.0f}°<small>{compass(azimuth_deg)}</small></span>"


def _memoized(markup: Callable[[str], Markup]) -> Callable[[str], str]:
    """The markup as plain text, computed once for each name."""
    return cache(lambda name: str(markup(name)))
