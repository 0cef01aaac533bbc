from __future__ import annotations

import enum
import uuid
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from core.access.scope import Internal, ScopeRule
from core.db import Base, coded, new_id, text


class LifeEventType(enum.Enum):
    """Domain 1.6. So far the move; the others come with their rules."""

    MOVE = "MOVE"


class LifeEvent(Base):
    """Something that happened to a person, with what each plugin did about it."""

    __tablename__ = "core_life_event"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    type: Mapped[LifeEventType] = mapped_column(coded(LifeEventType))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    event_date: Mapped[date] = mapped_column()
    reported_at: Mapped[datetime] = mapped_column()
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    consequences: Mapped[list[dict[str, str]]] = mapped_column(JSON)


class FailedHook(Base):
    """What a `may` plugin could not do; kept so that it can be done again."""

    __tablename__ = "core_failed_hook"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    plugin: Mapped[str] = mapped_column(text(40), index=True)
    hook: Mapped[str] = mapped_column(text(40))
    subject: Mapped[str] = mapped_column(text(80))
    error: Mapped[str] = mapped_column(text(200))
    failed_at: Mapped[datetime] = mapped_column()
    retried_at: Mapped[datetime | None] = mapped_column()
