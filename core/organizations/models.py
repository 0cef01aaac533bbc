from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import core.persons.models  # noqa: F401 (the table that legal_rep_id refers to)
from core.access.scope import Internal, Placed, ScopeRule, Through
from core.codes.organizations import OrganizationKind, OrganizationStatus, QualificationKind
from core.dated import Dated, History
from core.db import Base, coded, new_id, text
from core.placed import Follows, PlacedColumns


class Organization(PlacedColumns, Base):
    """An organization as known now; `division` is its seat, at the county tier or below.

    Everyone here has a credit code: bodies that are only filed (备案的社区社会组织) are no organizations yet.
    """

    __tablename__ = "core_organization"
    __scope__: ClassVar[ScopeRule] = Placed()
    __history__: ClassVar[History] = History(lambda: OrganizationVersion, "organization_id")
    __documents__: ClassVar[str] = "organization"
    __follows__: ClassVar[Follows] = Follows()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    credit_code: Mapped[str] = mapped_column(text(18))
    credit_code_doubtful: Mapped[bool] = mapped_column()
    kind: Mapped[OrganizationKind] = mapped_column(coded(OrganizationKind))
    name: Mapped[str] = mapped_column(text(100))
    # The name is kept beside the person: it is what the certificate says, and shows whom the scope hides.
    legal_rep_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_person.id"), index=True)
    legal_rep_name: Mapped[str | None] = mapped_column(text(50))
    status: Mapped[OrganizationStatus] = mapped_column(coded(OrganizationStatus))
    registered_on: Mapped[date] = mapped_column()
    closed_on: Mapped[date | None] = mapped_column()
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column()
    updated_at: Mapped[datetime] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)
    __table_args__ = (
        UniqueConstraint("credit_code"),
        Index(None, "name", "id"),
        Index(None, "district", "name", "id"),
        Index(None, "town", "name", "id"),
        Index(None, "division", "name", "id"),
        Index(None, "registered_on", "id"),
    )


class OrganizationVersion(Dated, Base):
    """What was true of an organization between two dates, and when we knew it."""

    __tablename__ = "core_organization_version"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_organization.id"), index=True)
    credit_code: Mapped[str] = mapped_column(text(18))
    kind: Mapped[OrganizationKind] = mapped_column(coded(OrganizationKind))
    name: Mapped[str] = mapped_column(text(100))
    legal_rep_id: Mapped[uuid.UUID | None] = mapped_column()
    legal_rep_name: Mapped[str | None] = mapped_column(text(50))
    status: Mapped[OrganizationStatus] = mapped_column(coded(OrganizationStatus))
    registered_on: Mapped[date] = mapped_column()
    closed_on: Mapped[date | None] = mapped_column()
    division: Mapped[str] = mapped_column(text(12))


class OrganizationQualification(Dated, Base):
    """A tax qualification for a term; its end is known when it is granted, so it may lie in the future."""

    __tablename__ = "core_organization_qualification"
    __scope__: ClassVar[ScopeRule] = Through(
        lambda: Organization, lambda row, owner: row.organization_id == owner.id
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_organization.id"))
    kind: Mapped[QualificationKind] = mapped_column(coded(QualificationKind))
    document_number: Mapped[str | None] = mapped_column(text(100))

    __table_args__ = (Index(None, "organization_id", "kind"),)
