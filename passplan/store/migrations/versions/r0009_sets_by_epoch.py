"""An index of the element sets of a satellite by their epochs: a timeline reads those of a span."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.drop_index("ix_element_set_catalog_number", table_name="element_set")
    op.create_index("element_set_epoch", "element_set", ["catalog_number", "epoch_us"], unique=False)


def downgrade() -> None:
    op.drop_index("element_set_epoch", table_name="element_set")
    op.create_index("ix_element_set_catalog_number", "element_set", ["catalog_number"], unique=False)
