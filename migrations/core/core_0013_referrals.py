"""Timelines of persons and households, filled from what is known; referrals; signals."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text

revision: str = "core_0013"
down_revision: str | None = "core_0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "core_timeline",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("household_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", text(80), nullable=False),
        sa.Column("code", text(40), nullable=True),
        sa.Column("subject", text(80), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("operation", sa.Uuid(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("read", text(80), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], name=op.f("fk_core_timeline_person_id")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["core_household.id"], name=op.f("fk_core_timeline_household_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_timeline")),
    )
    for owner in ("person_id", "household_id"):
        columns = [owner, "day", "id"]
        op.create_index(op.f(f"ix_core_timeline_{'_'.join(columns)}"), "core_timeline", columns)
    op.create_index(
        "ix_core_timeline_operation",
        "core_timeline",
        ["operation"],
        postgresql_where=sa.text("operation IS NOT NULL"),
        sqlite_where=sa.text("operation IS NOT NULL"),
    )
    _fill()


def _fill() -> None:
    """What was registered before there were timelines. An entry has the id of the row it is made from."""
    for select in _KNOWN:
        op.execute(
            'INSERT INTO core_timeline (id, person_id, household_id, day, kind, code, subject, recorded_at, "read", '
            f"district, town, division, operation) {select}"
        )


def _key(column: str) -> str:
    return f"replace(CAST({column} AS TEXT), '-', '')"


_KNOWN = (
    # Persons, from the first day on which their record holds.
    f"""SELECT p.id, p.id, NULL, min(v.valid_from), 'core.person_registered', NULL, 'person_' || {_key("p.id")},
        p.created_at, 'registry:read', p.district, p.town, p.division, NULL
        FROM core_person p JOIN core_person_version v ON v.person_id = p.id AND v.voided_at IS NULL
        WHERE p.removed_at IS NULL GROUP BY p.id""",
    f"""SELECT h.id, NULL, h.id, h.opened_on, 'core.household_opened', NULL, 'household_' || {_key("h.id")},
        h.created_at, 'registry:read', h.district, h.town, h.division, NULL
        FROM core_household h WHERE h.removed_at IS NULL""",
    # Memberships; one that only goes on in another role is neither begin nor end.
    f"""SELECT m.id, m.person_id, h.id, m.valid_from, 'core.household_joined', m.relation,
        'household_' || {_key("h.id")}, m.recorded_at, 'registry:read', h.district, h.town, h.division, NULL
        FROM core_household_member m JOIN core_household h ON h.id = m.household_id AND h.removed_at IS NULL
        WHERE m.voided_at IS NULL AND NOT EXISTS (SELECT 1 FROM core_household_member b
        WHERE b.household_id = m.household_id AND b.person_id = m.person_id AND b.voided_at IS NULL
        AND b.valid_to = m.valid_from)""",
    # Life events, for each whom they concern.
    f"""SELECT q.id, q.person_id, NULL, e.event_date, 'core.' || lower(e.type), q.role,
        'life_event_' || {_key("e.id")}, e.reported_at, 'registry:read', e.district, e.town, e.division, e.id
        FROM core_life_event_person q JOIN core_life_event e ON e.id = q.event_id WHERE e.reversed_at IS NULL""",
)


def downgrade() -> None:
    op.drop_table("core_timeline")
