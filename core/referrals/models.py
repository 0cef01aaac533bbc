from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

import core.organizations.models  # noqa: F401 (the table that organization_id refers to)
from core.access.declared import Declared, DeclaredColumns, Readers, Shown, named_by
from core.access.permissions import REFERRALS_RECEIVE
from core.access.scope import ScopeRule, Words
from core.db import Base, coded, new_id, text
from core.placed import PlacedColumns
from core.referrals.codes import ConsentBy, ConsentKind, LegalBasis, ReferralOutcome, ReferralReason
from core.workflow.models import WorkflowColumns


@dataclass(frozen=True)
class Sent(Declared):
    """Declared rows with two permissions, the addressee's and the sender's; also the addressed organization's own."""

    words: ClassVar[Words] = (
        "按人员所在区划，需要接收方或转出方的权限；组织只见转给自己的",
        "By the person's division, with the addressee's or the sender's permission; an organization sees its own alone",
    )

    def of(self, readers: Readers) -> ScopeRule:
        return _Sent(readers, self)

    def shown_by(self, row: Any) -> Sequence[str]:
        return (row.read, row.sent_read)


@dataclass(frozen=True)
class _Sent(Shown):
    words: ClassVar[Words] = Sent.words

    def readable(self, row: Any) -> ColumnElement[bool]:
        return or_(super().readable(row), and_(*named_by(row, "sent_read", self.readers)))


class Referral(WorkflowColumns, DeclaredColumns, PlacedColumns, Base):
    """A person sent from one service to another, or to an organization. It lies where the person lives.

    Attributes:
        sender: the plugin that sent it, or `core`; source_organization_id: whose word it goes back to.
        target: a declared target; organization_id: or the organization addressed.
        sent_read: the permission that shows it on the sender's side, as `read` does on the addressee's.
    """

    __tablename__ = "core_referral"
    __scope__: ClassVar[ScopeRule] = Sent(
        person="person_id", organization="organization_id", agency=REFERRALS_RECEIVE
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"))
    sender: Mapped[str] = mapped_column(text(40))
    source_organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_organization.id"))
    target: Mapped[str | None] = mapped_column(text(80))
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_organization.id"))
    reason: Mapped[ReferralReason] = mapped_column(coded(ReferralReason))
    note: Mapped[str | None] = mapped_column(text(1000))
    consent: Mapped[ConsentKind] = mapped_column(coded(ConsentKind))
    consent_on: Mapped[date | None] = mapped_column()
    consent_by: Mapped[ConsentBy | None] = mapped_column(coded(ConsentBy))
    basis: Mapped[LegalBasis | None] = mapped_column(coded(LegalBasis))
    basis_reason: Mapped[str | None] = mapped_column(text(500))
    outcome: Mapped[ReferralOutcome | None] = mapped_column(coded(ReferralOutcome))
    sent_on: Mapped[date] = mapped_column()
    sent_read: Mapped[str] = mapped_column(text(80))

    __table_args__ = (
        Index(None, "person_id", "sent_on", "id"),
        Index(None, "organization_id", "sent_on", "id"),
        Index(None, "district", "sent_on", "id"),
        Index(None, "town", "sent_on", "id"),
        Index(None, "division", "sent_on", "id"),
    )
