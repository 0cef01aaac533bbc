"""Life events with their rules, marriages and divorces, merges, the journal of changes, and whole versions."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text
from core.errors import StartupError

revision: str = "core_0002"
down_revision: str | None = "core_0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _coded(constraint: str, *names: str) -> sa.Enum:
    # The names are those of this revision: a later change of a code set is a revision of its own.
    return sa.Enum(*names, name=op.f(constraint), native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _widen_versions()
    moves = _forget_moves()
    _create_life_event()
    _create_journal()
    _create_divorce_application()
    _create_marriage()
    _create_person_merge()
    _create_divorce_child()
    _create_life_event_consequence()
    _create_life_event_person()
    _remember_moves(moves)


def _widen_versions() -> None:
    op.add_column("core_division_version", sa.Column("full_name", text(400), nullable=True))
    op.add_column("core_division_version", sa.Column("urban", sa.Boolean(), nullable=True))
    op.add_column("core_division_version", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column("core_household", sa.Column("removed_at", Instant(), nullable=True))
    op.add_column("core_household_version", sa.Column("address_cipher", sa.LargeBinary(), nullable=True))
    op.add_column("core_household_version", sa.Column("address_masked", text(400), nullable=True))
    op.add_column("core_household_version", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column("core_person", sa.Column("removed_at", Instant(), nullable=True))
    op.add_column("core_person_version", sa.Column("death_date", sa.Date(), nullable=True))
    op.execute(
        "UPDATE core_division_version SET full_name = d.full_name, urban = d.urban, "
        "closed_on = CASE WHEN d.valid_to = core_division_version.valid_from THEN d.valid_to END "
        "FROM core_division AS d WHERE d.id = core_division_version.division_id"
    )
    op.execute(
        "UPDATE core_household_version SET address_cipher = h.address_cipher, address_masked = h.address_masked "
        "FROM core_household AS h WHERE h.id = core_household_version.household_id"
    )
    _version_after_closing()


def _version_after_closing() -> None:
    """A closed household had no version from its last day on; now the version says that it is closed."""
    copied = "household_id, head_id, division, recorded_at, voided_at, address_cipher, address_masked"
    new_id = (
        "gen_random_uuid()" if op.get_bind().dialect.name == "postgresql" else "lower(hex(randomblob(16)))"
    )
    op.execute(
        f"INSERT INTO core_household_version (id, valid_from, valid_to, closed_on, {copied}) "
        f"SELECT {new_id}, h.closed_on, NULL, h.closed_on, {', '.join('v.' + c for c in copied.split(', '))} "
        "FROM core_household_version AS v JOIN core_household AS h ON h.id = v.household_id "
        "WHERE v.valid_to = h.closed_on AND v.voided_at IS NULL"
    )


def _forget_moves() -> Sequence[sa.Row[object]]:
    """The table is made anew, since its CHECK knows moves alone; there are few moves yet."""
    event = sa.Table(
        "core_life_event",
        sa.MetaData(),
        sa.Column("id", sa.Uuid()),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("event_date", sa.Date()),
        sa.Column("reported_at", Instant()),
        sa.Column("details", sa.JSON()),
        sa.Column("consequences", sa.JSON()),
    )
    person = sa.Table(
        "core_person",
        sa.MetaData(),
        sa.Column("id", sa.Uuid()),
        *(sa.Column(name, sa.String()) for name in ("district", "town", "division")),
    )
    query = sa.select(event, person.c.district, person.c.town, person.c.division)
    found = op.get_bind().execute(query.join(person, person.c.id == event.c.person_id)).all()
    op.drop_index("ix_core_life_event_person_id", "core_life_event")
    op.drop_table("core_life_event")
    return found


def _remember_moves(moves: Sequence[sa.Row[object]]) -> None:
    for move in moves:
        row = move._mapping
        said = row["consequences"]
        _insert(
            "core_life_event",
            {
                **{name: row[name] for name in row if name != "consequences"},
                "type": "MOVE",
                "reported_on": row["reported_at"].date(),
            },
        )
        _insert(
            "core_life_event_person",
            {"id": uuid.uuid4(), "event_id": row["id"], "person_id": row["person_id"], "role": "SUBJECT"},
        )
        for position, item in enumerate(said):
            values = {"plugin": item["plugin"], "text": item["text"], "position": position}
            _insert("core_life_event_consequence", {"id": uuid.uuid4(), "event_id": row["id"], **values})


_TYPES: dict[str, Any] = {
    "id": sa.Uuid(),
    "event_id": sa.Uuid(),
    "person_id": sa.Uuid(),
    "event_date": sa.Date(),
}
_TYPES |= {"reported_at": Instant(), "reported_on": sa.Date(), "details": sa.JSON()}


def _insert(table: str, values: dict[str, object]) -> None:
    columns: list[Any] = [sa.column(name, _TYPES.get(name, sa.String())) for name in values]
    op.execute(sa.table(table, *columns).insert().values(values))


def _create_life_event() -> None:
    op.create_table(
        "core_life_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "type",
            _coded("ck_core_life_event_lifeeventtype", "BIRTH", "DEATH", "MOVE", "MARRIAGE", "DIVORCE"),
            nullable=False,
        ),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("event_date", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("reported_at", Instant(), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("reversed_at", Instant(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], name=op.f("fk_core_life_event_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_life_event")),
    )
    op.create_index(op.f("ix_core_life_event_person_id"), "core_life_event", ["person_id"])
    for level in ("district", "town", "division"):
        op.create_index(
            op.f(f"ix_core_life_event_{level}_event_date_id"), "core_life_event", [level, "event_date", "id"]
        )


def _create_journal() -> None:
    op.create_table(
        "core_journal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operation", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind", _coded("ck_core_journal_changekind", "ADDED", "CHANGED", "DELETED"), nullable=False
        ),
        sa.Column("row_table", text(80), nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_journal")),
    )
    op.create_index(op.f("ix_core_journal_operation_position"), "core_journal", ["operation", "position"])
    op.create_index(op.f("ix_core_journal_row_id"), "core_journal", ["row_id"])


def _create_divorce_application() -> None:
    op.create_table(
        "core_divorce_application",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("husband_id", sa.Uuid(), nullable=False),
        sa.Column("wife_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            _coded("ck_core_divorce_application_divorcestatus", "APPLIED", "REGISTERED", "WITHDRAWN"),
            nullable=False,
        ),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("withdraw_until", sa.Date(), nullable=False),
        sa.Column("certificate_from", sa.Date(), nullable=False),
        sa.Column("certificate_until", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.ForeignKeyConstraint(
            ["husband_id"], ["core_person.id"], name=op.f("fk_core_divorce_application_husband_id")
        ),
        sa.ForeignKeyConstraint(
            ["wife_id"], ["core_person.id"], name=op.f("fk_core_divorce_application_wife_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_divorce_application")),
    )
    op.create_index(
        op.f("ix_core_divorce_application_district_applied_on_id"),
        "core_divorce_application",
        ["district", "applied_on", "id"],
    )
    op.create_index(
        op.f("ix_core_divorce_application_division_applied_on_id"),
        "core_divorce_application",
        ["division", "applied_on", "id"],
    )
    op.create_index(
        op.f("ix_core_divorce_application_husband_id"), "core_divorce_application", ["husband_id"]
    )
    op.create_index(
        op.f("ix_core_divorce_application_town_applied_on_id"),
        "core_divorce_application",
        ["town", "applied_on", "id"],
    )
    op.create_index(op.f("ix_core_divorce_application_wife_id"), "core_divorce_application", ["wife_id"])


def _create_marriage() -> None:
    op.create_table(
        "core_marriage",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("husband_id", sa.Uuid(), nullable=False),
        sa.Column("wife_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["husband_id"], ["core_person.id"], name=op.f("fk_core_marriage_husband_id")),
        sa.ForeignKeyConstraint(["wife_id"], ["core_person.id"], name=op.f("fk_core_marriage_wife_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_marriage")),
    )
    op.create_index(op.f("ix_core_marriage_husband_id"), "core_marriage", ["husband_id"])
    op.create_index(op.f("ix_core_marriage_wife_id"), "core_marriage", ["wife_id"])


def _create_person_merge() -> None:
    op.create_table(
        "core_person_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("dropped_id", sa.Uuid(), nullable=False),
        sa.Column("reason", text(200), nullable=False),
        sa.Column("merged_at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.ForeignKeyConstraint(
            ["dropped_id"], ["core_person.id"], name=op.f("fk_core_person_merge_dropped_id")
        ),
        sa.ForeignKeyConstraint(["kept_id"], ["core_person.id"], name=op.f("fk_core_person_merge_kept_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_person_merge")),
    )
    op.create_index(
        op.f("ix_core_person_merge_district_merged_at_id"),
        "core_person_merge",
        ["district", "merged_at", "id"],
    )
    op.create_index(op.f("ix_core_person_merge_dropped_id"), "core_person_merge", ["dropped_id"])
    op.create_index(op.f("ix_core_person_merge_kept_id"), "core_person_merge", ["kept_id"])


def _create_divorce_child() -> None:
    op.create_table(
        "core_divorce_child",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["core_divorce_application.id"],
            name=op.f("fk_core_divorce_child_application_id"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_divorce_child_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_divorce_child")),
    )
    op.create_index(op.f("ix_core_divorce_child_application_id"), "core_divorce_child", ["application_id"])
    op.create_index(op.f("ix_core_divorce_child_person_id"), "core_divorce_child", ["person_id"])


def _create_life_event_consequence() -> None:
    op.create_table(
        "core_life_event_consequence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("plugin", text(40), nullable=False),
        sa.Column("text", text(1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["core_life_event.id"], name=op.f("fk_core_life_event_consequence_event_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_life_event_consequence")),
    )
    op.create_index(
        op.f("ix_core_life_event_consequence_event_id"), "core_life_event_consequence", ["event_id"]
    )


def _create_life_event_person() -> None:
    op.create_table(
        "core_life_event_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            _coded(
                "ck_core_life_event_person_eventrole",
                "SUBJECT",
                "MOTHER",
                "FATHER",
                "HUSBAND",
                "WIFE",
                "SPOUSE",
                "CHILD",
                "MEMBER",
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["core_life_event.id"], name=op.f("fk_core_life_event_person_event_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_life_event_person_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_life_event_person")),
    )
    op.create_index(op.f("ix_core_life_event_person_event_id"), "core_life_event_person", ["event_id"])
    op.create_index(
        op.f("ix_core_life_event_person_person_id_event_id"),
        "core_life_event_person",
        ["person_id", "event_id"],
    )


def downgrade() -> None:
    raise StartupError(
        "core_0002 不能降级，请从备份恢复或删除数据库 / "
        "core_0002 cannot be undone: restore a backup or drop the database"
    )
