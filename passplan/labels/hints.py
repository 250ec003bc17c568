"""Words for hints: the command line names a command; pages and answers name a person or a page."""

from __future__ import annotations

from passplan.domain.hints import Hint
from passplan.labels.base import Language


def hint_words(hint: Hint | None, to: Language) -> str:
    """The words of a hint; an empty text for None."""
    if hint is None:
        return ""
    return _command(hint, to) if to.commands else _place(hint, to)


def _command(hint: Hint, to: Language) -> str:
    _ = to.gettext
    return {
        Hint.ADD_ELEMENTS: _(
            "newer ones would do: passplan elements add FILE, or a file in the folder of a source (elements/)"
        ),
        Hint.ADD_STORE: _("make one with passplan init, or name its folder with --data"),
        Hint.APPLY_NETWORK: _("give it one with passplan network apply"),
        Hint.ARM_SOURCE: _("passplan elements arm SOURCE lets it be asked again, once the cause is gone"),
        Hint.GIVE_ELEMENTS: _("give some with --elements"),
        Hint.LIST_ACCOUNTS: _("passplan users list shows them"),
        Hint.LIST_CONTACTS: _("passplan schedule show lists them"),
        Hint.LIST_OUTAGES: _("passplan outage list shows them"),
        Hint.LIST_REQUESTS: _("passplan requests list shows them"),
        Hint.LIST_SATELLITE_TIMES: _("passplan requests times lists them"),
        Hint.LIST_SOURCES: _("passplan elements status lists the sources"),
        Hint.NAME_AGENCY: _("name it with --agency"),
        Hint.PUBLISH_SCHEDULE: _("passplan schedule publish makes one, or the daemon"),
        Hint.RESTORE_BACKUP: _("restore the last backup (passplan db restore)"),
        Hint.SECOND_PERSON: _("name another account with --as ACCOUNT"),
        Hint.WITHOUT_SEAL: _("or add --without-seal, if the file cannot have been changed"),
        Hint.UPGRADE_STORE: _("passplan db upgrade brings an older store up, and a newer one needs a newer passplan"),
    }[hint]


def _place(hint: Hint, to: Language) -> str:
    _ = to.gettext
    return {
        Hint.ADD_ELEMENTS: _("an administrator can add newer elements"),
        Hint.ADD_STORE: _("an administrator has to make the store"),
        Hint.APPLY_NETWORK: _("an administrator has to apply a network"),
        Hint.ARM_SOURCE: _("an administrator can arm the source again, once the cause is gone"),
        Hint.GIVE_ELEMENTS: _("an administrator can add elements"),
        Hint.LIST_ACCOUNTS: _("the accounts are listed under Administration"),
        Hint.LIST_CONTACTS: _("the contacts are listed under Schedule"),
        Hint.LIST_OUTAGES: _("the outages are listed on the page of their station"),
        Hint.LIST_REQUESTS: _("the requests are listed under Requests"),
        Hint.LIST_SATELLITE_TIMES: _("an administrator can list the times of satellites"),
        Hint.LIST_SOURCES: _("an administrator can list the sources"),
        Hint.NAME_AGENCY: _("choose its agency"),
        Hint.PUBLISH_SCHEDULE: _("the daemon makes one, or a scheduler publishes one"),
        Hint.RESTORE_BACKUP: _("an administrator has to restore the last backup"),
        Hint.SECOND_PERSON: _("another person has to sign in and decide"),
        Hint.WITHOUT_SEAL: _("an administrator has to copy it"),
        Hint.UPGRADE_STORE: _("an administrator has to upgrade the store or passplan"),
    }[hint]
