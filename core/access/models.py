from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, Table, UniqueConstraint, and_, false, or_, true
from sqlalchemy.orm import Mapped, mapped_column

import core.organizations.models  # noqa: F401 (the table that organization_id refers to)
from core.access.append_only import guard
from core.access.permissions import AUDIT_READ
from core.access.principal import Bind, Scope
from core.access.scope import Internal, Mode, ScopeRule, Words
from core.codes.division_code import Tier
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


@dataclass(frozen=True)
class AuditScope:
    """Audit rows of whole districts. A row without a district is seen only by who sees everything."""

    permission: str | None = AUDIT_READ
    words: ClassVar[Words] = (
        "按县级区划；无区划的记录只对全国范围可见",
        "By district; rows without a district only over the whole country",
    )

    def clause(self, row: Any, scope: Scope, bind: Bind, mode: Mode) -> ColumnElement[bool]:
        if scope.everywhere:
            return true()
        tests = [
            row.district == bind(i, "code")
            if tier is Tier.COUNTY
            else and_(row.district >= bind(i, "low"), row.district < bind(i, "high"))
            for i, tier in enumerate(scope.shape or ())
            if tier <= Tier.COUNTY
        ]
        return or_(false(), *tests)


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
    """Who did what to whom and why. Rows are only ever added; the sealer fills in `position` and `seal` once."""

    __tablename__ = "core_audit"
    __scope__: ClassVar[ScopeRule] = AuditScope()

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
    position: Mapped[int | None] = mapped_column()
    seal: Mapped[str | None] = mapped_column(text(64))

    __table_args__ = (
        Index(None, "subject", "at", "id"),
        Index(None, "district", "at", "id"),
        Index(None, "actor", "at", "id"),
        Index(None, "at", "id"),
        Index(None, "district", "position", unique=True),
    )


# What the seal covers and no statement may change.
SAID = tuple(name for name in AuditEntry.__table__.columns.keys() if name not in ("position", "seal"))  # noqa: SIM118
Index(
    "ix_core_audit_unsealed",
    AuditEntry.at,
    AuditEntry.id,
    postgresql_where=AuditEntry.position.is_(None),
    sqlite_where=AuditEntry.position.is_(None),
)
guard(cast("Table", AuditEntry.__table__), SAID)


class AuditHead(Base):
    """The end of each chain of sealed audit rows: a chain that was cut short does not reach it."""

    __tablename__ = "core_audit_head"
    __scope__: ClassVar[ScopeRule] = Internal()

    chain: Mapped[str] = mapped_column(text(12), primary_key=True)
    position: Mapped[int] = mapped_column()
    seal: Mapped[str] = mapped_column(text(64))
    sealed_at: Mapped[datetime] = mapped_column()


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
