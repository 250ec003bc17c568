"""Words for what the domain knows by a name: priorities, activities, lanes, confidences, sights and jobs."""

from __future__ import annotations

from passplan.labels.base import Language


def priority_words(name: str, to: Language) -> str:
    """A priority in a word."""
    _ = to.gettext
    words = {
        "emergency": _("emergency"),
        "critical": _("critical"),
        "high": _("high"),
        "routine": _("routine"),
    }
    return words.get(name, name)


def activity_words(name: str, to: Language) -> str:
    """What a contact is for, in a word."""
    _ = to.gettext
    words = {
        "command": _("command"),
        "payload": _("payload"),
        "school": _("school"),
        "training": _("training"),
        "voice": _("voice"),
    }
    return words.get(name, name)


def lane_words(name: str, to: Language) -> str:
    """What made a schedule revision, in a word."""
    _ = to.gettext
    words = {"daily": _("daily"), "late": _("late"), "lost": _("lost"), "manual": _("manual")}
    return words.get(name, name)


def confidence_words(name: str, to: Language) -> str:
    """How well a position or a frequency is known."""
    _ = to.gettext
    words = {"high": _("high"), "medium": _("medium"), "low": _("low")}
    return words.get(name, name)


def sight_words(name: str, to: Language) -> str:
    """What the user of an agreement sees of others at its stations."""
    _ = to.gettext
    words = {"times": _("times"), "all": _("all")}
    return words.get(name, name)


def job_words(name: str, to: Language) -> str:
    """A job of the daemon in a word."""
    _ = to.gettext
    words = {
        "backup": _("backup"),
        "daily": _("daily"),
        "expire": _("expire"),
        "freeze": _("freeze"),
        "housekeeping": _("housekeeping"),
        "passes": _("passes"),
        "refresh": _("refresh"),
        "replan": _("replan"),
    }
    return words.get(name, name)
