"""The sealed audit: each row's place in its chain, the heads of the chains, triggers that keep rows as they are."""

from collections.abc import Sequence
from typing import Literal

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text

revision: str = "core_0004"
down_revision: str | None = "core_0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_SAID = (
    "id",
    "at",
    "actor_id",
    "actor",
    "action",
    "subject",
    "district",
    "fields",
    "purpose",
    "details",
)
_UNSEALED = sa.text("position IS NULL")
_MESSAGE = "core_audit is append-only"


def upgrade() -> None:
    op.drop_index(op.f("ix_core_audit_district_at"), "core_audit")
    op.drop_index(op.f("ix_core_audit_subject_at"), "core_audit")
    # SQLite's own ADD COLUMN would write the columns behind the constraints.
    with op.batch_alter_table("core_audit", recreate=_recreate()) as table:
        table.add_column(sa.Column("position", sa.Integer(), nullable=True))
        table.add_column(sa.Column("seal", text(64), nullable=True))
    for column in ("subject", "district", "actor"):
        op.create_index(op.f(f"ix_core_audit_{column}_at_id"), "core_audit", [column, "at", "id"])
    op.create_index(op.f("ix_core_audit_at_id"), "core_audit", ["at", "id"])
    op.create_index(
        op.f("ix_core_audit_district_position"), "core_audit", ["district", "position"], unique=True
    )
    op.create_index(
        op.f("ix_core_audit_unsealed"),
        "core_audit",
        ["at", "id"],
        postgresql_where=_UNSEALED,
        sqlite_where=_UNSEALED,
    )
    _create_head()
    for statement in _guards():
        op.execute(statement)


def _recreate() -> Literal["always", "never"]:
    return "always" if op.get_bind().dialect.name == "sqlite" else "never"


def _create_head() -> None:
    op.create_table(
        "core_audit_head",
        sa.Column("chain", text(12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("seal", text(64), nullable=False),
        sa.Column("sealed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_core_audit_head")),
    )


def _guards() -> list[str]:
    return _sqlite_guards() if op.get_bind().dialect.name == "sqlite" else _postgresql_guards()


def _sqlite_guards() -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
    changed = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in _SAID)
    return [
        f"CREATE TRIGGER core_audit_no_delete BEFORE DELETE ON core_audit {refuse}",
        "CREATE TRIGGER core_audit_no_replace BEFORE INSERT ON core_audit "
        f"WHEN EXISTS (SELECT 1 FROM core_audit WHERE id = NEW.id) {refuse}",
        "CREATE TRIGGER core_audit_no_update BEFORE UPDATE ON core_audit "
        f"WHEN OLD.position IS NOT NULL OR OLD.seal IS NOT NULL OR {changed} {refuse}",
    ]


def _postgresql_guards() -> list[str]:
    refuse = "EXECUTE FUNCTION core_audit_refuse()"
    changed = " OR ".join(f"OLD.{name}::text IS DISTINCT FROM NEW.{name}::text" for name in _SAID)
    return [
        "CREATE FUNCTION core_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$",
        f"CREATE TRIGGER core_audit_no_delete BEFORE DELETE ON core_audit FOR EACH ROW {refuse}",
        f"CREATE TRIGGER core_audit_no_truncate BEFORE TRUNCATE ON core_audit {refuse}",
        "CREATE TRIGGER core_audit_no_update BEFORE UPDATE ON core_audit FOR EACH ROW "
        f"WHEN (OLD.position IS NOT NULL OR OLD.seal IS NOT NULL OR {changed}) {refuse}",
    ]


def downgrade() -> None:
    _drop_guards()
    op.drop_table("core_audit_head")
    for name in ("unsealed", "district_position", "at_id", "actor_at_id", "district_at_id", "subject_at_id"):
        op.drop_index(op.f(f"ix_core_audit_{name}"), "core_audit")
    with op.batch_alter_table("core_audit", recreate=_recreate()) as table:
        table.drop_column("seal")
        table.drop_column("position")
    op.create_index(op.f("ix_core_audit_district_at"), "core_audit", ["district", "at"])
    op.create_index(op.f("ix_core_audit_subject_at"), "core_audit", ["subject", "at"])


def _drop_guards() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("delete", "replace", "update"):
            op.execute(f"DROP TRIGGER core_audit_no_{name}")
    else:
        op.execute("DROP FUNCTION core_audit_refuse() CASCADE")
