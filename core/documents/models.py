from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

import core.households.models
import core.organizations.models
import core.persons.models  # noqa: F401 (the tables that the subjects' columns refer to)
from core.access.declared import DeclaredColumns
from core.access.scope import Internal, ScopeRule
from core.codes.sets import CodedEnum
from core.db import Base, coded, new_id, text
from core.documents.scope import AboutSubject
from core.placed import PlacedColumns

DOCUMENT = "document"  # the id prefix


class DocumentState(CodedEnum, zh="材料状态"):
    """Where a document's file is."""

    AWAITING = "AWAITING", "", "待上传", "Waiting for its file"
    STORED = "STORED", "", "已存", "Stored"
    REMOVED = "REMOVED", "", "已移除", "Removed"
    LOST = "LOST", "", "文件丢失", "Its file is lost or damaged"


class TicketPurpose(CodedEnum, zh="链接用途"):
    """What a one-time link is for."""

    UPLOAD = "UPLOAD", "", "上传", "Upload"
    DOWNLOAD = "DOWNLOAD", "", "下载", "Download"


class Document(PlacedColumns, DeclaredColumns, Base):
    """A file about a record. The level columns are where its subject was when it was filed; the row outlives the file.

    Attributes:
        subject: the public id of what it is about; subject_table and subject_id are the same for joins.
        person_id, household_id, organization_id: the subject when it is core's, so that merges and removals see it.
        size: as announced until it is stored, then as counted.
        storage_key: where the storage keeps the file; set when it is stored.
    """

    __tablename__ = "core_document"
    __scope__: ClassVar[ScopeRule] = AboutSubject()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(text(80))
    subject: Mapped[str] = mapped_column(text(80))
    subject_table: Mapped[str] = mapped_column(text(63))
    subject_id: Mapped[uuid.UUID] = mapped_column()
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_person.id"), index=True)
    household_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_household.id"), index=True)
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_organization.id"), index=True)
    title: Mapped[str] = mapped_column(text(200))
    media_type: Mapped[str] = mapped_column(text(100))
    size: Mapped[int] = mapped_column()
    sha256: Mapped[str | None] = mapped_column(text(64))
    storage_key: Mapped[str | None] = mapped_column(text(200))
    state: Mapped[DocumentState] = mapped_column(coded(DocumentState))
    requested_at: Mapped[datetime] = mapped_column()
    uploaded_by: Mapped[str] = mapped_column(text(200))
    uploaded_at: Mapped[datetime | None] = mapped_column()
    keep_until: Mapped[date | None] = mapped_column()
    removed_at: Mapped[datetime | None] = mapped_column()
    removed_by: Mapped[str | None] = mapped_column(text(200))
    removal_reason: Mapped[str | None] = mapped_column(text(200))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)
    __table_args__ = (
        Index(None, "subject_id", "id"),
        Index(None, "district", "id"),
        Index(None, "town", "id"),
        Index(None, "division", "id"),
        Index(None, "state", "id"),
    )


class DocumentTicket(Base):
    """A one-time link to a document's file. Only the hash of its token is kept.

    Attributes:
        subject: of the user it was made for; organization_id: the organization they acted for.
        expected_sha256: what the upload must be, if that was said.
        expires_at: of the wall clock, not of the business date.
    """

    __tablename__ = "core_document_ticket"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(text(64), unique=True)
    document_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_document.id"), index=True)
    purpose: Mapped[TicketPurpose] = mapped_column(coded(TicketPurpose))
    subject: Mapped[str] = mapped_column(text(200))
    organization_id: Mapped[uuid.UUID | None] = mapped_column()
    expected_sha256: Mapped[str | None] = mapped_column(text(64))
    expires_at: Mapped[datetime] = mapped_column()
    used_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (Index(None, "expires_at"),)
