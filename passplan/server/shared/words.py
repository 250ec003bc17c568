"""Filters and functions of templates: words for names of the domain, marks, countdowns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC
from functools import cache, lru_cache, wraps
from typing import Any, TypeVar

from flask import Flask, g
from flask_babel import get_domain, get_locale, get_translations
from flask_babel import gettext as _
from markupsafe import Markup

from passplan.domain.facts import Fact, fact_of
from passplan.domain.windows import Filter
from passplan.labels import (
    Language,
    fact_words,
    filter_words,
    name_words,
)
from passplan.server.http.context import context
from passplan.server.http.guards import form_token
from passplan.server.http.login import here, is_api
from passplan.server.shared import display
from passplan.server.shared.marks import NOBODY, Mark, marks_of

K = TypeVar("K", str, int)
R = TypeVar("R")

ICONS = {  # of the states of a contact and of a request
    "scheduled": "scheduled",
    "committed": "committed",
    "completed": "completed",
    "partial": "partial",
    "failed_network": "bad",
    "failed_agency": "bad",
    "unreported": "unknown",
    "dropped": "unused",
    "cancelled_by_agency": "unused",
    "cancelled_by_network": "unused",
    "preempted": "unused",
    "submitted": "info",
    "accepted": "available",
    "waiting": "available",
    "rejected": "refused",
    "satisfied": "completed",
    "expired": "unused",
    "withdrawn": "unused",
    "refused": "refused",
    "available": "available",
    "live": "live",
    "closed": "unavailable",
}


def per_locale(word: Callable[[K], R]) -> Callable[[K], R]:
    """Cache a word for each language: pages use the same few words a thousand times."""
    known: dict[tuple[str, K], R] = {}

    @wraps(word)
    def remembered(name: K) -> R:
        key = (_locale(), name)
        if key not in known:
            known[key] = word(name)
        return known[key]

    return remembered


def language() -> str:
    """The language of the answer, as HTML has it."""
    return _locale().replace("_", "-")


def _locale() -> str:
    try:
        locale: str = g.locale
    except AttributeError:
        locale = g.locale = str(get_locale())
    return locale


def reader() -> Language:
    """The language and zone in which facts are worded for the caller."""
    if "reader" not in g:
        translations = get_domain().get_translations()
        zone = UTC if is_api() else context().display().zone
        g.reader = Language(gettext=translations.gettext, ngettext=translations.ngettext, zone=zone, commands=False)
    language: Language = g.reader
    return language


def fact_word(fact: Any) -> str:
    """A fact in words, also in the form of an event or a document; "" for None."""
    if not fact:
        return ""
    return fact_words(fact if isinstance(fact, Fact) else fact_of(fact), reader())


@per_locale
def state_word(state: str) -> str:
    """A state in a word or two."""
    words = {
        "scheduled": _("Scheduled"),
        "committed": _("Committed"),
        "completed": _("Completed"),
        "partial": _("Partial"),
        "failed_network": _("Failed (network)"),
        "failed_agency": _("Failed (agency)"),
        "unreported": _("No report"),
        "dropped": _("Dropped"),
        "cancelled_by_agency": _("Cancelled (agency)"),
        "cancelled_by_network": _("Cancelled (network)"),
        "preempted": _("Pre-empted"),
        "submitted": _("Being decided"),
        "accepted": _("Accepted"),
        "waiting": _("Waits for a plan"),
        "rejected": _("Rejected"),
        "satisfied": _("Satisfied"),
        "expired": _("Expired"),
        "withdrawn": _("Withdrawn"),
        "refused": _("No slot"),
        "available": _("Available"),
        "live": _("In contact"),
        "closed": _("Unavailable"),
    }
    return str(words.get(state, state))


@per_locale
def event_word(action: str) -> str:
    """The action of an event in a word."""
    word = action.rpartition(".")[2]
    words = {
        "submitted": _("Submitted"),
        "moved": _("Moved"),
        "acknowledged": _("Acknowledged"),
        "noted": _("Log entry"),
        "reported": _("Report"),
        "approved": _("Approved"),
    }
    return str(words.get(word) or state_word(word))


@per_locale
def reason_word(reason: str) -> str:
    """The reason of a refusal, in short."""
    words = {
        "inadmissible": _("Nothing that it may use"),
        "no_pass": _("No pass"),
        "too_short": _("Every pass too short"),
        "filtered": _("No pass that can be used"),
        "held": _("Taken by contacts that cannot move"),
        "agreement": _("The agreement's minutes are used up"),
        "spacing": _("No place at the distance asked for"),
        "group": _("Another of its group is served"),
        "outranked": _("Others are worth more"),
    }
    return str(words.get(reason, reason))


@per_locale
def filter_word(name: str) -> str:
    """Why a pass is excluded."""
    return filter_words(Filter(name), reader())


@per_locale
def name_word(name: str) -> str:
    """A priority, an activity, a lane or another name that the code gives, in a word."""
    return name_words(name, reader())


@per_locale
def band_word(number: int) -> str:
    """The band of an elevation: word and limits."""
    return str((_("faint, below 10°"), _("normal, 10 to 30°"), _("good, 30 to 60°"), _("strong, above 60°"))[number])


@per_locale
def _band_name(number: int) -> str:
    """The band of an elevation in a word."""
    return str((_("faint"), _("normal"), _("good"), _("strong"))[number])


@per_locale
def sun_word(sunlight: str) -> str:
    """Whether the satellite is in sunlight."""
    words = {
        "sunlit": _("Sunlit"),
        "eclipsed": _("Eclipse"),
        "enters": _("Enters shadow"),
        "leaves": _("Leaves shadow"),
    }
    return str(words.get(sunlight, sunlight))


def mark(agency: str) -> Mark:
    """The mark of an agency."""
    if "marks" not in g:
        g.marks = marks_of(context().network)
    agency_mark: Mark = g.marks.get(agency, NOBODY)
    return agency_mark


def icon(name: str) -> Markup:
    """An icon of the sprite, hidden from screen readers."""
    return Markup('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>').format(name)


def swatch(agency: str) -> Markup:
    """An agency's colour and pattern, hidden from screen readers."""
    return _swatch(mark(agency).number)


def agency_tag(agency: str, name: str = "") -> Markup:
    """An agency: swatch and name."""
    if not agency:
        return Markup("")
    agency_mark = mark(agency)
    return _agency_tag(agency_mark, name or agency)


@per_locale
def state_tag(state: str) -> Markup:
    """A state: icon and word."""
    shown = icon(ICONS.get(state, "info"))
    return Markup('<span class="state s-{}">{}{}</span>').format(state, shown, state_word(state))


def elevation(degrees: float) -> Markup:
    """An elevation: bars, weight and number."""
    return Markup(f"{elevation_head(display.band(degrees))}{degrees:.1f}°</span>")  # noqa: S704 -- digits alone


@per_locale
def sun_tag(sunlight: str) -> Markup:
    """Sunlight: icon and word."""
    name = {"sunlit": "sunlit", "eclipsed": "eclipse"}.get(sunlight, sunlight)
    return Markup('<span class="sun">{}<span>{}</span></span>').format(icon(name), sun_word(sunlight))


def install(app: Flask) -> None:
    """Add the filters and functions to the templates."""
    app.jinja_env.filters.update(
        duration=display.length,
        iso=display.iso,
        age=display.age,
        compass=display.compass,
        band=display.band,
        number=display.number,
        signed=display.signed,
        percent=display.percent,
        megahertz=display.megahertz,
        minutes=display.minutes,
        state_word=state_word,
        event_word=event_word,
        reason_word=reason_word,
        filter_word=filter_word,
        name_word=name_word,
        fact_word=fact_word,
    )
    app.jinja_env.globals.update(
        here_address=here,
        language=language,
        icon=icon,
        swatch=swatch,
        agency_tag=agency_tag,
        state_tag=state_tag,
        elevation=elevation,
        sun_tag=sun_tag,
        mark=mark,
        countdown=display.count,
        form_token=_form_token,
        instant=display.instant_of,
    )

    # Jinja's own functions format a text at each use; templates have a thousand of them.
    app.jinja_env.globals.update(_=_message, gettext=_message, ngettext=_messages)

    @app.context_processor
    def for_templates() -> dict[str, Any]:
        if "context" not in g:
            return {"me": None, "now": None}
        ctx = context()
        if "display" not in g:
            g.display = ctx.display()
        return {
            "me": ctx.actor,
            "visit": ctx.visit,
            "now": ctx.now,
            "store": ctx.store,
            "show": g.display,
            "public": ctx.store.settings.public_view,
            "agencies": ctx.network.agencies,
            "mission_notice": ctx.store.notice,
            "speed": ctx.store.rehearsal.speed if ctx.store.rehearsal is not None else 1.0,
        }


def _translations() -> Any:
    if "translations" not in g:
        g.translations = get_translations()
    return g.translations


@per_locale
def _template(text: str) -> Markup:
    return Markup(_translations().ugettext(text))  # noqa: S704 -- translators write it, not users


@per_locale
def _message_alone(text: str) -> Markup:
    return _template(text) % {}


def _message(text: str, **variables: Any) -> Markup:
    """A message in the language of the answer; its variables are escaped."""
    return _template(text) % variables if variables else _message_alone(text)


def _messages(one: str, many: str, number: int, **variables: Any) -> Markup:
    """A message that depends on a number, which it may have as `num`."""
    text = _translations().ungettext(one, many, number)
    return Markup(text) % {"num": number, **variables}  # noqa: S704 -- translators write it, not users


def _form_token() -> Markup:
    """The hidden field of every form that changes something."""
    return Markup('<input type="hidden" name="form_token" value="{}">').format(form_token())


@cache
def _swatch(number: int) -> Markup:
    return Markup(
        '<svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" rx="2" fill="{}"/></svg>'
    ).format(f"url(#p-{number})" if number else "none")


@lru_cache(maxsize=256)
def _agency_tag(agency_mark: Mark, name: str) -> Markup:
    shown = _swatch(agency_mark.number) if agency_mark.number else _letter(agency_mark.letter)
    return Markup('<span class="agency a-{}">{}<abbr title="{}">{}</abbr></span>').format(
        agency_mark.number, shown, agency_mark.name, name
    )


def _letter(letter: str) -> Markup:
    return Markup('<b class="mark-letter" aria-hidden="true">{}</b>').format(letter)


@per_locale
def elevation_head(number: int) -> Markup:
    """The head of an elevation of a band: bars and weight; the number and `</span>` follow."""
    word = band_word(number)
    bars = Markup('<svg class="el-bars" role="img" aria-label="{}"><use href="#el-{}"/></svg>')
    shown = bars.format(_band_name(number), number)
    return Markup('<span class="el el-{}" title="{}">{}').format(number, word, shown)
