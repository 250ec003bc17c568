"""Words for names that the code gives, such as priorities, lanes, roles, disclosure levels, jobs and measurements."""

from __future__ import annotations

from passplan.labels.base import Language


def name_words(name: str, to: Language) -> str:
    """The word for a name; the name itself where it is not listed here."""
    _ = to.gettext
    words = {
        # priorities, and how well a position or a frequency is known
        "emergency": _("emergency"),
        "critical": _("critical"),
        "high": _("high"),
        "medium": _("medium"),
        "low": _("low"),
        "routine": _("routine"),
        # what a contact is for
        "command": _("command"),
        "payload": _("payload"),
        "school": _("school"),
        "training": _("training"),
        "voice": _("voice"),
        # what made a schedule revision
        "daily": _("daily"),
        "late": _("late"),
        "lost": _("lost"),
        "manual": _("manual"),
        # what the user of an agreement sees of the other agencies' contacts
        "times": _("times"),
        "all": _("all"),
        # roles
        "viewer": _("viewer"),
        "requester": _("requester"),
        "operator": _("operator"),
        "scheduler": _("scheduler"),
        "administrator": _("administrator"),
        # jobs of the daemon
        "backup": _("backup"),
        "expire": _("expire"),
        "freeze": _("freeze"),
        "housekeeping": _("housekeeping"),
        "passes": _("passes"),
        "refresh": _("refresh"),
        "replan": _("replan"),
        # what the uncertainty of a pass was measured on
        "ephemeris": _("ephemerides of the ISS"),
        "own_history": _("its own past elements"),
        "iss_table": _("elements of the ISS"),
        "orbit_class": _("similar orbits"),
        # how a burn is known
        "person": _("added by a person"),
        "history": _("found between elements"),
    }
    return words.get(name, name)
