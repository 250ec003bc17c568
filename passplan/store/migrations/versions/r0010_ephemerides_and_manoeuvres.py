"""Ephemerides beside element sets, manoeuvres, and what a satellite's past sets tell of the next ones."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("element_set", sa.Column("begins_us", sa.BigInteger(), nullable=True))
    op.add_column("element_set", sa.Column("ends_us", sa.BigInteger(), nullable=True))
    op.add_column("element_choice", sa.Column("record", sa.Text(), server_default="", nullable=False))
    op.add_column("pass", sa.Column("timing_basis", sa.Text(), nullable=True))
    op.create_table(
        "manoeuvre",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("catalog_number", sa.BigInteger(), nullable=False),
        sa.Column("time_us", sa.BigInteger(), nullable=False),
        sa.Column("delta_v_m_s", sa.Float(), nullable=True),
        sa.Column("uncertainty_m_s", sa.Float(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
    )
    op.create_index("manoeuvre_time", "manoeuvre", ["catalog_number", "time_us"], unique=False)


def downgrade() -> None:
    op.drop_index("manoeuvre_time", table_name="manoeuvre")
    op.drop_table("manoeuvre")
    op.drop_column("pass", "timing_basis")
    op.drop_column("element_choice", "record")
    op.execute(
        "DELETE FROM element_choice WHERE element_set_id IN (SELECT id FROM element_set WHERE begins_us IS NOT NULL)"
    )
    op.execute("DELETE FROM element_set WHERE begins_us IS NOT NULL")
    op.drop_column("element_set", "ends_us")
    op.drop_column("element_set", "begins_us")
