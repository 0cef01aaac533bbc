from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import core.organizations.models  # noqa: F401 (the table that organization_id refers to)
from core.access.scope import Internal, ScopeRule
from core.codes.sets import UserRole
from core.db import Base, coded, new_id, text


class User(Base):
    """Who a token's subject is. Rights are in `GrantRow`, never in the token."""

    __tablename__ = "core_user"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject: Mapped[str] = mapped_column(text(200), unique=True)
    name: Mapped[str] = mapped_column(text(100))
    created_at: Mapped[datetime] = mapped_column()
    disabled_at: Mapped[datetime | None] = mapped_column()


class GrantRow(Base):
    """A role or a single permission, over a division and all below it, in [valid_from, valid_to)."""

    __tablename__ = "core_grant"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_user.id"), index=True)
    role: Mapped[UserRole | None] = mapped_column(coded(UserRole))
    permission: Mapped[str | None] = mapped_column(text(100))
    plugin: Mapped[str | None] = mapped_column(text(40))
    division: Mapped[str] = mapped_column(text(12))
    # Held only while acting for this organization; None holds for whomever the user acts.
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_organization.id"))
    valid_from: Mapped[date] = mapped_column()
    valid_to: Mapped[date | None] = mapped_column()
    recorded_at: Mapped[datetime] = mapped_column()
    revoked_at: Mapped[datetime | None] = mapped_column()


class UserOrganization(Base):
    """A user's membership of an organization in [valid_from, valid_to): a token may then act for it."""

    __tablename__ = "core_user_organization"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_user.id"))
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_organization.id"), index=True)
    valid_from: Mapped[date] = mapped_column()
    valid_to: Mapped[date | None] = mapped_column()
    recorded_at: Mapped[datetime] = mapped_column()
    revoked_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (Index(None, "user_id", "organization_id"),)


class AuditEntry(Base):
    """Who did what to whom and why. Rows are only ever added."""

    __tablename__ = "core_audit"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column()
    actor_id: Mapped[uuid.UUID | None] = mapped_column()
    actor: Mapped[str] = mapped_column(text(200))
    action: Mapped[str] = mapped_column(text(80))
    subject: Mapped[str | None] = mapped_column(text(80))
    district: Mapped[str | None] = mapped_column(text(12))
    fields: Mapped[list[str]] = mapped_column(JSON)
    purpose: Mapped[str | None] = mapped_column(text(200))
    details: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (Index(None, "subject", "at"), Index(None, "district", "at"))


class IdempotencyKey(Base):
    """A mutation already done: a repeat of the key answers the same record."""

    __tablename__ = "core_idempotency_key"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    subject: Mapped[str] = mapped_column(text(200))
    key: Mapped[str] = mapped_column(text(300))
    mutation: Mapped[str] = mapped_column(text(80))
    input_hash: Mapped[str] = mapped_column(text(64))
    record_id: Mapped[uuid.UUID] = mapped_column()
    created_at: Mapped[datetime] = mapped_column()

    __table_args__ = (UniqueConstraint("subject", "key"),)


class KeyCheck(Base):
    """What the hash key of this database makes of a fixed word: another key file is noticed before it writes."""

    __tablename__ = "core_key_check"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    value: Mapped[str] = mapped_column(text(64), unique=True)
