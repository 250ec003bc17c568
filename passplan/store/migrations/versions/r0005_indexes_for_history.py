"""Indexes of questions whose answer does not grow with history: contacts of a request, or that end after a time."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.drop_index("ix_contact_state", table_name="contact")
    op.create_index("contact_state_end", "contact", ["state", "end_us"], unique=False)
    op.create_index("contact_request", "contact", ["request_id"], unique=False)
    op.create_index("request_agency_start", "request", ["agency", "start_us"], unique=False)


def downgrade() -> None:
    op.drop_index("request_agency_start", table_name="request")
    op.drop_index("contact_request", table_name="contact")
    op.drop_index("contact_state_end", table_name="contact")
    op.create_index("ix_contact_state", "contact", ["state"], unique=False)
