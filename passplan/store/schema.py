"""The tables, alike on SQLite and PostgreSQL.

Times are whole microseconds since 1970 UTC (`_us`); documents are JSON text. `migrations/` creates the tables.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from passplan.domain.rows.columns import Column as RowColumn
from passplan.domain.rows.columns import columns_of
from passplan.domain.rows.passes import ForecastPass

VERSION = "0010"  # the newest migration

HOLD_LIMIT_US = 86_400_000_000  # a hold lasts a day at most; a longer contact has several, end to end
CONTACT_LIMIT_US = 8 * HOLD_LIMIT_US  # a contact lasts seven days at most, and indexes of its start bound its end

metadata = sa.MetaData()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# SQLite numbers rows by themselves only where the type is INTEGER by name.
_Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_Us = sa.BigInteger


def microseconds(moment: datetime) -> int:
    """A moment as the store saves it [µs since 1970 UTC]."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(us: int) -> datetime:
    """The inverse of `microseconds`."""
    return _EPOCH + timedelta(microseconds=us)


def insert_or_nothing(connection: sa.Connection, table: sa.Table) -> sa.Insert:
    """An insert that does nothing where the table has the row."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table).on_conflict_do_nothing()


def _column(name: str, kind: sa.types.TypeEngine[object] | type, default: str | None = None) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=False, server_default=default)


meta = sa.Table("meta", metadata, sa.Column("key", sa.Text, primary_key=True), _column("value", sa.Text))

network_revision = sa.Table(
    "network_revision",
    metadata,
    sa.Column("number", _Id, primary_key=True, autoincrement=False),
    _column("at_us", _Us),
    _column("document", sa.Text),
    _column("sha256", sa.Text),
)

resource = sa.Table(
    "resource",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _column("kind", sa.Text),
    sa.Column("name", sa.Text, nullable=False, unique=True),  # "station/antenna", or "satellite/link#channel"
    sa.CheckConstraint("kind IN ('antenna', 'channel')", name="resource_kind"),
)

element_set = sa.Table(
    "element_set",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("catalog_number", sa.BigInteger, nullable=False),
    _column("epoch_us", _Us),
    _column("source", sa.Text),
    _column("received_us", _Us),
    _column("document", sa.Text),
    _column("sha256", sa.Text),
    _column("quarantine", sa.Text, ""),  # why it must not be used; empty: it may be used
    sa.Column("begins_us", _Us),  # of an ephemeris, as the next one: the span that it covers
    sa.Column("ends_us", _Us),
    sa.Index("element_set_epoch", "catalog_number", "epoch_us"),
    sa.UniqueConstraint("catalog_number", "sha256", "source", name="element_set_once"),
)

element_choice = sa.Table(
    "element_choice",
    metadata,
    sa.Column("catalog_number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("element_set_id", sa.ForeignKey("element_set.id"), nullable=False),
    _column("since_us", _Us),
    _column("pinned", sa.Boolean, "0"),
    _column("record", sa.Text, ""),  # how its satellite's past sets came out, as JSON; empty: not known
)

manoeuvre = sa.Table(
    "manoeuvre",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _column("catalog_number", sa.BigInteger),
    _column("time_us", _Us),
    sa.Column("delta_v_m_s", sa.Float),  # none: not known, as the next one
    sa.Column("uncertainty_m_s", sa.Float),
    _column("name", sa.Text, ""),
    _column("origin", sa.Text),
    _column("source", sa.Text),  # a feed, or the account that added it
    _column("recorded_us", _Us),
    sa.Index("manoeuvre_time", "catalog_number", "time_us"),
)

element_source = sa.Table(
    "element_source",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _column("stopped", sa.Text, ""),  # why it is not fetched until it is armed again; empty: it is fetched
    _column("trouble", sa.Text, ""),  # what went wrong last; empty: nothing
    _column("failures", sa.Integer, "0"),  # in a row
    sa.Column("attempt_us", _Us),  # of real time, as the next two
    sa.Column("success_us", _Us),
    _column("next_us", _Us, "0"),
    _column("etag", sa.Text, ""),
    _column("last_modified", sa.Text, ""),
    _column("sets", sa.Integer, "0"),  # in its last good answer
    _column("sha256", sa.Text, ""),  # of its last good answer
)

account = sa.Table(
    "account",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _column("role", sa.Text),
    _column("agency", sa.Text, ""),
    _column("active", sa.Boolean, "1"),
)

password = sa.Table(
    "password",
    metadata,
    sa.Column("account", sa.ForeignKey("account.name"), primary_key=True),
    _column("hash", sa.Text),  # argon2id
    _column("one_time", sa.Boolean),  # set by another person: to be changed at the first sign-in
    _column("set_us", _Us),  # real time, as all times of signing in
)

second_factor = sa.Table(
    "second_factor",
    metadata,
    sa.Column("account", sa.ForeignKey("account.name"), primary_key=True),
    _column("serial", sa.Text),  # the secret is derived from it, under a key that is not in the database
    _column("last_step", sa.BigInteger),  # of the last code that was used
    _column("set_us", _Us),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("id_hash", sa.Text, primary_key=True),  # HMAC under a key that is not in the database
    sa.Column("account", sa.ForeignKey("account.name"), nullable=False, index=True),
    _column("created_us", _Us),
    _column("seen_us", _Us),
    _column("proved_us", _Us),  # when the password was last entered
    _column("address", sa.Text),
    _column("agent", sa.Text),
)

token = sa.Table(
    "token",
    metadata,
    sa.Column("prefix", sa.Text, primary_key=True),
    sa.Column("account", sa.ForeignKey("account.name"), nullable=False, index=True),
    _column("name", sa.Text),
    _column("secret_hash", sa.Text),  # as of a session
    _column("scope", sa.Text),
    _column("created_us", _Us),
    _column("expires_us", _Us),
    sa.Column("used_us", _Us),
    sa.Column("revoked_us", _Us),
    sa.CheckConstraint("scope IN ('read', 'write')", name="token_scope"),
)

failed_attempt = sa.Table(
    "failed_attempt",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # an account and a network, or a network
    _column("count", sa.Integer),
    _column("last_us", _Us),
)

request = sa.Table(
    "request",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _column("agency", sa.Text),
    sa.Column("state", sa.Text, nullable=False, index=True),
    _column("reason", sa.Text, ""),  # a fact, as JSON; empty: none
    _column("start_us", _Us),
    _column("end_us", _Us),
    _column("group_id", sa.Text, ""),  # empty: none
    _column("document", sa.Text),
    _column("submitted_us", _Us),
    _column("submitted_by", sa.Text),
    _column("changed_us", _Us),
    sa.Index("request_agency_start", "agency", "start_us"),
    sa.Index("request_start", "start_us", "id"),
    sa.Index("request_end", "end_us"),
    sa.Index("request_agency_end", "agency", "end_us"),
)

approval = sa.Table(
    "approval",
    metadata,
    sa.Column("request_id", sa.ForeignKey("request.id"), primary_key=True),
    sa.Column("owner", sa.Text, primary_key=True),  # the agency whose stations it would use
    _column("at_us", _Us),
    _column("actor", sa.Text),
    _column("decision", sa.Text, "approved"),  # or "asked", "refused"
    sa.Index("approval_decision", "decision", "owner"),
)

request_group = sa.Table(
    "request_group", metadata, sa.Column("id", sa.Text, primary_key=True), _column("document", sa.Text)
)

satellite_time = sa.Table(
    "satellite_time",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    _column("document", sa.Text),
)

schedule_revision = sa.Table(
    "schedule_revision",
    metadata,
    sa.Column("number", _Id, primary_key=True, autoincrement=False),
    _column("at_us", _Us),
    _column("start_us", _Us),
    _column("end_us", _Us),
    _column("lane", sa.Text),
    sa.Column("network_revision", sa.ForeignKey("network_revision.number"), nullable=False),
    _column("change", sa.Text),  # what changed against the revision before: a fact, as JSON
    _column("causes", sa.Text, ""),  # why: facts, as a JSON list
    _column("made_on", sa.Text),  # the ids of the inputs that it was planned on, as JSON
    _column("contacts", sa.Integer),
    _column("refusals", sa.Integer),
    _column("value", sa.Float),
    _column("bound", sa.Float),
    _column("inputs_sha256", sa.Text),
    sa.Column("plan", sa.LargeBinary),  # the plan file, compressed; none once it is old
)

contact = sa.Table(
    "contact",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("request_id", sa.ForeignKey("request.id"), nullable=False),
    _column("part", sa.Integer),
    _column("state", sa.Text),
    _column("changed_us", _Us),  # when it came into its state
    _column("reason", sa.Text, ""),  # a fact, as JSON; empty: none
    _column("satellite", sa.Text),
    _column("link", sa.Text),
    _column("antennas", sa.Text),  # a JSON list: one, or those of an array
    sa.Column("start_us", _Us, nullable=False, index=True),
    _column("end_us", _Us),
    _column("occupied_from_us", _Us),
    _column("occupied_to_us", _Us),
    sa.Column("revision", sa.ForeignKey("schedule_revision.number"), nullable=False),
    _column("snapshot", sa.Text, ""),  # the inputs that it was planned on, as JSON, from the freeze on
    _column("snapshot_sha256", sa.Text, ""),
    _column("acknowledged_by", sa.Text, ""),
    sa.Column("acknowledged_us", _Us),
    sa.Index("contact_state_end", "state", "end_us"),
    sa.Index("contact_request", "request_id"),
    sa.Index(
        "contact_once",
        "request_id",
        "part",
        unique=True,
        sqlite_where=sa.text("state IN ('scheduled', 'committed')"),
        postgresql_where=sa.text("state IN ('scheduled', 'committed')"),
    ),
    sa.CheckConstraint(
        "occupied_from_us <= start_us AND start_us < end_us AND end_us <= occupied_to_us", name="contact_order"
    ),
)

hold = sa.Table(
    "hold",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contact.id"), nullable=False, index=True),
    sa.Column("resource_id", sa.ForeignKey("resource.id"), nullable=False),
    _column("start_us", _Us),
    _column("end_us", _Us),
    _column("live", sa.Boolean),
    sa.Index("hold_resource_start", "resource_id", "start_us"),
    sa.CheckConstraint(f"start_us < end_us AND end_us - start_us <= {HOLD_LIMIT_US}", name="hold_order"),
)

report = sa.Table(
    "report",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contact.id"), nullable=False, index=True),
    _column("at_us", _Us),
    _column("actor", sa.Text),
    _column("outcome", sa.Text),
    _column("note", sa.Text, ""),
)

log_entry = sa.Table(
    "log_entry",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    sa.Column("contact_id", sa.ForeignKey("contact.id"), nullable=False, index=True),
    _column("at_us", _Us),
    _column("actor", sa.Text),
    _column("text", sa.Text),
)

transition = sa.Table(
    "transition",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("before", sa.Text, primary_key=True),
    sa.Column("after", sa.Text, primary_key=True),
)

outage = sa.Table(
    "outage",
    metadata,
    sa.Column("id", _Id, primary_key=True),
    _column("kind", sa.Text),  # "outage", or "closed" for a planned one
    _column("station", sa.Text),
    _column("antenna", sa.Text, ""),  # empty: all of the station's
    _column("start_us", _Us),
    _column("end_us", _Us),
    _column("note", sa.Text, ""),
    _column("recorded_us", _Us),
    _column("actor", sa.Text),
)

_TYPES: dict[type, type[sa.types.TypeEngine[Any]]] = {
    str: sa.Text,
    bool: sa.Boolean,
    int: sa.BigInteger,
    float: sa.Float,
    datetime: _Us,
}
PASS_KEY = ("satellite", "station", "aos")


def stored_name(c: RowColumn) -> str:
    """The name of the column of a table for a column of a row."""
    return f"{c.name}_us" if c.type is datetime else f"{c.name}_e{c.digits}" if is_scaled(c) else c.name


def is_scaled(c: RowColumn) -> bool:
    """Whether a number is stored as a whole one, 10^digits times as large: 3 bytes in place of 8."""
    return c.type is float and c.digits is not None


def _row_column(c: RowColumn) -> sa.Column[Any]:
    """The column of the table for a column of a row."""
    kind = sa.Integer if is_scaled(c) else _TYPES[c.type]
    if c.name in PASS_KEY:
        return sa.Column(stored_name(c), kind, primary_key=True, autoincrement=False)
    return sa.Column(stored_name(c), kind, nullable=c.is_optional)


stored_pass = sa.Table(
    "pass",
    metadata,
    *(_row_column(c) for c in columns_of(ForecastPass) if not c.is_computed),
    sa.Index("pass_aos", "aos_us"),
    sqlite_with_rowid=False,  # the rows are in the index of their key, and not in a table beside it
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", _Id, primary_key=True, autoincrement=False),
    _column("at_us", _Us),
    _column("actor", sa.Text),
    _column("os_user", sa.Text, ""),
    _column("action", sa.Text),
    sa.Column("object", sa.Text, nullable=False, index=True),
    _column("before", sa.Text),
    _column("after", sa.Text),
    sa.Column("prev_hash", sa.Text, nullable=False, unique=True),
    _column("hash", sa.Text),
)

event_head = sa.Table(
    "event_head",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    _column("last_id", sa.BigInteger),
    _column("last_hash", sa.Text),
)

saved_answer = sa.Table(
    "once",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    _column("at_us", _Us),
    _column("body_sha256", sa.Text),
    _column("answer", sa.Text),
)

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _column("holder", sa.Text),
    _column("epoch", sa.BigInteger),
    _column("expires_ms", sa.BigInteger),
)

job_run = sa.Table(
    "job_run",
    metadata,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("slot_us", _Us, primary_key=True, autoincrement=False),
    _column("epoch", sa.BigInteger),
    _column("started_us", _Us),
    _column("ended_us", _Us),
    _column("state", sa.Text),  # "done" or "failed"
    _column("outcome", sa.Text, ""),  # a fact, as JSON; empty: none
)
