"""Bars of the timeline as HTML: those of free passes, which are the majority.

Written here and not in the template: a day of 40 antennas has some hundred, and takes a third of the time here.
"""

from __future__ import annotations

from flask_babel import gettext as _
from markupsafe import Markup, escape

from passplan.queries.day import Lane
from passplan.server.pages.sheet_addresses import SheetAddresses
from passplan.server.plots.timeline import Bar
from passplan.server.shared.display import Display, iso


class FreeBars:
    """Writes bars of passes without a booking or a refusal."""

    def __init__(self, shown: Display) -> None:
        self._shown = shown
        self._address = SheetAddresses()
        self._to, self._max = str(escape(_("to"))), str(escape(_("max")))

    def __call__(self, bar: Bar, lane: Lane) -> Markup:
        """The bar of a pass over an antenna."""
        row = bar.row
        assert row is not None
        aos, los = (f"{self._shown.local(m):%H:%M:%S}" for m in (row.aos, row.los))
        name = escape(str(lane.ref))
        times = f"{aos} {self._to} {los}, {self._max} {row.peak_elevation_deg:.1f}°"
        return Markup(  # noqa: S704 -- every text in it is escaped
            f'<a href="{self._address(row.satellite, row.station, iso(row.aos))}" '
            f'class="tl-pass{" is-past" if bar.is_past else ""}" tabindex="-1" data-pass="{name}|{times}||" '
            f'aria-label="{name} {aos[:5]}, {row.peak_elevation_deg:.0f}°">'
            f'<rect class="tl-vis" x="{bar.x}%" width="{bar.width}%" y="{bar.y}" height="{bar.height}"/></a>'
        )
