"""Passes as values in columns, no longer as the JSON of a rendered row beside some of them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BATCH = 1_000
_COMPUTED = ("duration_s", "element_age_s")
_INSTANTS = ("aos", "tca", "los", "element_epoch")


def _key() -> list[Any]:
    return [
        sa.Column("satellite", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("aos_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("los_us", sa.BigInteger(), nullable=False),
        sa.Column("peak_elevation_deg", sa.Float(), nullable=False),
    ]


def _rendered() -> list[Any]:
    return [*_key(), sa.Column("row", sa.Text(), nullable=False)]


def _values() -> list[Any]:
    return [
        sa.Column("satellite", sa.Text(), nullable=False),
        sa.Column("catalog_number", sa.BigInteger(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("revolution", sa.BigInteger(), nullable=False),
        sa.Column("aos_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tca_us", sa.BigInteger(), nullable=False),
        sa.Column("los_us", sa.BigInteger(), nullable=False),
        sa.Column("peak_elevation_deg", sa.Float(), nullable=False),
        sa.Column("aos_azimuth_deg", sa.Float(), nullable=False),
        sa.Column("tca_azimuth_deg", sa.Float(), nullable=False),
        sa.Column("los_azimuth_deg", sa.Float(), nullable=False),
        sa.Column("clipped_start", sa.Boolean(), nullable=False),
        sa.Column("clipped_end", sa.Boolean(), nullable=False),
        sa.Column("element_epoch_us", sa.BigInteger(), nullable=False),
        sa.Column("timing_68_s", sa.Float(), nullable=True),
        sa.Column("timing_95_s", sa.Float(), nullable=True),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("sunlight", sa.Text(), nullable=False),
        sa.Column("aos_limit_deg", sa.Float(), nullable=False),
        sa.Column("los_limit_deg", sa.Float(), nullable=False),
        sa.Column("aos_masked", sa.Boolean(), nullable=False),
        sa.Column("los_masked", sa.Boolean(), nullable=False),
    ]


def upgrade() -> None:
    old = sa.table("pass", *(sa.column(c.name) for c in _rendered()))
    _convert(_values(), [_parsed(json.loads(line.row)) for line in op.get_bind().execute(sa.select(old))])


def downgrade() -> None:
    old = sa.table("pass", *(sa.column(c.name, c.type) for c in _values()))
    _convert(_rendered(), [_written(line) for line in op.get_bind().execute(sa.select(old)).mappings()])


def _convert(columns: list[Any], rows: list[dict[str, Any]]) -> None:
    """Recreate the table, with these rows."""
    op.drop_index("pass_aos", table_name="pass")
    op.drop_table("pass")
    table = op.create_table("pass", *columns, sa.PrimaryKeyConstraint("satellite", "station", "aos_us"))
    op.create_index("pass_aos", "pass", ["aos_us"], unique=False)
    for first in range(0, len(rows), _BATCH):
        op.bulk_insert(table, rows[first : first + _BATCH])


def _parsed(row: dict[str, Any]) -> dict[str, Any]:
    """The values of a rendered row."""
    values = {name: value for name, value in row.items() if name not in (*_COMPUTED, *_INSTANTS)}
    return values | {f"{name}_us": _microseconds(row[name]) for name in _INSTANTS}


def _written(line: Any) -> dict[str, Any]:
    """A line of the table as it was, with its rendered row."""
    moments = {name: _EPOCH + timedelta(microseconds=line[f"{name}_us"]) for name in _INSTANTS}
    row = {
        "satellite": line["satellite"],
        "catalog_number": line["catalog_number"],
        "station": line["station"],
        "revolution": line["revolution"],
        **{
            name: f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
            for name, moment in moments.items()
        },
        "duration_s": round((moments["los"] - moments["aos"]).total_seconds(), 6),
        "peak_elevation_deg": round(line["peak_elevation_deg"], 4),
        **{f"{end}_azimuth_deg": round(line[f"{end}_azimuth_deg"], 4) % 360.0 for end in ("aos", "tca", "los")},
        "element_age_s": round(abs((moments["tca"] - moments["element_epoch"]).total_seconds()), 6),
        **{name: _rounded(line[name], 3) for name in ("timing_68_s", "timing_95_s")},
        **{name: _rounded(line[name], 4) for name in ("aos_limit_deg", "los_limit_deg")},
        **{name: line[name] for name in ("clipped_start", "clipped_end", "stale", "sunlight")},
        **{name: line[name] for name in ("aos_masked", "los_masked")},
    }
    return {
        **{name: line[name] for name in ("satellite", "station", "aos_us", "los_us", "peak_elevation_deg")},
        "row": json.dumps(row, sort_keys=True, separators=(",", ":"), allow_nan=False),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _microseconds(text: str) -> int:
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(microseconds=1)
