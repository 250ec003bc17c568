"""Hints about errors: named here, and worded by `labels`, differently for the command line and for pages."""

from __future__ import annotations

from enum import StrEnum


class Hint(StrEnum):
    """What a person can do about an error."""

    ADD_ELEMENTS = "add_elements"
    ADD_STORE = "add_store"
    APPLY_NETWORK = "apply_network"
    ARM_SOURCE = "arm_source"
    GIVE_ELEMENTS = "give_elements"
    LIST_ACCOUNTS = "list_accounts"
    LIST_CONTACTS = "list_contacts"
    LIST_OUTAGES = "list_outages"
    LIST_REQUESTS = "list_requests"
    LIST_SATELLITE_TIMES = "list_satellite_times"
    LIST_SOURCES = "list_sources"
    NAME_AGENCY = "name_agency"
    PUBLISH_SCHEDULE = "publish_schedule"
    RESTORE_BACKUP = "restore_backup"
    SECOND_PERSON = "second_person"
    UPGRADE_STORE = "upgrade_store"
    WITHOUT_SEAL = "without_seal"
