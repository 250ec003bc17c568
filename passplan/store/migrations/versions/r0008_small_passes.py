"""Passes with whole numbers in place of floats, and on SQLite in the index of their key: they take less space."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_DIGITS = {
    "peak_elevation_deg": 4,
    "aos_azimuth_deg": 4,
    "tca_azimuth_deg": 4,
    "los_azimuth_deg": 4,
    "timing_68_s": 3,
    "timing_95_s": 3,
    "aos_limit_deg": 4,
    "los_limit_deg": 4,
}
_KINDS: tuple[tuple[str, Any], ...] = (
    ("satellite", sa.Text),
    ("catalog_number", sa.BigInteger),
    ("station", sa.Text),
    ("revolution", sa.BigInteger),
    ("aos_us", sa.BigInteger),
    ("tca_us", sa.BigInteger),
    ("los_us", sa.BigInteger),
    ("peak_elevation_deg", sa.Float),
    ("aos_azimuth_deg", sa.Float),
    ("tca_azimuth_deg", sa.Float),
    ("los_azimuth_deg", sa.Float),
    ("clipped_start", sa.Boolean),
    ("clipped_end", sa.Boolean),
    ("element_epoch_us", sa.BigInteger),
    ("timing_68_s", sa.Float),
    ("timing_95_s", sa.Float),
    ("stale", sa.Boolean),
    ("sunlight", sa.Text),
    ("aos_limit_deg", sa.Float),
    ("los_limit_deg", sa.Float),
    ("aos_masked", sa.Boolean),
    ("los_masked", sa.Boolean),
)
_KEY = ("satellite", "station", "aos_us")
_OPTIONAL = ("timing_68_s", "timing_95_s")


def upgrade() -> None:
    names = {name: f"{name}_e{digits}" for name, digits in _DIGITS.items()}
    columns = [_column(names.get(name, name), name, sa.Integer if name in _DIGITS else kind) for name, kind in _KINDS]
    whole = {name: f"CAST(ROUND({name} * {10**digits}) AS INTEGER)" for name, digits in _DIGITS.items()}
    _replace(columns, [whole.get(name, name) for name, _ in _KINDS], with_rowid=False)


def downgrade() -> None:
    columns = [_column(name, name, kind) for name, kind in _KINDS]
    floats = {name: f"{name}_e{digits} / {10.0**digits}" for name, digits in _DIGITS.items()}
    _replace(columns, [floats.get(name, name) for name, _ in _KINDS], with_rowid=True)


def _column(name: str, field: str, kind: Any) -> sa.Column[Any]:
    if field == "aos_us":
        return sa.Column(name, kind(), autoincrement=False, nullable=False)
    return sa.Column(name, kind(), nullable=field in _OPTIONAL)


def _replace(columns: list[sa.Column[Any]], values: list[str], *, with_rowid: bool) -> None:
    """Copy the rows into a table with other columns, in the place of the present one."""
    op.drop_index("pass_aos", table_name="pass")
    op.rename_table("pass", "old_pass")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX pass_pkey RENAME TO old_pass_pkey")
    op.create_table("pass", *columns, sa.PrimaryKeyConstraint(*_KEY), sqlite_with_rowid=with_rowid)
    names = ", ".join(c.name for c in columns)
    op.execute(f"INSERT INTO pass ({names}) SELECT {', '.join(values)} FROM old_pass")  # noqa: S608 -- names of here
    op.drop_table("old_pass")
    op.create_index("pass_aos", "pass", ["aos_us"], unique=False)
