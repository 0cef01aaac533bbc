"""The kernel: users, grants, audit, divisions, persons, households and life events."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text
from core.errors import StartupError

revision: str = "core_0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = ("core",)
depends_on: str | Sequence[str] | None = None


def _coded(constraint: str, *names: str) -> sa.Enum:
    # The names are those of this revision: a later change of a code set is a revision of its own.
    return sa.Enum(*names, name=op.f(constraint), native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _create_user()
    _create_grant()
    _create_audit()
    _create_idempotency_key()
    _create_key_check()
    _create_division()
    _create_division_version()
    _create_person()
    _create_person_version()
    _create_person_disability()
    _create_household()
    _create_household_version()
    _create_household_member()
    _create_life_event()
    _create_failed_hook()


def _create_user() -> None:
    op.create_table(
        "core_user",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", text(200), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_user")),
        sa.UniqueConstraint("subject", name=op.f("uq_core_user_subject")),
    )


def _create_grant() -> None:
    op.create_table(
        "core_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            _coded(
                "ck_core_grant_userrole",
                "CITIZEN",
                "VILLAGE_WORKER",
                "TOWN_OFFICER",
                "TOWN_LEADER",
                "CITY_OFFICER",
                "CITY_LEADER",
                "AGENCY_STAFF",
                "AUDITOR",
                "SYSTEM",
            ),
            nullable=True,
        ),
        sa.Column("permission", text(100), nullable=True),
        sa.Column("plugin", text(40), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["core_user.id"], name=op.f("fk_core_grant_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_grant")),
    )
    op.create_index(op.f("ix_core_grant_user_id"), "core_grant", ["user_id"])


def _create_audit() -> None:
    op.create_table(
        "core_audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor", text(200), nullable=False),
        sa.Column("action", text(80), nullable=False),
        sa.Column("subject", text(80), nullable=True),
        sa.Column("district", text(12), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("purpose", text(200), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_audit")),
    )
    op.create_index(op.f("ix_core_audit_district_at"), "core_audit", ["district", "at"])
    op.create_index(op.f("ix_core_audit_subject_at"), "core_audit", ["subject", "at"])


def _create_idempotency_key() -> None:
    op.create_table(
        "core_idempotency_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", text(200), nullable=False),
        sa.Column("key", text(300), nullable=False),
        sa.Column("mutation", text(80), nullable=False),
        sa.Column("input_hash", text(64), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_idempotency_key")),
        sa.UniqueConstraint("subject", "key", name=op.f("uq_core_idempotency_key_subject_key")),
    )


def _create_key_check() -> None:
    op.create_table(
        "core_key_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("value", text(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_key_check")),
        sa.UniqueConstraint("value", name=op.f("uq_core_key_check_value")),
    )


def _create_division() -> None:
    op.create_table(
        "core_division",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", text(12), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("full_name", text(400), nullable=False),
        sa.Column(
            "tier",
            _coded("ck_core_division_tier", "PROVINCE", "PREFECTURE", "COUNTY", "TOWN", "VILLAGE"),
            nullable=False,
        ),
        sa.Column("parent_code", text(12), nullable=True),
        sa.Column("district", text(12), nullable=True),
        sa.Column("town", text(12), nullable=True),
        sa.Column("urban_rural_class", text(3), nullable=True),
        sa.Column("urban", sa.Boolean(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("successor_code", text(12), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_division")),
        sa.UniqueConstraint("code", name=op.f("uq_core_division_code")),
    )
    op.create_index(op.f("ix_core_division_parent_code_code"), "core_division", ["parent_code", "code"])


def _create_division_version() -> None:
    op.create_table(
        "core_division_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("division_id", sa.Uuid(), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("urban_rural_class", text(3), nullable=True),
        sa.Column("successor_code", text(12), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_division_version")),
    )
    op.create_index(op.f("ix_core_division_version_division_id"), "core_division_version", ["division_id"])


def _create_person() -> None:
    op.create_table(
        "core_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "id_type",
            _coded(
                "ck_core_person_idtype", "RESIDENT_ID", "HK_MACAO_TW_PERMIT", "FOREIGN_PR", "PASSPORT", "NONE"
            ),
            nullable=False,
        ),
        sa.Column("id_hash", text(64), nullable=True),
        sa.Column("id_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("id_masked", text(64), nullable=True),
        sa.Column("name", text(50), nullable=False),
        sa.Column("name_key", text(600), nullable=False),
        sa.Column(
            "gender",
            _coded("ck_core_person_gender", "UNKNOWN", "MALE", "FEMALE", "UNSPECIFIED"),
            nullable=False,
        ),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("ethnicity", text(2), nullable=True),
        sa.Column(
            "marital_status",
            _coded(
                "ck_core_person_maritalstatus",
                "UNMARRIED",
                "MARRIED",
                "FIRST_MARRIAGE",
                "REMARRIED",
                "REMARRIED_SAME",
                "WIDOWED",
                "DIVORCED",
                "UNSPECIFIED",
            ),
            nullable=False,
        ),
        sa.Column("registered_district", text(12), nullable=False),
        sa.Column("registered_town", text(12), nullable=True),
        sa.Column("registered_division", text(12), nullable=False),
        sa.Column("phone_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("phone_masked", text(32), nullable=True),
        sa.Column("death_date", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.CheckConstraint("(id_type = 'NONE') = (id_hash IS NULL)", name=op.f("ck_core_person_id_number")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_person")),
        sa.UniqueConstraint("id_type", "id_hash", name=op.f("uq_core_person_id_type_id_hash")),
    )
    op.create_index(
        op.f("ix_core_person_district_birth_date_id"), "core_person", ["district", "birth_date", "id"]
    )
    op.create_index(
        op.f("ix_core_person_district_name_key_id"), "core_person", ["district", "name_key", "id"]
    )
    op.create_index(
        op.f("ix_core_person_division_name_key_id"), "core_person", ["division", "name_key", "id"]
    )
    op.create_index(op.f("ix_core_person_id_hash"), "core_person", ["id_hash"])
    op.create_index(op.f("ix_core_person_name_key_id"), "core_person", ["name_key", "id"])
    op.create_index(
        op.f("ix_core_person_registered_district_name_key_id"),
        "core_person",
        ["registered_district", "name_key", "id"],
    )
    op.create_index(
        op.f("ix_core_person_registered_division_name_key_id"),
        "core_person",
        ["registered_division", "name_key", "id"],
    )
    op.create_index(
        op.f("ix_core_person_registered_town_name_key_id"),
        "core_person",
        ["registered_town", "name_key", "id"],
    )
    op.create_index(op.f("ix_core_person_town_birth_date_id"), "core_person", ["town", "birth_date", "id"])
    op.create_index(op.f("ix_core_person_town_name_key_id"), "core_person", ["town", "name_key", "id"])


def _create_person_version() -> None:
    op.create_table(
        "core_person_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", text(50), nullable=False),
        sa.Column(
            "gender",
            _coded("ck_core_person_version_gender", "UNKNOWN", "MALE", "FEMALE", "UNSPECIFIED"),
            nullable=False,
        ),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("ethnicity", text(2), nullable=True),
        sa.Column(
            "marital_status",
            _coded(
                "ck_core_person_version_maritalstatus",
                "UNMARRIED",
                "MARRIED",
                "FIRST_MARRIAGE",
                "REMARRIED",
                "REMARRIED_SAME",
                "WIDOWED",
                "DIVORCED",
                "UNSPECIFIED",
            ),
            nullable=False,
        ),
        sa.Column("registered_division", text(12), nullable=False),
        sa.Column("division", text(12), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_person_version_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_person_version")),
    )
    op.create_index(op.f("ix_core_person_version_person_id"), "core_person_version", ["person_id"])


def _create_person_disability() -> None:
    op.create_table(
        "core_person_disability",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "category",
            _coded(
                "ck_core_person_disability_disabilitycategory",
                "VISUAL",
                "HEARING",
                "SPEECH",
                "PHYSICAL",
                "INTELLECTUAL",
                "MENTAL",
                "MULTIPLE",
            ),
            nullable=False,
        ),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name=op.f("ck_core_person_disability_level")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_person_disability_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_person_disability")),
    )
    op.create_index(op.f("ix_core_person_disability_person_id"), "core_person_disability", ["person_id"])


def _create_household() -> None:
    op.create_table(
        "core_household",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind", _coded("ck_core_household_householdkind", "REGISTERED", "ASSISTANCE"), nullable=False
        ),
        sa.Column("code", text(40), nullable=False),
        sa.Column("head_id", sa.Uuid(), nullable=False),
        sa.Column("address_cipher", sa.LargeBinary(), nullable=True),
        sa.Column("address_masked", text(400), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.ForeignKeyConstraint(["head_id"], ["core_person.id"], name=op.f("fk_core_household_head_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_household")),
        sa.UniqueConstraint("district", "code", name=op.f("uq_core_household_district_code")),
    )
    op.create_index(op.f("ix_core_household_code_id"), "core_household", ["code", "id"])
    op.create_index(op.f("ix_core_household_division_code_id"), "core_household", ["division", "code", "id"])
    op.create_index(op.f("ix_core_household_head_id"), "core_household", ["head_id"])
    op.create_index(op.f("ix_core_household_town_code_id"), "core_household", ["town", "code", "id"])


def _create_household_version() -> None:
    op.create_table(
        "core_household_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("head_id", sa.Uuid(), nullable=False),
        sa.Column("division", text(12), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["core_household.id"], name=op.f("fk_core_household_version_household_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_household_version")),
    )
    op.create_index(
        op.f("ix_core_household_version_household_id"), "core_household_version", ["household_id"]
    )


def _create_household_member() -> None:
    op.create_table(
        "core_household_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _coded("ck_core_household_member_householdkind", "REGISTERED", "ASSISTANCE"),
            nullable=False,
        ),
        sa.Column("relation", text(2), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["core_household.id"], name=op.f("fk_core_household_member_household_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_household_member_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_household_member")),
    )
    op.create_index(
        op.f("ix_core_household_member_household_id_relation_id"),
        "core_household_member",
        ["household_id", "relation", "id"],
    )
    op.create_index(
        op.f("ix_core_household_member_person_id_id"), "core_household_member", ["person_id", "id"]
    )
    op.create_index(
        op.f("uq_core_household_member_head"),
        "core_household_member",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL AND voided_at IS NULL AND relation = '02'"),
        sqlite_where=sa.text("valid_to IS NULL AND voided_at IS NULL AND relation = '02'"),
    )
    op.create_index(
        op.f("uq_core_household_member_open"),
        "core_household_member",
        ["person_id", "kind"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
        sqlite_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
    )


def _create_life_event() -> None:
    op.create_table(
        "core_life_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", _coded("ck_core_life_event_lifeeventtype", "MOVE"), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("event_date", sa.Date(), nullable=False),
        sa.Column("reported_at", Instant(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("consequences", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["core_person.id"], name=op.f("fk_core_life_event_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_life_event")),
    )
    op.create_index(op.f("ix_core_life_event_person_id"), "core_life_event", ["person_id"])


def _create_failed_hook() -> None:
    op.create_table(
        "core_failed_hook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plugin", text(40), nullable=False),
        sa.Column("hook", text(40), nullable=False),
        sa.Column("subject", text(80), nullable=False),
        sa.Column("error", text(200), nullable=False),
        sa.Column("failed_at", Instant(), nullable=False),
        sa.Column("retried_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_failed_hook")),
    )
    op.create_index(op.f("ix_core_failed_hook_plugin"), "core_failed_hook", ["plugin"])


def downgrade() -> None:
    raise StartupError(
        "core@base 会删除所有的表，请改为删除数据库 / core@base would drop every table: drop the database instead"
    )
