from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from core.access.declared import Declared, DeclaredColumns
from core.access.scope import Internal, ScopeRule
from core.db import Base, text
from core.placed import PlacedColumns


class OutboxEntry(PlacedColumns, DeclaredColumns, Base):
    """Something that happened to a subject. It holds codes and ids alone, no personal data.

    Attributes:
        id: in the order of the inserts. position: in the order in which commits became visible, given by the
            sequencer alone; whoever reads by position misses nothing.
        topic: what kind of thing is told of, such as `task` or `pets.visit`. event: what happened, such as `OPENED`.
    """

    __tablename__ = "core_outbox"
    __scope__: ClassVar[ScopeRule] = Declared()

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    topic: Mapped[str] = mapped_column(text(80))
    subject: Mapped[str] = mapped_column(text(80))
    subject_id: Mapped[uuid.UUID] = mapped_column()
    event: Mapped[str] = mapped_column(text(40))
    at: Mapped[datetime] = mapped_column()
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    position: Mapped[int | None] = mapped_column()

    __table_args__ = (
        Index(None, "position", unique=True),
        Index(None, "at"),
        # An id is never used again: a listener may still remember it.
        {"sqlite_autoincrement": True},
    )


Index(
    "ix_core_outbox_waiting",
    OutboxEntry.id,
    postgresql_where=OutboxEntry.position.is_(None),
    sqlite_where=OutboxEntry.position.is_(None),
)


class OutboxHead(Base):
    """The last position that was given. One row, which stays when entries are trimmed."""

    __tablename__ = "core_outbox_head"
    __scope__: ClassVar[ScopeRule] = Internal()

    name: Mapped[str] = mapped_column(text(12), primary_key=True)
    position: Mapped[int] = mapped_column()
