from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.access.scope import Placed, ScopeRule
from core.db import Base, new_id, text
from core.placed import PlacedColumns


class PersonMerge(PlacedColumns, Base):
    """Two records found to be one person: what hung on `dropped` hangs on `kept`. The level columns are `kept`'s."""

    __tablename__ = "core_person_merge"
    __scope__: ClassVar[ScopeRule] = Placed()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kept_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    dropped_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_person.id"), index=True)
    reason: Mapped[str] = mapped_column(text(200))
    merged_at: Mapped[datetime] = mapped_column()
    undone_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (Index(None, "district", "merged_at", "id"),)
