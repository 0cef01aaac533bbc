from __future__ import annotations

import uuid
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar

from sqlalchemy import JSON, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from core.access.scope import Internal, ScopeRule
from core.db import Base, coded, new_id, text


class ImportKind(Enum):
    """What a file holds."""

    DIVISIONS = "DIVISIONS"
    RESIDENTS = "RESIDENTS"


class ImportState(Enum):
    """RUNNING: under way, or broken off and to be resumed."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    UNDONE = "UNDONE"


class ImportBatch(Base):
    """One import of one file. It moves in the transactions that land the rows, so it never says too much.

    Attributes:
        sha256: of the file's bytes; the same file goes on where a RUNNING batch stopped.
        rows: all rows of the file, when known.
        row_reached: the last row that landed, as a spreadsheet numbers rows.
        counts: what was done so far, by the names of the import's result.
        report_bytes: how much of the report of bad cells belongs to what landed.
        undone_by: who undid it.
    """

    __tablename__ = "core_import_batch"
    __scope__: ClassVar[ScopeRule] = Internal()

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[ImportKind] = mapped_column(coded(ImportKind))
    file: Mapped[str] = mapped_column(text(255))
    sha256: Mapped[str] = mapped_column(text(64))
    rows: Mapped[int | None] = mapped_column()
    row_reached: Mapped[int] = mapped_column()
    state: Mapped[ImportState] = mapped_column(coded(ImportState))
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)
    report_bytes: Mapped[int] = mapped_column()
    actor: Mapped[str] = mapped_column(text(200))
    started_at: Mapped[datetime] = mapped_column()
    finished_at: Mapped[datetime | None] = mapped_column()
    undone_at: Mapped[datetime | None] = mapped_column()
    undone_by: Mapped[str | None] = mapped_column(text(200))

    __table_args__ = (
        Index(
            "uq_core_import_batch_running",
            "kind",
            "sha256",
            unique=True,
            sqlite_where=sql("state = 'RUNNING'"),
            postgresql_where=sql("state = 'RUNNING'"),
        ),
    )
