from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy import text as sql_text
from sqlalchemy.orm import Mapped, mapped_column

import core.referrals.models  # noqa: F401 (the table that referral_id refers to)
from core.access.declared import DeclaredColumns
from core.access.scope import ScopeRule
from core.codes.sets import CodedEnum
from core.db import Base, coded, new_id, text
from core.placed import PlacedColumns
from core.timeline.models import Told


class SignalState(CodedEnum, zh="预警状态"):
    """Whether somebody has dealt with a signal."""

    OPEN = "OPEN", "", "待处理", "To be dealt with"
    CONFIRMED = "CONFIRMED", "", "属实", "Confirmed"
    DISMISSED = "DISMISSED", "", "不属实或无需处理", "Dismissed"


class RaisedSignal(PlacedColumns, DeclaredColumns, Base):
    """A signal about one person or household. One of a kind is open about a subject at a time."""

    __tablename__ = "core_signal"
    __scope__: ClassVar[ScopeRule] = Told(person="person_id")

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(text(80))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_person.id"))
    household_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_household.id"))
    fact: Mapped[str] = mapped_column(text(80))
    state: Mapped[SignalState] = mapped_column(coded(SignalState))
    raised_on: Mapped[date] = mapped_column()
    raised_at: Mapped[datetime] = mapped_column()
    closed_on: Mapped[date | None] = mapped_column()
    closed_by: Mapped[str | None] = mapped_column(text(200))
    reason: Mapped[str | None] = mapped_column(text(500))
    referral_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("core_referral.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 (SQLAlchemy reads it so)
    __table_args__ = (
        Index(None, "person_id", "kind"),
        Index(None, "household_id", "kind"),
        Index(None, "district", "raised_on", "id"),
        Index(None, "town", "raised_on", "id"),
        Index(None, "division", "raised_on", "id"),
        # One open signal of a kind about a subject, whoever races.
        *(
            Index(
                f"uq_core_signal_open_{owner}",
                "kind",
                owner,
                unique=True,
                postgresql_where=sql_text("state = 'OPEN'"),
                sqlite_where=sql_text("state = 'OPEN'"),
            )
            for owner in ("person_id", "household_id")
        ),
    )
