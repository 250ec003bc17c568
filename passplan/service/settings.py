"""The settings of a service: `settings.toml` in its data folder."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from pathlib import Path

from passplan.domain.checks import require_between, require_hour, require_name, require_one_of, require_whole
from passplan.domain.errors import InputError
from passplan.domain.messages import Message
from passplan.domain.schedule import EFFORTS, Policy
from passplan.formats.limits import MAX_TOML_BYTES, require_size
from passplan.formats.tables import TableReader, place, toml_tables

FILE = "settings.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where element sets or ephemerides come from: an address or a folder.

    Raises:
        InputError: for a value outside its bounds, or unless it is exactly one of the two.
    """

    name: str
    url: str = ""
    folder: str = ""  # from the data folder
    login_url: str = ""
    credentials: str = ""  # a file with two lines, identity and password; from the data folder
    least_interval_s: float = 7_200.0
    priority: int = 0  # of two sets with one epoch, the one of the higher priority is selected
    allow_private: bool = False  # whether its address may be of this machine or a private network
    kind: str = ""  # "elements" or "ephemeris": an answer of the other kind is refused; "": either
    predictive: bool = False  # whether epochs in the future are intended
    history_delay_h: float | None = None  # a folder of a history: each set comes so long after its epoch

    def __post_init__(self) -> None:
        where = f'source "{self.name}"'
        require_name(where, "name", self.name)
        require_between(where, "least_interval_s", self.least_interval_s, 0.0, 31 * 86_400.0)
        require_one_of(where, "kind", self.kind, frozenset({"", "elements", "ephemeris"}))
        require_whole(where, "priority", self.priority, -1_000, 1_000)
        if bool(self.url) == bool(self.folder):
            raise InputError(Message("source_url_or_folder", "%(where)s: give it either url or folder", where=where))
        if bool(self.login_url) != bool(self.credentials):
            raise InputError(
                Message(
                    "source_login_incomplete",
                    "%(where)s: login_url and credentials belong together; give both or none",
                    where=where,
                )
            )
        if self.history_delay_h is not None:
            require_between(where, "history_delay_h", self.history_delay_h, 0.0, 31 * 24.0)
            if not self.folder:
                raise InputError(
                    Message("source_history_folder", "%(where)s: history_delay_h is of a folder alone", where=where)
                )
        if self.folder and self.login_url:
            raise InputError(Message("source_folder_login", "%(where)s: a folder needs no login_url", where=where))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, with their defaults. The shipped settings.toml says what each is for.

    Raises:
        InputError: for a value outside its bounds, or two sources of one name.
    """

    database: str = ""
    network: str = "stations.toml"
    horizon_d: int = 7
    daily_at: str = "00:10"
    effort: str = "normal"
    policy: Policy = field(default_factory=Policy)  # of every schedule that the service makes
    freeze_h: float = 24.0
    lead_min: float = 15.0
    report_within_min: float = 30.0
    passes_d: int = 30
    refresh_every_min: float = 60.0
    lease_s: float = 10.0
    backup_every_min: float = 15.0
    backup_folder: str = ""
    keep_d: float = 90.0
    eop: str = ""
    listen: str = "127.0.0.1:8000"
    url: str = ""
    behind_proxy: bool = False
    public_view: bool = False
    workers: int = 1
    threads: int = 8
    rate_limit_per_s: float = 100.0
    log_format: str = "text"
    access_log: bool = False
    source: tuple[Source, ...] = ()

    def __post_init__(self) -> None:
        require_whole("settings", "horizon_d", self.horizon_d, 1, 31)
        require_hour("settings", "daily_at", self.daily_at)
        if self.daily_at == "24:00":
            raise InputError(
                Message("settings_daily_at", "settings: daily_at is '24:00'; that is 00:00 of the next day")
            )
        require_one_of("settings", "effort", self.effort, frozenset(EFFORTS))
        require_between("settings", "freeze_h", self.freeze_h, 0.0, 31 * 24.0)
        require_between("settings", "lead_min", self.lead_min, 0.0, 24 * 60.0)
        require_between("settings", "report_within_min", self.report_within_min, 0.0, 31 * 1440.0)
        require_whole("settings", "passes_d", self.passes_d, 1, 366)
        require_between("settings", "refresh_every_min", self.refresh_every_min, 1.0, 31 * 1440.0)
        require_between("settings", "lease_s", self.lease_s, 0.5, 3_600.0)
        if self.backup_every_min != 0.0:
            require_between("settings", "backup_every_min", self.backup_every_min, 1.0, 31 * 1440.0)
        require_between("settings", "keep_d", self.keep_d, 1.0, 36_600.0)
        require_between("settings", "rate_limit_per_s", self.rate_limit_per_s, 1.0, 100_000.0)
        require_whole("settings", "workers", self.workers, 1, 256)
        require_whole("settings", "threads", self.threads, 1, 256)
        require_one_of("settings", "log_format", self.log_format, frozenset({"text", "json"}))
        host, colon, port = self.listen.rpartition(":")
        if not colon or not host.strip("[]") or not port.isdecimal() or not 0 <= int(port) <= 65_535:
            raise InputError(
                Message(
                    "settings_listen",
                    "settings: listen is %(listen)r; it is an address and a port, 127.0.0.1:8000",
                    listen=self.listen,
                )
            )
        if self.url and not re.fullmatch(r"https?://[A-Za-z0-9.\-\[\]:]+", self.url):
            raise InputError(
                Message(
                    "settings_url",
                    "settings: url is %(url)r; it is as browsers see it, https://passplan.example.org",
                    url=self.url,
                )
            )
        for name, times in Counter(s.name for s in self.source).items():
            if times > 1:
                raise InputError(
                    Message(
                        "source_repeated",
                        'settings: source "%(source)s" is given twice; each has its own name',
                        source=name,
                    )
                )

    @property
    def freeze_s(self) -> float:
        """The time before its start at which a contact is frozen [s]; at least `lead_s`."""
        return max(self.freeze_h * 3_600.0, self.lead_s)

    @property
    def late_s(self) -> float:
        """Requests that begin within this time are planned at once [s], before the next daily schedule."""
        return max(self.freeze_s, 86_400.0)

    @property
    def lead_s(self) -> float:
        """The time before its start at which a contact can change last [s]."""
        return self.lead_min * 60.0

    def bookable_from(self, now: datetime) -> datetime:
        """The first whole second at which a contact can be booked."""
        moment = now + timedelta(seconds=self.lead_s)
        second = moment.replace(microsecond=0)
        return second if second == moment else second + timedelta(seconds=1)


def load_settings(folder: Path) -> tuple[Settings, frozenset[str]]:
    """The settings of a data folder, and the names of those in its file; defaults where it has no file.

    Raises:
        InputError: with every mistake in the file.
        OSError: when it cannot be read.
    """
    path = folder / FILE
    if not path.exists():
        return Settings(), frozenset()
    require_size(str(path), path.stat().st_size, MAX_TOML_BYTES)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Message("settings_not_utf8", "%(path)s: byte %(byte)s is not UTF-8 text", path=str(path), byte=error.start)
        ) from None
    tables = toml_tables(text, FILE)
    reader = TableReader(FILE, written=True)
    sources = tuple(
        reader.build(Source, table, place("source", table, index))
        for index, table in enumerate(reader.tables(tables, "source", "the file"), start=1)
    )
    plain = {key: value for key, value in tables.items() if key != "source"}
    settings = reader.build(Settings, plain, "the file", source=tuple(s for s in sources if s is not None))
    reader.raise_problems()
    assert settings is not None
    return settings, frozenset(tables) & {f.name for f in fields(Settings)}
