"""Permits to keep a dog."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from minzheng.plugin import text

revision: str = "pets_0002"
down_revision: str | None = "pets_0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = "core_0007"


def upgrade() -> None:
    op.create_table(
        "pets_permit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dog_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("state", text(32), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.ForeignKeyConstraint(["dog_id"], ["pets_dog.id"], name=op.f("fk_pets_permit_dog_id")),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], name=op.f("fk_pets_permit_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pets_permit")),
    )
    listed = ([level, "asked_on", "id"] for level in ("district", "town", "division"))
    for columns in (["dog_id"], ["person_id"], *listed):
        op.create_index(op.f("_".join(["ix", "pets_permit", *columns])), "pets_permit", columns)


def downgrade() -> None:
    op.drop_table("pets_permit")
