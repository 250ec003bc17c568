"""Second factors of accounts; indexes for the pages of requests: those to come, and those that are over."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_index("request_start", "request", ["start_us", "id"], unique=False)
    op.create_index("request_end", "request", ["end_us"], unique=False)
    op.create_index("request_agency_end", "request", ["agency", "end_us"], unique=False)
    op.create_table(
        "second_factor",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("set_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"]),
        sa.PrimaryKeyConstraint("account"),
    )


def downgrade() -> None:
    op.drop_table("second_factor")
    op.drop_index("request_agency_end", table_name="request")
    op.drop_index("request_end", table_name="request")
    op.drop_index("request_start", table_name="request")
