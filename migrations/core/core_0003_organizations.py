"""Organizations, their versions and tax qualifications; committees; whom a user acts for."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from core.db import Instant, text
from core.errors import StartupError

revision: str = "core_0003"
down_revision: str | None = "core_0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _coded(constraint: str, *names: str) -> sa.Enum:
    # The names are those of this revision: a later change of a code set is a revision of its own.
    return sa.Enum(*names, name=op.f(constraint), native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _create_committee()
    _create_committee_term()
    _create_organization()
    _create_sub_committee()
    _create_committee_member()
    _create_organization_qualification()
    _create_organization_version()
    _create_user_organization()
    _tie_grants()


def _create_committee() -> None:
    op.create_table(
        "core_committee",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", _coded("ck_core_committee_committeekind", "VILLAGE", "RESIDENT"), nullable=False),
        sa.Column("name", text(100), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_committee")),
    )
    op.create_index(op.f("ix_core_committee_district_name_id"), "core_committee", ["district", "name", "id"])
    op.create_index(op.f("ix_core_committee_division_name_id"), "core_committee", ["division", "name", "id"])
    op.create_index(op.f("ix_core_committee_name_id"), "core_committee", ["name", "id"])
    op.create_index(op.f("ix_core_committee_town_name_id"), "core_committee", ["town", "name", "id"])
    op.create_index(
        op.f("uq_core_committee_open"),
        "core_committee",
        ["division"],
        unique=True,
        postgresql_where=sa.text("closed_on IS NULL"),
        sqlite_where=sa.text("closed_on IS NULL"),
    )


def _create_committee_term() -> None:
    op.create_table(
        "core_committee_term",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["committee_id"], ["core_committee.id"], name=op.f("fk_core_committee_term_committee_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_committee_term")),
    )
    op.create_index(
        op.f("ix_core_committee_term_committee_id_number"), "core_committee_term", ["committee_id", "number"]
    )
    op.create_index(
        op.f("uq_core_committee_term_open"),
        "core_committee_term",
        ["committee_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
        sqlite_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
    )


def _create_organization() -> None:
    op.create_table(
        "core_organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("credit_code", text(18), nullable=False),
        sa.Column("credit_code_doubtful", sa.Boolean(), nullable=False),
        sa.Column(
            "kind",
            _coded(
                "ck_core_organization_organizationkind",
                "AGENCY",
                "INSTITUTION",
                "ASSOCIATION",
                "SOCIAL_SERVICE",
                "FOUNDATION",
                "COMPANY",
                "SOLE_TRADER",
                "COOPERATIVE",
                "COLLECTIVE",
                "OTHER",
            ),
            nullable=False,
        ),
        sa.Column("name", text(100), nullable=False),
        sa.Column("legal_rep_id", sa.Uuid(), nullable=True),
        sa.Column("legal_rep_name", text(50), nullable=True),
        sa.Column(
            "status", _coded("ck_core_organization_organizationstatus", "ACTIVE", "CLOSED"), nullable=False
        ),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("district", text(12), nullable=False),
        sa.Column("town", text(12), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.ForeignKeyConstraint(
            ["legal_rep_id"], ["core_person.id"], name=op.f("fk_core_organization_legal_rep_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_organization")),
        sa.UniqueConstraint("credit_code", name=op.f("uq_core_organization_credit_code")),
    )
    op.create_index(
        op.f("ix_core_organization_district_name_id"), "core_organization", ["district", "name", "id"]
    )
    op.create_index(
        op.f("ix_core_organization_division_name_id"), "core_organization", ["division", "name", "id"]
    )
    op.create_index(op.f("ix_core_organization_legal_rep_id"), "core_organization", ["legal_rep_id"])
    op.create_index(op.f("ix_core_organization_name_id"), "core_organization", ["name", "id"])
    op.create_index(
        op.f("ix_core_organization_registered_on_id"), "core_organization", ["registered_on", "id"]
    )
    op.create_index(op.f("ix_core_organization_town_name_id"), "core_organization", ["town", "name", "id"])


def _create_sub_committee() -> None:
    op.create_table(
        "core_sub_committee",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _coded(
                "ck_core_sub_committee_subcommitteekind",
                "MEDIATION",
                "SECURITY",
                "PUBLIC_HEALTH",
                "HEALTH",
                "OTHER",
            ),
            nullable=False,
        ),
        sa.Column("name", text(100), nullable=False),
        sa.Column("formed_on", sa.Date(), nullable=False),
        sa.Column("dissolved_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["committee_id"], ["core_committee.id"], name=op.f("fk_core_sub_committee_committee_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_sub_committee")),
    )
    op.create_index(op.f("ix_core_sub_committee_committee_id"), "core_sub_committee", ["committee_id"])


def _create_committee_member() -> None:
    op.create_table(
        "core_committee_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee_id", sa.Uuid(), nullable=False),
        sa.Column("term_number", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "post",
            _coded("ck_core_committee_member_committeepost", "CHAIR", "VICE_CHAIR", "MEMBER"),
            nullable=False,
        ),
        sa.Column("sub_committee_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["committee_id"], ["core_committee.id"], name=op.f("fk_core_committee_member_committee_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["core_person.id"], name=op.f("fk_core_committee_member_person_id")
        ),
        sa.ForeignKeyConstraint(
            ["sub_committee_id"],
            ["core_sub_committee.id"],
            name=op.f("fk_core_committee_member_sub_committee_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_committee_member")),
    )
    op.create_index(
        op.f("ix_core_committee_member_committee_id_post_id"),
        "core_committee_member",
        ["committee_id", "post", "id"],
    )
    op.create_index(
        op.f("ix_core_committee_member_person_id_id"), "core_committee_member", ["person_id", "id"]
    )
    op.create_index(
        op.f("uq_core_committee_member_chair"),
        "core_committee_member",
        ["committee_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL AND voided_at IS NULL AND post = 'CHAIR'"),
        sqlite_where=sa.text("valid_to IS NULL AND voided_at IS NULL AND post = 'CHAIR'"),
    )
    op.create_index(
        op.f("uq_core_committee_member_open"),
        "core_committee_member",
        ["committee_id", "person_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
        sqlite_where=sa.text("valid_to IS NULL AND voided_at IS NULL"),
    )


def _create_organization_qualification() -> None:
    op.create_table(
        "core_organization_qualification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            _coded("ck_core_organization_qualification_qualificationkind", "TAX_EXEMPT", "DEDUCTIBLE"),
            nullable=False,
        ),
        sa.Column("document_number", text(100), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["core_organization.id"],
            name=op.f("fk_core_organization_qualification_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_organization_qualification")),
    )
    op.create_index(
        op.f("ix_core_organization_qualification_organization_id_kind"),
        "core_organization_qualification",
        ["organization_id", "kind"],
    )


def _create_organization_version() -> None:
    op.create_table(
        "core_organization_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("credit_code", text(18), nullable=False),
        sa.Column(
            "kind",
            _coded(
                "ck_core_organization_version_organizationkind",
                "AGENCY",
                "INSTITUTION",
                "ASSOCIATION",
                "SOCIAL_SERVICE",
                "FOUNDATION",
                "COMPANY",
                "SOLE_TRADER",
                "COOPERATIVE",
                "COLLECTIVE",
                "OTHER",
            ),
            nullable=False,
        ),
        sa.Column("name", text(100), nullable=False),
        sa.Column("legal_rep_id", sa.Uuid(), nullable=True),
        sa.Column("legal_rep_name", text(50), nullable=True),
        sa.Column(
            "status",
            _coded("ck_core_organization_version_organizationstatus", "ACTIVE", "CLOSED"),
            nullable=False,
        ),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("division", text(12), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["core_organization.id"],
            name=op.f("fk_core_organization_version_organization_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_organization_version")),
    )
    op.create_index(
        op.f("ix_core_organization_version_organization_id"), "core_organization_version", ["organization_id"]
    )


def _create_user_organization() -> None:
    op.create_table(
        "core_user_organization",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["core_organization.id"],
            name=op.f("fk_core_user_organization_organization_id"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_user.id"], name=op.f("fk_core_user_organization_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_user_organization")),
    )
    op.create_index(
        op.f("ix_core_user_organization_organization_id"), "core_user_organization", ["organization_id"]
    )
    op.create_index(
        op.f("ix_core_user_organization_user_id_organization_id"),
        "core_user_organization",
        ["user_id", "organization_id"],
    )


def _tie_grants() -> None:
    # SQLite copies the table to add a foreign key, and does not see its CHECK constraint: it is told the whole.
    with op.batch_alter_table("core_grant", copy_from=_grant()) as grant:
        grant.add_column(sa.Column("organization_id", sa.Uuid(), nullable=True))
        grant.create_foreign_key(
            op.f("fk_core_grant_organization_id"), "core_organization", ["organization_id"], ["id"]
        )


def _grant() -> sa.Table:
    """The table of the revision before."""
    return sa.Table(
        "core_grant",
        sa.MetaData(),
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
        sa.Index(op.f("ix_core_grant_user_id"), "user_id"),
    )


def downgrade() -> None:
    raise StartupError(
        "core_0003 的降级会删除组织与委员会，请改为删除数据库 / "
        "going below core_0003 would drop organizations and committees: drop the database instead"
    )
