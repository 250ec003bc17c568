"""What each owner decided on a request: it is asked, it approved, or it refused."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("approval", sa.Column("decision", sa.Text(), server_default="approved", nullable=False))
    op.create_index("approval_decision", "approval", ["decision", "owner"], unique=False)


def downgrade() -> None:
    op.drop_index("approval_decision", table_name="approval")
    op.execute("DELETE FROM approval WHERE decision <> 'approved'")
    op.drop_column("approval", "decision")
