"""Dogs, and what is derived of their households."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from minzheng.plugin import text

revision: str = "pets_0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = ("pets",)
depends_on: str | Sequence[str] | None = "core_0001"


def upgrade() -> None:
    op.create_table(
        "pets_dog",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", text(50), nullable=False),
        sa.Column("licence", text(20), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.ForeignKeyConstraint(
            ["household_id"], ["core_household.id"], name=op.f("fk_pets_dog_household_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], name=op.f("fk_pets_dog_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pets_dog")),
        sa.UniqueConstraint("licence", name=op.f("uq_pets_dog_licence")),
    )
    for columns in (
        ["household_id", "registered_on", "id"],
        ["person_id", "registered_on", "id"],
        ["district", "name", "id"],
        ["town", "name", "id"],
        ["division", "name", "id"],
    ):
        op.create_index(op.f(f"ix_pets_dog_{'_'.join(columns)}"), "pets_dog", columns)
    op.create_table(
        "pets_household",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("dog_count", sa.Integer(), nullable=False),
        sa.Column("latest_dog_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["core_household.id"], name=op.f("fk_pets_household_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["latest_dog_id"], ["pets_dog.id"], name=op.f("fk_pets_household_latest_dog_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pets_household")),
        sa.UniqueConstraint("household_id", name=op.f("uq_pets_household_household_id")),
    )


def downgrade() -> None:
    op.drop_table("pets_household")
    op.drop_table("pets_dog")
