"""Documents and the one-time links to their files."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text

revision: str = "core_0009"
down_revision: str | None = "core_0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _coded(constraint: str, *names: str) -> sa.Enum:
    return sa.Enum(*names, name=op.f(constraint), native_enum=False, create_constraint=True, length=32)


def _state() -> sa.Enum:
    return _coded("ck_core_document_documentstate", "AWAITING", "STORED", "REMOVED", "LOST")


def upgrade() -> None:
    _document()
    _document_ticket()


def _document() -> None:
    op.create_table(
        "core_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", text(80), nullable=False),
        sa.Column("subject", text(80), nullable=False),
        sa.Column("subject_table", text(63), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("title", text(200), nullable=False),
        sa.Column("media_type", text(100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", text(64), nullable=True),
        sa.Column("storage_key", text(200), nullable=True),
        sa.Column(
            "state",
            _coded("ck_core_document_documentstate", "AWAITING", "STORED", "REMOVED", "LOST"),
            nullable=False,
        ),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("uploaded_by", text(200), nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=True),
        sa.Column("keep_until", sa.Date(), nullable=True),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.Column("removed_by", text(200), nullable=True),
        sa.Column("removal_reason", text(200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_document")),
        *(
            sa.ForeignKeyConstraint(
                [f"{noun}_id"], [f"core_{noun}.id"], name=op.f(f"fk_core_document_{noun}_id")
            )
            for noun in ("person", "household", "organization")
        ),
    )
    for columns in (
        ["district", "id"],
        ["division", "id"],
        ["household_id"],
        ["organization_id"],
        ["person_id"],
        ["state", "id"],
        ["subject_id", "id"],
        ["town", "id"],
    ):
        op.create_index(op.f(f"ix_core_document_{'_'.join(columns)}"), "core_document", columns)


def _document_ticket() -> None:
    op.create_table(
        "core_document_ticket",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", text(64), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose", _coded("ck_core_document_ticket_ticketpurpose", "UPLOAD", "DOWNLOAD"), nullable=False
        ),
        sa.Column("subject", text(200), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("expected_sha256", text(64), nullable=True),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_document_ticket")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_core_document_ticket_token_hash")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["core_document.id"], name=op.f("fk_core_document_ticket_document_id")
        ),
    )
    for columns in (["document_id"], ["expires_at"]):
        name = op.f(f"ix_core_document_ticket_{'_'.join(columns)}")
        op.create_index(name, "core_document_ticket", columns)


def downgrade() -> None:
    op.drop_table("core_document_ticket")
    op.drop_table("core_document")
